"""Events in order of time to a stream that predicting requests wait on: predicting.py PORT STREAM SECONDS. A thousand hosts in
turn, a minute a turn; one connection, bodies of 200."""
import json
import sys
import time
import urllib.request

port, stream, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
url = f"http://127.0.0.1:{port}"


def status():
    return json.load(urllib.request.urlopen(f"{url}/v1/status", timeout=60))["shards"][0]


before, begun, number = status(), time.time(), 0
while time.time() - begun < seconds:
    body = "\n".join(
        json.dumps({"time": 1767225600 + n * 0.06, "host": f"web-{n % 1000}", "cpu": n * 7 % 100}) for n in range(number, number + 200)
    ).encode()
    number += 200
    urllib.request.urlopen(
        urllib.request.Request(
            f"{url}/v1/streams/{stream}/events", data=body, headers={"Content-Type": "application/x-ndjson"}), timeout=60).read()
after, took = status(), time.time() - begun
print(
    f"predicting: {(after['events'] - before['events']) / took:,.0f} events/s, {(after['predictions'] - before['predictions']) / took:,.0f} "
    f"predictions/s, {sum(after[k] - before[k] for k in ('hits', 'wrong', 'expired', 'withdrawn')) / took:,.0f} outcomes/s")
