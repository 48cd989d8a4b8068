"""How a training goes on and ends: the learning rate's schedule and the stop conditions.

A part of the training panel; the arithmetic is in `engine.trainer` and `engine.stopping`.
"""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Signal

from chainstep.app.panels import changes
from chainstep.app.panels.choice import Choice
from chainstep.app.panels.fields import NumberField
from chainstep.app.panels.rows import Column, Row, plain_label
from chainstep.app.panels.training import words
from chainstep.project import Schedule, Stop, Training


class OptionalNumber(NumberField):
    """A number that may be left out.

    Signals: cleared(): the user took the number away.
    """

    cleared = Signal()

    def _take(self, text: str) -> None:
        if text.strip() or self._value is None:
            super()._take(text)
            return
        self.setModified(False)
        self._value = None
        self.cleared.emit()


class TrainingCourse(Column):
    """Schedule, stop at a loss, and patience.

    Signals: edited(str, object): text for undo, and a function from Project to Project.
    """

    edited = Signal(str, object)

    def __init__(self) -> None:
        super().__init__(margin=0, spacing=6)
        self._training = Training()
        self.schedule = Choice(words.SCHEDULES, "How the learning rate falls with the epoch")
        self.period = NumberField(words.PERIOD_TIP, whole=True, least=1)
        self.factor = NumberField(words.FACTOR_TIP, trimmed=True)
        self.loss = OptionalNumber(words.STOP_LOSS_TIP, trimmed=True)
        self.patience = OptionalNumber(words.PATIENCE_TIP, whole=True, least=1)
        self.period_row = Row("period", self.period, plain_label("epochs", "muted"))
        self.factor_row = Row("factor", self.factor)
        for field in (self.loss, self.patience):
            field.setPlaceholderText("never")
        self.put(
            Row("schedule of η", self.schedule),
            self.period_row,
            self.factor_row,
            Row("stop at E ≤", self.loss),
            Row("patience", self.patience, plain_label("epochs", "muted")),
        )
        self._connect()

    def show_training(self, training: Training, digits: int) -> None:
        """Show the settings."""
        self._training = training
        schedule, stop = training.schedule or Schedule(), training.stop or Stop()
        self.schedule.set_value(schedule.name)
        self.period.set_value(schedule.period)
        self.factor.set_value(schedule.factor, digits)
        self.period_row.setVisible(schedule.name != "constant")
        self.factor_row.setVisible(schedule.name == "step")
        self.loss.set_value(stop.loss, digits)
        self.patience.set_value(stop.patience)

    def _connect(self) -> None:
        self.schedule.chosen.connect(self._choose)
        self.period.committed.connect(self._commit_period)
        self.factor.committed.connect(self._commit_factor)
        self.loss.committed.connect(self._commit_loss)
        self.loss.cleared.connect(self._clear_loss)
        self.patience.committed.connect(self._commit_patience)
        self.patience.cleared.connect(self._clear_patience)

    def _set_schedule(self, text: str, **values: object) -> None:
        now = self._training.schedule or Schedule()
        after = msgspec.structs.replace(now, **values)
        kept = None if after == Schedule() else after
        self.edited.emit(*changes.set_training(text, schedule=kept))

    def _set_stop(self, text: str, **values: object) -> None:
        after = msgspec.structs.replace(self._training.stop or Stop(), **values)
        kept = None if after == Stop() else after
        self.edited.emit(*changes.set_training(text, stop=kept))

    def _choose(self, name: str) -> None:
        self._set_schedule("Set schedule of the learning rate", name=name)

    def _commit_period(self, value: float) -> None:
        self._set_schedule("Set period of the schedule", period=int(value))

    def _commit_factor(self, value: float) -> None:
        self._set_schedule("Set factor of the schedule", factor=value)

    def _commit_loss(self, value: float) -> None:
        self._set_stop("Set stop at a loss", loss=value)

    def _clear_loss(self) -> None:
        self._set_stop("Do not stop at a loss", loss=None)

    def _commit_patience(self, value: float) -> None:
        self._set_stop("Set patience", patience=int(value))

    def _clear_patience(self) -> None:
        self._set_stop("Train without patience", patience=None)
