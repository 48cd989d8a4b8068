"""What the two Python scripts have in common: how a script is put together, unit by unit.

What differs, matrices or lists, is in `numpy_script` and `pure_python`; other languages share
`common` only.
"""

from collections.abc import Sequence

from chainstep.files.layers import comment
from chainstep.files.programs.common import Helper, Language, Program, matrix, title


def shared_helpers(library: str) -> dict[str, Helper]:
    """Return the activations that read alike with NumPy and with math. library: "np" or "math"."""
    return {
        "gelu_tanh": Helper(f"""
def gelu_tanh(a):
    inner = {library}.sqrt(2.0 / {library}.pi) * (a + 0.044715 * a**3)
    return 0.5 * a * (1.0 + {library}.tanh(inner))
"""),
        "silu": Helper("def silu(a):\n    return a * logistic(a)", ("logistic",)),
        "mish": Helper(f"def mish(a):\n    return a * {library}.tanh(softplus(a))", ("softplus",)),
        "reciprocal": Helper("def reciprocal(a):\n    return 1.0 / a"),
        "power": Helper("def power(a, exponent):\n    return a**exponent"),
        "gaussian": Helper(f"def gaussian(a):\n    return {library}.exp(-a * a)"),
    }


def script(program: Program, what: str, imports: str, body: Sequence[str], check: str) -> bytes:
    """Return a script: what it is, its imports, its body part by part, and how it checks itself.

    check: with the places {rows} and {answers}.
    """
    head = f'"""{title(program)}: a neural network drawn in Chainstep, {what}.\n'
    about = "\nRun it to see the outputs for a few rows beside those that Chainstep computes.\n"
    answers = check.strip("\n").format(rows=matrix(program.rows), answers=matrix(program.answers))
    parts = [f'{head}{about}"""\n\n{imports}', *body, answers]
    return ("\n\n\n".join(part for part in parts if part) + "\n").encode()


def by_unit(program: Program, language: Language, head: str, unpacked: str, packed: str) -> str:
    """Return a function `network` with a line for each unit.

    head: its first two lines. unpacked: what the inputs are taken out of; packed: the outputs,
    with a place {}.
    """
    inputs = [program.names[unit.id] for unit in program.inputs]
    lines = [f"{', '.join(inputs)}{',' if len(inputs) == 1 else ''} = {unpacked}"]
    lines += [f"# left out, since no output depends on it: {comment(u)}" for u in program.left_out]
    lines += program.lines(language)
    outputs = packed.format(", ".join(program.names[unit.id] for unit in program.outputs))
    lines.append(f"return {program.group}({outputs})" if program.group else f"return {outputs}")
    body = "\n".join(lines).replace("\n", "\n    ")
    return f"{head}    {body}"
