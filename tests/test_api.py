"""The public API: each name has a text with an example that runs and says what it says."""

import doctest
import importlib.util
import inspect
import subprocess
from pathlib import Path

import pytest

import chainstep
from chainstep.files import save
from chainstep.files.examples import load_example

NAMES = [name for name in chainstep.__all__ if not name.startswith("__")]
#: They need PyTorch, which is not installed with the tests.
LIVE = ("debug", "from_torch")


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("name", NAMES)
def test_the_example_in_the_text_of_each_name_is_true(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name in LIVE:
        pytest.importorskip("torch")
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: None)
    monkeypatch.chdir(tmp_path)
    save(load_example("mazur_2_2_2"), "mazur.chainstep")
    found = doctest.DocTestFinder(recurse=False).find(getattr(chainstep, name), name)
    assert [test for test in found if test.examples], f"{name} has no example"
    for test in found:
        assert doctest.DocTestRunner().run(test).failed == 0


@pytest.mark.parametrize("name", NAMES)
def test_the_text_of_each_name_says_what_can_go_wrong(name: str) -> None:
    text = inspect.getdoc(getattr(chainstep, name)) or ""
    assert "Raises" in text or name == "ChainstepError"


@pytest.mark.parametrize("name", NAMES)
def test_signatures_read_well(name: str) -> None:
    value = getattr(chainstep, name)
    if callable(value) and not inspect.isclass(value):
        assert len(str(inspect.signature(value))) < 200


def test_every_name_is_there_and_listed() -> None:
    assert set(NAMES) <= set(dir(chainstep))
    assert all(name in (chainstep.__doc__ or "") or name in ("from_torch", "load_weights")
               for name in NAMES)  # fmt: skip
    with pytest.raises(AttributeError, match="has no attribute 'trian'"):
        chainstep.trian  # noqa: B018
    assert importlib.util.find_spec("chainstep") is not None
