"""The trainer: parameters, optimiser, epoch and batch; one batch is one update.

The cursor, stepping back and breakpoints are in `stepping.run`, which drives this. The document
is not touched: `plan.project_with(project, trainer.theta)` gives the project with the weights
reached.
"""

import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chainstep.engine.activations import Array
from chainstep.engine.blas import one_thread
from chainstep.engine.columns import shared_of
from chainstep.engine.engines import Engine, choose
from chainstep.engine.feed import Feed
from chainstep.engine.finite import what_broke
from chainstep.engine.metrics import accuracy, classifies
from chainstep.engine.optimizers import OptimizerState, remedy
from chainstep.engine.passes import Forward, backward, forward, gradient, shares
from chainstep.engine.plain_engine import PlainEngine
from chainstep.engine.plan import Indices, Plan, compile_plan
from chainstep.engine.readiness import why_not_example, why_not_train
from chainstep.engine.updates import is_plain
from chainstep.errors import NotRunnable, NumbersBroke
from chainstep.project import Project, Schedule, Training

#: Examples computed at once: as fast as the whole, and memory does not grow with the rows.
CHUNK = 1024


@dataclass(frozen=True)
class Snapshot:
    """Everything that a later batch depends on, at the start of a batch."""

    theta: Array
    optimizer: OptimizerState
    epoch: int
    batch: int
    met: float
    losses: int

    @property
    def nbytes(self) -> int:
        """Memory held, in bytes."""
        return self.theta.nbytes * (1 + len(self.optimizer.vectors)) + 300


@dataclass(frozen=True)
class Held:
    """How a net does on the rows held back; accuracy is None where there are no classes."""

    loss: float
    accuracy: float | None


