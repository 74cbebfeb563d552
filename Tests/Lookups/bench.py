"""What the tests of lookups share: a PostgreSQL of their own, a way to it that can be slow, cut or dead, readers and events."""

import array
import glob
import heapq
import http.client
import json
import multiprocessing
import os
import pwd
import select
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Server"))

from harness import Findings, Folder, Server, free_port, percentile, say  # noqa: E402,F401

fork = multiprocessing.get_context("fork")
NDJSON = {"Content-Type": "application/x-ndjson"}


def now():
    """Nanoseconds of the monotonic clock, which all processes of a machine share."""
    return time.monotonic_ns()


def wall_offset():
    """Nanoseconds that the wall clock is ahead of the monotonic one: the reading that was interrupted least."""
    best = None
    for _ in range(3):
        before = time.monotonic_ns()
        wall = time.time_ns()
        after = time.monotonic_ns()
        if best is None or after - before < best[0]:
            best = (after - before, wall - (before + after) // 2)
    return best[1]


def wall_nanoseconds(text):
    """A time as records print it, in nanoseconds since 1970."""
    whole, _, fraction = text[:-1].partition(".")
    day = whole[:10]
    if day not in _days:
        _days[day] = int(time.mktime(time.strptime(day + " UTC", "%Y-%m-%d %Z")) - time.timezone)
    seconds = _days[day] + int(whole[11:13]) * 3600 + int(whole[14:16]) * 60 + int(whole[17:19])
    return seconds * 1_000_000_000 + (int(fraction.ljust(9, "0")) if fraction else 0)


_days = {}


def milliseconds(value):
    return f"{value * 1e3:.2f} ms" if value == value else "-"


def spread(values):
    """A distribution of seconds in one line."""
    if not values:
        return "none"
    return f"n {len(values):>7,}  " + "  ".join(
        f"{name} {percentile(values, share) * 1e3:8.2f}" for name, share in
        (("p10", .1), ("p50", .5), ("p90", .9), ("p99", .99))) + f"  max {max(values) * 1e3:8.2f} ms"


# PostgreSQL


class DatabaseError(Exception):
    """What the server said, or how the connection ended."""


class Database:
    """A connection that runs SQL, one text after another: the simple protocol, no password."""

    def __init__(self, port, user="postgres", database="postgres", timeout=60):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        words = b"".join(word.encode() + b"\0" for word in ("user", user, "database", database))
        body = struct.pack("!i", 196608) + words + b"\0"
        self.socket.sendall(struct.pack("!i", len(body) + 4) + body)
        self._answer()

    def _message(self):
        while len(self.buffer) < 5 or len(self.buffer) < struct.unpack("!i", self.buffer[1:5])[0] + 1:
            piece = self.socket.recv(1 << 16)
            if not piece:
                raise DatabaseError("the connection ended")
            self.buffer += piece
        length = struct.unpack("!i", self.buffer[1:5])[0] + 1
        message, self.buffer = self.buffer[:length], self.buffer[length:]
        return message[:1], message[5:]

    def _answer(self):
        rows, error = [], None
        while True:
            kind, body = self._message()
            if kind == b"D":
                row, at = [], 2
                for _ in range(struct.unpack("!h", body[:2])[0]):
                    length = struct.unpack("!i", body[at:at + 4])[0]
                    at += 4
                    row.append(None if length < 0 else body[at:at + length].decode())
                    at += max(0, length)
                rows.append(row)
            elif kind == b"E":
                fields = dict((part[:1], part[1:]) for part in body.split(b"\0") if part)
                error = DatabaseError(fields.get(b"M", b"?").decode())
                if fields.get(b"S") == b"FATAL":
                    raise error
            elif kind == b"Z":
                if error:
                    raise error
                return rows

    def run(self, sql):
        try:
            self.socket.sendall(b"Q" + struct.pack("!i", len(sql.encode()) + 5) + sql.encode() + b"\0")
            return self._answer()
        except OSError as error:
            raise DatabaseError(str(error)) from error

    def close(self):
        self.socket.close()


def find_postgres():
    """The folder of the newest server that is installed; nil where none is."""
    folders = [path for path in glob.glob("/usr/lib/postgresql/*/bin") if os.path.exists(path + "/postgres")]
    return max(folders, key=lambda path: int(path.split("/")[-2].split(".")[0]), default=None)


class Postgres:
    """A server in a temporary folder, run by a user who may do nothing else.

    Commits are written before they are confirmed, and not synced: a killed process loses none, and commits take microseconds.
    """

    SETTINGS = (
        "fsync=off", "synchronous_commit=on", "full_page_writes=off", "shared_buffers=256MB", "max_connections=40",
        "logging_collector=off", "autovacuum=off", "checkpoint_timeout=1h", "max_wal_size=8GB")

    def __init__(self, folder):
        self.programs = find_postgres()
        self.version = int(self.programs.split("/")[-2].split(".")[0])
        self.folder = os.path.join(folder, "postgres")
        self.log = os.path.join(folder, "postgres.log")
        self.port = free_port()
        self.process = None
        os.mkdir(self.folder)
        self.prefix = []
        if os.getuid() == 0:
            names = {entry.pw_name for entry in pwd.getpwall()}
            self.user = next(name for name in ("postgres", "nobody") if name in names)
            entry = pwd.getpwnam(self.user)
            os.chown(self.folder, entry.pw_uid, entry.pw_gid)
            os.chmod(folder, 0o755)
            self.prefix = [
                "setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", "--no-new-privs"]
        self._run("initdb", "-D", self.folder, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale", "C")

    def _run(self, program, *arguments):
        ended = subprocess.run(
            self.prefix + [f"{self.programs}/{program}", *arguments], cwd="/", capture_output=True, text=True)
        if ended.returncode:
            raise SystemExit(f"{program}: {ended.stdout}{ended.stderr}")

    def start(self, seconds=60):
        command = self.prefix + [
            f"{self.programs}/postgres", "-D", self.folder, "-p", str(self.port), "-h", "127.0.0.1", "-k", self.folder]
        for setting in self.SETTINGS:
            command += ["-c", setting]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, cwd="/", stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.connect(timeout=5).close()
                return
            except (OSError, DatabaseError):
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise SystemExit(f"PostgreSQL does not start; see {self.log}")
                time.sleep(0.02)

    def connect(self, user="postgres", timeout=60):
        return Database(self.port, user=user, timeout=timeout)

    def processes(self):
        """The server's process and all of its own."""
        found = [self.process.pid]
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/stat") as file:
                        if int(file.read().rsplit(")", 1)[1].split()[1]) == self.process.pid:
                            found.append(int(name))
                except (OSError, IndexError):
                    pass
        return found

    def signal(self, what):
        """Sends a signal to every process of the server."""
        pids = self.processes()
        for pid in pids:
            try:
                os.kill(pid, what)
            except ProcessLookupError:
                pass
        return pids

    def kill(self):
        """Ends it as a crash would."""
        pids = self.signal(signal.SIGKILL)
        self.process.wait()
        deadline = time.monotonic() + 10
        while any(os.path.exists(f"/proc/{pid}") for pid in pids[1:]) and time.monotonic() < deadline:
            time.sleep(0.005)

    def stop(self):
        """Ends it as an operator would who does not wait for clients."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.signal(signal.SIGCONT)
                self.kill()


# The way to the store


class Proxy:
    """A way to a port, in a process of its own: each piece is passed on after a delay, in both directions alike.

    Modes: `pass`; `swallow`: what comes from either side is lost; `refuse`: whoever connects is cut off. A connection that lost
    something stays dead: the network loses connections, never a piece out of their middle.
    """

    def __init__(self, target, delay=0.0):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(128)
        self.port = self.listener.getsockname()[1]
        self.control, inner = fork.Pipe()
        self.process = fork.Process(target=self._run, args=(target, delay, inner), daemon=True)
        self.process.start()
        self.listener.close()

    def ask(self, *command):
        self.control.send(command)
        return self.control.recv()

    def delay(self, seconds):
        self.ask("delay", seconds)

    def mode(self, name):
        self.ask("mode", name)

    def cut(self):
        """Cuts all connections; says how many."""
        return self.ask("cut")

    def close(self):
        self.process.terminate()
        self.process.join()

    def _run(self, target, delay, control):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        peers, heap, number, mode, dead = {}, [], 0, "pass", set()

        def drop(one):
            for end in (one, peers.pop(one, None)):
                if end is not None:
                    peers.pop(end, None)
                    dead.discard(end)
                    end.close()

        while True:
            pause = None
            if heap:
                pause = max(0.0, heap[0][0] - time.monotonic())
            ready = select.select([self.listener, control, *peers], [], [], pause)[0]
            at = time.monotonic()
            while heap and heap[0][0] <= at:
                _, _, end, data = heapq.heappop(heap)
                if end not in peers or end in dead:
                    continue
                try:
                    end.sendall(data) if data else drop(end)
                except OSError:
                    drop(end)
            for one in ready:
                if one is self.listener:
                    inner = one.accept()[0]
                    try:
                        if mode == "refuse":
                            raise OSError
                        outer = socket.create_connection(("127.0.0.1", target), 5)
                    except OSError:
                        inner.close()
                        continue
                    for end in (inner, outer):
                        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    peers[inner], peers[outer] = outer, inner
                elif one is control:
                    try:
                        command = control.recv()
                    except EOFError:
                        return
                    answer = None
                    if command[0] == "delay":
                        delay = command[1]
                    elif command[0] == "mode":
                        mode = command[1]
                    else:
                        answer = len(peers) // 2
                        for end in list(peers):
                            drop(end)
                    control.send(answer)
                elif one in peers:
                    try:
                        data = one.recv(1 << 16)
                    except OSError:
                        data = b""
                    peer = peers[one]
                    if data and (mode == "swallow" or one in dead):
                        dead.update(end for end in (one, peer) if end is not None)
                        continue
                    if not data:
                        # Its end is passed on behind what it sent.
                        del peers[one]
                        one.close()
                        if one in dead:
                            dead.remove(one)
                            continue
                        if peer is not None:
                            peers[peer] = None
                    if peer is not None:
                        number += 1
                        heapq.heappush(heap, (time.monotonic() + delay, number, peer, data))


# Events in, records out


class Sender:
    """Sends bodies of events over a connection that stays open."""

    def __init__(self, server, stream):
        self.server, self.stream, self.connection = server, stream, None

    def send(self, body):
        """Sends lines, and waits until they are acknowledged."""
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
            self.connection.connect()
            self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.request("POST", f"/v1/streams/{self.stream}/events", body=body, headers=NDJSON)
        response = self.connection.getresponse()
        text = response.read()
        if response.status != 200:
            raise SystemExit(f"events: {response.status} {text[:300]!r}")
        return json.loads(text)


class Feed:
    """The records of a tail request as they come, as whole lines."""

    def __init__(self, port, request, query=""):
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self.socket.sendall(
            f"GET /v1/tail-requests/{request}/events{query} HTTP/1.1\r\nHost: localhost\r\n"
            "Accept: application/x-ndjson\r\n\r\n".encode())
        self.raw = b""
        while b"\r\n\r\n" not in self.raw:
            self._receive()
        head, self.raw = self.raw.split(b"\r\n\r\n", 1)
        if b" 200 " not in head.split(b"\r\n")[0] or b"chunked" not in head.lower():
            raise SystemExit(f"reader: {head!r} {self.raw[:300]!r}")
        self.rest = b""

    def _receive(self):
        piece = self.socket.recv(1 << 18)
        if not piece:
            raise EOFError
        self.raw += piece

    def lines(self):
        """What has come, once the socket can be read."""
        self._receive()
        parts, at = [self.rest], 0
        while True:
            end = self.raw.find(b"\r\n", at)
            if end < 0:
                break
            length = int(self.raw[at:end], 16)
            if length == 0:
                raise EOFError
            if len(self.raw) < end + 2 + length + 2:
                break
            parts.append(self.raw[end + 2:end + 2 + length])
            at = end + 2 + length + 2
        self.raw = self.raw[at:]
        lines = b"".join(parts).split(b"\n")
        self.rest = lines.pop()
        return lines


class Readers:
    """Reads tail requests in a process of its own, and keeps of each record what `digest` makes of it.

    digest(request number, line, arrival in ns, offset of the wall clock) gives a tuple, or nil.
    """

    def __init__(self, server, requests, digest):
        self.pipe, inner = fork.Pipe()
        self.process = fork.Process(target=self._run, args=(server.port, requests, digest, inner), daemon=True)
        self.process.start()
        if self.pipe.recv() != "ready":
            raise SystemExit("the readers do not begin")

    def counts(self):
        """How many records each request has given."""
        self.pipe.send("count")
        return self.pipe.recv()

    def wait_for(self, counts, seconds):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if all(have >= want for have, want in zip(self.counts(), counts)):
                return True
            time.sleep(0.05)
        return False

    def take(self):
        """What was kept since it was last taken."""
        self.pipe.send("take")
        return self.pipe.recv()

    def end(self):
        """What was kept; ends the reading."""
        kept = self.take()
        self.process.terminate()
        self.process.join()
        return kept

    def _run(self, port, requests, digest, pipe):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        feeds = {}
        for number, request in enumerate(requests):
            feed = Feed(port, request)
            feeds[feed.socket] = (number, feed)
        pipe.send("ready")
        kept, counts = [], [0] * len(requests)
        while True:
            for one in select.select([pipe, *feeds], [], [])[0]:
                if one is pipe:
                    try:
                        command = pipe.recv()
                    except EOFError:
                        return
                    if command == "count":
                        pipe.send(counts)
                    else:
                        pipe.send(kept)
                        kept = []
                    continue
                number, feed = feeds[one]
                try:
                    lines = feed.lines()
                except (EOFError, OSError):
                    del feeds[one]
                    continue
                # Behind the reading: whatever it gave was there by now.
                arrival = now()
                offset = wall_offset()
                for line in lines:
                    if line.startswith(b'{"kind":"event"'):
                        counts[number] += 1
                        entry = digest(number, line, arrival, offset)
                        if entry is not None:
                            kept.append(entry)


class Bench:
    """A PostgreSQL, a way to it, a server with the stores `crm`, `other` and `poisoned` behind that way, and a folder for all."""

    def __init__(self, program, name, options=(), delay=0.0):
        self.folder = Folder(name)
        self.postgres = Postgres(self.folder.path)
        self.postgres.start()
        self.proxy = Proxy(self.postgres.port, delay)
        self.url = f"postgres://reader@127.0.0.1:{self.proxy.port}/postgres"
        self.server = Server(
            program, self.folder.data,
            options=["--store", f"crm={self.url}", "--store", f"other={self.url}", "--store", f"poisoned={self.url}", *options])
        self.database = self.postgres.connect()
        self.database.run("CREATE ROLE reader LOGIN; ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader")

    def reconnect(self):
        self.database.close()
        self.database = self.postgres.connect()

    def stream(self, name, key="device", durability="fsync"):
        self.server.json("PUT", f"/v1/streams/{name}", {"key": key, "durability": durability})

    def request(self, stream, lookups, **members):
        body = {"stream": stream, **members}
        if lookups:
            body["lookups"] = lookups
        return self.server.json("POST", "/v1/tail-requests", body)["id"]

    def statistics(self, request):
        return self.server.json("GET", f"/v1/tail-requests/{request}/buffer").get("lookups", [])

    def close(self, findings):
        if self.server.process is None:
            pass
        elif not self.server.is_alive():
            findings.add("server", f"it ended with status {self.server.process.returncode}; see {self.server.log}")
        else:
            status = self.server.stop()
            if status != 0:
                findings.add("server", f"status {status} after SIGTERM")
        self.proxy.close()
        self.database.close()
        self.postgres.stop()
        self.folder.remove(findings)
