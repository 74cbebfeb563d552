"""Tokens: guessing, timing, scopes that are not there, things of other tenants, tickets for other doors, tokens at rest."""

import json
import os
import subprocess
import time

from attack import NDJSON, Attack, say
from harness import percentile

STREAM = "/v1/streams/b.s"


def add(options, folder, name, scopes, pattern):
    """A token, made beside the server; what it calls with."""
    made = subprocess.run(
        [options.program, "token", "add", name, "--scope", scopes, "--stream", pattern, "--data-dir", folder],
        capture_output=True, text=True)
    if made.returncode:
        raise SystemExit(f"token add: {made.stdout}{made.stderr}")
    return made.stdout.strip()


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def authenticate(server, token):
    """Lets a server be called with a token by all who say nothing else."""
    plain = server.call

    def call(method, path, body=None, headers=None, timeout=60):
        return plain(method, path, body, {**bearer(token), **(headers or {})}, timeout)

    server.call = call
    server.plain = plain


def routes(request, letter="dl_1"):
    """Method, path and body of whatever names a stream or a tail request of the other tenant."""
    own = f"/v1/tail-requests/{request}"
    return [
        ("GET", STREAM, None), ("PUT", STREAM, {}), ("DELETE", STREAM, None), ("GET", STREAM + "/history", None),
        ("GET", STREAM + "/tail", None), ("POST", STREAM + "/events", b'{"n":1}\n'), ("GET", own, None),
        ("PATCH", own, {"filter": "true"}), ("DELETE", own, None), ("GET", own + "/events", None), ("GET", own + "/next", None),
        ("GET", own + "/confidence", None), ("GET", own + "/buffer", None), ("GET", own + "/buffer/predictions", None),
        ("POST", "/v1/tickets", {"stream": "b.s"}), ("POST", "/v1/tickets", {"request": request}),
        ("POST", "/v1/tail-requests", {"stream": "b.s"}), ("GET", f"/v1/dead-letters/{letter}", None),
        ("DELETE", f"/v1/dead-letters/{letter}", None), ("POST", f"/v1/dead-letters/{letter}/replay", None),
        ("POST", f"/v1/dead-letters/replay?request={request}", None), ("DELETE", f"/v1/dead-letters?request={request}", None),
    ]


def ask(attack, label, method, path, body, headers, wanted):
    if isinstance(body, bytes):
        headers = {**NDJSON, **headers}
    return attack.call(label, method, path, body, headers, wanted)


def guess(attack, good, request):
    """Whatever is no token is 401, everywhere, and says no more than that."""
    prefix, identity, secret = good.split("_")
    flipped = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    tokens = {
        "none": {"Authorization": ""}, "garbage": bearer("x"), "its id": bearer(f"{prefix}_{identity}"), "its end": bearer(good[:-1] + "*"),
        "one character": bearer(f"{prefix}_{identity}_{flipped}"), "one too few": bearer(good[:-1]), "one too many": bearer(good + "A"),
        "no id": bearer(f"{prefix}_0000000000_{secret}"), "upper case": bearer(good.upper()), "basic": {"Authorization": f"Basic {good}"},
        "no scheme": {"Authorization": good}, "as another header": {"Authorization": "", "X-Token": good},
        "two": {"Authorization": f"Bearer {good}, Bearer {good}"}, "long": bearer("A" * 6_000), "quoted": bearer(f'"{good}"'),
        "a zero": bearer(f"{prefix}_{identity}_{secret[:-3]}%00"), "sql": bearer("' OR 1=1 --"),
    }
    answers = set()
    for label, headers in tokens.items():
        for method, path, body in routes(request) + [
                ("GET", "/v1/tokens", None), ("POST", "/v1/tokens", {"name": "x", "scopes": ["admin"], "streams": ["*"]}),
                ("GET", "/v1/streams", None), ("GET", "/v1/status", None), ("GET", "/metrics", None), ("GET", "/v1/nothing", None)]:
            _, text = ask(attack, f"{label}: {method} {path}", method, path, body, headers, (401,))
            if label in ("one character", "no id"):
                answer = json.loads(text)
                answer.pop("requestId", None)
                answers.add(json.dumps(answer, sort_keys=True))
        attack.call(f"{label} in the query", "GET", f"/v1/streams?token={good}&access_token={good}", None, headers, (401,))
    if len(answers) != 1:
        attack.fault("guessing", f"a known id and an unknown one are told apart: {sorted(answers)[:2]}")


