"""What source and destination carry against librdkafka's mock cluster, which runs on the same machine: bench.py PROGRAM."""

import argparse
import json
import os
import resource
import subprocess
import time

from harness import Client, Folder, MockCluster, load_library, say
import ctypes
import shutil


def run(command, until=None):
    """Runs until it ends, or `until` says so; wall seconds and its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    process = subprocess.Popen(command)
    while process.poll() is None:
        if until and until():
            wall = time.monotonic() - started
            process.terminate()
            process.wait()
            break
        time.sleep(0.005)
    else:
        wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--partitions", type=int, default=16)
    options = parser.parse_args()
    library = load_library()
    if not library:
        raise SystemExit("bench: there is no librdkafka")
    folder = Folder("kafka-bench").path
    mock = MockCluster(library)
    for topic in ("in", "out"):
        mock.create(topic, options.partitions)
    path = os.path.join(folder, "events.ndjson")
    lines = []
    for n in range(options.events):
        line = json.dumps({"time": 1767225600 + n, "host": f"web-{n % 1000}", "cpu": n % 97, "n": n})
        lines.append(line[:-1] + ', "pad": "' + "x" * (150 - len(line) - 11) + '"}')
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    size = os.path.getsize(path) / options.events

    wall, cpu = run(
        [options.program, "tail", path, "--key", "host", "--format", "raw", "-q", "--to", f"kafka://{mock.brokers}/out"])
    say(f"destination: {options.events} events of {size:.0f} B in {wall:.2f} s, {options.events / wall:,.0f}/s, {cpu:.2f} CPU seconds")

    producer = Client(library, {"bootstrap.servers": mock.brokers, "queue.buffering.max.messages": "1000000"})
    topic = ctypes.c_void_p(library.rd_kafka_topic_new(producer.handle, b"in", None))
    for number, line in enumerate(lines):
        value = line.encode()
        while library.rd_kafka_produce(
                topic, ctypes.c_int32(number % options.partitions), 2, value, ctypes.c_size_t(len(value)), None,
                ctypes.c_size_t(0), None):
            library.rd_kafka_poll(producer.handle, 10)
    library.rd_kafka_flush(producer.handle, 60_000)
    out = os.path.join(folder, "out.ndjson")
    begun = []

    def is_over():
        written = os.path.getsize(out) if os.path.exists(out) else 0
        if written and not begun:
            begun.append((time.monotonic(), written))
        return written >= os.path.getsize(path)

    wall, cpu = run(
        [options.program, "tail", f"kafka://{mock.brokers}/in?group=g", "--format", "raw", "-q", "--to", out], is_over)
    took = time.monotonic() - begun[0][0]
    rest = options.events * (1 - begun[0][1] / os.path.getsize(path))
    say(f"source: {options.events} events in {wall:.2f} s with joining the group; from the first block on {took:.2f} s, "
        f"{rest / took:,.0f}/s, {cpu:.2f} CPU seconds in all")
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    main()
