"""A file holds the old bytes or the new, whatever fails or is killed on the way."""

import builtins
import errno
import os
import random
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from chainstep.errors import FileError
from chainstep.files import atomic, document, write_atomically

OLD, NEW = b"old " * 1000, b"new " * 2000

posix = pytest.mark.skipif(os.name == "nt", reason="modes and links of POSIX")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    place = tmp_path / "net.chainstep"
    place.write_bytes(OLD)
    return place


def beside(place: Path) -> set[str]:
    """The names of all other files in the folder."""
    return set(os.listdir(place.parent)) - {place.name}


def test_a_new_file_and_a_replaced_one_hold_exactly_the_bytes(tmp_path: Path) -> None:
    place = tmp_path / "net.chainstep"
    for content in (NEW, b"", OLD):
        write_atomically(place, content)
        assert place.read_bytes() == content
    assert not beside(place)


def test_the_previous_content_is_kept_beside_it_where_asked(file: Path) -> None:
    write_atomically(file, NEW, keep_backup=True)
    assert (file.with_name("net.chainstep~")).read_bytes() == OLD
    write_atomically(file, b"third", keep_backup=True)
    assert (file.with_name("net.chainstep~")).read_bytes() == NEW
    assert file.read_bytes() == b"third"
    assert beside(file) == {"net.chainstep~"}


def test_a_backup_that_is_the_same_file_by_another_name_does_no_harm(file: Path) -> None:
    os.link(file, file.with_name("net.chainstep~"))
    write_atomically(file, NEW, keep_backup=True)
    assert file.read_bytes() == NEW
    assert file.with_name("net.chainstep~").read_bytes() == OLD
    assert beside(file) == {"net.chainstep~"}


