"""Requests that two parsers could read in two ways, and paths that mean another place: one answer each, and nothing made."""

import json
import os
import time

from attack import Attack, exchange

#: What a smuggled request would make.
INNER = b"PUT /v1/streams/smuggled HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"


def run(options, findings):
    with Attack(options, findings, "smuggling", level="debug") as attack:
        attack.server.json("PUT", "/v1/streams/s", {})
        framing(attack)
        heads(attack)
        paths(attack)
        files(attack)
        hosts(attack)
        for name in ("smuggled", "etc", "passwd", "..", "%2e%2e"):
            status, _, text = attack.server.call("GET", f"/v1/streams/{name}")
            if status == 200:
                attack.fault("made", f"there is a stream '{name}': {text[:200]!r}")
        names = [stream["name"] for stream in attack.server.json("GET", "/v1/streams?limit=1000")["streams"]]
        if sorted(names) != ["bystander", "s"]:
            attack.fault("made", f"streams: {names}")


def framing(attack):
    post = b"POST /v1/streams/s/events HTTP/1.1\r\nHost: localhost\r\n"
    chunked = b"Transfer-Encoding: chunked\r\n"
    size = b"Content-Length: %d\r\n" % len(INNER)
    zero = b"0\r\n\r\n"
    bodies = {
        "length and chunks": size + chunked + b"\r\n" + zero + INNER,
        "chunks and length": chunked + size + b"\r\n" + zero + INNER,
        "two lengths": b"Content-Length: 0\r\n" + size + b"\r\n" + INNER,
        "two lengths the other way": size + b"Content-Length: 0\r\n" + b"\r\n" + INNER,
        "two equal lengths": size + size + b"\r\n" + INNER,
        "a list of lengths": b"Content-Length: 0, %d\r\n\r\n" % len(INNER) + INNER,
        "a length with a sign": b"Content-Length: +%d\r\n\r\n" % len(INNER) + INNER,
        "a negative length": b"Content-Length: -1\r\n\r\n" + INNER,
        "a length in hexadecimal": b"Content-Length: 0x0\r\n\r\n" + INNER,
        "a length with a space": b"Content-Length: 1 0\r\n\r\n" + INNER,
        "an enormous length": b"Content-Length: 18446744073709551616\r\n\r\n" + INNER,
        "a space before the colon": b"Content-Length : 0\r\n\r\n" + INNER,
        "chunks behind a space": b"Transfer-Encoding : chunked\r\n" + size + b"\r\n" + zero + INNER,
        "chunks twice": chunked + chunked + b"\r\n" + zero + INNER,
        "unknown coding": b"Transfer-Encoding: xchunked\r\n" + size + b"\r\n" + zero + INNER,
        "identity": b"Transfer-Encoding: identity\r\n" + size + b"\r\n" + zero + INNER,
        "chunked not last": b"Transfer-Encoding: chunked, identity\r\n\r\n" + zero + INNER,
        "a tab before chunked": b"Transfer-Encoding:\tchunked\r\n" + size + b"\r\n" + zero + INNER,
        "a vertical tab": b"Transfer-Encoding:\x0bchunked\r\n" + size + b"\r\n" + zero + INNER,
        "folded": b"Transfer-Encoding:\r\n chunked\r\n" + size + b"\r\n" + zero + INNER,
        "folded length": b"X: a\r\n Content-Length: 0\r\n" + chunked + b"\r\nzz\r\n" + INNER,
        "a carriage return alone": b"X: a\rTransfer-Encoding: chunked\r\n" + size + b"\r\n" + zero + INNER,
        "a NUL in a header": b"X: a\0b\r\n" + chunked + b"\r\nzz\r\n" + INNER,
        "a NUL in a name": b"Transfer-\0Encoding: chunked\r\n" + size + b"\r\n" + zero + INNER,
        "no name": b": a\r\n" + chunked + b"\r\nzz\r\n" + INNER,
        "a chunk of no number": chunked + b"\r\nzz\r\n" + INNER,
        "a chunk with a sign": chunked + b"\r\n-1\r\n" + INNER,
        "a chunk in hexadecimal": chunked + b"\r\n0x5\r\nabcde\r\n0\r\n\r\n" + INNER,
        "a chunk without its end": chunked + b"\r\n3\r\nabcde\r\n0\r\n\r\n" + INNER,
        "an enormous chunk": chunked + b"\r\nffffffffffffffffff\r\n" + INNER,
        "a chunk extension with a line": chunked + b"\r\n5;a=\n\r\nabcde\r\n0\r\n\r\n" + INNER,
        "a bare line feed behind a chunk": chunked + b"\r\n3\r\nabc\n0\r\n\r\n" + INNER,
    }
    for label, rest in bodies.items():
        # A parser may close without a word. It must not take what follows for a request.
        attack.raw(f"framing, {label}", post + rest, (400, 408, 411, 413, 501, 0), half=True)
    # Whole requests behind one another are no attack: each has its answer.
    live = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    text = exchange(attack.server.port, live * 3)
    if text.count(b"HTTP/1.1 200 ") != 3:
        attack.fault("answers", f"three requests at once: {text[:400]!r}")


