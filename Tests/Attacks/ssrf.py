"""Webhooks to places that only the server can reach: none may be connected to, however the address is written."""

import json
import os
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time

from attack import Attack, Trap, say

REDIRECT = "HTTP/1.1 {status} Moved\r\nLocation: {target}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


def forms(port):
    """Ways to write this machine's loopback address, and others that are nobody else's business."""
    hosts = [
        "127.0.0.1", "localhost", "LOCALHOST", "localhost.", "127.0.0.1.", "127.1", "127.0.1", "0", "0.0.0.0",
        "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7F.1", "0177.0.0.1", "017700000001", "00000177.0.0.1", "127.0.0.01",
        "127.0.0.1%00", "127.0.0.1%2e", "%31%32%37.0.0.1", "127。0。0。1", "127.0.0.1", "①②⑦.⓪.⓪.①",
        "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::7f00:1]",
        "[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:7f00:1::1]",
        "[2001:0:7f00:1::]", "[2001:0:0:0:0:0:80ff:fffe]", "[fe80::5efe:7f00:1]", "[::1%25lo]", "[::1%lo]", "[fe80::1%25lo]",
        "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "169.254.169.254", "169.254.170.2", "[::ffff:169.254.169.254]",
        "100.100.100.200", "192.168.0.1", "10.0.0.1", "172.16.0.1", "255.255.255.255", "224.0.0.1", "192.0.2.1", "240.0.0.1",
        "user@127.0.0.1", "user:password@127.0.0.1", "example.com@127.0.0.1", "127.0.0.1@127.0.0.1", ":@127.0.0.1",
        "127.0.0.1\\@127.0.0.1", "127.0.0.1#@127.0.0.1", "127.0.0.1?@127.0.0.1", "127.0.0.1\r\nX: y", "127.0.0.1\t",
        " 127.0.0.1", "127.0.0.1 ", "127.0.0.1\0",
    ]
    urls = [f"{scheme}://{host}:{port}/x" for host in hosts for scheme in ("http", "https")]
    urls += [
        f"http:127.0.0.1:{port}/", f"//127.0.0.1:{port}/", f"http:///127.0.0.1:{port}/", f"http:\\\\127.0.0.1:{port}/",
        f"http://127.0.0.1:{port}\\@192.0.2.1/", f"HTTP://127.0.0.1:{port}/", f"http://127.0.0.1:0{port}/",
        f"http://127.0.0.1:+{port}/", f"http://127.0.0.1:{port + 65536}/", "file:///etc/passwd", f"gopher://127.0.0.1:{port}/_x",
        f"dict://127.0.0.1:{port}/x", f"ftp://127.0.0.1:{port}/", f"unix:///run/x.sock", f"http+unix://%2Frun%2Fx.sock/", "",
        "http://", "https://", "http://:80/", "javascript:alert(1)", f"ws://127.0.0.1:{port}/",
    ]
    return urls


class Resolver(threading.Thread):
    """A DNS server for names under `.test`, which answers what it is told, each time the next."""

    def __init__(self):
        super().__init__(daemon=True)
        self.names, self.asked = {}, []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))
        self.start()

    def run(self):
        while True:
            try:
                query, peer = self.socket.recvfrom(4096)
            except OSError:
                return
            labels, place = [], 12
            while query[place]:
                labels.append(query[place + 1:place + 1 + query[place]].decode("latin-1"))
                place += query[place] + 1
            name, kind = ".".join(labels).lower(), struct.unpack(">H", query[place + 1:place + 3])[0]
            answers = []
            turns = self.names.get(name)
            if turns is not None and kind in (1, 28):
                seen = self.asked.count((name, kind))
                self.asked.append((name, kind))
                for address in turns[min(seen, len(turns) - 1)]:
                    family = socket.AF_INET6 if ":" in address else socket.AF_INET
                    if (family == socket.AF_INET6) == (kind == 28):
                        data = socket.inet_pton(family, address)
                        answers.append(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 0, len(data)) + data)
            flags = 0x8580 if turns is not None else 0x8583
            self.socket.sendto(
                query[:2] + struct.pack(">HHHHH", flags, 1, len(answers), 0, 0) + query[12:place + 5] + b"".join(answers),
                peer)


def register(attack, url, wanted=(201, 400)):
    """A tail request with a webhook; its id, or nothing where the URL was refused."""
    status, text = attack.call(
        f"webhook {url!r}", "POST", "/v1/tail-requests",
        {"stream": "s", "predictions": False, "destination": {"type": "webhook", "url": url}}, None, wanted)
    if status != 201:
        return None
    return json.loads(text)["id"]


