"""Film: a landscape at each strength of a term, on one plane, with the minimum that training reaches there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from landscape.catalogue import Value
from landscape.errors import Cancelled, LandscapeError
from landscape.plane import Plane, Window
from landscape.planes.directions import plane_through
from landscape.planes.window import window_around
from landscape.sampling.surface import sample_surface
from landscape.sculpting.claims import Claim, claim
from landscape.sculpting.sculpture import Effect, Ring, Sculpture, read_only
from landscape.sculpting.sculptures import make_sculpture, sculptures

# Points a side of the first film and of the last one.
COARSE, FINE = 13, 41
# Seeds over which the page says what holds.
SEEDS = 5
# Room around the minima, as a share of how far they are apart.
MARGIN = 0.7


@dataclass(frozen=True, eq=False)
class Film:
    """The landscape at each of S `strengths`: `values` (S, ny, nx) of the whole objective on the grid `a` (nx,), `b` (ny,) of `plane`.

    `thetas` (S, D) are the trained parameters, `places` (2, S) their coordinates, `distances` (S,) how far they are off the plane and
    `losses` (S,) their objectives. `usual` is the step of a usual strength, `rings` are curves on a plane that is the whole space;
    `claim` is what several seeds find, None before it is known.
    """

    name: str
    knob: str
    strengths: np.ndarray
    thetas: np.ndarray
    plane: Plane
    a: np.ndarray
    b: np.ndarray
    values: np.ndarray
    places: np.ndarray
    distances: np.ndarray
    losses: np.ndarray
    effect: Effect
    usual: int
    rings: tuple[Ring, ...] = ()
    claim: Claim | None = None
    finished: bool = False

    @property
    def whole(self) -> bool:
        """Whether the plane is the whole space of parameters."""
        return self.thetas.shape[1] == 2


def sculpt(
    name: str,
    *,
    seed: int = 0,
    resolution: int = FINE,
    report: Callable[[str, float], None] = lambda stage, share: None,
    should_stop: Callable[[], bool] = lambda: False,
    **params: Value,
) -> Iterator[Film]:
    """Yield the film of the sculpture `name`: first on a coarse grid, then on `resolution` points a side, then with what `SEEDS` seeds say.

    `report` hears the stage and its finished share; where `should_stop` answers True, `Cancelled` is raised.
    """
    sculpture = make_sculpture(name, seed=seed, **params)
    strengths = sculpture.strengths

    def turn(stage: str, share: float) -> None:
        report(stage, share)
        if should_stop():
            raise Cancelled

    thetas = sculpture.fits(strengths, partial(turn, "fitting"))
    plane = plane_of(thetas)
    places = plane.project(thetas)
    window = sculpture.window or window_around(places, MARGIN)
    draw = partial(surfaces, sculpture, strengths, plane, window, turn=partial(turn, "surface"), should_stop=should_stop)
    a, b, values = draw(min(COARSE, resolution))
    losses = [sculpture.objective(float(strength)).value(theta) for strength, theta in zip(strengths, thetas, strict=True)]
    arrays = {"strengths": strengths, "thetas": thetas, "places": places, "distances": plane.distance(thetas), "losses": losses}
    film = Film(
        name,
        str(sculptures[name].traits["knob"]),
        plane=plane,
        a=a,
        b=b,
        values=values,
        effect=sculpture.effect(strengths, thetas),
        usual=sculpture.usual_step,
        rings=sculpture.rings(thetas),
        **{key: read_only(array) for key, array in arrays.items()},
    )
    if resolution > COARSE:
        yield film
        a, b, values = draw(resolution)
    film = replace(film, a=a, b=b, values=values)
    yield film
    yield replace(film, claim=claim(name, range(SEEDS), turn=partial(turn, "seeds"), **params), finished=True)


def plane_of(thetas: np.ndarray) -> Plane:
    """Return the plane of a film: the whole space of two parameters, else through the minima at the first, the last and the middle
    strength, with orthonormal directions.
    """
    if thetas.shape[1] == 2:
        return Plane(np.zeros(2), *np.eye(2))
    first, middle, last = thetas[0], thetas[len(thetas) // 2], thetas[-1]
    try:
        plane = plane_through(first, last, middle)
    except LandscapeError:  # the three lie on a line: any plane that holds it will do
        plane = plane_through(first, last, first + np.random.default_rng(0).standard_normal(len(first)))
    u = plane.u / np.linalg.norm(plane.u)
    v = plane.v - (plane.v @ u) * u
    return Plane(first, u, v / np.linalg.norm(v))


def surfaces(
    sculpture: Sculpture,
    strengths: np.ndarray,
    plane: Plane,
    window: Window,
    resolution: int,
    *,
    turn: Callable[[float], None],
    should_stop: Callable[[], bool],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a (nx,), b (ny,) and the objective (S, ny, nx) at each strength; an affine one is sampled at its two ends alone."""
    ends = strengths[[0, -1]] if sculpture.affine else strengths
    found = []
    for k, strength in enumerate(ends):
        turn(k / len(ends))
        found.append(sample_surface(sculpture.objective(float(strength)), plane, window, resolution=resolution, should_stop=should_stop))
    values = np.array([surface.values for surface in found])
    if sculpture.affine:
        share = ((strengths - strengths[0]) / (strengths[-1] - strengths[0]))[:, None, None]
        values = (1 - share) * values[0] + share * values[1]
    return found[0].a, found[0].b, read_only(values)