def heads(attack):
    line = b"GET /v1/streams HTTP/1.1\r\n"
    host = b"Host: localhost\r\n"
    cases = {
        "no host": line + b"\r\n",
        "two hosts": line + host + b"Host: other.example\r\n\r\n",
        "a header folded": line + host + b"X: a\r\n b\r\n\r\n",
        "a line that begins with a space": line + b" X: a\r\n" + host + b"\r\n",
        "no colon": line + host + b"X\r\n\r\n",
        "letters beyond ASCII in a name": line + host + "Ünicode: a\r\n\r\n".encode(),
        "a version of three digits": b"GET /v1/streams HTTP/1.11\r\n" + host + b"\r\n",
        "no version": b"GET /v1/streams\r\n" + host + b"\r\n",
        "a tab": b"GET\t/v1/streams\tHTTP/1.1\r\n" + host + b"\r\n",
        "lower case": b"get /v1/streams HTTP/1.1\r\n" + host + b"\r\n",
        "no method": b"/v1/streams HTTP/1.1\r\n" + host + b"\r\n",
        "HTTP/2 in clear": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0" * 40,
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(200)),
    }
    for label, data in cases.items():
        attack.raw(f"head, {label}", data, (400, 404, 405, 505, 0), half=True)
    # What everybody who takes it reads in the same way may be taken.
    attack.raw("head, two spaces", b"GET  /v1/streams HTTP/1.1\r\n" + host + b"\r\n", (400, 200, 0), half=True)
    attack.raw("head, bare line feeds", b"GET /v1/streams HTTP/1.1\nHost: localhost\n\n", (400, 200, 0), half=True)
    # What a client sends comes back in headers only if it is sound.
    for value in (b"a\tb", b"a b", b"\xff\xfe", b"a" * 129, b"<script>" + b"a" * 200, b"\x1b[31m"):
        status, text = attack.raw(
            f"id {value[:20]!r}", line + host + b"X-Request-Id: " + value + b"\r\nConnection: close\r\n\r\n", (200, 400, 0))
        head = text.split(b"\r\n\r\n")[0]
        if value in head:
            attack.fault("echo", f"X-Request-Id {value!r} came back: {head[:300]!r}")


