"""A receiver of webhooks that fails in every way there is, and remembers what it took."""

import base64
import hashlib
import hmac
import http.server
import json
import random
import socketserver
import ssl
import threading
import time

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()

try:
    from standardwebhooks.webhooks import Webhook
except ImportError:
    Webhook = None


def verify(headers, body):
    """Raises where the signature is not right: by the public package where it is installed, else as its text says."""
    if Webhook:
        Webhook(SECRET).verify(body, {name: headers[name] for name in ("webhook-id", "webhook-timestamp", "webhook-signature")})
        return
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    code = hmac.new(base64.b64decode(SECRET[6:]), signed, hashlib.sha256).digest()
    if headers["webhook-signature"] != "v1," + base64.b64encode(code).decode():
        raise ValueError("the signature is wrong")
    if abs(time.time() - int(headers["webhook-timestamp"])) > 300:
        raise ValueError("the timestamp is old")


class Receiver:
    """Listens on loopback; what it does to a message is drawn from `share` of all that may go wrong."""

    FAULTS = ("500", "503", "429", "404", "302", "garbage", "close", "cut", "endless", "never", "taken, not said")

    def __init__(self, seed, share=0.4, patience=1.0, port=0, certificate=None):
        self.random = random.Random(seed)
        self.share = share
        self.patience = patience
        self.lock = threading.Lock()
        self.attempts = []
        self.taken = []
        self.problems = []
        self.faults = {}
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def do_POST(self):
                receiver.post(self)

        class Listener(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, address):
                pass

        self.server = Listener(("127.0.0.1", port), Handler)
        self.scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            # The handshake is made by the thread of its connection: one that fails holds up nobody.
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def checked(self, handler):
        """Headers, body and events of a delivery whose signature and form are right; else None, and a problem is noted."""
        body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        try:
            verify(headers, body)
            events = json.loads(body)
            if headers["content-type"] != "application/cloudevents-batch+json":
                raise ValueError(headers["content-type"])
            if any(event["specversion"] != "1.0" for event in events):
                raise ValueError("no CloudEvents 1.0")
        except Exception as error:  # whatever it is, it is a finding
            self.problems.append(f"{type(error).__name__}: {error}")
            return None
        return headers, body, events

    def post(self, handler):
        delivery = self.checked(handler)
        if delivery is None:
            return self.answer(handler, 200)
        headers, body, events = delivery
        with self.lock:
            fault = self.random.choice(self.FAULTS) if self.random.random() < self.share else None
            self.attempts.append((headers["webhook-id"], body))
            if fault:
                self.faults[fault] = self.faults.get(fault, 0) + 1
            # Who closes after the work was done has taken it: the same comes again, and is known by its id.
            if fault in (None, "taken, not said", "endless"):
                self.taken.append((headers["webhook-id"], events))
        if fault is None:
            return self.answer(handler, 200)
        if fault.isdigit():
            extra = {"429": [("Retry-After", "1")], "302": [("Location", f"http://127.0.0.1:{self.port}/other")]}
            return self.answer(handler, int(fault), extra.get(fault, []))
        handler.close_connection = True
        if fault == "garbage":
            handler.wfile.write(b"\x01\x02\x03 this is no HTTP\r\n\r\n")
        elif fault == "cut":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
        elif fault == "never":
            time.sleep(self.patience)
        elif fault == "endless":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            try:
                for _ in range(1_000):
                    handler.wfile.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            except OSError:
                pass

    def answer(self, handler, status, extra=()):
        try:
            handler.send_response(status)
            for name, value in extra:
                handler.send_header(name, value)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        except OSError:
            pass

    def delivered(self):
        """The records that were taken, each message once, in order."""
        seen = set()
        records = []
        with self.lock:
            for message, events in self.taken:
                if message not in seen:
                    seen.add(message)
                    records += [event["data"] for event in events]
        return records

    def check_ids(self, findings):
        """A message is the same whenever it comes, and none is overtaken by a later one."""
        bodies = {}
        order = []
        for message, body in self.attempts:
            if bodies.setdefault(message, body) != body:
                findings.add("id", f"{message} came with two bodies")
            if not order or order[-1] != message:
                if message in order:
                    findings.add("order", f"{message} came again behind a later message")
                order.append(message)
        for problem in self.problems:
            findings.add("message", problem)
