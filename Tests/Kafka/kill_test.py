"""Kills one of two members of a group over and over under load, and holds what both delivered against what was sent."""

import argparse
import random
import time

from harness import Findings, Folder, Member, MockCluster, Producer, finish, load_library, position, say


def check(lives, keys, sent, findings):
    """Every event is there; a position and an event name each other; order per key holds in each life and in the whole."""
    at, event_at, first_time = {}, {}, {}
    repeats = 0
    for name, records in lives:
        last_serial, last_position = {}, {}
        for now, record in records:
            if record["kind"] != "event":
                findings.add("record", f"{name}: {record}")
                continue
            event, place = (record["event"]["k"], record["event"]["s"]), position(record["position"])
            if at.setdefault(event, place) != place:
                findings.add("a repeat has another position", f"{name}: {event} at {place}, before at {at[event]}")
            if event_at.setdefault(place, event) != event:
                findings.add("a position stands for two events", f"{name}: {place}: {event} and {event_at[place]}")
            if event in first_time:
                repeats += 1
            first_time[event] = min(now, first_time.get(event, now))
            if last_position.get(place[0], (0, 0, 0)) >= place:
                findings.add("order of a partition", f"{name}: {place} after {last_position[place[0]]}")
            last_position[place[0]] = place
            if last_serial.get(event[0], 0) >= event[1]:
                findings.add("order of a key", f"{name}: {event} after {last_serial[event[0]]}")
            last_serial[event[0]] = event[1]
    expected = {(f"k{number % keys}", number // keys + 1) for number in range(sent)}
    for event in sorted(expected - first_time.keys(), key=lambda e: (e[1], e[0])):
        findings.add("lost", f"{event}")
    for event in sorted(first_time.keys() - expected):
        findings.add("never sent", f"{event}")
    # Over all members: the first delivery of an event follows those of the earlier ones of its key. Members are read by threads of
    # their own, so a tenth of a second is no difference.
    for number in range(keys):
        latest = 0
        for serial in range(1, sent // keys + 2):
            now = first_time.get((f"k{number}", serial))
            if now is None:
                continue
            if now < latest - 0.1:
                findings.add("order of a key over members", f"k{number}, {serial}: {latest - now:.2f} s too early")
            latest = max(latest, now)
    return repeats


FAULTS = ["loss", "reorder", "position"]


def plant(kind, lives):
    """Breaks what was recorded, so that the checker has to see it."""
    name, records = max(lives, key=lambda life: len(life[1]))
    middle = len(records) // 2
    if kind == "loss":
        event = records[middle][1]["event"]
        for _, others in lives:
            others[:] = [entry for entry in others if entry[1].get("event") != event]
    elif kind == "reorder":
        key = records[middle][1]["event"]["k"]
        second = next(i for i in range(middle + 1, len(records)) if records[i][1]["event"]["k"] == key)
        (a, first), (b, other) = records[middle], records[second]
        records[middle], records[second] = (a, other), (b, first)
    elif kind == "position":
        now, record = records[middle]
        records.append((now, {**record, "position": record["position"] + "0"}))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--cycles", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keys", type=int, default=20)
    parser.add_argument("--partitions", type=int, default=8)
    parser.add_argument("--pause", type=float, default=0.004, help="seconds between two events")
    parser.add_argument("--patience", type=float, default=180, help="seconds until all has to be delivered")
    parser.add_argument("--plant", choices=FAULTS, help="break the records before checking")
    options = parser.parse_args()
    library = load_library()
    if not library:
        say("kill_test: skipped, there is no librdkafka (apt-get install librdkafka-dev)")
        return
    chance = random.Random(options.seed)
    findings = Findings()
    folder = Folder("kafka-kill")
    mock = MockCluster(library)
    mock.create("load", options.partitions)
    source = f"kafka://{mock.brokers}/load?group=readers"
    producer = Producer(library, mock.brokers, "load", options.keys, options.pause)
    producer.start()
    lives = []

    def start(number):
        member = Member(options.program, source, f"member{number}-{len(lives)}", folder.path, ["-q"])
        lives.append(member)
        return member

    members = [start(0), start(1)]
    started = time.monotonic()
    killed = 0
    for cycle in range(options.cycles):
        # Two in three kills meet a group that shares the load, the others whatever there is, a rebalance most of all.
        wait = time.monotonic() + (chance.uniform(0.5, 8) if cycle % 3 == 2 else 40)
        while time.monotonic() < wait and not all(member.records for member in members):
            time.sleep(0.05)
        time.sleep(chance.uniform(0, 2))
        victim = chance.randrange(2)
        for member in members:
            if member.process.poll() is not None:
                findings.add("member", f"{member.name} ended by itself: {member.log[-400:]}")
        members[victim].kill()
        killed += 1
        members[victim] = start(victim)
        if cycle % 5 == 4:
            say(f"  {cycle + 1} kills, {producer.sent} events sent, {time.monotonic() - started:.0f} s")
    producer.is_ending = True
    producer.join(90)
    if producer.failures or producer.acknowledged != producer.sent:
        findings.add("producer", f"{producer.acknowledged} of {producer.sent} acknowledged, {producer.failures} failed")
    deadline = time.monotonic() + options.patience
    while time.monotonic() < deadline:
        seen = {(r["event"]["k"], r["event"]["s"]) for life in lives for _, r in list(life.records) if r["kind"] == "event"}
        if len(seen) >= producer.sent:
            break
        time.sleep(0.5)
    for member in members:
        if member.stop() != 0:
            findings.add("member", f"{member.name} ended with status {member.process.returncode}: {member.log[-400:]}")
    recorded = [(life.name, list(life.records)) for life in lives]
    if options.plant:
        plant(options.plant, recorded)
    else:
        # A fault put into a copy of what was recorded has to be found: a check that cannot fail proves nothing.
        for fault in FAULTS:
            broken, seen = [(name, list(records)) for name, records in recorded], Findings()
            plant(fault, broken)
            check(broken, options.keys, producer.sent, seen)
            if not seen:
                findings.add("self-test", f"{fault} was planted, and nothing was found")
    repeats = check(recorded, options.keys, producer.sent, findings)
    say(f"  {killed} kills in {time.monotonic() - started:.0f} s: {producer.sent} events, {sum(len(r) for _, r in recorded)} "
        f"deliveries by {sum(1 for _, r in recorded if r)} of {len(lives)} lives, {repeats} repeats")
    if sum(1 for _, records in recorded if records) < 2:
        findings.add("members", "only one of them was ever given anything")
    finish("kill_test", findings, folder)


if __name__ == "__main__":
    main()
