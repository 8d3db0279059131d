"""The destination: what cannot be written to is refused before anything is computed for it."""

import os
import shutil
from types import SimpleNamespace

import pytest

from landscape.errors import LandscapeError
from landscape.files.destination import require_destination, require_space


def refused(path, words, **given):
    with pytest.raises(LandscapeError, match=words) as error:
        require_destination(path, instead="force_option", **given)
    assert "; got " in str(error.value)
    return str(error.value)


def test_a_new_file_in_a_folder_is_fine_and_nothing_is_left_there(tmp_path):
    assert require_destination(str(tmp_path / "x.npz"), instead="force_option") == tmp_path / "x.npz"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", [".", "", "..", "{folder}", "/"])
def test_a_folder_is_no_file(tmp_path, path):
    assert "got a folder. Write it as FOLDER/FILE.npz." in refused(path.format(folder=tmp_path), "a file of its own", overwrite=True)


def test_a_device_is_not_replaced():
    refused(os.devnull, "no ordinary file", overwrite=True)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    said = refused(tmp_path / "no" / "x.npz", "No such file or directory")
    assert said.startswith(f"the folder {tmp_path / 'no'}: ")


def test_a_folder_in_which_nothing_can_be_made_is_named():
    said = refused("/sys/x.npz", "must exist, and a file can be made in it")  # also for the superuser, whom no rights keep out
    assert said.startswith("the folder /sys: ")


def test_a_file_in_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "no").write_text("")
    refused(tmp_path / "no" / "x.npz", "Not a directory")


def test_a_file_that_is_there_stays_unless_it_may_go(tmp_path):
    path = tmp_path / "x.npz"
    path.write_text("precious")
    assert "got one of 8 bytes of 20" in refused(path, "Give --force to replace it")
    assert path.read_text() == "precious"
    assert require_destination(path, overwrite=True, instead="force_option") == path


def test_a_link_to_a_lost_file_is_a_file_too(tmp_path):
    (tmp_path / "x.npz").symlink_to(tmp_path / "lost.npz")
    refused(tmp_path / "x.npz", "no file may be there yet")


def test_a_disk_without_room_is_told_with_both_numbers(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: asked.append(folder) or SimpleNamespace(free=5_000_000))
    require_space(tmp_path / "x.npz", 5_000_000)
    with pytest.raises(LandscapeError, match=r"a disk with 7.5 MB left; got 5 MB"):
        require_space(tmp_path / "x.npz", 7_500_000)
    assert asked == [tmp_path, tmp_path]
