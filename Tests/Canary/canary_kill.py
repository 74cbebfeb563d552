"""Kills the server again and again while `foretail canary` writes and reads: nothing acknowledged may be missing.

With --plant a relay between the canary and the server takes an event out of the reading, doubles one, or swaps two; the canary
has to say so.
"""

import argparse
import http.client
import http.server
import json
import os
import random
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Server"))
from harness import Findings, Folder, Lines, Server, finish, free_port, say  # noqa: E402


class Relay(http.server.ThreadingHTTPServer):
    """Passes requests on to a server, and breaks the lines of one reading in one place."""

    daemon_threads = True

    def __init__(self, port, fault):
        super().__init__(("127.0.0.1", 0), Handler)
        self.target, self.fault, self.planted = port, fault, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with what the server behind answers, and closes: HTTP/1.0 needs no framing."""

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        if "/tail?" in self.path:
            self.tail()
        else:
            self.forward(None)

    def do_PUT(self):
        self.forward(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    do_POST = do_PUT

    def forward(self, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.target, timeout=60)
        headers = {"Content-Type": self.headers.get("Content-Type", "application/json")}
        try:
            connection.request(self.command, self.path, body=body, headers=headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException):
            return
        self.send_response(response.status)
        self.send_header("Content-Type", response.getheader("Content-Type", "application/json"))
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def tail(self):
        lines = Lines(self.server.target, self.path, {"Accept": "application/x-ndjson"}, timeout=60)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.end_headers()
        held, count = None, 0
        try:
            while True:
                line = lines.line() + b"\n"
                if b'"kind":"event"' in line:
                    count += 1
                    if count == 50 and not self.server.planted:
                        self.server.planted += 1
                        if self.server.fault == "loss":
                            continue
                        if self.server.fault == "duplicate":
                            line += line
                        if self.server.fault == "disorder":
                            held = line
                            continue
                    elif held:
                        # The events change places, the positions stay: as a log would hold them that stored them so.
                        first, second = json.loads(held), json.loads(line)
                        first["event"], second["event"] = second["event"], first["event"]
                        line = b"".join(json.dumps(r, separators=(",", ":")).encode() + b"\n" for r in (first, second))
                        held = None
                self.wfile.write(line)
                self.wfile.flush()
        except (OSError, EOFError):
            pass
        finally:
            lines.close()


def canary(program, port, options, seconds):
    """Starts a canary; the process and the port of its metrics."""
    metrics = free_port()
    process = subprocess.Popen(
        [program, "canary", "--server", f"http://127.0.0.1:{port}", "--rate", str(options.rate), "--duration",
         f"{seconds}s", "--patience", "5m", "--metrics-port", str(metrics), "--json", *options.extra],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return process, metrics


def metric(port, name):
    """A value of the canary's metrics; None where they cannot be read now."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    found = re.search(rf"^{name} (\S+)$", text, re.M)
    return float(found[1]) if found else None


def wait_for(condition, seconds):
    """Waits for something that has to happen, far longer than it takes."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--rate", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plant", choices=["loss", "duplicate", "disorder"])
    options = parser.parse_args()
    options.extra = []
    chance = random.Random(options.seed)
    findings = Findings()
    folder = Folder("canary")
    server = Server(options.program, folder.data)
    server.start()
    relay = Relay(server.port, options.plant) if options.plant else None
    process, metrics = canary(options.program, relay.server_address[1] if relay else server.port, options, options.seconds)
    sent = "foretail_canary_acknowledged_events_total"
    if not wait_for(lambda: (metric(metrics, sent) or 0) > 0, 120):
        findings.add("canary", "nothing was acknowledged within two minutes")
    kills = 0
    # A share of the events between two kills, so that a slow machine is killed as often as a fast one.
    for kill in range(0 if options.plant else options.kills):
        target = options.seconds * options.rate * (kill + chance.uniform(0.5, 1)) / (options.kills + 1)
        wait_for(lambda: process.poll() is not None or (metric(metrics, sent) or 0) >= target, 600)
        if process.poll() is not None:
            break
        before = metric(metrics, sent)
        server.kill()
        server.start()
        kills += 1
        if not wait_for(lambda: process.poll() is not None or (metric(metrics, sent) or 0) > (before or 0), 120):
            findings.add("canary", f"nothing was acknowledged within two minutes of kill {kills}")
    try:
        output, notices = process.communicate(timeout=options.seconds + 900)
    except subprocess.TimeoutExpired:
        process.kill()
        output, notices = process.communicate()
        findings.add("canary", "did not end")
    try:
        result = json.loads(output)
    except ValueError:
        findings.add("canary", f"no JSON: {output[:300]!r} {notices[:300]!r}")
        finish("canary_kill", findings, folder)
    say(f"  {kills} kills: {json.dumps(result)}")
    wanted = {"missing": 0, "unacknowledged": 0, "outOfOrder": 0, "neverSent": 0, "drained": True}
    if options.plant:
        seen = {
            "loss": result["missing"] == 1 and process.returncode == 1,
            "duplicate": result["duplicates"]["deliveredAgain"] == 1,
            "disorder": result["outOfOrder"] == 1,
        }[options.plant]
        say(f"  planted {options.plant}: {'seen' if seen else 'NOT SEEN'}")
        if seen:
            findings.add("planted", options.plant)
    else:
        for name, value in wanted.items():
            if result[name] != value:
                findings.add(name, f"{result[name]}, not {value}")
        if result["duplicates"]["deliveredAgain"]:
            findings.add("delivered again", str(result["duplicates"]))
        if result["acknowledged"] != result["sent"] or result["sent"] != options.seconds * options.rate:
            findings.add("sent", f"{result['sent']} sent, {result['acknowledged']} acknowledged")
        if kills < options.kills:
            findings.add("kills", f"only {kills} of {options.kills} came about while the canary ran")
        if kills and result["readings"] < 2:
            findings.add("kills", "the reader was never cut off")
        if process.returncode != 0:
            findings.add("exit status", f"{process.returncode}: {notices[-300:]}")
    status = server.stop()
    if status != 0:
        findings.add("server", f"a clean stop ended with status {status}")
    finish("canary_kill", findings, folder)


if __name__ == "__main__":
    main()
