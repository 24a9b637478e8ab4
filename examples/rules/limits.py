"""Limits of a rule file from the distribution over seeds that its verdict is not about.

    python3 examples/rules/limits.py target/release/seamount examples/rules/pair-stdp.toml KEY...

A verdict is about seeds 1 to 10. Limits come from seeds 11 to 50: the median and four times the
spread around it (1.48 times the median distance from the median, which is a standard deviation
where the distribution is normal), or the worst of these seeds where that is further out, rounded
outward to two digits (near 1 to two places). Whether a chip that is broken on
purpose fails at those limits is not looked at here; `--self-test` says so afterwards.
"""

import json
import math
import statistics
import subprocess
import sys

JUDGED = 10
ALL = 50


def rounded(value, outward):
    """Two digits, up or down."""
    if value == 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(abs(value))) - 1)
    if 0.5 < abs(value) < 1.5:
        step = 0.01
    turned = math.ceil(value / step) if outward > 0 else math.floor(value / step)
    return float(f"{turned * step:.10g}")


def main():
    program, path, keys = sys.argv[1], sys.argv[2], sys.argv[3:]
    line = [program, "--json", "validate", path, "--seeds", str(ALL)]
    report = json.loads(subprocess.run(line, capture_output=True, text=True).stdout)
    rows = [seed["values"] for seed in report["seeds"] if seed["seed"] > JUDGED]
    print("[tolerance]")
    for key in keys or rows[0]:
        values = [row[key] for row in rows if key in row]
        if not values:
            continue
        middle = statistics.median(values)
        spread = 1.4826 * statistics.median(abs(value - middle) for value in values)
        outward = -1 if key.endswith("_min") else 1
        worst = min(values) if outward < 0 else max(values)
        far = middle + outward * 4 * spread
        limit = rounded(min(far, worst) if outward < 0 else max(far, worst), outward)
        print(f"{key} = {limit:g}    # median {middle:.4g}, worst of {len(values)}: {worst:.4g}")


main()
