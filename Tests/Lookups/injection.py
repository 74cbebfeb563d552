"""Keys and queries that try to be more than keys and queries."""

import json
import time

from bench import Bench, Findings, Readers, Sender, say

# Keys of a text column. Each has a row of its own, so that it is seen to arrive as it is, and not only to do no harm.
TEXTS = [
    "good", "1; DROP TABLE customers", "1'; DROP TABLE customers; --", "' OR '1'='1", "'' OR 1=1 --", "\" OR \"\"=\"", "\\", "\\'", "\\x27",
    "$1", "$$; DROP TABLE customers; $$", "?1", ":key", "%s", "%n%n", "{}", "${jndi:ldap://x}", "{1,2}", "{\"1\",\"2\"}", "},{", "NULL",
    "null", "null\t", "a\nb", "a\rb", "a\tb", "\u0001", "\u007f", "\u2028", "\u2019 OR 1=1", "\u02bc", "\uff07", "ä", "a\u0308", "\U0001f642", "",
    " ", " good", "good ", "GOOD", "0x31", "1e3", "042", "TRUE", "/* */", "--", "x" * 2_000, "'" * 1_000, "{" * 500, ",", "\"a,b\"",
    "<script>", "../../etc/passwd", "a" + "\u200b", "CHAR(39)", "); DELETE FROM customers; --", "E'\\''", "U&'\\0027'",
]
# Keys of a bigint column: what is sent, and the row's id that is right; None: no row.
NUMBERS = [
    (7, 7), ("7", 7), (7.0, 7), ("1; DROP TABLE customers", None), ("7 OR 1=1", None), ("7'", None), ("''", None), ("", None),
    ("abc", None), (7.5, None), ("7.5", None), ("9223372036854775807", None), ("9223372036854775808", None),
    (9223372036854775808, None), (-1, None), ("-9223372036854775809", None), ("1" * 400, None), (1e300, None), ("NaN", None),
    ("Infinity", None), ("0x7", "0x7"), ("7\u0000", None), ("\u0000", None), (True, None), ("{7}", None), ("{7,8}", None),
    ("7,8", None), ("$1", None), ("NULL", None), ("null", None), ("x" * 100_000, None), ("7 ", "7 "), (" 7", " 7"), ("+7", "+7"),
    ("007", "007"), ("\uff17", None), ("7\u200b", None), ("1_0", "1_0"),
]
# No keys at all: a reason must say so, and no fetch is made.
NO_KEYS = [None, [7], [], {"id": 7}, {}]

