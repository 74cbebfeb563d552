"""Expressions as trees that can be written out, for foretail and for the peer, and made smaller."""

import re

# How tightly an expression binds, as in the grammar of CEL.
CONDITIONAL, OR, AND, RELATION, SUM, PRODUCT, UNARY, MEMBER = range(8)

_PLACE = re.compile(r"\$(\d)(?:\.(\d))?")


class Tree:
    """A node: a template such as `$0.4 + $1.5`, where each place names a child and how tightly it must bind.

    `peer` is the template for the peer where design makes foretail mean something else than plain CEL; `design`
    then names the reason.
    """

    __slots__ = ("type", "level", "own", "peer", "design", "children")

    def __init__(self, type, level, own, children=(), peer=None, design=None):
        self.type, self.level, self.own, self.children = type, level, own, tuple(children)
        self.peer, self.design = peer or own, design

    def text(self, peer=False):
        """The expression as text. `peer` asks for the translation."""
        template = self.peer if peer else self.own
        if not self.children:
            return template

        def child(match):
            tree = self.children[int(match[1])]
            text = tree.text(peer)
            level = CONDITIONAL if peer and tree.peer != tree.own else tree.level
            return f"({text})" if level < int(match[2] or 0) else text

        return _PLACE.sub(child, template)

    def designs(self):
        """The names of the translations in the tree."""
        names = {self.design} if self.design else set()
        for child in self.children:
            names |= child.designs()
        return names

    def size(self):
        return 1 + sum(child.size() for child in self.children)

    def smaller(self, whole=True):
        """Trees that are smaller by one step: a child in place of its parent, a plain literal, a smaller child.

        Below the root types are kept, since the translation depends on them.
        """
        for child in self.children:
            if whole or child.type == self.type:
                yield child
        plain = PLAIN.get(self.type)
        if plain and (self.children or self.own != plain) and len(plain) < len(self.own) + 2 * len(self.children):
            yield Tree(self.type, MEMBER, plain)
        for place, child in enumerate(self.children):
            for less in child.smaller(whole=False):
                children = self.children[:place] + (less,) + self.children[place + 1 :]
                yield Tree(self.type, self.level, self.own, children, self.peer, self.design)


PLAIN = {
    "bool": "true", "int": "1", "uint": "1u", "double": "1.5", "string": "'a'", "null": "null", "bytes": "b'a'",
    "timestamp": "timestamp(0)", "duration": "duration('1s')", "list<int>": "[1]", "list<string>": "['a']",
}
