"""Times of surfaces and eigenpairs, by this package and by five published tools, and their ratios: `python -m benchmarks.peers`.

Needs benchmarks/requirements.txt. Models, data, loss, window and threads are the same for all. Rounds are interleaved, so that other load
affects all tools alike, and times are medians of the rounds. Each tool chooses the directions of its planes: only costs are compared.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import MagicMock, patch

import loss_landscapes
import numpy as np
import torch
from curvlinops import HessianLinearOperator
from loss_landscape_3d.calculator import LossLandscapeCalculator
from loss_landscape_3d.directions import generate_random_directions
from loss_landscapes.metrics import Loss
from losscape import create_landscape
from pyhessian import hessian as PyHessian
from scipy.sparse.linalg import eigsh
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

from benchmarks.machine import machine
from landscape import (
    Dataset,
    EmpiricalRisk,
    Surface,
    dense_hessian,
    make_dataset,
    make_loss,
    make_model,
    random_plane,
    sample_surface,
    top_eigenpairs,
)

PARTS = ("memory", "surfaces", "curvature", "growth")
WINDOW = ((-1.0, 1.0), (-1.0, 1.0))
TOLERANCE = 1e-3
# A tool that takes longer for the whole grid is timed on a coarser one over the same window, and its time is scaled by the points.
PEER_SECONDS = 12.0  # unless the command line says otherwise
FEWEST_A_SIDE = 11
EIGENPAIRS = 5
LARGE, LARGE_DEPTH = 1826, 3  # 3 layers of 1826 x 1826 weights: ten million
MEBIBYTE = 2**20
# This package; its planes are float64 for every dtype of the risk.
OURS = {"ours, float64": torch.float64, "ours, float32": torch.float32}

Way = Callable[[], object]


@dataclass(frozen=True, eq=False)
class Problem:
    """A trained model in evaluation mode, with its training data, in float32 unless converted."""

    title: str
    model: nn.Module
    inputs: Tensor
    targets: Tensor

    @property
    def batches(self) -> list[tuple[Tensor, Tensor]]:
        """All data as a single batch in memory, in the form of a DataLoader."""
        return [(self.inputs, self.targets)]

    def to(self, dtype: torch.dtype) -> Problem:
        """The same problem in another precision."""
        return Problem(self.title, self.copied().to(dtype), self.inputs.to(dtype), self.targets)

    def copied(self) -> nn.Module:
        """A copy of the model, for tools that change it."""
        return copy.deepcopy(self.model)

    def risk(self, dtype: torch.dtype) -> EmpiricalRisk:
        """The `EmpiricalRisk` of the same model and data."""
        return EmpiricalRisk(self.model, make_loss("cross_entropy"), (self.inputs, self.targets), dtype=dtype)


class Residual(nn.Module):
    """A residual perceptron: `depth` blocks x + relu(BatchNorm(W x))."""

    def __init__(self, features: int, classes: int, width: int = 32, depth: int = 20):
        super().__init__()
        self.first, self.last = nn.Linear(features, width), nn.Linear(width, classes)
        self.blocks = nn.ModuleList(nn.Sequential(nn.Linear(width, width), nn.BatchNorm1d(width), nn.ReLU()) for _ in range(depth))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits."""
        x = self.first(x)
        for block in self.blocks:
            x = x + block(x)
        return self.last(x)


def problems() -> dict[str, Callable[[], Problem]]:
    """Return a function that builds each problem, by a short name."""
    digits, spirals = make_dataset("digits"), make_dataset("spirals")
    perceptron = partial(make_model, "mlp", digits, widths=(32, 32))
    return {
        "tanh": lambda: trained("digits, 64-32-32-10, tanh", perceptron(), digits, epochs=60),
        "relu": lambda: trained("digits, 64-32-32-10, ReLU", perceptron(activation="relu"), digits, epochs=60),
        "spirals": lambda: trained("spirals, 2-16-16-2, tanh", _two_logits(), spirals, epochs=400),
        "cnn": lambda: trained("digits, CNN 8-16", make_model("cnn", digits), digits, epochs=30),
        "residual": lambda: trained("digits, residual, depth 20, BatchNorm", _residual(), digits, epochs=20),
    }


def _two_logits() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 2))


def _residual() -> nn.Module:
    torch.manual_seed(0)
    return Residual(64, 10)


