"""What the cluster tests share: nats-servers and nodes as processes, writers that know what was acknowledged, readers that resume."""

import base64
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Server"))
from basics import Folder, Lines, call, free_port, messages, percentile, position, say, wait  # noqa: E402,F401


def nats_program():
    for folder in os.environ.get("PATH", "").split(":") + ["/usr/sbin", "/usr/local/bin"]:
        if os.access(os.path.join(folder, "nats-server"), os.X_OK):
            return os.path.join(folder, "nats-server")
    raise SystemExit("nats-server is not installed (apt-get install nats-server)")


class Process:
    """A process with a log of its own."""

    def __init__(self, name, folder):
        self.name, self.process = name, None
        self.log = os.path.join(folder, f"{name}.log")

    def run(self, command):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def is_alive(self):
        return self.process is not None and self.process.poll() is None


class NatsServer(Process):
    """A nats-server with JetStream: one of a cluster, or, without routes, one by itself."""

    def __init__(self, name, folder, routes=(), route_port=None, more=""):
        super().__init__(name, folder)
        self.port = free_port()
        self.config, self.store = os.path.join(folder, f"{name}.conf"), os.path.join(folder, name)
        with open(self.config, "w") as file:
            file.write(f"""
server_name: {name}
listen: "127.0.0.1:{self.port}"
jetstream {{ store_dir: "{self.store}", max_mem: 256M, max_file: 8G }}
{more}""")
            if routes:
                file.write(f"""
cluster {{
  name: foretail
  listen: "127.0.0.1:{route_port}"
  no_advertise: true
  routes: [{", ".join(f'"nats://127.0.0.1:{port}"' for port in routes if port != route_port)}]
}}
""")

    def start(self):
        self.run([nats_program(), "-c", self.config])

    def wait_ready(self, seconds=30):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"{self.name} does not listen; see {self.log}")


class Namespace:
    """A network namespace for a node, joined to this one by a pair of virtual interfaces. Taking its end down is a link that is down:
    nothing passes, nobody is told, and what was sent meanwhile is sent again by TCP."""

    def __init__(self, number=0):
        self.name, self.device = f"foretail-{os.getpid()}-{number}", f"ft{os.getpid() % 1_000_000:06}{number}"
        block = os.getpid() * 4 + number & 0x3FFF
        # Of 198.18.0.0/15, which is set aside for tests of networks.
        self.near, self.far = f"198.18.{block >> 6}.{(block & 63) * 4 + 1}", f"198.18.{block >> 6}.{(block & 63) * 4 + 2}"

    def make(self):
        """Makes it; says why that is not possible, else nothing."""
        inside = ["-n", self.name]
        for arguments in (
                ["netns", "add", self.name],
                ["link", "add", f"{self.device}a", "type", "veth", "peer", "name", f"{self.device}b", "netns", self.name],
                ["addr", "add", f"{self.near}/30", "dev", f"{self.device}a"],
                ["link", "set", f"{self.device}a", "up"],
                inside + ["addr", "add", f"{self.far}/30", "dev", f"{self.device}b"],
                inside + ["link", "set", "lo", "up"], inside + ["link", "set", f"{self.device}b", "up"]):
            try:
                done = subprocess.run(["ip"] + arguments, capture_output=True, text=True)
            except OSError as error:
                return f"ip: {error}"
            if done.returncode != 0:
                self.remove()
                return f"ip {' '.join(arguments)}: {done.stderr.strip()}"
        return None

    def set_link(self, is_up):
        subprocess.run(
            ["ip", "-n", self.name, "link", "set", f"{self.device}b", "up" if is_up else "down"], check=True)

    def remove(self):
        # With the namespace both ends of the pair go.
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)
        subprocess.run(["ip", "link", "del", f"{self.device}a"], capture_output=True)


class Proxy(threading.Thread):
    """A wire between a node and a nats-server that can be cut: then nothing passes, and nothing is closed, as when a link is down."""

    def __init__(self, target, host="127.0.0.1"):
        super().__init__(daemon=True)
        self.target, self.is_cut = target, threading.Event()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind((host, 0))
        self.listener.listen(16)
        self.port = self.listener.getsockname()[1]

    def run(self):
        while True:
            near, _ = self.listener.accept()
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=2)
                far.settimeout(None)
            except OSError:
                near.close()
                continue
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self.pump, args=(source, sink), daemon=True).start()

    def pump(self, source, sink):
        try:
            while True:
                data = source.recv(1 << 16)
                while self.is_cut.is_set():
                    time.sleep(0.02)
                if not data:
                    break
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.close()
            except OSError:
                pass


