"""Times tensor_steps.py under chosen settings, a process for each, and prints a Markdown table."""

import json
import os
import subprocess
import sys

STEPS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tensor_steps.py")
SECONDS = {"--table": 10, "--tune": 4}  # of measured time for each row
RESET = ("TENSOR_STEPS", "OMP_WAIT_POLICY", "OMP_NUM_THREADS")


class Peer:
    """One tensor_steps.py under settings."""

    def __init__(self, settings):
        environment = {k: v for k, v in os.environ.items() if k not in RESET}
        self.process = subprocess.Popen(
            [sys.executable, STEPS, "--settings", json.dumps(settings)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the peer ended, code {self.process.wait()}")
        return json.loads(line)

    def close(self):
        self.process.stdin.write('{"op": "quit"}\n')
        self.process.stdin.close()
        self.process.wait()


def measure(case, settings, seconds):
    """Sorted milliseconds of one case under settings."""
    peer = Peer(settings)
    ready = peer.ask({"case": case, "op": "prepare"})
    scoring = case.startswith("score")
    ask = lambda n: peer.ask({"op": "infer", "runs": n} if scoring else {"op": "run", "steps": n})
    guess = sorted(ask(3)["ms"])[1]
    count = int(max(7, min(5000, seconds * 1e3 / guess)))
    times = sorted(ask(count)["ms"])
    peer.close()
    return ready, times


def at(times, share):
    return times[min(len(times) - 1, int(share * len(times)))]


def row(case, settings, plain, seconds):
    chosen = {key: value for key, value in settings.items() if plain[key] != value}
    load = os.getloadavg()[0]
    try:
        ready, times = measure(case, settings, seconds)
    except RuntimeError as error:
        return f"| {case} | {json.dumps(chosen)} | {error} | | | | |"
    numbers = " | ".join(f"{at(times, share):.2f}" for share in (0.5, 0.1, 0.99))
    count = f"{len(times)} | {load:.2f}"
    return f"| {case} | {ready['torch']} {json.dumps(chosen)} | {numbers} | {count} |"


def choices(case, plain):
    """Settings worth trying, one change at a time and the likely pairs."""
    one = [{}, {"threads": 1}, {"wait": "ACTIVE"}, {"wait": "PASSIVE"}, {"compile": True}]
    sasrec = case in ("a", "b", "c") or case.startswith("score")
    if sasrec:
        one += [{"attention": "sdpa"}, {"attention": "sdpa", "wait": "ACTIVE"}]
        one += [{"attention": "sdpa", "compile": True}]
    if not case.startswith("score"):
        one += [{"adam": "foreach"}]
    if case in ("a", "b", "c", "lstm", "dcn"):
        one += [{"adam": "sparse"}]
    if case == "cnn":
        one += [{"channelsLast": True}, {"channelsLast": True, "compile": True}]
    if case == "a":
        one += [{"chunked": rows, "attention": "sdpa"} for rows in (200, 400, 800, 1600)]
        one += [{"chunked": 400, "compile": True}]
        one = [choice for choice in one if choice.get("adam") != "sparse"]
    return [plain | choice for choice in one]


def main(arguments, best, plain):
    cases = [word for word in arguments if word in best] or list(best)
    print("| case | settings beside the defaults | p50 ms | p10 | p99 | steps | load before |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for case in cases:
        tuned = "--tune" in arguments
        seconds = SECONDS["--tune" if tuned else "--table"]
        for settings in choices(case, plain) if tuned else [plain | best[case]]:
            print(row(case, settings, plain, seconds), flush=True)
