"""Rows that a writer changes while events flow: none is forwarded that is staler than its lookup allows.

The writer keeps what it committed: for every version the moments before its statement was sent and after it was confirmed. A row that is
forwarded is stale since its version was replaced, and that was at the latest when the replacing statement was confirmed. Held against
the history are, for every record:

* leaving: the moment that its `read` and `age` state, less the moment its version was replaced, is at most maxStaleness;
* age: `age` itself is at most maxStaleness;
* reading: its version was not replaced before the moment that `read` states (the claim on which the first check rests);
* arrival: the moment it states as that of its leaving lies between the sending of the event and its arrival here (what is stated to
  lie after the arrival counts as leaving at the arrival);
* the version is one that was written, of the right key, and begun before the record arrived.

All moments are of the machine's monotonic clock; `read`, of the wall clock, is placed on it by an offset taken at each arrival. Whoever
reads two clocks may be interrupted between them, on a busy machine for long: what the moments of "reading" and "arrival" are off by is
told from half a millisecond on, and a fault where more than a twentieth of a request's records are off by more than twenty. "leaving" and
"age" have no tolerance.
"""

import array
import bisect
import json
import random
import signal
import subprocess
import threading
import time

from bench import Bench, DatabaseError, Findings, Readers, Sender, fork, milliseconds, now, percentile, say, wall_nanoseconds

KEYS = 300
# What the two readings of the clocks may be apart, in nanoseconds.
CLOCKS = 500_000
INTERRUPTION = 20_000_000
# The share of a request's records that may be off by more than that.
INTERRUPTED = 0.05


class Changes:
    """A writer in a process of its own, over a connection that no fault touches but a restart."""

    def __init__(self, port, seed, pause):
        self.pipe, inner = fork.Pipe()
        self.process = fork.Process(target=self._run, args=(port, seed, pause, inner), daemon=True)
        self.process.start()

    def end(self):
        """Versions written: [(key, version, before, after)], in order of version; and how many were uncertain for a while."""
        self.pipe.send("end")
        answer = self.pipe.recv()
        self.process.join()
        return answer

    def _run(self, port, seed, pause, pipe):
        from bench import Database
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        chance = random.Random(seed)
        database, history, version, doubtful, open_batch = None, [], 1, 0, None
        while True:
            if pipe.poll():
                if open_batch is None:
                    pipe.send((history, doubtful))
                    return
            try:
                if database is None:
                    database = Database(port, timeout=10)
                if open_batch:
                    # Whether the statement that was broken off was committed.
                    keys, mine, before = open_batch
                    found = database.run(f"SELECT count(*) FROM customers WHERE version = {mine}")[0][0]
                    after = now()
                    if int(found):
                        history += [(key, mine, before, after) for key in keys]
                    doubtful += len(keys)
                    open_batch = None
                    continue
                version += 1
                keys = chance.sample(range(1, KEYS + 1), chance.choice((1, 1, 2, 5)))
                before = now()
                open_batch = (keys, version, before)
                database.run(
                    f"UPDATE customers SET version = {version}, name = 'v{version}' WHERE id IN ({','.join(map(str, keys))})")
                after = now()
                open_batch = None
                history += [(key, version, before, after) for key in keys]
                time.sleep(pause * chance.random() * 2)
            except (OSError, DatabaseError):
                if database:
                    database.close()
                database = None
                time.sleep(0.01)


def digest(number, line, arrival, offset):
    record = json.loads(line)
    event = record["event"]
    joined = record["lookups"]["it"]
    rows = joined.get("rows")
    if rows is None:
        return (number, event["n"], event["customer"], -1, joined["source"], arrival, 0, 0)
    if len(rows) != 1 or rows[0]["id"] != event["customer"] or rows[0]["name"] != f"v{rows[0]['version']}" \
            or joined["version"] != str(rows[0]["version"]):
        return (number, event["n"], event["customer"], -2, line[:300].decode(), arrival, 0, 0)
    return (
        number, event["n"], event["customer"], rows[0]["version"], joined["source"], arrival,
        wall_nanoseconds(joined["read"]) - offset, round(joined["age"] * 1e9))


