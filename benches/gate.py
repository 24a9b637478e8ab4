#!/usr/bin/env python3
"""Whether this version is as fast as the last release.

    python3 benches/gate.py [--old FILE] [--new FILE] [--short] [--data DIR] [--only NAME ...] [--json FILE]

Runs each workload with both programs in turns, either first in half of the pairs, and compares the
processor time that each took: best against best and median against median. A workload has lost when
both are more than 5 % slower. On a machine that is busy even that can be chance: what has lost is
then counted in instructions (valgrind, if it is there; it knows no AVX-512, so both programs run with
SEAMOUNT_SIMD=avx2), and fails only if those are more than 5 % more as well, or cannot be counted.

Without --old the program of the last tag is built in a worktree below the system's folder for
temporary files, and without --new that of this tree. Where there is no tag, or it cannot be built,
nothing is compared, and the gate says so by name and succeeds: there is nothing to lose against.

Workloads: W1 and W2L (seamount bench), lsnn (the same, with recorded images: needs data), learning
(e-prop on the chip), recording (every spike and every voltage of a core). Each is measured as what one more
piece of work takes: the program is run with little and with much of it, and the difference counts,
so that reading, compiling and loading do not.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOSS = 0.05
# name: arguments with little and with much work. {n} is the amount.
WORKLOADS = {
    "W1": (["bench", "W1", "--repeats", "1", "--steps", "{n}"], 1_000, 200_000),
    "W2L": (["bench", "W2L", "--repeats", "1", "--steps", "{n}"], 100, 6_000),
    "lsnn": (["lab", "lsnn-smnist", "--threads", "1", "--count", "{n}", "--data", "{data}"], 10, 400),
    "learning": (["lab", "eprop-evidence", "--test-every", "100000", "--tests", "1", "--samples", "{n}"], 2, 42),
    "recording": (["run", "{net}", "--steps", "{n}", "--probe", "n.spike", "--probe", "n.voltage"], 100, 8_000),
}
PAIRS = {False: 9, True: 5}
# Part of the work in the short form and where instructions are counted.
SHORT = 0.25
COUNTED = 0.02


def network(folder: Path) -> Path:
    """A core of 1,024 neurons that all spike now and then, connected at random."""
    state = 1
    pairs = {"sources": [], "targets": [], "weights": []}
    for source in range(1024):
        for _ in range(32):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            pairs["sources"].append(source)
            pairs["targets"].append(state >> 54)
            pairs["weights"].append(4 if state >> 40 & 1 else -4)
    compartment = {
        "name": "soma",
        "current_decay": 1024,
        "voltage_decay": 128,
        "threshold_mantissa": 1000,
        "bias_mantissa": [2300] * 1024,
        "initial_voltage": [n * 62 for n in range(1024)],
    }
    net = {
        "format": "seamount-netlist",
        "version": 1,
        "name": "recorded",
        "populations": [{"name": "n", "size": 1024, "compartments": [compartment]}],
        "projections": [
            {"name": "n->n", "source": "n", "target": "n", "connectivity": {"kind": "pairs", **pairs}}
        ],
    }
    path = folder / "recorded.json"
    path.write_text(json.dumps(net))
    return path


def seconds(command: list[str]) -> float:
    """Processor time of a command, its own and the system's for it."""
    before = os.times()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    after = os.times()
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()}")
    return after.children_user - before.children_user + after.children_system - before.children_system


def instructions(command: list[str], folder: Path) -> int | None:
    """Instructions of a command, if there is something that counts them."""
    if shutil.which("valgrind") is None:
        return None
    out = folder / "callgrind.out"
    tool = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
    environment = {**os.environ, "SEAMOUNT_SIMD": "avx2"}
    done = subprocess.run(tool + command, capture_output=True, env=environment, text=True)
    lines = out.read_text().splitlines() if done.returncode == 0 else []
    totals = [line.split(":")[1] for line in lines if line.startswith(("totals:", "summary:"))]
    return int(totals[-1].split()[0]) if totals else None


