"""Many tail requests: requests.py PORT COUNT CONNECTIONS [predictions]. A hundred hosts that send and nine hundred that do not, 97
thresholds; without predictions, unless they are asked for."""
import socket
import sys
import threading
import time

port, count, connections = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
predictions = "true" if sys.argv[4:] == ["predictions"] else "false"


def register(first):
    peer = socket.create_connection(("127.0.0.1", port))
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for number in range(first, count, connections):
        body = (
            '{"stream":"ingest","predictions":%s,"minConfidence":0,"announce":"every","filter":"event.host == \\"web-%d\\" && event.cpu > %d"}'
            % (predictions, number % 1000, number % 97)
        ).encode()
        peer.sendall(
            b"POST /v1/tail-requests HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            % len(body) + body)
        data = b""
        while b"\r\n\r\n" not in data:
            data += peer.recv(65536)
        head, _, rest = data.partition(b"\r\n\r\n")
        length = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")).split(b":")[1])
        while len(rest) < length:
            rest += peer.recv(65536)
        if b" 201 " not in head.split(b"\r\n")[0]:
            raise SystemExit(f"refused: {rest[:300]!r}")


start = time.time()
threads = [threading.Thread(target=register, args=(n,)) for n in range(connections)]
[t.start() for t in threads]
[t.join() for t in threads]
print(f"requests: {count:,} registered, {count / (time.time() - start):,.0f}/s over {connections} connections")
