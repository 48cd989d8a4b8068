"""C out: one C99 header, no allocation, doubles, with a test that runs when asked to.

`gcc -std=c99 -Wall -Werror -DNETWORK_TEST -x c net.h -lm` makes a program that checks itself.
"""

from collections.abc import Sequence
from typing import Final

from chainstep.files.layers import comment
from chainstep.files.programs.common import Helper, Language, Program, matrix, title, vector
from chainstep.project import Project


def _one(name: str, arguments: str, body: str, *uses: str) -> Helper:
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return Helper(f"static inline double {name}({arguments})\n{{\n{lines}\n}}", uses)


HELPERS: Final = {
    "logistic": _one(
        "logistic",
        "double a",
        "const double e = exp(-fabs(a)); /* never overflows */\n"
        "return (a >= 0 ? 1.0 : e) / (1.0 + e);",
    ),
    "relu": _one("relu", "double a", "return a > 0 ? a : 0.0;"),
    "leaky_relu": _one("leaky_relu", "double a, double alpha", "return a > 0 ? a : alpha * a;"),
    "elu": _one("elu", "double a, double alpha", "return a > 0 ? a : alpha * expm1(a);"),
    "selu": _one(
        "selu",
        "double a",
        "return 1.0507009873554805 * (a > 0 ? a : 1.6732632423543772 * expm1(a));",
    ),
    "celu": _one(
        "celu",
        "double a, double alpha",
        "return fmax(a, 0.0) + alpha * expm1(fmin(a / alpha, 0.0));",
    ),
    "gelu": _one("gelu", "double a", "return 0.5 * a * erfc(-a / sqrt(2.0));"),
    "gelu_tanh": _one(
        "gelu_tanh",
        "double a",
        "const double inner = 0.7978845608028654 * (a + 0.044715 * a * a * a);\n"
        "return 0.5 * a * (1.0 + tanh(inner));",
    ),
    "silu": _one("silu", "double a", "return a * logistic(a);", "logistic"),
    "softplus": _one("softplus", "double a", "return fmax(a, 0.0) + log1p(exp(-fabs(a)));"),
    "mish": _one("mish", "double a", "return a * tanh(softplus(a));", "softplus"),
    "softsign": _one("softsign", "double a", "return a / (1.0 + fabs(a));"),
    "hard_sigmoid": _one(
        "hard_sigmoid",
        "double a, double alpha, double beta",
        "return fmin(fmax(alpha * a + beta, 0.0), 1.0);",
    ),
    "hard_swish": _one("hard_swish", "double a", "return a * fmin(fmax(a / 6.0 + 0.5, 0.0), 1.0);"),
    "reciprocal": _one("reciprocal", "double a", "return 1.0 / a;"),
    "power": _one("power", "double a, double exponent", "return pow(a, exponent);"),
    "clip": _one("clip", "double a, double low, double high", "return fmin(fmax(a, low), high);"),
    "gaussian": _one("gaussian", "double a", "return exp(-a * a);"),
    "step": _one("step", "double a", "return a > 0 ? 1.0 : 0.0;"),
    "softmax": Helper("""
/* Replace a[0] ... a[n - 1] by their softmax. */
static inline void softmax(double *a, int n)
{
    double largest = a[0], sum = 0.0;
    for (int k = 1; k < n; k++)
        largest = fmax(largest, a[k]);
    for (int k = 0; k < n; k++)
        sum += a[k] = exp(a[k] - largest);
    for (int k = 0; k < n; k++)
        a[k] /= sum;
}
"""),
    "log_softmax": Helper("""
/* Replace a[0] ... a[n - 1] by the logarithm of their softmax. */
static inline void log_softmax(double *a, int n)
{
    double largest = a[0], sum = 0.0;
    for (int k = 1; k < n; k++)
        largest = fmax(largest, a[k]);
    for (int k = 0; k < n; k++)
        sum += exp(a[k] - largest);
    for (int k = 0; k < n; k++)
        a[k] -= largest + log(sum);
}
"""),
}


def _maximum(terms: list[str]) -> str:
    nested = terms[0]
    for term in terms[1:]:
        nested = f"fmax({nested}, {term})"
    return nested


LANGUAGE: Final = Language(
    declare="const double ",
    end=";",
    remark="//",
    builtin={"tanh": "tanh", "exp": "exp", "sine": "sin"},
    maximum=_maximum,
)

_HEAD: Final = """\
/* {title}: a neural network drawn in Chainstep, in C99.
 *
 * Call network(x, y) with {inputs} numbers in x; it puts {outputs} into y.
 * To check it: gcc -std=c99 -Wall -DNETWORK_TEST -x c THIS_FILE -o check -lm && ./check
 */
#ifndef NETWORK_H
#define NETWORK_H

#include <math.h>

#define NETWORK_INPUTS {inputs}
#define NETWORK_OUTPUTS {outputs}"""

