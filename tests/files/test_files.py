"""Opening and saving by the extension, and what is told where that is impossible."""

import os
from pathlib import Path

import pytest

from chainstep.errors import FileError
from chainstep.files import FORMATS, load, read_bytes, save
from chainstep.project import Project
from tests.nets import draw

PROJECT = Project(network=draw("x1 x2 > h1 h2 > y, x1 > y"))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("m.keras", r'model\.export\("m\.onnx", format="onnx"\)'),
        ("m.h5", "Keras files are not read"),
        ("m.joblib", "coefs_ and intercepts_"),
        ("m.pkl", "a pickle can run anything"),
        ("m.onnx.data", r"open the \.onnx file beside it"),
    ],
)
def test_a_model_in_a_format_that_is_not_read_is_told_what_to_do(name: str, told: str) -> None:
    with pytest.raises(FileError, match=rf"{name}: .*{told}.*\.$"):
        load(name)


def test_what_was_saved_is_loaded_again(tmp_path: Path) -> None:
    for name in ("net.chainstep", "NET.CHAINSTEP", "ä b.chainstep"):
        save(PROJECT, tmp_path / name)
        assert load(str(tmp_path / name)).network.same_as(PROJECT.network)


@pytest.mark.parametrize("name", ["net.txt", "net", ".chainstep"])
def test_an_unknown_extension_is_refused_with_the_known_ones(tmp_path: Path, name: str) -> None:
    known = ", ".join(kind.extension for kind in FORMATS if kind.writes)
    with pytest.raises(FileError, match=f"known are {known}"):
        save(PROJECT, tmp_path / name)
    with pytest.raises(FileError, match="not a format that Chainstep can read"):
        load(tmp_path / name)
    assert os.listdir(tmp_path) == []


def test_a_missing_file_a_folder_and_an_impossible_name_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"There is no file .*absent\.chainstep\."):
        load(tmp_path / "absent.chainstep")
    (tmp_path / "folder.chainstep").mkdir()
    with pytest.raises(FileError, match="is a folder: give the name of a file in it"):
        load(tmp_path / "folder.chainstep")
    with pytest.raises(FileError, match="cannot be the name of a file"):
        load(tmp_path / "a\0b.chainstep")
    with pytest.raises(FileError, match="cannot be the name of a file"):
        save(PROJECT, tmp_path / "a\0b.chainstep")


def test_a_file_one_may_not_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(PROJECT, tmp_path / "net.chainstep")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refuse)
    with pytest.raises(FileError, match="may not be read by you: change its permissions"):
        load(tmp_path / "net.chainstep")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a pipe")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "net.chainstep")
    with pytest.raises(FileError, match="is not a file that can be read"):
        load(tmp_path / "net.chainstep")


def test_a_file_of_200_mb_is_refused_without_reading_it_all(tmp_path: Path) -> None:
    with open(tmp_path / "net.chainstep", "wb") as file:
        file.truncate(200 * 2**20)
    with pytest.raises(FileError, match=r"net\.chainstep is too large: a document has at most 64"):
        load(tmp_path / "net.chainstep")


def test_reading_stops_at_the_limit(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes(b"12345")
    assert read_bytes(tmp_path / "table.csv", 5) == b"12345"
    with pytest.raises(FileError, match=r"table\.csv is too large: a table has at most 0 MB"):
        read_bytes(tmp_path / "table.csv", 4, "a table")


def test_a_document_of_a_newer_version_is_never_overwritten(tmp_path: Path) -> None:
    place = tmp_path / "net.chainstep"
    newer = b'{"format": "chainstep", "version": 2, "cells": []}'
    place.write_bytes(newer)
    with pytest.raises(FileError, match=r"newer Chainstep \(version 2 .* save under another name"):
        save(PROJECT, place)
    assert place.read_bytes() == newer


def test_a_file_that_is_no_document_is_replaced_and_kept_beside(tmp_path: Path) -> None:
    place = tmp_path / "net.chainstep"
    place.write_bytes(b"notes")
    save(PROJECT, place, keep_backup=True)
    assert load(place).network.same_as(PROJECT.network)
    assert (tmp_path / "net.chainstep~").read_bytes() == b"notes"


def test_a_project_that_cannot_be_written_touches_no_file(tmp_path: Path) -> None:
    place = tmp_path / "net.chainstep"
    save(PROJECT, place)
    before = place.read_bytes()
    with pytest.raises(FileError, match="not finite"):
        save(PROJECT.with_training(learning_rate=float("nan")), place)
    assert place.read_bytes() == before