class Trainer:
    """Goes through the training rows batch by batch.

    theta: the parameters now. epoch, batch: the batch that comes next, both from 0. batches: how
    many updates were made. columns: the examples as arrays. losses: one number an epoch, E as met
    before each update. refused:
    why there can be no update (no targets, say), or None; examples can still be looked at.
    """

    def __init__(self, project: Project) -> None:
        """Start at the project's weights. Raises NotRunnable where not even examples can run."""
        reason = why_not_example(project)
        if reason is not None:
            raise NotRunnable(reason)
        self.project = project
        self.refused = why_not_train(project)
        self.plan: Plan = compile_plan(project.network)
        rows = project.data.training_rows or range(len(project.data.inputs))
        self.rows: Indices = np.array(rows, dtype=np.intp)
        self.columns = shared_of(project)
        self._inputs, self._targets = self.columns.inputs, self.columns.targets
        self._theta: Array | None = self.plan.theta()
        self._engine: Engine | None = None
        self._feed = Feed(self._inputs, self._targets, self.rows)
        self.epoch = 0
        self.batch = 0
        self.batches = 0
        self.losses = array("d")
        self._met = 0.0
        self._order: tuple[int, Indices] | None = None

    @property
    def theta(self) -> Array:
        """The parameters now, flat as in the plan; another array after every update."""
        if self._theta is None:
            self._theta = self.engine.unload()[0]
        return self._theta

    @property
    def optimizer(self) -> OptimizerState:
        """A copy of the optimiser's memory, its vectors flat as in the plan."""
        memory = OptimizerState(self.plan.size)
        if self._engine is not None:
            theta, memory.vectors, memory.count = self._engine.unload()
            if self._theta is None:
                self._theta = theta
        return memory

    @property
    def engine(self) -> Engine:
        """What makes the updates: chosen once, by net, data and settings. Raises NotRunnable."""
        if self._engine is None:
            self._check()
            self.take(self._chosen())
        assert self._engine is not None
        return self._engine

    @property
    def ready(self) -> bool:
        """Whether the engine is there; the first update has to wait for it otherwise."""
        return self._engine is not None

    def made_engine(self) -> Engine:
        """Return an engine with all that its first update needs, for `take`.

        Nothing here is changed or read that an update changes, so that this can be called in a
        thread while the run is shown and goes on.
        """
        engine = self._chosen()
        engine.load(self.plan.theta(), {}, 0)
        engine.run(0, 0, 0, 0.0, None)  # brings in what is compiled or made with the first call
        return engine

    def take(self, engine: Engine) -> None:
        """Train with an engine that was made for the settings of now, unless there is one."""
        if self._engine is None:
            self._engine = engine
            engine.load(self.theta, {}, 0)

    def _chosen(self) -> Engine:
        project = self.project
        size = self.batch_size()
        return choose(self.plan, project.loss, project.training, self._feed, size)

    @property
    def training(self) -> Training:
        """The settings in force."""
        return self.project.training

    def retune(self, training: Training) -> None:
        """Take other numbers for the same optimiser, such as η, without starting anew."""
        engine, before = self._engine, self.training
        self.project = self.project.replace(training=training)
        if engine is not None and is_plain(before) != is_plain(training):
            self._engine = None
            self._theta, vectors, count = engine.unload()
            self.engine.load(self._theta, vectors, count)

    def adopt(self, project: Project) -> None:
        """Belong to a project that differs in parameter values and training numbers only."""
        self.project = project
        self.plan = self.plan.adopt(project.network)

    def batch_size(self) -> int:
        """Return the number of rows of a batch that is not the last."""
        size = self.training.batch_size
        return len(self.rows) if size is None else min(size, len(self.rows))

    def batches_an_epoch(self) -> int:
        """Return the number of updates in an epoch."""
        return math.ceil(len(self.rows) / self.batch_size())

    def batch_rows(self, epoch: int, batch: int) -> list[int]:
        """Return the data's row numbers of a batch, in order."""
        rows: list[int] = self.rows[self._picks(epoch, batch)].tolist()
        return rows

    def rate(self) -> float:
        """Return the learning rate of this epoch."""
        return self.training.learning_rate * _factor(self.training.schedule, self.epoch)

    def step_batch(self) -> None:
        """Make one update. Raises NumbersBroke at the last good weights, changing nothing."""
        self.advance(1)

    def advance(self, updates: int) -> None:
        """Make so many updates. Raises NumbersBroke at the last good weights.

        One call of many costs less than many of one, and ends at the same bits.
        """
        self._check()
        while updates > 0:
            an_epoch = self.batches_an_epoch()
            if self.batch == 0 and updates >= an_epoch:
                rounds = updates // an_epoch if self._is_steady() else 1
                self._make(0, an_epoch, rounds)
                updates -= rounds * an_epoch
            else:
                last = min(an_epoch, self.batch + updates)
                updates -= last - self.batch
                self._make(self.batch, last, 1)

    def train(self, epochs: int, stop: Callable[[], bool] | None = None) -> int:
        """Finish up to `epochs` epochs; return how many. stop: asked after every one."""
        done = 0
        while done < epochs:
            ahead = 1 if stop is not None or self.batch else epochs - done
            self.advance(ahead * self.batches_an_epoch() - self.batch)
            done += ahead
            if stop is not None and stop():
                break
        return done

    def gradient_at(self, theta: Array, rows: Indices | None = None) -> Array:
        """Return the gradient of E over rows of the data (default: the training rows), reduced."""
        self._check()
        chosen = self.rows if rows is None else rows
        with np.errstate(all="ignore"):
            g = self._gradient(theta, chosen)[1]
        return g / len(chosen) if self.training.reduction == "mean" else g

    def loss(self, rows: Indices | None = None) -> float:
        """Return E over rows of the data (default: the training rows) at the weights now."""
        self._check()
        chosen = self.rows if rows is None else rows
        with np.errstate(all="ignore"):
            total = sum(float(self._shares(part)[1].sum()) for part in chunks(chosen))
        return self._reduced(total, chosen)

    def _reduced(self, total: float, rows: Indices) -> float:
        return total / len(rows) if self.training.reduction == "mean" else total

    def held(self) -> Held | None:
        """Return loss and accuracy on the validation rows, None where there are none."""
        rows = np.array(self.project.data.validation, dtype=np.intp)
        return self.measure(rows) if len(rows) else None

    def measure(self, rows: Indices) -> Held:
        """Return loss and accuracy on rows of the data."""
        if not classifies(self.project):
            return Held(self.loss(rows), None)
        total, outputs = 0.0, []
        with np.errstate(all="ignore"):
            for part in chunks(rows):
                state, shares = self._shares(part)
                total += float(shares.sum())
                outputs.append(state.z[self.plan.outputs])
        z = np.concatenate(outputs, axis=1)
        return Held(self._reduced(total, rows), accuracy(self.project, z, self._targets[:, rows]))

    def examples(self, rows: Indices) -> tuple[Array, Array]:
        """Return inputs (inputs, N) and targets (K, N) of rows of the data."""
        return self._inputs[:, rows], self._targets[:, rows]

    def snapshot(self) -> Snapshot:
        """Return everything that the next batch depends on."""
        memory = self.optimizer  # unloads the parameters with it
        return Snapshot(self.theta, memory, self.epoch, self.batch, self._met, len(self.losses))

    def restore(self, snapshot: Snapshot, batches: int) -> None:
        """Go back to a snapshot that was taken after `batches` updates of this very run."""
        self._theta, memory = snapshot.theta, snapshot.optimizer
        if self._engine is not None:
            self._engine.load(snapshot.theta, memory.vectors, memory.count)
        self.epoch, self.batch, self.batches = snapshot.epoch, snapshot.batch, batches
        self._met = snapshot.met
        del self.losses[snapshot.losses :]

    def _check(self) -> None:
        if self.refused is not None:
            raise NotRunnable(self.refused)

    def _picks(self, epoch: int, batch: int) -> Indices:
        size = self.batch_size()
        return self._epoch_order(epoch)[batch * size : (batch + 1) * size]

    def _epoch_order(self, epoch: int) -> Indices:
        if self.training.order == "fixed":
            epoch = 0
        if self._order is None or self._order[0] != epoch:
            if self.training.order == "fixed":
                order = np.arange(len(self.rows))
            else:
                seed = [self.training.seed, epoch]
                order = np.random.default_rng(seed).permutation(len(self.rows))
            self._order = epoch, order
        return self._order[1]

    def _shares(self, rows: Indices, theta: Array | None = None) -> tuple[Forward, Array]:
        used = self.theta if theta is None else theta
        state = forward(self.plan, used, self._inputs[:, rows])
        return state, shares(self.plan, self.project.loss, state, self._targets[:, rows])

    def _gradient(self, theta: Array, rows: Indices) -> tuple[float, Array]:
        """Return Σ_n E_n and Σ_n ∂E_n/∂θ over rows of the data."""
        error, g = 0.0, np.zeros(self.plan.size)
        for part in chunks(rows):
            state, share = self._shares(part, theta)
            back = backward(self.plan, theta, self.project.loss, state, self._targets[:, part])
            error += float(share.sum())
            g += gradient(self.plan, theta, state.z, back.delta)
        return error, g

    def _is_steady(self) -> bool:
        """Whether one epoch goes as the other: the same order, the same η."""
        schedule = self.training.schedule
        steady = schedule is None or schedule.name == "constant"
        return steady and self.training.order == "fixed"

    def _make(self, first: int, last: int, rounds: int) -> None:
        """Make the updates of batches first:last of this epoch, and of as many epochs as rounds.

        Whether all numbers are finite is asked once, at the end; where they are not, everything
        is taken back and made again batch by batch, up to the one where it happens.
        """
        engine = self.engine
        engine.tune(self.training, self.rate())
        order = None if self.training.order == "fixed" else self._epoch_order(self.epoch)
        kept = engine.keep()
        with np.errstate(all="ignore"), one_thread():
            try:
                sums = np.array(engine.run(first, last, rounds, self._met, order))
            except (ArithmeticError, ValueError):  # what Python's `math` says instead of inf
                sums = np.empty(0)
        if len(sums) and np.isfinite(sums).all() and engine.finite:
            self._count(last, rounds, sums)
            return
        engine.take_back(kept)
        if (last - first) * rounds > 1:
            for _ in range((last - first) * rounds):
                self._make(self.batch, self.batch + 1, 1)
        else:
            self._make_plainly(first, order)

    def _make_plainly(self, batch: int, order: Indices | None) -> None:
        """Make one update by the plain path. Raises NumbersBroke where that breaks too."""
        engine, training = self.engine, self.training
        plain = PlainEngine(
            self.plan, self.project.loss, training, self._feed, self.batch_size(), CHUNK
        )
        plain.load(*engine.unload())
        plain.tune(training, self.rate())
        with np.errstate(all="ignore"):
            error = plain.run(batch, batch + 1, 1, 0.0, order)[0]
        if not (math.isfinite(error) and plain.finite):
            raise NumbersBroke(self._what_broke(self.rows[self._picks(self.epoch, batch)]))
        engine.load(*plain.unload())
        self._count(batch + 1, 1, np.array([self._met + error / engine.factor]))

    def _count(self, last: int, rounds: int, sums: Array) -> None:
        """Stand behind batch `last` after so many rounds; sums: the errors of each."""
        self._theta = None
        an_epoch = self.batches_an_epoch()
        self.batches += last - self.batch + (rounds - 1) * an_epoch
        if last < an_epoch:
            self.batch, self._met = last, float(sums[-1])
            return
        rows = len(self.rows) if self.training.reduction == "mean" else 1
        factor = self.engine.factor
        self.losses.frombytes((factor * sums / rows).tobytes())
        self._met, self.batch, self.epoch = 0.0, 0, self.epoch + rounds

    def _what_broke(self, rows: Indices) -> str:
        """Name the first unit and example whose value is not finite, or the update."""
        where = f"in epoch {self.epoch + 1}; training stopped at the last good weights"
        for row in rows.tolist():
            with np.errstate(all="ignore"):
                state, share = self._shares(np.array([row]))
                targets = self._targets[:, [row]]
                back = backward(self.plan, self.theta, self.project.loss, state, targets)
            broken = what_broke(self.plan, state, back, share)
            if broken:
                return f"{broken} is no longer finite at example {row + 1} {where}."
        return f"The update made a weight that is not finite {where}; {remedy(self.training)}."


def chunks(rows: Indices) -> list[Indices]:
    """Cut row numbers into parts that are computed at once."""
    return [rows[n : n + CHUNK] for n in range(0, len(rows), CHUNK)]


def _factor(schedule: Schedule | None, epoch: int) -> float:
    """What the schedule multiplies η with in an epoch, from 0."""
    if schedule is None or schedule.name == "constant":
        return 1.0
    if schedule.name == "step":
        return float(schedule.factor ** (epoch // schedule.period))
    if schedule.name == "cosine":
        return 0.5 * (1.0 + math.cos(math.pi * min(epoch / schedule.period, 1.0)))
    return 1.0 / (1.0 + epoch / schedule.period)
