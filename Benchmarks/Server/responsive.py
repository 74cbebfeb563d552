"""What others wait while shards are busy: responsive.py PORT SECONDS. First idle, then with two streams at full ingest, each with
predictions twelve steps ahead for a thousand keys: GET /v1/status, and POST of one event to a third stream and to a busy one."""
import json
import multiprocessing
import socket
import sys
import threading
import time

port, seconds = int(sys.argv[1]), float(sys.argv[2])


def connect():
    peer = socket.create_connection(("127.0.0.1", port))
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return peer


def request(method, path, body=b""):
    kind = "x-ndjson" if path.endswith("/events") else "json"
    return (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/{kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


def send(peer, data):
    peer.sendall(data)
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += peer.recv(65536)
    head, _, rest = answer.partition(b"\r\n\r\n")
    length = int(next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")).split(b":")[1])
    while len(rest) < length:
        rest += peer.recv(65536)
    if head.split(b" ")[1] not in (b"200", b"201"):
        sys.stderr.write(f"refused: {rest[:300]!r}\n")
        raise SystemExit(1)
    return rest


def events(first, count):
    return "\n".join(
        json.dumps({"time": 1767225600 + n // 1000 * 60, "host": f"web-{n % 1000}", "cpu": n * 7 % 100}) for n in range(first, first + count)
    ).encode()


def flood(stream, end, accepted):
    # Two bodies on their way, so that the shard never waits for the client.
    def write(part):
        peer, number = connect(), part * 1000
        while time.time() < end:
            send(peer, request("POST", f"/v1/streams/{stream}/events", events(number, 1000)))
            number += 2000
            with accepted.get_lock():
                accepted.value += 1000

    threads = [threading.Thread(target=write, args=(part,)) for part in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]


def probe(data, end, name, results):
    peer, waits = connect(), []
    while time.time() < end:
        begun = time.time()
        send(peer, data)
        waits.append(time.time() - begun)
        time.sleep(0.01)
    waits.sort()
    results.put(f"  {name}: {len(waits)} answers, p50 {waits[len(waits) // 2] * 1e3:.1f} ms, p99 {waits[int(len(waits) * .99)] * 1e3:.1f} ms, most {waits[-1] * 1e3:.1f} ms")


def measure(probes):
    end, results = time.time() + seconds, multiprocessing.Queue()
    watchers = [multiprocessing.Process(target=probe, args=(data, end, name, results)) for name, data in probes]
    [watcher.start() for watcher in watchers]
    [print(line) for line in sorted(results.get() for _ in watchers)]
    [watcher.join() for watcher in watchers]


control = connect()
for name in ("busy-1", "busy-2", "small"):
    send(control, request("PUT", f"/v1/streams/{name}", b'{"key":"host","time":"time"}'))
small = request("POST", "/v1/streams/small/events", events(0, 1))
print("idle:")
measure([("GET /v1/status", request("GET", "/v1/status")), ("POST of one event", small)])
for name in ("busy-1", "busy-2"):
    body = json.dumps({"stream": name, "filter": "event.cpu > 50", "steps": 12}).encode()
    send(control, request("POST", "/v1/tail-requests", body))
accepted = multiprocessing.Value("q", 0)
begun = time.time()
floods = [multiprocessing.Process(target=flood, args=(name, begun + seconds + 4, accepted)) for name in ("busy-1", "busy-2")]
[flood.start() for flood in floods]
time.sleep(3)
print("two shards busy:")
measure([
    ("GET /v1/status", request("GET", "/v1/status")),
    ("POST of one event", small),
    ("POST of one event to a busy stream", request("POST", "/v1/streams/busy-1/events", events(0, 1))),
])
[flood.join() for flood in floods]
shards = json.loads(send(control, request("GET", "/v1/status")))["shards"]
print(f"  accepted {accepted.value / (time.time() - begun):,.0f} events/s, predictions {sum(shard['predictions'] for shard in shards):,}")
