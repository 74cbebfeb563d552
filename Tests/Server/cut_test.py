"""Cuts the connection of readers at random bytes, and holds what was received whole against the log.

The readers resume behind the last record that was received whole; what they have in the end must be the log as their filter sees it,
without a gap or a duplicate. One reader's filter is changed twice on the way: at each position counts the one in force.
"""

import argparse
import json
import random
import threading
import time

from harness import Findings, Folder, Lines, Server, Writer, finish, messages, position, quoted, say


class CutReader(threading.Thread):
    """Reads a path and cuts the connection after a random number of bytes, or at a random time."""

    def __init__(self, server, path, name, cuts, seed):
        super().__init__(daemon=True, name=name)
        self.server, self.path, self.cuts = server, path, cuts
        self.random = random.Random(seed)
        self.records, self.last, self.done, self.within, self.problems = [], None, 0, 0, []
        self.is_ending = False

    def run(self):
        while not self.is_ending:
            headers = {"Last-Event-ID": self.last} if self.last else {}
            if self.random.random() < 0.5:
                headers["Accept"] = "text/event-stream"
            lines = None
            begun = time.monotonic()
            try:
                lines = Lines(self.server.port, self.path, headers, timeout=5)
                if lines.status != 200:
                    self.problems.append(f"{self.name}: status {lines.status}")
                    time.sleep(0.1)
                    continue
                if self.done < self.cuts:
                    # Anywhere: in the head of the response, in a chunk's length, in the middle of a record.
                    kind = self.random.random()
                    if kind < 0.2:
                        lines.limit = lines.taken + self.random.randint(0, 200)
                    elif kind < 0.9:
                        lines.limit = lines.taken + self.random.randint(200, 40_000)
                    else:
                        lines.socket.settimeout(self.random.uniform(0.001, 0.2))
                for message in messages(lines):
                    if message.event in ("message", "gap"):
                        self.records.append(json.loads(message.data))
                        self.last = message.id
                    if self.is_ending or (self.done < self.cuts and time.monotonic() - begun > 1):
                        break
            except (TimeoutError, ConnectionAbortedError):
                pass
            except (EOFError, OSError) as error:
                self.problems.append(f"{self.name}: {type(error).__name__} {error}")
                time.sleep(0.05)
            finally:
                if lines:
                    if lines.raw or lines.body:
                        self.within += 1
                    if self.random.random() < 0.5:
                        # A reset instead of an orderly end.
                        import socket as sockets
                        import struct

                        lines.socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
                    lines.close()
            self.done += 1


def compare(reader, expected, findings):
    """Holds a reader's records against the log's, as (position, key, serial)."""
    gaps = [record for record in reader.records if record["kind"] == "gap"]
    if gaps:
        findings.add(f"{reader.name}: gap", json.dumps(gaps[0]))
    got = [(r["position"], r["event"]["k"], r["event"]["s"]) for r in reader.records if r["kind"] == "event"]
    if got == expected:
        return
    for index, (mine, theirs) in enumerate(zip(got, expected)):
        if mine != theirs:
            findings.add(f"{reader.name}: differs", f"record {index}: received {mine}, the log has {theirs}")
            break
    missing, extra = set(expected) - set(got), set(got) - set(expected)
    findings.add(
        f"{reader.name}: not the log",
        f"received {len(got)}, in the log {len(expected)}, missing {len(missing)} {sorted(missing)[:2]}, "
        f"too much {len(extra)} {sorted(extra)[:2]}, twice {len(got) - len(set(got))}")


