"""Kills, stops, cuts and restarts nodes and nats-servers under load, and holds what was acknowledged against what readers got.

Every round does one thing and then waits until all partitions are served again. Takeover: for each partition that changed its owner
(in rounds about nats-servers: for each), from the fault until a reader had the first event that was sent after it.
"""

import argparse
import os
import random
import signal
import time

from checker import check, check_output, self_test
from harness import Cluster, Folder, Raw, Reader, Writer, percentile, position, say, wait

STREAM = "load"


class Round:
    """What a round does, and which partitions it takes from their owners."""

    def __init__(self, cluster, kind, chance):
        self.cluster, self.kind, self.chance = cluster, kind, chance

    def run(self, partitions):
        """Does it; the time of the fault and the partitions concerned."""
        owners = self.cluster.owners(STREAM)
        node = self.chance.choice(self.cluster.nodes)
        owned = [partition for partition, owner in enumerate(owners) if owner == node.name]
        nats = self.chance.choice(self.cluster.nats)
        begin = time.time()
        if self.kind == "node":
            node.kill()
            self.hold(7, begin)
            node.start()
        elif self.kind == "nats":
            nats.kill()
            owned = list(range(partitions))
            self.hold(8, begin)
            nats.start()
            nats.wait_ready()
        elif self.kind == "both":
            nats.kill()
            node.kill()
            owned = list(range(partitions))
            self.hold(14, begin)
            nats.start()
            nats.wait_ready()
            node.start()
        elif self.kind == "pause":
            node.process.send_signal(signal.SIGSTOP)
            self.hold(30, begin)
            node.process.send_signal(signal.SIGCONT)
            time.sleep(3)
        elif self.kind == "cut":
            node = next(node for node in self.cluster.nodes if node.name in self.cluster.proxies)
            owned = [partition for partition, owner in enumerate(owners) if owner == node.name]
            for proxy in self.cluster.proxies[node.name]:
                proxy.is_cut.set()
            self.hold(12, begin)
            for proxy in self.cluster.proxies[node.name]:
                proxy.is_cut.clear()
        elif self.kind == "rolling":
            owned = list(range(partitions))
            for node in self.cluster.nodes:
                status = node.stop()
                if status != 0:
                    raise SystemExit(f"{node.name} ended with status {status}; see {node.log}")
                node.start()
                wait(f"{node.name} is ready", node.is_ready, 60)
                self.cluster.wait_served(STREAM, partitions, balanced=True)
        return begin, owned

    @staticmethod
    def hold(seconds, begin):
        time.sleep(max(0, begin + seconds - time.time()))


def takeovers(readers, begin, partitions):
    """Seconds from the fault until some reader had the first event of each partition that was sent after it."""
    first = {}
    for reader in readers:
        for record, came in list(reader.records):
            if record["event"]["t"] < begin:
                continue
            partition = position(record["position"])[0]
            first[partition] = min(first.get(partition, came - begin), came - begin)
    return [first[partition] for partition in partitions if partition in first]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--kinds", default="node,nats,both,pause,cut,rolling")
    parser.add_argument("--partitions", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--snapshot-events", type=int, default=2000)
    parser.add_argument("--limit", type=float, default=10, help="seconds that the 95th percentile of takeovers may take")
    options = parser.parse_args()
    self_test()
    say("checker: planted faults are seen")
    chance = random.Random(options.seed)
    findings, table = [], []
    with Folder("cluster") as folder:
        cluster = Cluster(
            options.program, folder.path, options=["--snapshot-events", str(options.snapshot_events)],
            proxied=("n3",) if "cut" in options.kinds else ())
        try:
            cluster.start()
            first = cluster.nodes[0]
            first.json("PUT", f"/v1/streams/{STREAM}", {"key": ["k"], "partitions": options.partitions, "time": "t"})
            everything = first.json("POST", "/v1/tail-requests", {"stream": STREAM, "predictions": False})["id"]
            some = first.json("POST", "/v1/tail-requests", {
                "stream": STREAM, "filter": "event.v >= 50", "steps": 1, "predict": ["v"]})["id"]
            cluster.wait_served(STREAM, options.partitions, balanced=True)
            writers = [Writer(cluster, STREAM, number) for number in range(4)]
            readers = [Reader(cluster, everything, 0), Reader(cluster, everything, 1), Reader(cluster, some, 2, ahead=True)]
            for thread in writers + readers:
                thread.start()
            time.sleep(3)
            for kind in options.kinds.split(","):
                times, done = [], 0
                for number in range(options.rounds):
                    begin, owned = Round(cluster, kind, chance).run(options.partitions)
                    cluster.wait_ready()
                    cluster.wait_served(STREAM, options.partitions, balanced=True)
                    time.sleep(2)
                    times += takeovers(readers[:2], begin, owned)
                    done += 1
                row = (kind, done, len(times), percentile(times, 0.5), percentile(times, 0.95), max(times or [0]))
                table.append(row)
                say("  %-8s %3d rounds, %4d partitions: median %.1f s, p95 %.1f s, worst %.1f s" % row)
                if times and row[4] > options.limit:
                    findings.append(f"{kind}: 95 of 100 takeovers within {row[4]:.1f} s, more than {options.limit}")
            for writer in writers:
                writer.end()
                findings += writer.problems
            acknowledged = [entry for writer in writers for entry in writer.acknowledged]
            want = {(key, serial) for key, serial, _, _ in acknowledged}
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                if all(len(reader.records) >= len(want) for reader in readers[:2]):
                    break
                time.sleep(0.5)
            time.sleep(1)
            late = Reader(cluster, everything, 9)
            late.start()
            deadline = time.monotonic() + 90
            while time.monotonic() < deadline and len(late.records) < len(want):
                time.sleep(0.5)
            for reader in readers + [late]:
                reader.is_ending = True
                findings += reader.problems
            found, figures = check(
                acknowledged, {
                    reader.name: [record for record, _ in reader.records] for reader in (readers[0], readers[1], late)})
            findings += found
            values = [record["event"]["v"] for record, _ in readers[2].records]
            if any(value < 50 for value in values):
                findings.append("the filtered request got an event that does not match")
            predictions = sum(1 for kind, _ in readers[2].others if kind == "prediction")
            port = next(server.port for server in cluster.nats if server.is_alive())
            found, messages = check_output(Raw(port).messages(f"FORETAIL_OUT_{STREAM}"))
            findings += found
            latencies = [latency for writer in writers for latency in writer.latencies]
            say(f"  acknowledged {figures['acknowledged']} events, lost {figures['lost']}, repeats {figures['repeats']}; "
                f"readers connected {sum(reader.connections for reader in readers)} times; "
                f"bodies sent again {sum(writer.resent for writer in writers)}; "
                f"acknowledgement median {percentile(latencies, 0.5) * 1000:.1f} ms, p99 {percentile(latencies, 0.99) * 1000:.0f} ms")
            say(f"  output log: {messages} messages, {len(values)} filtered events, {predictions} predictions seen")
        finally:
            cluster.stop()
        for finding in findings[:20]:
            say(f"  {finding}")
        folder.is_kept = bool(findings)
    say("kill_test: " + ("FAILED" if findings else "passed"))
    raise SystemExit(1 if findings else 0)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    main()
