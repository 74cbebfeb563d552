"""A receiver that is down for ten minutes, and one whose certificate is for another name: nothing is lost, and nothing hurried.

Time is a hundred times faster: the waits of the server are a hundredth of its defaults, and so are the ten minutes.
"""

import argparse
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Server"))
from harness import Findings, Folder, Server, Writer, finish, free_port, position, say  # noqa: E402
from receiver import SECRET, Receiver  # noqa: E402

FACTOR = 100
DOWN = 600 / FACTOR
OPTIONS = [
    "webhooks.allow=127.0.0.1/32", "webhooks.timeout=2s", "webhooks.retryWait=10ms", "webhooks.longestRetryWait=3s",
    "webhooks.longestRetryAfter=36s", "webhooks.breakerPause=50ms", "webhooks.longestBreakerPause=3s",
]

# For tests only: anybody has the keys. The first is for hooks.test, the second for localhost.
OTHER_NAME = """-----BEGIN CERTIFICATE-----
MIIBmDCCAT6gAwIBAgIUQpkRm6n41CeXgbi+Qt9+5dmWNwgwCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKaG9va3MudGVzdDAgFw0yNjExMjMwODI1MzBaGA8yMTI2MTAz
MDA4MjUzMFowFTETMBEGA1UEAwwKaG9va3MudGVzdDBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABNYSwG3MBtR0MwbbSsO1/9N7ux4YRuSG7Xb0hIESAzYhDlGe40X2
cfRHc0cx+BnLnzc5jnHvrLfesZMBTboSzS2jajBoMB0GA1UdDgQWBBTpGQ5PBdss
R0bPlOmtbLTS313uYTAfBgNVHSMEGDAWgBTpGQ5PBdssR0bPlOmtbLTS313uYTAV
BgNVHREEDjAMggpob29rcy50ZXN0MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0E
AwIDSAAwRQIgBY8jX5xtyUTTuvk0KD2ZJutGBCIrK85WYrdvBlNDiZMCIQC1pZAw
9SpGWVv0sM44oimq/pjPIAQQUMsRUTgISP24gA==
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg8d0JDpHiYGRog91z
QPiOk4TNnoOnLqHkXr9WZJao3behRANCAATWEsBtzAbUdDMG20rDtf/Te7seGEbk
hu129ISBEgM2IQ5RnuNF9nH0R3NHMfgZy583OY5x76y33rGTAU26Es0t
-----END PRIVATE KEY-----
"""
RIGHT_NAME = """-----BEGIN CERTIFICATE-----
MIIBrTCCAVSgAwIBAgIUQd/iFKgZaIvJYYop6RVccFzu6tkwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzExMjk1OFoYDzIxMjUwNjE3
MTEyOTU4WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASkGTxApB+ty9Vze0oNHxRKaKQYr4+YFDuuB6v0ucRxCLNHdH4MgDrQ
RWW+uc6u0e4IrjcIX9lHfH4PiyLIG/Nio4GBMH8wHQYDVR0OBBYEFGDYTtHg0KKF
VmoYhXokhefkoqGLMB8GA1UdIwQYMBaAFGDYTtHg0KKFVmoYhXokhefkoqGLMA8G
A1UdEwEB/wQFMAMBAf8wLAYDVR0RBCUwI4IJbG9jYWxob3N0hwR/AAABhxAAAAAA
AAAAAAAAAAAAAAABMAoGCCqGSM49BAMCA0cAMEQCICXJF4A3rkwQiNb++MxORf5Z
ATztqU/D/evGrc1zADF8AiACaIae8ItaU/W+63BzeyZsY0Qw2EXLUmaTb9l7ZCSl
Wg==
-----END CERTIFICATE-----
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgkPPd7EsEtwXPnu4l
6wlMVjKQUFnIqNhaH3GdT/oMu4ChRANCAASkGTxApB+ty9Vze0oNHxRKaKQYr4+Y
FDuuB6v0ucRxCLNHdH4MgDrQRWW+uc6u0e4IrjcIX9lHfH4PiyLIG/Ni
-----END PRIVATE KEY-----
"""


