"""What a drawing still lacks before it can run: one sentence, or None.

A half-drawn net is a document: it loads and saves. The errors of a file are in `files.document`.
"""

from chainstep.engine.losses import LOSSES
from chainstep.network.model import GROUP_ACTIVATIONS
from chainstep.project import Project
from chainstep.words import counted


def why_not_forward(project: Project) -> str | None:
    """Say why the net cannot compute its outputs, or None."""
    network = project.network
    if not network.inputs:
        return "Not yet runnable: the net has no input."
    if not network.outputs:
        return "Not yet runnable: the net has no output."
    return _why_not_group(project)


def why_not_example(project: Project) -> str | None:
    """Say why the net cannot run over its data, or None."""
    inputs = project.data.inputs
    if (reason := why_not_forward(project)) is not None:
        return reason
    if not inputs:
        return "Not yet runnable: the data have no rows."
    return _why_not_width(inputs, len(project.network.inputs), "input")


def why_not_backward(project: Project) -> str | None:
    """Say why no error can be carried back, or None where the forward pass alone decides."""
    data, outputs = project.data, project.network.outputs
    loss = LOSSES[project.loss.name]
    for unit in project.network.units:
        if unit.activation == "step" and (unit.is_output or project.network.outgoing[unit.id]):
            return (
                f"The backward pass stops at {unit.id}: a step has no derivative that could carry "
                "an error; choose logistic or another activation."
            )
    wrong = next((u for u in outputs if loss.outputs and u.activation not in loss.outputs), None)
    if wrong is not None:
        fitting = " or ".join(sorted(loss.outputs, reverse=True))
        return f"{project.loss.name} needs {fitting} outputs, but {wrong.id} is {wrong.activation}."
    if not loss.needs_targets:
        return None
    if len(data.targets) != len(data.inputs):
        return (
            "There are no targets, so there is no error to carry back."
            if not data.targets
            else f"The data have {counted(len(data.inputs), 'row')} of inputs "
            f"but {counted(len(data.targets), 'row')} of targets; each row takes both."
        )
    return _why_not_width(data.targets, len(outputs), "target", "output")


def why_not_train(project: Project) -> str | None:
    """Say why the net cannot be trained, or None."""
    reason = why_not_example(project) or why_not_backward(project) or _why_not_settings(project)
    if reason is None and not project.data.trains:
        return "Not yet runnable: every row is held back for validation, none is left to train on."
    return reason


def _why_not_settings(project: Project) -> str | None:
    training = project.training
    if training.batch_size is not None and training.batch_size < 1:
        return f"A batch of {training.batch_size} rows is none; it takes at least 1."
    if training.seed < 0:
        return f"The seed {training.seed} is negative; choose 0 or more."
    return None


def _why_not_group(project: Project) -> str | None:
    network = project.network
    for unit in network.units:
        if unit.activation not in GROUP_ACTIVATIONS:
            continue
        if not unit.is_output:
            return f"{unit.id} is {unit.activation}, which only outputs can be."
        other = next((u for u in network.outputs if u.activation != unit.activation), None)
        if other is not None:
            return (
                f"{unit.activation} couples all outputs, but {other.id} is {other.activation}: "
                f"give all outputs the same of the two."
            )
        if network.outgoing[unit.id]:
            fed = network.outgoing[unit.id][0].target
            return f"{unit.id} is {unit.activation} and feeds {fed}: such an output feeds nothing."
    return None


def _why_not_width(
    rows: tuple[tuple[float, ...], ...], width: int, column: str, unit: str = "input"
) -> str | None:
    if set(map(len, rows)) <= {width}:
        return None
    for number, row in enumerate(rows, start=1):
        if len(row) != width:
            return (
                f"Not yet runnable: row {number} of the data has {counted(len(row), column)}, "
                f"but the net has {counted(width, unit)}."
            )
    return None
