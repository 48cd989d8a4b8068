"""Broken and hostile files end in one sentence, soon, in little memory, whatever is wrong."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from chainstep.errors import ChainstepError
from chainstep.files import load, load_weights, save
from chainstep.project import Project
from tests.files.models import HOSTILE, MODELS
from tests.nets import draw

ROOT = Path(__file__).parents[2]
#: What has to load, however odd it looks.
SOUND = {"external_good.onnx", "html_in_names.onnx", "w.bin"}
FILES = sorted(place.name for place in HOSTILE.iterdir() if place.suffix != ".csv")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's memory peak")
def test_every_hostile_model_ends_after_little_work_in_512_mb() -> None:
    """One fresh process reads them all, so that its peak is an upper bound for each."""
    pytest.importorskip("onnx")
    code = """
import sys
from chainstep.errors import ChainstepError
from chainstep.files import load
from tests.work import Work
for path in sys.argv[1:]:
    try:
        with Work() as work:
            load(path)
        end = "loaded"
    except ChainstepError as error:
        end = f"told {str(error).count(chr(10))}"
    print(path, end, work.calls, sep="|")
status = open("/proc/self/status").read()
print(status.partition("VmHWM:")[2].split()[0])  # in kB; unlike ru_maxrss it starts anew
"""
    paths = [str(HOSTILE / name) for name in FILES]
    result = subprocess.run(
        [sys.executable, "-c", code, *paths], capture_output=True, text=True, cwd=ROOT
    )
    assert result.returncode == 0, result.stderr
    *lines, peak = result.stdout.splitlines()
    assert len(lines) == len(FILES) == 15
    for line in lines:
        path, end, calls = line.split("|")
        assert int(calls) < 1_000_000, line
        assert end == ("loaded" if Path(path).name in SOUND - {"w.bin"} else "told 0"), line
    assert int(peak) * 1024 < 512 * 2**20


def seeds(folder: Path) -> list[Path]:
    """Return one good file of every format that can be read, small ones."""
    project = Project(network=draw("x1 x2 > h1 h2 h3 > y, x1 > y"))
    made = [folder / f"net{e}" for e in (".safetensors", ".npz", "_connections.csv", "_units.csv")]
    try:
        import onnx  # noqa: F401

        made.append(folder / "net.onnx")
        models = [*MODELS.glob("*.onnx")]
    except ImportError:
        models = []
    for place in made:
        save(project, place)
    return [*made, *models, *MODELS.glob("*.safetensors"), *MODELS.glob("*.pt")]


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Return the bytes with a few flipped, cut out, doubled or overwritten."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(data)) if data else 0
        kind = rng.randrange(5)
        if kind == 0 and data:
            data[place] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del data[place : place + rng.randint(1, 40)]
        elif kind == 2:
            data[place:place] = data[place : place + rng.randint(1, 40)]
        elif kind == 3 and data:
            data[place] = rng.choice((0, 0x7F, 0x80, 0xFF))
        else:
            data = data[:place]
    return bytes(data)


def read_mutations(folder: Path, count: int) -> int:
    """Read mutations of good files; return how many were refused. Only our errors may leave."""
    rng = random.Random(count)
    files = seeds(folder)
    drawing = Project(network=draw("x1 x2 > h1 h2 h3 > y, x1 > y"))
    told: list[str] = []
    for number in range(count):
        good = files[number % len(files)]
        tail = "".join(good.suffixes[-1:]) if good.suffix != ".csv" else "_connections.csv"
        place = folder / f"mutated{tail}"
        place.write_bytes(mutated(good.read_bytes(), rng))
        try:
            load(place)
            if place.suffix in (".safetensors", ".npz", ".pt"):
                load_weights(drawing, place)
        except ChainstepError as error:
            told.append(str(error))
    assert not [sentence for sentence in told if "\n" in sentence or "mutated" not in sentence]
    return len(told)


def test_mutated_files_end_in_a_sentence(tmp_path: Path) -> None:
    assert read_mutations(tmp_path, 400) > 100


@pytest.mark.long
@pytest.mark.timeout(600)
def test_ten_thousand_mutated_files_end_in_a_sentence(tmp_path: Path) -> None:
    assert read_mutations(tmp_path, 10_000) > 2_000
