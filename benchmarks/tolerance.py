"""What a tolerance evaluates, how wrong it is, and which islands it finds: `python -m benchmarks.tolerance`.

Each of about thirty surfaces is evaluated at every point first; `fill` then asks for as many of its values as it needs.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import numpy as np
import torch
from scipy.stats import hypergeom
from torch import Tensor, nn

from benchmarks.machine import machine
from landscape import EmpiricalRisk, coordinate_plane, make_dataset, make_function, random_plane, sample_surface
from landscape.sampling.refinement import HELD_OUT, allowed_error, fill, spacing

TOLERANCE = 1e-3
FUNCTIONS = (
    "quadratic",
    "himmelblau",
    "rosenbrock",
    "beale",
    "six_hump_camel",
    "mueller_brown",
    "styblinski_tang",
    "monkey_saddle",
    "rastrigin",
    "ackley",
)
SAMPLES, STEPS = 100, 200
# Half the side of each window of filter-normalized directions.
REACHES = (0.1, 1.0, 10.0)
# Islands of 1, 4, 12 and 16 points: squares, and one square of four without its corners.
ISLANDS = tuple(
    np.array([(j, i) for j in range(side) for i in range(side) if full or {j, i} - {0, side - 1}])
    for side, full in ((1, True), (2, True), (4, False), (4, True))
)
TRIALS = 500


class Lstm(nn.Module):
    """Digits read row by row."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.out = nn.LSTM(8, 16, batch_first=True), nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.lstm(x.reshape(-1, 8, 8))[0][:, -1])


class Transformer(nn.Module):
    """Rows of digits as tokens of `depth` encoder layers."""

    def __init__(self, depth: int = 1) -> None:
        super().__init__()
        self.embed, self.place = nn.Linear(8, 16), nn.Parameter(torch.randn(8, 16) / 4)
        self.encoder = nn.Sequential(*(nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True) for _ in range(depth)))
        self.out = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.encoder(self.embed(x.reshape(-1, 8, 8)) + self.place).mean(1))


def mlp(activation: Callable[[], nn.Module], norm: bool = False, depth: int = 2) -> nn.Module:
    """Return layers of 32 units on digits."""
    widths = [64, *[32] * depth]
    layers = [
        part
        for m, n in zip(widths, widths[1:], strict=False)
        for part in (nn.Linear(m, n), *([nn.BatchNorm1d(n)] if norm else []), activation())
    ]
    return nn.Sequential(nn.Flatten(), *layers, nn.Linear(32, 10))


def convolutional() -> nn.Module:
    """Return two convolutions and a pooling."""
    convolutions = nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.AvgPool2d(4)
    return nn.Sequential(nn.Unflatten(1, (1, 8, 8)), *convolutions, nn.Flatten(), nn.Linear(32, 10))


NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "MLP, tanh": lambda: mlp(nn.Tanh),
    "MLP, ReLU": lambda: mlp(nn.ReLU),
    "MLP, GELU, depth 6": lambda: mlp(nn.GELU, depth=6),
    "MLP, ReLU, BatchNorm": lambda: mlp(nn.ReLU, norm=True, depth=4),
    "CNN, ReLU": convolutional,
    "LSTM": Lstm,
    "transformer": Transformer,
    "transformer, 3 layers": lambda: Transformer(3),
}


def trained(make: Callable[[], nn.Module]) -> EmpiricalRisk:
    """Return the cross entropy of a network after Adam on all samples."""
    digits = make_dataset("digits")
    inputs, targets = torch.tensor(digits.inputs[:SAMPLES]).flatten(1).float(), torch.tensor(digits.targets[:SAMPLES])
    torch.manual_seed(0)
    model = make().train()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for _ in range(STEPS):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(inputs), targets).backward()
        optimizer.step()
    return EmpiricalRisk(model.eval(), nn.CrossEntropyLoss(reduction="none"), (inputs.double(), targets))


def surfaces(resolution: int) -> Iterator[tuple[str, np.ndarray]]:
    """Return each surface with its title, every point evaluated."""
    for name in FUNCTIONS:
        function = make_function(name)
        yield name, sample_surface(function, coordinate_plane(np.zeros(2), 0, 1), function.window, resolution=resolution).values
    for title, make in NETWORKS.items():
        risk = trained(make)
        plane = random_plane(risk, risk.theta)
        for reach in REACHES:
            yield f"{title}, ±{reach:g}", sample_surface(risk, plane, ((-reach, reach),) * 2, resolution=resolution).values


def row(title: str, true: np.ndarray) -> tuple[str, float]:
    """Return a row of the table, and the share of the points that was evaluated."""
    asked = np.zeros(true.shape, dtype=bool)

    def evaluate(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        asked[rows, columns] = True
        return true[rows, columns]

    values, _ = fill(np.zeros(true.shape, dtype=bool), evaluate, TOLERANCE)
    allowed = allowed_error(true, TOLERANCE)
    wrong, share = float((np.abs(values - true) / allowed).max()), float(asked.mean())
    return f"| {title} | {share:.0%} | {wrong:.2f} |", share


def islands(side: int) -> list[str]:
    """Return a row for each size of islands of NaN in a bowl, at random places: how often one was found, and how often it should be."""
    steps = np.linspace(-1, 1, side)
    bowl = np.add.outer(2 * steps**2, steps**2)
    generator, rows = np.random.default_rng(0), []
    first = np.isfinite(bowl[:: spacing(side), :: spacing(side)]).size
    unknown, held_out = side**2 - first, round(HELD_OUT * side**2)
    for points in ISLANDS:
        n, found = len(points), 0
        for trial in range(TRIALS):
            true = bowl.copy()
            true[tuple((generator.integers(side - 4, size=2) + points).T)] = np.nan
            found += np.isnan(fill(np.zeros(true.shape, dtype=bool), lambda j, i, true=true: true[j, i], TOLERANCE, trial)[0]).any()
        hit, drawn = n / spacing(side) ** 2, hypergeom.sf(0, unknown, n, held_out)
        rows.append(f"| {n} | {hit:.1%} | {drawn:.1%} | {hit + (1 - hit) * drawn:.1%} | {found / TRIALS:.1%} |")
    return rows


def main() -> None:
    """Print one row for each surface, and how many took at most a tenth of the points, and all of them; then the table of islands."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resolution", type=int, default=101)
    resolution = parser.parse_args().resolution
    torch.set_num_threads(1)
    print(machine())
    print(f"{resolution} x {resolution} points, tolerance {TOLERANCE:g}: share evaluated, largest true error over the allowed one.\n")
    print("| surface | evaluated | error / allowed |\n|---|--:|--:|")
    shares = []
    for title, true in surfaces(resolution):
        line, share = row(title, true)
        shares.append(share)
        print(line, flush=True)
    print(f"\n{len(shares)} surfaces: {sum(s <= 0.1 for s in shares)} at most 10 %, {sum(s == 1 for s in shares)} all points.")
    print(f"\nIslands of n points that are not finite, {TRIALS} of each size at random places.\n")
    print("| n | hit by the first grid | else by held-out points | expected | found |\n|--:|--:|--:|--:|--:|")
    print("\n".join(islands(resolution)))


if __name__ == "__main__":
    main()
