"""kcat as a foreign client, both ways: what it writes is tailed, and what a tail delivers it reads."""

import argparse
import json
import os
import shutil
import subprocess

from harness import Findings, Folder, MockCluster, finish, load_library, say


def run(command, text=None, seconds=120):
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=seconds)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--events", type=int, default=2_000)
    options = parser.parse_args()
    library = load_library()
    if not library or not shutil.which("kcat"):
        say("foreign_test: skipped, there is no librdkafka or no kcat (apt-get install librdkafka-dev kcat)")
        return
    findings = Findings()
    folder = Folder("kafka-foreign")
    mock = MockCluster(library)
    mock.create("in", 4)
    mock.create("out", 4)
    lines = [json.dumps({"host": f"h{n % 7}", "n": n}) for n in range(options.events)]

    # kcat writes, foretail reads.
    answer = run(
        ["kcat", "-P", "-b", mock.brokers, "-t", "in", "-K", "\t"],
        "".join(f"h{n % 7}\t{line}\n" for n, line in enumerate(lines)))
    if answer.returncode:
        findings.add("kcat", answer.stderr[-400:])
    out = os.path.join(folder.path, "read.ndjson")
    tail = subprocess.Popen(
        [options.program, "tail", f"kafka://{mock.brokers}/in?group=g&key=from", "--format", "ndjson", "--key", "host", "-q",
         "--to", out])
    seen = []
    for _ in range(600):
        try:
            tail.wait(0.1)
            break
        except subprocess.TimeoutExpired:
            pass
        seen = open(out).read().splitlines() if os.path.exists(out) else []
        if len(seen) >= options.events:
            break
    tail.terminate()
    if tail.wait(60):
        findings.add("tail", f"ended with status {tail.returncode}")
    records = [json.loads(line) for line in open(out).read().splitlines()]
    if sorted(record["event"]["n"] for record in records) != list(range(options.events)):
        findings.add("read", f"{len(records)} records of {options.events} events")
    for record in records:
        if record["event"]["from"] != record["event"]["host"] or record["key"] != record["event"]["host"]:
            findings.add("key", json.dumps(record))

    # foretail writes, kcat reads.
    path = os.path.join(folder.path, "events.ndjson")
    with open(path, "w") as file:
        file.write("".join(line + "\n" for line in lines))
    answer = run(
        [options.program, "tail", path, "--key", "host", "--format", "ndjson", "--to", f"kafka://{mock.brokers}/out"])
    if answer.returncode:
        findings.add("tail", answer.stderr[-400:])
    answer = run(["kcat", "-C", "-b", mock.brokers, "-t", "out", "-e", "-q", "-f", "%p\t%k\t%s\n"])
    partitions, last, numbers = {}, {}, []
    for line in answer.stdout.splitlines():
        partition, key, value = line.split("\t")
        event = json.loads(value)["event"]
        numbers.append(event["n"])
        if key != event["host"] or partitions.setdefault(key, partition) != partition:
            findings.add("partition", line)
        if last.get(key, -1) >= event["n"]:
            findings.add("order of a key", line)
        last[key] = event["n"]
    if sorted(numbers) != list(range(options.events)):
        findings.add("written", f"{len(numbers)} messages of {options.events} events")
    say(f"  {len(records)} of kcat's messages read, {len(numbers)} messages read by kcat, over {len(set(partitions.values()))} partitions")

    # What is wrong is said. The mock cluster makes every topic that is asked for, unless it has an error: 3, unknown.
    library.rd_kafka_mock_topic_set_error(mock.cluster, b"nowhere", 3)
    for arguments, words in (
            ([f"kafka://{mock.brokers}/in"], "the consumer group is missing"),
            ([f"kafka://{mock.brokers}/nowhere?group=g"], "there is no such topic"),
            ([f"kafka://me:secret@{mock.brokers}/in?group=g"], "an address holds no user and no password"),
            ([path, "--to", f"kafka://{mock.brokers}/out?group=g"], "a destination has no parameter 'group'")):
        answer = run([options.program, "tail", *arguments])
        if answer.returncode == 0 or words not in answer.stderr or "secret" in answer.stderr:
            findings.add("message", f"{arguments}: status {answer.returncode}: {answer.stderr[-300:]}")
    finish("foreign_test", findings, folder)


if __name__ == "__main__":
    main()
