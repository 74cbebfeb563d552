"""Forecasts of foretail, river and statsforecast: one pass over each series, the same origins, error and time in one run.

A model has seen the values before an origin and forecasts 1, 12 and one season ahead. Origins: every fourth value after
the first 30 % (at least 350). Error: the mean of |forecast - actual|, relative to that of the seasonal naive forecast on
the same origins. Prints tables in Markdown.
"""

import argparse
import csv
import json
import math
import os
import sys
import tempfile
import time
import warnings

SEASONS = {"nyc_taxi": 48, "elb_requests": 288, "rds_cpu_e47b3b": 288, "ec2_latency": 288, "machine_temp": 288,
           "tweets_amzn": 288, "ad_cpc_2": 24, "bike_users": 24, "beijing_pm25": 24}
LONGEST = 3000


def read(path):
    with open(path) as file:
        return [(row["timestamp"], float(row["value"])) for row in csv.DictReader(file)][-LONGEST:]


def origins(count):
    return range(max(math.ceil(0.3 * count), 350), count, 4)


class Score:
    """Forecasts by origin and step, and what they cost: microseconds of CPU time per value."""

    def __init__(self):
        self.forecasts, self.microseconds, self.failure = {}, math.nan, None


def run_foretail(program, rows, steps, tier):
    """The program as a whole process: it reads the file, and forecasts at every event."""
    score = Score()
    with tempfile.TemporaryDirectory() as folder:
        source, records = os.path.join(folder, "series.csv"), os.path.join(folder, "records")
        with open(source, "w") as file:
            file.write("timestamp,value\n")
            file.writelines(f"{stamp},{value!r}\n" for stamp, value in rows)
        command = [program, "tail", source, "--time", "timestamp", "--ahead", "--announce", "every", "--min-confidence",
                   "0", "--steps", ",".join(map(str, steps)), "--models", tier, "--format", "ndjson"]
        process = os.posix_spawn(program, command, os.environ, file_actions=[
            (os.POSIX_SPAWN_OPEN, 1, records, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)])
        _, status, usage = os.wait4(process, 0)
        if status:
            sys.exit(f"peers: {' '.join(command)} ended with status {status}")
        score.microseconds = (usage.ru_utime + usage.ru_stime) / len(rows) * 1e6
        seen = 0
        with open(records) as file:
            for line in file:
                record = json.loads(line)
                if record["kind"] == "event":
                    seen += 1
                elif record["kind"] == "prediction":
                    score.forecasts[seen, record["step"]] = record["fields"]["value"]["value"]
    return score


def run_model(make, rows, season, steps):
    """A model in this process: time to learn, per value, and to forecast, per forecast of all steps at one origin."""
    score, due = Score(), set(origins(len(rows)))
    model = make(season, steps)
    learning = forecasting = 0
    for number, (_, value) in enumerate(rows):
        if number in due and number >= model.least:
            begin = time.process_time_ns()
            ahead = model.forecast()
            forecasting += time.process_time_ns() - begin
            for step, forecast in zip(steps, ahead):
                score.forecasts[number, step] = forecast
        begin = time.process_time_ns()
        model.learn(value)
        learning += time.process_time_ns() - begin
    score.microseconds = (learning / len(rows) + forecasting / max(len(score.forecasts) / len(steps), 1)) / 1e3
    return score


def errors(rows, season, steps, score):
    """Mean |error| per step relative to the seasonal naive forecast, and how many forecasts were missing or not finite."""
    values, result, missing = [value for _, value in rows], [], 0
    for step in steps:
        back = season * math.ceil(step / season)
        own = naive = 0.0
        for origin in origins(len(values)):
            target = origin + step - 1
            if target >= len(values):
                break
            forecast = score.forecasts.get((origin, step))
            if forecast is None or not math.isfinite(forecast):
                # The last value, so that all models are judged on the same origins.
                missing += 1
                forecast = values[origin - 1]
            own += abs(forecast - values[target])
            naive += abs(values[target - back] - values[target])
        result.append(own / naive if naive else math.nan)
    return result, missing


def mean(ratios):
    return math.exp(sum(math.log(max(ratio, 1e-9)) for ratio in ratios) / len(ratios))


