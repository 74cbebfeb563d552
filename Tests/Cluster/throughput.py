"""One node through JetStream beside the embedded log, and what cluster mode costs per event; one run, by turns, medians.

    Tests/Cluster/throughput.py PROGRAM [--events N] [--rounds N]

Each round does these one after another, each with processes and folders of its own, in another order than the round before:

  embedded   `foretail serve`, the embedded log
  one        cluster mode, one node, one nats-server, one replica
  three      cluster mode, three nodes, three nats-servers, three replicas
  log        `foretail bench log`: the embedded log by itself
  adapter    `foretail bench nats`: the adapter by itself, one replica

Bodies of 1,000 events go in over four connections a node; one tail request, which a fifth of them match, is read over server-sent events to its last record.
"""

import argparse
import http.client
import json
import os
import re
import statistics
import subprocess
import threading
import time

from cost import Single, bodies, cpu, pour
from harness import Cluster, Folder, NatsServer, Node, percentile, say, wait

BODY = 1_000
MATCH = b'"kind":"event"'


class SmallCluster(Cluster):
    """One node and one nats-server."""

    def __init__(self, program, folder):
        self.folder, self.proxies = folder, {}
        self.nats = [NatsServer("nats1", folder)]
        self.nodes = [
            Node(program, "n1", folder, [f"nats://127.0.0.1:{self.nats[0].port}"], ["--replicas", "1"])]


class Counter(threading.Thread):
    """Counts the records of a tail request as they come."""

    def __init__(self, port, request):
        super().__init__(daemon=True)
        self.count, self.failure = 0, None
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self.connection.request(
            "GET", f"/v1/tail-requests/{request}/events", headers={"Accept": "text/event-stream"})
        self.response = self.connection.getresponse()
        if self.response.status != 200:
            raise SystemExit(f"reading {request}: {self.response.status} {self.response.read()[:300]!r}")

    def run(self):
        rest = b""
        try:
            while data := self.response.read1(1 << 18):
                data = rest + data
                self.count += data.count(MATCH)
                rest = data[-(len(MATCH) - 1):]
            self.failure = "the server ended the response"
        except (OSError, http.client.HTTPException) as error:
            self.failure = str(error) or type(error).__name__


def matching(made):
    return sum(json.loads(line)["status"] == 500 for body in made for line in body.splitlines())


def run(nodes, others, made, prepare):
    """Pours all bodies into the nodes at once; what came of it."""
    request = prepare()
    reader, expected = Counter(nodes[0].port, request), matching(made)
    reader.start()
    before, beside = sum(map(cpu, nodes)), sum(map(cpu, others))
    begin, results = time.monotonic(), []
    groups = [
        threading.Thread(target=lambda node=node, part=made[i::len(nodes)]: results.append(pour(node.port, "s", part)))
        for i, node in enumerate(nodes)]
    for group in groups:
        group.start()
    for group in groups:
        group.join()
    seconds = time.monotonic() - begin
    if len(results) < len(nodes):
        raise SystemExit("not all bodies were taken")

    def is_over():
        if reader.failure and reader.count < expected:
            raise SystemExit(f"after {reader.count} of {expected} records: {reader.failure}")
        return reader.count >= expected
    wait(f"all {expected} records have come", is_over, 300)
    whole = time.monotonic() - begin
    events = len(made) * BODY
    if reader.count != expected:
        raise SystemExit(f"{reader.count} records came, {expected} events match")
    return {
        "in": events / seconds, "through": events / whole, "node": (sum(map(cpu, nodes)) - before) / events * 1e6,
        "nats": (sum(map(cpu, others)) - beside) / events * 1e6,
        "median": percentile([one for _, all in results for one in all], 0.5) * 1e3,
        "p99": percentile([one for _, all in results for one in all], 0.99) * 1e3}


def tail(node):
    return node.json("POST", "/v1/tail-requests", {
        "stream": "s", "filter": "event.status == 500", "predictions": False})["id"]


def embedded(program, made):
    with Folder("throughput") as folder:
        server = Single(program, "single", folder.path, [])
        server.start()
        try:
            wait("the server is ready", server.is_ready, 60)

            def prepare():
                server.json("PUT", "/v1/streams/s", {"key": ["host"]})
                return tail(server)
            return run([server], [], made, prepare)
        finally:
            server.kill()


