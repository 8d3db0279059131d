"""Outliers: the scene of the page on what one outlier does: to lines, to the scores of two classes, and as a fraud among payments."""

from __future__ import annotations

from dataclasses import dataclass, replace

from landscape.catalogue import Catalogue, Parameter
from landscape.data.datasets import SEED, datasets
from landscape.losses.losses import losses
from landscape.losses.own import OWN, OWN_LOSS
from landscape.scene.edits import Edits, edits_of_hand
from landscape.scene.fields import Choice, Group, number, optional
from landscape.scene.record import Record

# What the page may be about: lines through points, two classes with a wrong label, or rare frauds among payments.
PARTS = ("lines", "classes", "frauds")
# The losses with a landscape of their own, and the estimators without one, which survive leverage.
OF_LOSS = ("mse", "mae", "huber", "log_cosh", "quantile", "tukey")
HIGH_BREAKDOWN = ("lts", "mm")
# The losses that give two classes a score.
OF_MARGIN = ("cross_entropy", "hinge", "exponential", "focal", "mse", "zero_one")
# The data sets of one number by another; those with several inputs are shown by one of them.
NAMES = ("line_outliers", "phones", "stars_cyg", "animals", "stackloss", "anscombe")
OWN_LOSSES = Catalogue(losses.noun).extended(OWN)
TABLES = Catalogue(datasets.noun).extended(*(datasets[name] for name in NAMES))


@dataclass(frozen=True)
class OutliersScene(Record):
    """What the page shows.

    Of its `part` "lines": a table (None: the visitor's own clicks) by one of its inputs, what a hand has done to its points, a loss that
    the visitor has typed, whose landscape is shown, and the losses' own numbers, in units of `scale`: of the targets, or of the residuals'
    spread. Tukey's line sets out from least squares or from least trimmed squares; `place` is where the sweep of bad points puts them.

    Of its part "classes": `flips` is what a hand has done to the labeled points, `classes` whose landscape is shown. Of its part "frauds":
    `share` is that of the frauds, and a payment is flagged whose residual exceeds `cutoff` robust standard deviations.
    """

    part: str = number(Parameter("part", "lines", "part", choices=PARTS), group=Group.OBJECTIVE)
    data: Choice | None = optional(TABLES, Choice("line_outliers"), group=Group.OBJECTIVE)
    column: int = number(Parameter("column", 0, "input", 0, 2), group=Group.OBJECTIVE)
    edits: Edits = edits_of_hand(group=Group.OBJECTIVE)
    delta: float = number(losses["huber"].parameter("delta"), group=Group.OBJECTIVE)
    c: float = number(losses["tukey"].parameter("c"), group=Group.OBJECTIVE)
    q: float = number(replace(losses["quantile"].parameter("q"), default=0.9), group=Group.OBJECTIVE)
    start: str = number(Parameter("start", "ols", "start of Tukey's line", choices=("ols", "lts")), group=Group.OBJECTIVE)
    place: str = number(Parameter("place", "vertical", "place of bad points", choices=("vertical", "leverage")), group=Group.DRAWING)
    scale: str = number(Parameter("scale", "fixed", "scale", choices=("fixed", "mad")), group=Group.OBJECTIVE)
    own: Choice | None = optional(OWN_LOSSES, group=Group.OBJECTIVE)
    surface: str = number(Parameter("surface", "mse", "landscape of", choices=(*OF_LOSS, OWN_LOSS)), group=Group.DRAWING)
    flips: Edits = edits_of_hand(group=Group.OBJECTIVE)
    classes: str = number(Parameter("classes", "cross_entropy", "landscape of", choices=OF_MARGIN), group=Group.DRAWING)
    gamma: float = number(losses["focal"].parameter("gamma"), group=Group.OBJECTIVE)
    share: float = number(datasets["imbalanced"].parameter("share"), group=Group.OBJECTIVE)
    cutoff: float = number(Parameter("cutoff", 2.5, "cutoff", 0.5, 10.0), group=Group.OBJECTIVE)
    seed: int = number(SEED, group=Group.OBJECTIVE)

    @property
    def shown(self) -> str:
        """The loss whose landscape is shown: squared error where the typed one is gone."""
        return "mse" if self.surface == OWN_LOSS and self.own is None else self.surface

    def loss(self, name: str) -> tuple[str, dict[str, object]]:
        """Return the loss of that name with this scene's numbers."""
        own: dict[str, dict[str, object]] = {"huber": {"delta": self.delta}, "tukey": {"c": self.c}, "quantile": {"q": self.q}}
        if self.own is not None:
            own[OWN_LOSS] = dict(self.own.settings)
        return name, own.get(name, {})
