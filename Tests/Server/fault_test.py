"""Full disk, failing syncs, flipped bits, hostile input: a clear answer each, nothing acknowledged lost, back by itself."""

import argparse
import gzip
import json
import os
import random
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
import zlib

from harness import Findings, Folder, Reader, Server, Writer, check, check_files, finish, free_port, messages, position, say

NDJSON = {"Content-Type": "application/x-ndjson"}
REFUSED = (503, 507)


def settle(server, stream, writers, readers, findings, patience=60):
    """Ends the writers, waits for the readers, reads the log, and holds all against each other."""
    for writer in writers:
        writer.is_ending = True
    for writer in writers:
        writer.join(90)
    status, answer = server.send(stream, [{"k": "end", "n": 1, "s": 1, "v": 0, "sent": 0}])
    if status != 200:
        findings.add("recovery", f"status {status} in the end: {answer}")
        return {}
    for reader in readers:
        if not reader.wait_for(answer["last"], patience):
            findings.add("reader", f"{reader.name} did not come to {answer['last']}, is at {reader.last}")
        reader.is_ending = True
    history = server.history(stream)
    acknowledged = [entry for writer in writers for entry in writer.acknowledged]
    for thread in writers + readers:
        for problem in thread.problems:
            findings.add("answer", problem)
    return check(acknowledged, history, [(r.name, r.records, lambda event: True) for r in readers], findings)


def load(server, stream, seed, padding=200, writers=3):
    server.json("PUT", f"/v1/streams/{stream}", {"key": "k"})
    request = server.json("POST", "/v1/tail-requests", {"stream": stream, "predictions": False})["id"]
    reader = Reader(server, f"/v1/tail-requests/{request}/events?from=oldest", "request")
    writers = [
        Writer(server, stream, f"w{n}", 4, seed * 100 + n, padding=padding, pause=0.1) for n in range(writers)]
    for thread in [reader, *writers]:
        thread.start()
    return writers, [reader]


def wait_until(condition, seconds, step=0.05):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(step)
    return bool(condition())


def full_disk(options, findings):
    """A file system of 8 MiB runs full under load; room is made; the same process goes on."""
    folder = Folder("full")
    mount = os.path.join(folder.path, "disk")
    os.mkdir(mount)
    if subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", mount], capture_output=True).returncode != 0:
        say("  full disk: skipped, mounting is not allowed here")
        return folder.remove([])
    before = len(findings)
    ballast = os.path.join(mount, "ballast")
    server = Server(options.program, os.path.join(mount, "data"))
    try:
        with open(ballast, "wb") as file:
            file.write(b"x" * (3 << 20))
        server.start()
        writers, readers = load(server, "load", options.seed, padding=1_500)
        if not wait_until(lambda: sum(w.refusals.get(507, 0) for w in writers) > 20, 120):
            findings.add("full disk", f"no 507 came; refusals {[w.refusals for w in writers]}")
        # Full: reading goes on, changes are refused in words, and nothing half done remains.
        status, _, text = server.call("GET", "/v1/streams/load/history?limit=10")
        if status != 200 or len(text.splitlines()) != 10:
            findings.add("full disk", f"history while full: {status} {text[:200]!r}")
        for method, path, body in (
                ("POST", "/v1/tail-requests", {"stream": "load", "filter": "event.v > 1"}),
                ("PUT", "/v1/streams/other", {"key": "k"}),
                ("GET", "/health/live", None), ("GET", "/health/ready", None), ("GET", "/v1/status", None),
                ("GET", "/metrics", None), ("GET", "/v1/streams/load", None)):
            status, _, text = server.call(method, path, body)
            if status >= 500 and status not in REFUSED:
                findings.add("full disk", f"{method} {path}: {status} {text[:200]!r}")
        acknowledged = sum(len(w.acknowledged) for w in writers)
        os.remove(ballast)
        begun = time.monotonic()
        if not wait_until(lambda: sum(len(w.acknowledged) for w in writers) > acknowledged + 5, 30):
            findings.add("full disk", "nothing is taken 30 s after room was made")
        recovered = time.monotonic() - begun
        # Again, with a ballast that takes what is left.
        refused = sum(w.refusals.get(507, 0) for w in writers)
        with open(ballast, "wb") as file:
            try:
                file.write(b"x" * (16 << 20))
                file.flush()
            except OSError:
                pass
        wait_until(lambda: sum(w.refusals.get(507, 0) for w in writers) > refused + 10, 60)
        acknowledged = sum(len(w.acknowledged) for w in writers)
        os.remove(ballast)
        if not wait_until(lambda: sum(len(w.acknowledged) for w in writers) > acknowledged + 2, 30):
            findings.add("full disk", "nothing is taken 30 s after room was made a second time")
        if not server.is_alive():
            findings.add("full disk", "the server ended")
        counts = settle(server, "load", writers, readers, findings)
        status = server.stop()
        if status != 0:
            findings.add("full disk", f"a clean stop ended with {status}")
        check_files(server.folder, findings)
        say(f"  full disk: refused {sum(w.refusals.get(507, 0) for w in writers)} times with 507, "
            f"{sum(w.refusals.get(503, 0) for w in writers)} with 503, back {recovered:.1f} s after room was made; {counts}")
    finally:
        server.kill()
        subprocess.run(["umount", "-l", mount], capture_output=True)
    folder.remove(findings[before:])


