"""However a command ends: one sentence, the right status, nothing changed."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chainstep.cli import main
from chainstep.cli.endings import any_text, one_line

from .conftest import Cli, environment, in_own_process, is_one_sentence

Put = Callable[[str], Path]


def document(**changes: object) -> str:
    net = {"units": [{"id": "x", "kind": "input"}, {"id": "y", "kind": "output"}]}
    connections = [{"source": "x", "target": "y", "weight": 1.0}]
    whole = {"format": "chainstep", "version": 1, "network": {**net, "connections": connections}}
    return json.dumps({**whole, "data": {"inputs": [[1.0]], "targets": [[0.0]]}, **changes})


def with_connections(*ends: tuple[str, str]) -> str:
    units = [{"id": "x", "kind": "input"}, {"id": "h"}, {"id": "y", "kind": "output"}]
    units[1]["kind"] = "hidden"
    connections = [{"source": s, "target": t, "weight": 1.0} for s, t in ends]
    return document(network={"units": units, "connections": connections})


HOSTILE = {
    "cyclic": (with_connections(("x", "h"), ("h", "y"), ("y", "h")), "loop"),
    "truncated": (document()[:90], "not valid JSON"),
    "newer": (document(version=2), "newer Chainstep"),
    "nan": (document().replace("1.0}", "NaN}"), "finite"),
    "doubled": (document().replace('"y", "kind"', '"x", "kind"'), "x"),
    "unknown key": (document(colour="red"), "colour"),
    "empty": ("", "is empty"),
    "a list": ("[]", "not a Chainstep document"),
    "binary": ("\0\1\2", "not valid JSON"),
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("command", ["trace", "train", "check", "info", "convert", "predict"])
def test_a_bad_document_is_one_sentence_and_nothing_changes(
    cli: Cli, tmp_path: Path, command: str, kind: str
) -> None:
    text, told = HOSTILE[kind]
    file, out = tmp_path / "bad.chainstep", tmp_path / "out.chainstep"
    file.write_text(text, "utf-8")
    (tmp_path / "data.csv").write_text("1\n")
    rest = {"predict": [tmp_path / "data.csv", "-o", out], "convert": [out]}
    rest |= {"trace": ["-o", out], "train": ["-o", out]}
    ended = cli(command, file, *rest.get(command, []))
    assert (ended.status, ended.out) == (1, "")
    assert is_one_sentence(ended.err)
    assert "bad.chainstep" in ended.err
    assert told in ended.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.chainstep", "data.csv"]
    assert file.read_text("utf-8") == text


def test_a_document_of_200_megabytes_is_refused(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "huge.chainstep"
    with open(file, "wb") as huge:
        huge.truncate(200 * 2**20)
    ended = cli("info", file)
    assert (ended.status, ended.out) == (1, "")
    assert is_one_sentence(ended.err)
    assert "too large" in ended.err


@pytest.mark.parametrize("name", ["nothing.chainstep", ".", "net.txt", "a\0b.chainstep", "net"])
def test_a_file_that_is_none_is_one_sentence(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = cli("info", name)
    assert (ended.status, ended.out) == (1, "")
    assert is_one_sentence(ended.err)


def test_a_folder_without_the_right_to_write_is_one_sentence(
    cli: Cli, example: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    # Root may write everywhere: what the system says of the folder is put in its mouth.
    monkeypatch.setattr("chainstep.cli.output.os.access", lambda place, _mode: place != locked)
    for command in ("trace", "train"):
        ended = cli(command, example("xor"), "-o", locked / "out.chainstep")
        assert (ended.status, ended.out) == (1, "")
        assert is_one_sentence(ended.err)
        assert "not writable" in ended.err
    assert not list(locked.iterdir())


@pytest.mark.parametrize("out", ["no/such/folder/out.txt", "."])
def test_an_output_that_cannot_be_is_one_sentence(
    cli: Cli, example: Put, tmp_path: Path, out: str
) -> None:
    ended = cli("trace", example("xor"), "-o", tmp_path / out)
    assert (ended.status, ended.out) == (1, "")
    assert is_one_sentence(ended.err)


@pytest.mark.parametrize(
    "arguments", [["trace"], ["--nonsense"], ["trian", "xor.chainstep"], ["info", "a", "b"]]
)
def test_wrong_usage_is_status_2(cli: Cli, arguments: list[str]) -> None:
    ended = cli(*arguments)
    assert (ended.status, ended.out) == (2, "")
    assert "usage: chainstep" in ended.err


def test_a_misspelt_command_is_told_the_right_one(cli: Cli) -> None:
    assert "train was meant" in cli("trian", "xor.chainstep").err


def test_the_help_names_every_command_and_the_version_is_told(cli: Cli) -> None:
    ended = cli("--help")
    assert ended.status == 0
    for command in ["trace", "train", "predict", "check", "convert", "info", "examples"]:
        assert f"\n  {command} " in ended.out
        assert cli(command, "--help").status == 0
    assert cli("--version").out.startswith("chainstep ")


def test_a_fault_of_our_own_is_a_sentence_that_asks_for_a_report(
    cli: Cli, example: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("deep inside")

    monkeypatch.setattr("chainstep.cli.info.facts", broken)
    ended = cli("info", example("xor"))
    assert ended.status == 1
    assert is_one_sentence(ended.err)
    assert "ZeroDivisionError: deep inside" in ended.err
    monkeypatch.setenv("CHAINSTEP_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        main(["info", str(example("xor"))])


@pytest.mark.parametrize(
    ("error", "status"), [(KeyboardInterrupt(), 130), (BrokenPipeError(), 0), (MemoryError(), 1)]
)
def test_any_other_end_has_its_status(
    cli: Cli, example: Put, monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr("chainstep.cli.endings._forget_stdout", lambda: None)
    monkeypatch.setattr("chainstep.cli.info.facts", broken)
    assert cli("info", example("xor")).status == status


def test_a_sentence_stays_on_one_line_whatever_a_name_holds() -> None:
    assert one_line("unit a\nb\x1b[31m breaks") == "unit a\\nb\\x1b[31m breaks"
    any_text(None)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes break otherwise on Windows")
def test_a_reader_that_has_seen_enough_is_no_fault(example: Put) -> None:
    command = [sys.executable, "-m", "chainstep", "trace", str(example("iris")), "--format", "csv"]
    with subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=60) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full disk at hand")
def test_a_full_disk_below_stdout_is_one_sentence(example: Put) -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "chainstep", "info", str(example("xor"))],
            env=environment(), stdout=full, stderr=subprocess.PIPE, encoding="utf-8", check=False,
        )  # fmt: skip
    assert ended.returncode == 1
    assert is_one_sentence(ended.stderr)


def test_what_goes_into_a_pipe_is_utf_8_whatever_the_locale(example: Put) -> None:
    ended = in_own_process("trace", example("xor"), PYTHONIOENCODING="ascii")
    assert ended.status == 0
    assert "∂E/∂a" in ended.out


def test_no_command_needs_qt(example: Put, tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "for name in ('PySide6', 'shiboken6', 'pyqtgraph'): sys.modules[name] = None\n"
        "from chainstep.cli import main\n"
        "sys.exit(max(main(line.split('|')) for line in sys.argv[1:]))"
    )
    file, out = example("xor"), tmp_path / "out.chainstep"
    (tmp_path / "data.csv").write_text("0,1\n")
    lines = [f"trace|{file}", f"train|{file}|--epochs|2", f"check|{file}", f"info|{file}"]
    lines += [f"predict|{file}|{tmp_path / 'data.csv'}", f"convert|{file}|{out}"]
    lines += ["examples", f"examples|and|-o|{out}"]
    ended = in_own_process(*lines, code=code, DISPLAY=None, QT_QPA_PLATFORM=None)
    assert (ended.status, ended.err) == (0, "")


def test_the_help_loads_neither_numpy_nor_a_room() -> None:
    code = (
        "import sys; from chainstep.cli import main; main(['--help'])\n"
        "print({'numpy', 'msgspec', 'PySide6'} & set(sys.modules))"
    )
    ended = in_own_process(code=code)
    assert ended.out.endswith("set()\n")


def test_numpy_is_told_to_use_one_thread_before_it_is_imported(example: Put) -> None:
    code = (
        "import os, sys; from chainstep.cli import main; main(['info', sys.argv[1]])\n"
        "print(os.environ['OPENBLAS_NUM_THREADS'], os.environ['OMP_NUM_THREADS'])"
    )
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    unset: dict[str, str | None] = dict.fromkeys(names)
    ended = in_own_process(example("xor"), code=code, **{**unset, "OMP_NUM_THREADS": "3"})
    assert ended.out.endswith("1 3\n")
