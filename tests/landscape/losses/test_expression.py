"""Typed losses: values and gradients against closed forms and the catalogue, formulas, and that hostile ones get one sentence at once."""

import pickle
import time

import numpy as np
import pytest
import torch

from landscape.errors import LandscapeError
from landscape.losses.expression import LONGEST, parse_loss, rewritten
from landscape.losses.losses import make_loss
from ui.words.translator import Translator

HUBER = "delta = 1.5; where(abs(residual) < delta, residual**2/2, delta*(abs(residual) - delta/2))"
POINTS = torch.tensor([-3.1, -1.2, -0.4, 0.3, 0.9, 1.7, 2.6], dtype=torch.float64)


def values(expression, targets=0.0, **parameters):
    return parse_loss(expression, **parameters)(POINTS, torch.full_like(POINTS, targets)).numpy()


def gradient(loss, outputs, targets):
    outputs = outputs.clone().requires_grad_()
    (found,) = torch.autograd.grad(loss(outputs, targets).sum(), outputs)
    return found


CLOSED = [
    ("residual**2 - 2*residual/3 + 1", lambda p, y: (y - p) ** 2 - 2 * (y - p) / 3 + 1),
    ("2 ** abs(residual) ** .5", lambda p, y: 2 ** np.abs(y - p) ** 0.5),
    ("-residual**2", lambda p, y: -((y - p) ** 2)),
    ("2 ** -residual", lambda p, y: 2.0 ** (p - y)),
    ("exp(-prediction) + log1p(target) * tanh(prediction)", lambda p, y: np.exp(-p) + np.log1p(y) * np.tanh(p)),
    ("log(2 + prediction ** 2) / sqrt(target + 4)", lambda p, y: np.log(2 + p**2) / np.sqrt(y + 4)),
    ("min(1, residual**2, 0.3 + abs(residual))", lambda p, y: np.minimum(np.minimum(1, (y - p) ** 2), 0.3 + np.abs(y - p))),
    ("max(residual, -2*residual)", lambda p, y: np.maximum(y - p, 2 * (p - y))),
    ("sign(residual) * pi * 1e-1", lambda p, y: np.sign(y - p) * np.pi / 10),
    ("max(0, 1 - margin)", lambda p, y: np.maximum(0, 1 - np.where(y > 0, p, -p))),
    ("margin <= 0", lambda p, y: np.where(y > 0, p, -p) <= 0),
    ("-1 < residual <= 0.9", lambda p, y: (-1 < y - p) & (y - p <= 0.9)),
    ("residual > 1 or not residual > -2 and prediction != 0", lambda p, y: (y - p > 1) | (~(y - p > -2) & (p != 0))),
    ("residual > 1 | residual < -1 & prediction > 0", lambda p, y: (y - p > 1) | ((y - p < -1) & (p > 0))),
    ("where(residual > 1, 3, where(residual < -1, residual, 2))", lambda p, y: np.where(y - p > 1, 3, np.where(y - p < -1, y - p, 2))),
    ("where(1 < 2, abs(residual), 5)", lambda p, y: np.abs(y - p)),
    ("a = 2; b = -.3; a * (residual\n ** 2) + b", lambda p, y: 2 * (y - p) ** 2 - 0.3),
    ("max（0，1－margin）＊＊2", lambda p, y: np.maximum(0, 1 - np.where(y > 0, p, -p)) ** 2),
    ("lambda = 0.25; lambda * residual ** 2", lambda p, y: (y - p) ** 2 / 4),
]


