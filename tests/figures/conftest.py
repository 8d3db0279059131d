from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio
import pytest

from figures import style

WORD_KEYS = (
    "a", "b", "loss", "step", "train", "test", "index", "eigenvalue", "positive", "negative", "stable_up_to", "distance", "x", "y", "data",
    "predicted", "true", "count", "start", "end", "minimum", "saddle", "maximum", "degenerate", "slice_minimum", "slice_saddle",
    "density", "accuracy", "gradient_norm", "smallest_eigenvalue", "largest_eigenvalue", "beyond", "grade", "query", "rank",
)  # fmt: skip


@dataclass(frozen=True)
class Surface:
    a: np.ndarray
    b: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class Path:
    optimizer: str
    label: str
    a: np.ndarray
    b: np.ndarray
    losses: np.ndarray
    test_losses: np.ndarray | None = None
    distance: np.ndarray | None = None
    sharpness_limit: float | None = None
    status: str = "completed"
    step: int = 0


@dataclass(frozen=True)
class Mark:
    a: float
    b: float
    value: float
    kind: str
    label: str = ""
    slice_only: bool = False


@dataclass(frozen=True)
class Spectrum:
    eigenvalues: np.ndarray
    residuals: np.ndarray


@dataclass(frozen=True)
class Density:
    grid: np.ndarray
    values: np.ndarray
    standard_error: np.ndarray
    width: float


@pytest.fixture(autouse=True)
def checked(monkeypatch):
    """Let Plotly check every property of every figure, which the app leaves out."""
    monkeypatch.setattr(style, "CHECKED", True)


@pytest.fixture(scope="session")
def words():
    """Words of no language, so that one written into the code would show."""
    return {key: f"[{key}]" for key in WORD_KEYS} | {status: f"[{status}] {{unit}} {{step}}" for status in ("diverged", "unbounded")}


@pytest.fixture
def surface():
    """Non-square and without symmetry: a transposed or flipped drawing cannot hide."""
    a, b = np.linspace(1.5, 4.0, 7), np.linspace(-3.0, 5.0, 5)
    return Surface(a, b, 2.0 + (a[None, :] - 2.2) ** 2 + 3 * (b[:, None] - 0.4) ** 2 + 0.3 * a[None, :] * b[:, None])


@pytest.fixture
def path():
    """Three points in the window, one beyond its right edge, one back inside; losses that are not the surface's."""
    a, b = np.array([1.6, 2.0, 2.5, 9.0, 3.0]), np.array([4.0, 3.0, 2.0, 1.0, 0.5])
    return Path(
        "adam", "Adam", a, b, np.array([30.0, 22.0, 15.0, 12.0, 11.0]), np.array([33.0, 24.0, 17.0, 13.0, 12.5]), np.arange(5) / 7, 8.0
    )


@pytest.fixture
def poisoned():
    """What Streamlit does to its process: its own template, with placeholder colors, as plotly's default."""
    before = pio.templates.default
    pio.templates["poison"] = go.layout.Template(layout={"font": {"color": "#000011"}, "colorway": ["#000012"]})
    pio.templates.default = "poison"
    yield
    pio.templates.default = before
    del pio.templates["poison"]


@pytest.fixture(scope="session")
def make():
    return {"surface": Surface, "path": Path, "mark": Mark, "spectrum": Spectrum, "density": Density}
