"""Kills, stops, cuts and restarts nodes and nats-servers under load, and holds what was acknowledged against what readers and
receivers of webhooks got.

Every round does one thing and then waits until all partitions are served again. Takeover: for each partition that changed its owner
(in rounds about nats-servers: for each), from the fault until a reader had the first event that was sent after it. Of webhooks: for each
whose request belongs to such a partition, from the fault until its receiver had the first event that was sent after it.
"""

import argparse
import json
import os
import random
import signal
import time

from checker import check, check_output, self_test
import hooks
import receiver as webhooks
from harness import Cluster, Folder, Namespace, Proxy, Raw, Reader, Writer, percentile, position, say, wait
from replicas import differences

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
            self.start(nats)
        elif self.kind == "both":
            nats.kill()
            node.kill()
            owned = list(range(partitions))
            self.hold(14, begin)
            self.start(nats)
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
        elif self.kind == "netns":
            node = next(node for node in self.cluster.nodes if node.namespace)
            owned = [partition for partition, owner in enumerate(owners) if owner == node.name]
            node.namespace.set_link(False)
            self.hold(12, begin)
            node.namespace.set_link(True)
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

    def start(self, nats):
        self.cluster.let_compact(f"foretail-cluster.in.{STREAM}.ballast", f"foretail-cluster.out.{STREAM}.ballast.0")
        nats.start()
        nats.wait_ready()

    @staticmethod
    def hold(seconds, begin):
        time.sleep(max(0, begin + seconds - time.time()))


def share(number, count):
    """Which values the webhook of a number from 1 to `count` gets: from, and below."""
    return (number - 1) * 100 // count, number * 100 // count


def check_questions(cluster, request, partitions):
    """Every node says the same of what the owners predict, and all owners are in it; findings."""
    findings, answers = [], []
    for node in cluster.nodes:
        path = f"/v1/tail-requests/{request}"
        confidence, buffer = node.json("GET", f"{path}/confidence"), node.json("GET", f"{path}/buffer")
        status, lines = node.call("GET", f"{path}/buffer/predictions?limit=1000")
        records = [json.loads(line) for line in lines.splitlines()]
        for answer in confidence, buffer:
            names = {part["node"] for part in answer["partitions"]}
            if answer["missing"] or len(answer["partitions"]) != partitions or names != {one.name for one in cluster.nodes}:
                findings.append(f"{node.name}: not all owners are in {answer}")
        if buffer["hits"] + buffer["misses"] != confidence["samples"] or confidence["samples"] == 0:
            findings.append(f"{node.name}: {buffer['hits']} hits and {buffer['misses']} misses of {confidence['samples']} events")
        if status != 200 or len(records) != min(1000, buffer["predictions"]) or any(
                record["kind"] != "prediction" or record["request"] != request for record in records):
            findings.append(f"{node.name}: {status}, {len(records)} of {buffer['predictions']} predictions, {lines[:300]!r}")
        answers.append((confidence, buffer["hits"], buffer["misses"]))
    confidence, hits, _ = answers[0]
    say(f"  asked of the owners, at every node: {confidence['samples']} events, {hits} hits, confidence {confidence['confidence']}, "
        f"{buffer['predictions']} predictions live")
    if any(answer != answers[0] for answer in answers):
        findings.append(f"the nodes do not agree on {request}: {answers}")
    return findings


def check_hooks(receivers, acknowledged, count):
    """Waits until every receiver has what it is to get, and checks what it got; findings."""
    findings, total = [], {}
    for number, (request, hook) in enumerate(receivers.items()):
        wanted = {
            (key, serial): place for key, serial, place, _, value in acknowledged
            if number == 0 or value in range(*share(number, count))}
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with hook.lock:
                got = {(record["event"]["k"], record["event"]["s"]) for _, records, _ in hook.taken for record in records
                       if record["kind"] == "event"}
            if got.issuperset(wanted):
                break
            time.sleep(0.5)
        with hook.lock:
            found, figures = hooks.check_hook(request, hook.log, hook.taken, wanted, hook.problems)
        findings += found
        for name, figure in figures.items():
            total[name] = total.get(name, 0) + figure
    say(f"  {len(receivers)} webhooks: {total['messages']} messages, {total['attempts']} attempts, {total['repeated']} repeated "
        f"({total['late']} of them behind a later one), lost {total['lost']}; signatures by "
        + ("the package standardwebhooks" if webhooks.Webhook else "the test's own HMAC"))
    return findings


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


def hook_takeovers(receivers, begin, partitions, count):
    """Seconds from the fault until the receiver of each webhook that belongs to one of the partitions had an event that was sent
    after it."""
    times = []
    for request, hook in receivers.items():
        if hooks.partition_of(request, count) in partitions:
            came = hook.first_since(begin)
            if came is not None:
                times.append(came - begin)
    return times


