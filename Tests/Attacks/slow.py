"""Connections that hold on to what they have: slow heads, slow bodies, readers that do not read, and very many of all."""

import socket
import time

from attack import Attack, say

#: Another address of this machine, so that the bystander is not counted with the attackers.
SOURCE = ("127.0.0.9", 0)


def connect(server):
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30, source_address=SOURCE)
    connection.setblocking(False)
    return connection


def is_open(connection):
    """Whether the other side still holds the connection; what came is dropped."""
    try:
        while True:
            if not connection.recv(65536):
                return False
    except BlockingIOError:
        return True
    except OSError:
        return False


def drip(attack, label, connections, pieces, seconds=180):
    """Sends a byte now and then until the server has enough of each."""
    attack.requests += len(connections)
    open_ones, turn = list(connections), 0
    deadline = time.monotonic() + seconds
    while open_ones and time.monotonic() < deadline:
        for connection in open_ones:
            try:
                connection.send(pieces[turn % len(pieces)])
            except OSError:
                pass
        turn += 1
        time.sleep(0.2)
        open_ones = [connection for connection in open_ones if is_open(connection)]
    if open_ones:
        attack.fault(label, f"{len(open_ones)} of {len(connections)} are still open after {seconds} s")
    for connection in connections:
        connection.close()


def run(options, findings):
    count = 100 if options.quick else 500
    limits = ["limits.headSeconds=2", "limits.bodySeconds=3", "limits.idleSeconds=4", f"limits.connectionsPerAddress={count}"]
    with Attack(options, findings, "slow", limits) as attack:
        server = attack.server
        server.json("PUT", "/v1/streams/s", {})

        def many(data):
            connections = []
            for _ in range(count):
                connections.append(connect(server))
                try:
                    connections[-1].sendall(data)
                except OSError:
                    pass
            return connections

        drip(attack, "silent", many(b""), [b""])
        drip(attack, "slow request line", many(b"G"), [b"E"])
        drip(attack, "slow headers", many(b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\n"), [b"X", b":", b"a", b"\r\n"])
        # Not only the first request of a connection.
        drip(attack, "slow second head", many(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\nGET /h"), [b"a"])
        post = b"POST /v1/streams/s/events HTTP/1.1\r\nHost: localhost\r\n"
        drip(attack, "slow body", many(post + b"Content-Length: 1000000\r\n\r\n{"), [b'"'])
        drip(attack, "slow chunks", many(post + b"Transfer-Encoding: chunked\r\n\r\n"), [b"1\r\n{\r\n", b"1\r\n \r\n"])
        drip(attack, "slow control body", many(
            b"POST /v1/tail-requests HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{"), [b" "])
        crowd(attack, count)
        readers(attack, 20 if options.quick else 100)


def crowd(attack, count):
    """More connections than one address may have: those beyond are turned away, others come in."""
    live = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    held, refused = [], 0
    for _ in range(count + 50):
        connection = socket.create_connection(("127.0.0.1", attack.server.port), timeout=30, source_address=SOURCE)
        attack.requests += 1
        answer = b""
        try:
            connection.sendall(live)
            answer = connection.recv(65536)
        except OSError:
            pass
        if answer.startswith(b"HTTP/1.1 200"):
            held.append(connection)
        elif not answer or answer.startswith(b"HTTP/1.1 503"):
            refused += 1
            connection.close()
        else:
            attack.fault("crowd", f"answered {answer[:200]!r}")
    if refused == 0:
        attack.fault("crowd", f"all {count + 50} connections of one address were taken, the limit is {count}")
    status, _, _ = attack.server.call("GET", "/v1/status")
    if status != 200:
        attack.fault("crowd", f"another address is answered {status}")
    say(f"  {len(held)} connections of one address taken, {refused} turned away")
    for connection in held:
        connection.close()


def readers(attack, count):
    """Readers that ask and do not read, under load: they cost their buffers and nothing else."""
    server = attack.server
    request = server.json("POST", "/v1/tail-requests", {"stream": "s", "predictions": False})["id"]
    stuck = []
    for _ in range(count):
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(30)
        connection.bind(SOURCE)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(f"GET /v1/tail-requests/{request}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        stuck.append(connection)
    attack.requests += count
    for _ in range(50):
        status, answer = server.send("s", [{"v": n, "p": "x" * 500} for n in range(1_000)])
        if status != 200:
            attack.fault("readers", f"a write beside readers that stand still: {status} {answer}")
    for connection in stuck:
        connection.close()