def paths(attack):
    dots = [
        "/..", "/../..", "/%2e%2e", "/%2e%2e/%2e%2e/etc/passwd", "/v1/streams/..", "/v1/streams/%2e%2e", "/v1/streams/%2E%2E%2F",
        "/v1/streams/..%2f..%2fetc%2fpasswd", "/v1/streams/..%5c..%5cetc", "/v1/streams/s/../../status", "/v1/streams/./s",
        "/v1/streams/s%2fevents", "/v1/streams/s%00", "/v1/streams/%00", "/v1/streams/s%0d%0aX:%20y", "/v1/streams/s%0a",
        "/v1/streams/s%1b%5b31m", "/v1/streams/%c0%ae%c0%ae", "/v1/streams/%c0%af", "/v1/streams/%e0%80%af",
        "/v1/streams/%f0%80%80%af", "/v1/streams/%ff", "/v1/streams/%ed%a0%80", "/v1/streams/%", "/v1/streams/%2", "/v1/streams/%zz",
        "/v1/streams/%252e%252e", "/v1/streams/.hidden", "/v1/streams/s;a=b", "/v1/streams/s%3f", "/v1/streams/s%23",
        "/v1/streams/" + "a" * 129, "/v1/streams//", "//v1/streams", "/v1//streams", "/v1/streams/s//history", "/V1/streams",
        "/v1/tail-requests/..", "/v1/tail-requests/%2e%2e%2fstreams", "/v1/tail-requests/tr_1%00", "/v1/tail-requests/tr_99999999999999999999",
        "/v1/tail-requests/tr_-1", "/v1/dead-letters/..%2f", "/v1/dead-letters/dl_%00", "/health/live/..", "/metrics/", "/openapi.json/",
    ]
    for path in dots:
        attack.call(f"path {path}", "GET", path, None, None, (400, 404))
        attack.call(f"write to {path}", "POST", path + "/events", b"{}", None, (400, 404, 405, 415))
        attack.call(f"make {path}", "PUT", path, {}, None, (400, 404, 405))
        attack.call(f"remove {path}", "DELETE", path, None, None, (400, 404, 405))
    host = b"Host: localhost\r\nConnection: close\r\n\r\n"
    for target in (
            b"/v1/streams/\xc0\xae\xc0\xae", b"/v1/streams/a\0b", b"/v1/streams/\x1b[31m", b"\\v1\\streams", b"*",
            b"v1/streams", b"http://localhost:1/v1/none", b"/v1/streams#x", b"?/v1/streams"):
        attack.raw(f"target {target!r}", b"GET " + target + b" HTTP/1.1\r\n" + host, (400, 404, 421, 0))
    # Only clients of proxies name a server in the target, and no page can have a browser do it: Host is what counts.
    attack.raw("target with a name", b"GET http://attacker.example/v1/streams HTTP/1.1\r\n" + host, (200, 400, 404, 421))
    attack.raw("target with a name, and a Host", b"GET http://localhost/v1/streams HTTP/1.1\r\nHost: attacker.example\r\n"
               b"Connection: close\r\n\r\n", (400, 421))
    for query in ("a=1", "limit=1&limit=2", "limit=%", "limit=%ff", "%6cimit=1&limit=2", "limit=1;limit=2", "limit=1%00", "limit=٣"):
        attack.call(f"query {query}", "GET", "/v1/streams?" + query.encode().decode("latin-1") if query.isascii()
                    else "/v1/streams?limit=%D9%A3", None, None, (400,))


def files(attack):
    """Destinations in files: none outside of the data folder, by no way of writing it."""
    for path in (
            "../x", "../../x", "a/../../x", "/etc/x", "/", "", ".", "..", "a/..", "a//../../x", "a\0b", "a\nb", "a/./../../x", ".hidden",
            "a/.hidden", "x" * 5000, "a\x1b[31mb"):
        attack.call(
            f"file {path[:40]!r}", "POST", "/v1/tail-requests",
            {"stream": "s", "predictions": False, "destination": {"type": "file", "path": path}}, None, (400,))
    # These mean themselves, and a file of that name lies in the folder.
    for path in ("\\..\\x", "~/x", "%2e%2e/x", "．．/x"):
        status, text = attack.call(
            f"file {path!r}", "POST", "/v1/tail-requests",
            {"stream": "s", "predictions": False, "destination": {"type": "file", "path": path}}, None, (201, 400))
        if status != 201:
            continue
        request = json.loads(text)["id"]
        last = attack.server.send("s", [{"a": 1}])[1]["last"]
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if attack.server.json("GET", f"/v1/tail-requests/{request}").get("delivery", {}).get("position") == last:
                break
            time.sleep(0.02)
        if not os.path.isfile(os.path.join(attack.folder.data, "files", path)):
            attack.fault("files", f"{path!r} is not in the folder of files")
        attack.server.call("DELETE", f"/v1/tail-requests/{request}")
    if sorted(os.listdir(attack.folder.path)) != ["data", "server.log"]:
        attack.fault("files", f"beside the data folder: {os.listdir(attack.folder.path)}")


def hosts(attack):
    """Names that point here and are not this server's: what a browser does for a page of another site."""
    for host in (
            "attacker.example", "attacker.example:7070", "127.0.0.1.attacker.example", "localhost.attacker.example",
            "127.0.0.1@attacker.example", "2130706433", "0x7f.1", "127.1", "a" * 300, "localhost,attacker.example", "[::1].example"):
        attack.raw(
            f"host {host[:40]}", f"GET /v1/streams HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode(), (400, 421))
    for host in ("localhost", "127.0.0.1", "[::1]", f"localhost:{attack.server.port}"):
        attack.raw(f"host {host}", f"GET /v1/streams HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode(), (200,))
