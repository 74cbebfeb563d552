"""Tokens: guessing, wrong scopes, other tenants' things. Waits for the server to have tokens."""

from attack import Attack, say


def run(options, findings):
    with Attack(options, findings, "tokens") as attack:
        status, _, _ = attack.server.call("GET", "/v1/tokens")
        if status == 404:
            return say("  tokens: skipped, this server has none")
        attack.fault("test", f"/v1/tokens answers {status}: this server has tokens, and nothing here attacks them yet")
