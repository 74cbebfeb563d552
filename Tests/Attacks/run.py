"""Attacks a real server on loopback: each attack is refused as documented, and others are answered meanwhile."""

import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Server"))
from harness import Findings, finish, say  # noqa: E402

import bombs  # noqa: E402
import injection  # noqa: E402
import slow  # noqa: E402
import smuggling  # noqa: E402
import ssrf  # noqa: E402
import tokens  # noqa: E402

PARTS = {
    "ssrf": ssrf.run, "smuggling": smuggling.run, "bombs": bombs.run, "slow": slow.run, "injection": injection.run,
    "tokens": tokens.run,
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--only", choices=list(PARTS), action="append")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--plant", action="store_true", help="allow loopback to webhooks; ssrf must fail then")
    options = parser.parse_args()
    findings = Findings()
    for name in options.only or PARTS:
        say(name)
        PARTS[name](options, findings)
    finish("attacks", findings)


if __name__ == "__main__":
    main()
