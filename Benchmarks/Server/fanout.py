"""Many readers of one stream: fanout.py PORT READERS EVENTS_PER_SECOND SECONDS. Each reader is a tail of its own."""
import selectors
import socket
import sys
import threading
import time
import urllib.request

port, readers, rate, seconds = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
selector, seen, isOver = selectors.DefaultSelector(), [0], threading.Event()
last = [0.0]
# Readers make no stream.
request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/streams/fanout", b"{}", method="PUT")
request.add_header("Content-Type", "application/json")
urllib.request.urlopen(request)
for _ in range(readers):
    peer = socket.create_connection(("127.0.0.1", port))
    peer.sendall(b"GET /v1/streams/fanout/tail HTTP/1.1\r\nHost: localhost\r\n\r\n")
    selector.register(peer, selectors.EVENT_READ)


def read():
    while not isOver.is_set():
        for key, _ in selector.select(0.2):
            data = key.fileobj.recv(1 << 20)
            seen[0] += data.count(b"\nid: ")
            last[0] = time.time()


threading.Thread(target=read, daemon=True).start()
time.sleep(2)
peer = socket.create_connection(("127.0.0.1", port))
peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
start, sent, batch = time.time(), 0, max(1, rate // 20)
while time.time() - start < seconds:
    pause = start + sent / rate - time.time()
    if pause > 0:
        time.sleep(pause)
    body = "\n".join('{"host":"h%d","msg":"%s"}' % (i, "y" * 200) for i in range(batch)).encode()
    peer.sendall(
        b"POST /v1/streams/fanout/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    peer.recv(65536)
    sent += batch
begun = time.time()
late = socket.create_connection(("127.0.0.1", port))
late.sendall(b"GET /v1/streams/fanout/tail HTTP/1.1\r\nHost: localhost\r\n\r\n")
late.recv(1000)
connected = time.time() - begun
time.sleep(3)
isOver.set()
print(
    f"fan-out: {readers:,} readers, {seen[0]:,} of {sent * readers:,} records in {last[0] - start:.1f} s, "
    f"{seen[0] / (last[0] - start):,.0f} records/s; a new reader is answered after {connected * 1e3:.0f} ms"
)
