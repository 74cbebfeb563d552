"""What cluster mode costs on this machine: per event, request, partition, beside a server with the embedded log.

    Tests/Cluster/cost.py PROGRAM [--events N]
"""

import argparse
import http.client
import json
import os
import random
import threading
import time

from harness import Cluster, Folder, Node, percentile, say, wait

TICK = os.sysconf("SC_CLK_TCK")


def cpu(process):
    """Seconds of processor that a process has used."""
    with open(f"/proc/{process.process.pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def memory(process):
    with open(f"/proc/{process.process.pid}/status") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmRSS"))


def bodies(count, size, keys, seed):
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        lines = [json.dumps({
            "host": f"h{chance.randrange(keys)}", "cpu": round(chance.random() * 100, 2), "mem": chance.randrange(1 << 30),
            "path": "/api/v1/orders", "status": chance.choice([200, 200, 200, 404, 500]), "region": "eu-west-1",
            "message": "request finished, nothing unusual to tell about it"}) for _ in range(size)]
        made.append("\n".join(lines).encode() + b"\n")
    return made


def pour(port, stream, made, threads=4):
    """Posts all bodies; seconds it took, and latencies."""
    latencies, work, lock, failures = [], list(made), threading.Lock(), []

    def run():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                if not work:
                    return
                body = work.pop()
            begin = time.monotonic()
            connection.request("POST", f"/v1/streams/{stream}/events", body=body)
            response = connection.getresponse()
            text = response.read()
            latencies.append(time.monotonic() - begin)
            if response.status != 200:
                failures.append(text[:200])

    begin = time.monotonic()
    group = [threading.Thread(target=run) for _ in range(threads)]
    for thread in group:
        thread.start()
    for thread in group:
        thread.join()
    if failures:
        raise SystemExit(f"{len(failures)} bodies were refused, such as {failures[0]!r}")
    return time.monotonic() - begin, latencies


class Single(Node):
    """A server with the embedded log."""

    def start(self):
        self.run([
            self.program, "serve", "--data-dir", os.path.join(os.path.dirname(self.log), "data"), "--listen",
            f"127.0.0.1:{self.port}"])


def caught_up(node, stream):
    status, text = node.call("GET", "/v1/cluster", timeout=10)
    owned = [entry for entry in json.loads(text)["owned"] if entry["stream"] == stream]
    return owned and all(entry["lag"] == 0 for entry in owned), sum(entry["events"] for entry in owned)


def measure(name, node, others, stream, count, size, done=None):
    made = bodies(count, size, 1_000, 1)
    events = count * size
    before, rest = cpu(node), sum(cpu(other) for other in others)
    begin = time.monotonic()
    seconds, latencies = pour(node.port, stream, made)
    if done:
        wait("the owners have caught up", done, 300)
    whole = time.monotonic() - begin
    used, beside = cpu(node) - before, sum(cpu(other) for other in others) - rest
    size = len(made[0]) / size
    say(f"  {name:<34} {events / seconds:9,.0f} events/s in, {events / whole:9,.0f} through; node {used / events * 1e6:6.2f} us of "
        f"processor per event, nats-servers {beside / events * 1e6:6.2f}; body of {count and len(made[0]) // 1024} KiB: "
        f"median {percentile(latencies, .5) * 1e3:.0f} ms, p99 {percentile(latencies, .99) * 1e3:.0f} ms ({size:.0f} B/event)")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--events", type=int, default=400_000)
    options = parser.parse_args()
    count = options.events // 1_000
    say(f"{os.cpu_count()} processors; everything on one machine")
    with Folder("cost-single") as folder:
        server = Single(options.program, "single", folder.path, [])
        server.start()
        wait("the server is ready", server.is_ready, 60)
        try:
            for stream, request in (("plain", None), ("tailed", {"predictions": False})):
                server.json("PUT", f"/v1/streams/{stream}", {"key": ["host"]})
                if request:
                    server.json("POST", "/v1/tail-requests", {
                        "stream": stream, "filter": "event.status == 500", **request,
                        "destination": {"type": "file", "path": f"{stream}.ndjson"}})
                measure(f"embedded log, {stream}", server, [], stream, count, 1_000)
        finally:
            server.kill()
    with Folder("cost-cluster") as folder:
        cluster = Cluster(options.program, folder.path, nodes=1)
        try:
            cluster.start()
            node = cluster.nodes[0]
            for stream, partitions, request in (
                    ("plain", 16, None), ("tailed", 16, {"predictions": False}), ("one", 1, {"predictions": False}),
                    ("many", 64, {"predictions": False})):
                node.json("PUT", f"/v1/streams/{stream}", {"key": ["host"], "partitions": partitions})
                if request:
                    node.json("POST", "/v1/tail-requests", {
                        "stream": stream, "filter": "event.status == 500", **request})
                cluster.wait_served(stream, partitions)
                _, start = caught_up(node, stream)

                def done(stream=stream, start=start):
                    return caught_up(node, stream)[1] - start >= count * 1_000
                measure(f"cluster R3, {stream}, {partitions} partitions", node, cluster.nats, stream, count, 1_000, done)
            node.json("PUT", "/v1/streams/ahead", {"key": ["host"], "partitions": 16})
            node.json("POST", "/v1/tail-requests", {
                "stream": "ahead", "filter": "event.cpu > 90", "steps": 1, "predict": ["cpu"]})
            cluster.wait_served("ahead", 16)
            measure("cluster R3, predicted, 16 partitions", node, cluster.nats, "ahead", max(1, count // 20), 1_000,
                    lambda: caught_up(node, "ahead")[1] >= max(1, count // 20) * 1_000)
            small = bodies(200, 1, 1_000, 2)
            seconds, latencies = pour(node.port, "plain", small, threads=1)
            say(f"  one event per body: median {percentile(latencies, .5) * 1e3:.1f} ms, "
                f"p99 {percentile(latencies, .99) * 1e3:.1f} ms")
            before, begin = memory(node), time.monotonic()
            for number in range(300):
                node.json("POST", "/v1/tail-requests", {
                    "stream": "plain", "filter": f"event.host == 'h{number}'", "predictions": False})
            say(f"  a tail request on 16 partitions: {(time.monotonic() - begin) / 300 * 1e3:.1f} ms to register, "
                f"{(memory(node) - before) / 300 / 1024:.1f} KiB on the node that owns all 16")
            before, server = memory(node), [memory(server) for server in cluster.nats]
            node.json("PUT", "/v1/streams/wide", {"key": ["host"], "partitions": 256})
            begin = time.monotonic()
            cluster.wait_served("wide", 256, 300)
            say(f"  256 partitions at rest: served after {time.monotonic() - begin:.1f} s, "
                f"{(memory(node) - before) / 256 / 1024:.0f} KiB each on the node, "
                f"{sum(memory(s) - b for s, b in zip(cluster.nats, server)) / 256 / 1024:.0f} KiB on the nats-servers together")
            used, beside, begin = cpu(node), sum(cpu(server) for server in cluster.nats), time.monotonic()
            time.sleep(10)
            seconds = time.monotonic() - begin
            say(f"  353 partitions of five streams at rest: node {(cpu(node) - used) / seconds * 100:.1f} % of a processor, "
                f"nats-servers {(sum(cpu(server) for server in cluster.nats) - beside) / seconds * 100:.1f} %")
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