class History:
    """What was committed, by key."""

    def __init__(self, changes, keys=KEYS):
        self.versions = {key: [1] for key in range(1, keys + 1)}
        self.before = {key: [0] for key in range(1, keys + 1)}
        self.after = {key: [0] for key in range(1, keys + 1)}
        for key, version, before, after in changes:
            self.versions[key].append(version)
            self.before[key].append(before)
            self.after[key].append(after)

    def place(self, key, version):
        """Where a version stands in its key's; -1: it was never written."""
        place = bisect.bisect_left(self.versions[key], version)
        return place if place < len(self.versions[key]) and self.versions[key][place] == version else -1

    def replaced(self, key, place):
        """When a version was replaced at the latest; nil: it never was."""
        return self.after[key][place + 1] if place + 1 < len(self.after[key]) else None


def check(entries, history, limits, sent, findings, title=""):
    """Holds records against the history; gives, by request, how stale the rows were that were not current."""
    figures = {}
    for number, n, key, version, source, arrival, read, age in entries:
        own = figures.setdefault(number, {
            "leaving": [], "arrival": [], "ages": [], "sources": {}, "behind": [], "over": 0, "off": [], "interrupted": {}})
        if version == -2:
            findings.add(f"{title}rows", source)
            continue
        own["sources"][source] = own["sources"].get(source, 0) + 1
        if version == -1:
            continue
        limit = limits[number]
        place = history.place(key, version)
        if place < 0 or history.before[key][place] > arrival:
            findings.add(f"{title}version", f"request {number}, event {n}: key {key}: version {version} was not written by then")
            continue
        stated = read + age
        left = min(stated, arrival)
        own["ages"].append(age)
        own["behind"].append(arrival - left)
        if age > limit:
            findings.add(f"{title}age", f"request {number}, event {n}: age {age / 1e9} s, allowed {limit / 1e9}")
        off = max(stated - arrival, sent[n] - stated)
        if off > CLOCKS:
            own["off"].append(off)
        if off > INTERRUPTION:
            own["interrupted"].setdefault("arrival", []).append(
                f"request {number}, event {n}: it left {(stated - arrival) / 1e6:.3f} ms after it arrived,"
                f" {(stated - sent[n]) / 1e6:.3f} ms after it was sent")
        replaced = history.replaced(key, place)
        if replaced is None or replaced > arrival:
            continue
        if replaced < read - CLOCKS:
            own["off"].append(read - replaced)
        if replaced < read - INTERRUPTION:
            own["interrupted"].setdefault("reading", []).append(
                f"request {number}, event {n}: key {key}: version {version} was replaced"
                f" {(read - replaced) / 1e6:.3f} ms before it was read, as `read` has it")
        own["arrival"].append(arrival - replaced)
        own["over"] += arrival - replaced > limit
        if replaced <= left:
            own["leaving"].append(left - replaced)
            if left - replaced > limit:
                findings.add(
                    f"{title}stale", f"request {number}, event {n}: key {key}, version {version}, {source}: replaced"
                    f" {(left - replaced) / 1e6:.1f} ms before it left, allowed {limit / 1e6:.0f}")
    for own in figures.values():
        for kind, places in own["interrupted"].items():
            if len(places) > INTERRUPTED * len(own["ages"]):
                for place in places:
                    findings.add(f"{title}{kind}", place)
    return figures


def planted(entries, history, limits, sent, findings):
    """Rows made stale have to be seen, each kind by its check."""
    chance = random.Random(1)
    usable = [entry for entry in entries if entry[3] > 0]
    chance.shuffle(usable)
    done = set()
    for entry in usable:
        number, n, key, version, source, arrival, read, age = entry
        place = history.place(key, version)
        left = read + age
        if "older version" not in done:
            older = next((
                earlier for earlier in range(place - 1, -1, -1)
                if history.replaced(key, earlier) < left - limits[number]), None)
            if older is not None:
                found = Findings()
                check([(number, n, key, history.versions[key][older], source, arrival, read, age)], history, limits, sent, found)
                if not {"stale", "reading"} <= {kind for kind, _ in found}:
                    findings.add("self test", f"a planted stale row was not seen: {list(found)}")
                # The same with `read` made to fit the lie: by staleness and age alone.
                found = Findings()
                lie = history.replaced(key, older) - 1_000_000
                check([(number, n, key, history.versions[key][older], source, arrival, lie, left - lie)], history, limits, sent, found)
                if not {"stale", "age"} <= {kind for kind, _ in found}:
                    findings.add("self test", f"a planted stale row with a fitting `read` was not seen: {list(found)}")
                done.add("older version")
        if "age" not in done:
            found = Findings()
            check([(number, n, key, version, source, arrival, read - limits[number], limits[number] + 1)], history, limits, sent, found)
            if "age" not in {kind for kind, _ in found}:
                findings.add("self test", "a planted age was not seen")
            done.add("age")
        if "unknown" not in done:
            found = Findings()
            check([(number, n, key, 10 ** 12, source, arrival, read, age)], history, limits, sent, found)
            if "version" not in {kind for kind, _ in found}:
                findings.add("self test", "a planted unknown version was not seen")
            done.add("unknown")
        if len(done) == 3:
            break
    if len(done) < 3:
        findings.add("self test", f"could plant only {done}")
    return sorted(done)


