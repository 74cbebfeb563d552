"""What the Kafka tests share: librdkafka's mock cluster and a producer through ctypes, and members as processes."""

import ctypes
import ctypes.util
import json
import os
import subprocess
import sys
import threading
import time

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Server"))
import basics  # noqa: E402
from basics import Findings, Folder, position, say  # noqa: E402,F401


def load_library():
    """librdkafka, or None."""
    for name in ("librdkafka.so.1", ctypes.util.find_library("rdkafka")):
        try:
            return ctypes.CDLL(name) if name else None
        except OSError:
            continue
    return None


class Message(ctypes.Structure):
    _fields_ = [
        ("err", ctypes.c_int), ("rkt", ctypes.c_void_p), ("partition", ctypes.c_int32), ("payload", ctypes.c_void_p),
        ("len", ctypes.c_size_t), ("key", ctypes.c_void_p), ("key_len", ctypes.c_size_t), ("offset", ctypes.c_int64),
        ("private", ctypes.c_void_p)]


DELIVERED = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(Message), ctypes.c_void_p)


class Client:
    """A producer of librdkafka."""

    def __init__(self, library, properties, delivered=None):
        self.library = library
        for name in (
                "rd_kafka_conf_new", "rd_kafka_new", "rd_kafka_topic_new", "rd_kafka_mock_cluster_new"):
            getattr(library, name).restype = ctypes.c_void_p
        library.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
        configuration = ctypes.c_void_p(library.rd_kafka_conf_new())
        text = ctypes.create_string_buffer(512)
        for name, value in {"log_level": "0", **properties}.items():
            if library.rd_kafka_conf_set(configuration, name.encode(), value.encode(), text, ctypes.c_size_t(512)):
                raise SystemExit(f"{name}: {text.value.decode()}")
        if delivered:
            self.delivered = DELIVERED(delivered)
            library.rd_kafka_conf_set_dr_msg_cb(configuration, self.delivered)
        self.handle = ctypes.c_void_p(library.rd_kafka_new(0, configuration, text, ctypes.c_size_t(512)))
        if not self.handle:
            raise SystemExit(f"no client: {text.value.decode()}")


class MockCluster(Client):
    """librdkafka's mock brokers, in this process. They keep about 5 MB a partition."""

    def __init__(self, library, brokers=1):
        super().__init__(library, {})
        self.cluster = ctypes.c_void_p(library.rd_kafka_mock_cluster_new(self.handle, brokers))
        self.brokers = library.rd_kafka_mock_cluster_bootstraps(self.cluster).decode()

    def create(self, topic, partitions):
        if self.library.rd_kafka_mock_topic_create(self.cluster, topic.encode(), partitions, 1):
            raise SystemExit(f"{topic}: the mock cluster makes no topic")

    def set_down(self, is_down):
        name = "rd_kafka_mock_broker_set_down" if is_down else "rd_kafka_mock_broker_set_up"
        getattr(self.library, name)(self.cluster, ctypes.c_int32(-1))


class Producer(Client, threading.Thread):
    """Sends numbered events of some keys on and on, each acknowledged before it counts."""

    def __init__(self, library, brokers, topic, keys, pause):
        threading.Thread.__init__(self, daemon=True)
        Client.__init__(
            self, library, {"bootstrap.servers": brokers, "enable.idempotence": "true", "linger.ms": "5"}, self.note)
        self.topic = ctypes.c_void_p(library.rd_kafka_topic_new(self.handle, topic.encode(), None))
        self.keys, self.pause = keys, pause
        self.sent, self.acknowledged, self.failures, self.is_ending = 0, 0, 0, False

    def note(self, _client, message, _opaque):
        if message.contents.err:
            self.failures += 1
        else:
            self.acknowledged += 1

    def run(self):
        while not self.is_ending:
            self.send(self.sent)
            self.library.rd_kafka_poll(self.handle, 0)
            time.sleep(self.pause)
        self.library.rd_kafka_flush(self.handle, 60_000)

    def send(self, number):
        key = f"k{number % self.keys}".encode()
        value = json.dumps({"k": key.decode(), "s": number // self.keys + 1}).encode()
        # -1: the partition is the key's; 2: copy.
        if self.library.rd_kafka_produce(
                self.topic, ctypes.c_int32(-1), 2, value, ctypes.c_size_t(len(value)), key, ctypes.c_size_t(len(key)),
                None):
            self.failures += 1
        self.sent += 1


class Member:
    """A `foretail tail` of a group, as a process; notes each record with the time it came."""

    def __init__(self, program, source, name, folder, options=()):
        self.name = name
        self.records = []
        self.rest = ""
        self.log_path = os.path.join(folder, f"{name}.log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [program, "tail", source, "--format", "ndjson", *options], stdout=subprocess.PIPE, stderr=log,
                start_new_session=True)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        buffer = b""
        while True:
            piece = os.read(self.process.stdout.fileno(), 1 << 16)
            now = time.monotonic()
            if not piece:
                # A line that was cut by the kill was not delivered, nor acknowledged.
                self.rest = buffer.decode(errors="replace")
                return
            *lines, buffer = (buffer + piece).split(b"\n")
            self.records += [(now, json.loads(line)) for line in lines]

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.reader.join(30)

    def stop(self, seconds=60):
        self.process.terminate()
        try:
            status = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.reader.join(30)
        return status

    @property
    def log(self):
        with open(self.log_path, errors="replace") as log:
            return log.read()


def finish(name, findings, folder):
    """Says how it ended and ends the process so."""
    try:
        basics.finish(name, findings, folder)
    except SystemExit as end:
        sys.stdout.flush()
        # The mock cluster's threads need no farewell.
        os._exit(end.code)
