"""Budget: what so many gradient evaluations pay for, and where each racer stands once some of them are spent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from landscape.descent.trajectory import AWAY, Trajectory


def steps_within(evaluations: int, cost: int) -> int:
    """Return the steps of that cost that so many gradient evaluations pay for; at least one is taken."""
    return max(1, evaluations // cost)


def paid(run: Trajectory, evaluations: int) -> Trajectory:
    """Return the run up to the last step that so many gradient evaluations pay for, which a line search may have spent before its end; at
    least its first step.
    """
    last = max(1, int(np.searchsorted(run.spent, evaluations, side="right")) - 1)
    if last >= len(run) - 1:
        return run
    held = run.status in AWAY and run.step > last
    kept = {"status": "completed", "step": last} if held or run.status not in AWAY else {}
    states = {symbol: vectors[:last] for symbol, vectors in (run.states or {}).items()}
    upto = slice(last + 1)
    return replace(run, thetas=run.thetas[upto], losses=run.losses[upto], spent=run.spent[upto], states=states, **kept)


def standing(run: Trajectory, evaluations: int) -> np.ndarray:
    """Return the step at which a run stands after 0, 1, ... gradient evaluations, up to so many or to its end: it moves when a step is paid
    for.
    """
    spent = np.arange(min(evaluations, int(run.spent[-1])) + 1)
    return np.searchsorted(run.spent, spent, side="right") - 1
