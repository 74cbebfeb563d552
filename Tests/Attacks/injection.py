"""Names, keys and texts that pretend to be lines of a log, metrics or headers of their own."""

import json

from attack import NDJSON, Attack, say

EVIL = [
    "a\nfoo", "a\r\nX-Injected: yes", "a\r\n\r\n<html>", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "a\0b", "a\u2028b", "a\u0085b", "\u202egnp.exe",
    "2026-01-01T00:00:00+0000 error forged: line", '"} 1\nforged_metric 1\n#', "%0d%0aX: y", "${jndi:ldap://127.0.0.1/a}", "{{7*7}}", "'; DROP TABLE streams; --",
    "<script>alert(1)</script>", "\\n\\r\\x1b", "a" * 5000, "\x7f\x80\x9b31m", "\ud800",
]


def run(options, findings):
    with Attack(options, findings, "injection", ["limits.streams=50"], level="trace") as attack:
        server = attack.server
        server.json("PUT", "/v1/streams/s", {"key": "k"})
        request = server.json("POST", "/v1/tail-requests", {"stream": "s", "steps": 1})["id"]
        for text in EVIL:
            quoted = json.dumps(text)
            path = "".join(f"%{byte:02X}" for byte in text.encode("utf-8", "surrogatepass"))
            for method, place in (
                    ("GET", f"/v1/streams/{path}"), ("PUT", f"/v1/streams/{path}"), ("DELETE", f"/v1/streams/{path}"),
                    ("GET", f"/v1/tail-requests/{path}"), ("GET", f"/v1/streams/s/history?{path}=1"),
                    ("GET", f"/v1/streams/s/history?after={path}"), ("GET", f"/{path}"), ("GET", f"/v1/dead-letters/{path}")):
                body = b"{}" if method == "PUT" else None
                attack.call(f"{method} {place[:60]}", method, place, body, None, (400, 404, 405))
            attack.call("an event", "POST", "/v1/streams/s/events", f'{{"k":{quoted},{quoted}:{quoted}}}\n'.encode(), NDJSON, (200, 400))
            for member in ("filter", "description", "stream", "pattern", "announce", text):
                attack.call(
                    f"{member[:20]!r} of a tail request", "POST", "/v1/tail-requests",
                    f'{{"stream":"s","predictions":false,{json.dumps(member)}:{quoted}}}'.encode(),
                    {"Content-Type": "application/json"}, (201, 400), True)
            attack.call("a key", "PUT", "/v1/streams/t", f'{{"key":{quoted},"time":{quoted}}}'.encode(),
                        {"Content-Type": "application/json"}, (200, 201, 400, 409))
            attack.call("a URL", "POST", "/v1/tail-requests",
                        f'{{"stream":"s","destination":{{"type":"webhook","url":{json.dumps("http://127.0.0.1/" + text)}}}}}'.encode(),
                        {"Content-Type": "application/json"}, (201, 400))
            header = text.encode("utf-8", "surrogatepass")
            attack.raw("a header", b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\nUser-Agent: " + header
                       + b"\r\nX-Request-Id: " + header + b"\r\nConnection: close\r\n\r\n", (200, 400, 0),
                       # A client that ends the head by itself has asked twice, the second time in nonsense.
                       answers=2 if b"\r\n\r\n" in header else 1)
            attack.raw("a method", header[:50] + b" /v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", (400, 405, 0))
            attack.raw("a target", b"GET /v1/streams/" + header + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                       (400, 404, 0))
        # What is read is one record a line, whatever it holds.
        records = [json.loads(line) for line in server.call("GET", "/v1/streams/s/history?limit=100000")[2].splitlines()]
        if any("kind" not in record for record in records):
            attack.fault("records", "a line of the history is no record")
        server.json("GET", f"/v1/tail-requests/{request}")
        with open(server.log, "rb") as file:
            say(f"  {len(records)} events with hostile texts, {file.read().count(bytes([10]))} lines of the log")