def trained(title: str, model: nn.Module, dataset: Dataset, *, epochs: int, samples: int | None = None) -> Problem:
    """Return the problem after `epochs` epochs of Adam with batches of 128 samples."""
    torch.manual_seed(0)
    model = model.float().train()
    inputs, targets = torch.tensor(dataset.inputs[:samples]).float(), torch.tensor(dataset.targets[:samples])
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(epochs):
        for batch in torch.randperm(len(inputs)).split(128):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(inputs[batch]), targets[batch]).backward()
            optimizer.step()
    optimizer.zero_grad()
    return Problem(title, model.eval(), inputs, targets)


def ours(problem: Problem, resolution: int, tolerance: float | None = None, dtype: torch.dtype = torch.float32) -> Surface:
    """Return this package's surface; the construction of the risk and of the plane is part of the timing."""
    risk = problem.risk(dtype)
    return sample_surface(risk, random_plane(risk, risk.theta), WINDOW, resolution=resolution, tolerance=tolerance)


def by_loss_landscapes(problem: Problem, resolution: int) -> np.ndarray:
    """Return the grid of loss-landscapes; it divides by `distance` and centers the window, so 0.5 spans [-1, 1] times the weights' norm."""
    metric = Loss(nn.CrossEntropyLoss(), problem.inputs, problem.targets)
    return loss_landscapes.random_plane(problem.copied(), metric, distance=0.5, steps=resolution, normalization="filter")


def by_loss_landscape_3d(problem: Problem, resolution: int) -> np.ndarray:
    """Return the grid of loss-landscape-3d, with BatchNorm statistics kept out of its directions, which would make variances negative."""
    model = problem.copied()
    directions = generate_random_directions(model)
    for name, _ in model.named_buffers():
        for direction in directions:
            direction[name].zero_()
    calculator = LossLandscapeCalculator(model, problem.batches, nn.CrossEntropyLoss())
    steps = np.linspace(-1, 1, resolution).tolist()
    center = {name: value.clone() for name, value in model.state_dict().items()}
    return calculator.calculate(steps, steps, *directions, center)


def by_losscape(problem: Problem, resolution: int) -> np.ndarray:
    """Return the grid of losscape, without its figure and its printed line for every point."""
    options = {"criterion": nn.CrossEntropyLoss(), "num_batches": 1, "save_only": True, "output_h5": False, "num_points": resolution}
    silent = patch.object(create_landscape, "print", MagicMock(), create=True)
    with patch.object(create_landscape, "plt", MagicMock()), silent, tempfile.TemporaryDirectory() as folder:
        create_landscape.print = lambda _line: None  # a mock would store every call
        return create_landscape.create_3D_losscape(problem.copied(), problem.batches, output_path=folder, **options)[2]


WIDTHS = {torch.float32: "32", torch.float64: "64"}
PEERS = {"loss-landscapes": by_loss_landscapes, "loss-landscape-3d": by_loss_landscape_3d, "losscape": by_losscape}


def clock() -> float:
    """Return CPU time with a single thread, which is the time on an otherwise idle machine; otherwise wall time."""
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


def seconds(way: Way) -> float:
    """Return the seconds of one call."""
    began = clock()
    way()
    return clock() - began


def medians(ways: dict[str, Way], rounds: int) -> dict[str, float]:
    """Return the median seconds of each function; rounds are interleaved, every other one in reverse order."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for k in range(rounds):
        for name in list(ways)[:: -1 if k % 2 else 1]:
            taken[name].append(seconds(ways[name]))
    return {name: float(np.median(times)) for name, times in taken.items()}


def sides(problem: Problem, resolution: int, most: float) -> dict[str, int]:
    """Return the points a side of each tool's grid: `resolution`, or as many as take `most` seconds."""
    fit = {}
    for name, surface in PEERS.items():
        surface(problem, 3)
        a_point = seconds(partial(surface, problem, FEWEST_A_SIDE)) / FEWEST_A_SIDE**2
        fit[name] = int(np.clip(np.sqrt(most / a_point), FEWEST_A_SIDE, resolution))
    return fit


def surfaces(names: list[str], resolution: int, rounds: int, most: float) -> list[str]:
    """Time every tool's surface of these problems; return the rows for the README."""
    print(f"\nSurfaces of {resolution} x {resolution} points, seconds, in float32 and in float64; ours counts all from the bare model on.")
    print(f"Peers run on their own API with all data as one batch in memory; where one would take over {most:g} s, it runs on the")
    print("coarser grid in brackets and its time a point is scaled. losscape draws no picture and prints no line. error: at")
    print(f"tolerance {TOLERANCE:g}, the largest |tolerant - exact| over the range of the exact values, and the share evaluated.\n")
    rows = [
        "| Surface | loss-landscapes | loss-landscape-3d | losscape | ours, exact | ours, 1e-3 | evaluated | true error | exact | 1e-3 |"
    ]
    rows.append("|---|---|---|---|---|---|---|---|---|---|")
    for name in names:
        rows.append(_surface_row(problems()[name](), resolution, rounds, most))
    return rows


