"""Remarks: what one choice of the visitor's changed besides itself, said on the page."""

from __future__ import annotations

from figures.numbers import number
from landscape.descent.optimizers import LARGEST_NEWTON, optimizers
from landscape.scene.scene import Scene
from ui.session.scene import remark


def remark_on(key: str, before: Scene, after: Scene) -> None:
    """Say what else changed between the scenes before and after the choice `key` ("data", "loss", "opt2", ...)."""
    methods = after.row("opt").keys
    names, former = ([choice.name for choice in scene.optimizers] for scene in (after, before))
    if key not in methods and names != former:
        replaced = next(name for name, other in zip(former, names, strict=True) if name != other)
        if optimizers[replaced].traits.get("matrices", False):
            remark("remark.muon")
        else:
            remark("remark.newton", most=LARGEST_NEWTON)
    if key == "loss":
        _on_pace(before, after)
    if key in methods and after.batch != before.batch:
        remark("remark.batch", batch=after.batch)
    if key != "plane" and after.plane.name == "random" != before.plane.name:
        remark("remark.plane")


def _on_pace(before: Scene, after: Scene) -> None:
    rates = ", ".join(number(choice.get("lr")) for choice in after.optimizers)
    if after.schedule != before.schedule:
        remark("remark.decays" if after.has_kinks else "remark.constant", rates=rates)
    elif after.optimizers != before.optimizers:
        remark("remark.rates", rates=rates)
