"""Small things that stand for large ones: packed bodies, filters, regular expressions, JSON. Refused, or done in bounds."""

import gzip
import json
import socket
import threading
import zlib

from attack import NDJSON, Attack


def run(options, findings):
    with Attack(options, findings, "bombs", ["limits.bodyBytes=16MiB", "limits.linesBodyBytes=64MiB"]) as attack:
        attack.server.json("PUT", "/v1/streams/s", {})
        packed(attack, 20 if options.quick else 200)
        texts(attack)
        filters(attack)
        bodies(attack)


def packed(attack, megabytes):
    events = "/v1/streams/s/events"

    def post(label, data, wanted, encoding="gzip", type="application/x-ndjson", path=events):
        attack.call(label, "POST", path, data, {"Content-Encoding": encoding, "Content-Type": type}, wanted)

    zeros = gzip.compress(b"\0" * (megabytes << 20), 9)
    lines = gzip.compress(b'{"a":1}\n' * (megabytes << 17), 9)
    spaces = gzip.compress(b"[" + b" " * (megabytes << 20) + b"]", 9)
    for label, data in (("zeros", zeros), ("lines", lines), ("spaces", spaces)):
        for type in ("application/x-ndjson", "application/json", "text/plain", "text/csv", "application/cloudevents+json"):
            post(f"a bomb of {label} as {type}", data, (400, 413), type=type)
        for path in ("/v1/tail-requests", "/v1/streams/t"):
            attack.call(f"a bomb of {label} to {path}", "POST" if "tail" in path else "PUT", path, data,
                        {"Content-Encoding": "gzip", "Content-Type": "application/json"}, (400, 413))
    post("a bomb in a bomb", gzip.compress(zeros, 9), (400, 413))
    post("twice packed, and said so", gzip.compress(gzip.compress(b"{}")), (415,), "gzip, gzip")
    for encoding in ("br", "zstd", "compress", "gzip;q=1", "deflate, gzip", "x" * 1000):
        post(f"encoding {encoding[:20]}", b"{}", (415,), encoding)
    post("many members that hold nothing", gzip.compress(b"") * 100_000, (200, 400, 413))
    post("zlib as bomb", zlib.compress(b"\0" * (megabytes << 20), 9), (400, 413), "deflate")
    post("cut off", lines[:-20], (400, 413))
    post("damaged", lines[:1000] + b"\xff" * 100 + lines[1100:], (400, 413))
    # Several at once.
    threads = [threading.Thread(target=post, args=("bombs at once", zeros, (400, 413))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    status, _, text = attack.server.call("GET", "/v1/streams/t")
    if status != 404:
        attack.fault("made", f"a bomb made a stream: {status}")


def texts(attack):
    """JSON that is deep, wide, long, or double."""
    count = 1_000_000
    cases = {
        "deep arrays": "[" * count, "deep objects": '{"a":' * count, "closed deep arrays": "[" * 5000 + "]" * 5000,
        "deep in an event": '{"a":' + "[" * 100_000 + "]" * 100_000 + "}", "wide": "{" + ",".join(f'"k{n}":1' for n in range(200_000)) + "}",
        "a long key": '{"' + "k" * (2 << 20) + '":1}', "a long number": '{"a":' + "9" * (2 << 20) + "}",
        "a large exponent": '{"a":1e999999999}', "a small exponent": '{"a":1e-999999999}', "doubles": '{"a":1,"a":2}',
        "a lone surrogate": '{"a":"\\ud800"}', "a NUL": '{"a":"\\u0000"}', "not JSON": '{"a":NaN}', "a comment": '{/**/"a":1}',
    }
    for label, text in cases.items():
        taken = (200, 400, 413) if label in ("doubles", "a lone surrogate", "a NUL", "a large exponent", "a small exponent") else (400, 413)
        data = text.encode()
        attack.call(f"line, {label}", "POST", "/v1/streams/s/events", data, NDJSON, taken)
        attack.call(f"JSON, {label}", "POST", "/v1/streams/s/events", data, {"Content-Type": "application/json"},
                    (200, 400, 413) if label in ("wide", "a long key", "a long number") else taken)
        attack.call(f"control, {label}", "POST", "/v1/tail-requests", data, {"Content-Type": "application/json"}, (400, 413))


def filters(attack):
    """Conditions that are long, deep, dear, or never come to an end."""
    cases = {
        "long": "event.a == 1" + " || event.a == 1" * 100_000, "deep": "(" * 50_000 + "true" + ")" * 50_000, "nots": "!" * 50_000 + "true",
        "minuses": "-" * 50_000 + "1 > 0", "lists": "[" * 20_000 + "]" * 20_000 + " == []", "macros": "event.l.all(a, " * 20 + "true" + ")" * 20,
        "ternaries": "true ? true : " * 10_000 + "true", "indexes": "event" + ".a" * 20_000 + " == 1", "a long string": "event.a == '" + "x" * (1 << 20) + "'",
        "counts": "event.a.matches('((((a{100}){100}){100}){100})')", "stars": "event.a.matches('" + "(a*)*" * 300 + "b')",
        "nested stars": "event.a.matches('" + "(" * 400 + "a" + ")*" * 400 + "')", "classes": "event.a.matches('" + "[a-z]{1,1000}" * 50 + "')",
        "a class of all": "event.a.matches('" + "\\\\pL" * 500 + "')",
    }
    for label, text in cases.items():
        attack.call(f"filter, {label}", "POST", "/v1/tail-requests", {"stream": "s", "filter": text, "predictions": False}, None, (400, 413))
    for label, pattern in (
            ("deep pattern", json.loads('{"a":' * 60 + '["x"]' + "}" * 60)), ("wide pattern", {f"k{n}": ["x"] for n in range(50_000)}),
            ("wildcards", {"a": [{"wildcard": "*a" * 5000}]})):
        attack.call(f"pattern, {label}", "POST", "/v1/tail-requests", {"stream": "s", "pattern": pattern, "predictions": False}, None, (400, 413))
    # Those that pass are evaluated in bounds: a filter that takes too long for an event does not match, and the next comes.
    for text in (
            "event.a.matches('(){1000}{1000}{1000}{1000}')", "event.a.matches('(a|a)*(a|a)*(a|a)*b')", "event.a.matches('^(a+)+$')", "event.l.all(x, event.l.all(y, x == y))",
            "event.l.map(x, x + x).size() > 0", "event.a.contains('b') || event.a.matches('.*.*.*c')"):
        attack.call(f"hot filter {text}", "POST", "/v1/tail-requests", {"stream": "s", "filter": text, "predictions": False}, None,
                    (201, 400))
    event = json.dumps({"a": "a" * 200_000, "l": list(range(20_000))}).encode() + b"\n"
    for _ in range(3):
        attack.call("an event for hot filters", "POST", "/v1/streams/s/events", event, NDJSON, (200,))
    attack.call("a search with a hot filter", "GET", "/v1/streams/s/history?filter=event.a.matches('%5E(a%2B)%2B$')&limit=10", None, None, (200, 400))


def bodies(attack):
    """Bodies beyond their limits: told, or cut off, and never kept."""
    line = b'{"k":"x","v":' + b"1" * 1000 + b"}\n"
    attack.call("a body of lines beyond its limit", "POST", "/v1/streams/s/events", line * (70_000_000 // len(line)), NDJSON, (413,))
    attack.call("a whole body beyond its limit", "POST", "/v1/streams/s/events", b" " * (17 << 20), {"Content-Type": "application/json"}, (413,))
    attack.call("a control body beyond its limit", "POST", "/v1/tail-requests", b" " * (2 << 20), None, (413,))
    attack.call("a line beyond its limit", "POST", "/v1/streams/s/events", b'{"a":"' + b"x" * (2 << 20) + b'"}\n', NDJSON, (400,))
    attack.call("too many events", "POST", "/v1/streams/s/events", b"[" + b"{}," * 300_000 + b"{}]", {"Content-Type": "application/json"}, (413,))
    # A line that never ends, in chunks.
    with socket.create_connection(("127.0.0.1", attack.server.port), timeout=60) as connection:
        connection.sendall(b"POST /v1/streams/s/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(100):
                connection.sendall(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")
            connection.sendall(b"0\r\n\r\n")
            answer = connection.recv(65536)
        except OSError:
            answer = b""
    attack.requests += 1
    if answer and not answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 413")):
        attack.fault("answer", f"a line that never ends: {answer[:200]!r}")
