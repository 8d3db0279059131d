import numpy as np
import pytest

from figures.curves import loss_curves
from figures.style import OPTIMIZER_STYLES


def with_losses(make, losses, test_losses=None, status="completed", step=0, optimizer="gd"):
    zero = np.zeros(len(losses))
    return make["path"](optimizer, optimizer.upper(), zero, zero, np.array(losses), test_losses, zero, None, status, step)


def ends(figure):
    """The loss axis's ends, in losses."""
    low, high = figure.layout.yaxis.range
    return (10.0**low, 10.0**high) if figure.layout.yaxis.type == "log" else (low, high)


def test_training_is_solid_and_test_dotted_in_the_optimizers_color(path, words):
    train, test = loss_curves([path], words=words).data
    assert (train.y, test.y) == (tuple(path.losses), tuple(path.test_losses))
    assert (train.line.dash, test.line.dash) == ("solid", "dot")
    assert train.line.color == test.line.color == OPTIMIZER_STYLES["adam"].color
    assert (train.name, test.name) == ("Adam, [train]", "Adam, [test]")


def test_without_test_losses_there_is_one_curve(make, words):
    assert len(loss_curves([with_losses(make, [3.0, 2.0])], words=words).data) == 1


@pytest.mark.parametrize(
    ("losses", "kind"), [([32.0, 1.0], "log"), ([31.0, 1.0], "linear"), ([32.0, 1.0, 0.0], "linear"), ([32.0, -1.0], "linear")]
)
def test_the_loss_axis_is_log_when_positive_and_over_more_than_a_decade_and_a_half(make, words, losses, kind):
    assert loss_curves([with_losses(make, losses)], words=words).layout.yaxis.type == kind


def test_what_is_not_finite_is_a_gap(make, words):
    figure = loss_curves([with_losses(make, [2.0, np.inf, np.nan])], words=words)
    assert figure.data[0].y == (2.0, None, None)
    assert figure.layout.yaxis.type == "linear"


@pytest.mark.parametrize(
    "losses",
    [[3.0, 2.0], [5.0, 5.0], [0.0, 0.0], [-78.0, -3.0], [-3.0, 4.0], [1e-9, 1e3], [np.nan, np.nan], [], [1e300, 1e-300], [7e-310, 2.0]],
)
def test_every_axis_names_its_range_finite_and_holding_what_is_drawn(make, words, losses):
    """An axis that names none may keep that of the last picture: blank, or -1 to 4."""
    figure = loss_curves([with_losses(make, losses)], words=words)
    for axis in (figure.layout.xaxis, figure.layout.yaxis):
        low, high = axis.range
        assert np.isfinite([low, high]).all() and low < high and axis.autorange is False and axis.type in ("linear", "log")
    low, high = ends(figure)
    shown = [loss for loss in losses if np.isfinite(loss)]
    assert all(low <= loss <= high for loss in shown)
    assert low >= 0 or min(shown) < 0


def test_the_step_axis_holds_the_longest_path(make, path, words):
    figure = loss_curves([path, with_losses(make, [4.0] * 12)], words=words)
    assert figure.layout.xaxis.range == (0, 11)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_a_run_that_falls_without_bound_leaves_the_axis_to_its_beginning(make, words, scale):
    losses = scale * np.concatenate([np.linspace(4.0, 0.1, 20), 0.1 - 1.3 ** np.arange(60)])
    figure = loss_curves([with_losses(make, losses, status="unbounded", step=19)], words=words)
    low, high = ends(figure)
    assert low == pytest.approx(scale * (0.1 - 3.9), rel=0.2) and high == pytest.approx(4 * scale, rel=0.2)
    (label,) = figure.layout.annotations
    assert label.text == "[unbounded] [step] 19 ↓" and label.yanchor == "bottom"
    assert label.font.color == OPTIMIZER_STYLES["gd"].color
    assert figure.data[0].y == tuple(losses)  # nothing is clipped


def test_a_run_that_diverged_leaves_the_axis_to_the_others(make, words):
    sound = 20.0 * 0.9 ** np.arange(60)
    wild = 20.0 * 3.0 ** np.arange(60)
    figure = loss_curves([with_losses(make, sound), with_losses(make, wild, status="diverged", step=1, optimizer="adam")], words=words)
    low, high = ends(figure)
    assert low < sound.min() and 60.0 <= high < 5e3
    (label,) = figure.layout.annotations
    assert label.text == "[diverged] [step] 1 ↑" and label.yanchor == "top"
    assert label.font.color == OPTIMIZER_STYLES["adam"].color


def test_a_run_that_leaves_slowly_is_seen_whole_without_a_label(make, words):
    losses = 5.0 * 1.001 ** np.arange(200)
    figure = loss_curves([with_losses(make, losses, status="diverged", step=1)], words=words)
    assert ends(figure)[1] >= losses.max() and not figure.layout.annotations


def test_labels_of_two_runs_that_left_stand_apart(make, words):
    runs = [with_losses(make, 2.0 ** np.arange(90), status="diverged", step=1, optimizer=name) for name in ("gd", "adam")]
    assert len({label.yshift for label in loss_curves(runs, words=words).layout.annotations}) == 2


@pytest.mark.usefixtures("poisoned")
def test_streamlits_template_stays_out(path, words):
    assert "#00001" not in loss_curves([path], words=words).to_json()
