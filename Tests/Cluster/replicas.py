"""Compares what the nats-servers of a cluster have on their disks of a stream, and shows when they differ.

Before 2.10.22 a nats-server that led a stream when it was killed, and had messages that no other server had yet, keeps them when it
comes back, in place of those that the others took meanwhile: https://github.com/nats-io/nats-server/pull/5957. Whoever reads from that
server then, or from all once it leads, misses those. Where the new leader has compacted its log meanwhile, as it does after two minutes
or 8 MiB, the server takes over what the others have. By itself this file makes the first happen, then does the second.
"""

import glob
import os
import signal
import struct
import sys
import threading
import time

from harness import Folder, NatsServer, Raw, free_port, say, wait

STREAM = "REPLICAS"


def stored(store, stream):
    """The messages of a stream in a server's store: sequence, time, and the rest as bytes."""
    folder = os.path.join(glob.escape(store), "jetstream", "$G", "streams", stream, "msgs")
    files = sorted(glob.glob(os.path.join(folder, "*.blk")), key=lambda file: int(os.path.basename(file)[:-4]))
    found = []
    for name in files:
        with open(name, "rb") as file:
            data = file.read()
        place = 0
        while place + 22 <= len(data):
            length, sequence, stamp = struct.unpack_from("<IQQ", data, place)
            length &= 0x7FFF_FFFF
            if length < 30 or place + length > len(data):
                break
            found.append((sequence, stamp, data[place + 20:place + length]))
            place += length
    return found


def differences(stores, stream):
    """Findings: servers whose messages are not those of the first, as far as both have them. What a server had not written when it
    was stopped is no difference."""
    findings, first = [], stored(stores[0], stream)
    for store in stores[1:]:
        other = stored(store, stream)
        different = [a[0] for a, b in zip(first, other) if a != b]
        if different:
            findings.append(
                f"{stream}: {len(different)} messages of {os.path.basename(store)} are not those of "
                f"{os.path.basename(stores[0])}, from sequence {different[0]} on: a fault of nats-server, see docs/cluster.md")
    return findings


class Producer(threading.Thread):
    """Publishes messages with ids to a server, some at a time, without waiting for what becomes of them."""

    def __init__(self, servers, number):
        super().__init__(daemon=True)
        self.servers, self.number, self.is_ending = servers, number, False

    def run(self):
        count = 0
        while not self.is_ending:
            server = self.servers[(self.number + count // 5) % len(self.servers)]
            try:
                raw = Raw(server.port, timeout=3)
                while not self.is_ending:
                    for _ in range(5):
                        count += 1
                        head = f"NATS/1.0\r\nNats-Msg-Id: {self.number}-{count}\r\n\r\n".encode()
                        body = b"%d-%d " % (self.number, count) + b"x" * 200
                        raw.socket.sendall(
                            b"HPUB replicas.%d %d %d\r\n" % (self.number, len(head), len(head) + len(body))
                            + head + body + b"\r\n")
                    time.sleep(0.02)
            except OSError:
                count += 5
                time.sleep(0.05)


def state(servers):
    """Who leads the stream, and whether its replicas are current."""
    for server in servers:
        if server.is_alive():
            try:
                cluster = Raw(server.port, timeout=2).ask(f"$JS.API.STREAM.INFO.{STREAM}", {}).get("cluster", {})
                return cluster.get("leader"), all(replica.get("current") for replica in cluster.get("replicas", []))
            except (OSError, ValueError, AttributeError, TypeError):
                pass
    return None, False


def round_of(seconds):
    """Kills all three while only the leader has taken what was published last, lets two go on, and the leader come back."""
    with Folder("replicas") as folder:
        routes = [free_port() for _ in range(3)]
        servers = [NatsServer(f"nats{i + 1}", folder.path, routes, routes[i]) for i in range(3)]
        producers = [Producer(servers, number) for number in range(8)]
        try:
            for server in servers:
                server.start()
            for server in servers:
                server.wait_ready()

            def is_made():
                try:
                    settings = {
                        "name": STREAM, "subjects": ["replicas.*"], "num_replicas": 3, "storage": "file", "retention": "limits",
                        "discard": "old", "duplicate_window": 120_000_000_000}
                    return "error" not in Raw(servers[0].port, timeout=3).ask(f"$JS.API.STREAM.CREATE.{STREAM}", settings)
                except (OSError, ValueError, TypeError):
                    return False

            wait("the stream is made", is_made, 60)
            for producer in producers:
                producer.start()
            time.sleep(3)
            leader = next(server for server in servers if server.name == state(servers)[0])
            others = [server for server in servers if server is not leader]
            for server in others:
                server.process.send_signal(signal.SIGSTOP)
            time.sleep(0.05)
            for server in servers:
                server.kill()
            for server in others:
                server.start()
            time.sleep(seconds)
            wait("one of the two leads", lambda: state(others)[0] not in (None, leader.name), 60)
            leader.start()
            leader.wait_ready()
            wait("all three are current", lambda: state(servers)[0] and state(servers)[1], 60)
            time.sleep(1.5)
        finally:
            for producer in producers:
                producer.is_ending = True
            for server in servers:
                server.kill()
        return differences([server.store for server in others + [leader]], STREAM)


def main():
    soon = round_of(10)
    say("back after 10 s: " + (soon[0] if soon else "no difference"))
    later = round_of(150)
    say("back after 150 s: " + (later[0] if later else "no difference"))
    say("replicas: " + ("FAILED" if later else "passed"))
    raise SystemExit(1 if later else 0)


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    main()
