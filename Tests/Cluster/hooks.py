"""A receiver of webhooks for the cluster tests: verifies, remembers every attempt, fails now and then, and is checked at the end."""

import hashlib
import json
import os
import random
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Webhooks"))
from harness import position  # noqa: E402
import receiver as webhooks  # noqa: E402


def partition_of(text, partitions):
    """The partition of a text: FNV-1a of 32 bits, modulo."""
    state = 2_166_136_261
    for byte in text.encode():
        state = ((state ^ byte) * 16_777_619) & 0xFFFFFFFF
    return state % partitions


class Hook(webhooks.Receiver):
    """One webhook's receiver. `attempts` has (id, hash of the body, whether it was taken); `taken` has (id, events, time)."""

    FAULTS = ("500", "503", "close", "cut", "taken, not said")

    def __init__(self, seed, share=0.03):
        super().__init__(seed, share)
        self.log = []

    def post(self, handler):
        delivery = self.checked(handler)
        if delivery is None:
            return self.answer(handler, 200)
        headers, body, events = delivery
        with self.lock:
            fault = self.random.choice(self.FAULTS) if self.random.random() < self.share else None
            is_taken = fault in (None, "taken, not said")
            self.log.append((headers["webhook-id"], hashlib.sha256(body).digest(), is_taken))
            if is_taken:
                self.taken.append((headers["webhook-id"], [event["data"] for event in events], time.time()))
        if fault is None:
            return self.answer(handler, 200)
        if fault.isdigit():
            return self.answer(handler, int(fault))
        handler.close_connection = True
        if fault == "cut":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")

    def first_since(self, begin):
        """When the first event came that was sent after a moment; None: none has."""
        with self.lock:
            times = [came for _, records, came in self.taken for record in records
                     if record["kind"] == "event" and record["event"]["t"] >= begin]
        return min(times, default=None)


def check_hook(name, log, taken, wanted, problems=()):
    """Findings about what a receiver got, and figures.

    log: (id, hash, taken) of every attempt; taken: (id, records, time); wanted: (key, serial) → position of what must come.
    """
    findings, figures = [f"{name}: {problem}" for problem in problems], {"attempts": len(log), "late": 0}
    bodies, order, settled = {}, [], set()
    for message, body, is_taken in log:
        if bodies.setdefault(message, body) != body:
            findings.append(f"{name}: {message} came with two bodies")
        if message not in order[-1:]:
            if message in settled:
                # A repetition of what was taken: its receiver knows it by the id.
                figures["late"] += 1
            else:
                if order and order[-1] not in settled:
                    findings.append(f"{name}: {message} came before {order[-1]} was taken")
                order.append(message)
        if is_taken:
            settled.add(message)
    seen, places, last, serials = set(), {}, {}, {}
    for message, records, _ in taken:
        if message in seen:
            continue
        seen.add(message)
        for record in records:
            if record["kind"] != "event":
                findings.append(f"{name}: a record of kind {record['kind']}")
                continue
            identity, place = (record["event"]["k"], record["event"]["s"]), record["position"]
            if identity in places:
                findings.append(f"{name}: {identity} came at {places[identity]} and, in another message, at {place}")
                continue
            places[identity] = place
            partition, _, sequence = position(place)
            if sequence <= last.get(partition, 0):
                findings.append(f"{name}: {place} came behind sequence {last[partition]} of its partition")
            last[partition] = sequence
            if identity[1] <= serials.get(identity[0], 0):
                findings.append(f"{name}: key {identity[0]}: {identity[1]} came behind {serials[identity[0]]}")
            serials[identity[0]] = identity[1]
    lost = [identity for identity in wanted if identity not in places]
    if lost:
        findings.append(f"{name}: {len(lost)} acknowledged events never came, such as {lost[0]} at {wanted[lost[0]]}")
    moved = [identity for identity in wanted if places.get(identity, wanted[identity]) != wanted[identity]]
    if moved:
        findings.append(f"{name}: {moved[0]} was acknowledged at {wanted[moved[0]]} and came at {places[moved[0]]}")
    figures |= {"messages": len(order), "repeated": len(log) - len(order), "lost": len(lost)}
    return findings, figures


def self_test():
    """Planted faults that the checks have to see."""
    assert partition_of("", 16) == 2_166_136_261 % 16 and partition_of("a", 1 << 32) == 0xE40C292C

    def record(key, serial, place):
        return {"kind": "event", "event": {"k": key, "s": serial, "t": 0}, "position": place}

    wanted = {("a", 1): "0:1-1", ("b", 1): "1:1-2", ("a", 2): "0:1-3"}
    one, two = [record("a", 1, "0:1-1"), record("b", 1, "1:1-2")], [record("a", 2, "0:1-3")]
    log = [("m1", b"1", False), ("m1", b"1", True), ("m2", b"2", True), ("m1", b"1", True)]
    taken = [("m1", one, 0), ("m2", two, 0), ("m1", one, 0)]
    findings, figures = check_hook("h", log, taken, wanted)
    assert findings == [] and figures["late"] == 1 and figures["messages"] == 2, (findings, figures)
    for name, (log_, taken_) in {
        "loss": (log[:2], taken[:1]),
        "two bodies": (log + [("m1", b"x", True)], taken),
        "overtaking": ([("m1", b"1", False), ("m2", b"2", True), ("m1", b"1", True)], [taken[1], taken[0]]),
        "order": (log[1:3], [("m1", two, 0), ("m2", one, 0)]),
        "another id": (log + [("m3", b"3", True)], taken + [("m3", two, 0)]),
        "moved": (log, [("m1", [record("a", 1, "0:1-1"), record("b", 1, "1:1-7")], 0), ("m2", two, 0)]),
        "gap": (log, taken + [("m4", [{"kind": "gap"}], 0)]),
    }.items():
        assert check_hook("h", log_, taken_, wanted)[0], f"the checker does not see: {name}"


if __name__ == "__main__":
    self_test()
    print("hooks: planted faults are seen")
