"""Pure Python out: nothing but `math`, for MicroPython, a bare interpreter or a first lesson.

With NumPy it is in `numpy_script`.
"""

from typing import Final

from chainstep.files.layers import comment
from chainstep.files.programs.common import Helper, Language, Program, matrix, title, vector
from chainstep.project import Project

HELPERS: Final = {
    "logistic": Helper('''
def logistic(a):
    """Return 1 / (1 + e^-a), written so that nothing overflows."""
    e = math.exp(-abs(a))
    return (1.0 if a >= 0 else e) / (1.0 + e)
'''),
    "relu": Helper("""
def relu(a):
    return a if a > 0 else 0.0
"""),
    "leaky_relu": Helper("""
def leaky_relu(a, alpha):
    return a if a > 0 else alpha * a
"""),
    "elu": Helper("""
def elu(a, alpha):
    return a if a > 0 else alpha * (math.exp(a) - 1.0)
"""),
    "selu": Helper("""
def selu(a):
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    return scale * (a if a > 0 else alpha * (math.exp(a) - 1.0))
"""),
    "celu": Helper("""
def celu(a, alpha):
    return max(a, 0.0) + alpha * (math.exp(min(a / alpha, 0.0)) - 1.0)
"""),
    "gelu": Helper('''
def gelu(a):
    """Return a times the normal distribution function of a."""
    return 0.5 * a * math.erfc(-a / math.sqrt(2.0))
'''),
    "gelu_tanh": Helper("""
def gelu_tanh(a):
    inner = math.sqrt(2.0 / math.pi) * (a + 0.044715 * a**3)
    return 0.5 * a * (1.0 + math.tanh(inner))
"""),
    "silu": Helper(
        """
def silu(a):
    return a * logistic(a)
""",
        ("logistic",),
    ),
    "softplus": Helper('''
def softplus(a):
    """Return ln(1 + e^a), written so that nothing overflows."""
    return max(a, 0.0) + math.log(1.0 + math.exp(-abs(a)))
'''),
    "mish": Helper(
        """
def mish(a):
    return a * math.tanh(softplus(a))
""",
        ("softplus",),
    ),
    "softsign": Helper("""
def softsign(a):
    return a / (1.0 + abs(a))
"""),
    "hard_sigmoid": Helper("""
def hard_sigmoid(a, alpha, beta):
    return min(max(alpha * a + beta, 0.0), 1.0)
"""),
    "hard_swish": Helper("""
def hard_swish(a):
    return a * min(max(a / 6.0 + 0.5, 0.0), 1.0)
"""),
    "reciprocal": Helper("""
def reciprocal(a):
    return 1.0 / a
"""),
    "power": Helper("""
def power(a, exponent):
    return a**exponent
"""),
    "clip": Helper("""
def clip(a, low, high):
    return min(max(a, low), high)
"""),
    "gaussian": Helper("""
def gaussian(a):
    return math.exp(-a * a)
"""),
    "step": Helper("""
def step(a):
    return 1.0 if a > 0 else 0.0
"""),
    "softmax": Helper('''
def softmax(a):
    """Return e^a / sum of e^a, shifted so that nothing overflows."""
    e = [math.exp(value - max(a)) for value in a]
    return [value / sum(e) for value in e]
'''),
    "log_softmax": Helper('''
def log_softmax(a):
    """Return the logarithm of softmax."""
    log_sum = max(a) + math.log(sum(math.exp(value - max(a)) for value in a))
    return [value - log_sum for value in a]
'''),
}

LANGUAGE: Final = Language(
    declare="",
    end="",
    remark="#",
    builtin={"tanh": "math.tanh", "exp": "math.exp", "sine": "math.sin"},
    maximum=lambda terms: f"max({', '.join(terms)})" if len(terms) > 1 else terms[0],
)

_LAYER: Final = '''
def weighted_sums(W, z):
    """Return the sum of w * z over the sources, for each row of W."""
    return [sum(w * value for w, value in zip(row, z)) for row in W]
'''

_CHECK: Final = '''
# The first rows of the data, and what Chainstep computes for them.
ROWS = {rows}
ANSWERS = {answers}


def check():
    """Print each row's outputs beside those of Chainstep."""
    worst = 0.0
    for row, expected in zip(ROWS, ANSWERS):
        found = network(row)
        print(row[:8], "->", found, " Chainstep:", expected)
        for y, wanted in zip(found, expected):
            worst = max(worst, abs(y - wanted) / max(1.0, abs(wanted)))
    print("largest difference:", worst)
    assert worst < 1e-12, "the outputs differ from those of Chainstep"


if __name__ == "__main__":
    check()
'''


def write_python(project: Project) -> bytes:
    """Return a script without NumPy that computes the net's outputs. Raises NotRunnable."""
    program = Program(project)
    head = f'"""{title(program)}: a neural network drawn in Chainstep, in plain Python.\n'
    about = "\nRun it to see the outputs for a few rows beside those that Chainstep computes.\n"
    sections = [
        f'{head}{about}"""\n\nimport math',
        program.helpers(HELPERS),
        _layered(program) if program.layers else _by_unit(program),
        _CHECK.strip("\n").format(rows=matrix(program.rows), answers=matrix(program.answers)),
    ]
    return ("\n\n\n".join(part for part in sections if part) + "\n").encode()


def _layered(program: Program) -> str:
    assert program.layers is not None
    weights, body = [], ["    z = row"]
    for n, layer in enumerate(program.layers, 1):
        ends = f"{len(layer.sources)} -> {len(layer.units)}"
        weights.append(f"# Layer {n}, {ends}, {layer.activation}: a row of W{n} for each unit.")
        weights.append(f"W{n} = {matrix(layer.weights)}")
        body.append(f"    a = weighted_sums(W{n}, z)")
        if layer.biases is not None:
            weights.append(f"b{n} = {vector(layer.biases)}")
            body.append(f"    a = [value + bias for value, bias in zip(a, b{n})]")
        if program.group is not None and n == len(program.layers):
            body.append(f"    z = {program.group}(a)")
        elif layer.activation == "identity":
            body.append("    z = a")
        else:
            each = program.call(layer.units[0], "value", LANGUAGE)
            body.append(f"    z = [{each} for value in a]")
    text = "\n".join(weights) + f"\n\n\n{_LAYER.strip()}\n\n\n"
    shape = f"{len(program.inputs)} numbers to {len(program.outputs)}"
    head = f'def network(row):\n    """Return the outputs for one row, {shape}."""\n'
    return text + head + "\n".join(body) + "\n    return z"


def _by_unit(program: Program) -> str:
    inputs = [program.names[unit.id] for unit in program.inputs]
    lines = [f"{', '.join(inputs)}{',' if len(inputs) == 1 else ''} = row"]
    lines += [f"# left out, since no output depends on it: {comment(u)}" for u in program.left_out]
    lines += program.lines(LANGUAGE)
    outputs = ", ".join(program.names[unit.id] for unit in program.outputs)
    ending = f"{program.group}([{outputs}])" if program.group else f"[{outputs}]"
    body = "\n".join([*lines, f"return {ending}"]).replace("\n", "\n    ")
    shape = f"{len(program.inputs)} numbers to {len(program.outputs)}"
    return f'def network(row):\n    """Return the outputs for one row, {shape}."""\n    {body}'