def incidents(bench):
    """What happens to the way and the store while events flow: at which share of the run, what."""
    def restart():
        bench.postgres.stop()
        bench.postgres.start()

    def crash():
        bench.postgres.kill()
        bench.postgres.start()

    return [
        (0.15, "all connections cut", bench.proxy.cut),
        (0.30, "PostgreSQL restarted", restart),
        (0.45, "the way swallows", lambda: bench.proxy.mode("swallow")),
        (0.55, "the way is whole again", lambda: bench.proxy.mode("pass")),
        (0.65, "PostgreSQL killed and started", crash),
        (0.80, "all connections cut", bench.proxy.cut),
        (0.85, "all connections cut", bench.proxy.cut),
    ]


def outages(entries, sent, happened, begun):
    """How long events of the first request had no rows after each incident."""
    bare = [sent[entry[1]] for entry in entries if entry[0] == 0 and entry[3] == -1]
    calm = sum(1 for moment in bare if not happened or moment < happened[0][2])
    parts = [f"{calm} before all"]
    for place, (_, what, begin, end) in enumerate(happened):
        until = happened[place + 1][2] if place + 1 < len(happened) else max(sent.values())
        own = [moment for moment in bare if begin <= moment < until]
        last = f", the last {(max(own) - end) / 1e9:+.1f} s from its end, the next incident at {(until - end) / 1e9:+.1f} s" if own else ""
        parts.append(f"{what} (took {(end - begin) / 1e9:.1f} s): {len(own)}{last}")
    say("    events without rows: " + "; ".join(parts))


