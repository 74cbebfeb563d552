"""The two implementations that are held against each other. Both say, per event, match, no match or error."""

import ctypes
import os
import re
import subprocess
import tempfile

from events import parsed

MATCH, NO_MATCH, ERROR, REFUSED = "match", "no match", "error", "refused"


class Foretail:
    """`foretail filter`, run for an expression and for its negation: what neither prints is an error."""

    def __init__(self, program, lines):
        self.program = program
        self.lines = lines
        self.numbers = {line: number for number, line in enumerate(lines)}
        handle, self.path = tempfile.mkstemp(suffix=".ndjson")
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.writelines(line + "\n" for line in lines)

    def close(self):
        os.unlink(self.path)

    def run(self, expression):
        """The numbers of the matching lines and what was said on standard error, or None if it was refused."""
        done = subprocess.run(
            [self.program, "filter", "--input", "ndjson", "--", expression, self.path],
            capture_output=True, text=False, timeout=60)
        said = done.stderr.decode()
        if done.returncode == 2:
            return None, said
        if done.returncode != 0:
            raise RuntimeError(f"foretail ended with {done.returncode} on {expression}: {said}")
        return {self.numbers[line] for line in done.stdout.decode().split("\n")[:-1]}, said

    def verdicts(self, expression, negation="!($)"):
        """A verdict per line, and what was said. Raises where the counts on standard error do not agree."""
        matching, said = self.run(expression)
        opposite, _ = self.run(negation.replace("$", expression)) if matching is not None else (None, "")
        if matching is None or opposite is None:
            return [REFUSED] * len(self.lines), said
        both = matching & opposite
        if both:
            raise RuntimeError(f"{expression} and its negation both match {self.lines[min(both)]}")
        verdicts = [MATCH if n in matching else NO_MATCH if n in opposite else ERROR for n in range(len(self.lines))]
        lacking = [int(count) for count in re.findall(r"^foretail: (\d+) events? lacks? ", said, re.M)]
        failing = [int(count) for count in re.findall(r"\((\d+) events\)$", said, re.M)]
        # Only the three most frequent failures are reported.
        reported, errors = sum(lacking) + sum(failing), verdicts.count(ERROR)
        if reported > errors or (reported < errors and len(failing) < 3):
            raise RuntimeError(f"{expression}: {errors} events neither match nor not, standard error counts {reported}: {said}")
        return verdicts, said


class Peer:
    """cel-cpp, the implementation of the authors of CEL, through its binding for Python."""

    def __init__(self):
        from cel_expr_python import cel

        self.environment = cel.NewEnv(variables={"event": cel.Type.Map(cel.Type.STRING, cel.Type.DYN)})

    def bind(self, lines):
        # The binding gives back references to None that it never took, and Python ends when none is left.
        for _ in range(64 * len(lines)):
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(None))
        return [self.environment.Activation({"event": parsed(line)}) for line in lines]

    def verdicts(self, expression, activations):
        """A verdict and a message per event. Types are not checked beforehand, since foretail does not either."""
        try:
            program = self.environment.compile(expression, disable_check=True)
        except Exception as error:
            return [(REFUSED, str(error))] * len(activations)
        return [self.verdict(program, activation) for activation in activations]

    @staticmethod
    def verdict(program, activation):
        try:
            result = program.eval(activation)
            kind = result.type().name()
            if kind.lower() == "bool":
                return (MATCH if result.value() else NO_MATCH), ""
        except Exception as error:
            return ERROR, str(error)
        if kind.lower() == "error":
            return ERROR, str(result.value())
        return ERROR, f"a value of type {kind}"

    def check(self, expression):
        """What the type checker objects to, or None."""
        try:
            self.environment.compile(expression)
        except Exception as error:
            return str(error)
        return None
