"""What the server tests share: a server as a process, a plain HTTP client, readers that resume, and the checker."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time

from basics import (  # noqa: F401
    Findings, Folder, Lines, Message, call, finish, free_port, messages, percentile, position, quoted, say)

# Events may hold numbers of any length.
if hasattr(sys, "set_int_max_str_digits"):
    sys.set_int_max_str_digits(0)


def slow_sync(microseconds):
    """What to put before a command so that its syncs take longer; nothing where strace is missing."""
    if not shutil.which("strace"):
        return ()
    return (
        "strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fsync,fdatasync",
        "-e", f"inject=fsync,fdatasync:delay_enter={microseconds}")


class Server:
    """A foretail process over a folder."""

    def __init__(self, program, folder, port=None, wrap=(), options=()):
        self.program = program
        self.folder = folder
        self.port = port or free_port()
        self.wrap = list(wrap)
        self.options = list(options)
        self.process = None
        self.log = os.path.join(os.path.dirname(os.path.abspath(folder)), "server.log")

    def start(self, wait=True):
        command = self.wrap + [
            self.program, "serve", "--data-dir", self.folder, "--listen", f"127.0.0.1:{self.port}", *self.options]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        if wait:
            self.wait_ready()

    def wait_ready(self, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise SystemExit(f"the server ended with status {self.process.returncode}; see {self.log}")
            try:
                if self.call("GET", "/health/ready", timeout=5)[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.02)
        raise SystemExit(f"the server was not ready within {seconds} s; see {self.log}")

    def own_pid(self):
        """The process id of the program itself, where something is wrapped around it."""
        if not self.wrap:
            return self.process.pid
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            return int(file.read().split()[0])

    def kill(self):
        """Ends it as a crash would."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()

    def stop(self, seconds=60):
        """Ends it as an operator would; says the exit status."""
        os.kill(self.own_pid(), signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def is_alive(self):
        return self.process.poll() is None

    def memory(self):
        """Resident bytes."""
        with open(f"/proc/{self.own_pid()}/status") as file:
            for line in file:
                if line.startswith("VmRSS"):
                    return int(line.split()[1]) << 10
        return 0

    def call(self, method, path, body=None, headers=None, timeout=60):
        """One request; status, headers, body as bytes."""
        return call(self.port, method, path, body, headers, timeout)

    def json(self, method, path, body=None, expect=(200, 201), **options):
        status, _, text = self.call(method, path, body, **options)
        if status not in expect:
            raise SystemExit(f"{method} {path}: {status} {text[:400]!r}")
        return json.loads(text)

    def send(self, stream, events, timeout=60):
        """Writes events; status and the answer."""
        body = b"".join(json.dumps(event, separators=(",", ":")).encode() + b"\n" for event in events)
        status, _, text = self.call(
            "POST", f"/v1/streams/{stream}/events", body, {"Content-Type": "application/x-ndjson"}, timeout)
        return status, json.loads(text)

    def history(self, stream, page=5_000, query="", after=""):
        """Everything in the log, as records."""
        records = []
        while True:
            status, _, text = self.call(
                "GET", f"/v1/streams/{stream}/history?limit={page}&after={after}{query}", timeout=300)
            if status != 200:
                raise SystemExit(f"history: {status} {text[:400]!r}")
            part = [json.loads(line) for line in text.splitlines()]
            records += part
            if sum(1 for record in part if record["kind"] == "event") < page:
                return records
            after = part[-1].get("position") or part[-1].get("to")


class Reader(threading.Thread):
    """Reads a path of server-sent events for ever: resumes behind the last id wherever the connection ends."""

    def __init__(self, server, path, name):
        super().__init__(daemon=True, name=name)
        self.server = server
        self.path = path
        self.records = []
        self.last = None
        self.is_ending = False
        self.connections = 0
        self.problems = []
        self.latencies = None

    def run(self):
        while not self.is_ending:
            lines = None
            try:
                headers = {"Accept": "text/event-stream"}
                if self.last:
                    headers["Last-Event-ID"] = self.last
                lines = Lines(self.server.port, self.path, headers, timeout=2)
                if lines.status != 200:
                    if lines.status not in (503, 507):
                        self.problems.append(f"{self.name}: status {lines.status}")
                    time.sleep(0.05)
                    continue
                self.connections += 1
                for message in messages(lines):
                    self.take(message)
                    if self.is_ending:
                        break
            except TimeoutError:
                continue
            except (OSError, EOFError):
                time.sleep(0.02)
            finally:
                if lines:
                    lines.close()

    def take(self, message):
        if message.event == "end":
            return
        record = json.loads(message.data)
        if message.event in ("message", "gap"):
            if message.id is None:
                self.problems.append(f"{self.name}: a record without an id: {message.data[:200]!r}")
                return
            self.last = message.id
            if self.latencies is not None and "sent" in record.get("event", ()):
                self.latencies.append((time.time(), time.time() - record["event"]["sent"]))
            self.records.append(record)

    def is_behind(self, end):
        return not self.last or position(self.last) < position(end)

    def wait_for(self, end, seconds):
        """Waits until the reader has come to a position; says whether it has."""
        deadline = time.monotonic() + seconds
        while self.is_behind(end) and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self.is_behind(end)


class Writer(threading.Thread):
    """Writes numbered events of its own keys, one batch after another, and keeps what was acknowledged.

    An event has a number `n` of its key and a serial number `s` of its sending. What was not acknowledged is sent again with a
    new serial number, as a producer that must not lose anything would: so serial numbers grow within a key wherever the order
    is kept, and (key, s) names one event.
    """

    def __init__(self, server, stream, name, keys, seed, batch=(1, 40), pause=0.0, padding=40):
        super().__init__(daemon=True, name=name)
        import random

        self.server = server
        self.stream = stream
        self.random = random.Random(seed)
        self.keys = [f"{name}-{number}" for number in range(keys)]
        self.serials = dict.fromkeys(self.keys, 0)
        self.numbers = dict.fromkeys(self.keys, 0)
        self.batch = batch
        self.pause = pause
        self.padding = "x" * padding
        self.acknowledged = []
        self.problems = []
        self.refusals = {}
        self.failures = 0
        self.is_ending = False
        self.is_resting = False

    def run(self):
        waiting = []
        while not self.is_ending:
            if self.is_resting:
                time.sleep(0.02)
                continue
            if not waiting:
                for _ in range(self.random.randint(*self.batch)):
                    key = self.random.choice(self.keys)
                    self.numbers[key] += 1
                    waiting.append((key, self.numbers[key]))
            events = []
            for key, number in waiting:
                self.serials[key] += 1
                events.append({
                    "k": key, "n": number, "s": self.serials[key], "v": self.random.randint(0, 99),
                    "sent": time.time(), "p": self.padding})
            try:
                status, answer = self.server.send(self.stream, events, timeout=60)
            except (OSError, ValueError):
                self.failures += 1
                time.sleep(0.02)
                continue
            if status == 200:
                if answer["accepted"] != len(events) or answer["rejected"]:
                    self.problems.append(f"{self.name}: sent {len(events)}, answer {answer}")
                self.acknowledged.append(([(e["k"], e["s"], e["v"]) for e in events], answer["last"]))
                waiting = []
            elif status in (503, 507):
                self.refusals[status] = self.refusals.get(status, 0) + 1
                if answer.get("accepted"):
                    self.problems.append(f"{self.name}: refused, and yet accepted: {answer}")
                time.sleep(0.05)
            else:
                self.problems.append(f"{self.name}: status {status}: {answer}")
                time.sleep(0.1)
            if self.pause:
                time.sleep(self.pause * self.random.random())


def check(acknowledged, history, readers, findings):
    """Holds what was acknowledged and what readers got against the log.

    acknowledged: [([(key, serial, value), …], last)]; history: records; readers: [(name, records, matches(event))], of which
    each began with the oldest event. Gives counts.
    """
    place = {}
    at = {}
    previous = None
    serials = {}
    crashed = []
    for record in history:
        if record["kind"] == "gap":
            findings.add("gap in the log", json.dumps(record))
            continue
        event = record["event"]
        name, where = (event["k"], event["s"]), position(record["position"])
        if previous and where <= previous:
            findings.add("log: positions do not grow", f"{record['position']} after {previous}")
        previous = where
        if name in place:
            findings.add("log: an event stands twice", f"{name} at {place[name]} and {where}")
        if serials.get(event["k"], 0) >= event["s"]:
            findings.add("log: order of a key", f"{name} after serial {serials[event['k']]}")
        serials[event["k"]] = event["s"]
        place[name] = where
        at[where] = name
    count = 0
    names = set()
    for events, last in acknowledged:
        for key, serial, _ in events:
            count += 1
            names.add((key, serial))
            if (key, serial) not in place:
                findings.add("log: acknowledged and lost", f"{(key, serial)}, acknowledged with last {last}")
        final = (events[-1][0], events[-1][1])
        if final in place and place[final] != position(last):
            findings.add("log: acknowledged position", f"{final} acknowledged at {last}, is at {place[final]}")
    gaps = 0
    for name, records, matches in readers:
        given = {}
        gone = set()
        ranges = []
        serials = {}
        previous = None
        for record in records:
            if record["kind"] == "gap":
                start, end = position(record["from"]), position(record["to"])
                if record["reason"] != "crash":
                    findings.add(f"{name}: gap", json.dumps(record))
                if start[:2] != end[:2] or end[2] - start[2] + 1 != record["count"]:
                    findings.add(f"{name}: count of a gap", json.dumps(record))
                if (start, end) not in ranges:
                    ranges.append((start, end))
                continue
            event, where = record["event"], position(record["position"])
            identity = (event["k"], event["s"])
            if previous and where <= previous:
                findings.add(f"{name}: positions do not grow", f"{where} after {previous}")
            previous = where
            if identity in given and given[identity] != where:
                findings.add(f"{name}: an event at two positions", f"{identity}: {given[identity]} and {where}")
            given[identity] = where
            if serials.get(event["k"], 0) >= event["s"]:
                findings.add(f"{name}: order of a key", f"{identity} after serial {serials[event['k']]}")
            serials[event["k"]] = event["s"]
            if at.get(where, identity) != identity:
                findings.add(f"{name}: a position names two events", f"{where}: {identity} and {at[where]}")
            if place.get(identity, where) != where:
                findings.add(f"{name}: another position than in the log", f"{identity}: {where}, log {place[identity]}")
            if not matches(event):
                findings.add(f"{name}: does not match the filter", json.dumps(record))
            if identity not in place:
                gone.add(where)
        for record in history:
            if record["kind"] == "event" and matches(record["event"]):
                identity = (record["event"]["k"], record["event"]["s"])
                if identity not in given:
                    kind = "acknowledged" if identity in names else "unacknowledged, in the log"
                    findings.add(f"{name}: not delivered ({kind})", f"{identity} at {record['position']}")
        for start, end in ranges:
            inside = [where for where in at if start <= where <= end]
            if inside:
                findings.add(f"{name}: a gap over events that are there", f"{start} to {end}: {inside[:3]}")
        for where in gone:
            if not any(start <= where <= end for start, end in ranges):
                findings.add(f"{name}: delivered, lost, and no gap says so", f"{where}")
        # A position that was given before the crash and again to another event would show here, over all readers.
        for where in gone & set(at):
            findings.add(f"{name}: a lost position was given again", f"{where}")
        gaps += len(ranges)
        crashed.append(len(gone))
    return {"acknowledged": count, "log": len(place), "gaps": gaps, "lost, never acknowledged": sum(crashed)}


def check_files(folder, findings):
    """Has SQLite check every file of the folder."""
    files = 0
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            if name.endswith(("-wal", "-shm")):
                continue
            with open(path, "rb") as file:
                if file.read(16) != b"SQLite format 3\0":
                    continue
            files += 1
            with sqlite3.connect(path) as database:
                answer = database.execute("PRAGMA integrity_check").fetchall()
            database.close()
            if answer != [("ok",)]:
                findings.add("damaged file", f"{path}: {answer[:3]}")
    if files < 2:
        findings.add("files", f"only {files} SQLite files in {folder}")
    return files
