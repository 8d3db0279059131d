import os
import threading

import plotly
import pytest

from ui.plotly_bundle import SOURCE, install


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "package" / "plotly.min.js"
    path.parent.mkdir()
    path.write_text("version one")
    return path


def test_the_copy_is_the_packages(source, tmp_path):
    target = install(source, tmp_path / "static")
    assert target.read_text() == "version one"
    assert os.listdir(tmp_path / "static") == ["plotly.min.js"]


def test_a_copy_of_another_version_is_replaced(source, tmp_path):
    install(source, tmp_path / "static")
    source.write_text("version two")
    assert install(source, tmp_path / "static").read_text() == "version two"


def test_a_good_copy_is_left_alone(source, tmp_path):
    target = install(source, tmp_path / "static")
    before = target.stat().st_ino
    assert install(source, tmp_path / "static").stat().st_ino == before


def test_several_starting_together_leave_one_whole_copy(source, tmp_path):
    source.write_bytes(b"x" * 3_000_000)
    threads = [threading.Thread(target=install, args=(source, tmp_path / "static")) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert os.listdir(tmp_path / "static") == ["plotly.min.js"]
    assert (tmp_path / "static" / "plotly.min.js").stat().st_size == 3_000_000


def test_the_source_is_in_the_installed_package():
    assert SOURCE.is_relative_to(os.path.dirname(plotly.__file__))
    assert SOURCE.stat().st_size > 1_000_000