def far_behind(server, findings):
    """A reader stands still far behind while its filter is changed: at each position counts the one in force all the same."""
    stream = "behind"
    server.json("PUT", f"/v1/streams/{stream}", {"key": "k"})
    filters = ["event.v >= 0", "event.v < 50"]
    request = server.json("POST", "/v1/tail-requests", {"stream": stream, "filter": filters[0], "predictions": False})["id"]
    serial = [0]

    def write(batches):
        for _ in range(batches):
            batch = []
            for _ in range(250):
                serial[0] += 1
                batch.append({"k": "a", "s": serial[0], "v": serial[0] % 100, "p": "x" * 2_000})
            status, answer = server.send(stream, batch)
            if status != 200:
                findings.add("far behind", f"status {status}: {answer}")
        return answer["last"]

    # More than the buffers of a connection and of a feed hold.
    write(40)
    lines = Lines(server.port, f"/v1/tail-requests/{request}/events?from=oldest", timeout=20, receive_buffer=16_384)
    source = messages(lines)
    records = [json.loads(next(source).data)]
    time.sleep(1)
    change = server.json("PATCH", f"/v1/tail-requests/{request}", {"filter": filters[1]})["inForceAfter"]
    write(4)
    status, answer = server.send(stream, [{"k": "a", "s": serial[0] + 1, "v": 10}])
    try:
        while records[-1].get("position") != answer["last"]:
            records.append(json.loads(next(source).data))
    except (OSError, EOFError) as error:
        findings.add("far behind", f"the connection ended after {len(records)} records: {error!r}")
    lines.close()
    expected = [
        record["position"] for record in server.history(stream)
        if position(record["position"]) <= position(change) or record["event"]["v"] < 50]
    got = [record.get("position") for record in records]
    if got != expected:
        extra = sorted(set(got) - set(expected), key=position)
        findings.add(
            "far behind", f"received {len(got)}, expected {len(expected)}; the filter changed after {change}; too much "
            f"{len(extra)} {extra[:2]}, missing {len(set(expected) - set(got))}")
    say(f"  far behind: {len(got)} records over a change of the filter after {change}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--cuts", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plant", choices=["loss", "duplicate", "filter"], help="break the records before checking")
    options = parser.parse_args()
    findings = Findings()
    folder = Folder("cut")
    server = Server(options.program, folder.data)
    server.start()
    stream = "load"
    server.json("PUT", f"/v1/streams/{stream}", {"key": "k"})
    filters = ["event.v >= 50", "event.v < 30", "event.n % 3 == 0"]
    changing = server.json("POST", "/v1/tail-requests", {
        "stream": stream, "filter": filters[0], "predictions": False})["id"]
    steady = server.json("POST", "/v1/tail-requests", {"stream": stream, "filter": "event.v >= 20", "predictions": False})["id"]
    each = options.cuts // 4
    readers = [
        CutReader(server, f"/v1/tail-requests/{steady}/events?from=oldest", "request", each, options.seed),
        CutReader(server, f"/v1/streams/{stream}/tail?from=oldest&filter={quoted('event.v >= 20')}", "tail", each, options.seed + 1),
        CutReader(server, f"/v1/tail-requests/{changing}/events?from=oldest", "changed request", each, options.seed + 2),
        CutReader(server, f"/v1/tail-requests/{changing}/events?from=oldest", "second changed request",
                  options.cuts - 3 * each, options.seed + 3)]
    writers = [
        Writer(server, stream, f"w{number}", 4, options.seed * 100 + number, batch=(1, 30), pause=0.1, padding=60)
        for number in range(3)]
    started = time.monotonic()
    for thread in writers + readers:
        thread.start()
    changes = []
    for share in (1 / 3, 2 / 3):
        while min(r.done for r in readers) < share * each:
            time.sleep(0.05)
        answer = server.json("PATCH", f"/v1/tail-requests/{changing}", {"filter": filters[len(changes) + 1]})
        changes.append(answer["inForceAfter"])
        say(f"  {sum(r.done for r in readers)} cuts; from {changes[-1]} on the filter is {filters[len(changes)]}")
    while any(r.done < r.cuts for r in readers):
        time.sleep(0.05)
    for writer in writers:
        writer.is_ending = True
    for writer in writers:
        writer.join(60)
    # An event that every filter lets pass: v is below 30 and n is divisible by 3 for one, v at least 50 for the other.
    status, answer = server.send(stream, [{"k": "end", "n": 3, "s": 1, "v": 60}])
    end = answer["last"]
    for reader in readers:
        deadline = time.monotonic() + 60
        while (not reader.last or position(reader.last) < position(end)) and time.monotonic() < deadline:
            time.sleep(0.05)
        reader.is_ending = True
    history = {}
    for text in {"event.v >= 20", *filters}:
        history[text] = [
            (r["position"], r["event"]["k"], r["event"]["s"])
            for r in server.history(stream, query=f"&filter={quoted(text)}") if r["kind"] == "event"]
    first, second = (position(change) for change in changes)
    changed = sorted(
        [e for e in history[filters[0]] if position(e[0]) <= first]
        + [e for e in history[filters[1]] if first < position(e[0]) <= second]
        + [e for e in history[filters[2]] if second < position(e[0])], key=lambda e: position(e[0]))
    if options.plant == "loss":
        del readers[0].records[len(readers[0].records) // 2]
    elif options.plant == "duplicate":
        middle = len(readers[1].records) // 2
        readers[1].records.insert(middle, readers[1].records[middle])
    elif options.plant == "filter":
        changed = history[filters[1]]
    compare(readers[0], history["event.v >= 20"], findings)
    compare(readers[1], history["event.v >= 20"], findings)
    compare(readers[2], changed, findings)
    compare(readers[3], changed, findings)
    for thread in readers + writers:
        for problem in thread.problems:
            findings.add("answer", problem)
    far_behind(server, findings)
    leftover = json.loads(server.call("GET", "/v1/status")[2])["limits"]["subscribers"]
    deadline = time.monotonic() + 45
    while leftover["used"] and time.monotonic() < deadline:
        time.sleep(0.5)
        leftover = json.loads(server.call("GET", "/v1/status")[2])["limits"]["subscribers"]
    if leftover["used"]:
        findings.add("readers", f"{leftover['used']} are still counted 45 s after the last one went")
    server.stop()
    say(f"  {sum(r.done for r in readers)} connections cut, {sum(r.within for r in readers)} of them within a record, in "
        f"{time.monotonic() - started:.0f} s; {len(server_events(history))} events in the log; received "
        + ", ".join(f"{r.name} {len(r.records)}" for r in readers))
    finish("cut_test", findings, folder)


def server_events(history):
    return set().union(*history.values())


if __name__ == "__main__":
    main()
