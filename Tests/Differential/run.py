"""Random CEL expressions on random events, foretail against cel-cpp. See README.md in this folder."""

import argparse
import collections
import concurrent.futures
import json
import os
import random
import sys
import time

import rules
from engines import ERROR, MATCH, NO_MATCH, REFUSED, Foretail, Peer
from events import EventWriter, parsed
from grammar import Grammar

BATCH = 200


class Witness:
    """Parts of the expression, evaluated by the peer on the event of a difference."""

    def __init__(self, peer, tree, activation):
        self.peer, self.tree, self.activation = peer, tree, activation

    def evaluate(self, expression):
        return self.peer.verdict(self.peer.environment.compile(expression, disable_check=True), self.activation)

    def parts(self, tree=None):
        tree = tree or self.tree
        yield tree
        for child in tree.children:
            yield from self.parts(child)


class Run:
    def __init__(self, options):
        self.options = options
        self.peer = Peer()
        self.verdicts = collections.Counter()
        self.explained = collections.Counter()
        self.examples = {}
        self.translated = collections.Counter()
        self.failures = []

    def differences(self, tree, foretail, activations, negation="!($)"):
        """All differences of one expression, as pairs of the event's number and the difference."""
        own, said = foretail.verdicts(tree.text(), negation)
        return self.compare(tree, foretail, activations, own, said)

    def compare(self, tree, foretail, activations, own, said):
        expression, translated = tree.text(), tree.text(peer=True)
        peer = self.peer.verdicts(translated, activations)
        found, checked = [], None
        if own[0] == REFUSED:
            checked = self.peer.check(translated)
        for number, (verdict, (other, message)) in enumerate(zip(own, peer)):
            if verdict != other:
                found.append((number, rules.Difference(
                    expression, translated, foretail.lines[number], verdict, other, message, said, checked,
                    Witness(self.peer, tree, activations[number]))))
        return found

    def batch(self, seed, count, pool):
        source = random.Random(seed)
        writer, grammar = EventWriter(source), Grammar(source)
        lines = [writer.event(number) for number in range(self.options.events)]
        trees = [grammar.expression() for _ in range(count)]
        negations = [source.choice(["!($)", "!dyn($)", "($) ? false : true", "[$][0] == false"]) for _ in trees]
        foretail, activations = Foretail(self.options.foretail, lines), self.peer.bind(lines)
        try:
            for tree, outcome in zip(trees, pool.map(lambda pair: attempt(foretail, *pair), zip(trees, negations))):
                if isinstance(outcome, Exception):
                    self.failures.append(f"{outcome}")
                    continue
                self.count(tree, foretail, activations, *outcome)
                if len(self.failures) >= self.options.failures:
                    return
        finally:
            foretail.close()

    def count(self, tree, foretail, activations, own, said):
        found = self.compare(tree, foretail, activations, own, said)
        unlike = {number for number, _ in found}
        for number, verdict in enumerate(own):
            if number not in unlike:
                self.verdicts[verdict] += 1
        for design in tree.designs():
            self.translated[design] += 1
        reported = False
        for _, difference in found:
            name = rules.explanation(difference)
            if name:
                self.explained[name] += 1
                self.examples.setdefault(name, difference)
            else:
                self.explained[None] += 1
                if not reported:
                    self.failures.append(self.shrunk(tree, difference))
                    reported = True
                    print(self.failures[-1], flush=True)

    def differs(self, tree, line, like):
        """The difference on that line alone if it is like the other and not explained, else None."""
        foretail = Foretail(self.options.foretail, [line])
        try:
            found = self.differences(tree, foretail, self.peer.bind([line]))
        except Exception:
            return None
        finally:
            foretail.close()
        for _, other in found:
            if (other.own, other.peer) == (like.own, like.peer) and not rules.explanation(other):
                return other
        return None

    def shrunk(self, tree, difference):
        """The smallest expression and event found that still differ in the same way, as text."""
        budget, progress = 600, True
        while progress and budget > 0:
            progress = False
            for candidate in sorted(tree.smaller(), key=lambda tree: len(tree.text())):
                budget -= 1
                if budget < 0 or len(candidate.text()) >= len(tree.text()):
                    break
                found = self.differs(candidate, difference.line, difference)
                if found:
                    tree, difference, progress = candidate, found, True
                    break
        used = {key: value for key, value in parsed(difference.line).items() if key in difference.expression}
        difference = self.differs(tree, json.dumps(used, ensure_ascii=False), difference) or difference
        text = f"DIFFERENCE\n  expression  {difference.expression}\n"
        if difference.translated != difference.expression:
            text += f"  translated  {difference.translated}\n"
        text += f"  event       {difference.line}\n  foretail    {difference.own}\n"
        for line in difference.said.strip().splitlines():
            text += f"              {line}\n"
        return text + f"  peer        {difference.peer} {difference.message} {difference.checked or ''}"

    def report(self, expressions, seconds):
        total = sum(self.verdicts.values()) + sum(self.explained.values())
        print(f"differential: {expressions:,} expressions x {self.options.events} events in {seconds:.0f} s, seed {self.options.seed}")
        print(f"  {'verdicts compared':42s} {total:>10,}")
        for verdict in (MATCH, NO_MATCH, ERROR, REFUSED):
            print(f"  {'agree: ' + verdict:42s} {self.verdicts[verdict]:>10,}")
        for name, count in sorted(self.translated.items()):
            print(f"  {'translated: ' + name:42s} {count:>10,} expressions")
        for name, reason, _ in rules.RULES:
            print(f"  {'explained: ' + name:42s} {self.explained[name]:>10,}  {reason}")
            if self.options.examples and name in self.examples:
                d = self.examples[name]
                print(f"      {d.expression}\n      {d.line}\n      foretail {d.own}, peer {d.peer} {d.message[:200]}")
        print(f"  {'not explained':42s} {self.explained[None]:>10,}")


def attempt(foretail, tree, negation):
    try:
        return foretail.verdicts(tree.text(), negation)
    except Exception as error:
        return error


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--foretail", default=".build/release/foretail", help="the program")
    parser.add_argument("--expressions", type=int, default=2_000)
    parser.add_argument("--events", type=int, default=50, help="events per expression")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--failures", type=int, default=10, help="stop after so many")
    parser.add_argument("--examples", action="store_true", help="print an example of each rule")
    options = parser.parse_args()
    print(f"differential: seed {options.seed}", flush=True)
    sys.setrecursionlimit(10_000)
    run, done, start = Run(options), 0, time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        while done < options.expressions and len(run.failures) < options.failures:
            count = min(BATCH, options.expressions - done)
            run.batch(f"{options.seed}/{done}", count, pool)
            done += count
            if done % 2_000 == 0 and done < options.expressions:
                print(f"differential: {done:,} expressions, {run.explained[None]:,} verdicts not explained", flush=True)
    for failure in run.failures:
        if not failure.startswith("DIFFERENCE"):
            print(failure)
    run.report(done, time.monotonic() - start)
    return 1 if run.failures else 0


if __name__ == "__main__":
    sys.exit(main())
