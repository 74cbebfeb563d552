"""Random expressions over the fields of `events.FIELDS`, mostly of the right type."""

import json

from events import DOUBLES, FIELDS, INTEGERS, KEYS, NOT_SPANS, NOT_TIMES, SPANS, TIMES, WORDS
from tree import AND, CONDITIONAL, MEMBER, OR, PRODUCT, RELATION, SUM, UNARY, Tree

# Numbers of an event (eint, edouble, and enum where it may be either) are told from strict ones, since they adapt.
NUMBERS = ["int", "double", "uint", "eint", "edouble", "enum"]
EVENT_NUMBERS = ["eint", "edouble", "enum"]
ORDERED = NUMBERS + ["string", "bool", "timestamp", "duration", "bytes", "dyn"]
ELEMENTS = ["int", "double", "string", "bool", "eint", "edouble", "enum", "record", "dyn"]
TYPES = ORDERED + ["null", "map<eint>", "record", "type"] + [f"list<{element}>" for element in ELEMENTS]
WRONG = ["string", "bool", "null", "list<string>", "timestamp", "bytes", "map<eint>"]
RECORD = {"a": "eint", "d": "edouble", "s": "string", "b": "bool", "l": "list<eint>", "deep": "record"}
PATTERNS = [
    "^a", "b$", "^[a-z]+$", "[0-9]+", "a.c", "^$", "", "tag[0-9]{2}", "(err|Err)or", "\\\\d+", "^\\\\w+@", "\\\\.", "a*b?c+", "(?i)ERROR",
    "^.$", "^..$", "[^a-z]", "\\\\bx\\\\b", "\\\\s", "(a|b)*c", "é", "^[[:alpha:]]+$", "a{2,3}", "\\\\pL", "x.y", "(?s)two.lines", "two.lines",
    "^(?:true|false)$", "a|^b", "(?m)^lines$",
]
ZONES = ["UTC", "America/New_York", "Asia/Kathmandu", "+05:30", "-02:00", "Europe/Berlin", "Australia/Lord_Howe"]
GETTERS = [
    "getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getHours", "getMinutes", "getSeconds",
    "getMilliseconds",
]
HAS = "has() of a missing parent"
ADAPT = "numbers of an event adapt"


