"""A net as two tables: out and in again exactly, safe in a spreadsheet, faults by name."""

from pathlib import Path

import pytest

from chainstep.errors import FileError
from chainstep.files import Limit, TooLarge, load, save
from chainstep.project import Project
from tests.files.dags import QUICK
from tests.hand_nets import net, out, x
from tests.nets import draw
from tests.random_nets import random_project


@pytest.mark.parametrize("seed", QUICK)
@pytest.mark.parametrize("ending", ["_connections.csv", "_units.csv"])
def test_a_random_net_comes_back_from_its_tables(tmp_path: Path, seed: int, ending: str) -> None:
    project = random_project(seed)
    save(project, tmp_path / f"net{ending}")
    written = sorted(place.name for place in tmp_path.iterdir())
    assert written == ["net_connections.csv", "net_units.csv"]
    assert load(tmp_path / f"net{ending}").network.same_as(project.network)


def test_a_name_cannot_become_a_formula(tmp_path: Path) -> None:
    names = ("=1+1", "@x", "-y", "+z", "\tt", "plain")
    project = net(*(x(name) for name in names), out("=o"), wires="")
    for name in names:
        project = project.connect(name, "=o", -1.5)
    save(project, tmp_path / "net_connections.csv")
    lines = (tmp_path / "net_connections.csv").read_text("utf-8").splitlines()
    assert lines[0] == "source,target,weight,name,trainable"
    assert lines[1] == "'=1+1,'=o,-1.5,,"
    assert load(tmp_path / "net_connections.csv").network.same_as(project.network)


def test_connections_alone_tell_inputs_and_outputs(tmp_path: Path) -> None:
    (tmp_path / "net_connections.csv").write_text("from;to;weight\nx;h;1\nh;y;-2.5\nz;y;3\n")
    network = load(tmp_path / "net_connections.csv").network
    assert [(u.id, u.kind) for u in network.units] == [
        ("x", "input"),
        ("z", "input"),
        ("h", "hidden"),
        ("y", "output"),
    ]
    assert [c.weight for c in network.connections] == [1.0, -2.5, 3.0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n", "has no column source"),
        ("source,target,weight\nx,y\n", "row 2 has 2 cells, the header 3"),
        ("source,target,weight\nx,y,heavy\n", "x → y.*weight"),
        ("source,target,weight\nx,y,nan\n", "x → y.*finite"),
        ("source,target,weight\nx,y,1\nx,y,2\n", "x → y"),
        ("source,target,weight\nx,y,1\ny,z,1\nz,y,2\n", "cycle|loop|round"),
        ('source,target,weight\n"x,y,1\n', "cannot be read as a table"),
    ],
)
def test_a_faulty_table_is_told_by_place(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "net_connections.csv").write_text(text)
    with pytest.raises(FileError, match=told) as refusal:
        load(tmp_path / "net_connections.csv")
    assert "net_connections.csv" in str(refusal.value)


def test_a_table_beyond_the_limit_is_refused_with_its_size(tmp_path: Path) -> None:
    save(Project(network=draw("a b c > d e f > g")), tmp_path / "net_connections.csv")
    with pytest.raises(TooLarge, match="7 units and 12 connections"):
        load(tmp_path / "net_connections.csv", limit=Limit(units=5, connections=100))
