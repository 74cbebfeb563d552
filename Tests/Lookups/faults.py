"""A store that dies, hangs, errs, loses its table or has no room: events flow on, every outcome is visible, rows come back."""

import collections
import json
import random
import signal
import threading
import time

from bench import Bench, DatabaseError, Findings, Readers, Sender, now, percentile, say

WAIT = 0.25
# What a machine that does other things may add: measured as the request without a lookup on the same events, and beyond that
# this. A lookup that did not end its wait is seconds late; the worst wait is printed.
SLACK = 1.5
# Seconds within which rows come again after a repair: a probe comes at pauses that double from 0.5 s while a store fails.
RECOVERY = 10
KEYS = 40


class Flow(threading.Thread):
    """Events at a steady pace, each posted alone."""

    def __init__(self, server, seed, pause=0.01):
        super().__init__(daemon=True)
        self.sender = Sender(server, "flow")
        self.random = random.Random(seed)
        self.pause = pause
        self.sent = 0
        self.is_ending = False
        self.failure = None

    def run(self):
        due = time.monotonic()
        try:
            while not self.is_ending:
                key = self.random.randint(1, KEYS)
                self.sender.send(json.dumps(
                    {"device": f"d{key}", "customer": key, "n": self.sent, "sent": now()}).encode())
                self.sent += 1
                due = max(due + self.pause, time.monotonic() - 0.1)
                time.sleep(max(0, due - time.monotonic()))
        except (OSError, SystemExit) as error:
            self.failure = error


def digest(number, line, arrival, offset):
    record = json.loads(line)
    event = record["event"]
    joined = record.get("lookups", {}).get("it", {})
    return (number, event["n"], event["sent"], arrival, joined.get("source"), joined.get("reason"), joined.get("rows"), event["customer"])


def judge(own, base, findings, title):
    """Every record's wait, outcome and rows."""
    for entry in own:
        number, n, _, arrival, source, reason, rows, key = entry
        if n in base and (arrival - base[n][3]) / 1e9 > WAIT + SLACK:
            findings.add("wait", f"{title}: event {n} came {(arrival - base[n][3]) / 1e6:.0f} ms behind the one without a lookup")
        if source not in ("staged", "fetched", "timeout", "none"):
            findings.add("source", f"{title}: {entry}")
        if (source == "none") != bool(reason) or (source in ("staged", "fetched")) != (rows is not None):
            findings.add("outcome", f"{title}: {entry}")
        if rows is not None and [row["id"] for row in rows] != [key]:
            findings.add("rows", f"{title}: {entry}")


def complete(entries, sent, findings, title):
    """Every event once, and in the order of its key."""
    counts = collections.Counter(entry[1] for entry in entries)
    if sorted(counts) != list(range(sent)) or max(counts.values()) > 1:
        findings.add("records", f"{title}: {len(counts)} of {sent} events, {len(entries)} records")
    order = {}
    for entry in entries:
        if order.get(entry[7], -1) >= entry[1]:
            findings.add("order", f"{title}: key {entry[7]}: event {entry[1]} after {order[entry[7]]}")
        order[entry[7]] = entry[1]


def planted(entries, sent, findings):
    """What is made wrong has to be seen."""
    base = {entry[1]: entry for entry in entries if entry[0] == 0}
    own = [entry for entry in entries if entry[0] == 1]
    good = next(entry for entry in own if entry[6] and entry[1] in base)
    number, n, begin, arrival, source, reason, rows, key = good
    for kind, entry in (
            ("wait", (number, n, begin, base[n][3] + int((WAIT + SLACK) * 1e9) + 1, source, reason, rows, key)),
            ("source", (number, n, begin, arrival, None, reason, rows, key)),
            ("outcome", (number, n, begin, arrival, "none", None, None, key)),
            ("outcome", (number, n, begin, arrival, "timeout", None, rows, key)),
            ("rows", (number, n, begin, arrival, source, reason, rows, key + 1))):
        found = Findings()
        judge([entry], base, found, "planted")
        if kind not in {seen for seen, _ in found}:
            findings.add("self test", f"a planted fault was not seen: {kind}")
    for kind, changed in (("records", own[:-1]), ("records", own + [good]), ("order", list(reversed(own)))):
        found = Findings()
        complete(changed, sent, found, "planted")
        if kind not in {seen for seen, _ in found}:
            findings.add("self test", f"a planted fault was not seen: {kind}")
    say("  planted and seen: a wait, a missing source, two false outcomes, a row of another key, a lost event, one twice, a turned order")


def terminate(bench, role="reader"):
    bench.database.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'")


