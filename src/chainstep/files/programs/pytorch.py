"""PyTorch out: the net as a module, readable, in float64, with its weights.

A layered net is an nn.Sequential, any other one a line a unit. `state_dict` gives the names that
`arrays.state_dict` writes. The training loop around it is in `training`.
"""

from textwrap import indent as indented
from typing import Any, Final

from msgspec.structs import replace

from chainstep.files.layers import Layer
from chainstep.files.programs.common import Helper, Language, Program, matrix, number, title, vector
from chainstep.files.weights.arrays import state_dict
from chainstep.network.model import MAX, PRODUCT, SUM, Network, Unit
from chainstep.project import Project

HELPERS: Final = {
    "gelu_tanh": Helper("""
def gelu_tanh(a):
    return nn.functional.gelu(a, approximate="tanh")
"""),
    "leaky_relu": Helper("""
def leaky_relu(a, alpha):
    return torch.where(a > 0, a, alpha * a)
"""),
    "celu": Helper("""
def celu(a, alpha):
    return a.clamp(min=0) + alpha * torch.expm1((a / alpha).clamp(max=0))
"""),
    "elu": Helper("""
def elu(a, alpha):
    return torch.where(a > 0, a, alpha * torch.expm1(a.clamp(max=0)))
"""),
    "softplus": Helper("""
def softplus(a):
    return torch.logaddexp(a, torch.zeros_like(a))
"""),
    "mish": Helper(
        """
def mish(a):
    return a * torch.tanh(softplus(a))
""",
        ("softplus",),
    ),
    "hard_sigmoid": Helper("""
def hard_sigmoid(a, alpha, beta):
    return (alpha * a + beta).clamp(0, 1)
"""),
    "hard_swish": Helper("""
def hard_swish(a):
    return a * (a / 6 + 0.5).clamp(0, 1)
"""),
    "power": Helper("""
def power(a, exponent):
    return a**exponent
"""),
    "clip": Helper("""
def clip(a, low, high):
    return a.clamp(low, high)
"""),
    "gaussian": Helper("""
def gaussian(a):
    return torch.exp(-a * a)
"""),
    "step": Helper("""
def step(a):
    return (a > 0).to(a.dtype)
"""),
}

LANGUAGE: Final = Language(
    declare="",
    end="",
    remark="#",
    builtin={
        "logistic": "torch.sigmoid",
        "tanh": "torch.tanh",
        "relu": "torch.relu",
        "selu": "torch.selu",
        "gelu": "nn.functional.gelu",
        "silu": "nn.functional.silu",
        "softsign": "nn.functional.softsign",
        "sine": "torch.sin",
        "exp": "torch.exp",
        "reciprocal": "torch.reciprocal",
    },
    maximum=lambda terms: f"max({', '.join(terms)})",
)

#: Activations that are modules of PyTorch with exactly our meaning.
_MODULES: Final = {
    "logistic": "nn.Sigmoid()",
    "tanh": "nn.Tanh()",
    "relu": "nn.ReLU()",
    "leaky_relu": "nn.LeakyReLU({alpha})",
    "elu": "nn.ELU({alpha})",
    "selu": "nn.SELU()",
    "celu": "nn.CELU({alpha})",
    "gelu": "nn.GELU()",
    "gelu_tanh": 'nn.GELU(approximate="tanh")',
    "silu": "nn.SiLU()",
    "softsign": "nn.Softsign()",
    "hard_swish": "nn.Hardswish()",
    "clip": "nn.Hardtanh({low}, {high})",
    "softmax": "nn.Softmax(dim=1)",
    "log_softmax": "nn.LogSoftmax(dim=1)",
}

_APPLY: Final = '''
class Apply(nn.Module):
    """A function as a module."""

    def __init__(self, function, *params):
        super().__init__()
        self.function, self.params = function, params

    def forward(self, a):
        return self.function(a, *self.params)
'''

_UNIT: Final = '''
class Unit(nn.Module):
    """The weighted input of one unit: a = b + sum of w * z over the units that feed it."""

    def __init__(self, fan_in, bias=True, combine="sum"):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(fan_in)) if fan_in else None
        self.bias = nn.Parameter(torch.empty(1)) if bias else None
        self.combine = combine

    def forward(self, *z):
        if not z:
            return self.bias
        weighted = torch.stack(z, dim=1) * self.weight
        if self.combine == "product":
            return weighted.prod(dim=1)
        if self.combine == "max":
            return weighted.max(dim=1).values
        total = weighted.sum(dim=1)
        return total if self.bias is None else total + self.bias
'''

_CHECK: Final = '''
# The first rows of the data, and what Chainstep computes for them.
ROWS = torch.tensor({rows})
ANSWERS = torch.tensor({answers})


def check():
    """Print each row's outputs beside those of Chainstep."""
    with torch.no_grad():
        outputs = network(ROWS)
    for row, found, expected in zip(ROWS, outputs, ANSWERS):
        print(row[:8].tolist(), "->", found.tolist(), " Chainstep:", expected.tolist())
    worst = ((outputs - ANSWERS).abs() / ANSWERS.abs().clamp(min=1)).max().item()
    print("largest difference:", worst)
    assert worst < 1e-12, "the outputs differ from those of Chainstep"
'''


def write_torch(project: Project) -> bytes:
    """Return a Python file with the net as a PyTorch module. Raises NotRunnable."""
    program = Program(project)
    about = "Run it to see the outputs for a few rows beside those that Chainstep computes."
    parts = [*module_parts(program, "as a PyTorch module", about), check_part(program)]
    parts.append('if __name__ == "__main__":\n    check()')
    return ("\n\n\n".join(part for part in parts if part) + "\n").encode()


