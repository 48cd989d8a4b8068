"""A Jupyter notebook out: forward, loss, backward and gradient of a net, step by step.

The lines of arithmetic are made in `backward`; a large layered net is written as matrices
here. The last cell compares every derivative with Chainstep's.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from chainstep.engine.readiness import why_not_train
from chainstep.engine.trainer import Trainer
from chainstep.errors import NotRunnable
from chainstep.files.programs.backward import (
    Symbols,
    delta_lines,
    gradient_lines,
    loss_formula,
    output_share,
    weight_lines,
)
from chainstep.files.programs.common import Program, matrix, number, title, vector
from chainstep.files.programs.numpy_script import HELPERS, LANGUAGE
from chainstep.files.programs.slopes import SLOPES
from chainstep.network.model import GROUP_ACTIVATIONS, Unit
from chainstep.project import Project

#: A layered net with more connections is written as matrices.
_BY_UNIT: Final = 60
_MOST_EXAMPLES: Final = 50

_FORWARD: Final = (
    "## Forward\n\nEvery unit takes the weighted sum $a_j = b_j + \\sum_i w_{ji} z_i$ of the units "
    "that feed it and hands on $z_j = h(a_j)$. Each name below holds one number for every example."
)
_BACKWARD: Final = (
    "## Backward\n\nFor each unit $\\delta_j = \\partial E / \\partial a_j$. An output has its own "
    "share from the loss; any other unit gets one term from each unit $k$ it feeds:\n\n"
    "$$\\delta_j = h'(a_j) \\sum_k w_{kj} \\delta_k$$"
)
_GRADIENT: Final = (
    "## Gradient\n\nThe derivative with respect to a weight is the delta at its end times the "
    "value at its start, $\\partial E / \\partial w_{ji} = \\delta_j z_i$, and for a bias just "
    "$\\delta_j$; over the examples they are "
)
_CHECK: Final = (
    "## Check\n\nThe same derivatives as Chainstep computed them. Change a weight above, run all "
    "cells again, and this cell will complain."
)


def write_notebook(project: Project) -> bytes:
    """Return a notebook that walks through a forward and a backward pass. Raises NotRunnable."""
    if reason := why_not_train(project):
        raise NotRunnable(reason)
    if len(project.data.training_rows) > _MOST_EXAMPLES:
        project = _shortened(project)
    program = Program(project)
    large = len(project.network.connections) > _BY_UNIT
    cells = _matrix_cells(program) if program.layers and large else _unit_cells(program)
    notebook = {
        "cells": [_cell(kind, text, n) for n, (kind, text) in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode()


def _shortened(project: Project) -> Project:
    """Return the project with the first examples only."""
    rows = project.data.training_rows[:_MOST_EXAMPLES]
    return project.with_data(
        inputs=tuple(project.data.inputs[n] for n in rows),
        targets=tuple(project.data.targets[n] for n in rows) if project.data.targets else (),
        validation=(),
    )


def _cell(kind: str, text: str, number: int) -> dict[str, Any]:
    lines = text.strip("\n").split("\n")
    source = [f"{line}\n" for line in lines[:-1]] + lines[-1:]
    cell: dict[str, Any] = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return {**cell, "source": source}


Cells = list[tuple[str, str]]


def _head(program: Program) -> Cells:
    text = (
        f"# {title(program)}\n\nA neural network drawn in Chainstep: one pass forward, the loss, "
        "one pass backward, and the gradient. Run the cells from top to bottom."
    )
    slopes = {name: SLOPES[name] for name in program.activations() if name in SLOPES}
    used = [other for helper in slopes.values() for other in helper.uses]
    if program.project.loss.name == "cross_entropy":
        used.append("softmax")
    imports = "import math\n\nimport numpy as np"
    helpers = program.helpers(HELPERS, used)
    primes = "\n\n\n".join(helper.text for helper in slopes.values())
    code = "\n\n\n".join(part for part in (imports, helpers, primes) if part)
    return [("markdown", text), ("code", code)]


def _data(program: Program) -> str:
    data = program.project.data
    rows = data.training_rows
    targets = (
        f"np.array({matrix([data.targets[n] for n in rows])})"
        if data.targets
        else f"np.zeros((N, {len(program.outputs)}))  # no targets: E is the output itself"
    )
    inputs = f"X = np.array({matrix([data.inputs[n] for n in rows])})\nN = len(X)"
    return f"{inputs}\nT = {targets}"


def _loss(program: Program) -> str:
    mean = program.project.training.reduction == "mean"
    reduced = "mean" if mean else "sum"
    return f'{loss_formula(program.project.loss)}\nprint("loss:", E.{reduced}())'


def _unit_cells(program: Program) -> Cells:
    symbols = Symbols(program)
    needed = {unit.id: unit for unit in program.needed if not unit.is_input}
    inputs, outputs = (
        [symbols.z[u.id] for u in units] for units in (program.inputs, program.outputs)
    )
    forward = [f"{', '.join(inputs)}{',' if len(inputs) == 1 else ''} = X.T"]
    for unit in needed.values():
        forward += symbols.forward(unit)
    forward.append(f"A = np.column_stack([{', '.join(f'a_{name}' for name in outputs)}])")
    if program.group:
        forward.append(f"Z = {program.group}(A)")
    else:
        forward.append(f"Z = np.column_stack([{', '.join(outputs)}])")
    forward.append("Z")
    targets = ", ".join(f"t_{name}" for name in outputs) + ("," if len(outputs) == 1 else "")
    mean = program.project.training.reduction == "mean"
    backward = [f"{targets} = T.T", *delta_lines(symbols, needed)]
    gradient = [*gradient_lines(symbols, needed, mean), "dE_dw, dE_db"]
    weights = weight_lines(symbols, needed) or ["# no weights"]
    return _cells(program, "", weights, forward, backward, gradient, _unit_check(symbols, needed))


def _cells(
    program: Program,
    about: str,
    weights: Sequence[str],
    forward: Sequence[str],
    backward: Sequence[str],
    gradient: Sequence[str],
    check: str,
) -> Cells:
    """Return the cells of a notebook from the lines of its parts. about: the weights."""
    reduced = "averaged" if program.project.training.reduction == "mean" else "summed"
    return [
        *_head(program),
        ("markdown", f"## The examples and the weights{about}"),
        ("code", _data(program)),
        ("code", "\n".join(weights)),
        ("markdown", _FORWARD),
        ("code", "\n".join(forward)),
        ("markdown", f"## Loss\n\n{program.project.loss.name} of each example."),
        ("code", _loss(program)),
        ("markdown", _BACKWARD),
        ("code", "\n".join(backward)),
        ("markdown", f"{_GRADIENT}{reduced}."),
        ("code", "\n".join(gradient)),
        ("markdown", _CHECK),
        ("code", check),
    ]


def _gradient(project: Project) -> Project:
    """Return the project with every weight and bias replaced by its derivative."""
    trainer = Trainer(project)
    return trainer.plan.project_with(project, trainer.gradient_at(trainer.theta))


def _unit_check(symbols: Symbols, needed: Mapping[str, Unit]) -> str:
    network = _gradient(symbols.program.project).network
    lines = ["chainstep = {"]
    for unit_id in needed:
        lines += [
            f"    {symbols.w[c.ends]!r}: {number(c.weight)}," for c in network.incoming[unit_id]
        ]
        bias = network.by_id[unit_id].bias
        if bias is not None:
            lines.append(f"    {f'b_{symbols.z[unit_id]}'!r}: {number(bias)},")
    return "\n".join(
        [
            *lines,
            "}",
            "for name, found in {**dE_dw, **dE_db}.items():",
            "    expected = chainstep[name]",
            '    print(f"{name:>20} {found: .12f}   Chainstep: {expected: .12f}")',
            "    assert abs(found - expected) < 1e-9 * max(1.0, abs(expected))",
        ]
    )


# --- matrices -----------------------------------------------------------------------------------


def _matrix_cells(program: Program) -> Cells:
    assert program.layers is not None
    weights, forward, backward, gradient = [], ["Z0 = X"], [], []
    last = len(program.layers)
    over = "N" if program.project.training.reduction == "mean" else "1"
    for n, layer in enumerate(program.layers, 1):
        weights.append(f"W{n} = np.array({matrix(layer.weights)})")
        bias = f" + b{n}" if layer.biases is not None else ""
        if layer.biases is not None:
            weights.append(f"b{n} = np.array({vector(layer.biases)})")
        forward.append(f"A{n} = Z{n - 1} @ W{n}.T{bias}")
        grouped = layer.activation in GROUP_ACTIVATIONS
        call = program.call(layer.units[0], f"A{n}", LANGUAGE)
        forward.append(f"Z{n} = {f'{program.group}(A{n})' if grouped else call}")
        gradient.append(f"dW{n} = delta{n}.T @ Z{n - 1} / {over}")
        if layer.biases is not None:
            gradient.append(f"db{n} = delta{n}.sum(axis=0) / {over}")
    forward += [f"A, Z = A{last}, Z{last}", "Z"]
    backward.append(_last_delta(program, last))
    for n in range(last - 1, 0, -1):
        slope = _matrix_slope(program.layers[n - 1].units[0], f"A{n}")
        backward.append(f"delta{n} = {slope}(delta{n + 1} @ W{n + 1})")
    about = "\n\nA row of W for each unit."
    return _cells(program, about, weights, forward, backward, gradient, _matrix_check(program))


def _matrix_slope(unit: Unit, a: str) -> str:
    if unit.activation == "identity":
        return ""
    params = "".join(f", {number(value)}" for value in unit.all_params().values())
    return f"{unit.activation}_prime({a}{params}) * "


def _last_delta(program: Program, last: int) -> str:
    loss = program.project.loss
    if loss.name == "binary_cross_entropy":
        return f"delta{last} = Z - T"
    if loss.name == "cross_entropy":
        return f"delta{last} = softmax(A) * T.sum(axis=1, keepdims=True) - T"
    share = output_share(loss, "Z", "T", len(program.outputs))
    if program.group == "softmax":
        return f"G = {share}\ndelta{last} = Z * (G - (Z * G).sum(axis=1, keepdims=True))"
    if program.group:
        return f"G = {share}\ndelta{last} = G - np.exp(Z) * G.sum(axis=1, keepdims=True)"
    return f"delta{last} = {_matrix_slope(program.outputs[0], 'A')}{share}"


def _matrix_check(program: Program) -> str:
    found = Program(_gradient(program.project)).layers
    assert found is not None
    lines = []
    for n, layer in enumerate(found, 1):
        lines.append(f"assert np.allclose(dW{n}, {matrix(layer.weights)}, rtol=1e-9, atol=1e-12)")
        if layer.biases is not None:
            lines.append(
                f"assert np.allclose(db{n}, {vector(layer.biases)}, rtol=1e-9, atol=1e-12)"
            )
    return "\n".join([*lines, 'print("every derivative agrees with Chainstep")'])
