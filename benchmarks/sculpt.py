"""What each sculpture moves and costs, over seeds: python -m benchmarks.sculpt [seeds].

For each measure: its medians without the term and at its usual strength, and in how many of the seeds it fell or rose. One thread, since
the landscapes are small.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import torch

from figures.numbers import number, percent
from landscape.sculpting.claims import claim
from landscape.sculpting.sculptures import make_sculpture, sculptures

SEEDS = 12


def main() -> None:
    """Print a table, a row for each measure."""
    torch.set_num_threads(1)
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    print(f"Medians of {seeds} seeds.\n\n| sculpture | strength | measure | without | with | fell | rose | seconds a seed |")
    print("|---|---|---|--:|--:|--:|--:|--:|")
    for name, entry in sculptures.items():
        began = time.perf_counter()
        found, usual = claim(name, range(seeds)), make_sculpture(name).usual
        seconds = (time.perf_counter() - began) / seeds
        for k, measure in enumerate(found.measures):
            write = percent if measure.share else number
            change = np.sign(found.after[:, k] - found.before[:, k])
            medians = " | ".join(write(value) for value in found.medians(measure))
            knob = f"{entry.traits['knob']} = {number(usual)}"
            label = f"{measure.name}, {measure.part}" if measure.part else measure.name
            print(f"| {name} | {knob} | {label} | {medians} | {(change < 0).sum()} | {(change > 0).sum()} | {seconds:.2f} |", flush=True)


if __name__ == "__main__":
    main()
