"""Durable ingest over HTTP: ingest.py PORT STREAM SECONDS CONNECTIONS BATCH. Bodies are made before the clock starts."""
import json
import socket
import sys
import threading
import time

port, stream, seconds, connections, batch = int(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5])
body = "\n".join(
    json.dumps({"time": 1767225600 + i, "host": f"web-{i % 100}", "cpu": i * 7 % 100, "msg": "x" * 200}, separators=(",", ":"))
    for i in range(batch)
).encode()
request = (
    f"POST /v1/streams/{stream}/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
    f"Content-Length: {len(body)}\r\n\r\n"
).encode() + body
accepted, waits = [0] * connections, []


def answer(peer):
    data = b""
    while b"\r\n\r\n" not in data:
        data += peer.recv(65536)
    head, _, rest = data.partition(b"\r\n\r\n")
    length = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")).split(b":")[1])
    while len(rest) < length:
        rest += peer.recv(65536)
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise SystemExit(f"refused: {rest[:300]!r}")


def write(number, end):
    peer = socket.create_connection(("127.0.0.1", port))
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while time.time() < end:
        begun = time.time()
        peer.sendall(request)
        answer(peer)
        accepted[number] += batch
        waits.append(time.time() - begun)


start = time.time()
threads = [threading.Thread(target=write, args=(n, start + seconds)) for n in range(connections)]
[t.start() for t in threads]
[t.join() for t in threads]
waits.sort()
print(
    f"ingest: {sum(accepted) / (time.time() - start):,.0f} events/s of {len(body) / batch:.0f} B, bodies of {batch}, answered "
    f"p50 {waits[len(waits) // 2] * 1e3:.1f} ms, p99 {waits[int(len(waits) * .99)] * 1e3:.1f} ms"
)
