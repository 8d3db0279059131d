"""Labels: a class that no logit stands for, and a label between two, are refused by every loss of classes, not counted as another."""

import pytest
import torch

from landscape.errors import LandscapeError
from landscape.losses.losses import losses, make_loss

OF_CLASSES = ("cross_entropy", "focal", "balanced_cross_entropy", "infonce", "tree_distance", "kl", "jensen_shannon")
OF_SCORES = ("hinge", "logistic", "exponential", "perceptron", "zero_one", "squared_hinge")
LOGITS = torch.linspace(-1, 1, 12, dtype=torch.float64).view(4, 3)


def test_every_loss_of_labels_is_tried():
    read = {name for name, entry in losses.items() if entry.traits["of"] in ("classes", "distribution", "margin")}
    assert read == {*OF_CLASSES, *OF_SCORES}


@pytest.mark.parametrize("name", OF_CLASSES)
@pytest.mark.parametrize(
    ("labels", "got"),
    [([0, 1, 2, 3], "0 to 3"), ([-1, 0, 1, 2], "-1 to 2"), ([0.0, 1.0, 2.0, 7.0], "0 to 7"), ([[0], [1], [2], [9]], "0 to 9")],
)
def test_a_class_without_a_logit_is_refused(name, labels, got):
    with pytest.raises(LandscapeError, match=f"{name}: targets must be between 0 and 2; got {got}"):
        make_loss(name)(LOGITS, torch.tensor(labels))


@pytest.mark.parametrize("name", OF_CLASSES)
def test_a_class_between_two_is_refused(name):
    with pytest.raises(LandscapeError, match=f"{name}: targets must be a whole number; got 1.5"):
        make_loss(name)(LOGITS, torch.tensor([0.0, 1.5, 2.0, 1.0]))


@pytest.mark.parametrize("name", OF_SCORES)
@pytest.mark.parametrize(("label", "match"), [(2.0, "targets must be between -1 and 1; got 0 to 2"), (0.5, "a whole number; got 0.5")])
def test_a_label_that_is_no_sign_is_refused(name, label, match):
    with pytest.raises(LandscapeError, match=match):
        make_loss(name)(LOGITS[:, 0], torch.tensor([0.0, 1.0, label, 1.0]))


@pytest.mark.parametrize("name", ["cross_entropy", "balanced_cross_entropy"])
def test_the_label_that_torch_leaves_out_stays_out(name):
    losses_found = make_loss(name)(LOGITS, torch.tensor([0, -100, 2, 1]))
    assert losses_found[1] == 0 and (losses_found[[0, 2, 3]] > 0).all()
    with pytest.raises(LandscapeError, match="targets must be between 0 and 2; got 0 to 3"):
        make_loss(name)(LOGITS, torch.tensor([0, -100, 3, 1]))


@pytest.mark.parametrize("name", OF_CLASSES)
def test_labels_may_be_mapped_over(name):
    labels = torch.tensor([0, 2, 1, 1])
    each = torch.func.vmap(lambda output, label: make_loss(name)(output[None], label[None])[0])(LOGITS, labels)
    assert torch.allclose(each, make_loss(name)(LOGITS, labels), rtol=1e-12)


@pytest.mark.parametrize("name", OF_CLASSES)
def test_labels_that_change_are_looked_at_again(name):
    labels, loss = torch.tensor([0, 2, 1, 1]), make_loss(name)
    loss(LOGITS, labels)
    with pytest.raises(LandscapeError, match=f"{name}: targets must be between 0 and 1; got 0 to 2"):
        loss(LOGITS[:, :2], labels)
    loss(LOGITS, labels)
    labels[2] = 3
    with pytest.raises(LandscapeError, match=f"{name}: targets must be between 0 and 2; got 0 to 3"):
        loss(LOGITS, labels)