def scenarios(bench):
    """Name, what breaks it, what mends it, and the sources that must be seen."""
    def run(sql):
        return bench.database.run(sql)

    def kill():
        bench.postgres.kill()

    def restart():
        bench.postgres.start()
        bench.reconnect()

    def hang():
        bench.postgres.signal(signal.SIGSTOP)

    def go_on():
        bench.postgres.signal(signal.SIGCONT)

    def err():
        run("CREATE OR REPLACE FUNCTION note(bigint) RETURNS text LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'out of order, says the database'; END $$")

    def mend():
        run("CREATE OR REPLACE FUNCTION note(bigint) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'n' || $1; END $$")

    def drop():
        run("DROP TABLE customers")

    def fill_room():
        run("ALTER ROLE reader CONNECTION LIMIT 0")
        terminate(bench)

    def make_room():
        run("ALTER ROLE reader CONNECTION LIMIT -1")

    def refuse():
        bench.proxy.mode("refuse")
        bench.proxy.cut()

    def slow():
        bench.proxy.delay(0.4)

    def quick():
        bench.proxy.delay(0)

    def lock():
        bench.locker = bench.postgres.connect()
        bench.locker.run("BEGIN; LOCK TABLE customers IN ACCESS EXCLUSIVE MODE")

    def unlock():
        bench.locker.run("ROLLBACK")
        bench.locker.close()

    return {
        "killed": (kill, restart),
        "hung: every process stopped": (hang, go_on),
        "hung: the way swallows": (lambda: bench.proxy.mode("swallow"), lambda: bench.proxy.mode("pass")),
        "unreachable: connections refused": (refuse, lambda: bench.proxy.mode("pass")),
        "cut once": (lambda: bench.proxy.cut(), lambda: None),
        "slower than maxWait": (slow, quick),
        "errors from every query": (err, mend),
        "no permission": (lambda: run("REVOKE SELECT ON customers FROM reader"), lambda: run("GRANT SELECT ON customers TO reader")),
        "table locked": (lock, unlock),
        "table dropped": (drop, lambda: fill(bench)),
        "column renamed": (lambda: run("ALTER TABLE customers RENAME name TO label"),
                           lambda: run("ALTER TABLE customers RENAME label TO name")),
        "no connection left": (fill_room, make_room),
    }


def fill(bench):
    bench.database.run(
        "CREATE TABLE customers (id bigint PRIMARY KEY, version bigint, name text);"
        f"INSERT INTO customers SELECT n, 1, 'customer ' || n FROM generate_series(1, {KEYS}) n; GRANT SELECT ON customers TO reader")


def restarted(bench, findings, requests, lookup, sent, seed):
    """The server is asked for a lookup, and starts again, while its store is away."""
    bench.postgres.kill()
    begun = time.monotonic()
    status, _, text = bench.server.call("POST", "/v1/tail-requests", {"stream": "flow", "lookups": [
        {**lookup, "query": "SELECT id FROM customers WHERE id = $1"}]})
    answer = json.loads(text)
    say(f"  a lookup registered while its store is away: {status} after {time.monotonic() - begun:.2f} s, {answer.get('field')}:"
        f" {answer.get('detail', '')[:160]}; {answer.get('remedy')}")
    if status != 503 or answer.get("field") != "lookups[0].store":
        findings.add("registration", f"while the store is away: {status} {text[:300]}")
    bench.server.stop()
    begun = time.monotonic()
    bench.server.start()
    ready = time.monotonic() - begun
    readers = Readers(bench.server, requests, digest)
    flow = Flow(bench.server, seed)
    flow.start()
    time.sleep(3)
    repaired = now()
    bench.postgres.start()
    bench.reconnect()
    time.sleep(RECOVERY)
    flow.is_ending = True
    flow.join(10)
    if not readers.wait_for([flow.sent] * 3, 10):
        findings.add("records", f"after the server's restart: of {flow.sent} events {readers.counts()} came")
    entries = readers.end()
    for number in (1, 2):
        own = [entry for entry in entries if entry[0] == number]
        without = [entry for entry in own if entry[6] is None]
        last = max((entry[2] for entry in without), default=repaired)
        say(f"    the server started without its store: ready in {ready:.2f} s; {len(own)} records, {len(without)} without rows, the last sent"
            f" {(last - repaired) / 1e9:.2f} s after the store began to start")
        if len([entry for entry in own if entry[2] > last]) < 20 or not without:
            findings.add("recovery", f"after the server's restart: {own[-1][4:6]}")