class Refusal(threading.Thread):
    """Counts who comes to a port where nobody answers, and closes at once."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.visits = 0
        self.listener = socket.create_server(("127.0.0.1", port))
        self.start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.visits += 1
            connection.close()

    def stop(self):
        # accept() keeps the socket until it returns.
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def delivery(server, request):
    return server.json("GET", f"/v1/tail-requests/{request}").get("delivery", {})


def wait_for(condition, seconds=180):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    return None


def settle(server, request, writers, receiver, findings, name):
    """Ends the writers, waits for the delivery, and holds what was taken against the log."""
    for writer in writers:
        writer.is_ending = True
    for writer in writers:
        writer.join(90)
        for problem in writer.problems:
            findings.add("answer", problem)
    _, answer = server.send("load", [{"k": "end", "n": 1, "s": 1, "v": 1}])
    end = position(answer["last"])

    def is_there():
        state = delivery(server, request)
        return state.get("state") == "current" and position(state["position"]) >= end

    if not wait_for(is_there):
        findings.add(name, f"did not come to {answer['last']}: {delivery(server, request)}")
    history = [(r["position"], r["event"]) for r in server.history("load") if r["kind"] == "event"]
    given = [(r["position"], r["event"]) for r in receiver.delivered() if r["kind"] == "event"]
    if given != history:
        missing = [where for where in history if where not in given]
        findings.add(name, f"{len(given)} of {len(history)} events were taken, missing {missing[:3]}, or not in order")
    receiver.check_ids(findings)
    return len(history)


def down(options, findings):
    """Ten minutes without an answer, at the port of a receiver that then comes back."""
    folder = Folder("down")
    server = Server(options.program, folder.data, options=[part for text in OPTIONS for part in ("--set", text)])
    server.start()
    server.json("PUT", "/v1/streams/load", {"key": "k"})
    port = free_port()
    gone = Refusal(port)
    request = server.json("POST", "/v1/tail-requests", {
        "stream": "load", "predictions": False,
        "destination": {"type": "webhook", "url": f"http://127.0.0.1:{port}/hook", "secret": SECRET}})["id"]
    writers = [Writer(server, "load", f"w{number}", 4, number, batch=(1, 20), pause=0.05) for number in range(2)]
    for writer in writers:
        writer.start()
    time.sleep(DOWN)
    state = delivery(server, request)
    if state.get("state") not in ("retrying", "paused") or not state.get("lag"):
        findings.add("down", f"after ten minutes the delivery says {state}")
    if server.json("GET", f"/v1/dead-letters?request={request}")["deadLetters"]:
        findings.add("down", "a dead letter after ten minutes, where a day is allowed")
    # The breaker opens after 5 failures and lets one attempt through after 50 ms, 100 ms and so on up to 3 s; in between,
    # each wait is drawn up to a bound that doubles. A server that hurried would come a thousand times.
    wait_for(lambda: gone.visits >= 5)
    visits = gone.visits
    if not 5 <= visits <= 100:
        findings.add("down", f"{visits} attempts in ten minutes")
    gone.stop()
    receiver = Receiver(1, share=0, port=port)
    count = settle(server, request, writers, receiver, findings, "down")
    if server.stop() != 0:
        findings.add("server", "a clean stop failed")
    say(f"  down for ten minutes: {visits} attempts, then {count} events in {len(receiver.attempts)} messages")
    folder.remove(findings)


def wrong_name(options, findings):
    """A certificate for another name takes nothing; with the right one all that waited comes."""
    folder = Folder("name")
    files = {}
    for name, text in (("other", OTHER_NAME), ("right", RIGHT_NAME)):
        files[name] = os.path.join(folder.path, f"{name}.pem")
        with open(files[name], "w") as file:
            file.write(text)
    trusted = os.path.join(folder.path, "trusted.pem")
    with open(trusted, "w") as file:
        for text in (OTHER_NAME, RIGHT_NAME):
            file.write(text[:text.index("-----BEGIN PRIVATE")])
    settings = [*OPTIONS, f"webhooks.trustedCertificates={trusted}"]
    server = Server(options.program, folder.data, options=[part for text in settings for part in ("--set", text)])
    server.start()
    server.json("PUT", "/v1/streams/load", {"key": "k"})
    port = free_port()
    receiver = Receiver(1, share=0, port=port, certificate=files["other"])
    request = server.json("POST", "/v1/tail-requests", {
        "stream": "load", "predictions": False,
        "destination": {"type": "webhook", "url": f"https://127.0.0.1:{port}/hook", "secret": SECRET}})["id"]
    writers = [Writer(server, "load", "w", 4, 1, batch=(1, 20), pause=0.05)]
    for writer in writers:
        writer.start()
    # Also a server that was killed asks for the name again.
    for turn in range(2):
        if not wait_for(lambda: delivery(server, request).get("failures", 0) >= 3):
            findings.add("wrong name", f"was not refused: {delivery(server, request)}")
        problem = delivery(server, request).get("lastProblem", {}).get("detail", "")
        if "another name" not in problem:
            findings.add("wrong name", f"says {problem!r}")
        if turn == 0:
            server.kill()
            server.start()
    if receiver.attempts or receiver.problems:
        findings.add("wrong name", f"{len(receiver.attempts)} messages were sent to another name")
    receiver.stop()
    receiver = Receiver(1, share=0, port=port, certificate=files["right"])
    count = settle(server, request, writers, receiver, findings, "wrong name")
    if server.stop() != 0:
        findings.add("server", "a clean stop failed")
    say(f"  a wrong name: nothing sent; with the right one {count} events in {len(receiver.attempts)} messages")
    folder.remove(findings)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    options = parser.parse_args()
    findings = Findings()
    down(options, findings)
    wrong_name(options, findings)
    finish("down_webhooks", findings)


if __name__ == "__main__":
    main()