QUERIES = {
    "a good one": ("SELECT id, name FROM customers WHERE id = $1", None),
    "a good one, many keys": ("SELECT id, name FROM customers WHERE id = ANY($1)", None),
    "a missing table": ("SELECT * FROM customer WHERE id = $1", "query"),
    "a missing column": ("SELECT nme FROM customers WHERE id = $1", "query"),
    "a missing schema": ("SELECT id FROM shop.customers WHERE id = $1", "query"),
    "a table without permission": ("SELECT secret FROM secrets WHERE id = $1", "query"),
    "two statements": ("SELECT id FROM customers WHERE id = $1; DROP TABLE customers", "query"),
    "two selects": ("SELECT id FROM customers WHERE id = $1; SELECT 1", "query"),
    "an update": ("UPDATE customers SET name = 'x' WHERE id = $1", "query"),
    "an update that returns": ("UPDATE customers SET name = 'x' WHERE id = $1 RETURNING id", "query"),
    "an insert": ("INSERT INTO customers (id) VALUES ($1) RETURNING id", "query"),
    "a delete": ("DELETE FROM customers WHERE id = $1 RETURNING id", "query"),
    "a delete in a WITH": ("WITH gone AS (DELETE FROM customers WHERE id = $1 RETURNING id) SELECT id FROM gone", "query"),
    "a lock": ("SELECT id FROM customers WHERE id = $1 FOR UPDATE", "query"),
    "a shared lock": ("SELECT id FROM customers WHERE id = $1 FOR KEY SHARE", "query"),
    "a new table": ("SELECT id INTO stolen FROM customers WHERE id = $1", "query"),
    "a drop": ("DROP TABLE customers", "query"),
    "a call": ("CALL harm($1)", "query"),
    "a block": ("DO $$ BEGIN DELETE FROM customers; END $$", "query"),
    "a setting": ("SET default_transaction_read_only = off", "query"),
    "a copy": ("COPY customers TO STDOUT", "query"),
    "a notice": ("NOTIFY foretail, '$1'", "query"),
    "the end of a transaction": ("COMMIT", "query"),
    "an explanation": ("EXPLAIN ANALYZE DELETE FROM customers WHERE id = $1", "query"),
    "nothing": ("", "query"),
    "only a comment": ("-- $1", "query"),
    "no parameter": ("SELECT id FROM customers", "query"),
    "two parameters": ("SELECT id FROM customers WHERE id = $1 AND name = $2", "query"),
    "another parameter": ("SELECT id FROM customers WHERE id = $2", "query"),
    "a parameter in quotes": ("SELECT id FROM customers WHERE name = '$1'", "query"),
    "two columns of one name": ("SELECT id, id FROM customers WHERE id = $1", "query"),
    "a way out of brackets": ("SELECT id FROM customers WHERE id = $1) AS a; DROP TABLE customers; --", "query"),
    "a way out of brackets, silent": ("SELECT id FROM customers WHERE id = $1) AS a CROSS JOIN (SELECT 1 AS two", "query"),
    "an open bracket": ("SELECT id FROM customers WHERE id = ($1", "query"),
    "an open quote": ("SELECT id FROM customers WHERE id = $1 AND name = 'x", "query"),
    "an open comment": ("SELECT id FROM customers WHERE id = $1 /* x", "query"),
    "a comment at the end": ("SELECT id FROM customers WHERE id = $1 -- x", None),
    "a semicolon at the end": ("SELECT id FROM customers WHERE id = $1;", None),
    "a zero byte": ("SELECT id FROM customers WHERE id = $1 AND name = '\u0000'", "query"),
}

# What a function does cannot be told from the query: refused when it is registered, or else by the server when it is run. Nothing
# may change, and the record says why there are no rows.
EFFECTS = {
    "a large object": "SELECT lo_create(0) AS n, id FROM customers WHERE id = $1",
    "a sequence": "SELECT nextval('counter') AS n, id FROM customers WHERE id = $1",
    "a function that writes": "SELECT harmful(id) AS n, id FROM customers WHERE id = $1",
    "leaving read-only, then a function": "SELECT set_config('transaction_read_only', 'off', true), harmful(id) FROM customers WHERE id = $1",
    "leaving read-only for good": "SELECT set_config('default_transaction_read_only', 'off', false), id FROM customers WHERE id = $1",
    "both in one request, one behind the other on a connection": (
        "SELECT set_config('default_transaction_read_only', 'off', false), id FROM customers WHERE id = $1",
        "SELECT harmful(id) AS behind, id FROM customers WHERE id = $1"),
    "a function again": "SELECT harmful(id) AS again, id FROM customers WHERE id = $1",
}

OTHERS = [
    ({"store": "none"}, "store", 409), ({"store": None}, "store"), ({"query": None}, "query"), ({"query": 7}, "query"), ({"key": "event."}, "key"),
    ({"key": "event.customer ="}, "key"), ({"key": ""}, "key"), ({"key": "nothing.customer"}, "key"), ({"key": "1; DROP TABLE customers"}, "key"),
    ({"maxStaleness": "0s"}, "maxStaleness"), ({"maxStaleness": "-1s"}, "maxStaleness"), ({"maxWait": "-1s"}, "maxWait"),
    ({"rows": 0}, "rows"), ({"rows": 1_000_000}, "rows"), ({"onNotStaged": "drop"}, "onNotStaged"), ({"onNoRow": "wait"}, "onNoRow"),
    ({"ttl": "x"}, "ttl"), ({"name": ""}, "name"), ({"name": "x" * 65}, "name"), ({"nmae": "x"}, "nmae"), ({"name": 7}, "name"),
]


