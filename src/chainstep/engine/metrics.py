"""How well a net classifies: accuracy, and whether there are classes at all."""

import numpy as np

from chainstep.engine.activations import Array
from chainstep.project import Project


def classifies(project: Project) -> bool:
    """Tell whether the targets name classes: one-hot rows, or two values of a single output."""
    targets, alone = project.data.targets, len(project.network.outputs) == 1
    if project.loss.name == "cross_entropy":
        return True
    if alone:
        binary = project.loss.name == "binary_cross_entropy"
        return binary or len({row[0] for row in targets}) == 2
    return bool(targets) and all(
        sorted(row)[-2:] == [0.0, 1.0] and sum(row) == 1 for row in targets
    )


def accuracy(project: Project, z: Array, targets: Array) -> float:
    """Return the share of examples whose class is met. z, targets: (K, N).

    Several outputs: the largest one names the class. One output: on which side of the middle
    between the two target values it lies (0.5 for targets 0 and 1, and for a probability).
    """
    if len(z) > 1:
        return float(np.mean(z.argmax(axis=0) == targets.argmax(axis=0)))
    values = [row[0] for row in project.data.targets]
    middle = 0.5 * (min(values) + max(values))
    if project.loss.name == "binary_cross_entropy":
        middle = 0.5  # even where the examples are all of one class
    return float(np.mean((z[0] >= middle) == (targets[0] >= middle)))
