"""Kills the server at random moments while a flaky receiver takes webhooks, and holds what it took against the log."""

import argparse
import os
import random
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Server"))
from harness import Findings, Folder, Server, Writer, check_files, finish, position, say  # noqa: E402
from receiver import SECRET, Receiver, Webhook  # noqa: E402

OPTIONS = [
    "webhooks.allow=127.0.0.1/32", "webhooks.timeout=300ms", "webhooks.retryWait=10ms", "webhooks.longestRetryWait=100ms",
    "webhooks.longestRetryAfter=50ms", "webhooks.breakerPause=20ms", "webhooks.longestBreakerPause=100ms",
]


def letters(server, request):
    """The dead letters of a tail request with their events."""
    found, after = [], ""
    while True:
        page = server.json("GET", f"/v1/dead-letters?request={request}&after={after}")
        found += [server.json("GET", f"/v1/dead-letters/{letter['id']}") for letter in page["deadLetters"]]
        after = page.get("next")
        if not after:
            return found


def compare(name, history, matches, delivered, findings):
    """What was delivered is what matched: nothing less, nothing twice, in the order of each key."""
    expected = {}
    for record in history:
        if record["kind"] == "event" and matches(record["event"]):
            expected[record["position"]] = (record["event"]["k"], record["event"]["s"])
    got, serials = {}, {}
    for record in delivered:
        if record["kind"] == "gap":
            continue
        where, event = record["position"], record["event"]
        if where in got:
            findings.add(f"{name}: delivered in two messages", where)
        got[where] = (event["k"], event["s"])
        if not matches(event):
            findings.add(f"{name}: does not match", where)
        if serials.get(event["k"], 0) >= event["s"]:
            findings.add(f"{name}: order of a key", f"{where} after serial {serials[event['k']]}")
        serials[event["k"]] = event["s"]
    for where, identity in expected.items():
        if where not in got:
            findings.add(f"{name}: not delivered", f"{identity} at {where}")
        elif got[where] != identity:
            findings.add(f"{name}: another event", f"{where}: {got[where]}, log {identity}")
    for where in got:
        # What is sent is on the disk before: nothing of it is ever lost.
        if where not in expected:
            findings.add(f"{name}: delivered, and not in the log", where)
    return len(expected)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--cycles", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=float, default=300, help="seconds until everything has to be delivered")
    parser.add_argument("--plant", choices=["loss", "reorder"], help="break what was taken; the test must fail then")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    findings = Findings()
    folder = Folder("webhooks")
    server = Server(options.program, folder.data, options=[part for text in OPTIONS for part in ("--set", text)])
    server.start()
    server.json("PUT", "/v1/streams/load", {"key": "k"})
    receivers = [Receiver(options.seed), Receiver(options.seed + 1, share=0.7)]
    filters = [(None, lambda event: True), ("event.v >= 50", lambda event: event["v"] >= 50)]
    requests = []
    for receiver, (text, _), retry in zip(receivers, filters, ("1h", "400ms")):
        destination = {"type": "webhook", "url": receiver.url, "secret": SECRET, "batchRecords": 50, "retryFor": retry}
        requests.append(server.json("POST", "/v1/tail-requests", {
            "stream": "load", "predictions": False, "filter": text, "destination": destination})["id"])
    writers = [
        Writer(server, "load", f"w{number}", 4, options.seed * 1_000 + number, batch=(1, 20), pause=0.3)
        for number in range(2)]
    for writer in writers:
        writer.start()
    started = time.monotonic()
    for cycle in range(options.cycles):
        time.sleep(chance.uniform(0.1, 1))
        if not server.is_alive():
            findings.add("server", f"ended by itself with status {server.process.returncode} in cycle {cycle}")
        server.kill()
        server.start()
        if cycle % 10 == 9:
            say(f"  {cycle + 1} kills, {sum(len(r.attempts) for r in receivers)} attempts, {time.monotonic() - started:.0f} s")
    for writer in writers:
        writer.is_ending = True
    for writer in writers:
        writer.join(90)
        for problem in writer.problems:
            findings.add("answer", problem)
    # From now on they are well.
    for receiver in receivers:
        receiver.share = 0
    status, answer = server.send("load", [{"k": "end", "n": 1, "s": 1, "v": 99}])
    deadline = time.monotonic() + options.patience
    for request in requests:
        while time.monotonic() < deadline:
            delivery = server.json("GET", f"/v1/tail-requests/{request}").get("delivery", {})
            if delivery.get("state") == "current" and position(delivery["position"]) >= position(answer["last"]):
                break
            time.sleep(0.1)
        else:
            findings.add("delivery", f"{request} did not come to {answer['last']}: {delivery}")
    history = server.history("load")
    counts = []
    for request, receiver, (_, matches) in zip(requests, receivers, filters):
        dead = letters(server, request)
        records = receiver.delivered()
        known = {message for message, _ in receiver.taken}
        # What was taken and never said so may be a dead letter, too.
        buried = [event["data"] for letter in dead if letter["message"] not in known for event in letter["events"]]
        if options.plant == "loss":
            del records[len(records) // 2]
        elif options.plant == "reorder":
            place = next(
                index for index in range(len(records) // 2, len(records))
                if records[index]["kind"] == "event" and any(
                    later["kind"] == "event" and later["event"]["k"] == records[index]["event"]["k"]
                    for later in records[index + 1:]))
            later = next(
                index for index in range(place + 1, len(records))
                if records[index]["kind"] == "event" and records[index]["event"]["k"] == records[place]["event"]["k"])
            records[place], records[later] = records[later], records[place]
        together = records + buried
        if buried:
            # A dead letter is no part of the order of what was taken.
            together = sorted(together, key=lambda record: position(record.get("position") or record["to"]))
            places = [position(r["position"]) for r in records if r["kind"] == "event"]
            if any(later <= earlier for earlier, later in zip(places, places[1:])):
                findings.add(f"{request}: order", "positions do not grow")
        matched = compare(request, history, matches, together, findings)
        receiver.check_ids(findings)
        counts.append(
            f"{request}: {matched} matched, {len(receiver.attempts)} attempts, {len(set(known))} messages taken, "
            f"{len(dead)} dead letters, faults {dict(sorted(receiver.faults.items()))}")
    if server.stop() != 0:
        findings.add("server", "a clean stop failed")
    check_files(folder.data, findings)
    say(f"  {options.cycles} kills in {time.monotonic() - started:.0f} s; signatures by "
        f"{'standardwebhooks' if Webhook else 'this test'}")
    for text in counts:
        say(f"  {text}")
    finish("kill_webhooks", findings, folder)


if __name__ == "__main__":
    main()
