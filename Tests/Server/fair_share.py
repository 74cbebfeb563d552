"""Two tenants, one of them abusive: what the other notices of it.

The calm one sends single events at a steady pace, and a reader of its tail request, with predictions, gets them back. It is measured
alone and beside the abuser in turns. The abuser floods its own stream with large bodies, has hundreds of tail requests with twelve steps
of predictions and filters that look at everything, reads its history over and over and asks the API for all it has. It may do all that:
its limits are its own, and nobody else's. Clients run at the lowest priority, so that what is measured is the server's fairness and not
the client's hunger.

Every event of the calm one has to come, once and in order; every answer it gets has to be 2xx. Times are told: how they compare depends
on the machine.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import random
import socket
import time

from harness import Findings, Folder, Server, finish, percentile, say

fork = multiprocessing.get_context("fork")
KEYS = 20


def prioritise(change):
    try:
        os.nice(change)
    except PermissionError:
        pass


def connection(port):
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    client.connect()
    client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def ask(client, method, path, headers, body=None):
    if isinstance(body, dict):
        body, headers = json.dumps(body).encode(), {**headers, "Content-Type": "application/json"}
    client.request(method, path, body=body, headers=headers)
    response = client.getresponse()
    return response.status, response.read()


# The calm one


def read_calm(port, request, headers, pipe):
    """Gives (number, nanoseconds from before it was sent until it was here) of every record."""
    prioritise(-10)
    client = connection(port)
    client.request("GET", f"/v1/tail-requests/{request}/events", headers={**headers, "Accept": "application/x-ndjson"})
    response = client.getresponse()
    pipe.send(response.status)
    seen, rest = [], b""
    while True:
        piece = response.read1(1 << 16)
        now = time.monotonic_ns()
        if not piece:
            pipe.send(seen)
            return
        lines = (rest + piece).split(b"\n")
        rest = lines.pop()
        for line in lines:
            if line.startswith(b'{"kind":"event"'):
                event = json.loads(line)["event"]
                if event["n"] < 0:
                    pipe.send(seen)
                    return
                seen.append((event["n"], now - event["sent"]))


def send_calm(port, seconds, rate, first, headers, pipe):
    """Sends one event after another; gives how many, the nanoseconds until each was acknowledged, and what was refused."""
    prioritise(-10)
    client, chance = connection(port), random.Random(first)
    n, took, refused = first, [], []
    begun = due = time.monotonic()
    while time.monotonic() < begun + seconds:
        sent = time.monotonic_ns()
        body = json.dumps({"k": f"k{n % KEYS}", "n": n, "sent": sent, "load": round(50 + chance.gauss(0, 5), 2)}).encode()
        status, text = ask(client, "POST", "/v1/streams/calm/events", {**headers, "Content-Type": "application/x-ndjson"}, body)
        took.append(time.monotonic_ns() - sent)
        if status != 200:
            refused.append((n, status, text[:200].decode()))
        n += 1
        due = max(due + 1 / rate, time.monotonic() - 1)
        time.sleep(max(0, due - time.monotonic()))
    pipe.send((n, took, refused))


# The abuser


def flood(port, headers, number):
    """Bodies of a thousand events, one after another."""
    prioritise(19)
    client, chance = connection(port), random.Random(number)
    while True:
        at = time.time_ns()
        body = "\n".join(
            f'{{"k":"b{chance.randrange(200)}","n":{at + n},"load":{chance.gauss(50, 20):.3f},"text":"{chance.getrandbits(256):x}"}}'
            for n in range(1_000)).encode()
        try:
            ask(client, "POST", "/v1/streams/busy/events", {**headers, "Content-Type": "application/x-ndjson"}, body)
        except (OSError, http.client.HTTPException):
            client = connection(port)


def hammer(port, headers, paths):
    """The same questions, over and over."""
    prioritise(19)
    client = connection(port)
    while True:
        for path in paths:
            try:
                ask(client, "GET", path, headers)
            except (OSError, http.client.HTTPException):
                client = connection(port)


def replay(port, headers, request):
    """Reads a tail request from its oldest event, a few megabytes, and begins again."""
    prioritise(19)
    while True:
        try:
            client = connection(port)
            client.request("GET", f"/v1/tail-requests/{request}/events?from=oldest", headers=headers)
            response = client.getresponse()
            for _ in range(64):
                if not response.read1(1 << 16):
                    break
            client.close()
        except (OSError, http.client.HTTPException):
            time.sleep(0.05)


class Abuser:
    """Its processes."""

    def __init__(self, port, headers, requests):
        tasks = [(flood, number) for number in range(4)]
        tasks += [(replay, request) for request in requests[:3]]
        tasks += [(hammer, [f"/v1/tail-requests/{requests[0]}/buffer/predictions", f"/v1/tail-requests/{requests[0]}/confidence"])]
        tasks += [(hammer, ["/v1/streams/busy/history?limit=5000", "/v1/tail-requests?limit=1000", "/v1/status"])]
        self.processes = [fork.Process(target=task, args=(port, headers, what), daemon=True) for task, what in tasks]
        for process in self.processes:
            process.start()

    def end(self):
        for process in self.processes:
            process.terminate()
            process.join()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--seconds", type=float, default=20, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3, help="measurements of each kind")
    parser.add_argument("--rate", type=float, default=100, help="events a second of the calm one")
    parser.add_argument("--requests", type=int, default=300, help="tail requests of the abuser")
    parser.add_argument("--option", action="append", default=[], help="for the server")
    options = parser.parse_args()
    findings, folder = Findings(), Folder("fair")
    server = Server(options.program, folder.data, options=options.option)
    server.start()
    calm, busy = {}, {}
    for name, headers in (("calm", calm), ("busy", busy)):
        server.json("PUT", f"/v1/streams/{name}", {"key": ["k"]}, headers=headers)
    request = server.json("POST", "/v1/tail-requests", {
        "stream": "calm", "filter": "event.load > 0.0 || event.n < 0", "steps": [1], "predict": ["load"], "minConfidence": 0,
        "trivial": True}, headers=calm)["id"]
    requests, refusals = [], {}
    for number in range(options.requests):
        status, _, text = server.call("POST", "/v1/tail-requests", {
            "stream": "busy", "filter": f"event.load > {number % 90}.5 && !event.text.contains('{number:08x}')", "steps": list(range(1, 13)),
            "predict": ["load"]}, headers=busy)
        if status == 201:
            requests.append(json.loads(text)["id"])
        else:
            refusals[status] = refusals.get(status, 0) + 1
    say(f"  the abuser has {len(requests)} tail requests" + (f", and was refused {refusals}" if refusals else ""))
    pipe, inner = fork.Pipe()
    reader = fork.Process(target=read_calm, args=(server.port, request, calm, inner), daemon=True)
    reader.start()
    if pipe.recv() != 200:
        raise SystemExit("the calm one's reader is refused")
    first, kinds = 0, {"alone": [], "beside": []}
    ranges = []
    for number in range(options.rounds):
        for kind in ("alone", "beside"):
            abuser = Abuser(server.port, busy, requests) if kind == "beside" else None
            time.sleep(2)
            mine, theirs = fork.Pipe()
            sender = fork.Process(target=send_calm, args=(server.port, options.seconds, options.rate, first, calm, theirs))
            sender.start()
            last, took, refused = mine.recv()
            sender.join()
            if abuser:
                abuser.end()
                time.sleep(2)
            for n, status, text in refused:
                findings.add(f"refused {kind}", f"event {n}: {status} {text}")
            ranges.append((kind, number, first, last, took))
            first = last
    server.call("POST", "/v1/streams/calm/events", b'{"k":"k0","n":-1,"sent":0,"load":1}\n', {**calm, "Content-Type": "application/x-ndjson"}, 120)
    if not pipe.poll(120):
        findings.add("delivery", "the calm one's reader did not come to the end within 120 s")
        seen = []
    else:
        seen = pipe.recv()
    reader.terminate()
    came = [n for n, _ in seen]
    if came != list(range(first)):
        findings.add("delivery", f"of {first} events {len(set(came))} came, {len(came) - len(set(came))} twice, in order: {came == sorted(came)}")
    latency = dict(seen)
    for kind, number, begin, end, took in ranges:
        values = [latency[n] / 1e6 for n in range(begin, end) if n in latency]
        kinds[kind].append(values)
        say(f"  {kind:7} {number + 1}: {end - begin} events; to the reader p50 {percentile(values, .5):.2f} p99 {percentile(values, .99):.2f}"
            f" max {max(values, default=0):.1f} ms; acknowledged p50 {percentile(took, .5) / 1e6:.2f} p99 {percentile(took, .99) / 1e6:.2f} ms")
    middle = {kind: percentile([percentile(values, .99) for values in lists], .5) for kind, lists in kinds.items()}
    log = server.json("GET", "/v1/streams/busy", headers=busy)["log"]
    say(f"  the abuser's stream took {log['count']:,} events")
    say(f"  p99 to the reader, median of {options.rounds}: alone {middle['alone']:.2f} ms, beside the abuser {middle['beside']:.2f} ms,"
        f" ratio {middle['beside'] / middle['alone']:.2f}")
    if server.stop() != 0:
        findings.add("server", f"a clean stop failed; see {server.log}")
    finish("fair_share", findings, folder)


if __name__ == "__main__":
    main()