# A receiver that answers with an error is tried again soon: what is measured is the takeover.
HOOK_OPTIONS = [
    "webhooks.allow=127.0.0.1/32,198.18.0.0/15", "webhooks.timeout=5s", "webhooks.retryWait=50ms",
    "webhooks.longestRetryWait=500ms", "webhooks.breakerPause=100ms", "webhooks.longestBreakerPause=500ms",
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--kinds", default="node,nats,both,pause,cut,netns,rolling")
    parser.add_argument("--hooks", type=int, default=8, help="webhooks beside the one that gets everything")
    parser.add_argument("--partitions", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--snapshot-events", type=int, default=2000)
    parser.add_argument("--limit", type=float, default=10, help="seconds that the 95th percentile of takeovers may take")
    options = parser.parse_args()
    self_test()
    hooks.self_test()
    say("checker: planted faults are seen")
    kinds, namespace = options.kinds.split(","), None
    if "netns" in kinds:
        namespace = Namespace()
        reason = namespace.make()
        if reason:
            say(f"  netns: skipped, no network namespace can be made here (that takes root): {reason}")
            kinds.remove("netns")
            namespace = None
    try:
        run(options, kinds, namespace)
    finally:
        if namespace:
            namespace.remove()


def run(options, kinds, namespace):
    chance = random.Random(options.seed)
    findings, table = [], []
    with Folder("cluster") as folder:
        cluster = Cluster(
            options.program, folder.path,
            options=["--snapshot-events", str(options.snapshot_events)]
            + [part for text in HOOK_OPTIONS for part in ("--set", text)],
            proxied=("n3",) if "cut" in kinds else (), namespaced={"n2": namespace} if namespace else None)
        try:
            cluster.start()
            first = cluster.nodes[0]
            first.json("PUT", f"/v1/streams/{STREAM}", {"key": ["k"], "partitions": options.partitions, "time": "t"})
            everything = first.json("POST", "/v1/tail-requests", {"stream": STREAM, "predictions": False})["id"]
            some = first.json("POST", "/v1/tail-requests", {
                "stream": STREAM, "filter": "event.v >= 50", "steps": 1, "predict": ["v"]})["id"]
            receivers = {}
            for number in range(options.hooks + 1):
                hook = hooks.Hook(number, share=0 if number == 1 else 0.03)
                # The node in the namespace reaches receivers by its own link.
                wire = Proxy(hook.port, namespace.near) if namespace else None
                if wire:
                    wire.start()
                url = f"http://{namespace.near}:{wire.port}/hook" if wire else hook.url
                destination = {"type": "webhook", "url": url, "secret": webhooks.SECRET}
                definition = {"stream": STREAM, "predictions": False, "destination": destination}
                if number > 0:
                    low, high = share(number, options.hooks)
                    definition["filter"] = f"event.v >= {low} && event.v < {high}"
                receivers[first.json("POST", "/v1/tail-requests", definition)["id"]] = hook
            cluster.wait_served(STREAM, options.partitions, balanced=True)
            writers = [Writer(cluster, STREAM, number) for number in range(4)]
            readers = [Reader(cluster, everything, 0), Reader(cluster, everything, 1), Reader(cluster, some, 2, ahead=True)]
            for thread in writers + readers:
                thread.start()
            time.sleep(3)
            for kind in kinds:
                times, hooked, done = [], [], 0
                for number in range(options.rounds):
                    begin, owned = Round(cluster, kind, chance).run(options.partitions)
                    cluster.wait_ready()
                    cluster.wait_served(STREAM, options.partitions, balanced=True)
                    cluster.wait_current()
                    time.sleep(2)
                    times += takeovers(readers[:2], begin, owned)
                    hooked += hook_takeovers(receivers, begin, owned, options.partitions)
                    done += 1
                row = (kind, done, len(times), percentile(times, 0.5), percentile(times, 0.95), max(times or [0]))
                table.append(row)
                say("  %-8s %3d rounds, %4d partitions: median %.1f s, p95 %.1f s, worst %.1f s" % row)
                if times and row[4] > options.limit:
                    findings.append(f"{kind}: 95 of 100 takeovers within {row[4]:.1f} s, more than {options.limit}")
                if hooked:
                    say("  %-8s             %4d webhooks:   median %.1f s, p95 %.1f s, worst %.1f s" % (
                        "", len(hooked), percentile(hooked, 0.5), percentile(hooked, 0.95), max(hooked)))
                if hooked and percentile(hooked, 0.95) > options.limit:
                    findings.append(
                        f"{kind}: 95 of 100 webhooks within {percentile(hooked, 0.95):.1f} s, more than {options.limit}")
            for writer in writers:
                writer.end()
                findings += writer.problems
            acknowledged = [entry for writer in writers for entry in writer.acknowledged]
            want = {entry[:2] for entry in acknowledged}
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
            findings += check_hooks(receivers, acknowledged, options.hooks)
            values = [record["event"]["v"] for record, _ in readers[2].records]
            if any(value < 50 for value in values):
                findings.append("the filtered request got an event that does not match")
            predictions = sum(1 for kind, _ in readers[2].others if kind == "prediction")
            port = next(server.port for server in cluster.nats if server.is_alive())
            found, messages = check_output(
                message for message in Raw(port).messages(f"FORETAIL_OUT_{STREAM}") if ".ballast." not in message[1])
            findings += found
            latencies = [latency for writer in writers for latency in writer.latencies]
            say(f"  acknowledged {figures['acknowledged']} events, lost {figures['lost']}, repeats {figures['repeats']}; "
                f"readers connected {sum(reader.connections for reader in readers)} times; "
                f"bodies sent again {sum(writer.resent for writer in writers)}; "
                f"acknowledgement median {percentile(latencies, 0.5) * 1000:.1f} ms, p99 {percentile(latencies, 0.99) * 1000:.0f} ms")
            say(f"  output log: {messages} messages, {len(values)} filtered events, {predictions} predictions seen")
            cluster.wait_current()
            findings += check_questions(cluster, some, options.partitions)
        finally:
            cluster.stop()
        for stream in (f"FORETAIL_IN_{STREAM}", f"FORETAIL_OUT_{STREAM}"):
            findings += differences([server.store for server in cluster.nats], stream)
        for finding in findings[:20]:
            say(f"  {finding}")
        folder.is_kept = bool(findings)
    say("kill_test: " + ("FAILED" if findings else "passed"))
    raise SystemExit(1 if findings else 0)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    main()
