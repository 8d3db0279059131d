"""What is said of an opened result file, beside its pictures."""

from types import SimpleNamespace

import pytest

from landscape.errors import Phrase
from landscape.objectives.self_check import Verdict
from ui.pictures.opened import warning_of
from ui.words.translator import Translator


def opened(verdict):
    return SimpleNamespace(result=SimpleNamespace(verdict=verdict))


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", r"The model\'s self\-check warned\: The loss at theta is not finite\. Changing a\.\!\[b\]\(c\) does not change the loss\."),
        ("zh", r"模型自检给出警告：theta 处的损失不是有限数。 改动 a\.\!\[b\]\(c\) 不改变损失。"),
    ],
)
def test_what_the_self_check_warned_of_is_one_line_whose_names_are_no_markdown(language, line):
    verdict = Verdict(11, 40, warnings=(Phrase("check_not_finite"), Phrase("check_unused", names="a.![b](c)")))
    assert warning_of(opened(verdict), Translator(language)) == line


@pytest.mark.parametrize("verdict", [None, Verdict(11, 40), Verdict(11, 40, notes=(Phrase("check_kinks"),))])
def test_where_nothing_was_warned_of_nothing_is_said(verdict):
    assert warning_of(opened(verdict), Translator("en")) is None
