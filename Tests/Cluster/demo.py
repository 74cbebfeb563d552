"""A tail that survives a kill: three nats-servers, three nodes, a writer, a reader, and `kill -9` of the node that owns most."""

import collections
import sys
import time

from checker import check
from harness import Cluster, Folder, Reader, Writer, say


def main(program):
    with Folder("cluster-demo") as folder:
        cluster = Cluster(program, folder.path)
        try:
            say("starting three nats-servers and three nodes")
            cluster.start()
            first = cluster.nodes[0]
            first.json("PUT", "/v1/streams/demo", {"key": ["k"], "partitions": 16, "time": "t"})
            request = first.json("POST", "/v1/tail-requests", {"stream": "demo", "predictions": False})["id"]
            cluster.wait_served("demo", 16, balanced=True)
            say(f"16 partitions of stream demo: {dict(collections.Counter(cluster.owners('demo')))}; tail request {request}")
            writer, reader = Writer(cluster, "demo", 0), Reader(cluster, request, 0)
            writer.start()
            reader.start()
            for second in range(16):
                time.sleep(1)
                if second == 4:
                    victim = reader.node
                    victim.kill()
                    say(f"      kill -9 {victim.name}, the node that the reader reads from")
                latest = max((came for _, came in reader.records), default=0)
                say(f"{second + 1:4} s  acknowledged {len(writer.acknowledged):6}  read {len(reader.records):6}  "
                    f"last event {max(0, time.time() - latest):.1f} s ago  "
                    f"owners {dict(collections.Counter(cluster.owners('demo')))}")
            writer.end()
            deadline = time.monotonic() + 20
            while len(reader.records) < len(writer.acknowledged) and time.monotonic() < deadline:
                time.sleep(0.2)
            reader.is_ending = True
            findings, figures = check(writer.acknowledged, {"reader": [record for record, _ in reader.records]})
            say(f"acknowledged {figures['acknowledged']}, lost {figures['lost']}, repeats {figures['repeats']}, "
                f"connections of the reader {reader.connections}")
            for finding in findings[:5]:
                say(f"  {finding}")
        finally:
            cluster.stop()
    raise SystemExit(1 if findings else 0)


if __name__ == "__main__":
    main(sys.argv[1])
