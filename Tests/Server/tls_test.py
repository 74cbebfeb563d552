"""Renews the certificate of a running server by SIGHUP: Scripts/server-tests --only tls

The pair is replaced and the signal sent; the next connection must see the new certificate, one that is open must live on, a pair that
does not fit must change nothing, and no signal may end the server. Needs the program `openssl`.
"""

import argparse
import os
import shutil
import signal
import sys

from certificates import await_lasting, connect, digest, make
from harness import Findings, Folder, Server, finish, say


def ask(connection):
    connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return connection.recv(4096).startswith(b"HTTP/1.1 200")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--plant", choices=["stale"], help="leave the old pair in its place")
    options = parser.parse_args()
    if not shutil.which("openssl"):
        say("tls_test: skipped, there is no openssl")
        sys.exit(0)
    findings = Findings()
    folder = Folder("tls")
    pairs = [make(folder.path, name) for name in ("first", "second", "third")]
    key, certificate = os.path.join(folder.path, "key.pem"), os.path.join(folder.path, "chain.pem")

    def install(key_of, certificate_of):
        for source, target in ((pairs[key_of][0], key), (pairs[certificate_of][1], certificate)):
            shutil.copyfile(source, target + ".new")
            os.replace(target + ".new", target)

    def told(text):
        with open(server.log, encoding="utf-8", errors="replace") as file:
            return file.read().count(text)

    install(0, 0)
    os.environ.update(FORETAIL_TLS_CERTIFICATE=certificate, FORETAIL_TLS_KEY=key)
    server = Server(options.program, folder.data)
    server.start(wait=False)
    if not await_lasting(lambda: ask(connect(server.port))):
        raise SystemExit(f"tls_test: the server does not answer; see {server.log}")
    old = connect(server.port)
    if digest(old) != pairs[0][2]:
        findings.add("first", "another certificate than the one that was configured")
    # Nothing changed: only the signal can have it read again.
    before = told("certificate replaced")
    os.kill(server.own_pid(), signal.SIGHUP)
    if not await_lasting(lambda: told("certificate replaced") > before):
        findings.add("signal", "SIGHUP did not have the pair read again")
    if options.plant != "stale":
        install(1, 1)
    os.kill(server.own_pid(), signal.SIGHUP)
    if not await_lasting(lambda: digest(connect(server.port)) == pairs[1][2], 10 if options.plant else 60):
        findings.add("renewal", "new connections do not get the new certificate")
    if not ask(old):
        findings.add("open", "a connection of before was cut")
    # A key that is another's.
    before = told("certificate not replaced")
    install(2, 1)
    os.kill(server.own_pid(), signal.SIGHUP)
    if not await_lasting(lambda: told("certificate not replaced") > before):
        findings.add("refused", "a key that is another's was not told of")
    if not options.plant and digest(connect(server.port)) != pairs[1][2]:
        findings.add("refused", "the pair of before is not in force any more")
    if server.stop() != 0:
        findings.add("stop", "the server did not end cleanly")
    finish("tls_test", findings, folder)


if __name__ == "__main__":
    main()