def test(options):
    findings = Findings()
    bench = Bench(options.program, "lookup-faults")
    seconds = 3 if options.quick else 8
    try:
        fill(bench)
        bench.database.run(
            "CREATE FUNCTION note(bigint) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'n' || $1; END $$")
        bench.server.start()
        bench.stream("flow", durability="os")
        lookup = {
            "name": "it", "store": "crm", "query": "SELECT id, name, note(id) FROM customers WHERE id = $1", "key": "event.customer",
            "maxStaleness": "200ms", "maxWait": f"{WAIT * 1000:.0f}ms"}
        requests = [
            bench.request("flow", None, predictions=False), bench.request("flow", [lookup], minConfidence=0, trivial=True),
            bench.request("flow", [{
                **lookup, "store": "other", "prefetch": False, "query": lookup["query"].replace("= $1", "= ANY($1)")}], predictions=False)]
        names = ["no lookup", "= $1, prefetch", "= ANY($1)"]
        readers = Readers(bench.server, requests, digest)
        flow = Flow(bench.server, options.seed)
        flow.start()
        time.sleep(3)
        say(f"  about 100 events a second over {KEYS} keys, maxStaleness 200 ms, maxWait {WAIT * 1e3:.0f} ms; each fault for {seconds} s;"
            f" wait: arrival behind that of the same event in a request without a lookup")
        everything = []
        worst_ever = 0.0
        for title, (break_it, mend_it) in scenarios(bench).items():
            if not flow.is_alive():
                findings.add("events", f"posting ended before '{title}': {flow.failure}")
                break
            readers.wait_for([flow.sent] * 3, 5)
            everything += readers.take()
            broken = now()
            break_it()
            time.sleep(seconds)
            mended_begin = now()
            mend_it()
            mended = now()
            time.sleep(RECOVERY)
            sent = flow.sent
            if not readers.wait_for([sent] * 3, 10):
                findings.add("records", f"{title}: of {sent} events {readers.counts()} came")
            entries = readers.take()
            everything += entries
            base = {entry[1]: entry for entry in entries if entry[0] == 0}
            say(f"  {title}")
            for number in (1, 2):
                own = [entry for entry in entries if entry[0] == number and entry[2] >= broken]
                during = [entry for entry in own if entry[2] < mended_begin]
                waits = [(entry[3] - base[entry[1]][3]) / 1e9 for entry in own if entry[1] in base]
                worst = max(waits, default=0)
                worst_ever = max(worst_ever, worst)
                without = [entry for entry in own if entry[6] is None]
                # Recovered: behind the last event without rows, of which at least twenty follow.
                last = max((entry[2] for entry in own if entry[6] is None and entry[2] >= mended), default=None)
                back = 0.0 if last is None else (last - mended) / 1e9
                tail = [entry for entry in own if last is None or entry[2] > last]
                sources = collections.Counter(entry[4] for entry in during)
                say(f"    {names[number]:16} during: {dict(sources)}, wait p50 {percentile(waits, .5) * 1e3:.1f} ms, worst {worst * 1e3:.0f} ms;"
                    f" the last event without rows was sent {back:.2f} s after the repair")
                reasons = collections.Counter(entry[5] for entry in without if entry[5])
                for reason, count in reasons.most_common(3):
                    say(f"      {count} × {reason[:230]}")
                judge(own, base, findings, f"{title}, {names[number]}")
                if len(tail) < 20:
                    findings.add("recovery", f"{title}, {names[number]}: no rows within {RECOVERY} s after the repair; last: {without[-1][4:6]}")
                if not during:
                    findings.add("events", f"{title}: none during the fault")
                if title not in ("cut once",) and not without:
                    findings.add("invisible", f"{title}, {names[number]}: every event had rows; the fault was none")
        flow.is_ending = True
        flow.join(10)
        readers.wait_for([flow.sent] * 3, 10)
        everything += readers.end()
        for number in range(3):
            own = [entry for entry in everything if entry[0] == number]
            complete(own, flow.sent, findings, names[number])
            if number == 0:
                continue
            sources = collections.Counter(entry[4] for entry in own)
            statistics = bench.statistics(requests[number])[0]
            shown = {"staged": statistics["staged"], "fetched": statistics["fetched"], "timeout": statistics["timeouts"],
                     "none": statistics["none"]}
            say(f"  {names[number]}: {len(own)} records: {dict(sources)}; statistics: " + json.dumps({
                member: value for member, value in statistics.items() if member not in ("name", "store")}))
            for source, count in shown.items():
                if sources.get(source, 0) != count:
                    findings.add("statistics", f"{names[number]}: {source}: {count}, of records {sources.get(source, 0)}")
        say(f"  {flow.sent} events in all, worst wait {worst_ever * 1e3:.0f} ms (maxWait {WAIT * 1e3:.0f} ms)")
        planted(everything, flow.sent, findings)
        status, _, text = bench.server.call("GET", "/v1/status")
        say(f"  stores in /v1/status: {json.dumps(json.loads(text).get('stores'))[:600]}")
        restarted(bench, findings, requests, lookup, flow.sent, options.seed)
    except DatabaseError as error:
        findings.add("test", f"the database: {error}")
    finally:
        bench.close(findings)
    return findings
