"""Kills the server at random moments under load, and holds what was acknowledged against what is there and what was delivered."""

import argparse
import copy
import random
import time

from harness import Findings, Folder, Reader, Server, Writer, check, check_files, finish, position, quoted, say, slow_sync
import json
import threading


class HistoryReader(threading.Thread):
    """Reads the persistent history page by page, on and on."""

    def __init__(self, server, stream, name):
        super().__init__(daemon=True, name=name)
        self.server, self.stream = server, stream
        self.records, self.last, self.problems, self.is_ending, self.connections = [], "", [], False, 0

    def run(self):
        while not self.is_ending:
            try:
                status, headers, text = self.server.call(
                    "GET", f"/v1/streams/{self.stream}/history?limit=700&after={self.last}", timeout=10)
            except OSError:
                time.sleep(0.02)
                continue
            if status != 200:
                if status not in (503, 507):
                    self.problems.append(f"{self.name}: status {status}: {text[:200]!r}")
                time.sleep(0.05)
                continue
            self.connections += 1
            for line in text.splitlines():
                record = json.loads(line)
                self.last = record.get("position") or record["to"]
                self.records.append(record)
            time.sleep(0.05)

    def wait_for(self, end, seconds):
        deadline = time.monotonic() + seconds
        while (not self.last or position(self.last) < position(end)) and time.monotonic() < deadline:
            time.sleep(0.05)
        return bool(self.last) and position(self.last) >= position(end)


