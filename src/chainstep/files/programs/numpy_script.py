"""NumPy script out: readable, complete, and it checks itself when it is run.

The helpers here serve the notebook too (`notebook`). The same without NumPy is in
`pure_python`.
"""

from typing import Final

from chainstep.files.programs.common import Helper, Language, Program, matrix, vector
from chainstep.files.programs.python_script import by_unit, script, shared_helpers
from chainstep.project import Project

HELPERS: Final = {
    **shared_helpers("np"),
    "logistic": Helper('''
def logistic(a):
    """Return 1 / (1 + e^-a), written so that nothing overflows."""
    e = np.exp(-np.abs(a))
    return np.where(a >= 0, 1.0, e) / (1.0 + e)
'''),
    "relu": Helper("""
def relu(a):
    return np.maximum(a, 0.0)
"""),
    "leaky_relu": Helper("""
def leaky_relu(a, alpha):
    return np.where(a > 0, a, alpha * a)
"""),
    "elu": Helper("""
def elu(a, alpha):
    return np.where(a > 0, a, alpha * np.expm1(np.minimum(a, 0.0)))
"""),
    "selu": Helper("""
def selu(a):
    alpha, scale = 1.6732632423543772, 1.0507009873554805
    return scale * np.where(a > 0, a, alpha * np.expm1(np.minimum(a, 0.0)))
"""),
    "celu": Helper("""
def celu(a, alpha):
    return np.maximum(a, 0.0) + alpha * np.expm1(np.minimum(a / alpha, 0.0))
"""),
    "gelu": Helper('''
def gelu(a):
    """Return a times the normal distribution function of a."""
    erfc = np.vectorize(math.erfc, otypes=[float])
    return 0.5 * a * erfc(-a / math.sqrt(2.0))
'''),
    "softplus": Helper('''
def softplus(a):
    """Return ln(1 + e^a), written so that nothing overflows."""
    return np.logaddexp(0.0, a)
'''),
    "softsign": Helper("""
def softsign(a):
    return a / (1.0 + np.abs(a))
"""),
    "hard_sigmoid": Helper("""
def hard_sigmoid(a, alpha, beta):
    return np.clip(alpha * a + beta, 0.0, 1.0)
"""),
    "hard_swish": Helper("""
def hard_swish(a):
    return a * np.clip(a / 6.0 + 0.5, 0.0, 1.0)
"""),
    "clip": Helper("""
def clip(a, low, high):
    return np.clip(a, low, high)
"""),
    "step": Helper("""
def step(a):
    return np.where(a > 0, 1.0, 0.0)
"""),
    "softmax": Helper('''
def softmax(A):
    """Return e^a / sum of e^a over each row, shifted so that nothing overflows."""
    E = np.exp(A - A.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)
'''),
    "log_softmax": Helper('''
def log_softmax(A):
    """Return the logarithm of softmax, row by row."""
    A = A - A.max(axis=1, keepdims=True)
    return A - np.log(np.exp(A).sum(axis=1, keepdims=True))
'''),
}

LANGUAGE: Final = Language(
    declare="",
    end="",
    remark="#",
    builtin={"tanh": "np.tanh", "exp": "np.exp", "sine": "np.sin"},
    maximum=lambda terms: f"np.maximum.reduce([{', '.join(terms)}])",
    constant=lambda value: f"np.full(len(X), {value})",
)

_CHECK: Final = '''
# The first rows of the data, and what Chainstep computes for them.
ROWS = np.array({rows})
ANSWERS = np.array({answers})


def check():
    """Print each row's outputs beside those of Chainstep."""
    outputs = network(ROWS)
    for row, found, expected in zip(ROWS, outputs, ANSWERS):
        print(row[:8], "->", found, " Chainstep:", expected)
    worst = np.max(np.abs(outputs - ANSWERS) / np.maximum(1.0, np.abs(ANSWERS)))
    print("largest difference:", worst)
    assert worst < 1e-12, "the outputs differ from those of Chainstep"


if __name__ == "__main__":
    check()
'''


def write_numpy(project: Project) -> bytes:
    """Return a NumPy script that computes the net's outputs. Raises NotRunnable."""
    program = Program(project)
    imports = "import math\n\n" if "gelu" in program.activations() else ""
    shape = f"(N, {len(program.inputs)}) to (N, {len(program.outputs)})"
    head = f'def network(X):\n    """Return the outputs for each row of X, {shape}."""\n'
    body = _layered(program, head) if program.layers else _by_unit(program, head)
    parts = (program.helpers(HELPERS), body)
    return script(program, "as a NumPy script", f"{imports}import numpy as np", parts, _CHECK)


def _by_unit(program: Program, head: str) -> str:
    return by_unit(program, LANGUAGE, head, "X.T", "np.column_stack([{}])")


def _layered(program: Program, head: str) -> str:
    """Return weights as matrices and a function `network` that applies them."""
    assert program.layers is not None
    weights, body, here = [], [], "X"
    for n, layer in enumerate(program.layers, 1):
        ends = f"{len(layer.sources)} -> {len(layer.units)}"
        weights.append(f"# Layer {n}, {ends}, {layer.activation}: a row of W{n} for each unit.")
        weights.append(f"W{n} = np.array({matrix(layer.weights)})")
        bias = ""
        if layer.biases is not None:
            weights.append(f"b{n} = np.array({vector(layer.biases)})")
            bias = f" + b{n}"
        body.append(f"    A{n} = {here} @ W{n}.T{bias}")
        grouped = program.group is not None and n == len(program.layers)
        value = f"A{n}" if grouped else program.call(layer.units[0], f"A{n}", LANGUAGE)
        body.append(f"    Z{n} = {program.group}(A{n})" if grouped else f"    Z{n} = {value}")
        here = f"Z{n}"
    return "\n".join(weights) + f"\n\n\n{head}" + "\n".join(body) + f"\n    return {here}"
