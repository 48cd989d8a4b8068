"""What is noted from time to time along a run."""

from chainstep.stepping.watching.samples import Samples


def test_a_sample_of_the_same_epoch_replaces_the_old_one() -> None:
    samples = Samples()
    samples.note(3, [1.0])
    samples.note(3, [2.0])
    assert (samples.epochs, samples.rows) == ([3], [(2.0,)])


def test_going_back_drops_what_lies_ahead() -> None:
    samples = Samples()
    for epoch in range(10):
        samples.note(epoch, [float(epoch)])
    samples.cut(4)
    assert samples.epochs == [0, 1, 2, 3, 4]
    samples.note(2, [7.0])
    assert samples.column(0) == [0.0, 1.0, 7.0]


def test_memory_stays_constant_and_the_ends_are_kept() -> None:
    samples = Samples(most=16)
    for epoch in range(10_000):
        samples.note(epoch, [float(epoch)])
        assert len(samples) <= 16
        assert samples.epochs[-1] == epoch
    assert samples.epochs[0] == 0
    assert samples.column(0) == [float(epoch) for epoch in samples.epochs]
    assert samples.epochs == sorted(samples.epochs)
