"""Pure Python out: nothing but `math`, for MicroPython, a bare interpreter or a first lesson.

With NumPy it is in `numpy_script`.
"""

from typing import Final

from chainstep.files.programs.common import Helper, Language, Program, matrix, vector
from chainstep.files.programs.python_script import by_unit, script, shared_helpers
from chainstep.project import Project

HELPERS: Final = {
    **shared_helpers("math"),
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
    "softplus": Helper('''
def softplus(a):
    """Return ln(1 + e^a), written so that nothing overflows."""
    return max(a, 0.0) + math.log(1.0 + math.exp(-abs(a)))
'''),
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
    "clip": Helper("""
def clip(a, low, high):
    return min(max(a, low), high)
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
    shape = f"{len(program.inputs)} numbers to {len(program.outputs)}"
    head = f'def network(row):\n    """Return the outputs for one row, {shape}."""\n'
    body = _layered(program, head) if program.layers else _by_unit(program, head)
    parts = (program.helpers(HELPERS), body)
    return script(program, "in plain Python", "import math", parts, _CHECK)


def _by_unit(program: Program, head: str) -> str:
    return by_unit(program, LANGUAGE, head, "row", "[{}]")


def _layered(program: Program, head: str) -> str:
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
    return text + head + "\n".join(body) + "\n    return z"