def failing_sync(options, findings):
    """fsync and fdatasync fail for a while under load; then the disk is well again."""
    if not shutil.which("strace"):
        return say("  failing syncs: skipped, strace is missing")
    for first, last in ((40, 60), (25, 25), (30, 200)):
        before = len(findings)
        folder = Folder("sync")
        wrap = [
            "strace", "-f", "--seccomp-bpf", "-o", os.path.join(folder.path, "trace"), "-e", "trace=fsync,fdatasync",
            "-e", f"inject=fsync,fdatasync:error=EIO:when={first}..{last}"]
        server = Server(options.program, folder.data, wrap=wrap)
        try:
            server.start()
            writers, readers = load(server, "load", options.seed)

            def failures():
                with open(os.path.join(folder.path, "trace"), errors="replace") as file:
                    return file.read().count("(INJECTED)")

            # `when` counts for each thread by itself.
            if not wait_until(lambda: failures() > last - first, 90):
                findings.add("failing syncs", f"only {failures()} failures came about")
            acknowledged = sum(len(w.acknowledged) for w in writers)
            if not wait_until(lambda: sum(len(w.acknowledged) for w in writers) > acknowledged + 10, 60):
                findings.add("failing syncs", "nothing is taken 60 s after the failures")
            if not server.is_alive():
                findings.add("failing syncs", "the server ended")
            counts = settle(server, "load", writers, readers, findings)
            # What was acknowledged after the failures outlives a crash as well.
            server.kill()
            server.wrap = []
            server.start()
            again = server.history("load")
            seen = {(r["event"]["k"], r["event"]["s"]) for r in again if r["kind"] == "event"}
            for writer in writers:
                for events, final in writer.acknowledged:
                    for key, serial, _ in events:
                        if (key, serial) not in seen:
                            findings.add("failing syncs: lost by the crash after them", f"{(key, serial)} at {final}")
            server.stop()
            check_files(server.folder, findings)
            say(f"  failing syncs {first}..{last}: {failures()} failed, refused "
                f"{sum(sum(w.refusals.values()) for w in writers)} times; {counts}")
        finally:
            server.kill()
        folder.remove(findings[before:])