def shown(ratio):
    return f"{ratio:.3f}" if ratio < 100 else f"{ratio:.0e}"


def shown_time(microseconds):
    return f"{microseconds:,.0f}" if microseconds >= 10 else f"{microseconds:.1f}"


def report(names, series, results):
    print(f"\n| geometric mean of {len(series)} | step 1 | step 12 | one season | µs per event |")
    print("|---|---|---|---|---|")
    for name in names:
        parts = [results[name, one][0] for one in series]
        times = [results[name, one][2] for one in series]
        cells = [shown(mean([part[place] for part in parts])) for place in range(3)]
        print(f"| {name} | {' | '.join(cells)} | {shown_time(mean(times))} |")
    print(f"\n| step 1 / 12 / season | {' | '.join(series)} |")
    print("|---" * (len(series) + 1) + "|")
    for name in names:
        cells = [" / ".join(shown(part) for part in results[name, one][0]) for one in series]
        print(f"| {name} | {' | '.join(cells)} |")
    print(f"\n| µs per event | {' | '.join(series)} |")
    print("|---" * (len(series) + 1) + "|")
    for name in names:
        print(f"| {name} | {' | '.join(shown_time(results[name, one][2]) for one in series)} |")
    missed = [(name, one, results[name, one][1]) for name in names for one in series if results[name, one][1]]
    for name, one, count in missed:
        print(f"\n{name} on {one}: {count} forecasts missing or not finite, judged as the last value.")


def arguments():
    parser = argparse.ArgumentParser(prog="peers", description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*", metavar="FILE.csv", help="series of `timestamp,value` (default: the public nine)")
    parser.add_argument("--foretail", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--data", default="", help="the folder of the public series")
    parser.add_argument("--season", type=int, help="the season of FILEs, in values")
    parser.add_argument("--window", type=int, default=500, help="values a statsforecast model is fitted to (at least 3 seasons)")
    parser.add_argument("--every", type=int, default=96, help="values between two fits of a statsforecast model")
    parser.add_argument("--only", default="", help="run only models whose name holds this")
    return parser.parse_args()


def chosen(options):
    """Path and season by name."""
    if not options.files:
        found = {name: (os.path.join(options.data, name + ".csv"), season) for name, season in SEASONS.items()}
        found = {name: one for name, one in found.items() if os.path.exists(one[0])}
        if not found:
            print(f"peers: skipped, there are no series in {options.data} (name CSV files, or set FORETAIL_SHARED)")
            sys.exit(0)
        return found
    found = {}
    for path in options.files:
        name = os.path.splitext(os.path.basename(path))[0]
        season = options.season or SEASONS.get(name)
        if not season:
            sys.exit(f"peers: the season of {path} is not known; give it with --season")
        found[name] = (path, season)
    return found


def main():
    options = arguments()
    series = chosen(options)
    warnings.filterwarnings("ignore")
    import models
    makers = models.all_models(options)
    names = [name for name in ["foretail lite", "foretail standard", *makers] if options.only in name]
    warm = [("", 10 + number % 24 + number % 7) for number in range(460)]
    for name in names:
        if name in makers:
            run_model(makers[name], warm, 24, [1, 12, 24])      # whatever is compiled at first use is compiled now
    results = {}
    for one, (path, season) in series.items():
        rows, steps = read(path), sorted({1, 12, season})
        if len(steps) < 3 or len(rows) < 400 + season:
            sys.exit(f"peers: {path} is too short, or its season is 1 or 12")
        for name in names:
            begin = time.monotonic()
            if name in makers:
                score = run_model(makers[name], rows, season, steps)
            else:
                score = run_foretail(options.foretail, rows, steps, name.split()[1])
            results[name, one] = (*errors(rows, season, steps, score), score.microseconds)
            print(f"{one}: {name}, {time.monotonic() - begin:.0f} s", file=sys.stderr, flush=True)
    versions = " and ".join(open(os.path.join(os.path.dirname(__file__), "requirements.txt")).read().split())
    print(f"{versions}; statsforecast models fitted to the last {options.window} values (at least three seasons) every"
          f" {options.every} values.")
    report(names, list(series), results)


if __name__ == "__main__":
    main()