class Workload:
    def __init__(self, name: str, places: dict[str, str], part: float):
        self.name = name
        self.arguments, self.little, self.much = WORKLOADS[name]
        self.much = max(2 * self.little, int(self.much * part))
        self.places = places

    def command(self, program: str, amount: int) -> list[str]:
        return [program] + [a.format(n=amount, **self.places) for a in self.arguments]

    def time(self, program: str) -> float:
        much = seconds(self.command(program, self.much))
        return much - seconds(self.command(program, self.little))

    def counted(self, program: str, folder: Path) -> int | None:
        much = instructions(self.command(program, self.much), folder)
        little = instructions(self.command(program, self.little), folder)
        return None if much is None or little is None else much - little


def compare(workload: Workload, old: str, new: str, pairs: int) -> dict:
    """Times of both programs in turns, and new over old of the best and of the medians."""
    times = {old: [], new: []}
    for pair in range(pairs):
        for program in (old, new) if pair % 2 == 0 else (new, old):
            times[program].append(workload.time(program))
    best = min(times[new]) / min(times[old])
    median = statistics.median(times[new]) / statistics.median(times[old])
    return {"name": workload.name, "best": best, "median": median, "old_s": times[old], "new_s": times[new]}


def judge(name: str, places: dict[str, str], programs: list[str], short: bool, folder: Path) -> dict:
    """Compares the programs, the old one and the new one, on a workload, and says how it went."""
    old, new = programs
    result = compare(Workload(name, places, SHORT if short else 1.0), old, new, PAIRS[short])
    result["lost"] = min(result["best"], result["median"]) > 1 + LOSS
    text = f"{name:10} {1 / result['best']:.2f} times the speed by the best, {1 / result['median']:.2f} by medians"
    if result["lost"]:
        # time may be chance, instructions are not
        small = Workload(name, places, COUNTED)
        counts = [small.counted(program, folder) for program in programs]
        if all(counts):
            result["instructions"] = counts[1] / counts[0]
            result["lost"] = result["instructions"] > 1 + LOSS
            text += f"; {result['instructions']:.3f} times the instructions without AVX-512"
    print(text + ("   LOST" if result["lost"] else ""), flush=True)
    return result


def build(tree: Path, target: Path) -> str | None:
    """The program of a tree, built; `None` if that cannot be."""
    command = ["cargo", "build", "--release", "--locked", "-p", "seamount-cli"]
    environment = {**os.environ, "CARGO_TARGET_DIR": str(target)}
    if subprocess.run(command, cwd=tree, env=environment).returncode != 0:
        return None
    return str(target / "release" / "seamount")


def released(folder: Path) -> str | None:
    """The program of the last tag, built; `None`, and why, if that cannot be."""
    git = ["git", "-C", str(ROOT)]
    tag = subprocess.run(git + ["describe", "--tags", "--abbrev=0"], capture_output=True, text=True)
    if tag.returncode != 0:
        print("skipped: the gate of speed (no release is tagged, so there is nothing to compare with)")
        return None
    name = tag.stdout.strip()
    tree = folder / "released"
    program = None
    if subprocess.run(git + ["worktree", "add", "--detach", str(tree), name]).returncode == 0:
        program = build(tree, folder / "target")
        subprocess.run(git + ["worktree", "remove", "--force", str(tree)])
    if program is None:
        print(f"skipped: the gate of speed ({name} cannot be built here)")
    return program


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", help="program to compare with; default: that of the last tag, built here")
    parser.add_argument("--new", help="program of this version; default: that of this tree, built here")
    parser.add_argument("--data", default=os.environ.get("SEAMOUNT_DATA"), help="folder of the recorded images")
    parser.add_argument("--short", action="store_true", help="a quarter of the work, five pairs")
    parser.add_argument("--only", nargs="*", choices=list(WORKLOADS), default=list(WORKLOADS))
    parser.add_argument("--json", type=Path, help="write all times there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="seamount-gate-") as name:
        folder = Path(name)
        old = options.old or released(folder)
        if old is None:
            return
        target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
        new = options.new or build(ROOT, target)
        if new is None:
            sys.exit("this version cannot be built")
        places = {"net": str(network(folder)), "data": options.data or ""}
        results = []
        for name in options.only:
            if name == "lsnn" and not options.data:
                print("skipped: lsnn (no data)")
                continue
            results.append(judge(name, places, [old, new], options.short, folder))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    lost = [result["name"] for result in results if result["lost"]]
    if lost:
        sys.exit(f"slower than the last release by more than {LOSS:.0%}: {', '.join(lost)}")


if __name__ == "__main__":
    main()