def plant(kind, history, readers, acknowledged):
    """Breaks what was recorded, so that the checker has to see it."""
    name, records, _ = readers[0]
    events = [index for index, record in enumerate(records) if record["kind"] == "event"]
    known = {(key, serial) for sent, _ in acknowledged for key, serial, _ in sent}
    if kind == "loss":
        middle = next(
            index for index in events[len(events) // 2:]
            if (records[index]["event"]["k"], records[index]["event"]["s"]) in known)
        del records[middle]
    elif kind == "log-loss":
        middle = next(
            index for index, record in enumerate(history)
            if index > len(history) // 2 and (record["event"]["k"], record["event"]["s"]) in known)
        del history[middle]
    elif kind == "reorder":
        seen = {}
        for index in events[len(events) // 2:]:
            key = records[index]["event"]["k"]
            if key in seen:
                first, second = records[seen[key]], records[index]
                first["event"], second["event"] = second["event"], first["event"]
                break
            seen[key] = index
    elif kind == "duplicate-position":
        first, second = events[len(events) // 2], events[len(events) // 2 + 1]
        records[second]["position"] = records[first]["position"]
    elif kind == "silent-gap":
        for index, record in enumerate(list(records)):
            if record["kind"] == "gap":
                records[:] = [r for r in records if r.get("to") != record["to"]]
                break
        else:
            raise SystemExit("no gap to take out; run more cycles")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--cycles", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--writers", type=int, default=4)
    parser.add_argument("--patience", type=float, default=120, help="seconds until a reader has to be at the end")
    parser.add_argument("--keys", type=int, default=5, help="of each writer")
    parser.add_argument("--pause", type=float, default=0.05, help="seconds at most between two batches of a writer")
    parser.add_argument(
        "--plant", choices=["loss", "log-loss", "reorder", "duplicate-position", "silent-gap"], action="append",
        default=[], help="break the records before checking; the test must fail then")
    parser.add_argument("--self-test", action="store_true", help="after the check, plant each fault and demand that it is seen")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    findings = Findings()
    folder = Folder("kill")
    server = Server(options.program, folder.data)
    server.start()
    stream = "load"
    server.json("PUT", f"/v1/streams/{stream}", {"key": "k"})
    plain = server.json("POST", "/v1/tail-requests", {"stream": stream, "predictions": False})["id"]
    text = "event.v >= 50"
    narrow = server.json("POST", "/v1/tail-requests", {"stream": stream, "filter": text})["id"]
    every, some = (lambda event: True), (lambda event: event["v"] >= 50)
    readers = [
        (Reader(server, f"/v1/tail-requests/{plain}/events?from=oldest", "request"), every),
        (Reader(server, f"/v1/tail-requests/{narrow}/events?from=oldest&ahead=true", "filtered request"), some),
        (Reader(server, f"/v1/streams/{stream}/tail?from=oldest&filter={quoted(text)}", "tail"), some),
        (HistoryReader(server, stream, "history"), every),
    ]
    writers = [
        Writer(server, stream, f"w{number}", options.keys, options.seed * 1_000 + number, pause=options.pause)
        for number in range(options.writers)]
    for thread in writers + [reader for reader, _ in readers]:
        thread.start()
    started = time.monotonic()
    slowest = 0
    for cycle in range(options.cycles):
        # In turn: under load; with syncs that take so long that events are delivered before they are durable, and lost;
        # and with writers that rest over the kill, so that readers come back before the first event.
        is_slow, is_quiet = cycle % 3 == 1, cycle % 3 == 2
        time.sleep(chance.uniform(0.1, 2))
        if not server.is_alive():
            findings.add("server", f"ended by itself with status {server.process.returncode} in cycle {cycle}")
        for writer in writers:
            writer.is_resting = is_quiet
        server.kill()
        server.wrap = list(slow_sync(100_000)) if is_slow else []
        begun = time.monotonic()
        server.start()
        slowest = max(slowest, time.monotonic() - begun)
        if is_quiet:
            time.sleep(0.3)
            # Whoever comes now gets the whole log, although nothing has happened yet.
            late = Reader(server, f"/v1/tail-requests/{plain}/events?from=oldest", "late reader")
            late.start()
            durable = server.json("GET", f"/v1/streams/{stream}")["log"].get("lastDurable")
            # The log grows with the cycles, and this reader takes some ten thousand records a second beside the load.
            if durable and not late.wait_for(durable, 5 + cycle / 5):
                findings.add("late reader", f"came to {late.last}, not to {durable}, after kill {cycle + 1}")
            late.is_ending = True
            for writer in writers:
                writer.is_resting = False
        if cycle % 10 == 9:
            say(f"  {cycle + 1} kills, {sum(len(w.acknowledged) for w in writers)} batches acknowledged, "
                f"{time.monotonic() - started:.0f} s")
    time.sleep(0.5)
    for writer in writers:
        writer.is_ending = True
    for writer in writers:
        writer.join(90)
    # One more event, which every reader has to come to.
    status, answer = server.send(stream, [{"k": "end", "n": 1, "s": 1, "v": 99, "sent": time.time()}])
    end = answer["last"]
    for reader, _ in readers:
        if not reader.wait_for(end, options.patience):
            findings.add("reader", f"{reader.name} did not come to {end}, is at {reader.last} after {reader.connections} connections")
        reader.is_ending = True
    history = server.history(stream)
    status = server.stop()
    if status != 0:
        findings.add("server", f"a clean stop ended with status {status}")
    acknowledged = [entry for writer in writers for entry in writer.acknowledged]
    acknowledged.append(([("end", 1, 99)], end))
    for thread in writers + [reader for reader, _ in readers]:
        for problem in thread.problems:
            findings.add("answer", problem)
    delivered = [(reader.name, list(reader.records), matches) for reader, matches in readers]
    original = (copy.deepcopy(history), [(name, copy.deepcopy(r), m) for name, r, m in delivered])
    for kind in options.plant:
        plant(kind, history, delivered, acknowledged)
    counts = check(acknowledged, history, delivered, findings)
    counts["files checked"] = check_files(folder.data, findings)
    counts["events at most lost on the way"] = sum(w.failures for w in writers)
    say(f"  {options.cycles} kills in {time.monotonic() - started:.0f} s, slowest start {slowest:.2f} s: " + ", ".join(
        f"{name} {count}" for name, count in counts.items()))
    say("  delivered: " + ", ".join(f"{n} {len(r)}" for n, r, _ in delivered) + "; connections: " + ", ".join(
        f"{r.name} {r.connections}" for r, _ in readers))
    if options.self_test and not options.plant:
        for kind in ("loss", "log-loss", "reorder", "duplicate-position"):
            broken = (copy.deepcopy(original[0]), [(n, copy.deepcopy(r), m) for n, r, m in original[1]])
            plant(kind, broken[0], broken[1], acknowledged)
            seen = Findings()
            check(acknowledged, broken[0], broken[1], seen)
            say(f"  planted {kind}: " + (f"seen ({seen[0][0]})" if len(seen) > 0 else "NOT SEEN"))
            if not seen:
                findings.add("self-test", f"planted {kind} was not seen")
    finish("kill_test", findings, folder)


if __name__ == "__main__":
    main()
