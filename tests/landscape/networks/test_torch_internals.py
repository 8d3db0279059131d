"""The private parts of torch that are used: the version that they were seen on, and what each does there."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
import torch
from torch import nn
from torch.nn import functional

from landscape.networks.torch_internals import attention_by_matrix_products, batched, has_hooks, parameter_tables, version_of


def test_the_version_that_these_parts_were_seen_on():
    assert torch.__version__.split("+")[0] == "2.13.0"


def test_a_tensor_written_to_a_table_is_the_parameter_that_the_module_uses():
    model = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.PReLU(), nn.Linear(3, 1, bias=False)))
    tables = parameter_tables(model)
    assert [sorted(table) for table in tables] == [[], ["bias", "weight"], [], ["weight"], ["bias", "weight"]]
    assert tables[4]["bias"] is None
    doubled = (2 * model[0].weight).detach()
    tables[1]["weight"] = doubled
    assert model[0].weight is doubled
    x = torch.tensor([[0.3, -1.7]])
    torch.testing.assert_close(model[0](x), functional.linear(x, doubled, model[0].bias))


@pytest.mark.parametrize("register", ["register_forward_hook", "register_forward_pre_hook"])
def test_a_hook_is_seen_until_it_is_removed(register):
    layer = nn.Linear(2, 2)
    assert not has_hooks(layer)
    hook = getattr(layer, register)(lambda *_: None)
    assert has_hooks(layer)
    hook.remove()
    assert not has_hooks(layer)


def test_the_version_counts_writes_through_the_tensor_and_its_views():
    x = torch.ones(3)
    before = version_of(x)
    assert (x + 1).sum() == 6 and version_of(x) == before
    x[1:].mul_(2)
    assert version_of(x) > before


@pytest.mark.parametrize("masked", [False, True])
def test_attention_is_softmax_of_scaled_products_times_the_values_and_has_second_derivatives(masked):
    generator = torch.Generator().manual_seed(3)
    query, key, value = (torch.randn(2, 5, 4, generator=generator, dtype=torch.float64) for _ in range(3))
    mask = torch.randn(5, 5, generator=generator, dtype=torch.float64) if masked else None
    scores = query @ key.mT / 2 + (mask if masked else 0)
    torch.testing.assert_close(attention_by_matrix_products(query, key, value, mask), scores.softmax(-1) @ value)
    query.requires_grad_()
    assert torch.autograd.gradgradcheck(lambda q: attention_by_matrix_products(q, key, value, mask), query)


def _bilinear(weight):
    x = torch.ones(6, 4)
    return functional.bilinear(x, x[:, :1].expand(6, 5), weight)


def test_only_batches_of_this_package_say_nothing_of_an_operator_without_a_rule():
    """Warnings are errors here: torch's own would be one. Another thread still inside a batch when one ends stays quiet."""
    thetas = torch.randn(3, 2, 4, 5, generator=torch.Generator().manual_seed(1))
    truth = torch.einsum("ni,kmij,nj->knm", torch.ones(6, 4), thetas, torch.ones(6, 5))
    torch.testing.assert_close(batched(_bilinear)(thetas), truth)
    with pytest.warns(UserWarning, match="performance drop"):
        torch.vmap(_bilinear)(thetas)
    inside, ended = Event(), Event()

    def waiting(weight):
        inside.set()
        assert ended.wait(10)
        return _bilinear(weight)

    with ThreadPoolExecutor(1) as pool:
        later = pool.submit(batched(waiting), thetas)
        assert inside.wait(10)
        batched(_bilinear)(thetas)
        ended.set()
        torch.testing.assert_close(later.result(), truth)
    with pytest.warns(UserWarning, match="performance drop"):
        torch.vmap(_bilinear)(thetas)


def test_a_batch_that_fails_leaves_the_warnings_of_others_on():
    def failing(weight):
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        batched(failing)(torch.ones(3, 2, 4, 5))
    with pytest.warns(UserWarning, match="performance drop"):
        torch.vmap(_bilinear)(torch.ones(3, 2, 4, 5))
