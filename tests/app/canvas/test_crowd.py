"""Nets of hundreds of units: one item paints their discs, one their connections, and all agree."""

import itertools
import random

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from chainstep.app.canvas.edge_arrays import strongest
from chainstep.app.canvas.labels import WeightLabel
from chainstep.app.canvas.lit import LitEdge
from chainstep.app.canvas.marks import Marks
from chainstep.app.canvas.run_weights import RunWeights
from chainstep.network.layout import tidy
from chainstep.network.model import HIDDEN, INPUT, OUTPUT, Connection, Network, Unit
from chainstep.project import Project
from tests.work import Work

from .conftest import Hand, MakeHand


def crowd(width: int = 90) -> Project:
    """Three levels of so many units, each fed by four of the level before."""
    chance = random.Random(5)
    kinds = ((INPUT, "i"), (HIDDEN, "h"), (OUTPUT, "o"))
    levels = [[Unit(id=f"{name}{n}", kind=kind) for n in range(width)] for kind, name in kinds]
    connections = [
        Connection(source=source.id, target=unit.id, weight=chance.gauss(0, 1))
        for before, level in itertools.pairwise(levels)
        for unit in level
        for source in chance.sample(before, 4)
    ]
    network = Network(units=tuple(itertools.chain(*levels)), connections=tuple(connections))
    return Project(network=network).move(tidy(network))


def pixels(hand: Hand) -> np.ndarray:
    image = hand.view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    flat = np.frombuffer(image.constBits(), np.uint8)
    return flat.reshape(image.height(), image.width(), 4)[:, :, :3].astype(int)


