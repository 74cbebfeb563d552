"""Measures a tenant alone and beside one that takes all it can: Scripts/fair-share [PROGRAM] [--seconds N] [--requests N] [--rate R]

The quiet tenant writes an event fifty times a second and reads it back. The other one floods two streams, one of them with
thousands of tail requests of 12 prediction steps and filters that cost much, and reads its whole past again and again. Printed are the quiet one's p99
of the acknowledgement and of the delivery, alone and beside, and their ratio. Times are printed and never held against the server;
an event of the quiet tenant that is lost, doubled or out of order is.

The other tenant's clients would be on machines of their own: here they are a process of their own that computes when nobody else
does. What both tenants do to each other is then what the server lets them, and what the system's scheduler does where no processor is
idle. The latter is measured by itself: beside processes of lowest priority that only compute, and never talk to the server.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import subprocess
import threading
import time

from harness import Findings, Folder, Lines, Server, finish, percentile, say

RATE = 50
HEAVY = " && ".join(f"event.text.matches('(a|b|ab)*{n}c$') == false" for n in range(8))


def give_way():
    """Computes from now on when nobody else does, as far as the system knows such a thing."""
    try:
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    except (AttributeError, OSError):
        os.nice(19)


def compute():
    os.nice(19)
    while True:
        pass


class Strangers:
    """Processes that keep the processors busy, at the lowest priority, and have nothing to do with the server."""

    def __enter__(self):
        fork = multiprocessing.get_context("fork")
        self.processes = [fork.Process(target=compute, daemon=True) for _ in range(os.cpu_count())]
        for process in self.processes:
            process.start()

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.join()


class Tenant:
    """Calls with a token, over one connection per thread."""

    def __init__(self, server, token):
        self.server, self.token = server, token
        self.local = threading.local()

    def headers(self):
        return {"Authorization": f"Bearer {self.token}"}

    def call(self, method, path, body=None, media_type="application/json"):
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=120)
        try:
            self.local.connection.request(
                method, path, body=body, headers={**self.headers(), "Content-Type": media_type})
            answer = self.local.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.local.connection.close()
            raise


class Quiet:
    """Writes numbered events at a steady rate, reads them back, and keeps how long either took."""

    def __init__(self, tenant, stream):
        self.tenant, self.stream = tenant, stream
        self.next = 0
        self.is_ending = False
        self.seen = []
        self.delivered = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        lines = Lines(
            self.tenant.server.port, f"/v1/streams/{self.stream}/tail",
            {**self.tenant.headers(), "Accept": "application/x-ndjson"}, timeout=60)
        while not self.is_ending:
            try:
                line = lines.line()
            except (OSError, EOFError):
                return
            record = json.loads(line)
            if record["kind"] == "event":
                self.seen.append(record["event"]["n"])
                self.delivered.append((record["event"]["n"], time.monotonic() - record["event"]["sent"]))

    def run(self, seconds):
        """Writes for so long; the latencies in milliseconds of acknowledgements and of deliveries."""
        first, acknowledged = self.next, []
        begin = time.monotonic()
        while (now := time.monotonic()) < begin + seconds:
            due = begin + (self.next - first) / RATE
            if due > now:
                time.sleep(due - now)
            sent = time.monotonic()
            event = {"n": self.next, "sent": sent, "host": f"h{self.next % 4}"}
            status, text = self.tenant.call(
                "POST", f"/v1/streams/{self.stream}/events", json.dumps(event), "application/x-ndjson")
            if status != 200:
                raise SystemExit(f"fair_share: the quiet tenant was refused: {status} {text[:200]!r}")
            acknowledged.append((time.monotonic() - sent) * 1000)
            self.next += 1
        deadline = time.monotonic() + 60
        while len(self.seen) < self.next and time.monotonic() < deadline:
            time.sleep(0.01)
        return acknowledged, [wait * 1000 for n, wait in self.delivered if n >= first]


class Abuser:
    """Everything at once, on several connections, from a process of its own, until it is told to stop."""

    def __init__(self, tenant, stream, requests):
        self.tenant, self.stream, self.requests = tenant, stream, requests
        self.is_ending = False
        self.counts = {"bodies": 0, "requests": 0, "replays": 0, "refused": 0}
        text = "ab" * 40
        self.body = "".join(
            json.dumps({"n": n, "host": f"h{n % 50}", "cpu": (n * 7919) % 101, "text": text}) + "\n" for n in range(2000))
        self.pipe, other = multiprocessing.Pipe()
        self.process = multiprocessing.get_context("fork").Process(target=self.work, args=(other,), daemon=True)

    def start(self):
        """Begins, and returns when all its tail requests are registered and it is at it."""
        self.process.start()
        self.pipe.recv()

    def stop(self):
        self.pipe.send(None)
        self.counts = self.pipe.recv()
        self.process.join(60)

    def work(self, pipe):
        give_way()
        for stream in self.stream, self.stream + ".plain":
            self.call("PUT", f"/v1/streams/{stream}", '{"key":"host"}')
            self.flood(stream)
        for n in range(self.requests):
            filter = f"event.cpu > {n % 100}" if n % 50 else HEAVY
            status = self.call("POST", "/v1/tail-requests", json.dumps(
                {"stream": self.stream, "filter": filter, "steps": 12, "minConfidence": 0, "trivial": True}))
            self.counts["requests"] += status == 201
        threads = [threading.Thread(target=self.loop, args=(work,), daemon=True)
                   for work in [self.flood] * 3 + [self.flood_plain] * 3 + [self.replay] * 3 + [self.ask] * 2]
        for thread in threads:
            thread.start()
        pipe.send(None)
        pipe.recv()
        self.is_ending = True
        for thread in threads:
            thread.join(30)
        pipe.send(self.counts)

    def loop(self, work):
        while not self.is_ending:
            try:
                work()
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)

    def call(self, *arguments):
        status, _ = self.tenant.call(*arguments)
        if status in (429, 503):
            self.counts["refused"] += 1
            time.sleep(0.01)
        return status

    def flood(self, stream=None):
        self.call("POST", f"/v1/streams/{stream or self.stream}/events", self.body, "application/x-ndjson")
        self.counts["bodies"] += 1

    def flood_plain(self):
        self.flood(self.stream + ".plain")

    def replay(self):
        filter = HEAVY.replace(" ", "%20").replace("&", "%26").replace("'", "%27").replace("|", "%7C").replace("=", "%3D")
        self.call("GET", f"/v1/streams/{self.stream}/history?limit=20000&filter={filter.replace('$', '%24').replace('*', '%2A')}")
        self.counts["replays"] += 1

    def ask(self):
        self.call("GET", "/v1/tail-requests?limit=1000")
        self.call("GET", f"/v1/streams/{self.stream}")


def token(program, folder, name, scopes, pattern, rate=None):
    command = [program, "token", "add", name, "--scope", scopes, "--stream", pattern, "--data-dir", folder]
    command += ["--rate", rate] if rate else []
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def row(name, values):
    say(f"  {name:<22} p50 {percentile(values, 0.5):8.1f} ms   p99 {percentile(values, 0.99):8.1f} ms   max {max(values):8.1f} ms")
    return percentile(values, 0.99)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seconds", type=float, default=30, help="of each measurement")
    parser.add_argument("--requests", type=int, default=2000, help="tail requests of the other tenant")
    parser.add_argument("--rate", help="of the other tenant's token, such as events=20000; none unless given")
    parser.add_argument("--plant", choices=["loss", "reorder", "duplicate"])
    options = parser.parse_args()
    findings = Findings()
    folder = Folder("fair")
    quiet_token = token(options.program, folder.data, "quiet", "read,write", "quiet.*")
    other_token = token(options.program, folder.data, "other", "read,write,admin", "other.*", options.rate)
    # Readiness, too, is told to those who have a token.
    server = Server(options.program, folder.data)
    plain = server.call
    server.call = lambda method, path, body=None, headers=None, timeout=60: plain(
        method, path, body, {"Authorization": f"Bearer {quiet_token}", **(headers or {})}, timeout)
    server.start()
    tenant = Tenant(server, quiet_token)
    tenant.call("POST", "/v1/streams/quiet.s/events", '{"n":-1,"sent":0,"host":"h0"}', "application/x-ndjson")
    quiet = Quiet(tenant, "quiet.s")
    time.sleep(0.5)
    quiet.run(3)
    alone = quiet.run(options.seconds)
    say(f"alone, {options.seconds:g} s at {RATE} events/s")
    before = row("acknowledged", alone[0]), row("delivered", alone[1])
    with Strangers():
        strangers = quiet.run(options.seconds)
    say(f"beside {os.cpu_count()} processes that only compute, at the lowest priority")
    row("acknowledged", strangers[0]), row("delivered", strangers[1])
    abuser = Abuser(Tenant(server, other_token), "other.s", options.requests)
    abuser.start()
    time.sleep(2)
    beside = quiet.run(options.seconds)
    abuser.stop()
    say(f"beside {abuser.counts}, {server.memory() >> 20} MiB resident")
    after = row("acknowledged", beside[0]), row("delivered", beside[1])
    for name, first, second in zip(("acknowledged", "delivered"), before, after):
        say(f"  ratio of p99, {name}: {second / first:.2f}")
    seen = list(quiet.seen)
    if options.plant == "loss":
        del seen[len(seen) // 2]
    elif options.plant == "reorder":
        seen[1], seen[2] = seen[2], seen[1]
    elif options.plant == "duplicate":
        seen.insert(3, seen[3])
    if seen != list(range(quiet.next)):
        missing = sorted(set(range(quiet.next)) - set(seen))
        findings.add("order", f"{len(seen)} of {quiet.next} events came, missing {missing[:5]}, or not in order")
    if abuser.counts["requests"] == 0 or abuser.counts["bodies"] < 2:
        findings.add("abuser", f"the other tenant did nothing: {abuser.counts}")
    quiet.is_ending = True
    if server.stop(120) != 0:
        findings.add("stop", "the server did not end cleanly")
    finish("fair_share", findings, folder)


if __name__ == "__main__":
    main()