def _surface_row(problem: Problem, resolution: int, rounds: int, most: float) -> str:
    ways: dict[str, Way] = {}
    grids: dict[str, int] = {}
    for dtype, width in WIDTHS.items():
        case = problem.to(dtype)
        for name, side in sides(case, resolution, most).items():
            ways[f"{name} {width}"], grids[f"{name} {width}"] = partial(PEERS[name], case, side), side
        ways[f"ours, exact {width}"] = partial(ours, problem, resolution, None, dtype)
        ways[f"ours, tolerant {width}"] = partial(ours, problem, resolution, TOLERANCE, dtype)
    exact, tolerant = (ways[f"ours, {way} 64"]() for way in ("exact", "tolerant"))
    taken = medians(ways, rounds)
    taken |= {name: taken[name] * (resolution / side) ** 2 for name, side in grids.items()}
    fastest = {width: min(taken[f"{name} {width}"] for name in PEERS) for width in WIDTHS.values()}
    share = tolerant.evaluations / exact.values.size
    print(
        f"{problem.title} (D = {sum(p.numel() for p in problem.model.parameters())}, loss {_least(exact):.2g} to {exact.values.max():.2g})"
    )
    for name in ways:
        note = f"   fastest peer / this {fastest[name[-2:]] / taken[name]:6.1f}" if name.startswith("ours") else ""
        print(
            f"  {name:26}{taken[name]:9.2f}{note}"
            + (f"   [{grids[name]} x {grids[name]}]" if grids.get(name, resolution) < resolution else "")
        )
    print(f"  evaluated {share:.0%}, true error {_error(tolerant, exact):.1e} of the range (float64)", flush=True)
    cells = [
        f"{taken[f'{name} 32']:.2f} ({taken[f'{name} 64']:.2f})" + (" ≈" if grids.get(f"{name} 64", resolution) < resolution else "")
        for name in (*PEERS, "ours, exact", "ours, tolerant")
    ]
    ratios = [
        "x (".join(f"{fastest[width] / taken[f'ours, {way} {width}']:.1f}" for width in WIDTHS.values()) + "x)"
        for way in ("exact", "tolerant")
    ]
    return "| " + " | ".join([problem.title, *cells, f"{share:.0%}", f"{_error(tolerant, exact):.0e}", *ratios]) + " |"


def _least(surface: Surface) -> float:
    return float(surface.values.min())


def _error(tolerant: Surface, exact: Surface) -> float:
    """Return the largest difference as a share of the range of the exact values."""
    finite = np.isfinite(exact.values)
    return float(np.abs(tolerant.values - exact.values)[finite].max() / np.ptp(exact.values[finite]))


def our_eigenvalues(problem: Problem, dtype: torch.dtype) -> np.ndarray:
    """Return this package's eigenvalues, with the construction of the risk and the residuals as part of the timing."""
    risk = problem.risk(dtype)
    return top_eigenpairs(risk, risk.theta, k=EIGENPAIRS).eigenvalues


@contextlib.contextmanager
def _default(dtype: torch.dtype) -> Iterator[None]:
    """Set torch's default dtype, in which PyHessian draws its vectors."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def by_pyhessian(problem: Problem, dtype: torch.dtype, **options: float) -> np.ndarray:
    """Return PyHessian's eigenvalues: the largest in modulus, by the power method with deflation, from a seeded start."""
    torch.manual_seed(0)
    with _default(dtype), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Using backward")  # about the reference cycle that zero_grad breaks below
        data = (problem.inputs.to(dtype), problem.targets)
        operator = PyHessian(problem.copied().to(dtype), nn.CrossEntropyLoss(), data=data, cuda=False)
        found = operator.eigenvalues(top_n=EIGENPAIRS, **options)[0]
    operator.model.zero_grad()  # breaks the reference cycle of the graph and the gradients
    return np.sort(found)[::-1]


