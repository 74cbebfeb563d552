"""Kills the server at random moments while watches come and go, and holds what readers were told, and what was counted, together.

Each watch that a reader was told of begins once and ends at most once, whatever was told twice; none that began is left open at
the end. Each window of a stream of counts is there once, and holds what a recount of the log holds.
"""

import argparse
import calendar
import collections
import http.client
import json
import random
import threading
import time

from harness import Findings, Folder, Server, finish, say


class WatchReader(threading.Thread):
    """Reads a tail request, and goes on behind the last position that it saw."""

    def __init__(self, server, request):
        super().__init__(daemon=True)
        self.server, self.request = server, request
        self.told, self.last, self.is_ending = [], None, False

    def run(self):
        while not self.is_ending:
            try:
                self.read()
            except (OSError, ValueError):
                time.sleep(0.02)

    def read(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=3)
        start = f"after={self.last}" if self.last else "from=oldest"
        try:
            connection.request(
                "GET", f"/v1/tail-requests/{self.request}/events?{start}", headers={"Accept": "application/x-ndjson"})
            response = connection.getresponse()
            if response.status != 200:
                time.sleep(0.05)
                return
            while not self.is_ending:
                line = response.readline()
                if not line.endswith(b"\n"):
                    return
                record = json.loads(line)
                if record["kind"] == "watch":
                    self.told.append(record)
                elif record["kind"] in ("event", "gap"):
                    self.last = record.get("position") or record["to"]
        except http.client.HTTPException as error:
            raise OSError(str(error)) from error
        finally:
            connection.close()


def send(server, event, deadline=60):
    """Writes one event until it is acknowledged."""
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        try:
            if server.send("jobs", [event], timeout=5)[0] == 200:
                return
        except (OSError, ValueError):
            pass
        time.sleep(0.02)
    raise SystemExit("no event was taken within a minute")


def check_watches(told, findings):
    """Each watch under its id: one beginning, one ending, in this order."""
    states = collections.defaultdict(list)
    for record in told:
        if record["state"] not in states[record["id"]]:
            states[record["id"]].append(record["state"])
    for number, seen in states.items():
        if seen[0] != "overdue" or len(seen) > 2 or seen[1:] not in (["resumed"], ["ended"], []):
            findings.add("states", f"{number} was told as {seen}")
    open_ones = [number for number, seen in states.items() if len(seen) == 1]
    return states, open_ones


def check_counts(server, findings, is_planted):
    """The windows of the stream of counts against those of the log."""
    def events(stream):
        text = server.call("GET", f"/v1/streams/{stream}/history?limit=100000")[2]
        return [record["event"] for record in map(json.loads, text.splitlines()) if record["kind"] == "event"]

    expected, first, last = collections.Counter(), {}, 0
    for event in events("jobs"):
        if is_planted and len(expected) == 40:
            is_planted = False
            continue
        last = max(last, event["t"])
        window = (event["t"] // 60 + 1) * 60
        expected[(window, event["job"])] += 1
        first.setdefault(event["job"], window)
    found = {}
    for event in events("minutes"):
        place = (calendar.timegm(time.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ")), event["job"])
        if place in found:
            findings.add("twice", f"window {place} is there twice")
        found[place] = event["count"]
    for job, begin in first.items():
        for window in range(begin, last // 60 * 60 + 1, 60):
            if found.get((window, job)) != expected[(window, job)]:
                findings.add(
                    "count", f"{job}, window {window}: {found.get((window, job))}, the log holds {expected[(window, job)]}")
    return len(found)


def write(server, is_over, draw):
    """Four jobs every ten seconds of their time, of which one never stays away; at the end all go on, so that nothing is left open."""
    clock, away = 1_700_000_000, {}
    while not is_over.is_set():
        clock += 10
        for job in JOBS:
            if away.get(job, 0) > clock:
                continue
            send(server, {"t": clock, "job": job})
            if job != "a" and draw.random() < 0.1:
                away[job] = clock + draw.choice([40, 60, 200])
    for step in range(1, 60):
        for job in JOBS:
            send(server, {"t": clock + 10 * step, "job": job})


JOBS = ("a", "b", "c", "d")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--cycles", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plant", choices=["double-end", "lost-end", "window"])
    options = parser.parse_args()
    draw = random.Random(options.seed)
    findings, folder = Findings(), Folder("watch")
    started = time.monotonic()
    server = Server(options.program, folder.data)
    server.start()
    server.json("PUT", "/v1/streams/jobs", {"key": "job", "time": "t"})
    server.json("PUT", "/v1/streams/minutes", {
        "count": {"from": "jobs", "every": "1m", "by": ["job"], "clock": "event", "zeros": 100000}})
    request = server.json("POST", "/v1/tail-requests", {
        "stream": "jobs", "predictions": False, "watch": {"overdue": True, "overdueProbability": 0.9}})["id"]
    reader = WatchReader(server, request)
    reader.start()
    is_over = threading.Event()
    writer = threading.Thread(target=write, args=(server, is_over, random.Random(options.seed + 1)), daemon=True)
    writer.start()
    for cycle in range(options.cycles):
        time.sleep(draw.uniform(0.3, 2.5))
        if cycle % 5 == 4:
            server.stop()
        else:
            server.kill()
        server.start()
    is_over.set()
    writer.join(300)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        states, left = check_watches(reader.told, Findings())
        position = server.json("GET", "/v1/streams/minutes")["counting"].get("position")
        if not left and position == server.json("GET", "/v1/streams/jobs")["log"]["lastDurable"]:
            break
        time.sleep(0.1)
    told = list(reader.told)
    if options.plant == "double-end":
        told.append({**next(record for record in told if record["state"] == "resumed"), "state": "ended"})
    if options.plant == "lost-end":
        gone = next(record for record in told if record["state"] == "resumed")["id"]
        told = [record for record in told if record["id"] != gone or record["state"] == "overdue"]
    states, left = check_watches(told, findings)
    for number in left:
        findings.add("open", f"{number} began and never ended")
    windows = check_counts(server, findings, options.plant == "window")
    if len(states) < options.cycles / 2:
        findings.add("test", f"only {len(states)} watches: too few to tell anything")
    reader.is_ending = True
    server.stop()
    say(f"  {options.cycles} ends in {time.monotonic() - started:.0f} s: {len(states)} watches told in {len(told)} records, "
        f"{windows} windows counted")
    finish("watch_test", findings, folder)


if __name__ == "__main__":
    main()
