import os
import threading

import plotly
import pytest
from PIL import Image

from ui.browser.static import PICTURES, PLOTLY, address, copy, install, served


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "package" / "plotly.min.js"
    path.parent.mkdir()
    path.write_text("version one")
    return path


@pytest.fixture
def target(tmp_path):
    return tmp_path / "static" / "plotly.min.js"


def test_the_copy_is_the_packages(source, target):
    copy(source, target)
    assert target.read_text() == "version one"
    assert os.listdir(target.parent) == ["plotly.min.js"]


def test_a_copy_of_another_version_is_replaced(source, target):
    copy(source, target)
    source.write_text("version two")
    copy(source, target)
    assert target.read_text() == "version two"


def test_a_good_copy_is_left_alone(source, target):
    copy(source, target)
    before = target.stat().st_ino
    copy(source, target)
    assert target.stat().st_ino == before


def test_several_starting_together_leave_one_whole_copy(source, target):
    source.write_bytes(b"x" * 3_000_000)
    threads = [threading.Thread(target=copy, args=(source, target)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert os.listdir(target.parent) == ["plotly.min.js"]
    assert target.stat().st_size == 3_000_000


def test_the_source_is_in_the_installed_package():
    assert PLOTLY.is_relative_to(os.path.dirname(plotly.__file__))
    assert PLOTLY.stat().st_size > 1_000_000


def test_every_file_that_has_an_address_is_installed(tmp_path):
    install(tmp_path)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*") if path.is_file()) == sorted(served())
    for source in served().values():
        name = address(source).removeprefix("app/static/").split("?")[0]
        assert (tmp_path / name).read_bytes() == source.read_bytes()


def test_the_gallerys_pictures_are_served_and_small():
    pictures = sorted(PICTURES.glob("*.webp"))
    assert len(pictures) == len(set(map(address, pictures))) == 6
    for picture in pictures:
        assert picture in served().values() and picture.stat().st_size < 15_000
        with Image.open(picture) as image:
            assert image.size == (288, 144)