def by_curvlinops(problem: Problem, dtype: torch.dtype, tolerance: float) -> np.ndarray:
    """Return the eigenvalues of curvlinops' Hessian by SciPy's `eigsh`, with its default basis of 20 vectors."""
    model = problem.copied().to(dtype)
    data = [(problem.inputs.to(dtype), problem.targets)]
    operator = HessianLinearOperator(model, nn.CrossEntropyLoss(), list(model.parameters()), data, check_deterministic=False)
    start = np.random.default_rng(0).standard_normal(operator.shape[0]).astype(str(dtype).removeprefix("torch."))
    matrix = operator.to_scipy(dtype=start.dtype)
    return np.sort(eigsh(matrix, k=EIGENPAIRS, which="LA", tol=tolerance, v0=start)[0])[::-1]


def solvers(problem: Problem) -> dict[str, Way]:
    """Return the eigenvalue solvers; for each tool first with a tight tolerance, then with its usual or a loose one."""
    return {
        "ours (float64)": partial(our_eigenvalues, problem, torch.float64),
        "ours (float32)": partial(our_eigenvalues, problem, torch.float32),
        "curvlinops + eigsh 1e-9 (float64)": partial(by_curvlinops, problem, torch.float64, 1e-9),
        "curvlinops + eigsh 1e-3 (float32)": partial(by_curvlinops, problem, torch.float32, 1e-3),
        "PyHessian 1e-8, 2000 steps (float64)": partial(by_pyhessian, problem, torch.float64, tol=1e-8, maxIter=2000),
        "PyHessian 1e-3, 100 steps, its default": partial(by_pyhessian, problem, torch.float32),
    }


def curvature(names: list[str], rounds: int) -> list[str]:
    """Time every tool's largest eigenvalues of these problems; return the rows for the README."""
    print(f"\nThe {EIGENPAIRS} largest eigenvalues of the Hessian, with eigenvectors: seconds, their time / ours, and the largest relative")
    print("error to the dense Hessian's in float64.\n")
    rows = ["| Top-5 eigenpairs | tool | seconds | theirs / ours | largest relative error |", "|---|---|---|---|---|"]
    for name in names:
        problem = problems()[name]()
        risk = problem.risk(torch.float64)
        exact = np.linalg.eigvalsh(dense_hessian(risk, risk.theta))[::-1][:EIGENPAIRS]
        ways = solvers(problem)
        errors = {title: np.abs(way() / exact - 1).max() for title, way in ways.items()}
        taken = medians(ways, rounds)
        print(f"{problem.title} (D = {risk.dim}, eigenvalues {exact[0]:.3g} to {exact[-1]:.3g})")
        for title in ways:
            ratio = taken[title] / taken["ours (float64)"]
            print(f"  {title:40}{taken[title]:9.3f}{ratio:9.1f}{errors[title]:12.1e}", flush=True)
            rows.append(f"| {problem.title} | {title} | {taken[title]:.3f} | {ratio:.1f}x | {errors[title]:.0e} |")
    return rows


