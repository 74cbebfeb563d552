#!/usr/bin/env python3
"""Compare the recurrent network of Sources/Forecasting/Neural with PyTorch: outputs, states, loss, gradients, Adam.

  lstm_torch.py                 runs `swift test` to write the figures, then compares
  lstm_torch.py --json FILE     compares figures that were written before (FORETAIL_LSTM_ORACLE=FILE swift test ...)

Same weights, same window, same starting state; torch.nn.LSTM and torch.nn.Linear with autograd, in single and in double
precision. Everything must agree to 1e-5. Updates are compared twice: torch.optim.Adam and clip_grad_norm_ fed with the
gradients that were written, and ten updates of PyTorch's own from the same start. The latter are judged in double
precision only: Adam divides a gradient by its own size, so rounding in single precision moves parameters whose gradient
is nearly 0, and PyTorch's ten updates in single precision miss its own in double by as much (printed as "single").

Exit status 0 where all agrees, or where torch is not installed (with a message); 1 otherwise.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError:
    print("lstm_torch: skipped, torch is not installed (pip install torch)")
    sys.exit(0)

TOLERANCE = 1e-5
NAMES = ["lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0", "lstm.bias_hh_l0", "head.weight", "head.bias"]


class Network(torch.nn.Module):
    def __init__(self, case, kind):
        super().__init__()
        self.lstm = torch.nn.LSTM(case["inputs"], case["hidden"], dtype=kind)
        self.head = torch.nn.Linear(case["hidden"], case["outputs"], dtype=kind)
        self.fill(case["parameters"])

    def ordered(self):
        named = dict(self.named_parameters())
        return [named[name] for name in NAMES]

    def fill(self, flat):
        place = 0
        with torch.no_grad():
            for part in self.ordered():
                count = part.numel()
                part.copy_(torch.tensor(flat[place:place + count], dtype=torch.float64).view_as(part))
                place += count
        assert place == len(flat), "the snapshot has as many parameters as the network"

    def set_gradient(self, flat):
        place = 0
        for part in self.ordered():
            part.grad = torch.tensor(flat[place:place + part.numel()], dtype=part.dtype).view_as(part)
            place += part.numel()

    def flat(self, gradient=False):
        return torch.cat([(p.grad if gradient else p.detach()).reshape(-1) for p in self.ordered()])

    def run(self, case):
        kind = self.head.weight.dtype
        shape = lambda key, *size: torch.tensor(case[key], dtype=kind).view(*size)
        start = (shape("startHidden", 1, case["hidden"]), shape("startMemory", 1, case["hidden"]))
        hidden, end = self.lstm(shape("window", case["steps"], case["inputs"]), start)
        said = self.head(hidden)
        targets = shape("targets", case["steps"], case["outputs"])
        judged = slice(case["warmUp"], None)
        return said, end, torch.nn.functional.smooth_l1_loss(said[judged], targets[judged])


def distance(found, expected):
    found = torch.tensor(found, dtype=torch.float64).reshape(-1)
    return (found - expected.detach().double().reshape(-1)).abs().max().item()


def compare(case, kind):
    network = Network(case, kind)
    said, end, loss = network.run(case)
    loss.backward()
    result = {
        "outputs": distance(case["said"], said),
        "state": max(distance(case["endHidden"], end[0]), distance(case["endMemory"], end[1])),
        "loss": abs(case["loss"] - loss.item()),
        "gradient": distance(case["gradient"], network.flat(gradient=True)),
    }
    network = Network(case, kind)
    adam = torch.optim.Adam(network.parameters(), lr=case["rate"])
    worst = 0.0
    for gradient, norm, updated in zip(case["gradients"], case["norms"], case["updated"]):
        network.set_gradient(gradient)
        clipped = torch.nn.utils.clip_grad_norm_(network.parameters(), case["maxNorm"])
        adam.step()
        worst = max(worst, distance(updated, network.flat()), abs(norm - clipped.item()) / max(1.0, norm))
    result["Adam"] = worst
    network = Network(case, kind)
    adam = torch.optim.Adam(network.parameters(), lr=case["rate"])
    for updated in case["updated"]:
        adam.zero_grad()
        network.run(case)[2].backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), case["maxNorm"])
        adam.step()
    result["ten updates"] = distance(updated, network.flat())
    return result, network.flat()


def write_figures(path):
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    command = ["swift", "test", "--filter", "LSTMOracleTests"]
    done = subprocess.run(
        command, cwd=root, env=dict(os.environ, FORETAIL_LSTM_ORACLE=path), capture_output=True, text=True)
    if done.returncode or not os.path.exists(path):
        sys.exit(f"lstm_torch: {' '.join(command)} failed\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", help="figures that were written before")
    path = parser.parse_args().json
    if path is None:
        path = os.path.join(tempfile.mkdtemp(), "lstm.json")
        write_figures(path)
    with open(path) as file:
        cases = json.load(file)
    print(f"lstm_torch: PyTorch {torch.__version__}, {len(cases)} cases, greatest absolute differences")
    bad = 0
    exact = {}
    for kind in (torch.float64, torch.float32):
        print(str(kind).removeprefix("torch."))
        for case in cases:
            result, trained = compare(case, kind)
            if kind == torch.float64:
                exact[case["name"]] = trained
            else:
                del result["ten updates"]
                single = (trained.double() - exact[case["name"]]).abs().max().item()
            wrong = [name for name, value in result.items() if not value <= TOLERANCE]
            bad += len(wrong)
            figures = "  ".join(f"{name} {value:.1e}" for name, value in result.items())
            figures += "" if kind == torch.float64 else f"  (single {single:.1e})"
            print(f"  {case['name']:37s} {figures}{'   ABOVE 1e-5: ' + ', '.join(wrong) if wrong else ''}")
    print("lstm_torch: all within 1e-5" if not bad else f"lstm_torch: {bad} figures above 1e-5")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
