"""Room for labels: what is in the way is found by where it is, and all of it."""

import random

from PySide6.QtCore import QRectF

from chainstep.app.canvas.placement import Boxes, Discs, Room
from tests.work import Work


def scattered(count: int, seed: int = 0) -> list[QRectF]:
    chance = random.Random(seed)
    side = 200.0 * count**0.5
    return [
        QRectF(chance.uniform(-side, side), chance.uniform(-side, side), 900 * chance.random(), 20)
        for _ in range(count)
    ]


def test_every_label_that_a_rectangle_would_cover_is_counted_once() -> None:
    placed, boxes = scattered(300), Boxes()
    for box in placed:
        boxes.add(box)
    counts = [boxes.under(rect) for rect in scattered(300, 1)]
    assert counts == [sum(b.intersects(rect) for b in placed) for rect in scattered(300, 1)]
    assert max(counts) > 1


def test_the_work_of_placing_labels_grows_with_their_number_only() -> None:
    calls = []
    for count in (250, 1000):
        room = Room(Discs(), (), 30.0)
        with Work() as work:
            for rect in scattered(count):
                room.place([rect], 0.0)
        calls.append(work.calls)
    assert calls[1] < 5 * calls[0]
