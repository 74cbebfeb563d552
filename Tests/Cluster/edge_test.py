"""The HTTP side of a node is that of a server: what both are to refuse, answer and note, asked of one node over one nats-server."""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import zlib

from harness import Folder, NatsServer, Node, call, say, wait
from basics import Findings, finish
from certificates import await_lasting, connect, digest, make

ORIGIN = "https://page.example"
LIMITS = ["--set", f"cors.origins={ORIGIN}", "--set", "limits.headSeconds=1", "--set", "limits.controlBytes=2000"]


def raw(port, text, mark, seconds=30):
    """What comes back, up to a mark or the end."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        connection.sendall(text)
        answer = b""
        while mark not in answer and (piece := connection.recv(1 << 16)):
            answer += piece
        return answer


def check_calls(node, folder, findings):
    def expect(what, answer, status, kind=None, **headers):
        given, fields, body = answer
        document = json.loads(body) if kind else {}
        if given != status or kind and document.get("type") != f"urn:foretail:problem:{kind}":
            findings.add(what, f"{given} {body[:200]!r}, expected {status} {kind or ''}")
        for name, value in headers.items():
            name = name.replace("_", "-")
            if fields.get(name) != value:
                findings.add(what, f"{name} is {fields.get(name)!r}, expected {value!r}")

    port = node.port
    stream = {"key": ["k"], "partitions": 2}
    expect("created", call(port, "PUT", "/v1/streams/s", stream, {"X-Request-Id": "mine-1"}), 201, x_request_id="mine-1")
    given = call(port, "GET", "/v1/streams/s", headers={"X-Request-Id": "no good one"})[1]["x-request-id"]
    if given == "no good one":
        findings.add("request id", "one with spaces was taken over")
    expect("media type", call(port, "PUT", "/v1/streams/s", json.dumps(stream), {"Content-Type": "text/plain"}), 415, "media-type")
    expect("size", call(port, "PUT", "/v1/streams/s", {**stream, "description": "x" * 4000}), 413, "too-large")
    expect("field", call(port, "PUT", "/v1/streams/s", {**stream, "keys": ["k"]}), 400, "invalid")
    expect("parameter", call(port, "GET", "/v1/streams/s?limt=1"), 400, "invalid")
    expect("method", call(port, "PATCH", "/v1/streams/s", {}), 405, "method", allow="GET, HEAD, PUT, DELETE")
    expect("method", call(port, "POST", "/v1/cluster"), 405, "method", allow="GET, HEAD")
    expect("path", call(port, "GET", "/v1/nothing"), 404, "unknown-path")
    status, fields, body = call(port, "HEAD", "/v1/cluster")
    if status != 200 or body or int(fields.get("content-length", 0)) == 0:
        findings.add("HEAD", f"{status} {fields} {body[:100]!r}")
    packed = zlib.compress(b'{"k":"a","n":1}\n[1]\n{"k":"b","n":2}')
    status, _, body = call(port, "POST", "/v1/streams/s/events", packed, {"Content-Encoding": "deflate"})
    answer = json.loads(body)
    if status != 200 or answer["accepted"] != 2 or answer["rejected"][0]["line"] != 2:
        findings.add("packed body", f"{status} {body[:300]!r}")
    expect("encoding", call(port, "POST", "/v1/streams/s/events", b"x", {"Content-Encoding": "br"}), 415, "encoding")
    expect(
        "preflight", call(port, "OPTIONS", "/v1/cluster", headers={"Origin": ORIGIN, "Access-Control-Request-Method": "GET"}), 204,
        access_control_allow_origin=ORIGIN, access_control_allow_methods="GET, HEAD")
    expect("other sites", call(port, "DELETE", "/v1/tail-requests/tr_1", headers={"Origin": "https://evil.example"}), 403, "cross-site")
    expect("name", call(port, "GET", "/v1/cluster", headers={"Host": "evil.example"}), 421, "host")
    answer = raw(port, b"CONNECT localhost:1 HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\r\n\r\n")
    if b"connection: close" not in answer.lower():
        findings.add("CONNECT", repr(answer[:200]))
    answer = raw(port, b"GET /v1/cluster HTTP/1.1\r\nHost: local", b"}")
    if not answer.startswith(b"HTTP/1.1 408") or b"limits.headSeconds" not in answer:
        findings.add("slow head", repr(answer[:200]))
    with open(os.path.join(node.data, f"audit-{node.name}.ndjson")) as file:
        entries = [json.loads(line) for line in file]
    noted = [(entry["method"], entry["route"], entry.get("object"), entry["status"]) for entry in entries]
    for entry in (("PUT", "/v1/streams/{name}", "s", 201), ("DELETE", "/v1/tail-requests/{id}", "tr_1", 403)):
        if entry not in noted:
            findings.add("audit", f"{entry} is not among {noted}")
    if entries[0]["request"] != "mine-1" or any(entry["method"] == "POST" and entry["status"] == 200 for entry in entries):
        findings.add("audit", json.dumps(entries[:3]))
    text = call(port, "GET", "/metrics")[2].decode()
    for name in ('foretail_http_requests_total{route="/v1/streams/{name}",method="PUT",status="415"} 1',
                 'foretail_refusals_total{reason="headTime"} 1', "foretail_ingest_accepted_events_total 2",
                 "foretail_cluster_session_valid 1"):
        if name not in text:
            findings.add("metrics", f"no {name}")
    limits = node.json("GET", "/v1/status")["limits"]
    if limits["controlBytes"]["limit"] != 2000 or limits["connections"]["used"] < 1:
        findings.add("status", json.dumps(limits))


def check_predictions(node, findings):
    """What the owners of a stream's partitions predict, put together."""
    node.json("PUT", "/v1/streams/beat", {"key": ["k"], "partitions": 4, "time": "t"})
    request = node.json("POST", "/v1/tail-requests", {"stream": "beat", "filter": "event.v > 1", "predict": ["v"], "steps": 3})["id"]
    wait("the request is in force", lambda: node.json("GET", f"/v1/tail-requests/{request}")["state"] == "active", 30)
    keys, count = [f"k{number}" for number in range(8)], 202  # the last value is 1: two matches are ahead
    start = int(time.time()) - 10 * count
    events = [{"k": key, "t": start + 10 * n, "v": n % 4} for n in range(count) for key in keys]
    matched = sum(event["v"] > 1 for event in events)
    body = "\n".join(map(json.dumps, events))
    status, answer = node.call("POST", "/v1/streams/beat/events", body.encode(), {"Content-Type": "application/x-ndjson"})
    if status != 200 or json.loads(answer)["accepted"] != len(events):
        findings.add("predictions", f"{status} {answer[:200]!r}")
    path = f"/v1/tail-requests/{request}"

    def is_known():
        # 503 until the partitions have owners.
        status, answer = node.call("GET", f"{path}/confidence")
        return status == 200 and json.loads(answer)["samples"] == matched
    wait(f"the owners know {matched} matched events", is_known, 60)
    confidence, buffer = node.json("GET", f"{path}/confidence"), node.json("GET", f"{path}/buffer")
    records = [json.loads(line) for line in node.call("GET", f"{path}/buffer/predictions")[1].splitlines()]
    of_one = [json.loads(line) for line in node.call("GET", f"{path}/buffer/predictions?key=k3&limit=2")[1].splitlines()]
    if not 0.5 < confidence["confidence"] <= 1 or confidence["missing"] or len(confidence["partitions"]) != 4:
        findings.add("confidence", json.dumps(confidence))
    if sum(part["samples"] for part in confidence["partitions"]) != matched or buffer["hits"] + buffer["misses"] != matched:
        findings.add("buffer", json.dumps(buffer))
    if not records or len(records) != buffer["predictions"] or {record["key"] for record in records} != set(keys):
        findings.add("buffer", f"{len(records)} records, {json.dumps(buffer)}")
    if not of_one or len(of_one) > 2 or any(record["key"] != "k3" for record in of_one):
        findings.add("buffer", json.dumps(of_one))
    for tail, status in ("confidence?x=1", 400), ("buffer/predictions?limit=0", 400):
        if node.call("GET", f"{path}/{tail}")[0] != status:
            findings.add("questions", tail)
    if node.call("GET", "/v1/tail-requests/tr_4000000000/buffer")[0] != 404:
        findings.add("questions", "an unknown request")


