"""JavaScript out: one ES module without dependencies, for a page or for Node.

`import { network } from "./net.mjs"`; `node net.mjs` checks it.
"""

import json
from typing import Final

from chainstep.files.layers import comment
from chainstep.files.onnx.graph import ERFC_SERIES
from chainstep.files.programs.common import Helper, Language, Program, matrix, title, vector
from chainstep.project import Project


def _one(name: str, arguments: str, body: str, *uses: str) -> Helper:
    lines = "\n".join(f"  {line}" for line in body.split("\n"))
    return Helper(f"function {name}({arguments}) {{\n{lines}\n}}", uses)


_SERIES: Final = vector(ERFC_SERIES).replace("\n", "\n  ")
HELPERS: Final = {
    "logistic": _one(
        "logistic",
        "a",
        "const e = Math.exp(-Math.abs(a)); // never overflows\nreturn (a >= 0 ? 1 : e) / (1 + e);",
    ),
    "relu": _one("relu", "a", "return a > 0 ? a : 0;"),
    "leaky_relu": _one("leaky_relu", "a, alpha", "return a > 0 ? a : alpha * a;"),
    "elu": _one("elu", "a, alpha", "return a > 0 ? a : alpha * Math.expm1(a);"),
    "selu": _one(
        "selu",
        "a",
        "return 1.0507009873554805 * (a > 0 ? a : 1.6732632423543772 * Math.expm1(a));",
    ),
    "celu": _one(
        "celu",
        "a, alpha",
        "return Math.max(a, 0) + alpha * Math.expm1(Math.min(a / alpha, 0));",
    ),
    "erfc": Helper(f"""
/** 1 - erf(x), by a Chebyshev series; JavaScript has none of its own. */
function erfc(x) {{
  const c = {_SERIES};
  const z = Math.abs(x), t = 2 / (2 + z), u = 4 * t - 2;
  let d = 0, dd = 0;
  for (let j = c.length - 1; j > 0; j--) [d, dd] = [u * d - dd + c[j], d];
  const y = t * Math.exp(-z * z + 0.5 * (c[0] + u * d) - dd);
  return x >= 0 ? y : 2 - y;
}}
"""),
    "gelu": _one("gelu", "a", "return 0.5 * a * erfc(-a / Math.SQRT2);", "erfc"),
    "gelu_tanh": _one(
        "gelu_tanh",
        "a",
        "const inner = Math.sqrt(2 / Math.PI) * (a + 0.044715 * a * a * a);\n"
        "return 0.5 * a * (1 + Math.tanh(inner));",
    ),
    "silu": _one("silu", "a", "return a * logistic(a);", "logistic"),
    "softplus": _one(
        "softplus", "a", "return Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a)));"
    ),
    "mish": _one("mish", "a", "return a * Math.tanh(softplus(a));", "softplus"),
    "softsign": _one("softsign", "a", "return a / (1 + Math.abs(a));"),
    "hard_sigmoid": _one(
        "hard_sigmoid", "a, alpha, beta", "return Math.min(Math.max(alpha * a + beta, 0), 1);"
    ),
    "hard_swish": _one("hard_swish", "a", "return a * Math.min(Math.max(a / 6 + 0.5, 0), 1);"),
    "reciprocal": _one("reciprocal", "a", "return 1 / a;"),
    "power": _one("power", "a, exponent", "return a ** exponent;"),
    "clip": _one("clip", "a, low, high", "return Math.min(Math.max(a, low), high);"),
    "gaussian": _one("gaussian", "a", "return Math.exp(-a * a);"),
    "step": _one("step", "a", "return a > 0 ? 1 : 0;"),
    "softmax": Helper("""
function softmax(a) {
  const largest = Math.max(...a);
  const e = a.map((value) => Math.exp(value - largest));
  const sum = e.reduce((total, value) => total + value, 0);
  return e.map((value) => value / sum);
}
"""),
    "log_softmax": Helper("""
function log_softmax(a) {
  const largest = Math.max(...a);
  const sum = a.reduce((total, value) => total + Math.exp(value - largest), 0);
  return a.map((value) => value - largest - Math.log(sum));
}
"""),
}

