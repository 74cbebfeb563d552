"""What the formats of openapi.json stand for, so that valid data can be made of it."""

import json

import schemathesis
from hypothesis import strategies as st

names = st.sampled_from(["cpu", "host", "level", "user.id", "at", "a.b.c"])
numbers = st.one_of(st.integers(-1000, 1000).map(str), st.floats(0, 1e6).map(lambda x: f"{x:.3f}"))
words = st.text(alphabet="abcXYZ0 _-äß✓", max_size=8).map(lambda x: json.dumps(x, ensure_ascii=False))


@st.composite
def conditions(draw, depth=0):
    kind = draw(st.integers(0, 5 if depth < 3 else 3))
    name = "event." + draw(names)
    if kind == 0:
        return f"{name} {draw(st.sampled_from(['<', '<=', '>', '>=', '==', '!=']))} {draw(numbers)}"
    if kind == 1:
        return f"{name} {draw(st.sampled_from(['==', '!=']))} {draw(words)}"
    if kind == 2:
        return f"{name} in [{', '.join(draw(st.lists(words, min_size=1, max_size=4)))}]"
    if kind == 3:
        return f"meta.key {draw(st.sampled_from(['==', '!=']))} {draw(words)}"
    if kind == 4:
        return f"!({draw(conditions(depth + 1))})"
    sides = draw(conditions(depth + 1)), draw(conditions(depth + 1))
    return f"({sides[0]}) {draw(st.sampled_from(['&&', '||']))} ({sides[1]})"


events = st.dictionaries(
    st.sampled_from(["cpu", "host", "level", "at", "é"]),
    st.one_of(st.integers(-(2**53), 2**53), st.text(max_size=12), st.booleans(), st.none(), st.floats(-1e9, 1e9)),
    max_size=5)
cells = st.text(alphabet="abc019 .-é", max_size=6)
patterns = st.dictionaries(names, st.lists(st.integers(-9, 9), min_size=1, max_size=3), min_size=1, max_size=3)
ndjson = st.lists(events, max_size=6).map(lambda rows: "".join(json.dumps(row) + "\n" for row in rows))
csv = st.lists(st.lists(cells, min_size=2, max_size=2), max_size=5).map(
    lambda rows: "host,cpu\n" + "".join(",".join(row) + "\n" for row in rows))

schemathesis.openapi.format("cel", conditions())
schemathesis.openapi.format("event-pattern", patterns.map(json.dumps))
schemathesis.openapi.format("ndjson", ndjson)
schemathesis.openapi.format("csv", csv)


def raw(context, value):
    """A text goes out as it is; what is none is left to filter_case."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


schemathesis.serializer("application/x-ndjson", "text/csv")(raw)


@schemathesis.hook
def filter_case(context, case):
    """Leaves out what is no test: faulty texts, whose lines are refused one by one, and valid cases with faulty parts."""
    meta = case.meta
    if meta is None:
        return True
    faulty = {place.value for place, part in meta.components.items() if not part.mode.is_positive}
    if "body" in faulty and case.media_type in ("application/x-ndjson", "text/csv", "text/plain"):
        return False
    return not (meta.generation.mode.is_positive and faulty)
