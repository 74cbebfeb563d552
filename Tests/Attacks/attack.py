"""What the attacks share: a server under attack, somebody who uses it meanwhile, raw connections, traps, and its memory."""

import json
import os
import re
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Server"))
from harness import Folder, Server, say  # noqa: E402,F401

NDJSON = {"Content-Type": "application/x-ndjson"}
#: Bytes that an attack may add to what the server needs: far above what it does, far below what a machine has.
MEMORY_BOUND = 1 << 30


class Bystander(threading.Thread):
    """Somebody who writes and reads while others attack: each of his requests has to be answered, and well."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.is_ending, self.answers, self.problems, self.slowest = server, False, 0, [], 0.0

    def run(self):
        while not self.is_ending:
            begun = time.monotonic()
            try:
                status, answer = self.server.send("bystander", [{"n": self.answers}])
                if status != 200:
                    self.problems.append(f"write: {status} {answer}")
                status, _, text = self.server.call("GET", "/v1/status")
                if status != 200:
                    self.problems.append(f"status: {status} {text[:200]!r}")
            except (OSError, ValueError) as error:
                self.problems.append(f"no answer: {error!r}")
            self.slowest = max(self.slowest, time.monotonic() - begun)
            self.answers += 1
            time.sleep(0.02)


class Memory(threading.Thread):
    """Looks at the resident bytes of a process, on and on."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.is_ending = server, False
        self.first = self.most = server.memory()

    def run(self):
        while not self.is_ending:
            try:
                self.most = max(self.most, self.server.memory())
            except (OSError, ValueError):
                return
            time.sleep(0.02)


class Attack:
    """A server under one kind of attack. What has to hold of all of them is checked at the end."""

    def __init__(self, options, findings, name, settings=(), wrap=(), level="info"):
        self.name, self.findings, self.options = name, findings, options
        self.before = len(findings)
        self.folder = Folder("attack")
        flags = [part for text in settings for part in ("--set", text)] + ["--log-level", level]
        self.server = Server(options.program, self.folder.data, options=flags, wrap=wrap)
        self.requests = 0

    def __enter__(self):
        self.server.start()
        self.bystander, self.memory = Bystander(self.server), Memory(self.server)
        self.bystander.start()
        self.memory.start()
        return self

    def __exit__(self, kind, error, trace):
        if kind:
            self.server.kill()
            return
        # At least one whole answer after the attack, and those during it.
        answers = self.bystander.answers
        deadline = time.monotonic() + 120
        while self.bystander.answers < answers + 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        self.bystander.is_ending = self.memory.is_ending = True
        self.bystander.join(120)
        if self.bystander.answers < answers + 2:
            self.fault("bystander", "is not answered any more")
        for problem in self.bystander.problems:
            self.fault("bystander", problem)
        if not self.server.is_alive():
            self.fault("server", f"ended with status {self.server.process.returncode}")
        if self.memory.most - self.memory.first > MEMORY_BOUND:
            self.fault("memory", f"from {self.memory.first >> 20} to {self.memory.most >> 20} MiB")
        self.check_log()
        self.check_metrics()
        status = self.server.stop()
        if status != 0:
            self.fault("server", f"a clean stop ended with status {status}")
        say(f"  {self.name}: {self.requests} attacks; {self.bystander.answers} answers to a bystander, the slowest in "
            f"{self.bystander.slowest:.2f} s; memory {self.memory.first >> 20} to {self.memory.most >> 20} MiB")
        self.folder.remove(self.findings[self.before:])

    def fault(self, what, text):
        self.findings.add(f"{self.name}: {what}", text)

    def call(self, label, method, path, body=None, headers=None, wanted=(400,), problem=True):
        """A request that has to be answered in one of some ways; the status and the text."""
        self.requests += 1
        try:
            status, _, text = self.server.call(method, path, body, headers, timeout=120)
        except OSError as error:
            status, text = 0, str(error).encode()
        self.judge(label, status, text, wanted, problem)
        return status, text

    def raw(self, label, data, wanted, problem=False, answers=1, half=False):
        """Bytes as they are; all that is answered up to the end of the connection or a second of silence."""
        self.requests += 1
        text = exchange(self.server.port, data, half=half)
        found = re.findall(rb"HTTP/1\.1 (\d\d\d) ", text)
        if len(found) > answers:
            self.fault("answers", f"{label}: {len(found)} answers to {answers} request(s): {text[:300]!r}")
        status = int(found[0]) if found else 0
        body = text.split(b"\r\n\r\n", 1)[1] if b"\r\n\r\n" in text else b""
        self.judge(label, status, body, wanted, problem)
        return status, text

    def judge(self, label, status, text, wanted, problem):
        if status not in wanted:
            self.fault("answer", f"{label}: {status}, expected {wanted}: {text[:300]!r}")
        elif problem and status >= 400:
            try:
                document = json.loads(text)
                if document.get("status") != status or not document.get("detail"):
                    raise ValueError
            except ValueError:
                self.fault("answer", f"{label}: {status} without a problem document: {text[:300]!r}")

    def check_log(self):
        """Each line of the log is one that the server began."""
        with open(self.server.log, "rb") as file:
            for line in file.read().split(b"\n"):
                if not line or re.match(rb"(\d{4}-\d\d-\d\dT\S+ (trace|debug|info|notice|warning|error) |foretail: )", line):
                    if not any(byte < 32 and byte != 9 or byte == 127 for byte in line):
                        continue
                self.fault("log", f"a line that is none, or has control characters: {line[:200]!r}")
                return

    def check_metrics(self):
        """Each line of the metrics is one."""
        status, _, text = self.server.call("GET", "/metrics")
        for line in text.decode().split("\n"):
            if line and not re.fullmatch(
                    r'# (HELP|TYPE) foretail_\w+ [^\n]+|foretail_\w+(\{(\w+="(\\.|[^"\\])*",?)*\})? \S+', line):
                self.fault("metrics", f"a line that is none: {line!r}")
                return


def exchange(port, data, half=False, wait=10.0, source=None):
    """Sends bytes and gives all that comes back."""
    answer = b""
    try:
        with socket.create_connection(
                ("127.0.0.1", port), timeout=wait, source_address=(source, 0) if source else None) as connection:
            try:
                connection.sendall(data)
                if half:
                    connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            while True:
                piece = connection.recv(65536)
                if not piece:
                    break
                answer += piece
                # More may come behind a whole answer where one request was read as two.
                connection.settimeout(0.5)
    except OSError:
        pass
    return answer


class Trap(threading.Thread):
    """A place that the server must never connect to. It notes who did, and answers like a webhook's receiver."""

    def __init__(self, address="127.0.0.1", port=0, answer=b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"):
        super().__init__(daemon=True)
        self.answer, self.visits = answer, []
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.socket(family)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((address, port))
        self.listener.listen(128)
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            try:
                connection.settimeout(5)
                self.visits.append(connection.recv(65536)[:200])
                connection.sendall(self.answer)
                connection.close()
            except OSError:
                self.visits.append(b"")

    def close(self):
        self.listener.close()
