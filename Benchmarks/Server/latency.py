"""Time from a producer's send to a reader's receive: latency.py PORT EVENTS_PER_SECOND SECONDS BATCH."""
import socket
import sys
import threading
import time
import urllib.request

port, rate, seconds, batch = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
times, isOver = [], threading.Event()
# Readers make no stream.
request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/streams/latency", b"{}", method="PUT")
request.add_header("Content-Type", "application/json")
urllib.request.urlopen(request)


def read():
    peer = socket.create_connection(("127.0.0.1", port))
    peer.sendall(b"GET /v1/streams/latency/tail HTTP/1.1\r\nHost: localhost\r\n\r\n")
    peer.settimeout(2)
    while not isOver.is_set():
        try:
            data = peer.recv(1 << 20)
        except socket.timeout:
            continue
        now, place = time.time(), 0
        # A stamp that two reads share is left out.
        while (place := data.find(b'"sent":', place)) >= 0 and (end := data.find(b"}", place)) >= 0:
            times.append(now - float(data[place + 7 : end]))
            place = end


threading.Thread(target=read, daemon=True).start()
time.sleep(1)
peer = socket.create_connection(("127.0.0.1", port))
peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
start, sent = time.time(), 0
while time.time() - start < seconds:
    pause = start + sent / rate - time.time()
    if pause > 0:
        time.sleep(pause)
    now = time.time()
    body = "\n".join('{"host":"h%d","msg":"%s","sent":%.6f}' % (i % 50, "y" * 180, now) for i in range(batch)).encode()
    peer.sendall(
        b"POST /v1/streams/latency/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    data = b""
    while b"\r\n\r\n" not in data:
        data += peer.recv(65536)
    sent += batch
time.sleep(1)
isOver.set()
times.sort()
print(
    f"latency: {sent / seconds:,.0f} events/s in bodies of {batch}, {len(times):,} of {sent:,} stamps read, "
    f"p50 {times[len(times) // 2] * 1e3:.2f} ms, p99 {times[int(len(times) * .99)] * 1e3:.2f} ms, most {times[-1] * 1e3:.1f} ms"
)