def clustered(program, made, make):
    with Folder("throughput") as folder:
        cluster = make(program, folder.path)
        try:
            cluster.start()

            def prepare():
                node = cluster.nodes[0]
                node.json("PUT", "/v1/streams/s", {"key": ["host"], "partitions": 16})
                cluster.wait_served("s", 16, balanced=True)
                request = tail(node)

                def is_applied():
                    return node.json("GET", f"/v1/tail-requests/{request}").get("state") != "pending"
                wait("the request is in force everywhere", is_applied, 60)
                return request
            return run(cluster.nodes, cluster.nats, made, prepare)
        finally:
            cluster.stop()


def bench(program, words):
    """The figures of `foretail bench`, by their names."""
    done = subprocess.run([program, "bench", *words], capture_output=True, text=True, timeout=900)
    if done.returncode:
        raise SystemExit(f"foretail bench {words[0]}: {done.stderr[:500]}")
    found = re.findall(r"^(\S.*?)\s{2,}([\d,]+)/s|^(\S.*?)/s\s{2,}([\d,]+)", done.stdout, re.M)
    found = [(one or other, figure or another) for one, figure, other, another in found]
    if not found:
        raise SystemExit(f"foretail bench {words[0]} printed no figures: {done.stdout[:500]}")
    return {name: int(figure.replace(",", "")) for name, figure in found}


def log(program, events, size):
    with Folder("throughput") as folder:
        return bench(program, ["log", "--folder", folder.path, "--events", str(events), "--size", str(size)])


def adapter(program, events, size):
    with Folder("throughput") as folder:
        server = NatsServer("nats1", folder.path)
        server.start()
        try:
            server.wait_ready()
            return bench(program, [
                "nats", f"nats://127.0.0.1:{server.port}", "--events", str(events), "--size", str(size)])
        finally:
            server.kill()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    made = bodies(max(12, options.events // BODY), BODY, 1_000, 1)
    events, size = len(made) * BODY, len(made[0]) // BODY
    say(f"{os.cpu_count()} processors, everything on one machine; {options.rounds} rounds of {events:,} events of {size} B each")
    kinds = {
        "embedded": lambda: embedded(options.program, made),
        "one": lambda: clustered(options.program, made, SmallCluster),
        "three": lambda: clustered(options.program, made, Cluster),
        "log": lambda: log(options.program, events, size),
        "adapter": lambda: adapter(options.program, events, size),
    }
    found = {kind: [] for kind in kinds}
    order = list(kinds)
    for number in range(options.rounds):
        for kind in order[number % len(order):] + order[:number % len(order)]:
            begin = time.monotonic()
            found[kind].append(kinds[kind]())
            figures = ", ".join(f"{name} {figure:,.1f}" for name, figure in found[kind][-1].items())
            say(f"  round {number + 1}, {kind}: {figures} ({time.monotonic() - begin:.0f} s, load {os.getloadavg()[0]:.1f})")

    def middle(kind, name):
        return statistics.median(one[name] for one in found[kind])

    def spread(kind, name):
        all = [one[name] for one in found[kind]]
        return f"{min(all):,.0f}–{max(all):,.0f}"
    say("\nmedians (range):\n")
    say("| | events/s in | events/s through | nodes, us per event | nats-servers, us per event | body of 1,000: median, p99 |")
    say("|---|---|---|---|---|---|")
    names = {
        "embedded": "embedded log, one node", "one": "cluster, one node, one nats-server, R1",
        "three": "cluster, three nodes, three nats-servers, R3"}
    for kind, name in names.items():
        say(f"| {name} | {middle(kind, 'in'):,.0f} ({spread(kind, 'in')}) | {middle(kind, 'through'):,.0f} "
            f"({spread(kind, 'through')}) | {middle(kind, 'node'):.2f} | {middle(kind, 'nats'):.2f} | "
            f"{middle(kind, 'median'):.0f} ms, {middle(kind, 'p99'):.0f} ms |")
    for kind in ("one", "three"):
        say(f"\n{names[kind]}, per event beside the embedded log: nodes "
            f"{middle(kind, 'node') - middle('embedded', 'node'):+.2f} us, nats-servers {middle(kind, 'nats'):+.2f} us; "
            f"{middle(kind, 'through') / middle('embedded', 'through') * 100:.0f} % of its events/s through")
    say("\n| by itself | /s |\n|---|---|")
    for kind in ("log", "adapter"):
        for name in found[kind][0]:
            say(f"| {kind}: {name} | {middle(kind, name):,.0f} ({spread(kind, name)}) |")


if __name__ == "__main__":
    main()