def one_phase(options, findings, title, watch, limits, total, rate, first):
    bench = Bench(options.program, "lookup-stale", delay=0.0005)
    try:
        bench.database.run(
            "CREATE TABLE customers (id bigint PRIMARY KEY, version bigint, name text) WITH (fillfactor = 50);"
            f"INSERT INTO customers SELECT n, 1, 'v1' FROM generate_series(1, {KEYS}) n")
        if watch:
            ended = subprocess.run(
                [options.program, "store", "watch", f"postgres://postgres@127.0.0.1:{bench.postgres.port}/postgres", "customers",
                 "--key", "id"], capture_output=True, text=True)
            if ended.returncode:
                findings.add("watch", f"status {ended.returncode}: {ended.stdout}{ended.stderr}")
            else:
                say(f"    {ended.stdout.strip()}")
        bench.server.start()
        bench.stream("flow", durability="os")
        requests = []
        for limit, form, predictions in zip(limits, ("= $1", "= $1", "= ANY($1)"), (True, False, True)):
            requests.append(bench.request("flow", [{
                "name": "it", "store": "crm", "query": f"SELECT id, version, name FROM customers WHERE id {form}",
                "key": "event.customer", "maxStaleness": f"{limit // 1_000_000}ms", "maxWait": "100ms"}],
                predictions=predictions, minConfidence=0, trivial=True))
        readers = Readers(bench.server, requests, digest)
        changes = Changes(bench.postgres.port, options.seed, 0.002)
        sender = Sender(bench.server, "flow")
        chance = random.Random(options.seed + first)
        sent = {}
        plan, planned = incidents(bench), total
        happened = []

        def happen():
            for share, what, act in plan:
                while state["sent"] < share * planned:
                    time.sleep(0.01)
                at, moment = state["sent"], now()
                act()
                happened.append((at, what, moment, now()))

        state = {"sent": 0}
        trouble = threading.Thread(target=happen, daemon=True)
        trouble.start()
        begun = time.monotonic()
        entries = []
        figures, history_parts = None, None
        batch = 50
        due = begun
        # The plan is followed to its end: on a slow machine a restart lasts longer than the events that were thought for it.
        while state["sent"] < planned or trouble.is_alive():
            at = now()
            lines = []
            for _ in range(batch):
                n = state["sent"]
                key = min(KEYS, 1 + int(chance.random() ** 2 * KEYS))
                sent[n] = at
                lines.append(f'{{"device":"d{key}","customer":{key},"n":{n},"load":{chance.randint(0, 9)}}}')
                state["sent"] += 1
            sender.send("\n".join(lines).encode())
            due += batch / rate
            pause = due - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            else:
                due = time.monotonic()
            # Readers that lie far behind would only measure themselves.
            while state["sent"] % (batch * 20) == 0 and state["sent"] - min(readers.counts()) > 20_000:
                time.sleep(0.05)
        seconds, total = time.monotonic() - begun, state["sent"]
        trouble.join()
        if not readers.wait_for([total] * len(requests), 60):
            findings.add("records", f"{title}: of {total} events {readers.counts()} came")
        entries = readers.end()
        changed, doubtful = changes.end()
        widths = [after - before for _, _, before, after in changed]
        history = History(changed)
        say(f"    {total:,} events over {KEYS} keys in {seconds:.0f} s; {len(changed):,} versions committed, a statement confirmed in"
            f" {percentile(widths, .5) / 1e6:.2f} ms at the median, {percentile(widths, .99) / 1e6:.1f} at p99; {doubtful} broken off and looked up")
        say("    on the way: " + "; ".join(f"{what} at event {at:,}" for at, what, _, _ in happened))
        outages(entries, sent, happened, begun)
        if len(happened) < len(plan):
            findings.add("incidents", f"{title}: only {happened}")
        figures = check(entries, history, limits, sent, findings)
        names = ["= $1", "= $1, staged by both", "= ANY($1)"]
        checked = 0
        for number in range(len(requests)):
            own = figures[number]
            count = len(own["ages"])
            checked += count
            leaving, arrival = own["leaving"], own["arrival"]
            say(f"    {names[number]}, maxStaleness {limits[number] / 1e9:g} s: {own['sources']}; rows checked {count:,}, of them"
                f" {len(leaving):,} no longer current as they left:"
                f" stale for p50 {percentile(leaving, .5) / 1e6:.1f}, p99 {percentile(leaving, .99) / 1e6:.1f},"
                f" max {max(leaving, default=0) / 1e6:.1f} ms; oldest age {max(own['ages']) / 1e6:.1f} ms")
            say(f"      at the reader: stale for max {max(arrival, default=0) / 1e6:.1f} ms, {own['over']} over maxStaleness;"
                f" records arrive p50 {percentile(own['behind'], .5) / 1e6:.2f}, p99 {percentile(own['behind'], .99) / 1e6:.1f},"
                f" max {max(own['behind']) / 1e6:.1f} ms after they left (a busy reader in Python);"
                f" {len(own['off'])} records state moments that are off by over 0.5 ms, by {max(own['off'], default=0) / 1e6:.2f} at most")
        say(f"    planted and seen: {planted(entries, history, limits, sent, findings)}")
        statistics = bench.statistics(requests[0])[0]
        say("    statistics of the first: " + json.dumps({
            member: value for member, value in statistics.items() if member not in ("name", "store", "savedSeconds")}))
        # What is allowed to one request is too much for another: the check on the real stream can fail.
        if not watch:
            found = Findings()
            check(entries, history, [limit // 4 for limit in limits], sent, found)
            kinds = {}
            for kind, _ in found:
                kinds[kind] = kinds.get(kind, 0) + 1
            say(f"    held against a quarter of what is allowed, the same records fail: {kinds}")
            if "stale" not in kinds:
                findings.add("self test", "no row was staler than a quarter of what is allowed: the check had nothing to see")
        elif statistics["invalidated"] == 0:
            findings.add("watch", "no staged row was dropped by a notice")
        return total, checked
    finally:
        bench.close(findings)


def test(options):
    findings = Findings()
    total = options.events or (20_000 if options.quick else 1_000_000)
    rate = 1_000 if options.quick else 5_000
    events = checked = 0
    for number, (title, watch, limits) in enumerate((
            ("without notices", False, (300_000_000, 2_000_000_000, 300_000_000)),
            ("with the triggers of `foretail store watch`", True, (2_000_000_000, 30_000_000_000, 2_000_000_000)))):
        say(f"  {title}")
        sent, rows = one_phase(options, findings, title, watch, limits, total // 2, rate, number)
        events += sent
        checked += rows
    stale = sum(1 for kind, _ in findings if kind in ("stale", "age", "reading"))
    say(f"  {events:,} events, {checked:,} rows checked: {stale} staler than allowed")
    return findings