@pytest.mark.parametrize("target", [0.0, 1.0])
@pytest.mark.parametrize(("expression", "closed"), CLOSED)
def test_values_are_those_of_the_closed_form(expression, closed, target):
    np.testing.assert_allclose(values(expression, target), closed(POINTS.numpy(), target), rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize(
    ("expression", "name", "given"),
    [
        ("residual**2", "mse", {}),
        ("abs(residual)", "mae", {}),
        (HUBER, "huber", {"delta": 1.5}),
        ("q = 0.3; max(q * residual, (q - 1) * residual)", "quantile", {"q": 0.3}),
        ("max(0, 1 - margin)", "hinge", {}),
        ("max(0, -margin)", "perceptron", {}),
        ("max(0, 1 - margin)**2", "squared_hinge", {}),
        ("exp(-margin)", "exponential", {}),
        ("log1p(exp(-margin))", "logistic", {}),
        ("margin <= 0", "zero_one", {}),
        ("c = 2; where(abs(residual) < c, c**2/6 * (1 - (1 - (residual/c)**2)**3), c**2/6)", "tukey", {"c": 2.0}),
    ],
)
def test_a_loss_of_the_catalogue_typed_is_that_loss_and_has_its_gradient(expression, name, given):
    typed, built = parse_loss(expression), make_loss(name, **given)
    outputs = torch.cat([POINTS, torch.tensor([0.0, 1.0], dtype=torch.float64)])  # kinks and all
    for targets in (torch.zeros_like(outputs), torch.ones_like(outputs)):
        torch.testing.assert_close(typed(outputs, targets), built(outputs, targets), rtol=1e-13, atol=1e-14)
        torch.testing.assert_close(gradient(typed, outputs, targets), gradient(built, outputs, targets), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("expression", [text for text, _ in CLOSED if "min" not in text])
def test_gradcheck(expression):
    loss, targets = parse_loss(expression), torch.linspace(0.11, 0.93, len(POINTS), dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda outputs: loss(outputs, targets), (POINTS.clone().requires_grad_(),))


def test_several_outputs_are_averaged_and_a_column_is_a_vector():
    loss = parse_loss(HUBER)
    outputs, targets = POINTS[:6].reshape(3, 2), torch.ones(3, 2, dtype=torch.float64)
    torch.testing.assert_close(loss(outputs, targets), make_loss("huber", delta=1.5)(outputs, targets))
    assert loss(POINTS[:, None], torch.zeros(7)).shape == (7,)
    with pytest.raises(LandscapeError, match="shape"):
        loss(POINTS, torch.zeros(6))
    with pytest.raises(LandscapeError, match="shape"):
        parse_loss("exp(-margin)")(outputs, targets)


def test_labels_of_a_margin_may_be_zero_and_one_or_a_sign():
    loss, labels = parse_loss("exp(-margin)"), torch.tensor([0.0, 1, 1, 0, 1, 0, 0])
    assert torch.equal(loss(POINTS, labels), loss(POINTS, 2 * labels - 1))
    assert torch.equal(loss(POINTS.float(), labels), loss(POINTS.float(), labels).float())


def test_the_branch_not_taken_has_no_part_in_the_gradient():
    targets = torch.zeros(4, dtype=torch.float64)
    outputs = torch.tensor([-1.0, 0.0, 1.0, 1e4], dtype=torch.float64)
    root = parse_loss("where(residual > 0, sqrt(residual), 0)")
    assert gradient(root, outputs, targets).tolist() == [-0.5, 0.0, 0.0, 0.0]
    line = parse_loss("where(residual > 10, residual, where(residual < -10, 0, log(1 + exp(residual))))")
    np.testing.assert_allclose(gradient(line, 5 * outputs, targets), [-1 / (1 + np.exp(-5)), -0.5, -1 / (1 + np.exp(5)), 0.0], rtol=1e-12)
    inverse = parse_loss("where(residual == 0, 0, abs(residual) ** 1.5 / residual)")
    assert gradient(inverse, outputs, targets)[1] == 0

    def curvature(outputs):
        return torch.func.jacrev(torch.func.grad(lambda outputs: root(outputs, targets).sum()))(outputs).diagonal()

    np.testing.assert_allclose(curvature(outputs), [-0.25, 0, 0, 0])
    assert parse_loss("sqrt(residual**2)")(outputs, targets).tolist() == [1, 0, 1, 1e4]
    assert gradient(parse_loss("sqrt(residual**2)"), outputs, targets).tolist() == [-1, 0, 1, 1]


@pytest.mark.parametrize("expression", [text for text, _ in CLOSED])
def test_vmap_applies(expression):
    loss, targets = parse_loss(expression), torch.ones(7, dtype=torch.float64)
    batch = torch.stack([POINTS, 2 * POINTS, -POINTS])

    def at(outputs):
        return torch.func.grad(lambda outputs: loss(outputs, targets).sum())(outputs)

    for function in (lambda outputs: loss(outputs, targets), at):
        torch.testing.assert_close(torch.func.vmap(function)(batch), torch.stack([function(outputs) for outputs in batch]))


def test_given_parameters_stand_above_declared_ones():
    assert dict(parse_loss(HUBER).parameters) == {"delta": 1.5}
    loss = parse_loss(HUBER, delta=0.5)
    assert dict(loss.parameters) == {"delta": 0.5} and loss.text.startswith("delta = 0.5; where(")
    np.testing.assert_allclose(values("k * residual", k=-3), 3 * POINTS)
    with pytest.raises(LandscapeError, match="declare"):
        parse_loss("residual", pi=3.0)
    with pytest.raises(LandscapeError, match="finite"):
        parse_loss("k * residual", k=float("nan"))


@pytest.mark.parametrize(
    ("expression", "of"),
    [
        (HUBER, "residual"),
        ("(target - prediction)**2", "residual"),
        ("max(0, 1 - margin)", "margin"),
        ("log(1 + exp(prediction)) - target * prediction", "outputs"),
        ("margin * target", "outputs"),
        ("(prediction / (abs(target) + 1))**2", "outputs"),
    ],
)
def test_what_a_loss_depends_on(expression, of):
    assert parse_loss(expression).of == of


@pytest.mark.parametrize(
    ("expression", "latex"),
    [
        (
            HUBER,
            r"\ell = \begin{cases} \frac{r^{2}}{2} & \left|r\right| < \delta \\ \delta \, \left(\left|r\right| - \frac{\delta}{2}\right)"
            r" & \text{otherwise} \end{cases},\quad r = y - \hat y",
        ),
        ("max(0, 1 - margin)**2", r"\ell = \left(\max\left(0,\, 1 - m\right)\right)^{2},\quad m = y s"),
        ("lambda = 2; exp(-lambda*abs(prediction - target))", r"\ell = e^{-\lambda \, \left|\hat y - y\right|}"),
        ("c_1 = 2; rate = 1; c_1 - (rate - residual)*2", r"\ell = c_{1} - \left(\mathrm{rate} - r\right) \cdot 2,\quad r = y - \hat y"),
        ("margin <= 0", r"\ell = \mathbf{1}[m \le 0],\quad m = y s"),
        (
            "2*(-1 < residual <= 1e-20 and not residual == 0)",
            r"\ell = 2 \, \mathbf{1}[-1 < r \le 1 \cdot 10^{-20} \land \lnot r = 0],"
            r"\quad r = y - \hat y",
        ),
    ],
)
def test_the_formula_in_latex(expression, latex):
    assert parse_loss(expression).latex == latex


@pytest.mark.parametrize("expression", [HUBER, *(text for text, _ in CLOSED)])
def test_text_is_canonical_and_copies_are_equal(expression):
    loss = parse_loss(expression)
    assert parse_loss(loss.text) == loss == pickle.loads(pickle.dumps(loss)) and hash(parse_loss(loss.text)) == hash(loss)
    assert parse_loss(loss.text).text == loss.text
    np.testing.assert_array_equal(values(loss.text, 1.0), values(expression, 1.0))
    assert loss != parse_loss("abs(residual) + 7")


def test_a_number_is_rewritten_where_it_is_declared_and_all_else_stays():
    assert rewritten(HUBER, "delta", 2.5) == HUBER.replace("= 1.5", "= 2.5")
    assert rewritten("a=1;\n b = -2e-3 ; a*b*residual", "b", 4) == "a=1;\n b = 4 ; a*b*residual"
    assert rewritten("a＝1； b＝2；b*residual", "b", 0.25) == "a＝1； b＝0.25；b*residual"
    assert rewritten("ab = 1; b = 2; residual == b", "b", 3) == "ab = 1; b = 3; residual == b"


HOSTILE = {
    "expression_sign": [
        "residual.__class__",
        "__import__('os').system('true')",
        "(lambda: 1)()",
        "[x for x in residual]",
        "residual[0]",
        "'a'",
        "f'{residual}'",
        "(x := 1)",
        "{1}",
        "residual % 2",
        "residual @ 2",
        "~residual",
        "!residual",
        "a\0b",
        "r\u0435sidual",
        "\uff52esidual",
        "1_000 * residual",
        "0x10",
        "1j",
        "2residual",
        "...",
        "\ud800",
        "1.2.3",
        "`ls`",
        "residual # 2",
        "\\",
        "$(id)",
        "residual\u200b",
        "lambda: 1",
        "\x1b[31m",
    ],
    "expression_name": [
        "print(1)",
        "__import__(1)",
        "eval(1)",
        "x",
        "1 if residual else 2",
        "True",
        "None",
        "nan",
        "inf",
        "await residual",
        "import os",
    ],
    "expression_unreadable": [
        "abs(residual",
        "residual)",
        "residual**",
        "*residual",
        "residual residual",
        "residual // 2",
        "residual << 2",
        "residual, 1",
        "max((residual, 1), 2)",
        "max(*residual)",
        "max(**residual)",
        "abs",
        "residual(2)",
        "abs(abs)(residual)",
        "(abs)(abs)",
        "()",
        "residual and",
        "where",
        "1 2",
        "residual -> 1",
        None,
        5,
        b"residual",
    ],
    "expression_empty": ["", "  ", ";;\n;", "delta = 1", "residual = 1", "abs(x=residual)"],
    "expression_declaration": [
        "delta = delta; residual",
        "pi = 3; residual",
        "residual = 3; residual",
        "where = 1; residual",
        "a = b = 1; residual",
        "residual; residual",
        "a = (1); residual",
        "a = --1; residual",
        "_ = 1; residual",
    ],
    "expression_arguments": ["abs(1, residual)", "where(1, residual)", "max(residual)", "exp()", "min(" + "residual," * 9 + "1)"],
    "expression_long": ["(" * 10**6, "residual" * 10**5, "9" * 10**6, "-" * 10**6 + "residual", " " * 10**6, "\n" * 600],
    "expression_large": [
        "(" * 41 + "residual" + ")" * 41,
        "-" * 300 + "residual",
        "+".join(["1"] * 60) + "+residual",
        "2**" * 60 + "residual",
        "abs(" * 45 + "residual" + ")" * 45,
        "not " * 60 + "residual",
    ],
    "expression_not_finite": [
        "9**9**9",
        "9**9**9 * residual",
        "10**10**10 + residual",
        "residual / 0",
        "1 / (residual - residual)",
        "log(-1 - residual**2)",
        "0/0",
        "sqrt(-1) * residual",
        "(-2)**0.5 + residual",
    ],
    "expression_constant": [
        "3",
        "0 * prediction",
        "target**2",
        "residual + prediction",
        "where(1 < 2, 5, residual)",
        "residual - residual",
        "pi",
    ],
    "not_a_number": ["1e999 * residual", "9" * 400 + " * residual", "a = 1e400; residual"],
    "given_twice": ["a = 1; a = 2; a * residual"],
}


@pytest.mark.parametrize(
    ("code", "expression"), [(code, text) for code, texts in HOSTILE.items() for text in texts], ids=lambda case: ascii(case)[:30]
)
def test_a_hostile_expression_gets_one_sentence_at_once(code, expression):
    began = time.perf_counter()
    with pytest.raises(LandscapeError, match="^the loss typed: ") as refused:
        parse_loss(expression)
    assert time.perf_counter() - began < 0.5
    error = refused.value
    assert error.code == code
    assert error.what and error.rule and error.remedy and error.got not in ("", None)
    for language in ("en", "zh"):
        sentence = Translator(language).refusal(error)
        assert len(sentence) < 400
        assert sentence.isprintable()


def test_an_unknown_name_is_told_the_known_ones_and_how_to_declare_it():
    with pytest.raises(LandscapeError, match="^the loss typed: ") as refused:
        parse_loss("k = 1; gamma * residual")
    for word in ("'gamma'", "prediction", "margin", "where", " k,", "delta = 1.5;"):
        assert word in str(refused.value)


@pytest.mark.parametrize(
    "expression",
    ["(" * 39 + "residual" + ")" * 39, "+".join(["residual"] * 30), ("a" * 30 + " = 1; ") + "residual", "residual" + " " * (LONGEST - 8)],
)
def test_large_ones_within_the_bounds_are_read(expression):
    assert parse_loss(expression)(POINTS, POINTS).shape == (7,)


def test_a_value_that_is_no_number_somewhere_is_kept():
    loss = parse_loss("log(residual)")
    found = loss(torch.tensor([1.0, 0.0, -2.0], dtype=torch.float64), torch.zeros(3, dtype=torch.float64))
    np.testing.assert_allclose(found, [np.nan, -np.inf, np.log(2)])