class Grammar:
    """Draws expressions from a random source."""

    def __init__(self, random):
        self.random = random
        self.variables = []

    def expression(self):
        """A filter: nearly always a boolean."""
        return self.draw("bool", self.random.choice([1, 2, 3, 3, 4, 4, 5]))

    def draw(self, type, depth):
        """An expression of that type, or rarely of another."""
        r = self.random
        if r.random() < 0.015:
            wrong = self.typed(r.choice(WRONG), min(depth, 1))
            return Tree(type, MEMBER, "dyn($0)", [wrong]) if r.random() < 0.6 else self.marked(wrong, type)
        return self.typed(type, depth)

    @staticmethod
    def marked(tree, type):
        return Tree(type, tree.level, tree.own, tree.children, tree.peer, tree.design)

    def typed(self, type, depth):
        r = self.random
        if depth <= 0 or r.random() < 0.08:
            return self.leaf(type)
        if r.random() < 0.06:
            return Tree(type, CONDITIONAL, "$0.1 ? $1.1 : $2.0", [self.draw("bool", depth - 1), self.draw(type, depth - 1), self.draw(type, depth - 1)])
        if r.random() < 0.02:
            return Tree(type, MEMBER, "dyn($0)", [self.draw(type, depth - 1)])
        if r.random() < 0.03 and not type.startswith("list<"):
            element = f"list<{type}>"
            if element in TYPES:
                return Tree(type, MEMBER, "$0.7[$1]", [self.draw(element, depth - 1), self.index(depth - 2)])
        if type.startswith("list<"):
            return self.list(type, depth)
        return getattr(self, {"map<eint>": "map"}.get(type, type))(depth)

    def pick(self, *makers):
        """One of the makers: plain ones, or pairs of a weight and a maker."""
        pairs = [maker if isinstance(maker, tuple) else (1, maker) for maker in makers]
        return self.random.choices([maker for _, maker in pairs], [weight for weight, _ in pairs])[0]()

    # Leaves

    def leaf(self, type):
        r = self.random
        known = [name for name, kind in self.variables if kind == type]
        if known and r.random() < 0.6:
            return Tree(type, MEMBER, r.choice(known))
        names = [name for name, kind in FIELDS.items() if kind == type]
        if names and (type in EVENT_NUMBERS or r.random() < 0.6):
            return self.field(type, r.choice(names))
        if type in EVENT_NUMBERS or type == "record":
            return self.field(type, "n" if type == "enum" else "m")
        if type == "dyn":
            return Tree(type, MEMBER, f"event.lx[{r.randint(0, 2)}]")
        return self.literal(type)

    def field(self, type, name):
        r = self.random
        key = {"eint": "a", "edouble": "d", "string": "s", "bool": "b", "list<eint>": "l", "record": "deep"}.get(type)
        if r.random() < 0.03:
            return Tree(type, MEMBER, f"event.missing_{name}")
        if key and r.random() < 0.25:
            path = self.path(r.choice([["m", key], ["m", "deep", key], ["m", "deep", "deep", key]]))
            return Tree(type, MEMBER, path)
        return Tree(type, MEMBER, self.path([name]))

    def path(self, keys):
        text = "event"
        for key in keys:
            text += f'["{key}"]' if self.random.random() < 0.15 else f".{key}"
        return text

    def literal(self, type):
        r = self.random
        if type.startswith("list<"):
            element = type[5:-1]
            items = [self.leaf(element) for _ in range(r.choice([0, 1, 2, 3]))]
            return self.bracket(type, items)
        match type:
            case "bool": return Tree(type, MEMBER, r.choice(["true", "false"]))
            case "int": return self.signed(type, str(r.choice(INTEGERS) if r.random() < 0.4 else r.randint(-10, 60)))
            case "uint": return Tree(type, MEMBER, f"{r.choice([0, 1, 2, 7, 41, 100, (1 << 53) + 1, (1 << 64) - 1])}u")
            case "double": return self.signed(type, r.choice(DOUBLES) if r.random() < 0.5 else str(round(r.uniform(-50, 150), 2)))
            case "string": return Tree(type, MEMBER, self.quoted(r.choice(WORDS + ["\0", "a\0b"])))
            case "bytes": return Tree(type, MEMBER, r.choice(["b''", "b'a'", "b'ab'", "b'\\xff'", "b'é'", "b'\\x00'"]))
            case "null": return Tree(type, MEMBER, "null")
            case "type": return Tree(type, MEMBER, r.choice(["int", "double", "string", "bool", "list", "map", "uint", "bytes", "null_type", "type"]))
            case "timestamp":
                if r.random() < 0.2:
                    return Tree(type, MEMBER, f"timestamp({r.choice(INTEGERS)})")
                return Tree(type, MEMBER, f"timestamp('{r.choice(NOT_TIMES if r.random() < 0.1 else TIMES)}')")
            case "duration": return Tree(type, MEMBER, f"duration('{r.choice(NOT_SPANS if r.random() < 0.1 else SPANS)}')")
            case "map<eint>": return Tree(type, MEMBER, "{$0: $1}", [self.literal("string"), self.leaf("eint")])
        raise ValueError(type)

    def signed(self, type, text):
        return Tree(type, UNARY if text[0] == "-" else MEMBER, text)

    def quoted(self, text):
        if self.random.random() < 0.5:
            return json.dumps(text, ensure_ascii=max(text, default="") < "\U00010000")
        text = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t").replace("\0", "\\000")
        return f"'{text}'"

    def bracket(self, type, items):
        places = ", ".join(f"${place}" for place in range(len(items)))
        return Tree(type, MEMBER, f"[{places}]", items)

    def index(self, depth):
        r = self.random
        if r.random() < 0.75:
            return Tree("int", MEMBER, r.choice(["0", "0", "1", "2", "0u", "1.0", "0.5"]) if r.random() < 0.95 else "'a'")
        return self.draw(r.choice(["int", "eint", "edouble", "double"]), depth)

    # Types

    def bool(self, depth):
        d = depth - 1
        return self.pick(
            (5, lambda: Tree("bool", AND, "$0.2 && $1.3", [self.draw("bool", d), self.draw("bool", d)])),
            (5, lambda: Tree("bool", OR, "$0.1 || $1.2", [self.draw("bool", d), self.draw("bool", d)])),
            (3, lambda: Tree("bool", UNARY, "!$0.7", [self.draw("bool", d)])),
            (8, lambda: self.equality(d)), (7, lambda: self.order(d)), (4, lambda: self.membership(d)),
            (4, lambda: self.text(d)), (3, lambda: self.has(d)), (7, lambda: self.quantifier(d)),
            lambda: Tree("bool", MEMBER, "bool($0)", [self.draw(self.random.choice(["string", "bool"]), d)]),
            lambda: Tree("bool", MEMBER, f"bool('{self.random.choice(['1', 't', 'TRUE', 'True', 'tRUE', '0', 'false', 'yes', ''])}')"),
        )

    def equality(self, d):
        r = self.random
        kind = r.choice(TYPES)
        other = r.choice(NUMBERS) if kind in NUMBERS else r.choice(TYPES) if r.random() < 0.1 else kind
        sides = [self.draw(kind, d), self.draw(other, d)]
        if r.random() < 0.4 and kind not in ("record", "list<record>", "dyn", *EVENT_NUMBERS):
            sides[1] = self.literal(kind)
        r.shuffle(sides)
        return Tree("bool", RELATION, f"$0.3 {r.choice(['==', '!='])} $1.4", sides)

    def order(self, d):
        r = self.random
        kind = r.choice(ORDERED + NUMBERS)
        other = r.choice(NUMBERS) if kind in NUMBERS else kind
        sides = [self.draw(kind, d), self.draw(other, d) if r.random() < 0.6 or other in (*EVENT_NUMBERS, "dyn") else self.literal(other)]
        r.shuffle(sides)
        return Tree("bool", RELATION, f"$0.3 {r.choice(['<', '<=', '>', '>='])} $1.4", sides)

    def membership(self, d):
        r = self.random
        if r.random() < 0.25:
            return Tree("bool", RELATION, "$0.3 in $1.4", [self.draw("string", d), self.draw(r.choice(["map<eint>", "record"]), d)])
        element = r.choice(ELEMENTS)
        kind = r.choice(NUMBERS) if element in NUMBERS and r.random() < 0.5 else r.choice(ELEMENTS) if r.random() < 0.1 else element
        return Tree("bool", RELATION, "$0.3 in $1.4", [self.draw(kind, d), self.draw(f"list<{element}>", d)])

    def text(self, d):
        r = self.random
        if r.random() < 0.3:
            pattern = Tree("string", MEMBER, f'"{r.choice(PATTERNS)}"') if r.random() < 0.9 else self.draw("string", d)
            return Tree("bool", MEMBER, r.choice(["$0.7.matches($1)", "matches($0, $1)"]), [self.draw("string", d), pattern])
        name = r.choice(["contains", "startsWith", "endsWith"])
        return Tree("bool", MEMBER, f"$0.7.{name}($1)", [self.draw("string", d), self.draw("string", 0 if r.random() < 0.6 else d)])

    def has(self, d):
        r = self.random
        if r.random() < 0.2:
            known = [name for name, kind in self.variables if kind == "record"]
            parent = r.choice(known) if known else f"event.lo[{r.randint(0, 2)}]"
            return Tree("bool", MEMBER, f"has({parent}.{r.choice(list(RECORD))})")
        name = r.choice(list(FIELDS))
        parents = r.choice([[], ["m"], ["m", "deep"], ["missing"], [r.choice(list(FIELDS))]])
        last = r.choice(list(RECORD)) if parents else name
        checks, path = [], "event"
        for key in parents:
            checks.append(f"has({path}.{key}) && type({path}.{key}) == map")
            path += f".{key}"
        own = self.path(parents)
        if not checks:
            return Tree("bool", MEMBER, f"has({own}.{last})")
        peer = f"({' && '.join(checks)} && has({path}.{last}))"
        return Tree("bool", MEMBER, f"has({own}.{last})", peer=peer, design=HAS)

    def element(self, type, d):
        known = [name for name, kind in self.variables if kind == type]
        if known and self.random.random() < 0.7:
            return Tree(type, MEMBER, self.random.choice(known))
        return Tree(type, MEMBER, "$0.7[$1]", [self.draw(f"list<{type}>", d - 1), self.index(d - 1)])

    def quantifier(self, d):
        r = self.random
        name = r.choice(["all", "exists", "exists_one"])
        if r.random() < 0.15:
            return self.over(r.choice(["map<eint>", "record"]), "string", "bool", f"$0.7.{name}(VAR, $1)", "bool", d)
        element = r.choice(ELEMENTS)
        return self.over(f"list<{element}>", element, "bool", f"$0.7.{name}(VAR, $1)", "bool", d)

    def over(self, range, element, body, template, type, d, *, condition=False):
        """A macro. Its variable may hide another of the same name."""
        name = self.random.choice("xyz")
        walked = self.draw(range, d)
        outer = self.variables
        self.variables = [pair for pair in outer if pair[0] != name] + [(name, element)]
        if len(self.variables) > 2:
            d = min(d, 1)
        children = [walked] + ([self.draw("bool", d)] if condition else []) + [self.draw(body, d)]
        self.variables = outer
        return Tree(type, MEMBER, template.replace("VAR", name), children)

    def list(self, type, depth):
        element, d, r = type[5:-1], depth - 1, self.random
        def mapped():
            source = r.choice(ELEMENTS)
            if r.random() < 0.3:
                return self.over(f"list<{source}>", source, element, "$0.7.map(VAR, $1, $2)", type, d, condition=True)
            return self.over(f"list<{source}>", source, element, "$0.7.map(VAR, $1)", type, d)
        return self.pick(
            (2, lambda: self.leaf(type)), (2, mapped),
            (2, lambda: self.bracket(type, [self.draw(element, d - 1) for _ in range(r.choice([0, 1, 2, 3]))])),
            (2, lambda: self.over(type, element, "bool", "$0.7.filter(VAR, $1)", type, d)),
            lambda: Tree(type, SUM, "$0.4 + $1.5", [self.draw(type, d), self.draw(type, d)]),
        )

    def arithmetic(self, type, depth):
        """`+ - * / %` of strict numbers of one type, or with a number of an event, which adapts to the other side."""
        r, d = self.random, depth - 1
        symbol = r.choice("+-*/" if type == "edouble" else "+-*/%")
        level = SUM if symbol in "+-" else PRODUCT
        template = f"$0.{level} {symbol} $1.{level + 1}"
        if type in EVENT_NUMBERS:
            pairs = {
                "eint": [("eint", "eint"), ("eint", "int"), ("int", "eint")],
                "edouble": [("edouble", "edouble"), ("edouble", "double"), ("double", "edouble"), ("eint", "double"), ("double", "eint"),
                            ("edouble", "eint"), ("eint", "edouble"), ("int", "edouble"), ("edouble", "int"), ("enum", "double")],
                "enum": [("enum", "int"), ("int", "enum"), ("enum", "eint"), ("enum", "enum")],
            }
            left, right = r.choice(pairs[type])
        else:
            left = right = type
            if r.random() < 0.02:
                right = {"int": "double", "double": "int", "uint": "int"}[type]
        sides = [self.draw(left, min(d, 1)), self.draw(right, min(d, 1))]
        if type not in ("edouble", "enum") or (left, right) in (("edouble", "edouble"), ("edouble", "double"), ("double", "edouble")) and symbol != "%":
            return Tree(type, level, template, sides)
        if symbol == "%":
            # int() does not take the lowest integer as a double, though it is one exactly.
            low = "-9223372036854775808"
            whole = [f"(double(${side}) == {low}.0 ? {low} : int(double(${side})))" for side in (0, 1)]
            mixed = f"(double({whole[0]}) == double($0) && double({whole[1]}) == double($1) ? {whole[0]} % {whole[1]} : 1 % 0)"
        else:
            mixed = f"(double($0) {symbol} double($1))"
        numeric = "(type($0) == int || type($0) == double) && (type($1) == int || type($1) == double)"
        peer = f"({numeric} && (type($0) == double || type($1) == double) ? {mixed} : $0.{level} {symbol} $1.{level + 1})"
        return Tree(type, level, template, sides, peer=peer, design=ADAPT)

    def number(self, type, depth, *others):
        d = depth - 1
        record = {"eint": "a", "edouble": "d"}.get(type)
        makers = [(2, lambda: self.leaf(type)), (4, lambda: self.arithmetic(type, depth)), *others]
        if type != "uint":
            makers.append(lambda: Tree(type, UNARY, "-$0.7", [self.draw(type, d)]))
        if record:
            makers.append(lambda: Tree(type, MEMBER, f"$0.7.{record}", [self.element("record", d)]))
        if type == "eint":
            makers.append(lambda: Tree(type, MEMBER, "$0.7[$1]", [self.draw("map<eint>", d), Tree("string", MEMBER, f'"{self.random.choice(KEYS)}"')]))
        return self.pick(*makers)

    def int(self, depth):
        r, d = self.random, depth - 1
        sized = ["string", "list<int>", "list<string>", "map<eint>", "bytes", "record", "list<eint>"]
        def getter():
            zone = "" if r.random() < 0.6 else f"'{r.choice(ZONES)}'"
            return Tree("int", MEMBER, f"$0.7.{r.choice(GETTERS)}({zone})", [self.draw("timestamp", d)])
        return self.number(
            "int", depth,
            (2, lambda: Tree("int", MEMBER, r.choice(["size($0)", "$0.7.size()"]), [self.draw(r.choice(sized), d)])),
            (2, lambda: Tree("int", MEMBER, "int($0)", [self.draw(r.choice(NUMBERS + ["string", "timestamp"]), d)])),
            (2, getter),
            lambda: Tree("int", MEMBER, f"$0.7.{r.choice(['getHours', 'getMinutes', 'getSeconds', 'getMilliseconds'])}()", [self.draw("duration", d)]),
        )

    def uint(self, depth):
        d = depth - 1
        return self.number("uint", depth, (2, lambda: Tree("uint", MEMBER, "uint($0)", [self.draw(self.random.choice(NUMBERS + ["string"]), d)])))

    def double(self, depth):
        d = depth - 1
        return self.number("double", depth, (2, lambda: Tree("double", MEMBER, "double($0)", [self.draw(self.random.choice(NUMBERS + ["string"]), d)])))

    def eint(self, depth): return self.number("eint", depth)
    def edouble(self, depth): return self.number("edouble", depth)
    def enum(self, depth): return self.number("enum", depth)
    def null(self, depth): return self.leaf("null")
    def dyn(self, depth): return self.marked(self.draw(self.random.choice(TYPES), depth), "dyn")

    def type(self, depth):
        kind = self.random.choice(TYPES)
        return Tree("type", MEMBER, "type($0)", [self.draw(kind, depth - 1)])

    def string(self, depth):
        r, d = self.random, depth - 1
        kinds = ["int", "double", "uint", "bool", "string", "eint", "edouble", "timestamp", "duration", "bytes"]
        return self.pick(
            (3, lambda: self.leaf("string")),
            (3, lambda: Tree("string", SUM, "$0.4 + $1.5", [self.draw("string", d), self.draw("string", d)])),
            (3, lambda: Tree("string", MEMBER, "string($0)", [self.draw(r.choice(kinds), d)])),
            lambda: Tree("string", MEMBER, "$0.7.s", [self.element("record", d)]),
        )

    def bytes(self, depth):
        d = depth - 1
        return self.pick(
            lambda: self.literal("bytes"), (2, lambda: Tree("bytes", MEMBER, "bytes($0)", [self.draw("string", d)])),
            lambda: Tree("bytes", SUM, "$0.4 + $1.5", [self.draw("bytes", d), self.draw("bytes", d)]),
        )

    def timestamp(self, depth):
        r, d = self.random, depth - 1
        return self.pick(
            (2, lambda: self.literal("timestamp")),
            (4, lambda: Tree("timestamp", MEMBER, "timestamp($0)", [Tree("string", MEMBER, "event.at")])),
            lambda: Tree("timestamp", MEMBER, "timestamp($0)", [self.draw(r.choice(["int", "eint", "timestamp", "string"]), d)]),
            lambda: Tree("timestamp", SUM, f"$0.4 {r.choice('+-')} $1.5", [self.draw("timestamp", d), self.draw("duration", d)]),
            lambda: Tree("timestamp", SUM, "$0.4 + $1.5", [self.draw("duration", d), self.draw("timestamp", d)]),
        )

    def duration(self, depth):
        r, d = self.random, depth - 1
        return self.pick(
            (2, lambda: self.literal("duration")),
            (3, lambda: Tree("duration", MEMBER, "duration($0)", [Tree("string", MEMBER, "event.du")])),
            lambda: Tree("duration", MEMBER, "duration($0)", [self.draw(r.choice(["string", "duration"]), d)]),
            lambda: Tree("duration", SUM, f"$0.4 {r.choice('+-')} $1.5", [self.draw("duration", d), self.draw("duration", d)]),
            lambda: Tree("duration", SUM, "$0.4 - $1.5", [self.draw("timestamp", d), self.draw("timestamp", d)]),
            lambda: Tree("duration", UNARY, "-$0.7", [self.draw("duration", d)]) if r.random() < 0.1 else self.literal("duration"),
        )

    def map(self, depth):
        d = depth - 1
        def built():
            keys = self.random.sample(KEYS, self.random.choice([0, 1, 2]))
            if self.random.random() < 0.05 and keys:
                keys.append(keys[0])
            places = ", ".join(f'"{key}": ${place}' for place, key in enumerate(keys))
            return Tree("map<eint>", MEMBER, "{" + places + "}", [self.draw("eint", d) for _ in keys])
        return self.pick(lambda: self.leaf("map<eint>"), built)

    def record(self, depth):
        return self.pick(
            (2, lambda: self.leaf("record")), lambda: self.element("record", depth - 1),
            lambda: Tree("record", MEMBER, "$0.7.deep", [self.draw("record", depth - 1)]))