def check_part(program: Program) -> str:
    """Return the lines that compare a few rows."""
    rows, answers = matrix(program.rows), matrix(program.answers)
    return _CHECK.strip("\n").format(rows=rows, answers=answers)


def module_parts(
    program: Program, what: str, about: str, imports: str = "", logits: bool = False
) -> list[str]:
    """Return docstring, imports, helpers, module and weights, as parts of a file.

    logits: let the module return the outputs' a instead of z, as a stable loss wants it.
    """
    head = f'"""{title(program)}: a neural network drawn in Chainstep, {what}.\n\n{about}\n"""'
    return [
        f"{head}\n\n{imports}import torch\nfrom torch import nn\n\n"
        "torch.set_default_dtype(torch.float64)  # the precision that Chainstep computes in",
        program.helpers(HELPERS if not program.layers else _only_functions(program.layers)),
        _layered(program, logits) if program.layers else _by_unit(program, logits),
        _weights(program),
    ]


def _only_functions(found: tuple[Layer, ...]) -> dict[str, Helper]:
    """Return the helpers for activations that are no module of PyTorch."""
    modules = {layer.activation for layer in found if layer.activation in _MODULES}
    return {name: helper for name, helper in HELPERS.items() if name not in modules}


def _layered(program: Program, logits: bool) -> str:
    assert program.layers is not None
    lines, wrapped = [], False
    for layer in program.layers:
        bias = "" if layer.biases is not None else ", bias=False"
        lines.append(f"nn.Linear({len(layer.sources)}, {len(layer.units)}{bias}),")
        if layer.activation != "identity" and not (logits and layer is program.layers[-1]):
            module = _module(layer.units[0])
            wrapped = wrapped or module.startswith("Apply(")
            lines.append(f"{module},")
    body = indented("\n".join(lines), "    ")
    text = f"network = nn.Sequential(\n{body}\n)"
    return f"{_APPLY.strip()}\n\n\n{text}" if wrapped else text


def _module(unit: Unit) -> str:
    params = {name: number(value) for name, value in unit.all_params().items()}
    if unit.activation in _MODULES:
        return _MODULES[unit.activation].format(**params)
    function = LANGUAGE.builtin.get(unit.activation, unit.activation)
    return f"Apply({', '.join([function, *params.values()])})"


def _by_unit(program: Program, logits: bool) -> str:
    lines = []
    made = [
        f"self.{program.names[unit.id]} = {_constructed(program, unit)}"
        for unit in program.network.units
        if not unit.is_input
    ]
    inputs = [program.names[unit.id] for unit in program.inputs]
    lines.append(f"{', '.join(inputs)}{',' if len(inputs) == 1 else ''} = X.unbind(dim=1)")
    for unit in program.needed:
        if not unit.is_input:
            lines += _unit_lines(program, unit, logits)
    ending = "_a" if logits else ""
    outputs = ", ".join(f"{program.names[unit.id]}{ending}" for unit in program.outputs)
    stacked = f"torch.stack([{outputs}], dim=1)"
    grouped = program.group and not logits
    lines.append(f"return {f'torch.{program.group}({stacked}, dim=1)' if grouped else stacked}")
    init, forward = (indented("\n".join(part), "        ") for part in (made, lines))
    return (
        f'{_UNIT.strip()}\n\n\nclass Network(nn.Module):\n    """{title(program)}."""\n\n'
        f"    def __init__(self):\n        super().__init__()\n{init}\n\n"
        f"    def forward(self, X):\n{forward}\n\n\nnetwork = Network()"
    )


def _unit_lines(program: Program, unit: Unit, logits: bool) -> list[str]:
    """Return the assignment of a unit's z; of an output whose a is wanted, of that first."""
    name, a = program.names[unit.id], _weighted_input(program, unit)
    if not (logits and unit.is_output):
        value = program.call(unit, a, LANGUAGE)
        return [program.assignment(name, value, unit.id, LANGUAGE)]
    lines = [f"{name}_a = {a}"]
    if program.network.outgoing[unit.id]:
        lines.append(f"{name} = {program.call(unit, f'{name}_a', LANGUAGE)}")
    return lines


def _constructed(program: Program, unit: Unit) -> str:
    arguments = [str(len(program.network.incoming[unit.id]))]
    if unit.bias is None:
        arguments.append("bias=False")
    if unit.combine != SUM:
        arguments.append(f'combine="{unit.combine}"')
    return f"Unit({', '.join(arguments)})"


def _weighted_input(program: Program, unit: Unit) -> str:
    sources = [program.names[c.source] for c in program.network.incoming[unit.id]]
    if sources:
        return f"self.{program.names[unit.id]}({', '.join(sources)})"
    start = {PRODUCT: "1.0", MAX: "0.0"}.get(unit.combine, "0.0")
    bias = f"self.{program.names[unit.id]}()" if unit.bias is not None else start
    return f"X.new_zeros(len(X)) + {bias}"


def _weights(program: Program) -> str:
    """Return the lines that put the weights in."""
    lines = []
    for key, array in state_dict(program.network).items():
        values = matrix(array.tolist()) if array.ndim == 2 else vector(array.tolist())
        lines.append(f'"{key}": torch.tensor({values}),')
    body = indented("\n".join(lines), "    ")
    return f"network.load_state_dict({{\n{body}\n}})"


def masks(program: Program) -> dict[str, Any]:
    """Return for each parameter of which a part is frozen an array of 1 (trained) and 0."""
    network, train_biases = program.network, program.project.training.train_biases
    units = tuple(
        unit if unit.bias is None else replace(unit, bias=float(unit.trainable and train_biases))
        for unit in network.units
    )
    connections = tuple(replace(c, weight=float(c.trainable)) for c in network.connections)
    found = state_dict(Network(units=units, connections=connections))
    return {key: mask for key, mask in found.items() if not mask.all()}