def state(bench):
    """What must not change: every table's rows, the tables and functions there are, the sequence, and large objects."""
    return bench.database.run(
        "SELECT (SELECT md5(string_agg(c::text, '|' ORDER BY id)) FROM customers c),"
        " (SELECT md5(string_agg(t::text, '|' ORDER BY k)) FROM texts t), (SELECT count(*) FROM pg_class WHERE relkind <> 't'),"
        " (SELECT count(*) FROM pg_proc), (SELECT last_value::text || is_called FROM counter),"
        " (SELECT count(*) FROM pg_largeobject_metadata), (SELECT count(*) FROM pg_roles)")


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def digest(number, line, arrival, offset):
    record = json.loads(line)
    return (number, record["event"]["n"], record["lookups"]["it"], arrival)


def registration(bench, findings):
    base = {"name": "it", "store": "crm", "query": QUERIES["a good one"][0], "key": "event.key"}
    refused = accepted = 0
    for title, (query, field) in QUERIES.items():
        status, _, text = bench.server.call(
            "POST", "/v1/tail-requests", {"stream": "keys", "lookups": [{**base, "query": query}]})
        answer = json.loads(text)
        if field is None:
            accepted += 1
            if status != 201:
                findings.add("refused", f"{title}: {query!r}: {status} {answer.get('detail')}")
            continue
        refused += 1
        if status != 400 or answer.get("field") != f"lookups[0].{field}":
            findings.add("registration", f"{title}: {query!r}: {status} {answer.get('field')} {answer.get('detail', '')[:200]}")
        elif "reader@" in text.decode() or not answer.get("detail"):
            findings.add("message", f"{title}: {answer}")
    for change, field, *other in OTHERS:
        expected = other[0] if other else 400
        lookup = {name: value for name, value in {**base, **change}.items() if value is not None}
        status, _, text = bench.server.call("POST", "/v1/tail-requests", {"stream": "keys", "lookups": [lookup]})
        answer = json.loads(text)
        refused += 1
        if status != expected or answer.get("field") != f"lookups[0].{field}":
            findings.add("registration", f"{change}: {status} {answer.get('field')} {answer.get('detail', '')[:200]}")
    say(f"  registration: {refused} refused with 400 (an unknown store with 409) and the place, {accepted} taken, as they should be"
        if not findings else f"  registration: {refused} to be refused, {accepted} to be taken; see below")


def poison(bench, findings):
    """A key for which the query fails, over and over: no business of other keys."""
    for title, query, bad in (
            ("a cast", "SELECT id, name FROM customers WHERE id = $1::text::bigint", "abc"),
            ("a division by zero", "SELECT id, 10 / (id - 9) AS name FROM customers WHERE id = $1", 9),
            ("a division by zero, ANY", "SELECT id, 10 / (id - 9) AS name FROM customers WHERE id = ANY($1)", 9)):
        # Nothing staged hides what is asked; each event waits for its answer before the next is sent.
        request = bench.request("poison", [{
            "name": "it", "store": "poisoned", "query": query, "key": "event.key", "maxWait": "5s", "maxStaleness": "1ms"}], predictions=False)
        readers = Readers(bench.server, [request], digest)
        sender = Sender(bench.server, "poison")
        keys = [bad] * 12 + [8] + [bad, bad, 8] * 6
        for n, key in enumerate(keys):
            sender.send(json.dumps({"device": "d", "n": n, "key": key}).encode())
            readers.wait_for([n + 1], 6)
        entries = readers.end()
        good = [entry for entry in entries if keys[entry[1]] == 8]
        hurt = [entry for entry in good if not entry[2].get("rows")]
        say(f"    a key that fails ({title}) {len(entries) - len(good)} times: the good key between had its row {len(good) - len(hurt)}"
            f" times of {len(good)}")
        if hurt:
            findings.add("poison", f"{title}: {query!r}: a failing key takes the store from others: {json.dumps(hurt[0][2])[:300]}")
        bench.server.call("DELETE", f"/v1/tail-requests/{request}")
        time.sleep(1)


