"""Holds what was acknowledged against what readers got and what the output log holds."""

import json

from harness import position


def check(acknowledged, readers, keys_of=None):
    """Findings about what readers got, and figures.

    acknowledged: (key, serial, position, time, …); readers: name → list of records in the order they came.
    """
    findings, figures = [], {"acknowledged": len(acknowledged), "delivered": 0, "repeats": 0}
    wanted = {(key, serial): place for key, serial, place, *_ in acknowledged}
    if len(wanted) != len(acknowledged):
        findings.append("an event was acknowledged twice")
    for name, records in readers.items():
        places, last, order = {}, {}, {}
        for record in records:
            event, place = record["event"], record["position"]
            identity = (event["k"], event["s"])
            figures["delivered"] += 1
            if identity in places:
                figures["repeats"] += 1
                if places[identity] != place:
                    findings.append(f"{name}: {identity} came at {places[identity]} and at {place}")
                else:
                    findings.append(f"{name}: {identity} at {place} came twice although the reader resumed")
                continue
            places[identity] = place
            if identity in wanted and wanted[identity] != place:
                findings.append(f"{name}: {identity} was acknowledged at {wanted[identity]} and came at {place}")
            partition, _, sequence = position(place)
            if sequence <= last.get(partition, 0):
                findings.append(f"{name}: {place} came behind sequence {last[partition]} of its partition")
            last[partition] = sequence
            if event["s"] <= order.get(event["k"], 0):
                findings.append(f"{name}: key {event['k']}: {event['s']} came behind {order[event['k']]}")
            order[event["k"]] = event["s"]
        lost = [identity for identity in wanted if identity not in places]
        if lost:
            findings.append(f"{name}: {len(lost)} acknowledged events never came, such as {lost[0]} at {wanted[lost[0]]}")
        figures["lost"] = figures.get("lost", 0) + len(lost)
    return findings, figures


def check_output(messages):
    """Findings about the output log: in each subject positions and epochs only grow."""
    findings, tails, count = [], {}, 0
    for sequence, subject, payload in messages:
        count += 1
        head, _, body = payload.partition(b"\n")
        mark = json.loads(head)
        through, epoch = position(mark["through"])[2], mark["epoch"]
        before = tails.get(subject, (0, 0))
        if epoch < before[1]:
            findings.append(f"{subject}, message {sequence}: epoch {epoch} behind {before[1]}: a former owner delivered")
        if through <= before[0]:
            findings.append(f"{subject}, message {sequence}: through {through} behind {before[0]}")
        for line in body.splitlines():
            place = position(json.loads(line)["position"])[2]
            if place <= before[0] or place > through:
                findings.append(f"{subject}, message {sequence}: holds {place}, behind {before[0]} through {through}")
        tails[subject] = (through, epoch)
    return findings, count


def self_test():
    """Planted faults that the checks have to see."""
    def event(key, serial, place):
        return {"kind": "event", "event": {"k": key, "s": serial}, "position": place}

    acknowledged = [("a", 1, "0:1-4096", 0), ("a", 2, "0:1-4097", 0), ("b", 1, "1:1-8192", 0)]
    good = [event("a", 1, "0:1-4096"), event("b", 1, "1:1-8192"), event("a", 2, "0:1-4097")]
    assert check(acknowledged, {"r": good})[0] == []
    for name, records in {
        "loss": good[:2], "order": [good[2], good[1], good[0]], "repeat": good + [good[0]],
        "other position": good + [event("a", 1, "0:1-9999")],
        "moved": [event("a", 1, "0:1-4095"), good[1], good[2]],
    }.items():
        assert check(acknowledged, {"r": records})[0], f"the checker does not see: {name}"

    def message(sequence, through, epoch, *places):
        head = json.dumps({"through": through, "epoch": epoch})
        return sequence, "out.s.tr_1.0", "\n".join([head] + [json.dumps({"position": p}) for p in places]).encode()

    fine = [message(1, "0:1-4096", 1, "0:1-4096"), message(2, "0:1-8192", 2, "0:1-4097", "0:1-8192")]
    assert check_output(fine) == ([], 2)
    for name, messages in {
        "former owner": fine + [message(3, "0:1-12288", 1, "0:1-12288")],
        "doubled": fine + [message(3, "0:1-8192", 2, "0:1-8192")],
        "inside": fine + [message(3, "0:1-12288", 2, "0:1-8192")],
    }.items():
        assert check_output(messages)[0], f"the checker does not see: {name}"
