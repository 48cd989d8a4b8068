"""How well a net classifies: accuracy, decisions, and whether there are classes at all.

The confusion matrix that is counted from the decisions is in `stepping.maps`.
"""

import numpy as np
from numpy.typing import NDArray

from chainstep.engine.activations import Array
from chainstep.project import Project

Classes = NDArray[np.intp]


def classifies(project: Project) -> bool:
    """Tell whether the targets name classes: one-hot rows, or two values of a single output."""
    targets, alone = project.data.targets, len(project.network.outputs) == 1
    if project.loss.name == "cross_entropy":
        return True
    if alone:
        binary = project.loss.name == "binary_cross_entropy"
        return binary or len({row[0] for row in targets if row}) == 2
    return bool(targets) and all(
        sorted(row)[-2:] == [0.0, 1.0] and sum(row) == 1 for row in targets
    )


def accuracy(project: Project, z: Array, targets: Array) -> float:
    """Return the share of examples whose class is met. z, targets: (K, N). As `decisions`."""
    true, given = decisions(project, z, targets)
    return float(np.mean(true == given))


def decisions(project: Project, z: Array, targets: Array) -> tuple[Classes, Classes]:
    """Return the class of each example and the one the net gives it, (N,) each, from 0.

    Several outputs: the largest one names the class. One output: on which side of `middle` it
    lies. z, targets: (K, N).
    """
    if len(z) > 1:
        return targets.argmax(axis=0), z.argmax(axis=0)
    border = middle(project)
    return (targets[0] >= border).astype(np.intp), (z[0] >= border).astype(np.intp)


def middle(project: Project) -> float:
    """Return the middle between the two target values of one output.

    0.5 for targets 0 and 1, and for a probability, even where the examples are all of one class;
    and where there are none.
    """
    values = [row[0] for row in project.data.targets if row]
    if not values or project.loss.name == "binary_cross_entropy":
        return 0.5
    return 0.5 * (min(values) + max(values))