def effects(bench, findings, before):
    """Runs queries whose functions write."""
    for title, query in EFFECTS.items():
        queries = (query,) if isinstance(query, str) else query
        status, _, text = bench.server.call("POST", "/v1/tail-requests", {"stream": "effects", "predictions": False, "lookups": [
            {"name": name, "store": "other", "query": query, "key": "event.key", "maxWait": "5s"}
            for name, query in zip(("at", "it") if len(queries) == 2 else ("it",), queries)]})
        if status == 400:
            say(f"    {title}: refused when it is registered: {json.loads(text)['detail'][:120]}")
            continue
        request = json.loads(text)["id"]
        readers = Readers(bench.server, [request], digest)
        Sender(bench.server, "effects").send(b"".join(
            json.dumps({"device": f"d{n}", "n": n, "key": n}).encode() + b"\n" for n in range(1, 9)))
        readers.wait_for([8], 10)
        said = sorted({entry[2].get("reason", json.dumps(entry[2].get("rows")))[:150] for entry in readers.end()})
        after = state(bench)
        say(f"    {title}: registered; {said}")
        if after != before and title == "a large object" and bench.postgres.version < 16:
            say("      (PostgreSQL before version 16 makes large objects in read-only transactions too; docs/stores.md leaves"
                " functions with such effects to whoever writes the query)")
            before = after
        elif after != before:
            findings.add("changed", f"by {title}: {query!r}: {before[0]} became {after[0]}")
            before = after
        bench.server.call("DELETE", f"/v1/tail-requests/{request}")