_MARGIN: Final = "  "

LANGUAGE: Final = Language(
    declare="const ",
    end=";",
    remark="//",
    builtin={"tanh": "Math.tanh", "exp": "Math.exp", "sine": "Math.sin"},
    maximum=lambda terms: f"Math.max({', '.join(terms)})",
)

_CHECK: Final = """\
// The first rows of the data, and what Chainstep computes for them.
const ROWS = {rows};
const ANSWERS = {answers};

/** Print each row's outputs beside those of Chainstep; return the largest difference. */
export function check() {{
  let worst = 0;
  ROWS.forEach((row, n) => {{
    const found = network(row);
    console.log(row.slice(0, 8), "->", found, "Chainstep:", ANSWERS[n]);
    ANSWERS[n].forEach((expected, k) => {{
      const difference = Math.abs(found[k] - expected) / Math.max(1, Math.abs(expected));
      worst = Math.max(worst, difference);
    }});
  }});
  console.log("largest difference:", worst);
  return worst;
}}

// Run by itself, as `node THIS_FILE`, it checks itself.
const started = typeof process === "undefined" ? undefined : process.argv[1];
if (started && decodeURI(import.meta.url).endsWith(started.split(/[\\\\/]/).pop()))
  if (!(check() < 1e-12)) process.exitCode = 1;
"""


def write_javascript(project: Project) -> bytes:
    """Return an ES module that computes the net's outputs. Raises NotRunnable."""
    program = Program(project)
    parts = [
        f"/** {title(program)}: a neural network drawn in Chainstep. */",
        f"export const INPUTS = {_names([unit.id for unit in program.inputs])};\n"
        f"export const OUTPUTS = {_names([unit.id for unit in program.outputs])};",
        program.helpers(HELPERS).replace("\n\n\n", "\n\n"),
        _layered(program) if program.layers else _by_unit(program),
        _CHECK.format(
            rows=matrix(program.rows, margin=_MARGIN),
            answers=matrix(program.answers, margin=_MARGIN),
        ),
    ]
    return "\n\n".join(part for part in parts if part).encode()


def _names(ids: list[str]) -> str:
    return json.dumps(ids)


def _by_unit(program: Program) -> str:
    inputs = ", ".join(program.names[unit.id] for unit in program.inputs)
    lines = [f"const [{inputs}] = row;"]
    lines += [f"// left out, since no output depends on it: {comment(u)}" for u in program.left_out]
    lines += program.lines(LANGUAGE)
    outputs = ", ".join(program.names[unit.id] for unit in program.outputs)
    lines.append(
        f"return {program.group}([{outputs}]);" if program.group else f"return [{outputs}];"
    )
    return _function("\n".join(lines), program)


def _layered(program: Program) -> str:
    assert program.layers is not None
    constants, lines = [], ["let z = Array.from(row);"]
    for n, layer in enumerate(program.layers, 1):
        ends = f"{len(layer.sources)} -> {len(layer.units)}"
        constants.append(f"// Layer {n}, {ends}, {layer.activation}: a row of W{n} for each unit.")
        constants.append(f"const W{n} = {matrix(layer.weights, margin='  ')};")
        bias = "0"
        if layer.biases is not None:
            constants.append(f"const b{n} = {vector(layer.biases)};")
            bias = f"b{n}[j]"
        a = f"W{n}[j].reduce((sum, w, i) => sum + w * z[i], {bias})"
        lines.append(f"z = W{n}.map((_, j) => {a});")
        if program.group is not None and n == len(program.layers):
            lines.append(f"z = {program.group}(z);")
        elif layer.activation != "identity":
            value = program.call(layer.units[0], "a", LANGUAGE)
            lines.append(f"z = z.map((a) => {value});")
    lines.append("return z;")
    return "\n".join(constants) + "\n\n" + _function("\n".join(lines), program)


def _function(body: str, program: Program) -> str:
    told = f"/** Outputs for one row: {len(program.inputs)} numbers to {len(program.outputs)}. */"
    inner = "\n".join(f"  {line}" for line in body.split("\n"))
    return f"{told}\nexport function network(row) {{\n{inner}\n}}"
