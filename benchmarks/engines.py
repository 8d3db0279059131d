"""Time a point of a loop and of vmap in batches of 4 to 256, and of the choice of EmpiricalRisk: `python -m benchmarks.engines`."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from benchmarks.machine import machine
from landscape import EmpiricalRisk, Objective, make_dataset, make_loss, make_model, random_plane

PARTS = (4, 16, 64, 256)
FEWEST_POINTS = 16
SECONDS = 3.0  # of all rounds, after a first one that is not counted
FEWEST_ROUNDS, MOST_ROUNDS = 2, 30

Values = Callable[[np.ndarray], np.ndarray]


def problems() -> dict[str, EmpiricalRisk]:
    """Return the risks to time, by their titles in the table."""
    line, moons, digits = make_dataset("line", n=40), make_dataset("moons"), make_dataset("digits")
    mse, entropy = make_loss("mse"), make_loss("cross_entropy")
    return {
        "line, two parameters": EmpiricalRisk(make_model("linear", line), mse, line),
        "moons, 2-16-16-1": EmpiricalRisk(make_model("mlp", moons), entropy, moons),
        "moons, residual, depth 20": EmpiricalRisk(make_model("residual_mlp", moons, depth=20), entropy, moons),
        "digits, 64-32-32-10": EmpiricalRisk(make_model("mlp", digits, widths=(32, 32)), entropy, digits),
        "digits, CNN 8-16": EmpiricalRisk(make_model("cnn", digits), entropy, digits),
    }


def engines(risk: EmpiricalRisk) -> dict[str, tuple[Values, int]]:
    """Return each method of evaluation with the number of points it is timed on; the last one is the risk's own choice."""
    batched = torch.func.vmap(risk.loss)

    def in_parts(part: int) -> Values:
        def values(thetas: np.ndarray) -> np.ndarray:
            with torch.no_grad():
                return torch.cat([batched(rows) for rows in risk.tensors(thetas).split(part)]).numpy()

        return values

    parts = {str(part): (in_parts(part), max(part, FEWEST_POINTS)) for part in PARTS}
    return {"loop": (partial(Objective.values, risk), FEWEST_POINTS), **parts, "chosen": (risk.values, max(PARTS))}


def milliseconds(risk: EmpiricalRisk) -> dict[str, float]:
    """Return the shortest time a point of each method; rounds are interleaved, so that other load affects all of them alike."""
    steps = np.linspace(-1, 1, max(PARTS))
    thetas = random_plane(risk, risk.theta, normalization="none").embed(steps, steps**2)
    ways = [(values, thetas[:points]) for values, points in engines(risk).values()]
    seconds = sum(_seconds_a_point(*way) * len(way[1]) for way in ways)
    rounds = int(np.clip(SECONDS / seconds, FEWEST_ROUNDS, MOST_ROUNDS))
    taken = [[_seconds_a_point(*way) for way in ways] for _ in range(rounds)]
    return dict(zip(engines(risk), 1000 * np.min(taken, axis=0), strict=True))


def _seconds_a_point(values: Values, thetas: np.ndarray) -> float:
    """Return the CPU time a point of this thread: with one thread, the time on an otherwise idle machine."""
    began = time.thread_time()
    values(thetas)
    return (time.thread_time() - began) / len(thetas)


def main() -> None:
    """Print one row for each problem; the last column is the time of the choice relative to the fastest method."""
    torch.set_num_threads(1)  # as the app's workers
    print(machine())
    print("Milliseconds a point, one thread: a loop, vmap in parts of 4 to 256, what EmpiricalRisk chooses, and chosen / fastest.\n")
    print(f"{'':27}{'D':>6}{'loop':>9}" + "".join(f"{part:>9}" for part in PARTS) + f"{'chosen':>9}{'ratio':>8}")
    for title, risk in problems().items():
        times = milliseconds(risk)
        best = min(taken for name, taken in times.items() if name != "chosen")
        columns = "".join(f"{taken:9.3f}" for taken in times.values())
        print(f"{title:27}{risk.dim:6}{columns}{times['chosen'] / best:8.2f}", flush=True)


if __name__ == "__main__":
    main()