def test(options):
    findings = Findings()
    bench = Bench(options.program, "lookup-injection")
    try:
        bench.database.run(
            "CREATE TABLE customers (id bigint PRIMARY KEY, name text);"
            "INSERT INTO customers SELECT n, 'customer ' || n FROM generate_series(1, 1000) n;"
            "CREATE TABLE texts (k text PRIMARY KEY, n int);"
            "CREATE TABLE secrets (id bigint, secret text); REVOKE ALL ON secrets FROM reader;"
            "CREATE SEQUENCE counter; GRANT ALL ON SEQUENCE counter TO reader;"
            # Whoever may write must be kept from it by the store, not by missing rights alone.
            "GRANT INSERT, UPDATE, DELETE ON customers, texts TO reader; GRANT CREATE ON SCHEMA public TO reader;"
            "CREATE PROCEDURE harm(bigint) LANGUAGE sql AS 'DELETE FROM customers WHERE id = $1';"
            "CREATE FUNCTION harmful(bigint) RETURNS int LANGUAGE sql AS 'DELETE FROM customers WHERE id = $1; SELECT 1'")
        for number, text in enumerate(TEXTS):
            bench.database.run(f"INSERT INTO texts VALUES ({quoted(text)}, {number})")
        before = state(bench)
        bench.server.start()
        bench.stream("keys", key="device")
        registration(bench, findings)
        if state(bench) != before:
            findings.add("changed", f"by registration: {before} became {state(bench)}")
        for request in bench.server.json("GET", "/v1/tail-requests")["tailRequests"]:
            bench.server.call("DELETE", f"/v1/tail-requests/{request['id']}")

        spelled = []
        for key, right in NUMBERS:
            spelled.append(int(bench.database.run(f"SELECT {quoted(right)}::bigint")[0][0]) if isinstance(right, str)
                           and right.strip(" +0123456789") == "" else None if isinstance(right, str) else right)

        def lookup(query, name="it"):
            return [{"name": name, "store": "crm", "query": query, "key": "event.key", "maxWait": "5s", "maxStaleness": "60s"}]

        texts = [bench.request("texts", lookup(f"SELECT k, n FROM texts WHERE k = {form}"), predictions=False)
                 for form in ("$1", "ANY($1)")]
        numbers = [bench.request("numbers", lookup(f"SELECT id, name FROM customers WHERE id = {form}"), predictions=False)
                   for form in ("$1", "ANY($1)")]
        # A key's place in an expression is no way in either.
        numbers.append(bench.request("numbers", [{
            "name": "it", "store": "crm", "query": "SELECT id, name FROM customers WHERE id = $1::text::bigint", "key": "event.key",
            "maxWait": "5s"}], predictions=False))
        readers = Readers(bench.server, texts + numbers, digest)
        rounds = 3
        sent = [0] * 5
        for round_number in range(rounds):
            for stream, keys in (("texts", TEXTS), ("numbers", [key for key, _ in NUMBERS] + NO_KEYS)):
                lines = [json.dumps({"device": f"d{n}", "n": n, "key": key}) for n, key in enumerate(keys)]
                if round_number == 2:
                    lines.reverse()
                Sender(bench.server, stream).send("\n".join(lines).encode() + b"\n")
                for number in (range(2) if stream == "texts" else range(2, 5)):
                    sent[number] += len(keys)
        if not readers.wait_for(sent, 20):
            findings.add("records", f"of {sent} events {readers.counts()} came")
        sources, reasons = {}, {}
        odd = {}
        for number, n, joined, _ in readers.end():
            sources[joined["source"]] = sources.get(joined["source"], 0) + 1
            rows = joined.get("rows")
            if joined.get("reason"):
                reasons[joined["reason"]] = reasons.get(joined["reason"], 0) + 1
            if number < 2:
                if rows != [{"k": TEXTS[n], "n": n}]:
                    findings.add("texts", f"request {number}, key {TEXTS[n][:60]!r}: {json.dumps(joined)[:300]}")
                continue
            if n >= len(NUMBERS):
                if joined["source"] != "none" or "no key" not in joined.get("reason", ""):
                    findings.add("no key", f"request {number}, key {NO_KEYS[n - len(NUMBERS)]!r}: {json.dumps(joined)[:300]}")
                continue
            key, right = NUMBERS[n]
            if number == 4:
                # A cast fails in the query: that key's own failure, and no other key's.
                odd.setdefault(joined.get("reason", "rows")[:90], []).append(str(key)[:12])
                if right is not None and not isinstance(right, str) and key != 7.0 and rows is None:
                    findings.add("a key fails for others", f"key {key!r}: {json.dumps(joined)[:300]}")
                continue
            if isinstance(right, str) and spelled[n] is None:
                # What PostgreSQL reads from it depends on its version: rows of one key or none.
                if rows is None or len(rows) > 1:
                    findings.add("numbers", f"request {number}, key {key!r}: {json.dumps(joined)[:300]}")
                continue
            want = [] if spelled[n] is None else [{"id": spelled[n], "name": f"customer {spelled[n]}"}]
            if rows != want:
                findings.add(
                    "numbers", f"request {number} ({'$1' if number == 2 else 'ANY'}), key {str(key)[:60]!r}: expected {want},"
                    f" got {json.dumps(joined)[:300]}")
        say(f"  keys: {len(TEXTS)} texts, {len(NUMBERS)} for numbers, {len(NO_KEYS)} that are none, {rounds} times, over `= $1` and"
            f" `= ANY($1)`: {sum(sent)} records, sources {sources}")
        say(f"  reasons: {json.dumps(reasons)[:1000]}")
        for reason, keys in odd.items():
            say(f"    with a cast in the query: {reason!r}: {len(keys)}, such as {sorted(set(keys))[:4]}")
        after = state(bench)
        if after != before:
            findings.add("changed", f"{before} became {after}")
        else:
            say("  tables, rows, functions, sequence, large objects, roles: as before")
        bench.stream("poison", key="device")
        poison(bench, findings)
        bench.stream("effects", key="device")
        effects(bench, findings, after)
        # The check sees a change.
        before = state(bench)
        bench.database.run("INSERT INTO customers VALUES (0, 'x')")
        if state(bench) == before:
            findings.add("self test", "a planted change was not seen")
        else:
            say("  a planted row: seen")
    finally:
        bench.close(findings)
    return findings
