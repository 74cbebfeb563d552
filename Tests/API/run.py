"""Holds a running foretail against its own OpenAPI document: Scripts/api-check [--binary FILE] [--examples N] [--seed N]

Starts the server on a free port with a folder of its own, validates the document it serves, runs schemathesis over all paths and
methods, checks every record of its streams against the record schemas, and its metrics with promtool.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

import jsonschema
from openapi_spec_validator import OpenAPIV31SpecValidator

from cutter import Cutter

here = pathlib.Path(__file__).resolve().parent
scripts = pathlib.Path(sys.executable).parent
# What every request sends besides.
headers = {}


def main():
    parser = argparse.ArgumentParser(prog="api-check")
    parser.add_argument("--binary", default=os.environ.get("FORETAIL", ".build/release/foretail"))
    parser.add_argument("--document", help="check against this file instead of the document that the server serves")
    parser.add_argument("--examples", type=int, default=60, help="cases of each operation in the fuzzing phase")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", help="folder for schemathesis' reports")
    options = parser.parse_args()
    binary = pathlib.Path(options.binary).resolve()
    if not binary.exists():
        sys.exit(f"api-check: there is no {options.binary}; build it, or name it with --binary")
    failed = run(binary, options, None) + run(binary, options, "token")
    for what in failed:
        print(f"api-check: {what}", file=sys.stderr)
    print("api-check: " + ("failed" if failed else "passed"))
    sys.exit(1 if failed else 0)


def run(binary, options, mode):
    """One server, with a token or without."""
    with tempfile.TemporaryDirectory(prefix="foretail-api-") as folder:
        token = mode and subprocess.run(
            [binary, "token", "add", "ops", "--scope", "admin", "--stream", "*", "--data-dir", f"{folder}/data"],
            check=True, capture_output=True, text=True).stdout.strip()
        print(f"api-check: {'with a token' if token else 'without tokens'}")
        headers.clear()
        headers.update({"Authorization": f"Bearer {token}"} if token else {})
        server, port = start(binary, folder)
        try:
            failed = check(port, options, folder, token)
            if server.poll() is not None:
                failed.append(f"the server ended by itself with status {server.returncode}")
        finally:
            server.terminate()
            try:
                status = server.wait(20)
            except subprocess.TimeoutExpired:
                server.kill()
                status = "none"
        if status != 0:
            failed.append(f"the server did not stop cleanly: status {status}")
        if failed:
            log = pathlib.Path(folder, "server.log").read_text(errors="replace")
            print("\n".join(log.splitlines()[-20:]), file=sys.stderr)
            if options.report:
                pathlib.Path(options.report, "server.log").write_text(log)
    return failed


def start(binary, folder):
    log = open(f"{folder}/server.log", "wb")
    server = subprocess.Popen(
        [binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", f"{folder}/data", "--set", "heartbeat=1s"],
        stdout=log, stderr=log, cwd=folder)
    for _ in range(300):
        found = re.search(r"127\.0\.0\.1:([1-9][0-9]*)", pathlib.Path(log.name).read_text(errors="replace"))
        if found:
            return server, int(found.group(1))
        if server.poll() is not None:
            break
        time.sleep(0.1)
    server.kill()
    sys.exit("api-check: the server does not start\n" + pathlib.Path(log.name).read_text(errors="replace"))


def get(url):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as response:
        return response.read()


def post(url, body, media_type):
    request = urllib.request.Request(url, data=body, headers={"Content-Type": media_type, **headers}, method="POST")
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def check(port, options, folder, token):
    failed = []
    url = f"http://127.0.0.1:{port}"
    text = pathlib.Path(options.document).read_bytes() if options.document else get(f"{url}/openapi.json")
    document = json.loads(text)
    errors = list(OpenAPIV31SpecValidator(document).iter_errors())
    failed += [f"openapi.json: {error.message}" for error in errors]
    print(f"api-check: openapi.json has {len(document['paths'])} paths, {len(errors)} errors")
    path = pathlib.Path(folder, "openapi.json")
    path.write_bytes(text)
    failed += check_records(url, document)
    if token:
        failed += check_tokens(url, document, token)
    cutter = Cutter(port)
    report = options.report or f"{folder}/report"
    command = [
        scripts / "schemathesis", "--config-file", here / "schemathesis.toml", "run", path,
        "--url", f"http://127.0.0.1:{cutter.port}", "--checks", "all", "--phases", "examples,coverage,fuzzing,stateful",
        "--mode", "all", "--max-examples", options.examples, "--seed", options.seed, "--no-color",
        "--report", "ndjson", "--report-dir", report]
    if token:
        command += ["--header", f"Authorization: Bearer {token}"]
    else:
        # The first token would close the server to the requests that follow.
        command += ["--exclude-operation-id", "addToken"]
    # Of one token for all requests nothing can be told of others: what wrong ones get is asked by check_tokens.
    command += ["--exclude-checks", "ignored_auth"]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": str(here / "hooks.py")}
    status = subprocess.run([str(part) for part in command], env=environment, cwd=folder)
    if status.returncode != 0:
        failed.append(f"schemathesis found faults (status {status.returncode})")
    print(f"api-check: {cutter.cuts} streams were ended")
    failed += check_metrics(url)
    return failed


def check_records(url, document):
    """Reads the streams that never end, live, and holds every record against its schema."""
    validator = jsonschema.Draft202012Validator(
        {"$ref": "#/components/schemas/Record", "components": document["components"]})
    body = b'{"stream":"api-check","trivial":true,"minConfidence":0,"announce":"every"}'
    put = urllib.request.Request(
        f"{url}/v1/streams/api-check", data=b'{"key":"host","time":"at"}', headers={"Content-Type": "application/json", **headers},
        method="PUT")
    urllib.request.urlopen(put, timeout=30).close()
    request = post(f"{url}/v1/tail-requests", body, "application/json")["id"]
    counts = {}
    failed = []
    lock = threading.Lock()
    begun = []

    def note(line, source):
        record = json.loads(line)
        errors = [error.message for error in validator.iter_errors(record)]
        with lock:
            name = f"{source} {record['kind']}"
            counts[name] = counts.get(name, 0) + 1
            if errors:
                failed.append(f"{source}: {line[:300]}: {errors[0][:300]}")

    def read(path, accept, source):
        request = urllib.request.Request(url + path, headers={"Accept": accept, **headers})
        end = time.monotonic() + 8
        kind, place, last = "event", None, None
        with urllib.request.urlopen(request, timeout=5) as response:
            begun.append(source)
            if not response.headers["Content-Type"].startswith(accept):
                failed.append(f"{source}: {response.headers['Content-Type']}, not {accept}")
            while time.monotonic() < end:
                line = response.readline().decode().rstrip("\n")
                if accept.endswith("ndjson"):
                    note(line, source)
                elif line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("id: "):
                    place = line[4:]
                elif line.startswith("data: "):
                    note(line[6:], source)
                    record = json.loads(line[6:])
                    meant = record["position"] if kind == "event" else record["to"] if kind == "gap" else None
                    if record["kind"] != kind or place != meant:
                        failed.append(f"{source}: event {kind}, id {place} before {line[:200]}")
                elif line == ": heartbeat":
                    with lock:
                        counts[f"{source} heartbeat"] = counts.get(f"{source} heartbeat", 0) + 1
                elif line == "":
                    kind, place = "event", None
                elif line != "retry: 1000":
                    failed.append(f"{source}: a line nobody knows: {line[:200]}")

    threads = []
    for path in (f"/v1/tail-requests/{request}/events?ahead=true", "/v1/streams/api-check/tail?ahead=true"):
        for accept in ("text/event-stream", "application/x-ndjson"):
            source = f"{'tail' if 'streams' in path else 'events'} {accept.split('/')[1]}"
            threads.append(threading.Thread(target=read, args=(path, accept, source)))
    for thread in threads:
        thread.start()
    while len(begun) < len(threads) and any(thread.is_alive() for thread in threads):
        time.sleep(0.05)
    # From now on: predictions of what is over are not sent.
    now = int(time.time())
    rows = (
        {"host": f"web-{n % 2}", "at": now + 30 * n, "cpu": 50 + (n // 2) % 7, "level": ["a", "b"][n // 2 % 2]}
        for n in range(400))
    lines = [json.dumps(row) + "\n" for row in rows]
    for start in range(0, len(lines), 50):
        post(f"{url}/v1/streams/api-check/events", "".join(lines[start:start + 50]).encode(), "application/x-ndjson")
    for line in get(f"{url}/v1/tail-requests/{request}/buffer/predictions").decode().splitlines():
        note(line, "buffer")
    expected = json.loads(get(f"{url}/v1/tail-requests/{request}/next?key=web-0&in=30s"))
    schema = {"$ref": "#/components/schemas/NextPrediction", "components": document["components"]}
    failed += [f"next: {error.message[:300]}" for error in jsonschema.Draft202012Validator(schema).iter_errors(expected)]
    for line in get(f"{url}/v1/streams/api-check/history").decode().splitlines():
        note(line, "history")
    for thread in threads:
        thread.join()
    for thread_source in begun:
        for kind in ("event", "prediction", "outcome", "heartbeat"):
            if not counts.get(f"{thread_source} {kind}"):
                failed.append(f"{thread_source}: no {kind} came")
    print("api-check: records held against their schemas: " + ", ".join(f"{n} {k}" for k, n in sorted(counts.items())))
    return failed[:20]


def check_tokens(url, document, token):
    """Asks every path and method without a token, and with wrong ones: 401 with a problem document, but for /health/live."""
    validator = jsonschema.Draft202012Validator(
        {"$ref": "#/components/schemas/Problem", "components": document["components"]})
    wrong = [None, "", "Bearer", f"Basic {token}", token, "Bearer tk_0000000000_" + "0" * 64, f"Bearer {token[:-1]}x",
             f"Bearer {token[:14]}{'f' * 64}", f"Bearer {token}0"]
    failed, count = [], 0
    for path, operations in document["paths"].items():
        for method in operations.keys() - {"parameters"}:
            for text in wrong:
                request = urllib.request.Request(
                    url + path.replace("{", "").replace("}", ""), method=method.upper(),
                    headers={} if text is None else {"Authorization": text})
                try:
                    with urllib.request.urlopen(request, timeout=30) as response:
                        status, answer = response.status, None
                except urllib.error.HTTPError as error:
                    with error:
                        status, answer = error.code, error.read()
                count += 1
                if path == "/health/live":
                    if status != 200:
                        failed.append(f"{method} {path}: {status}, although it needs no token")
                elif status != 401 or list(validator.iter_errors(json.loads(answer))):
                    failed.append(f"{method} {path} with {text!r}: {status} {answer!r}")
    print(f"api-check: {count} requests without a token or with a wrong one, {len(failed)} faults")
    return failed[:20]


def check_metrics(url):
    metrics = get(f"{url}/metrics")
    if not shutil.which("promtool"):
        print("api-check: metrics not checked, promtool is not installed")
        return []
    result = subprocess.run(["promtool", "check", "metrics"], input=metrics, capture_output=True)
    print(f"api-check: promtool over {len(metrics.splitlines())} lines: status {result.returncode}")
    return [] if result.returncode == 0 else [f"promtool: {(result.stdout + result.stderr).decode()[:2000]}"]


if __name__ == "__main__":
    main()