_TEST: Final = """\
#ifdef NETWORK_TEST
#include <stdio.h>

/* The first rows of the data, and what Chainstep computes for them. */
#define NETWORK_ROWS {count}
static const double network_rows[NETWORK_ROWS][NETWORK_INPUTS] = {rows};
static const double network_answers[NETWORK_ROWS][NETWORK_OUTPUTS] = {answers};

int main(void)
{{
    double worst = 0.0;
    for (int n = 0; n < NETWORK_ROWS; n++) {{
        double y[NETWORK_OUTPUTS];
        network(network_rows[n], y);
        for (int k = 0; k < NETWORK_OUTPUTS; k++) {{
            const double expected = network_answers[n][k];
            printf("row %d, output %d: %.17g  Chainstep: %.17g\\n", n + 1, k + 1, y[k], expected);
            worst = fmax(worst, fabs(y[k] - expected) / fmax(1.0, fabs(expected)));
        }}
    }}
    printf("largest difference: %g\\n", worst);
    return worst < 1e-12 ? 0 : 1;
}}
#endif /* NETWORK_TEST */

#endif /* NETWORK_H */
"""


def write_c(project: Project) -> bytes:
    """Return a C99 header that computes the net's outputs. Raises NotRunnable."""
    program = Program(project)
    sizes = {"inputs": len(program.inputs), "outputs": len(program.outputs)}
    parts = [
        _HEAD.format(title=title(program).replace("→", "->"), **sizes),
        program.helpers(HELPERS).replace("\n\n\n", "\n\n"),
        _layered(program) if program.layers else _by_unit(program),
        _test(program),
    ]
    return "\n\n".join(part for part in parts if part).encode()


def _test(program: Program) -> str:
    if not program.rows:
        return "#endif /* NETWORK_H */\n"
    rows, answers = _braces(program.rows), _braces(program.answers)
    return _TEST.format(count=len(program.rows), rows=rows, answers=answers)


def _braces(rows: Sequence[Sequence[float]]) -> str:
    """Return rows of numbers as a C initialiser."""
    return matrix(rows, "{}")


def _by_unit(program: Program) -> str:
    needed = {unit.id for unit in program.needed}
    lines = [
        f"const double {program.names[unit.id]} = x[{n}];"
        for n, unit in enumerate(program.inputs)
        if unit.id in needed
    ]
    if not lines:
        lines = ["(void)x;"]
    lines += [f"// left out, since no output depends on it: {comment(u)}" for u in program.left_out]
    lines += program.lines(LANGUAGE)
    lines += [f"y[{n}] = {program.names[unit.id]};" for n, unit in enumerate(program.outputs)]
    if program.group:
        lines.append(f"{program.group}(y, NETWORK_OUTPUTS);")
    return _function("\n".join(lines))


def _layered(program: Program) -> str:
    assert program.layers is not None
    constants, lines, here = [], [], "x"
    for n, layer in enumerate(program.layers, 1):
        units, sources = len(layer.units), len(layer.sources)
        last = n == len(program.layers)
        constants.append(f"/* Layer {n}, {sources} -> {units}, {layer.activation}. */")
        constants.append(
            f"static const double W{n}[{units}][{sources}] = {_braces(layer.weights)};"
        )
        start = "0.0"
        if layer.biases is not None:
            values = vector(layer.biases, "{}")
            constants.append(f"static const double b{n}[{units}] = {values};")
            start = f"b{n}[j]"
        there = "y" if last else f"z{n}"
        if not last:
            lines.append(f"double z{n}[{units}];")
        value = program.call(layer.units[0], "a", LANGUAGE)
        lines += [
            f"for (int j = 0; j < {units}; j++) {{",
            f"    double a = {start};",
            f"    for (int i = 0; i < {sources}; i++)",
            f"        a += W{n}[j][i] * {here}[i];",
            f"    {there}[j] = {value};",
            "}",
        ]
        here = there
    if program.group:
        lines.append(f"{program.group}(y, NETWORK_OUTPUTS);")
    return "\n".join(constants) + "\n\n" + _function("\n".join(lines))


def _function(body: str) -> str:
    told = "/* Compute the outputs y for the inputs x. */"
    head = "static inline void network(const double x[NETWORK_INPUTS], double y[NETWORK_OUTPUTS])"
    inner = "\n".join(f"    {line}" if line else "" for line in body.split("\n"))
    return f"{told}\n{head}\n{{\n{inner}\n}}"
