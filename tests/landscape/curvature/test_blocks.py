"""Blocks: each layer's curvature against the diagonal block of the dense Hessian."""

import numpy as np
import pytest
import torch
from torch import nn

from landscape.curvature.blocks import Restriction, block_curvatures
from landscape.curvature.spectrum import DENSE_UP_TO
from landscape.data.datasets import make_dataset
from landscape.descent.optimizers import make_optimizer
from landscape.descent.trajectory import descend
from landscape.errors import Cancelled, LandscapeError
from landscape.losses.losses import make_loss
from landscape.losses.penalties import make_penalty
from landscape.networks.models import make_model
from landscape.objective import Block
from landscape.objectives.risk import EmpiricalRisk


@pytest.fixture(scope="module")
def digits():
    """An MLP 64-4-7-10 on digits with a penalty: layers above and below the size at which eigenpairs come from the dense matrix."""
    data = make_dataset("digits")
    model = make_model("mlp", data, seed=3, widths=(4, 7))
    risk = EmpiricalRisk(
        model, make_loss("cross_entropy"), (data.inputs[:200], data.targets[:200]), penalty=make_penalty("l2", strength=0.01)
    )
    theta = descend(risk, make_optimizer("gd", lr=0.5), steps=40).thetas[-1]
    return risk, theta, risk.hessian(theta)


@pytest.mark.parametrize("by", ["parameter", "module"])
@pytest.mark.parametrize("which", ["LA", "SA", "BE"])
def test_a_block_has_the_eigenpairs_of_its_part_of_the_dense_hessian(digits, by, which):
    risk, theta, hessian = digits
    found = block_curvatures(risk, theta, k=3, which=which, by=by)
    assert any(c.block.stop - c.block.start > DENSE_UP_TO for c in found)
    for curvature in found:
        part = slice(curvature.block.start, curvature.block.stop)
        exact = np.linalg.eigvalsh(hessian[part, part])
        chosen = {"LA": exact[-3:], "SA": exact[:3], "BE": np.r_[exact[:1], exact[-2:]]}[which][::-1]
        np.testing.assert_allclose(curvature.spectrum.eigenvalues, chosen, atol=1e-6 * np.abs(exact).max())
        assert curvature.spectrum.residuals.max() < 1e-4 * np.abs(exact).max()
        whole = np.zeros((risk.dim, 3))
        whole[part] = curvature.spectrum.eigenvectors
        images = np.stack([risk.hessian_vector(theta, vector) for vector in whole.T], axis=1)[part]
        residuals = np.linalg.norm(images - curvature.spectrum.eigenvectors * curvature.spectrum.eigenvalues, axis=0)
        np.testing.assert_allclose(curvature.spectrum.residuals, residuals, atol=1e-12)


def test_traces_of_the_blocks_add_up_to_the_whole(digits):
    risk, theta, hessian = digits
    for by in ("parameter", "module"):
        found = block_curvatures(risk, theta, by=by, probes=risk.dim)
        for curvature in found:
            part = slice(curvature.block.start, curvature.block.stop)
            assert curvature.trace.value == pytest.approx(np.trace(hessian[part, part]), rel=1e-10)
            assert curvature.trace.standard_error == 0.0
        assert sum(curvature.trace.value for curvature in found) == pytest.approx(np.trace(hessian), rel=1e-10)


def test_an_estimated_trace_lies_within_its_error(digits):
    risk, theta, hessian = digits
    misses = []
    for seed in range(12):
        (first, *_) = block_curvatures(risk, theta, by="module", probes=30, seed=seed)
        part = slice(first.block.start, first.block.stop)
        assert 0 < first.trace.standard_error < 0.2 * abs(first.trace.value)
        misses.append(abs(first.trace.value - np.trace(hessian[part, part])) / first.trace.standard_error)
    assert len(set(misses)) == 12
    assert np.median(misses) < 1.5


def test_blocks_cover_theta_in_order_and_modules_join_weight_and_bias(digits):
    risk, theta, _ = digits
    parameters, layers = (block_curvatures(risk, theta, by=by) for by in ("parameter", "module"))
    assert tuple(curvature.block for curvature in parameters) == risk.blocks
    assert [(c.block.name, c.block.start, c.block.stop) for c in layers] == [("0", 0, 260), ("2", 260, 295), ("4", 295, 375)]


def test_no_eigenvalue_of_a_block_is_outside_those_of_the_whole(digits):
    risk, theta, hessian = digits
    low, high = np.linalg.eigvalsh(hessian)[[0, -1]]
    for curvature in block_curvatures(risk, theta, k=2, which="BE"):
        assert low - 1e-9 <= curvature.spectrum.eigenvalues[-1] <= curvature.spectrum.eigenvalues[0] <= high + 1e-9


class Nested(nn.Module):
    """A scale of its own, then a block of two layers that share one weight, then a frozen layer, then a layer."""

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(4)
        self.scale = nn.Parameter(torch.tensor([1.3], dtype=torch.float64))
        self.body = nn.Sequential(*(nn.utils.skip_init(nn.Linear, 3, 3, dtype=torch.float64) for _ in range(3)))
        self.head = nn.utils.skip_init(nn.Linear, 3, 1, dtype=torch.float64)
        for parameter in self.parameters():
            parameter.data = torch.randn(parameter.shape, generator=generator, dtype=torch.float64)
        self.body[1].weight = self.body[0].weight
        self.body[2].weight.requires_grad_(False)

    def forward(self, x):
        return self.head(torch.tanh(self.body(torch.tanh(self.scale * x))))


