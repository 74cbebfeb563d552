"""Stands between a client and the server and ends streams that never end.

Bytes go both ways unchanged. Where a response is a stream of records (chunked, server-sent events or NDJSON) and has been silent
for a while, the last chunk is put behind it and the connection is closed, as if the server had ended it. Whatever the server says
of its own accord reaches the client as it is.
"""

import select
import socket
import threading


class Cutter:
    def __init__(self, port, silence=0.25):
        self.target = ("127.0.0.1", port)
        self.silence = silence
        self.cuts = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.relay, args=(client,), daemon=True).start()

    def relay(self, client):
        try:
            with client, socket.create_connection(self.target) as server:
                for side in (client, server):
                    side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                head = b""
                while True:
                    ready, _, _ = select.select([client, server], [], [], self.silence)
                    if not ready and self.is_open(head):
                        self.cuts += 1
                        client.sendall(b"0\r\n\r\n")
                        return
                    for side in ready:
                        piece = side.recv(65536)
                        if not piece:
                            return
                        if side is client:
                            head = b""
                            server.sendall(piece)
                        else:
                            # The first bytes of a response hold its head.
                            if len(head) < 65536:
                                head += piece
                            client.sendall(piece)
        except OSError:
            return

    @staticmethod
    def is_open(head):
        lower = head.split(b"\r\n\r\n")[0].lower()
        return (b"transfer-encoding: chunked" in lower and b"cache-control: no-store" in lower
                and (b"text/event-stream" in lower or b"ndjson" in lower) and not head.endswith(b"0\r\n\r\n"))
