"""How long events wait for rows that were fetched before they came, and for rows that were not."""

import json
import random
import time

from bench import Bench, Findings, Readers, Sender, now, percentile, say, spread

QUERY = "SELECT id, name, plan, version FROM customers WHERE id = $1"


def fill(bench, rows):
    begun = time.monotonic()
    bench.database.run(
        "CREATE TABLE customers (id bigint PRIMARY KEY, version bigint NOT NULL, name text NOT NULL, plan int NOT NULL);"
        f"INSERT INTO customers SELECT n, 1, 'customer ' || n, n % 7 FROM generate_series(1, {rows}) n;"
        "ANALYZE customers; CHECKPOINT")
    say(f"  a table of {rows:,} rows, filled in {time.monotonic() - begun:.1f} s")


def round_trip(port, count=100):
    from bench import Database
    database = Database(port)
    times = []
    for _ in range(count):
        begun = time.monotonic()
        database.run("SELECT 1")
        times.append(time.monotonic() - begun)
    database.close()
    return percentile(times, 0.5)


def devices(count, rows, seed):
    """Meters that report every few seconds: two thirds with a jitter of some percent, one sixth with a jitter of a third, one
    sixth at random. Each has its customer."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        kind = "regular" if number % 6 < 4 else "loose" if number % 6 == 4 else "random"
        made.append({
            "name": f"meter-{number}", "id": number + 1, "customer": chance.randint(1, rows), "kind": kind,
            "period": chance.uniform(3, 6)})
    return made


def gap(device, chance):
    if device["kind"] == "regular":
        return device["period"] * max(0.5, chance.gauss(1, 0.03))
    if device["kind"] == "loose":
        return device["period"] * chance.uniform(0.67, 1.33)
    return max(0.05, chance.expovariate(1 / device["period"]))


def play(sender, meters, seconds, seed):
    """Sends each event at its time, alone; says how many."""
    chance = random.Random(seed)
    begun = time.monotonic()
    due = sorted((begun + chance.uniform(0, meter["period"]), number) for number, meter in enumerate(meters))
    import heapq
    heapq.heapify(due)
    sent = late = 0
    while due[0][0] < begun + seconds:
        at, number = heapq.heappop(due)
        meter = meters[number]
        heapq.heappush(due, (at + gap(meter, chance), number))
        pause = at - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        else:
            late += pause < -0.05
        load = round(20 + 10 * chance.random(), 1)
        body = json.dumps({
            "device": meter["name"], "customer": meter["customer"], "owner": f"{meter['customer']}", "load": load,
            "n": sent, "kind": meter["kind"], "sent": now()}).encode()
        sender.send(body)
        sent += 1
    return sent, late


def digest(number, line, arrival, offset):
    record = json.loads(line)
    event = record["event"]
    joined = record.get("lookups", {}).get("customer", {})
    rows = joined.get("rows")
    right = rows is None or (len(rows) == 1 and rows[0]["name"] == f"customer {rows[0]['id']}")
    return (
        number, event["n"], event["sent"], arrival, joined.get("source"), joined.get("age"), joined.get("reason"),
        event["kind"], rows[0]["id"] if rows else None, event["customer"], right)


def one_run(options, findings, title, predictions, key, meters_count, seconds, warm_up, together):
    """One replay. `together`: a request without prefetch goes along with the one that prefetches."""
    bench = Bench(options.program, "lookup-latency", delay=0.0)
    try:
        fill(bench, options.rows)
        direct, plain = round_trip(bench.postgres.port), round_trip(bench.proxy.port)
        bench.proxy.delay(options.delay)
        slow = round_trip(bench.proxy.port)
        say(f"  {title}: `SELECT 1` takes {direct * 1e3:.2f} ms, through the proxy {plain * 1e3:.2f} ms, with"
            f" {options.delay * 1e3:.0f} ms added each way {slow * 1e3:.2f} ms")
        bench.server.start()
        bench.stream("meters", durability=options.durability)
        names, requests = ["no lookup"], [bench.request("meters", None, predictions=False)]

        def add(name, store, mark, predictions):
            names.append(name)
            requests.append(bench.request("meters", [{
                "name": "customer", "store": store, "query": f"{QUERY} /* {mark} */", "key": key,
                "maxStaleness": "2s", "maxWait": "250ms", "prefetch": predictions}], predictions=predictions, minConfidence=0, trivial=True))

        if predictions:
            add("prefetch", "crm", "ahead", True)
        if not predictions or together:
            add("on demand", "other", "demand", False)
        # What a further record on a further connection costs, whatever is in it.
        names.append("no lookup, again")
        requests.append(bench.request("meters", None, predictions=False))
        meters = devices(meters_count, options.rows, options.seed)
        if key == "meta.key":
            for meter in meters:
                meter["name"] = str(meter["id"])
                meter["customer"] = meter["id"]
        readers = Readers(bench.server, requests, digest)
        sender = Sender(bench.server, "meters")
        sent, late = play(sender, meters, warm_up + seconds, options.seed + 1)
        if not readers.wait_for([sent] * len(requests), 10):
            findings.add("records", f"{title}: of {sent} events {readers.counts()} came")
        entries = readers.end()
        say(f"    {sent:,} events of {meters_count} meters in {warm_up + seconds} s, each posted alone ({late} of them over"
            f" 50 ms behind their time); the first {warm_up} s are learning and do not count; key {key}")
        figures = {}
        by_event = {}
        begin = min(entry[2] for entry in entries) + int(warm_up * 1e9)
        for entry in entries:
            if entry[2] >= begin:
                by_event.setdefault(entry[1], {})[names[entry[0]]] = entry
        for name in names:
            own = [event[name] for event in by_event.values() if name in event]
            if len({entry[1] for entry in own}) != len(own):
                findings.add("records", f"{title}, {name}: an event came twice")
            for entry in own:
                if not entry[10] or (entry[8] is not None and entry[8] != entry[9]):
                    findings.add("wrong row", f"{title}, {name}: {entry}")
            raw = {}
            added = {}
            ages = []
            for entry in own:
                source = entry[4] or "-"
                raw.setdefault(source, []).append((entry[3] - entry[2]) / 1e9)
                base = by_event[entry[1]].get("no lookup")
                if base:
                    added.setdefault(source, []).append((entry[3] - base[3]) / 1e9)
                if source == "staged":
                    ages.append(entry[5])
            everything = [value for values in raw.values() for value in values]
            say(f"    {name}: delivery, from the sending of the POST to the arrival at the reader")
            for source in sorted(raw):
                share = len(raw[source]) / len(everything)
                say(f"      {source:8} {share:6.1%}  {spread(raw[source])}")
            say(f"      all              {spread(everything)}")
            if name == "no lookup, again":
                say(f"      later than the first one   {spread(added['-'])}")
            elif name != "no lookup":
                say("    and what the join adds to the request without a lookup, event for event")
                for source in sorted(added):
                    say(f"      {source:8}         {spread(added[source])}")
                say("    " + "  ".join(f"{kind}: " + ", ".join(
                    f"{source} {sum(1 for e in own if e[7] == kind and e[4] == source) / max(1, sum(1 for e in own if e[7] == kind)):.1%}"
                    for source in sorted(raw)) for kind in ("regular", "loose", "random")))
                if ages:
                    say(f"    age of staged rows: {spread(ages)}")
                reasons = {entry[6] for entry in own if entry[6]}
                if reasons:
                    findings.add("reasons", f"{title}, {name}: {sorted(reasons)[:4]}")
                statistics = bench.statistics(requests[names.index(name)])[0]
                say("    statistics: " + json.dumps({
                    member: round(value, 4) if isinstance(value, float) else value
                    for member, value in statistics.items() if member not in ("name", "store")}))
            figures[name] = {"raw": raw, "added": added, "all": everything}
        return figures
    finally:
        bench.close(findings)


def test(options):
    """Measures; a fault is a lost, doubled or wrong record, never a time."""
    findings = Findings()
    seconds, warm_up = (25, 25) if options.quick else (options.seconds, 60)
    count = 200 if options.quick else 500
    ahead = one_run(options, findings, "with prefetch", True, "event.customer", count, seconds, warm_up, True)
    alone = one_run(options, findings, "without prefetch", False, "event.customer", count, seconds, warm_up, False)
    meta = one_run(options, findings, "with prefetch, key meta.key", True, "meta.key", count, seconds, warm_up, False)

    def median(values):
        return percentile(values, 0.5)

    for title, run in (("event.customer", ahead), ("meta.key", meta)):
        own = run["prefetch"]
        staged = own["raw"].get("staged", [])
        if len(staged) < len(own["all"]) / 10:
            findings.add("prefetch", f"{title}: only {len(staged)} of {len(own['all'])} events had staged rows")
            continue
        demand = (run if "on demand" in run else alone)["on demand"]
        raw = median(demand["raw"]["fetched"]) / median(staged)
        added, cost = median(own["added"]["staged"]), median(demand["added"]["fetched"])
        say(f"  {title}: median delivery of hits {median(staged) * 1e3:.2f} ms, of on-demand fetches"
            f" {median(demand['raw']['fetched']) * 1e3:.2f} ms: {raw:.1f} times")
        say(f"  {title}: median of what the join adds: hits {added * 1e3:.3f} ms, on-demand fetches {cost * 1e3:.2f} ms:"
            + (f" {cost / added:.0f} times" if added > 0 else " a hit comes no later than the event without a lookup"))
        for name, other in (("in the same run", run.get("on demand")), ("in a run without prefetch", alone["on demand"])):
            if other:
                with_it, without = percentile(own["all"], 0.99), percentile(other["all"], 0.99)
                say(f"  {title}: p99 of all events {with_it * 1e3:.2f} ms; without prefetch, {name}, {without * 1e3:.2f} ms")
    return findings