class Node(Process):
    """A foretail node."""

    def __init__(self, program, name, folder, servers, options=(), namespace=None):
        super().__init__(name, folder)
        self.program, self.servers, self.options, self.namespace = program, servers, list(options), namespace
        self.host, self.port = namespace.far if namespace else "127.0.0.1", free_port()
        self.data = os.path.join(folder, f"{name}-data")

    def start(self):
        inside = ["ip", "netns", "exec", self.namespace.name] if self.namespace else []
        remote = ["--insecure-remote"] if self.namespace else []
        self.run(inside + [
            self.program, "serve", "--cluster", ",".join(self.servers), "--node", self.name, "--listen",
            f"{self.host}:{self.port}", *remote, "--data-dir", self.data, *self.options])

    def call(self, method, path, body=None, headers=None, timeout=40):
        status, _, text = call(self.port, method, path, body, headers, timeout, host=self.host)
        return status, text

    def json(self, method, path, body=None, timeout=40):
        status, text = self.call(method, path, body, timeout=timeout)
        if status >= 300:
            raise SystemExit(f"{method} {path} at {self.name}: {status} {text[:500]!r}")
        return json.loads(text) if text else None

    def is_ready(self):
        try:
            return self.call("GET", "/health/ready", timeout=2)[0] == 200
        except OSError:
            return False

    def stop(self, seconds=40):
        """Ends it as an operator would; says the exit status."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None


class Cluster:
    """Three nats-servers and three nodes on loopback."""

    def __init__(self, program, folder, nodes=3, options=(), proxied=(), namespaced=None):
        """namespaced: names of nodes that have a network namespace of their own, which is made and removed by the caller."""
        self.folder = folder
        routes = [free_port() for _ in range(3)]
        self.nats = [NatsServer(f"nats{i + 1}", folder, routes, routes[i]) for i in range(3)]
        self.proxies, self.nodes = {}, []
        for i in range(nodes):
            name, ports = f"n{i + 1}", [server.port for server in self.nats]
            namespace = (namespaced or {}).get(name)
            if namespace:
                # nats-servers listen on loopback alone; these wires are never cut, the link is.
                wires = [Proxy(port, namespace.near) for port in ports]
                for wire in wires:
                    wire.start()
                servers = [f"nats://{namespace.near}:{wire.port}" for wire in wires]
                self.nodes.append(Node(program, name, folder, servers, options, namespace))
                continue
            if name in proxied:
                self.proxies[name] = [Proxy(port) for port in ports]
                for proxy in self.proxies[name]:
                    proxy.start()
                ports = [proxy.port for proxy in self.proxies[name]]
            self.nodes.append(
                Node(program, name, folder, [f"nats://127.0.0.1:{port}" for port in ports], options))

    def start(self):
        for server in self.nats:
            server.start()
        for server in self.nats:
            server.wait_ready()
        for node in self.nodes:
            node.start()
        self.wait_ready()

    def stop(self):
        for process in self.nodes + self.nats:
            try:
                if process.is_alive():
                    process.process.send_signal(signal.SIGCONT)
            except OSError:
                pass
            process.kill()

    def wait_ready(self, seconds=90):
        def is_ready():
            for node in self.nodes:
                if not node.is_alive():
                    raise SystemExit(f"{node.name} has ended; see {node.log}")
            return all(node.is_ready() for node in self.nodes)
        wait("every node is ready", is_ready, seconds)

    def let_compact(self, *subjects):
        """Publishes to a subject of each stream until its leader has compacted its log, as it does by itself after two minutes: so long
        docs/cluster.md lets a server that crashed wait before it comes back."""
        for subject in subjects:
            count, deadline = 0, time.monotonic() + 60
            while count < 200:
                try:
                    raw = Raw(next(server.port for server in self.nats if server.is_alive()), timeout=2)
                    while count < 200:
                        if "seq" not in raw.ask(subject, "x" * (64 << 10)):
                            raise OSError("not stored")
                        count += 1
                except (OSError, ValueError):
                    if time.monotonic() > deadline:
                        raise SystemExit(f"not within 60 s: {subject} is stored")
                    time.sleep(0.1)

    def leaders(self):
        """The leader of every stream (None: it has none), and whether all replicas have all there is."""
        for server in self.nats:
            if not server.is_alive():
                continue
            try:
                raw = Raw(server.port, timeout=3)
                names = raw.ask("$JS.API.STREAM.NAMES", {})["streams"]
                states = [raw.ask(f"$JS.API.STREAM.INFO.{name}", {}).get("cluster", {}) for name in names]
            except (OSError, ValueError, KeyError, TypeError):
                continue
            replicas = [replica for state in states for replica in state.get("replicas") or []]
            return ([state.get("leader") for state in states],
                    all(replica.get("current") and not replica.get("offline") for replica in replicas))
        return [None], False

    def wait_current(self, seconds=300, steady=4):
        """Waits until every stream has had the same leader for so long and has current replicas: before that another crash is one too
        many."""
        seen = [None, 0]

        def is_steady():
            leaders, are_current = self.leaders()
            if leaders != seen[0]:
                seen[:] = [leaders, time.monotonic()]
            return None not in leaders and are_current and time.monotonic() - seen[1] >= steady
        wait("the replicas of all streams are current", is_steady, seconds)

    def owners(self, stream, node=None):
        """The owner of each partition, as a node sees it."""
        for candidate in [node] if node else self.alive():
            try:
                status, text = candidate.call("GET", "/v1/cluster", timeout=3)
            except OSError:
                continue
            if status == 200:
                for entry in json.loads(text)["streams"]:
                    if entry["name"] == stream:
                        return [claim.get("owner") for claim in entry.get("owners") or []]
        return []

    def alive(self):
        return [node for node in self.nodes if node.is_alive()]

    def served(self, stream):
        """Partitions that some node serves live at this moment, by node."""
        served = {}
        for node in self.alive():
            try:
                status, text = node.call("GET", "/v1/cluster", timeout=3)
            except OSError:
                continue
            if status != 200:
                continue
            for entry in json.loads(text)["owned"]:
                if entry["stream"] == stream and entry["phase"] == "live":
                    served[entry["partition"]] = (node.name, entry["epoch"], entry["lag"])
        return served

    def wait_served(self, stream, partitions, seconds=90, balanced=False):
        def is_served():
            served = self.served(stream)
            if len(served) < partitions:
                return False
            loads = [sum(1 for owner, _, _ in served.values() if owner == node.name) for node in self.alive()]
            return not balanced or max(loads) - min(loads) <= 1
        wait(f"all {partitions} partitions of {stream} are served", is_served, seconds)


class Writer(threading.Thread):
    """Writes events of its own keys, in order; a body is sent again under the same key, to any node, until it is acknowledged."""

    def __init__(self, cluster, stream, number, keys=32, pause=0.1, body=16):
        super().__init__(daemon=True, name=f"writer {number}")
        self.cluster, self.stream, self.number = cluster, stream, number
        self.keys = [f"w{number}-{key}" for key in range(keys)]
        self.pause, self.body = pause, body
        self.acknowledged, self.problems, self.latencies = [], [], []
        self.is_ending, self.resent = False, 0
        self.random = random.Random(number)

    def run(self):
        serials, bodies = {key: 0 for key in self.keys}, 0
        while not self.is_ending:
            events = []
            for _ in range(self.body):
                key = self.random.choice(self.keys)
                serials[key] += 1
                events.append({"k": key, "s": serials[key], "v": self.random.randrange(100), "t": time.time()})
            bodies += 1
            self.send(events, f"w{self.number}.{id(self):x}.{bodies}")
            time.sleep(self.pause)

    def send(self, events, name):
        text = "\n".join(json.dumps(event) for event in events).encode() + b"\n"
        begin = time.monotonic()
        attempt = 0
        while not (self.is_ending and attempt > 400):
            attempt += 1
            node = self.random.choice(self.cluster.nodes)
            try:
                status, answer = node.call(
                    "POST", f"/v1/streams/{self.stream}/events?each=true", text, {"Idempotency-Key": name}, timeout=4)
            except OSError:
                time.sleep(0.05)
                continue
            if status == 200:
                positions = json.loads(answer)["each"]
                now = time.time()
                self.latencies.append(time.monotonic() - begin)
                self.resent += attempt > 1
                if len(positions) != len(events):
                    self.problems.append(f"{len(events)} events sent, {len(positions)} positions")
                self.acknowledged += [
                    (event["k"], event["s"], place, now, event["v"]) for event, place in zip(events, positions)]
                return
            if status != 503:
                self.problems.append(f"status {status}: {answer[:300]!r}")
            time.sleep(0.05)

    def end(self):
        self.is_ending = True
        self.join(120)


class Reader(threading.Thread):
    """Reads a tail request over server-sent events from any node, and resumes at another behind the last id it saw."""

    def __init__(self, cluster, request, number, ahead=False):
        super().__init__(daemon=True, name=f"reader {number}")
        self.cluster, self.request, self.ahead = cluster, request, ahead
        self.records, self.others, self.problems = [], [], []
        self.last, self.connections, self.is_ending = None, 0, False
        self.random = random.Random(1000 + number)
        self.node = None

    def run(self):
        while not self.is_ending:
            self.node = self.random.choice(self.cluster.nodes)
            try:
                self.read(self.node)
            except (OSError, EOFError, ValueError):
                time.sleep(0.05)

    def read(self, node):
        headers = {"Accept": "text/event-stream"}
        if self.last:
            headers["Last-Event-ID"] = self.last
        query = ("?ahead=true" if self.ahead else "?") + ("" if self.last else "&from=oldest")
        # Under a steady load silence means that the node is gone.
        lines = Lines(node.port, f"/v1/tail-requests/{self.request}/events{query}", headers, timeout=4,
            connect=(node.host, node.port))
        try:
            if lines.status != 200:
                if lines.status not in (503, 404):
                    self.problems.append(f"status {lines.status}: {lines.head[:300]!r}")
                time.sleep(0.1)
                return
            self.connections += 1
            for message in messages(lines, marks=True):
                if message.data is not None and message.event == "message":
                    self.records.append((json.loads(message.data), time.time()))
                elif message.data is not None:
                    self.others.append((message.event, json.loads(message.data)))
                if message.id is not None:
                    self.last = message.id
                if self.is_ending:
                    return
        finally:
            lines.close()


class Raw:
    """A NATS connection with just what reading a stream's messages takes."""

    def __init__(self, port, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.file = self.socket.makefile("rb")
        self.file.readline()
        self.socket.sendall(b'CONNECT {"verbose":false,"pedantic":false,"headers":true}\r\nSUB _INBOX.t 1\r\n')

    def ask(self, subject, body):
        return self.ask_all([(subject, body)])[0]

    def ask_all(self, questions):
        """Asks all at once; the answers, in any order."""
        for subject, body in questions:
            text = json.dumps(body).encode()
            self.socket.sendall(f"PUB {subject} _INBOX.t {len(text)}\r\n".encode() + text + b"\r\n")
        answers = []
        while len(answers) < len(questions):
            line = self.file.readline()
            if line.startswith(b"PING"):
                self.socket.sendall(b"PONG\r\n")
            elif line.startswith(b"MSG"):
                length = int(line.split()[-1])
                answers.append(json.loads(self.file.read(length + 2)[:length]))
            elif not line:
                raise OSError("the connection is closed")
        return answers

    def messages(self, stream):
        """Sequence, subject and payload of all messages of a stream, as its leader has them."""
        state = self.ask(f"$JS.API.STREAM.INFO.{stream}", {})["state"]
        for first in range(state["first_seq"], state["last_seq"] + 1, 100):
            sequences = range(first, min(first + 100, state["last_seq"] + 1))
            answers = self.ask_all([(f"$JS.API.STREAM.MSG.GET.{stream}", {"seq": sequence}) for sequence in sequences])
            found = [answer["message"] for answer in answers if "message" in answer]
            for message in sorted(found, key=lambda message: message["seq"]):
                yield message["seq"], message["subject"], base64.b64decode(message.get("data", ""))
