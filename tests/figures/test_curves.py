import numpy as np
import pytest

from figures.curves import loss_curves
from figures.style import OPTIMIZER_STYLES


def with_losses(make, losses, test_losses=None):
    zero = np.zeros(len(losses))
    return make["path"]("gd", "GD", zero, zero, np.array(losses), test_losses, zero)


def test_training_is_solid_and_test_dotted_in_the_optimizers_color(path, words):
    train, test = loss_curves([path], words=words).data
    assert (train.y, test.y) == (tuple(path.losses), tuple(path.test_losses))
    assert (train.line.dash, test.line.dash) == ("solid", "dot")
    assert train.line.color == test.line.color == OPTIMIZER_STYLES["adam"].color
    assert (train.name, test.name) == ("Adam, [train]", "Adam, [test]")


def test_without_test_losses_there_is_one_curve(make, words):
    assert len(loss_curves([with_losses(make, [3.0, 2.0])], words=words).data) == 1


@pytest.mark.parametrize(("losses", "kind"), [([32.0, 1.0], "log"), ([31.0, 1.0], None), ([32.0, 1.0, 0.0], None), ([32.0, -1.0], None)])
def test_the_loss_axis_is_log_when_positive_and_over_more_than_a_decade_and_a_half(make, words, losses, kind):
    assert loss_curves([with_losses(make, losses)], words=words).layout.yaxis.type == kind


def test_what_is_not_finite_is_a_gap(make, words):
    figure = loss_curves([with_losses(make, [2.0, np.inf, np.nan])], words=words)
    assert figure.data[0].y == (2.0, None, None)
    assert figure.layout.yaxis.type is None


def test_the_step_axis_holds_the_longest_path(make, path, words):
    figure = loss_curves([path, with_losses(make, [4.0] * 12)], words=words)
    assert figure.layout.xaxis.range == (0, 11)
    assert figure.layout.meta == {"role": "cursor"}


@pytest.mark.usefixtures("poisoned")
def test_streamlits_template_stays_out(path, words):
    assert "#00001" not in loss_curves([path], words=words).to_json()