def test_a_disk_without_links_gets_its_backup_as_a_copy(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", _failing(errno.EPERM))
    write_atomically(file, NEW, keep_backup=True)
    assert file.with_name("net.chainstep~").read_bytes() == OLD


@posix
def test_the_mode_is_kept_and_a_new_file_follows_the_umask(file: Path) -> None:
    file.chmod(0o640)
    write_atomically(file, NEW)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    plain = file.with_name("plain")
    plain.write_bytes(b"")
    write_atomically(file.with_name("fresh"), NEW)
    assert file.with_name("fresh").stat().st_mode == plain.stat().st_mode


@posix
def test_a_symbolic_link_stays_one_and_its_target_is_replaced(file: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.chainstep"
    link.symlink_to(file)
    write_atomically(link, NEW, keep_backup=True)
    assert link.is_symlink()
    assert file.read_bytes() == NEW
    assert beside(file) == {"net.chainstep~", "elsewhere"}


def test_what_a_killed_save_left_is_removed_once_it_is_old(file: Path) -> None:
    stale, recent, foreign = (
        file.with_name(name)
        for name in (
            ".net.chainstep.01234567.tmp",
            ".net.chainstep.89abcdef.tmp",
            ".other.chainstep.01234567.tmp",
        )
    )
    for place in (stale, recent, foreign):
        place.write_bytes(b"half")
    long_ago = time.time() - 2 * atomic.STALE
    os.utime(stale, (long_ago, long_ago))
    os.utime(foreign, (long_ago, long_ago))
    write_atomically(file, NEW)
    assert beside(file) == {recent.name, foreign.name}


# --- failures ------------------------------------------------------------------------------------


class Breaking:
    """Stands in for the operating system: the n-th operation fails, those before work."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fail_at: int) -> None:
        self.count, self.fail_at = 0, fail_at
        real_open = builtins.open
        for module, name in ((os, "fsync"), (os, "replace"), (os, "link"), (os, "open")):
            monkeypatch.setattr(module, name, self.counted(getattr(module, name)))

        def opened(*args: Any, **kwargs: Any) -> Any:
            return Watched(self.counted(real_open)(*args, **kwargs), self)

        monkeypatch.setattr(builtins, "open", opened)

    def counted(self, operation: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **kwargs: Any) -> Any:
            self.count += 1
            if self.count == self.fail_at:
                raise OSError(errno.EIO, "Input/output error")
            return operation(*args, **kwargs)

        return run


class Watched:
    """A file whose write and flush are counted."""

    def __init__(self, file: Any, system: Breaking) -> None:
        self.file = file
        self.write = system.counted(file.write)
        self.flush = system.counted(file.flush)

    def fileno(self) -> int:
        return int(self.file.fileno())

    def __enter__(self) -> "Watched":
        return self

    def __exit__(self, *error: object) -> None:
        self.file.close()


def _failing(number: int) -> Callable[..., Any]:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("keep_backup", [False, True])
def test_whichever_operation_fails_the_file_is_whole_and_nothing_is_left_over(
    tmp_path: Path, keep_backup: bool
) -> None:
    refused = 0
    for fail_at in range(1, 50):
        place = tmp_path / f"{fail_at}" / "net.chainstep"
        place.parent.mkdir()
        place.write_bytes(OLD)
        with pytest.MonkeyPatch.context() as patch:
            system = Breaking(patch, fail_at)
            try:
                write_atomically(place, NEW, keep_backup)
                saved = True
            except FileError as error:
                saved, refused = False, refused + ("Input/output error" in str(error))
        assert place.read_bytes() == (NEW if saved else OLD)
        assert beside(place) <= {"net.chainstep~"}
        if system.count < fail_at:
            break
    # open, write, flush, fsync and the last replace; the folder's fsync and the backup may fail.
    assert refused == 5
    assert 8 <= fail_at <= 10


def test_a_short_write_counts_as_a_full_disk(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = Breaking(monkeypatch, -1)
    monkeypatch.setattr(system, "counted", lambda operation: operation)
    monkeypatch.setattr(Watched, "__enter__", _half_writer)
    with pytest.raises(FileError, match=r"the disk of .* is full; free some space"):
        write_atomically(file, NEW)
    assert file.read_bytes() == OLD
    assert not beside(file)


def _half_writer(watched: Watched) -> Watched:
    watched.write = lambda data: watched.file.write(data[: len(data) // 2])
    return watched


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.ENOSPC, "the disk of .* is full; free some space"),
        (errno.EACCES, "is not writable; choose another"),
        (errno.EROFS, "is not writable; choose another"),
        (errno.EIO, "try again or choose another folder"),
    ],
)
def test_each_failure_names_the_folder_and_the_remedy(
    file: Path, monkeypatch: pytest.MonkeyPatch, number: int, told: str
) -> None:
    monkeypatch.setattr(os, "fsync", _failing(number))
    with pytest.raises(FileError, match=told) as caught:
        write_atomically(file, NEW)
    assert str(file.parent) in str(caught.value)
    assert file.read_bytes() == OLD
    assert not beside(file)


def test_an_interrupted_save_leaves_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(file, NEW)
    assert file.read_bytes() == OLD
    assert not beside(file)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("absent/net.chainstep", "there is no folder .*absent; make it or choose another"),
        ("net.chainstep/net.chainstep", "there is no folder"),
        (".", "is a folder: give the name of a file in it"),
        ("x" * 300, "the name is too long; shorten it"),
        ("a\0b", "cannot be the name of a file"),
    ],
)
def test_a_place_that_cannot_be_written_is_told(file: Path, name: str, told: str) -> None:
    with pytest.raises(FileError, match=told):
        write_atomically(file.parent / name, NEW)
    assert not beside(file)


@posix
def test_a_name_of_255_bytes_can_be_saved(tmp_path: Path) -> None:
    place = tmp_path / ("x" * 255)
    write_atomically(place, OLD, keep_backup=True)
    write_atomically(place, NEW, keep_backup=True)
    assert place.read_bytes() == NEW
    assert not beside(place)


@posix
def test_a_read_only_file_or_folder_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # the tests may run as root
    with pytest.raises(FileError, match=r"net\.chainstep is read-only: make it writable"):
        write_atomically(file, NEW)
    assert file.read_bytes() == OLD


# --- killed --------------------------------------------------------------------------------------

SAVE_FOR_EVER = """
import sys
from chainstep.files import save
from chainstep.network.model import Connection, Network, Unit
from chainstep.project import Project
units = [Unit(id=f"h{n}", bias=0.1 * n) for n in range(300)]
small, large = (Project(network=Network(units=tuple(units[:n]))) for n in (30, 300))
print("ready", flush=True)
while True:
    save(small, sys.argv[1], keep_backup=True)
    save(large, sys.argv[1], keep_backup=True)
"""


def saver(place: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SAVE_FOR_EVER, str(place)], stdout=subprocess.PIPE
    )


def kills(place: Path, number: int) -> Iterator[bytes]:
    """Kill a saving program at random moments and yield what the document then holds."""
    moments = random.Random(0)
    for _ in range(number):
        with saver(place) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(moments.uniform(0.0, 0.05))
            process.send_signal(signal.SIGKILL)
            process.wait()
        if place.exists():
            yield place.read_bytes()


@posix
@pytest.mark.parametrize(
    "number", [30, pytest.param(500, marks=[pytest.mark.long, pytest.mark.timeout(900)])]
)
def test_a_kill_at_any_moment_leaves_a_readable_document(tmp_path: Path, number: int) -> None:
    place = tmp_path / "net.chainstep"
    sizes = [len(document.loads(data, "net").network.units) for data in kills(place, number)]
    assert set(sizes) == {30, 300}
    assert len(sizes) >= number * 0.8
    backup = document.loads(place.with_name("net.chainstep~").read_bytes(), "backup")
    assert len(backup.network.units) in {30, 300}
