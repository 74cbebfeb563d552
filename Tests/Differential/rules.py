"""Differences that are explained: each rule is narrow, has a reason, and is counted.

A rule sees a Difference and says whether it explains it. Whatever no rule explains is a failure.
"""

import re
from dataclasses import dataclass

from engines import ERROR, MATCH, NO_MATCH, REFUSED


@dataclass
class Difference:
    expression: str
    translated: str
    line: str
    own: str
    peer: str
    message: str
    said: str
    checked: str | None
    witness: object


LONGEST = "duration('2562047h47m16.854775807s')"
TYPE_ERRORS = ("no matching overload", "cannot be the range of a comprehension")


def refused_type(d):
    if d.own != REFUSED:
        return False
    if d.checked is not None and any(error in d.checked for error in TYPE_ERRORS):
        return True
    return "must be true or false, this is a value of type" in d.said


def null_of_a_kind(d):
    return d.own == REFUSED and re.search(
        r"a (null_type|google\.protobuf\.\w+) cannot be compared with a (null_type|google\.protobuf\.\w+)"
        r"|'\+' cannot be applied to a null_type", d.said) is not None


def macro_chain(d):
    return d.own == REFUSED and "macros nest deeper than the limit 'macroNesting'" in d.said


def refused_constant(d):
    found = re.search(r"(\w+)\(\) cannot convert this constant", d.said)
    if d.own != REFUSED or not found:
        return False
    for part in d.witness.parts():
        text = part.text()
        if text.startswith(found[1] + "(") and "event" not in text and d.witness.evaluate(f"({text}) == null")[0] == ERROR:
            return True
    return False


def unicode_class(d):
    return d.own == REFUSED and "Unicode classes (\\p) are not supported" in d.said and "\\pL" in d.expression


def repeated_key(d):
    return d.own in (MATCH, NO_MATCH) and d.peer == ERROR and d.message.endswith("duplicate key in map [ALREADY_EXISTS]")


NO_MEMBERSHIP = "No matching overloads found : @in"


def not_a_key(d):
    if d.peer != ERROR or d.own not in (MATCH, NO_MATCH):
        return False
    return d.message.endswith(NO_MEMBERSHIP) or any(
        d.witness.evaluate(part.text(peer=True))[1].endswith(NO_MEMBERSHIP)
        for part in d.witness.parts() if " in " in part.own and part.children)


def beyond_nanoseconds(d):
    return d.own in (ERROR, REFUSED) and any(
        d.witness.evaluate(f"({part.text(peer=True)}) {test}")[0] == MATCH
        for part in d.witness.parts() if part.type == "duration" or part.own.startswith("duration(") for test in (f"> {LONGEST}", f"< duration('-2562047h47m16.854775807s')"))


def int_of_bool(d):
    return d.own == ERROR and any(
        d.witness.evaluate(f"type({part.children[0].text(peer=True)}) == bool")[0] == MATCH
        for part in d.witness.parts() if part.own == "int($0)")


def one_letter(d):
    return any(
        d.witness.evaluate(f"({part.children[0].text(peer=True)}) in ['T', 'F']")[0] == MATCH
        for part in d.witness.parts() if part.own == "bool($0)")


RULES = [
    ("refused when compiled", "foretail refuses what types cannot allow, as the peer's type checker does, which is left out here", refused_type),
    ("null for a time", "foretail refuses null beside a time, and null + x; the peer's checker lets null stand for any message", null_of_a_kind),
    ("limit of nested macros", "a named limit of foretail, four macros in each other", macro_chain),
    ("faulty constant", "foretail refuses a constant that cannot be converted, even where it would never be reached", refused_constant),
    ("Unicode class in a pattern", "foretail refuses \\p in patterns and says so", unicode_class),
    ("repeated constant key", "the peer refuses such a map before it evaluates, even where it is never reached", repeated_key),
    ("int(true)", "an overload of the peer that the specification does not have", int_of_bool),
    ("bool('T'), bool('F')", "true and false here as in cel-go, errors there; the specification does not list them", one_letter),
    ("`in` of what can be no key", "a map, list or null is in no map: false here, no overload there; the specification leaves it open", not_a_key),
    ("duration beyond 292 years", "durations are 64 bits of nanoseconds", beyond_nanoseconds),
]


def explanation(difference):
    """The name of the rule that explains the difference, or None."""
    for name, _, rule in RULES:
        if rule(difference):
            return name
    return None
