"""Random networks run whole, and in pieces that are disturbed: the end must be the same.

Called by fuzz/soak: soak.py SECONDS SEED COMMAND. Prints a line for each hundred pieces and a summary; fails at
the first difference, and leaves its folder.
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SIMD = ["portable", "avx2", "avx512"]


def network(dice):
    """A random network in JSON: delays, joins, noise, learning, programs."""
    kinds = ["plain", "noise", "joins", "learning", "program"]
    net = {
        "format": "seamount-netlist", "version": 1, "name": "soak",
        "seed": dice.randrange(1 << 40),
        "inputs": [{"name": "in", "size": dice.randint(2, 40)},
                   {"name": "good", "size": 1}],
        "populations": [], "projections": [], "learning_rules": [],
    }
    kind = dice.choice(kinds)
    chosen = [kind] + dice.choices(kinds, k=dice.randint(0, 2))
    epoch = dice.choice([1, 2, 3, 5])
    for number, kind in enumerate(chosen):
        size = dice.randint(1, 150)
        soma = {"name": "soma", "current_decay": dice.randint(100, 4095),
                "voltage_decay": dice.randint(0, 2000),
                "threshold_mantissa": dice.randint(20, 400),
                "refractory_steps": dice.randint(1, 5)}
        population = {"name": f"p{number}", "size": size, "compartments": [soma]}
        if kind == "noise":
            population["core"] = {"noise_exponent": dice.randint(6, 12),
                                  "noise_mantissa": dice.randint(-20, 20)}
            soma["noise"] = True
        if kind == "joins":
            child = dict(soma, name="child", threshold_mode="pass_to_parent")
            soma["children"] = ["child"]
            soma["join"] = dice.choice(["add", "max", "min", "pass", "block", "or", "and"])
            population["compartments"] = [child, soma]
        if kind == "program":
            population.pop("compartments")
            population["program"] = {"name": "lif", "parameters": {
                "keep_v": dice.randint(2000, 4096), "threshold": dice.randint(500, 20000)}}
        net["populations"].append(population)
        for source, count in (("in", net["inputs"][0]["size"]), (f"p{dice.randint(0, number)}", None)):
            projection = {"name": f"{source}->p{number}", "source": source, "target": f"p{number}"}
            if kind == "joins":
                projection["target"] = f"p{number}.{dice.choice(['child', 'soma'])}"
            learns = kind == "learning" and source == "in"
            if learns:
                projection["learning"] = f"r{number}"
                projection["precision"] = {"kind": "format", "sign_mode": "mixed", "weight_bits": 8}
                net["learning_rules"].append({
                    "name": f"r{number}", "epoch": epoch,
                    "dw": dice.choice(["2^-2*x1*y0 - 2^-2*y1*x0", "2^-3*r1*x1*u0 - 2^-6*w*u0"]),
                    "dt": "x1*y0", "x1": {"impulse": 16, "tau": 9}, "y1": {"impulse": 20, "tau": 5},
                    "reward": {"sources": [{"source": "good", "impulse": 20}], "tau": 4}})
            weight = dice.choice([-1, 1, 1, 1]) * dice.randint(1, 200)
            projection["connectivity"] = {"kind": "all_to_all", "weight": weight,
                                          "delay": dice.randint(0, 6)}
            if source.startswith("p"):
                target_soma = net["populations"][int(source[1:])].get("compartments")
                if target_soma and len(target_soma) > 1:
                    projection["source"] = f"{source}.soma"
            net["projections"].append(projection)
    for key in ("learning_rules",):
        if not net[key]:
            del net[key]
    return net


class Soak:
    def __init__(self, seconds, seed, command):
        self.end = time.monotonic() + seconds
        self.dice = random.Random(seed)
        self.command = os.path.abspath(command)
        self.folder = tempfile.mkdtemp(prefix="seamount-soak-")
        self.counts = dict(networks=0, refused=0, pieces=0, kills=0, steps=0, silent=0)
        self.used = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, arguments, simd=None, kill_after=None):
        """Runs the command; None if it was killed."""
        environment = dict(os.environ)
        if simd:
            environment["SEAMOUNT_SIMD"] = simd
        child = subprocess.Popen([self.command] + arguments, env=environment,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = child.communicate(timeout=kill_after if kill_after is not None else 600)
        except subprocess.TimeoutExpired:
            if kill_after is None:
                child.kill()
                sys.exit(f"hangs: {arguments} in {self.folder}")
            child.send_signal(self.dice.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM]))
            child.communicate()
            return None
        if kill_after is None and child.returncode not in (0, 1, 3):
            sys.exit(f"exit {child.returncode}: {arguments} in {self.folder}\n{err.decode()}")
        return child.returncode, out.decode(), err.decode()

    def one(self):
        dice = self.dice
        with open(self.path("net.json"), "w") as file:
            json.dump(network(dice), file)
        with open(self.path("net.json")) as file:
            programs = '"program"' in file.read()
        board = "loihi2" if programs else dice.choice(["loihi1", "loihi2", "kapoho-bay"])
        compiled = self.run(["compile", self.path("net.json"), "--board", board, "-o",
                             self.path("net.img")])
        if compiled[0] != 0:
            self.counts["refused"] += 1
            return
        steps = dice.choice([300, 1000, 4000, 12000])
        with open(self.path("net.json")) as file:
            sources = json.load(file)["inputs"][0]["size"]
        with open(self.path("in.csv"), "w") as file:
            file.write("step,input,neuron\n")
            for _ in range(min(steps * 3, 20000)):
                file.write(f"{dice.randrange(steps)},in,{dice.randrange(sources)}\n")
                if dice.random() < 0.05:
                    file.write(f"{dice.randrange(steps)},good,0\n")
        lines = open(self.path("in.csv")).read().split()
        head, events = lines[0], sorted(set(lines[1:]))
        with open(self.path("in.csv"), "w") as file:
            file.write("\n".join([head] + events) + "\n")
        whole = self.run(["run", self.path("net.img"), "--steps", str(steps), "--input",
                          self.path("in.csv"), "--save-state", self.path("whole.state"),
                          "--json"])
        if whole[0] != 0:
            sys.exit(f"a good image does not run: {self.folder}\n{whole[2]}")
        self.counts["networks"] += 1
        self.counts["steps"] += steps
        # the first is the sum over the chip
        if re.search(r'"spikes": (\d+),', whole[1]).group(1) == "0":
            self.counts["silent"] += 1
        self.pieces(steps)
        with open(self.path("whole.state"), "rb") as a, open(self.path("state"), "rb") as b:
            if a.read() != b.read():
                sys.exit(f"another state after {steps} steps: {self.folder}")

    def pieces(self, steps):
        """The same steps in pieces, each with other means, some of them killed on the way."""
        dice = self.dice
        done = 0
        if os.path.exists(self.path("state")):
            os.remove(self.path("state"))
        while done < steps:
            piece = min(steps - done, dice.randint(1, max(1, steps // 2)))
            arguments = ["run", self.path("net.img"), "--steps", str(piece), "--input",
                         self.path("in.csv"), "--save-state", self.path("state")]
            if done:
                arguments += ["--load-state", self.path("before.state")]
                shutil.copy(self.path("state"), self.path("before.state"))
            how = dict(threads=dice.randint(1, 4), simd=dice.choice(SIMD),
                       vectors=dice.choice(["on", "on", "off"]),
                       fidelity=dice.choice(["count", "count", "pipeline", "cycle"]))
            if how["fidelity"] == "cycle" and piece > 1500:
                how["fidelity"] = "pipeline"
            arguments += ["--threads", str(how["threads"]), "--simd", how["vectors"],
                          "--fidelity", how["fidelity"]]
            kill_after = dice.uniform(0.002, 0.3) if dice.random() < 0.3 else None
            result = self.run(arguments, how["simd"], kill_after)
            if result is None:
                self.counts["kills"] += 1
                if os.path.exists(self.path("state")):
                    # what was there before or what is new, and never a part of either
                    torn = self.run(["run", self.path("net.img"), "--steps", "1", "--load-state",
                                     self.path("state")])
                    if torn[0] != 0:
                        sys.exit(f"a torn state: {self.folder}\n{torn[2]}")
                if done:
                    shutil.copy(self.path("before.state"), self.path("state"))
                continue
            if result[0] != 0:
                sys.exit(f"exit {result[0]}: {arguments} in {self.folder}\n{result[2]}")
            for key, value in how.items():
                self.used[key, value] = self.used.get((key, value), 0) + 1
            self.counts["pieces"] += 1
            done += piece

    def all(self):
        while time.monotonic() < self.end:
            self.one()
            if self.counts["networks"] % 50 == 0:
                print(self.counts, flush=True)
        print("no difference:", self.counts)
        print("pieces by means:", {f"{k} {v}": n for (k, v), n in sorted(self.used.items(), key=str)})
        shutil.rmtree(self.folder)


Soak(float(sys.argv[1]), int(sys.argv[2]), sys.argv[3]).all()