def check_certificate(program, folder, servers, findings):
    """A node reads its certificate again on SIGHUP, and goes on."""
    if not shutil.which("openssl"):
        say("  certificate: skipped, there is no openssl")
        return
    pairs = [make(folder, name) for name in ("first", "second")]
    files = os.path.join(folder, "key.pem"), os.path.join(folder, "chain.pem")

    def install(pair):
        for source, target in zip(pair[:2], files):
            shutil.copyfile(source, target + ".new")
            os.replace(target + ".new", target)

    install(pairs[0])
    node = Node(program, "secure", folder, servers, [
        "--replicas", "1", "--set", f"tls.key={files[0]}", "--set", f"tls.certificate={files[1]}"])
    node.start()
    try:
        if not await_lasting(lambda: digest(connect(node.port)) == pairs[0][2]):
            findings.add("certificate", f"the node does not show it; see {node.log}")
        install(pairs[1])
        node.process.send_signal(signal.SIGHUP)
        if not await_lasting(lambda: digest(connect(node.port)) == pairs[1][2]):
            findings.add("certificate", "new connections do not get the new one")
        if node.stop() != 0:
            findings.add("certificate", f"the node ended with status {node.process.returncode}; see {node.log}")
    finally:
        node.kill()


def check_encryption(program, folder, findings):
    """A node speaks TLS to a nats-server that wants a certificate of it, and says which file is wrong."""
    if not shutil.which("openssl"):
        say("  encryption: skipped, there is no openssl")
        return
    (nats_key, nats_certificate, _), (key, certificate, _), (other_key, other, _) = [
        make(folder, name) for name in ("nats", "client", "other")]
    nats = NatsServer("encrypted", folder, more=f"""
tls {{ cert_file: "{nats_certificate}", key_file: "{nats_key}", ca_file: "{certificate}", verify: true }}
""")
    servers = [f"tls://127.0.0.1:{nats.port}"]
    ours = ["--nats-cert", certificate, "--nats-key", key]
    node = Node(program, "encrypted", folder, servers, ["--replicas", "1", "--nats-ca", nats_certificate, *ours])
    try:
        nats.start()
        nats.wait_ready()
        node.start()
        wait("the node is ready over TLS", lambda: node.is_ready() or not node.is_alive(), 90)
        if not node.is_alive():
            findings.add("encryption", f"the node has ended; see {node.log}")
            return
        answer = node.json("POST", "/v1/streams/encrypted/events", {"k": "a"})
        if answer["accepted"] != 1:
            findings.add("encryption", json.dumps(answer))
        for what, options, words in [
            ("another authority", ["--nats-ca", other, *ours], "name its authority with --nats-ca"),
            ("no certificate", ["--nats-ca", nats_certificate], "name one with --nats-cert and --nats-key"),
            ("another's certificate", ["--nats-ca", nats_certificate, "--nats-cert", other, "--nats-key", other_key], servers[0]),
        ]:
            refused = subprocess.run(
                [program, "serve", "--cluster", servers[0], "--node", "refused", "--listen", "127.0.0.1:0", "--data-dir",
                 os.path.join(folder, "refused"), "--replicas", "1", *options],
                capture_output=True, text=True, timeout=60)
            if refused.returncode == 0 or words not in refused.stderr:
                findings.add("encryption", f"{what}: status {refused.returncode}: {refused.stderr[-300:]}")
        if node.stop() != 0:
            findings.add("encryption", f"the node ended with status {node.process.returncode}; see {node.log}")
    finally:
        node.kill()
        nats.kill()