def timing(attack, good, rounds):
    """How long refusals take; told, since machines differ. Secrets are hashed before anything is compared."""
    prefix, identity, secret = good.split("_")
    other = {"A": "B"}
    kinds = {
        "first character wrong": f"{prefix}_{identity}_{other.get(secret[0], 'A')}{secret[1:]}",
        "last character wrong": f"{prefix}_{identity}_{secret[:-1]}{other.get(secret[-1], 'A')}",
        "unknown id": f"{prefix}_0000000000_{secret}"}
    took = {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind, token in kinds.items():
            begun = time.monotonic()
            status, _, _ = attack.server.plain("GET", "/v1/streams", None, bearer(token))
            took[kind].append(time.monotonic() - begun)
            if status != 401:
                attack.fault("timing", f"{kind}: {status}")
    attack.requests += rounds * len(kinds)
    say("  tokens: a refusal takes at the median " + ", ".join(
        f"{percentile(values, .5) * 1e6:.0f} µs ({kind})" for kind, values in took.items()))


def scopes(attack, tokens, request):
    """What lacks a scope is 403, also on streams that the token covers."""
    own = f"/v1/tail-requests/{request}"
    reading = [("GET", STREAM + "/history", None), ("GET", STREAM + "/tail", None), ("GET", own, None), ("GET", own + "/events", None),
               ("GET", own + "/next", None), ("GET", own + "/buffer", None), ("POST", "/v1/tickets", {"stream": "b.s"})]
    writing = [("POST", STREAM + "/events", b'{"n":1}\n')]
    both = [("POST", "/v1/tail-requests", {"stream": "b.s"}), ("PATCH", own, {"filter": "true"}), ("DELETE", own, None)]
    administering = [("PUT", STREAM, {}), ("DELETE", STREAM, None), ("PUT", "/v1/streams/b.new", {})]
    whole = [("GET", "/v1/tokens", None), ("POST", "/v1/tokens", {"name": "x", "scopes": ["read"], "streams": ["b.*"]}),
             ("POST", "/v1/tail-requests", {"stream": "b.s", "destination": {"type": "file", "path": "x.ndjson"}})]
    for name, forbidden in (("reader", writing + both + administering + whole), ("writer", reading + both + administering + whole),
                            ("both", administering + whole), ("admin of b", whole)):
        for method, path, body in forbidden:
            ask(attack, f"{name}: {method} {path}", method, path, body, bearer(tokens[name]), (403,))
    # What a token may not give to itself: more than it has.
    for name in ("reader", "both", "admin of b"):
        ask(attack, f"{name}: a token with more", "POST", "/v1/tokens", {"name": "b", "scopes": ["admin"], "streams": ["*"]},
            bearer(tokens[name]), (403,))


def tenants(attack, token, request):
    """Things of another tenant are not there."""
    headers = bearer(token)
    for method, path, body in routes(request):
        if "?request=" not in path:
            ask(attack, f"another tenant's: {method} {path}", method, path, body, headers, (404,))
            continue
        # Of dead letters of what is not there nothing is done, and no more is said than of what never was.
        never = path.replace(request, "tr_4000000000")
        answers = []
        for what in (path, never):
            status, _, text = attack.server.call(method, what, body, headers)
            answers.append((status, {name: value for name, value in json.loads(text).items() if name != "requestId"}))
        attack.requests += 1
        if str(answers[0]).replace(request, "tr_4000000000") != str(answers[1]) or answers[0][1].get("purged") or answers[0][1].get("queued"):
            attack.fault("another tenant's", f"{method} {path}: {answers}")
    for name in ("b.s", "b.other", "a", "A.s", "ab", "b.a.s", "xa.s"):
        ask(attack, f"a stream out of the pattern: {name}", "POST", f"/v1/streams/{name}/events", b'{"n":1}\n', headers, (403, 404))
        ask(attack, f"a stream out of the pattern: {name}", "PUT", f"/v1/streams/{name}", {}, headers, (403, 404))
    for path in ("a.%2fb.s", "a.s%2f..%2fb.s", "a.s/../b.s", "b.s%00a.s", "a.s%3b%2fb.s", "./b.s", "%2e%2e/streams/b.s", "b%2es", "%62.s"):
        status, text = ask(attack, f"a spelling of b.s: {path}", "GET", f"/v1/streams/{path}/history", None, headers, (400, 404))
    ask(attack, "counting another's", "PUT", "/v1/streams/a.count", {"count": {"from": "b.s", "every": "1m"}}, headers, (403, 404))
    for path in ("/v1/streams", "/v1/tail-requests", "/v1/tail-requests?stream=b.s", "/v1/dead-letters", "/v1/status", "/metrics"):
        status, _, text = attack.server.call("GET", path, None, headers)
        attack.requests += 1
        if status >= 500 or b"b.s" in text or b"b-secret" in text or request.encode() + b'"' in text:
            attack.fault("another tenant's", f"GET {path} shows it: {status} {text[:300]!r}")


def tickets(attack, token, other):
    """A ticket opens the one door it was made for."""
    headers = bearer(token)
    status, _, text = attack.server.call("POST", "/v1/tickets", {"stream": "a.s"}, headers)
    if status not in (200, 201):
        return attack.fault("tickets", f"none is given: {status} {text[:200]!r}")
    ticket = json.loads(text)["ticket"]
    nobody = {"Authorization": ""}

    def plain(label, method, path, body=None):
        attack.requests += 1
        status, _, text = attack.server.plain(method, path, body, {})
        attack.judge(label, status, text, (401,), True)

    for method, path in (("GET", "/v1/streams/a.t/tail"), ("GET", "/v1/streams/b.s/tail"), ("GET", "/v1/streams/a.s/history"),
                         ("GET", "/v1/streams/a.s"), ("POST", "/v1/streams/a.s/events"), ("GET", "/v1/streams"), ("GET", "/v1/tokens"),
                         ("GET", f"/v1/tail-requests/{other}/events"), ("GET", "/v1/status"), ("POST", "/v1/tickets")):
        plain(f"a ticket at another door: {method} {path}", method, f"{path}?ticket={ticket}", {} if method == "POST" else None)
    plain("a ticket as a token", "GET", "/v1/streams/a.s/tail?ticket=" + token)
    plain("a made-up ticket", "GET", "/v1/streams/a.s/tail?ticket=" + ticket[:-1] + ("A" if ticket[-1] != "A" else "B"))
    ask(attack, "a ticket in the header", "GET", "/v1/streams/a.s", None, {**nobody, **bearer(ticket)}, (401,))


def at_rest(attack, tokens):
    """No file of the server holds a token's secret."""
    for base, _, names in os.walk(os.path.dirname(attack.server.folder)):
        for name in names:
            path = os.path.join(base, name)
            if not os.path.isfile(path):
                continue
            with open(path, "rb") as file:
                text = file.read()
            for token in tokens:
                if token.split("_")[2].encode() in text:
                    attack.fault("at rest", f"a token stands in {os.path.basename(path)}")


def run(options, findings):
    attack = Attack(options, findings, "tokens")
    folder = attack.server.folder
    ops = add(options, folder, "ops", "admin", "*")
    authenticate(attack.server, ops)
    with attack:
        tokens = {
            "reader": add(options, folder, "b", "read", "b.*"), "writer": add(options, folder, "b", "write", "b.*"),
            "both": add(options, folder, "b", "read,write", "b.*"), "admin of b": add(options, folder, "b", "admin", "b.*"),
            "a": add(options, folder, "a", "admin", "a.*")}
        # A running server hears of them within a second.
        deadline = time.monotonic() + 60
        while attack.server.call("GET", "/v1/streams", None, bearer(tokens["a"]))[0] != 200 and time.monotonic() < deadline:
            time.sleep(0.05)
        attack.server.json("PUT", "/v1/streams/b.s", {}, headers=bearer(tokens["admin of b"]))
        attack.server.json("PUT", "/v1/streams/a.s", {}, headers=bearer(tokens["a"]))
        attack.server.json("PUT", "/v1/streams/a.t", {}, headers=bearer(tokens["a"]))
        request = attack.server.json("POST", "/v1/tail-requests", {"stream": "b.s", "description": "b-secret"}, headers=bearer(tokens["both"]))["id"]
        guess(attack, tokens["both"], request)
        timing(attack, tokens["both"], 50 if options.quick else 1_000)
        scopes(attack, tokens, request)
        tenants(attack, tokens["a"], request)
        tickets(attack, tokens["a"], request)
        # What was revoked opens nothing any more.
        status, _, text = attack.server.call("DELETE", "/v1/tokens/" + "_".join(tokens["both"].split("_")[:2]))
        if status not in (200, 204):
            attack.fault("revoking", f"{status} {text[:200]!r}")
        ask(attack, "a revoked token", "GET", STREAM, None, bearer(tokens["both"]), (401,))
        at_rest(attack, [ops, *tokens.values()])
