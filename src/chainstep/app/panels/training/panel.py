"""The training panel: loss, optimiser, batches, and the weights to start from.

It shows what a moment says and asks for changes; whether a change restarts the run is for the
window to decide. The words are in `words`, what an edit does in `changes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from chainstep.app.look import icons, theme
from chainstep.app.panels import changes
from chainstep.app.panels.choice import Choice
from chainstep.app.panels.fields import Field, NumberField, Tick
from chainstep.app.panels.rows import Column, Heading, Row, plain_label, plain_tip, set_role
from chainstep.app.panels.training import words
from chainstep.app.panels.training.course import TrainingCourse
from chainstep.project import Training

if TYPE_CHECKING:
    from chainstep.app.moment import Moment

DEFAULT_INITIALIZER: Final = "xavier"


class TrainingPanel(Column):
    """All settings of the training.

    Signals: edited(str, object): text for undo, and a function from Project to Project.
    randomise_asked(str, int): new weights by this initializer and seed. reset_asked(): back to
    the weights that the run began with.
    """

    edited = Signal(str, object)
    randomise_asked = Signal(str, int)
    reset_asked = Signal()

    def __init__(self) -> None:
        super().__init__(spacing=6)
        self._moment: Moment | None = None
        self._typed = False
        self._make_step()
        self._make_batches()
        self._make_start()
        self.column.addStretch(1)
        self._connect()
        theme.changed.connect(self._theme_changed)

    @property
    def initializer(self) -> str:
        """The initializer chosen."""
        return self.start.value or DEFAULT_INITIALIZER

    def show_moment(self, moment: Moment) -> None:
        """Show the settings of a moment."""
        self._moment = moment
        project, training = moment.project, moment.project.training
        self.refusal.setText(moment.refusal or "")
        self.refusal.setVisible(bool(moment.refusal))
        self.loss.set_value(project.loss.name)
        self.delta.set_value(project.loss.delta, moment.digits)
        self.rows["delta"].setVisible(project.loss.name == "huber")
        self._show_optimizer(training, moment.digits)
        self._show_batches(training, len(project.data.training_rows), moment.digits)
        self.start.set_value(training.initializer or DEFAULT_INITIALIZER)
        self.start_note.setText(words.INITIALIZER_NOTES[self.initializer])
        self.seed.set_value(training.seed)

    def randomise(self) -> None:
        """Ask for new weights: with the seed that was typed, else with the next one."""
        self.seed.finish()
        if self.seed.invalid:
            return
        seed = int(self.seed.value or 0) + (0 if self._typed else 1)
        self._typed = False
        self.randomise_asked.emit(self.initializer, seed)

    def finish(self) -> None:
        """Take what is being typed, as when the user clicks elsewhere."""
        for field in self.findChildren(Field):
            if field.typing:
                field.finish()

    def _make_step(self) -> None:
        self.refusal = plain_label("", "danger", wraps=True)
        self.rate = NumberField(words.LEARNING_RATE_TIP, trimmed=True)
        self.optimizer = Choice(words.OPTIMIZERS, "How a gradient becomes a step")
        self.numbers = {
            name: NumberField(
                tip, trimmed=True, least=words.LEAST.get(name), below=words.BELOW.get(name)
            )
            for name, (_, tip) in words.NUMBERS.items()
        }
        self.loss = Choice(words.LOSSES, "The error of one example, summed over the outputs")
        self.delta = NumberField(words.DELTA_TIP, trimmed=True)
        self.rows = {
            name: Row(words.NUMBERS[name][0], field) for name, field in self.numbers.items()
        }
        self.rows["delta"] = Row("delta", self.delta)
        rate = Row("learning rate η", self.rate)
        set_role(rate.label, "heading")
        penalties = ("weight_decay", "l1")
        self.put(Heading("Error and step"), self.refusal, rate, Row("optimiser", self.optimizer))
        self.put(*(self.rows[name] for name in self.numbers if name not in penalties))
        self.put(Row("loss E", self.loss), self.rows["delta"])
        self.put(*(self.rows[name] for name in penalties))

    def _make_batches(self) -> None:
        self.batch = NumberField(words.BATCH_TIP, whole=True, least=1)
        self.all_rows = Tick("all rows", words.ALL_ROWS_TIP)
        self.order = Choice(words.ORDERS, "The order of the rows in an epoch")
        self.reduction = Choice(words.REDUCTIONS, "How the gradients of a batch become one")
        self.epochs = NumberField(words.EPOCHS_TIP, whole=True, least=1)
        self.course = TrainingCourse()
        self.biases = Tick("train the biases too", words.BIASES_TIP)
        self.put_line()
        self.put(
            Heading("Epochs"),
            Row("stop after", self.epochs, plain_label("epochs", "muted")),
            Row("batch size", self.batch, self.all_rows),
            Row("order", self.order),
            Row("gradient", self.reduction),
            Row("", self.biases),
            self.course,
        )

    def _make_start(self) -> None:
        self.start = Choice(words.INITIALIZERS, "How new random weights are drawn")
        self.start_note = plain_label("", "muted", wraps=True)
        self.seed = NumberField(words.SEED_TIP, whole=True, least=0)
        self.dice = QPushButton("New random weights")
        self.dice.setToolTip(plain_tip(words.DICE_TIP))
        icons.set_icon(self.dice, "dice")
        self.reset = QPushButton("Reset to start weights")
        self.reset.setToolTip(plain_tip(words.RESET_TIP))
        icons.set_icon(self.reset, "reset-weights")
        self.put_line()
        self.put(
            Heading("Start weights"),
            Row("draw by", self.start),
            self.start_note,
            Row("seed", self.seed),
            self.dice,
            self.reset,
        )

    def _connect(self) -> None:
        self.loss.chosen.connect(self._choose_loss)
        self.delta.committed.connect(self._commit_delta)
        self.optimizer.chosen.connect(self._choose_optimizer)
        self.rate.committed.connect(self._commit_rate)
        self.numbers["momentum"].committed.connect(self._commit_momentum)
        self.numbers["rho"].committed.connect(self._commit_rho)
        self.numbers["beta1"].committed.connect(self._commit_beta1)
        self.numbers["beta2"].committed.connect(self._commit_beta2)
        self.numbers["epsilon"].committed.connect(self._commit_epsilon)
        self.numbers["weight_decay"].committed.connect(self._commit_weight_decay)
        self.numbers["l1"].committed.connect(self._commit_l1)
        self.batch.committed.connect(self._commit_batch)
        self.all_rows.ticked.connect(self._toggle_all_rows)
        self.order.chosen.connect(self._choose_order)
        self.reduction.chosen.connect(self._choose_reduction)
        self.seed.committed.connect(self._commit_seed)
        self.epochs.committed.connect(self._commit_epochs)
        self.biases.ticked.connect(self._toggle_biases)
        self.course.edited.connect(self.edited)
        self.start.chosen.connect(self._choose_initializer)
        self.dice.clicked.connect(self.randomise)
        self.reset.clicked.connect(self.reset_asked)

    # What is shown

    def _show_optimizer(self, training: Training, digits: int) -> None:
        self.optimizer.set_value(training.optimizer)
        self.rate.set_value(training.learning_rate, digits)
        shown = words.FIELDS[training.optimizer]
        for name, field in self.numbers.items():
            self.rows[name].setVisible(name in shown)
            field.set_value(getattr(training, name), digits)

    def _show_batches(self, training: Training, rows: int, digits: int) -> None:
        whole = training.batch_size is None
        self.batch.setPlaceholderText(f"{rows}" if whole else "")
        self.batch.set_value(training.batch_size)
        self.all_rows.set_value(whole)
        self.order.set_value(training.order)
        self.reduction.set_value(training.reduction)
        self.epochs.set_value(training.epochs)
        self.biases.set_value(training.train_biases)
        self.course.show_training(training, digits)

    # What is asked for

    def _ask(self, text: str, **values: object) -> None:
        self.edited.emit(*changes.set_training(text, **values))

    def _choose_loss(self, name: str) -> None:
        self.edited.emit(*changes.set_loss(name))

    def _commit_delta(self, value: float) -> None:
        self.edited.emit(*changes.set_huber_delta(value))

    def _choose_optimizer(self, name: str) -> None:
        self._ask(f"Set optimiser to {name}", optimizer=name)

    def _commit_rate(self, value: float) -> None:
        self._ask("Set learning rate", learning_rate=value)

    def _commit_momentum(self, value: float) -> None:
        self._ask("Set momentum", momentum=value)

    def _commit_rho(self, value: float) -> None:
        self._ask("Set rho", rho=value)

    def _commit_beta1(self, value: float) -> None:
        self._ask("Set beta1", beta1=value)

    def _commit_beta2(self, value: float) -> None:
        self._ask("Set beta2", beta2=value)

    def _commit_epsilon(self, value: float) -> None:
        self._ask("Set epsilon", epsilon=value)

    def _commit_weight_decay(self, value: float) -> None:
        self._ask("Set weight decay", weight_decay=value)

    def _commit_l1(self, value: float) -> None:
        self._ask("Set L1 penalty", l1=value)

    def _commit_batch(self, value: float) -> None:
        self._ask("Set batch size", batch_size=int(value))

    def _toggle_all_rows(self, whole: bool) -> None:
        self.batch.forget()
        self._ask("Set batch size", batch_size=None if whole else 1)

    def _choose_order(self, order: str) -> None:
        self._ask("Set order of the rows", order=order)

    def _choose_reduction(self, reduction: str) -> None:
        self._ask("Set reduction", reduction=reduction)

    def _commit_seed(self, value: float) -> None:
        """Only note the seed: clicking elsewhere must not throw the weights away."""
        self._typed = True
        self._ask("Set seed", seed=int(value))

    def _commit_epochs(self, value: float) -> None:
        self._ask("Set epochs", epochs=int(value))

    def _toggle_biases(self, trained: bool) -> None:
        self._ask("Train biases" if trained else "Do not train biases", train_biases=trained)

    def _choose_initializer(self, name: str) -> None:
        self._ask("Set initializer", initializer=name)

    def _theme_changed(self) -> None:
        icons.retint(self)