def wait_failed(attack, requests, times=1):
    """Waits until each webhook was tried and failed so often."""
    deadline = time.monotonic() + 120
    last = {}
    for request in requests:
        while time.monotonic() < deadline:
            last = attack.server.json("GET", f"/v1/tail-requests/{request}").get("delivery", {})
            if last.get("failures", 0) >= times or last.get("state") == "stopped":
                break
            time.sleep(0.05)
        else:
            attack.fault("delivery", f"{request} was not refused within two minutes: {last}")
            return


def run(options, findings):
    settings = [
        "webhooks.timeout=500ms", "webhooks.retryWait=10ms", "webhooks.longestRetryWait=20ms",
        "webhooks.breakerFailures=1000000",
    ]
    if options.plant:
        settings.append("webhooks.allow=127.0.0.1/32,::1/128")
    with Attack(options, findings, "ssrf, addresses", settings) as attack:
        trap = Trap()
        try:
            trap6 = Trap("::1", trap.port)
        except OSError:
            trap6 = None
        attack.server.json("PUT", "/v1/streams/s", {})
        requests = [id for id in (register(attack, url) for url in forms(trap.port)) if id]
        attack.server.send("s", [{"a": 1}])
        if options.plant:
            deadline = time.monotonic() + 60
            while not trap.visits and time.monotonic() < deadline:
                time.sleep(0.05)
        else:
            wait_failed(attack, requests)
        visits = trap.visits + (trap6.visits if trap6 else [])
        if visits:
            attack.fault("connected", f"{len(visits)} visits of a trap, first: {visits[0]!r}")
        say(f"  {len(forms(trap.port)) - len(requests)} of {len(forms(trap.port))} URLs refused at once, {len(requests)} at each try")
        trap.close()
    if options.plant:
        return
    names(options, findings, settings)


def names(options, findings, settings):
    """Names that lead elsewhere from one look to the next, and answers that point elsewhere."""
    try:
        resolver = Resolver()
    except OSError as error:
        return say(f"  ssrf, names: skipped, no DNS server can be had at 127.0.0.1:53 ({error})")
    with tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False) as file:
        file.write("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    os.chmod(file.name, 0o644)
    wrap = ["unshare", "-m", "sh", "-c", f"mount --bind {file.name} /etc/resolv.conf && exec \"$@\"", "sh"]
    if not shutil.which("unshare") or subprocess.run([*wrap, "true"], capture_output=True).returncode != 0:
        os.unlink(file.name)
        return say("  ssrf, names: skipped, mounting is not allowed here")
    allowed, inner = "127.0.0.2", "127.0.0.1"
    attack = Attack(options, findings, "ssrf, names", [*settings, f"webhooks.allow={allowed}/32"], wrap)
    # The shell becomes the program: nothing is left that is wrapped around it.
    attack.server.own_pid = lambda: attack.server.process.pid
    with attack:
        trap = Trap(inner)
        refusing = Trap(allowed, trap.port, b"HTTP/1.1 503 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        resolver.names = {
            # Good at the first look, evil at the next, and the other way round.
            "rebind.test": [[allowed], [inner], [allowed], [inner]],
            "first-evil.test": [[inner], [allowed]],
            "both.test": [[inner, allowed]],
            "mapped.test": [["::ffff:127.0.0.1"]],
            "translated.test": [["64:ff9b::7f00:1"]],
            "six-to-four.test": [["2002:7f00:1::1"]],
            "local.test": [["::1"], [inner]],
            "metadata.test": [["169.254.169.254"]],
        }
        attack.server.json("PUT", "/v1/streams/s", {})
        requests = [register(attack, f"http://{name}:{trap.port}/x", (201,)) for name in resolver.names]
        redirecting = []
        for status in (301, 302, 303, 307, 308):
            redirecting.append(Trap(allowed, 0, REDIRECT.format(
                status=status, target=f"http://{inner}:{trap.port}/stolen").encode()))
            requests.append(register(attack, f"http://{allowed}:{redirecting[-1].port}/x", (201,)))
        attack.server.send("s", [{"a": 1}])
        wait_failed(attack, [id for id in requests if id], times=4)
        if trap.visits:
            attack.fault("connected", f"{len(trap.visits)} visits of a trap, first: {trap.visits[0]!r}")
        if not refusing.visits or not all(place.visits for place in redirecting):
            attack.fault("test", "the allowed receivers were not asked: the attack did not come about")
        if ("rebind.test", 1) not in resolver.asked:
            attack.fault("test", "the names were not looked up: the attack did not come about")
        say(f"  {len(resolver.asked)} look-ups; allowed receivers asked {len(refusing.visits)} times, "
            f"redirections given {sum(len(place.visits) for place in redirecting)} times")
    os.unlink(file.name)