def check_reach(program, folder, servers, findings):
    """A node does not listen beyond loopback unless it is forced to, not even with a certificate."""
    secure = ["--set", f"tls.key={folder}/key.pem", "--set", f"tls.certificate={folder}/chain.pem"]
    ways = [([], "TLS")] + ([(secure, "which a node of a cluster does not have yet")] if shutil.which("openssl") else [])
    for options, words in ways:
        answer = subprocess.run(
            [program, "serve", "--cluster", servers[0], "--node", "open", "--listen", "0.0.0.0:0", "--data-dir", folder, *options],
            capture_output=True, text=True, timeout=60)
        if answer.returncode == 0 or "--insecure-remote" not in answer.stderr or words not in answer.stderr:
            findings.add("reach", f"status {answer.returncode}: {answer.stderr[-300:]}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    options = parser.parse_args()
    findings, folder = Findings(), Folder("cluster-edge")
    nats = NatsServer("nats1", folder.path)
    servers = [f"nats://127.0.0.1:{nats.port}"]
    node = Node(options.program, "n1", folder.path, servers, ["--replicas", "1", *LIMITS])
    try:
        nats.start()
        nats.wait_ready()
        node.start()
        wait("the node is ready", lambda: node.is_ready() or not node.is_alive(), 90)
        if not node.is_alive():
            raise SystemExit(f"edge_test: the node has ended; see {node.log}")
        check_calls(node, folder, findings)
        check_predictions(node, findings)
        if node.stop() != 0:
            findings.add("end", f"the node ended with status {node.process.returncode}; see {node.log}")
        check_certificate(options.program, folder.path, servers, findings)
        check_encryption(options.program, folder.path, findings)
        check_reach(options.program, folder.path, servers, findings)
    finally:
        node.kill()
        nats.kill()
    finish("edge_test", findings, folder)


if __name__ == "__main__":
    main()
