"""River valley: the verdict is that of the rides, not of the noise in their last steps."""

import numpy as np
import pytest

from landscape.minima.river import River, down_the_valley
from landscape.objectives.functions import make_function
from landscape.replication import river_valley as module
from landscape.replication.claim import Run
from landscape.replication.claims import claims


@pytest.mark.parametrize("seed", [0, 4, 10])
def test_it_holds_on_the_function_whatever_the_noise(monkeypatch, seed):
    valley = down_the_valley(make_function("river_valley"), 0.06, seed=seed)
    monkeypatch.setattr(module, "river_rides", lambda **told: iter([River(None, valley, valley, 1)]))
    verdict = claims.make("river_valley", Run(seed=seed))
    assert verdict.holds is True
    (height, _) = verdict.measured(1)
    assert height.value == pytest.approx(np.median(valley.decayed.above) / np.median(valley.constant.hover))