def drawn(hand: Hand) -> np.ndarray:
    """The scene as a picture, in the best quality whatever the machine is busy with."""
    image = QImage(800, 600, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    painter = QPainter(image)
    hand.scene.render(painter, QRectF(image.rect()), hand.scene.content_rect())
    painter.end()
    flat = np.frombuffer(image.constBits(), np.uint8)
    return flat.reshape(600, 800, 4)[:, :, :3].astype(int)


def noted_in(hand: Hand) -> set[str]:
    """The units that have a note beside them."""
    return {whose for kind, whose in hand.scene._decor._shown if kind == "note"}


def from_afar(hand: Hand) -> Hand:
    """See all discs small, without connections: those are drawn as well as time allows."""
    hand.scene.edges.hide()
    hand.view.zoom_by(0.3 / hand.view.zoom)
    assert hand.scene.units["i0"].sprites is not None
    return hand


def test_copied_discs_look_like_painted_ones(make_hand: MakeHand) -> None:
    hand = from_afar(make_hand(crowd()))
    hand.scene.select(["i3", "h40", "o2"])
    hand.scene.set_marks(Marks(unit="h7", visited=frozenset({"i3", "h7", "h8"})))
    copied = pixels(hand)
    hand.scene._crowd.scatter()
    painted = pixels(hand)
    assert abs(copied - painted).mean() < 1.5  # of 255: at most half a pixel beside its place


def test_a_unit_that_becomes_special_paints_itself_and_then_no_longer(make_hand: MakeHand) -> None:
    hand = from_afar(make_hand(crowd()))
    item, plain = hand.scene.units["h9"], pixels(hand)
    hand.scene.set_marks(Marks(unit="h9", dim=False))
    assert not item.plain
    assert abs(pixels(hand) - plain).max() > 50
    hand.scene.set_marks(None)
    assert item.plain
    assert abs(pixels(hand) - plain).max() < 60


def test_a_dragged_unit_leaves_nothing_behind(make_hand: MakeHand) -> None:
    hand = from_afar(make_hand(crowd()))
    start = hand.at("h9")
    hand.drag(start, start + QPoint(40, 25))
    places = dict(hand.emitted[-1][1])  # type: ignore[call-overload]
    assert places["h9"] == hand.scene.units["h9"].centre
    moved = pixels(hand)
    hand.view.viewport().update()
    assert abs(moved - pixels(hand)).max() == 0


def test_coming_nearer_lets_every_unit_paint_itself(make_hand: MakeHand) -> None:
    hand = from_afar(make_hand(crowd()))
    hand.view.zoom_by(4.0)
    assert all(item.sprites is None for item in hand.scene.units.values())


def test_values_that_are_too_small_to_see_are_kept_and_repaint_nothing(
    make_hand: MakeHand,
) -> None:
    hand = from_afar(make_hand(crowd()))
    hand.scene.set_marks(Marks(outputs={"h9": "0.25"}, dim=False))
    repainted: list[object] = []
    QApplication.processEvents()
    hand.scene.changed.connect(repainted.append)
    hand.scene.set_marks(Marks(outputs={"h9": "0.75"}, dim=False))
    QApplication.processEvents()
    assert repainted == []
    assert hand.scene.units["h9"].z == "0.75"
    hand.view.zoom_by(4.0)
    QApplication.processEvents()
    repainted.clear()
    hand.scene.set_marks(Marks(outputs={"h9": "0.5"}, dim=False))
    QApplication.processEvents()
    assert repainted


def test_units_that_go_and_come_are_followed_from_afar(make_hand: MakeHand) -> None:
    hand = from_afar(make_hand(crowd()))
    whole = hand.project
    hand.show(whole.remove(["h9"]))
    assert "h9" not in hand.scene.units
    hand.show(whole)
    assert hand.scene.units["h9"].sprites is hand.scene.units["i0"].sprites


def test_selecting_all_of_a_large_net_writes_no_weights_and_lights_none_alone(
    make_hand: MakeHand,
) -> None:
    hand = make_hand(crowd())
    before = drawn(hand)
    hand.scene.select(hand.scene.units, hand.scene.network.by_ends)
    assert not hand.scene._decor.items(WeightLabel)
    assert not hand.scene._decor.items(LitEdge)
    assert abs(drawn(hand) - before).mean() > 3
    hand.scene.select()
    assert abs(drawn(hand) - before).mean() < 1


def test_notes_of_a_crowd_are_looked_for_about_what_is_in_sight_and_come_where_one_goes(
    make_hand: MakeHand,
) -> None:
    hand = make_hand(crowd(400))
    values = dict.fromkeys(hand.scene.units, (("z", "0.5", 0),))
    hand.view.zoom_by(1.0 / hand.view.zoom)
    hand.view.centerOn(hand.scene.units["h10"])
    hand.view.scroll_by(QPointF(1, 0))
    with Work() as work:
        hand.scene.set_marks(Marks(values=values, dim=False))
    everywhere = len(hand.scene.units)
    assert work.calls < 60 * everywhere  # looked for everywhere it is 160
    noted = noted_in(hand)
    assert "h10" in noted
    assert "h390" not in noted
    hand.view.centerOn(hand.scene.units["h390"])
    hand.view.scroll_by(QPointF(1, 0))
    assert "h390" in noted_in(hand)


def test_the_weights_of_a_run_are_a_mapping_over_its_array() -> None:
    places = {("a", "b"): 1, ("b", "c"): 0}
    weights = RunWeights(places, np.array([2.0, 3.0]))
    assert weights == {("a", "b"): 3.0, ("b", "c"): 2.0}
    assert weights == RunWeights(places, np.array([2.0, 3.0]))
    assert weights != RunWeights(places, np.array([2.0, 4.0]))
    assert weights.get(("c", "d"), 7.0) == 7.0


def test_weights_given_by_array_and_by_name_are_drawn_in_the_same_order(
    make_hand: MakeHand,
) -> None:
    hand = make_hand(crowd())
    ends = [connection.ends for connection in hand.project.network.connections]
    theta = np.random.default_rng(3).normal(size=len(ends))
    hand.scene.set_parameters(dict(zip(ends, theta.tolist(), strict=True)))
    by_name = drawn(hand)
    hand.scene.set_parameters(RunWeights({e: n for n, e in enumerate(ends)}, theta))
    assert abs(drawn(hand) - by_name).max() == 0


def test_of_a_crowd_the_strongest_of_each_unit_are_drawn_and_what_is_selected() -> None:
    rng = np.random.default_rng(1)
    strength = np.concatenate([rng.uniform(0, 0.1, 9000), rng.uniform(1, 9, 1000)])
    target = np.repeat(np.arange(100), 100)
    drawn = strongest(strength, target, 2000)
    assert drawn.sum() == 2000
    for unit in range(100):
        own, kept = strength[target == unit], drawn[target == unit]
        assert kept.sum() == 20
        assert own[kept].min() > own[~kept].max()
    assert strongest(strength[:3], np.array([0, 1, 2]), 1).all()


def test_a_selection_that_changes_what_is_told_is_drawn_once(make_hand: MakeHand) -> None:
    hand = make_hand(crowd(30))
    decor, scene = hand.scene._decor, hand.scene
    before = decor.refreshed
    scene.select(["h1"])
    assert decor.refreshed == before + 1
    scene.selection_changed.connect(lambda: scene.set_marks(Marks(unit="h2")))
    scene.select(["h2"])
    assert decor.refreshed == before + 2
