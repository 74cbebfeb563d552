"""What all tests of the running program share: ports, calls, streams of records, findings, folders."""

import http.client
import json
import os
import shutil
import socket
import sys
import tempfile
import time
import urllib.parse


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def say(text):
    print(text, flush=True)


def position(text):
    """A position as something that compares: (partition, epoch, sequence)."""
    partition, rest = text.split(":")
    epoch, sequence = rest.split("-")
    return int(partition), int(epoch), int(sequence)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def wait(what, condition, seconds):
    """Waits until something holds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.1)
    raise SystemExit(f"not within {seconds} s: {what}")


def call(port, method, path, body=None, headers=None, timeout=60, host="127.0.0.1"):
    """One request; status, headers, body as bytes. Whatever breaks is an OSError."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        return response.status, dict((k.lower(), v) for k, v in response.getheaders()), response.read()
    except http.client.HTTPException as error:
        raise OSError(str(error) or type(error).__name__) from error
    finally:
        connection.close()


def quoted(text):
    return urllib.parse.quote(text, safe="")


class Lines:
    """The body of a response that does not end, line by line, over a plain socket; chunked or not."""

    def __init__(self, port, path, headers=None, timeout=30, receive_buffer=None, connect=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect(connect or ("127.0.0.1", port))
        head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n" + "".join(
            f"{name}: {value}\r\n" for name, value in (headers or {}).items()) + "\r\n"
        self.socket.sendall(head.encode())
        self.raw = b""
        self.body = b""
        self.left = 0
        self.taken = 0
        self.is_over = False
        self.limit = None
        head = self._until(b"\r\n\r\n")
        self.status = int(head.split(b" ")[1])
        self.head = head
        self.is_chunked = b"chunked" in head.lower()
        if not self.is_chunked:
            self.left = None

    def _more(self, flags=0):
        size = 65536 if self.limit is None else min(65536, self.limit - self.taken)
        if size <= 0:
            raise ConnectionAbortedError("cut")
        piece = self.socket.recv(size, flags)
        if not piece:
            raise EOFError
        self.taken += len(piece)
        self.raw += piece

    def _until(self, mark):
        while mark not in self.raw:
            self._more()
        text, self.raw = self.raw.split(mark, 1)
        return text

    def _decode(self):
        """Moves what was received from the raw bytes to the body, as far as it goes."""
        if self.left is None:
            self.body, self.raw = self.body + self.raw, b""
            return
        while self.raw and not self.is_over:
            if self.left > 0:
                piece, self.raw = self.raw[: self.left], self.raw[self.left:]
                self.left -= len(piece)
                self.body += piece
                if self.left == 0:
                    self.left = -1
            elif self.left < 0:
                if len(self.raw) < 2:
                    return
                self.raw, self.left = self.raw[2:], 0
            else:
                if b"\r\n" not in self.raw:
                    return
                size, self.raw = self.raw.split(b"\r\n", 1)
                self.left = int(size, 16)
                if self.left == 0:
                    self.is_over = True

    def line(self):
        """The next whole line, without its end. Raises EOFError, OSError."""
        while b"\n" not in self.body:
            if self.is_over:
                raise EOFError
            if not self.raw:
                self._more()
            before = len(self.raw)
            self._decode()
            if b"\n" not in self.body and len(self.raw) == before and before:
                self._more()
        text, self.body = self.body.split(b"\n", 1)
        return text

    def close(self):
        self.socket.close()


class Message:
    """One message of a stream of server-sent events."""

    __slots__ = ("event", "id", "data")

    def __init__(self):
        self.event, self.id, self.data = "message", None, None


def messages(lines, marks=False):
    """Whole messages, as the standard of server-sent events says; with marks, also those that hold an id alone."""
    message = Message()
    while True:
        line = lines.line()
        if not line:
            if message.data is not None or (marks and message.id is not None):
                yield message
            message = Message()
        elif line.startswith(b"id: "):
            message.id = line[4:].decode()
        elif line.startswith(b"event: "):
            message.event = line[7:].decode()
        elif line.startswith(b"data: "):
            message.data = line[6:]


class Findings(list):
    """What is wrong, the first of each kind in words."""

    def add(self, kind, text):
        self.append((kind, text))

    def report(self):
        kinds = {}
        for kind, text in self:
            kinds.setdefault(kind, []).append(text)
        for kind, texts in kinds.items():
            say(f"  FAULT {kind}: {len(texts)}, first: {texts[0]}")
            for text in texts[1:8]:
                say(f"    {text}")


class Folder:
    """A folder for a test, removed where the test went well: where ``remove`` is given no findings, or the block ends without any."""

    def __init__(self, name):
        self.path = tempfile.mkdtemp(prefix=f"foretail-{name}-")
        self.data = os.path.join(self.path, "data")
        self.is_kept = False

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.remove(self.is_kept or kind)

    def remove(self, findings):
        if findings:
            say(f"  kept: {self.path}")
        else:
            shutil.rmtree(self.path, ignore_errors=True)


def finish(name, findings, folder=None):
    """Says how it ended and ends the process so."""
    findings.report()
    if folder:
        folder.remove(findings)
    say(f"{name}: {'FAILED, ' + str(len(findings)) + ' faults' if findings else 'passed'}")
    sys.exit(1 if findings else 0)
