"""Lets one reader stop reading under load: the others and the server's memory must not notice, and later it gets everything."""

import argparse
import json
import threading
import time

from harness import Findings, Folder, Lines, Reader, Server, Writer, finish, messages, percentile, position, say


class SlowReader(threading.Thread):
    """Reads, stops reading while the connection stays, goes on; and resumes should the server have ended it."""

    def __init__(self, server, path):
        super().__init__(daemon=True, name="slow reader")
        self.server, self.path = server, path
        self.is_stopped = self.is_ending = False
        self.records, self.last, self.connections, self.problems = [], None, 0, []

    def run(self):
        while not self.is_ending:
            lines = None
            try:
                lines = Lines(
                    self.server.port, self.path, {"Last-Event-ID": self.last} if self.last else {}, timeout=5,
                    receive_buffer=16_384)
                if lines.status != 200:
                    self.problems.append(f"slow reader: status {lines.status}")
                self.connections += 1
                for message in messages(lines):
                    if message.event in ("message", "gap"):
                        self.records.append(json.loads(message.data))
                        self.last = message.id
                    while self.is_stopped:
                        time.sleep(0.05)
                    if self.is_ending:
                        break
            except (OSError, EOFError):
                time.sleep(0.05)
            finally:
                if lines:
                    lines.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seconds", type=float, default=60, help="that the reader does not read")
    parser.add_argument("--warm-up", type=float, default=15, help="seconds under the same load before")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--growth", type=float, default=32, help="MiB that memory may grow while the reader does not read")
    parser.add_argument("--plant", choices=["loss"])
    options = parser.parse_args()
    findings = Findings()
    folder = Folder("slow")
    server = Server(options.program, folder.data)
    server.start()
    stream = "load"
    server.json("PUT", f"/v1/streams/{stream}", {"key": "k"})
    ids = [
        server.json("POST", "/v1/tail-requests", {"stream": stream, "predictions": False})["id"] for _ in range(3)]
    slow = SlowReader(server, f"/v1/tail-requests/{ids[0]}/events?from=oldest")
    # One of the others reads the same tail request as the slow one.
    others = [Reader(server, f"/v1/tail-requests/{ids[n]}/events?from=oldest", f"reader {n}") for n in (0, 1, 2)]
    writers = [
        Writer(server, stream, f"w{number}", 4, options.seed * 100 + number, batch=(5, 15), pause=0.1, padding=1_000)
        for number in range(2)]
    for reader in others:
        reader.latencies = []
    for thread in [slow, *others, *writers]:
        thread.start()
    time.sleep(3)
    begun = time.time()
    time.sleep(options.warm_up)
    stopped = time.time()
    slow.is_stopped = True
    memory = [server.memory()]
    while time.time() < stopped + options.seconds:
        time.sleep(min(1, options.seconds / 10))
        memory.append(server.memory())
    at_stop = slow.last
    ended = time.time()
    for writer in writers:
        writer.is_ending = True
    for writer in writers:
        writer.join(60)
    slow.is_stopped = False
    status, answer = server.send(stream, [{"k": "end", "n": 1, "s": 1, "v": 0}])
    end = answer["last"]
    resumed = time.monotonic()
    deadline = resumed + 120
    while (not slow.last or position(slow.last) < position(end)) and time.monotonic() < deadline:
        time.sleep(0.02)
    took = time.monotonic() - resumed
    slow.is_ending = True
    for reader in others:
        reader.wait_for(end, 30)
        reader.is_ending = True
    history = [r for r in server.history(stream) if r["kind"] == "event"]
    server.stop()
    if options.plant == "loss":
        del slow.records[len(slow.records) // 2]
    expected = [r["position"] for r in history]
    for name, records in [(slow.name, slow.records)] + [(r.name, r.records) for r in others]:
        got = [r.get("position") for r in records]
        if got != expected:
            findings.add(
                f"{name}: not the log", f"received {len(got)}, in the log {len(expected)}, "
                f"missing {len(set(expected) - set(got))}, twice {len(got) - len(set(got))}, at the end {name} {got[-1:]}")
    before = [l * 1_000 for r in others for t, l in r.latencies if begun <= t < stopped]
    during = [l * 1_000 for r in others for t, l in r.latencies if stopped <= t < ended]
    low, high = percentile(before, 0.99), percentile(during, 0.99)
    missed = sum(1 for r in history if position(r["position"]) > position(at_stop))
    size = sum(len(json.dumps(r)) for r in history if position(r["position"]) > position(at_stop))
    say(f"  the reader stood still for {ended - stopped:.0f} s and missed {missed} events, {size / 1e6:.1f} MB; then caught up in "
        f"{took:.1f} s over {slow.connections} connection(s)")
    say(f"  latency of the others, ms: before p50 {percentile(before, .5):.2f} p99 {low:.2f} ({len(before)} events), "
        f"during p50 {percentile(during, .5):.2f} p99 {high:.2f} ({len(during)}); ratio of p99 {high / low:.2f}")
    third = max(1, len(memory) // 3)
    first, last = sum(memory[:third]) / third, sum(memory[-third:]) / third
    say(f"  memory, MiB: {memory[0] / 2**20:.1f} when it stopped, {max(memory) / 2**20:.1f} at most, {memory[-1] / 2**20:.1f} "
        f"at the end; first third {first / 2**20:.1f}, last third {last / 2**20:.1f}")
    # What the times are worth depends on the machine: they are told. That the others read on is not.
    if not before or not during:
        findings.add("latency", f"{len(before)} events before, {len(during)} while a reader stood still")
    if last - first > options.growth * 2**20:
        findings.add("memory", f"grew by {(last - first) / 2**20:.1f} MiB")
    for thread in [slow, *others, *writers]:
        for problem in thread.problems:
            findings.add("answer", problem)
    finish("slow_reader_test", findings, folder)


if __name__ == "__main__":
    main()