def flipped_bits(options, findings):
    """A byte of a stored block is changed while the server is stopped: a gap there, and everything else."""
    chance = random.Random(options.seed)
    for way in ("blob", "file"):
        before = len(findings)
        folder = Folder("bits")
        server = Server(options.program, folder.data)
        server.start()
        server.json("PUT", "/v1/streams/load", {"key": "k"})
        blocks = 12
        for block in range(blocks):
            server.send("load", [
                {"k": f"k{n % 3}", "n": block, "s": block * 50 + n + 1, "p": f"{block}:{n}:" + "y" * 300} for n in range(50)])
        whole = {r["position"]: r["event"] for r in server.history("load")}
        request = server.json("POST", "/v1/tail-requests", {"stream": "load", "predictions": False})["id"]
        if server.stop() != 0:
            findings.add("flipped bits", "no clean stop")
        path = next(
            os.path.join(base, name) for base, _, names in os.walk(os.path.join(folder.data, "streams"))
            for name in names if not name.endswith(("-wal", "-shm")))
        with sqlite3.connect(path) as database:
            rows = database.execute("SELECT id, count, data FROM block ORDER BY id").fetchall()
            key, count, data = rows[len(rows) // 2]
            place = chance.randrange(len(data) // 4, len(data) * 3 // 4)
            if way == "blob":
                data = data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1:]
                database.execute("UPDATE block SET data = ? WHERE id = ?", (data, key))
        database.close()
        if way == "file":
            with open(path, "r+b") as file:
                content = file.read()
                # A part of the block that lies on one page and nowhere else.
                for offset in range(place, len(data) - 40):
                    at = content.find(data[offset:offset + 40])
                    if at >= 0 and content.count(data[offset:offset + 40]) == 1:
                        break
                else:
                    raise SystemExit("the block was not found in the file")
                file.seek(at + 20)
                file.write(bytes([content[at + 20] ^ 1 << chance.randrange(8)]))
        server.start()
        records = server.history("load")
        gaps = [r for r in records if r["kind"] == "gap"]
        events = {r["position"]: r["event"] for r in records if r["kind"] == "event"}
        missing = sorted((position(p) for p in whole if p not in events))
        if len(gaps) != 1 or gaps[0]["reason"] != "damaged":
            findings.add(f"flipped bits ({way})", f"gaps: {gaps}")
        elif [position(gaps[0]["from"]), position(gaps[0]["to"])] != [missing[0], missing[-1]] or \
                gaps[0]["count"] != len(missing):
            findings.add(f"flipped bits ({way})", f"gap {gaps[0]}, missing {missing[0]} to {missing[-1]}: {len(missing)}")
        if len(missing) != count:
            findings.add(f"flipped bits ({way})", f"{len(missing)} events are missing, the block had {count}")
        if any(whole[p] != event for p, event in events.items()):
            findings.add(f"flipped bits ({way})", "an event is not what was written")
        status, answer = server.send("load", [{"k": "k0", "n": 99, "s": 9_999}])
        if status != 200:
            findings.add(f"flipped bits ({way})", f"after the damage: {status} {answer}")
        reader = Reader(server, f"/v1/tail-requests/{request}/events?from=oldest", "request")
        reader.start()
        reader.wait_for(answer["last"], 20)
        reader.is_ending = True
        told = [r for r in reader.records if r["kind"] == "gap"]
        if len(told) != 1 or told[0]["reason"] != "damaged" or len(reader.records) != len(events) + 2:
            findings.add(f"flipped bits ({way})", f"reader: {len(reader.records)} records, gaps {told}")
        bounds = server.json("GET", "/v1/streams/load")["log"]
        if bounds.get("damagedBlocks") != 1:
            findings.add(f"flipped bits ({way})", f"damagedBlocks is {bounds.get('damagedBlocks')}")
        server.stop()
        say(f"  flipped bits ({way}): {len(missing)} of {len(whole)} events behind a gap {gaps[:1]}")
        folder.remove(findings[before:])


def raw(server, data, wait=5, shut=False, pieces=None, pause=0.0):
    """Sends bytes as they are; gives the status line's code (0: closed without an answer, None: no answer) and all bytes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait) as connection:
        try:
            for piece in pieces or [data]:
                connection.sendall(piece)
                if pause:
                    time.sleep(pause)
            if shut:
                connection.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        answer = b""
        try:
            while True:
                piece = connection.recv(65536)
                if not piece:
                    break
                answer += piece
                if b"\r\n\r\n" in answer:
                    connection.settimeout(0.5)
        except ConnectionResetError:
            if not answer:
                return 0, answer
        except OSError:
            if not answer:
                return None, answer
        if not answer.startswith(b"HTTP/1.1 "):
            return 0, answer
        return int(answer[9:12]), answer


def hostile_input(options, findings):
    """Wrong and hostile requests on every endpoint: an answer below 500 that says why, and the service goes on."""
    folder = Folder("input")
    before = len(findings)
    server = Server(options.program, folder.data)
    server.start()
    writers, readers = load(server, "load", options.seed, writers=1)
    stream, count = "load", [0]

    def expect(name, got, wanted, text=b"", problem=True):
        count[0] += 1
        if got not in wanted:
            findings.add("input", f"{name}: status {got}, expected {wanted}: {text[:300]!r}")
        elif problem and got and got >= 400:
            try:
                body = json.loads(text)
                if not (body.get("title") or body.get("detail")) or body.get("status") != got:
                    findings.add("input", f"{name}: a problem without title or status: {text[:300]!r}")
            except ValueError:
                findings.add("input", f"{name}: {got} without a problem document: {text[:300]!r}")

    def call(name, method, path, body=None, headers=None, wanted=(400,), problem=True):
        try:
            status, _, text = server.call(method, path, body, headers, timeout=60)
        except OSError as error:
            count[0] += 1
            if 0 not in wanted:
                findings.add("input", f"{name}: no answer: {error}")
            return None
        expect(name, status, wanted, text, problem)
        return text

    events = f"/v1/streams/{stream}/events"
    # Bodies of events.
    call("no event in the body", "POST", events, b"nonsense\n", NDJSON)
    call("no object", "POST", events, b"[1,2]\n", NDJSON)
    call("invalid UTF-8", "POST", events, b'{"k":"\xff\xfe"}\n', NDJSON, (400,))
    call("overlong UTF-8", "POST", events, b'{"k":"\xc0\xaf"}\n', NDJSON, (400,))
    call("surrogate", "POST", events, b'{"k":"\xed\xa0\x80"}\n', NDJSON, (400,))
    call("NUL bytes", "POST", events, b"\0" * 1_000, NDJSON)
    call("NUL in an object", "POST", events, b'{"k":"a\0b"}\n', NDJSON)
    call("deep nesting", "POST", events, b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", NDJSON)
    call("a line too long", "POST", events, b'{"k":"' + b"x" * (3 << 20) + b'"}\n', NDJSON, (400, 413))
    call("a huge number", "POST", events, b'{"k":"h","s":1,"n":' + b"9" * 5_000 + b"}\n", NDJSON, (200, 400))
    call("wrong type", "POST", events, b"<a/>", {"Content-Type": "application/xml"}, (415,))
    call("unknown encoding", "POST", events, b"x", {**NDJSON, "Content-Encoding": "br"}, (415,))
    call("no gzip", "POST", events, b"this is not gzip", {**NDJSON, "Content-Encoding": "gzip"})
    packed = gzip.compress(b'{"k":"z","n":1,"s":1}\n' * 2_000)
    call("gzip cut off", "POST", events, packed[: len(packed) // 2], {**NDJSON, "Content-Encoding": "gzip"}, (400,))
    broken = bytearray(packed)
    broken[len(broken) // 2] ^= 0xFF
    call("gzip broken", "POST", events, bytes(broken), {**NDJSON, "Content-Encoding": "gzip"}, (400,))
    call("gzip with a wrong checksum", "POST", events, packed[:-8] + b"\1\2\3\4" + packed[-4:],
         {**NDJSON, "Content-Encoding": "gzip"}, (400,))
    memory = server.memory()
    bomb = gzip.compress(b"\n" * (64 << 20)) * 20
    call("gzip bomb of blank lines", "POST", events, bomb, {**NDJSON, "Content-Encoding": "gzip"}, (200, 400, 413))
    bomb = gzip.compress(b'{"k":"' + b"x" * (256 << 20) + b'"}')
    call("gzip bomb of one line", "POST", events, bomb, {**NDJSON, "Content-Encoding": "gzip"}, (400, 413))
    call("gzip bomb of one JSON text", "POST", events, bomb,
         {"Content-Type": "application/json", "Content-Encoding": "gzip"}, (400, 413))
    call("gzip bomb for control", "POST", "/v1/tail-requests", bomb,
         {"Content-Type": "application/json", "Content-Encoding": "gzip"}, (400, 413))
    grown = server.memory() - memory
    if grown > 200 << 20:
        findings.add("input", f"memory grew by {grown >> 20} MiB over gzip bombs")
    say(f"  hostile input: memory {memory >> 20} MiB before the gzip bombs, {server.memory() >> 20} MiB behind them")
    call("CloudEvent without its attributes", "POST", events, b"{}", {"Content-Type": "application/cloudevents+json"})
    call("JSON broken", "POST", events, b'{"a":', {"Content-Type": "application/json"})
    call("empty body", "POST", events, b"", NDJSON, (200, 400))
    call("CSV with a quote left open", "POST", events, b'a,b\n"x,1\n', {"Content-Type": "text/csv"}, (200, 400))
    # Names, queries, positions.
    for name in ("..", ".hidden", "a%2Fb", "a%00b", "%ff", "x" * 200, "a b", "%", "%zz", "%E2%98%83"):
        path = f"/v1/streams/{name.replace(' ', '%20')}/events"
        call(f"stream name {name[:20]}", "POST", path, b'{"a":1}\n', NDJSON, (400, 404))
        call(f"PUT stream {name[:20]}", "PUT", path[:-7], {}, None, (400, 404))
    for query in (
            "limit=-1", "limit=0", "limit=99999999999999999999", "limit=x", "after=x", "after=0:1", "after=0:1--4",
            "filter=event.%28", "filter=%ff", "from=yesterday", "nonsense=1", "limit=1&limit=2", "key=%00%ff",
            "filter=" + "(" * 5_000):
        call(f"history?{query[:30]}", "GET", f"/v1/streams/{stream}/history?{query}", None, None, (200, 400, 414, 431))
        call(f"tail?{query[:30]}", "GET", f"/v1/streams/{stream}/tail?nonsense=1&{query}", None, None, (400, 414, 431))
    for after in ("0:1-99999999", "7:1-1", "0:4294967295-18446744073709551615", "0:0-0", "0:9-0"):
        call(f"history after {after}", "GET", f"/v1/streams/{stream}/history?limit=5&after={after}", None, None, (200, 400))
    call("Last-Event-ID", "GET", f"/v1/streams/{stream}/tail", None, {"Last-Event-ID": "nonsense"})
    call("Last-Event-ID too large", "GET", f"/v1/streams/{stream}/tail", None, {"Last-Event-ID": "0:1-" + "9" * 40})
    # Control.
    for body in (
            b"", b"null", b"[]", b"1", b"{", b'{"stream":1}', b'{"stream":"../x"}', b'{"stream":"load","filter":5}',
            b'{"stream":"load","filter":"event.x >"}', b'{"stream":"load","nonsense":1}', b'{"stream":"load","steps":-1}',
            b'{"stream":"load","rateLimit":0}', b'{"stream":"load","rateLimit":1e400}', b'{"stream":"load","ttl":"-5m"}',
            b'{"stream":"load","destination":{"type":"file","path":"../../etc/passwd"}}',
            b'{"stream":"load","destination":{"type":"file","path":"/etc/passwd"}}',
            b'{"stream":"load","filter":"' + b"(" * 20_000 + b'"}', b'{"stream":"load","filter":"\xff"}',
            b'{"stream":"load","pattern":{"a":[{"nonsense":1}]}}', b'{"a":' * 5_000, b" " * (2 << 20)):
        call(f"POST tail-requests {body[:40]}", "POST", "/v1/tail-requests", body, {"Content-Type": "application/json"},
             (400, 413))
        call(f"PUT stream {body[:40]}", "PUT", "/v1/streams/unborn", body, {"Content-Type": "application/json"}, (400, 413))
        call(f"PATCH {body[:40]}", "PATCH", "/v1/tail-requests/tr_1", body, {"Content-Type": "application/json"}, (400, 413))
    for id in ("tr_999", "tr_-1", "tr_01", "x", "tr_4294967296", "%00", "tr_2147483649"):
        for method, rest in (
                ("GET", ""), ("DELETE", ""), ("GET", "/events"), ("GET", "/confidence"), ("GET", "/buffer"),
                ("GET", "/buffer/predictions"), ("GET", "/next")):
            call(f"{method} {id}{rest}", method, f"/v1/tail-requests/{id}{rest}", None, None, (400, 404))
    for method, path in (
            ("DELETE", "/v1/streams"), ("PUT", events), ("POST", "/health/live"), ("PATCH", f"/v1/streams/{stream}"),
            ("BREW", "/v1/status"), ("GET", events)):
        # The parser refuses a method that HTTP does not know, without a document.
        call(f"{method} {path}", method, path, None, None, (405, 400), method != "BREW")
    for path in ("/v1", "/v1/", "//", "/v1/streams/", "/v2/streams", "/v1/streams/load/events/x/y/z", "/%2e%2e/%2e%2e/etc/passwd"):
        call(f"path {path}", "GET", path, None, None, (404, 400))
    # HTTP itself. A parser may close the connection without a word; it must not answer 500 or hang.
    post = f"POST {events} HTTP/1.1\r\nHost: localhost\r\n".encode()
    line = b'{"k":"raw","n":1,"s":1}\n'
    http = [
        ("negative Content-Length", post + b"Content-Length: -5\r\n\r\n" + line, (400, 0)),
        ("Content-Length no number", post + b"Content-Length: x\r\n\r\n" + line, (400, 0)),
        ("Content-Length too large", post + b"Content-Length: 99999999999999999999999\r\n\r\n", (400, 413, 0)),
        ("two Content-Lengths", post + b"Content-Length: 3\r\nContent-Length: 9\r\n\r\n" + line, (400, 0)),
        ("length and chunks", post + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", (400, 200, 0)),
        ("chunk length nonsense", post + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n", (400, 0)),
        ("chunk length negative", post + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nabc\r\n", (400, 0)),
        ("chunk length huge", post + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffffff\r\nabc\r\n", (400, 413, 0)),
        ("chunk without its end", post + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabcdefgh\r\n0\r\n\r\n", (400, 0)),
        ("huge header", b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * (1 << 20) + b"\r\n\r\n", (400, 431, 0)),
        ("many headers", b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\n" + b"".join(
            b"X-%d: a\r\n" % n for n in range(20_000)) + b"\r\n", (400, 431, 0)),
        ("huge path", b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", (400, 404, 414, 431, 0)),
        ("NUL in a header", b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX-A: a\0b\r\n\r\n", (400, 200, 0)),
        ("invalid UTF-8 in a header", b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: \xff\xfe\r\n\r\n", (400, 200, 0)),
        ("invalid UTF-8 in the path", b"GET /v1/streams/\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n", (400, 404, 0)),
        ("NUL in the path", b"GET /v1/streams/a\0b HTTP/1.1\r\nHost: localhost\r\n\r\n", (400, 404, 0)),
        ("no HTTP", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(200) + b"\r\n\r\n", (400, 0)),
        ("random bytes", os.urandom(4_000) + b"\r\n\r\n", (400, 0)),
        ("HTTP/2 in clear", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0" * 100, (400, 405, 505, 0)),
        ("HTTP/9.9", b"GET /v1/status HTTP/9.9\r\nHost: localhost\r\n\r\n", (400, 505, 200, 0)),
        ("bare line feeds", b"GET /v1/status HTTP/1.1\nHost: localhost\n\n", (200, 400, 0)),
        ("a second request smuggled", post + b"Transfer-Encoding: xchunked\r\nContent-Length: 4\r\n\r\nGET / HTTP/1.1\r\n\r\n",
         (400, 501, 0)),
    ]
    for name, data, wanted in http:
        try:
            status, text = raw(server, data)
        except OSError as error:
            status, text = None, str(error).encode()
        expect(name, status, wanted, text, problem=False)
    # A body that ends in the middle: half is sent, then the connection half closes or breaks.
    for shut in (True, False):
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(post + b"Content-Length: 1000\r\n\r\n" + line * 3)
            if shut:
                connection.shutdown(socket.SHUT_WR)
            time.sleep(0.1)
    # Many slow and silent connections, over the same time.
    idle = []
    for number in range(200):
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=5)
        if number % 2:
            connection.sendall(post + b"Content-Length: 100000\r\n\r\n{")
        idle.append(connection)
    trickle = socket.create_connection(("127.0.0.1", server.port), timeout=20)
    body = b'{"k":"trickle","n":1,"s":1}\n'
    trickle.sendall(post + b"Content-Length: %d\r\n\r\n" % len(body))
    for byte in body:
        trickle.sendall(bytes([byte]))
        time.sleep(0.02)
    answer = trickle.recv(65536)
    expect("a trickling body", int(answer[9:12]) if answer else 0, (200,), answer, problem=False)
    begun = time.monotonic()
    call("status beside 200 silent connections", "GET", "/v1/status", None, None, (200,), False)
    say(f"  status took {time.monotonic() - begun:.3f} s beside 200 silent connections")
    for connection in idle:
        connection.close()
    trickle.close()
    # A silent body is ended after the limit.
    ended = None
    if not server.is_alive():
        findings.add("input", f"the server ended with {server.process.returncode}")
    for writer in writers:
        writer.is_ending = True
    for writer in writers:
        writer.join(30)
    # The log also has what was accepted above: the check of order and identity is for the writer's keys.
    history = [r for r in server.history(stream) if r["kind"] == "gap" or r["event"].get("k", "").startswith("w")]
    end = server.send(stream, [{"k": "end", "n": 1, "s": 1}])[1]["last"]
    readers[0].wait_for(end, 30)
    readers[0].is_ending = True
    records = [r for r in readers[0].records if r["kind"] == "gap" or r["event"].get("k", "").startswith("w")]
    acknowledged = [entry for writer in writers for entry in writer.acknowledged]
    counts = check(acknowledged, history, [("request", records, lambda event: True)], findings)
    for thread in writers + readers:
        for problem in thread.problems:
            findings.add("answer", problem)
    status = server.stop()
    if status != 0:
        findings.add("input", f"a clean stop ended with {status}")
    check_files(folder.data, findings)
    say(f"  hostile input: {count[0]} requests answered; meanwhile {counts}")
    folder.remove(findings[before:])


def silent_body(options, findings):
    """A body that stops coming is ended after `limits.idleSeconds`."""
    folder = Folder("idle")
    before = len(findings)
    config = os.path.join(folder.path, "config.yaml")
    with open(config, "w") as file:
        file.write("limits:\n  idleSeconds: 2\n")
    server = Server(options.program, folder.data, options=["--config", config])
    server.start()
    ends = {}
    for name, data in (
            ("no byte", b""), ("half a head", b"GET /v1/sta"),
            ("half a body", b"POST /v1/streams/s/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{\"a\":1}\n")):
        with socket.create_connection(("127.0.0.1", server.port), timeout=15) as connection:
            connection.sendall(data)
            begun = time.monotonic()
            try:
                answer = connection.recv(4096)
                ends[name] = (round(time.monotonic() - begun, 1), answer[:12].decode("latin-1"))
            except ConnectionResetError:
                ends[name] = (round(time.monotonic() - begun, 1), "reset")
            except TimeoutError:
                findings.add("silence", f"{name}: still open after 15 s with a limit of 2 s")
    # A reader that is silent because nothing comes is not idle: it gets heartbeats.
    server.json("PUT", "/v1/streams/s", {})
    from harness import Lines
    lines = Lines(server.port, "/v1/streams/s/tail", timeout=6)
    try:
        lines.line(), lines.line()
        lines.line()
    except TimeoutError:
        pass
    except (EOFError, OSError) as error:
        findings.add("silence", f"a reader without events was ended: {error!r}")
    server.send("s", [{"a": 1}])
    try:
        while not lines.line().startswith(b"data"):
            pass
    except (EOFError, OSError) as error:
        findings.add("silence", f"a reader without events was cut off after the limit: {error!r}")
    lines.close()
    server.stop()
    say(f"  silence, with a limit of 2 s: " + ", ".join(f"{name} ended after {s} s {a}" for name, (s, a) in ends.items()))
    folder.remove(findings[before:])


PARTS = {
    "full-disk": full_disk, "failing-sync": failing_sync, "flipped-bits": flipped_bits, "input": hostile_input,
    "silence": silent_body}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=list(PARTS), action="append")
    options = parser.parse_args()
    findings = Findings()
    for name in options.only or PARTS:
        PARTS[name](options, findings)
    finish("fault_test", findings)


if __name__ == "__main__":
    main()