def growth(resolution: int, rounds: int) -> list[str]:
    """Time this package on a perceptron on digits, for growing resolution, width or samples; return the rows for the README."""
    digits = make_dataset("digits")

    def problem(width: int = 32, samples: int | None = None) -> Problem:
        return trained("", make_model("mlp", digits, widths=(width, width)), digits, epochs=20, samples=samples)

    grids = (resolution // 2 + 1, resolution, 2 * resolution - 1)
    cases = [(f"{side} x {side} points", problem(), side) for side in grids]
    cases += [(f"hidden width {width}", problem(width), resolution) for width in (16, 64, 256)]
    cases += [(f"{samples} samples", problem(samples=samples), resolution) for samples in (200, 700, 1437)]
    print(f"\nGrowth of ours, float32, digits 64-32-32-10 tanh on {resolution} x {resolution} points but for what is said: seconds.\n")
    print(f"{'':22}{'D':>8}{'exact':>9}{'1e-3':>9}{'evaluated':>11}")
    rows = ["| Ours, as it grows | D | exact | 1e-3 | evaluated |", "|---|---|---|---|---|"]
    for title, case, side in cases:
        ways = {"exact": partial(ours, case, side), "tolerant": partial(ours, case, side, TOLERANCE)}
        share, taken = ways["tolerant"]().evaluations / side**2, medians(ways, rounds)
        dim = sum(p.numel() for p in case.model.parameters())
        print(f"{title:22}{dim:8}{taken['exact']:9.2f}{taken['tolerant']:9.2f}{share:11.0%}", flush=True)
        rows.append(f"| {title} | {dim} | {taken['exact']:.2f} | {taken['tolerant']:.2f} | {share:.0%} |")
    return rows


def memory() -> list[str]:
    """Print the peak memory of a 3 x 3 surface with ten million parameters, for every tool, each in its own process; return README rows."""
    print("\nPeak memory of a 3 x 3 surface of ten million parameters above the loaded model, in copies of them; theirs in float32.\n")
    rows = ["| Peak memory, 10 million parameters | copies of the parameters |", "|---|---|"]
    for name in (*OURS, *PEERS):
        line = subprocess.run(
            [sys.executable, "-m", "benchmarks.peers", "--peak-of", name], capture_output=True, text=True, check=True
        ).stdout
        print(line, end="", flush=True)
        rows.append(f"| {name} | {line.split()[-1]} |")
    return rows


def print_peak_of(name: str) -> None:
    """Print the peak memory of this process above that with the model loaded, in copies of the model, after each stage."""
    torch.manual_seed(0)
    model = nn.Sequential(*(nn.Linear(LARGE, LARGE, bias=False) for _ in range(LARGE_DEPTH))).eval()
    dtype = OURS.get(name, torch.float32)
    problem = Problem("large", model.to(dtype), torch.randn(16, LARGE, dtype=dtype), torch.arange(16))
    size, before = dtype.itemsize * sum(p.numel() for p in model.parameters()), resident()
    made: dict[str, object] = {}
    stages: dict[str, Way] = {
        "risk": lambda: problem.risk(dtype),
        "plane": lambda: random_plane(made["risk"], made["risk"].theta),
        "surface": lambda: sample_surface(made["risk"], made["plane"], WINDOW, resolution=3),
    }
    rises = []
    for stage, way in (stages if name in OURS else {"surface": partial(PEERS[name], problem, 3)}).items():
        made[stage] = way()
        rises.append(((peak() - before) / size, stage, (resident() - before) / size))
    told = ", ".join(f"{stage} {rise:.1f} (holds {held:.1f})" for rise, stage, held in rises)
    print(f"{name:20}model {size / MEBIBYTE:.0f} MiB; peak so far in copies after: {told}; at most {max(rises)[0]:.1f}")


def peak() -> int:
    """Return the peak resident bytes of this process; Linux's ru_maxrss includes those inherited from the parent."""
    return _status("VmHWM") or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def resident() -> int:
    """Return the resident bytes of this process; on systems other than Linux, their peak."""
    return _status("VmRSS") or peak()


def _status(name: str) -> int:
    listing = Path("/proc/self/status")
    found = re.search(rf"{name}:\s+(\d+) kB", listing.read_text(encoding="utf-8")) if listing.exists() else None
    return int(found[1]) * 1024 if found else 0


def arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; may be given again (default: all)")
    parser.add_argument("--problem", choices=tuple(problems()), action="append", help="a model of surfaces and curvature (default: all)")
    parser.add_argument("--resolution", type=int, default=101, help="points a side")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1, help="of torch and BLAS, for all tools")
    parser.add_argument("--peer-seconds", type=float, default=PEER_SECONDS, help="time a peer's surface on a coarser grid past that")
    parser.add_argument("--peak-of", choices=(*OURS, *PEERS), help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Run the requested parts, then print all their Markdown rows."""
    asked = arguments()
    torch.set_num_threads(asked.threads)
    if asked.peak_of:
        print_peak_of(asked.peak_of)
        return
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    kind = "processor time" if asked.threads == 1 else "wall time"
    head = f"{machine()}; {asked.threads} thread(s), {kind}, median of {asked.rounds} round(s), {load}"
    print(head)
    names = asked.problem or list(problems())
    parts: dict[str, Callable[[], list[str]]] = {
        "memory": memory,
        "surfaces": partial(surfaces, names, asked.resolution, asked.rounds, asked.peer_seconds),
        "curvature": partial(curvature, [name for name in names if name != "residual"], asked.rounds),
        "growth": partial(growth, asked.resolution, asked.rounds),
    }
    with threadpool_limits(asked.threads):
        tables = [parts[part]() for part in PARTS if part in (asked.only or PARTS)]
    print(f"\nMarkdown. {head}\nSeconds in float32, in float64 in brackets; last: the fastest peer's time / ours in the same precision.")
    print("≈: timed on a coarser grid and scaled.\n")
    print("\n\n".join("\n".join(rows) for rows in tables))


if __name__ == "__main__":
    main()