def test_shared_and_frozen_parameters_and_the_model_s_own(quadratic):
    generator = torch.Generator().manual_seed(9)
    x, y = torch.randn(11, 3, generator=generator), torch.randn(11, generator=generator)
    risk = EmpiricalRisk(Nested(), lambda o, t: (o[:, 0] - t) ** 2, (x, y))
    hessian = risk.hessian(risk.theta)
    layers = block_curvatures(risk, risk.theta, by="module")
    names = [(c.block.name, c.block.stop - c.block.start) for c in layers]
    assert names == [("scale", 1), ("body.0", 12), ("body.1", 3), ("body.2", 3), ("head", 4)]
    for curvature in layers:
        part = slice(curvature.block.start, curvature.block.stop)
        assert curvature.spectrum.eigenvalues[0] == pytest.approx(np.linalg.eigvalsh(hessian[part, part])[-1], rel=1e-9, abs=1e-12)


def test_coordinates_of_a_formula_are_blocks_too(formula):
    curved = torch.tensor([2.0, -6.0, 1.0, 1.0, 5.0], dtype=torch.float64)
    blocks = (Block("x", (2,), 0, 2, "whole"), Block("y", (3,), 2, 5, "whole"))
    objective = formula(lambda theta: curved @ theta**3 / 6 + 7 * theta[1] * theta[3], np.array([1.0, 0.5, -2.0, 3.0, 1.0]), blocks)
    first, second = block_curvatures(objective, objective.theta, k=9)
    np.testing.assert_allclose(first.spectrum.eigenvalues, [2.0, -3.0], atol=1e-14)
    np.testing.assert_allclose(second.spectrum.eigenvalues, [5.0, 3.0, -2.0], atol=1e-14)
    assert (first.trace.value, second.trace.value) == pytest.approx((-1.0, 6.0))
    (joined,) = block_curvatures(objective, objective.theta, by="module")
    assert joined.block.name == "x+y"
    assert joined.spectrum.eigenvalues[0] == pytest.approx(np.linalg.eigvalsh(objective.hessian(objective.theta))[-1])


def test_a_restriction_is_the_function_with_the_rest_held(digits):
    risk, theta, _ = digits
    block = risk.blocks[2]
    part = Restriction(risk, theta, block)
    moved = part.theta + 0.3
    whole = theta.copy()
    whole[block.start : block.stop] = moved
    assert (part.dtype, part.device, part.samples) == (risk.dtype, risk.device, risk.samples)
    assert part.value(moved) == risk.value(whole)
    np.testing.assert_array_equal(part.gradient(moved), risk.gradient(whole)[block.start : block.stop])
    batch = np.array([3, 8, 100])
    np.testing.assert_array_equal(part.gradient(moved, batch), risk.gradient(whole, batch)[block.start : block.stop])


def test_where_the_hessian_is_not_finite_the_block_says_so(formula):
    blocks = (Block("a", (2,), 0, 2, "whole"), Block("b", (200,), 2, 202, "whole"))
    objective = formula(lambda theta: torch.exp(1e300 * theta.square().sum()), np.ones(202), blocks)
    for curvature in block_curvatures(objective, objective.theta):
        assert np.isnan(curvature.spectrum.eigenvalues).all()
        assert np.isnan(curvature.trace.value)


def test_the_same_seed_gives_the_same_bytes_and_leaves_the_model_as_it_was():
    data = make_dataset("iris")
    model = make_model("mlp", data, widths=(9,))
    risk = EmpiricalRisk(model, make_loss("cross_entropy"), data)
    before = [p.detach().clone() for p in model.parameters()]
    first, second, other = (block_curvatures(risk, risk.theta, probes=8, seed=seed) for seed in (1, 1, 2))
    for one, two in zip(first, second, strict=True):
        assert one.spectrum.eigenvectors.tobytes() == two.spectrum.eigenvectors.tobytes()
        assert one.trace == two.trace
    assert first[0].trace != other[0].trace
    assert all(torch.equal(p, q) and p.grad is None for p, q in zip(model.parameters(), before, strict=True))


def test_progress_is_told_and_cancel_ends_the_work(digits):
    risk, theta, _ = digits
    shares = []
    block_curvatures(risk, theta, by="module", probes=1, report=shares.append)
    np.testing.assert_allclose(shares, [1 / 3, 2 / 3, 1.0])
    with pytest.raises(Cancelled, match="^$"):
        block_curvatures(risk, theta, should_stop=lambda: True)


def test_what_is_no_grouping_no_end_or_no_count_is_refused(digits):
    risk, theta, _ = digits
    with pytest.raises(LandscapeError, match="by: the name must be one of parameter, module; got 'layer'"):
        block_curvatures(risk, theta, by="layer")
    with pytest.raises(LandscapeError, match="which: the name must be one of LA, SA, BE; got 'LM'"):
        block_curvatures(risk, theta, which="LM")
    with pytest.raises(LandscapeError, match="k must be between 1 and inf; got 0"):
        block_curvatures(risk, theta, k=0)
    with pytest.raises(LandscapeError, match="probes must be between 1 and inf; got 0"):
        block_curvatures(risk, theta, probes=0)
