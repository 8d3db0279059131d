"""The command `replicate`: what it prints, its exit code, and the name nearest to an unknown one."""

import re
from dataclasses import replace

import pytest

from landscape.command import replicate as command
from landscape.command.parser import main
from landscape.errors import Cancelled
from landscape.replication import hessian_outliers
from landscape.replication.claims import claims


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(hessian_outliers, "SEEDS", 1)
    monkeypatch.setattr(hessian_outliers, "CLASSES", (3,))


@pytest.mark.usefixtures("short")
def test_a_claim_is_printed_with_its_paper_its_bands_and_its_verdict(capsys):
    assert main(["replicate", "hessian_outliers", "--seed", "2"]) == 0
    printed, told = capsys.readouterr()
    entry = claims["hessian_outliers"]
    assert re.match(r"hessian_outliers: holds  \([\d.]+ s, \d+ evaluations, seed 2\)\n", printed)
    assert entry.source in printed and entry.traits["link"] in printed and entry.traits["says"] in printed
    assert re.search(r"minus k \(median of 5 seeds\)  \[-1 to 0\]  -?[01] \(k = 3\)\n", printed) and "[at most 1.35]" in printed
    assert "holds: 1, does not hold at this scale: 0, undecided: 0" in told


@pytest.mark.usefixtures("short")
def test_a_claim_that_should_hold_and_does_not_is_exit_code_1(capsys, monkeypatch):
    monkeypatch.setattr(hessian_outliers, "widest_gap", lambda values, most: (9, 9.0))
    assert main(["replicate", "hessian_outliers"]) == 1
    printed = capsys.readouterr().out
    assert "hessian_outliers: does not hold at this scale" in printed and claims["hessian_outliers"].traits["why"] in printed


@pytest.mark.usefixtures("short")
def test_a_caution_that_does_not_hold_is_exit_code_0(monkeypatch):
    make = command.replicate
    monkeypatch.setattr(hessian_outliers, "widest_gap", lambda values, most: (9, 9.0))
    monkeypatch.setattr(command, "replicate", lambda name, run: replace(make(name, run), expected=False))
    assert main(["replicate", "hessian_outliers"]) == 0


def test_an_unknown_name_is_refused_with_the_nearest(capsys):
    assert main(["replicate", "initial_lines"]) == 2
    told = capsys.readouterr().err
    assert "'initial_lines'" in told and "Write initial_line, which is the nearest" in told


def test_it_stops_between_two_claims(capsys, monkeypatch):
    def stopped(name, run):
        raise Cancelled

    monkeypatch.setattr(command, "replicate", stopped)
    assert main(["replicate"]) == 130
    assert f"Stopped after 0 of {len(claims)} claims." in capsys.readouterr().err
