"""Random events, as the text of their lines."""

import json

INTEGERS = [0, 1, -1, 2, 3, 5, 7, 10, 41, 100, -3, 255, 1 << 31, (1 << 53) + 1, (1 << 63) - 1, -(1 << 63), 1700000000]
DOUBLES = [
    "0.0", "-0.0", "1.0", "1.5", "-2.5", "41.0", "41.9", "0.1", "0.30000000000000004", "1e3", "2.5e-3", "1E300",
    "-1e300", "9007199254740992.0", "9.223372036854775807e18", "5e-324", "100.0", "3.0", "-7.0", "123456789.125",
]
WORDS = [
    "", "a", "b", "ab", "abc", "error", "Error", "info", "warning", "disk \"full\"", "back\\slash", "tab\there", "two\nlines",
    "é", "e\u0301", "ß", "日本", "😀", "a😀b", "\u0001", "\uffff", "\U0010ffff", "x y", "42", "-7", "+5", "1.5", "1e3", "0x10",
    "true", "false", "T", "yes", "tag1", "tag22", "user@example.com", "10.0.0.1", "aaa", "a.b", "NaN", "inf",
]
TIMES = [
    "2024-02-29T23:59:59Z", "2024-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999Z", "2023-12-31T22:30:00-05:00",
    "2024-03-10T07:30:00Z", "2024-07-04T12:34:56.789Z", "2024-11-03T06:30:00.000001Z", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z", "1900-03-01T12:00:00+01:00", "2100-02-28T00:00:00.123456789+05:45",
]
NOT_TIMES = ["2024-13-01T00:00:00Z", "2023-02-29T00:00:00Z", "2024-01-01 00:00:00Z", "2024-01-01T00:00:00", "2024-01-01", "10000-01-01T00:00:00Z"]
SPANS = ["1s", "90s", "1h", "-1.5h", "1h30m", "250ms", "1us", "1ns", "0s", "0", "2562047h", "1.000000001s", "-0.5s", "100m", "+2s"]
NOT_SPANS = ["1", "s", "", "1d", "1 s", "1h-3m", "3000000h", "--1s"]
KEYS = ["a", "b", "k", "v", "x y", "é", "deep"]


class EventWriter:
    """Writes events. `adapted` lets one field be now an integer, now a double."""

    def __init__(self, random):
        self.random = random

    def event(self, number):
        """One line, with a field that makes it unlike all others."""
        r = self.random
        members = [("id", str(number))]
        for name, kind in FIELDS.items():
            if r.random() < 0.1:
                continue
            if r.random() < 0.01:
                # Of two members with one name the last counts.
                members.append((name, self.value("any", 1)))
            members.append((name, self.value("any" if r.random() < 0.05 else kind, 0)))
        r.shuffle(members)
        return self.object(members)

    def object(self, members):
        space = self.random.choice(["", "", " "])
        return "{" + f",{space}".join(f"{self.string(key)}:{space}{value}" for key, value in members) + "}"

    def string(self, text):
        chance = self.random.random()
        if chance < 0.6:
            return json.dumps(text, ensure_ascii=False)
        if chance < 0.8:
            return json.dumps(text)
        units = text.encode("utf-16-be").hex()
        return '"' + "".join("\\u" + units[place : place + 4] for place in range(0, len(units), 4)) + '"'

    def value(self, kind, depth):
        r = self.random
        if kind.startswith("list<"):
            return "[" + ",".join(self.value(kind[5:-1], depth + 1) for _ in range(r.choice([0, 1, 2, 3, 4]))) + "]"
        match kind:
            case "eint": return str(r.choice(INTEGERS) if r.random() < 0.5 else r.randint(-20, 60))
            case "edouble": return r.choice(DOUBLES) if r.random() < 0.5 else str(round(r.uniform(-50, 150), 2))
            case "enum": return self.value(r.choice(["eint", "edouble"]), depth)
            case "bool": return r.choice(["true", "false"])
            case "null": return "null"
            case "string": return self.string(r.choice(WORDS))
            case "time": return self.string(r.choice(NOT_TIMES) if r.random() < 0.15 else r.choice(TIMES))
            case "span": return self.string(r.choice(NOT_SPANS) if r.random() < 0.15 else r.choice(SPANS))
            case "map<eint>": return self.object([(key, self.value("eint", depth + 1)) for key in r.sample(KEYS, r.randint(0, 4))])
            case "record":
                members = [("a", "eint"), ("d", "edouble"), ("s", "string"), ("b", "bool"), ("l", "list<eint>")]
                if depth < 2:
                    members.append(("deep", "record"))
                return self.object([(key, self.value(kind, depth + 1)) for key, kind in members if r.random() < 0.85])
            case "dyn": return self.value(r.choice(["eint", "edouble", "any", "any"]), depth)
            case "any":
                # No number: in a field of integers a double would be another test, that of the fields n and o.
                kinds = ["bool", "null", "string"] + (["list<string>", "record", "list<any>"] if depth < 2 else [])
                return self.value(r.choice(kinds), depth + 1)
        raise ValueError(kind)


FIELDS = {
    "i": "eint", "j": "eint", "d": "edouble", "e": "edouble", "n": "enum", "o": "enum", "b": "bool", "c": "bool",
    "s": "string", "t": "string", "at": "time", "du": "span", "nu": "null", "li": "list<eint>", "ld": "list<edouble>",
    "ls": "list<string>", "lx": "list<dyn>", "lo": "list<record>", "m": "record", "mi": "map<eint>",
}


def parsed(line):
    """The event as the peer sees it: an integer that fits 64 bits is int, every other number double."""
    def integer(text):
        value = int(text)
        return value if -(1 << 63) <= value < 1 << 63 else float(text)

    return json.loads(line, parse_int=integer)
