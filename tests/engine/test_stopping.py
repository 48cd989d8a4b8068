"""Training ends at a loss, or when it no longer gets better."""

from chainstep.engine.stopping import Stopping
from chainstep.project import Stop


def test_nothing_ends_training_where_nothing_is_asked_for() -> None:
    stopping = Stopping(None)
    assert not any(stopping.after(loss) for loss in (1.0, 0.0, 0.0, 0.0))


def test_training_ends_at_the_wanted_loss() -> None:
    stopping = Stopping(Stop(loss=0.5))
    assert [stopping.after(loss) for loss in (1.0, 0.6, 0.5)] == [False, False, True]
    assert stopping.reached


def test_a_loss_given_by_the_caller_counts_instead_of_the_documents() -> None:
    stopping = Stopping(Stop(loss=0.5), until=0.1)
    assert [stopping.after(loss) for loss in (0.4, 0.1)] == [False, True]


def test_patience_counts_the_epochs_since_the_best_one() -> None:
    stopping = Stopping(Stop(patience=2))
    losses = (1.0, 0.9, 0.95, 0.8, 0.8, 0.85)
    assert [stopping.after(loss) for loss in losses] == [False] * 5 + [True]
    assert not stopping.reached


def test_patience_watches_the_rows_held_back_where_there_are_any() -> None:
    stopping = Stopping(Stop(patience=1))
    assert not stopping.after(1.0, validation=0.5)
    assert stopping.after(0.9, validation=0.6)
