"""Outliers: where the widest gap is, and a claim that does not hold when the gap is looked for elsewhere."""

import numpy as np
import pytest

from landscape.replication import hessian_outliers as module
from landscape.replication.claim import Run
from landscape.replication.claims import claims


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(module, "SEEDS", 1)
    monkeypatch.setattr(module, "CLASSES", (3, 8))


def test_the_widest_gap_is_after_the_last_outlier():
    count, ratio = module.widest_gap(np.array([9.0, 8.0, 7.0, 1.0, 0.9, 0.8, 1e-9]), 5)
    assert count == 3 and ratio == pytest.approx(7.0)


def test_blobs_are_about_orthogonal_means_of_one_length():
    data = module.blobs(5, seed=4)
    np.testing.assert_allclose(data.test_inputs @ data.test_inputs.T, 9 * np.eye(5), atol=1e-12)
    near = ((data.inputs[:, None] - data.test_inputs) ** 2).sum(2).argmin(1)
    assert (near == data.targets).mean() == 1.0


@pytest.mark.usefixtures("short")
def test_k_minus_1_to_k_eigenvalues_stand_apart():
    verdict = claims.make("hessian_outliers", Run(seed=0))
    assert verdict.holds is True
    assert [finding.setting for finding in verdict.measured(0)] == ["k = 3", "k = 8"]
    # the same spectrum by a road of its own: the eigenvalues drawn have their widest gap after as many
    for series, finding in zip(verdict.found.graph.series, verdict.measured(0), strict=True):
        classes = int(finding.setting.removeprefix("k = "))
        assert np.argmin(np.diff(np.log(series.y[: 2 * classes + 1]))) + 1 == classes + finding.value


@pytest.mark.usefixtures("short")
def test_a_largest_ratio_at_the_right_place_is_no_gap_where_all_are_alike(monkeypatch):
    monkeypatch.setattr(module, "widest_gap", lambda values, most, true=module.widest_gap: (true(values, most)[0], 1.1))
    verdict = claims.make("hessian_outliers", Run(seed=0))
    assert verdict.holds is False and all(map(verdict.inside, (*verdict.measured(0), *verdict.measured(1))))


@pytest.mark.usefixtures("short")
def test_a_gap_one_place_farther_is_outside_the_band(monkeypatch):
    monkeypatch.setattr(module, "widest_gap", lambda values, most, true=module.widest_gap: (true(values, most)[0] + 1, 1.0))
    assert claims.make("hessian_outliers", Run(seed=0)).holds is False


@pytest.mark.usefixtures("short")
def test_a_run_whose_loss_stays_high_decides_nothing(monkeypatch):
    monkeypatch.setattr(module, "MOST_STEPS", 3)
    verdict = claims.make("hessian_outliers", Run(seed=0))
    assert verdict.holds is None and verdict.found.unfit.code == "untrained"
