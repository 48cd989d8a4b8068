"""When training ends before its last epoch: at a loss, or when it no longer gets better.

What a document asks for is `project.Stop`; who trains asks here after every epoch.
"""

import math

from chainstep.project import Stop


class Stopping:
    """Watches the losses of one training.

    reached: whether the wanted loss was met.
    """

    def __init__(self, stop: Stop | None, until: float | None = None) -> None:
        """until: a wanted loss instead of the one in `stop`."""
        self._patience = None if stop is None else stop.patience
        self.wanted = until if until is not None or stop is None else stop.loss
        self.reached = False
        self.over = False
        self._best = math.inf
        self._epochs_since = 0

    @property
    def patient(self) -> bool:
        """Whether a loss that no longer gets better ends it."""
        return self._patience is not None

    def after(self, loss: float, validation: float | None = None) -> bool:
        """Tell after an epoch whether to stop.

        loss: of the epoch, as met before each update. validation: on the rows held back, where
        there are any; patience then waits for a better one of these.
        """
        self.reached = self.wanted is not None and loss <= self.wanted
        watched = loss if validation is None else validation
        better = watched < self._best
        self._epochs_since = 0 if better else self._epochs_since + 1
        self._best = min(self._best, watched)
        impatient = self._patience is not None and self._epochs_since >= self._patience
        self.over = self.reached or impatient
        return self.over
