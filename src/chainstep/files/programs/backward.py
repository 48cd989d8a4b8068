"""The backward pass of a net as lines of NumPy, unit by unit, for the notebook.

Bishop's letters: a and z of a unit, delta = ∂E/∂a, and w of a connection (PRML 5.53 to 5.56).
"""

from collections.abc import Mapping
from typing import Final

from chainstep.files.layers import comment, identifiers
from chainstep.files.programs.common import Program, number, total
from chainstep.files.programs.numpy_script import LANGUAGE
from chainstep.network.model import ACTIVATION_PARAMS, MAX, PRODUCT, SUM, Connection, Unit
from chainstep.project import Loss

#: Names that the notebook uses itself.
_RESERVED: Final = "dE_dw dE_db A E G L N P R T X Z chainstep name found expected"


class Symbols:
    """A name for every number of a net: z of a unit is its own name, a_h1, delta_h1, w_i1_h1, b_h1.

    A connection that the author has named keeps that name.
    """

    def __init__(self, program: Program) -> None:
        network = program.network
        ids = [unit.id for unit in network.units]
        plain = identifiers(ids)
        prefixes = ("a", "b", "delta", "factors", "t")
        taken = {f"{prefix}_{name}" for prefix in prefixes for name in plain.values()}
        taken |= {*_RESERVED.split(), *(f"{name}_prime" for name in ACTIVATION_PARAMS)}
        self.z = identifiers(ids, taken)
        used = {*taken, *self.z.values()}
        wanted = {
            c.ends: c.name or f"w_{self.z[c.source]}_{self.z[c.target]}"
            for c in network.connections
        }
        self.w: dict[tuple[str, str], str] = {}
        for ends, name in wanted.items():
            given = identifiers([name], used)[name]
            self.w[ends] = given
            used.add(given)
        self.program = program

    def forward(self, unit: Unit) -> list[str]:
        """Return the lines for a and z of a unit."""
        z, incoming = self.z[unit.id], self.program.network.incoming[unit.id]
        terms = [f"{self.w[c.ends]} * {self.z[c.source]}" for c in incoming]
        told = f"  # {comment(unit.id)}" if z != unit.id else ""
        lines = []
        if not incoming:
            start = {PRODUCT: "1.0", MAX: "0.0"}.get(unit.combine, "0.0")
            value = f"np.full(N, {f'b_{z}' if unit.bias is not None else start})"
        elif unit.combine == SUM:
            value = total(([f"b_{z}"] if unit.bias is not None else []) + terms)
        else:
            lines.append(f"factors_{z} = np.array([{', '.join(terms)}])")
            value = f"factors_{z}.{'prod' if unit.combine == PRODUCT else 'max'}(axis=0)"
        lines.append(f"a_{z} = {value}{told}")
        if unit.id not in self._grouped():
            lines.append(f"{z} = {self.program.call(unit, f'a_{z}', LANGUAGE)}")
        return lines

    def _grouped(self) -> set[str]:
        return {u.id for u in self.program.outputs} if self.program.group else set()

    def slope(self, unit: Unit) -> str:
        """Return the expression for h'(a) of a unit."""
        if unit.activation == "identity":
            return "1.0"
        params = "".join(f", {number(value)}" for value in unit.all_params().values())
        return f"{unit.activation}_prime(a_{self.z[unit.id]}{params})"

    def pulled(self, unit: Unit, needed: set[str]) -> list[str]:
        """Return one term for each needed unit that this one feeds: delta_k ∂a_k/∂z_j."""
        outgoing = self.program.network.outgoing[unit.id]
        return [
            f"{self._da_dz(c)} * delta_{self.z[c.target]}" for c in outgoing if c.target in needed
        ]

    def _da_dz(self, c: Connection) -> str:
        return self._through(c, self.w[c.ends])

    def da_dw(self, c: Connection) -> str:
        """Return the expression for ∂a/∂w of a connection."""
        return self._through(c, self.z[c.source])

    def _through(self, c: Connection, factor: str) -> str:
        """Return ∂a/∂(w z) times w or z: for a sum just that."""
        target = self.program.network.by_id[c.target]
        name = f"factors_{self.z[c.target]}"
        place = [other.ends for other in self.program.network.incoming[c.target]].index(c.ends)
        if target.combine == PRODUCT:
            return f"{factor} * np.delete({name}, {place}, axis=0).prod(axis=0)"
        if target.combine == MAX:
            return f"{factor} * ({name}.argmax(axis=0) == {place})"
        return factor


def output_share(loss: Loss, z: str, t: str, outputs: int) -> str:
    """Return the expression for ∂E/∂z of an output alone."""
    delta = number(loss.delta)
    return {
        "half_squared_error": f"({z} - {t})",
        "squared_error": f"2.0 * ({z} - {t})",
        "mean_squared_error": f"2.0 * ({z} - {t}) / {outputs}",
        "huber": f"np.clip({z} - {t}, -{delta}, {delta})",
        "output": f"np.ones_like({z})",
    }[loss.name]


def loss_formula(loss: Loss) -> str:
    """Return E of each example from Z, T and, for the cross-entropies, the outputs' A."""
    delta = number(loss.delta)
    line = f"{delta} * (R - 0.5 * {delta})"
    inner = f"R = np.abs(Z - T)\nE = np.where(R <= {delta}, 0.5 * R**2, {line}).sum(axis=1)"
    return {
        "half_squared_error": "E = 0.5 * ((Z - T) ** 2).sum(axis=1)",
        "squared_error": "E = ((Z - T) ** 2).sum(axis=1)",
        "mean_squared_error": "E = ((Z - T) ** 2).mean(axis=1)",
        "huber": inner,
        "binary_cross_entropy": "E = (np.logaddexp(0.0, A) - A * T).sum(axis=1)",
        "cross_entropy": "L = A - A.max(axis=1, keepdims=True)\n"
        "L = L - np.log(np.exp(L).sum(axis=1, keepdims=True))\nE = -(T * L).sum(axis=1)",
        "output": "E = Z.sum(axis=1)",
    }[loss.name]


def delta_lines(symbols: Symbols, needed: Mapping[str, Unit]) -> list[str]:
    """Return the lines for every delta, from the outputs back."""
    program = symbols.program
    lines = _group_lines(symbols) if program.group else []
    for unit in reversed(list(needed.values())):
        if unit.is_input or (program.group and unit.is_output):
            continue
        lines += ["", *_unit_lines(symbols, unit, set(needed))]
    return lines


def _unit_lines(symbols: Symbols, unit: Unit, needed: set[str]) -> list[str]:
    """Return the lines for one delta: its own share, and a term for each unit it feeds."""
    program, z = symbols.program, symbols.z[unit.id]
    terms = symbols.pulled(unit, needed)
    loss = program.project.loss
    what = _remark(program, unit, needed)
    if unit.is_output and loss.name == "binary_cross_entropy":
        own = f"({z} - t_{z})"
        rest = f" + {symbols.slope(unit)} * ({total(terms)})" if terms else ""
        return [what, f"delta_{z} = {own}{rest}"]
    if unit.is_output:
        terms = [output_share(loss, z, f"t_{z}", len(program.outputs)), *terms]
    if not terms:
        return [what, f"delta_{z} = np.zeros(N)"]
    return [what, f"delta_{z} = {_times(symbols.slope(unit), terms)}"]


def _times(slope: str, terms: list[str]) -> str:
    """Return slope * (sum of terms), on several lines where it is long."""
    if len(terms) == 1:
        return terms[0] if slope == "1.0" else f"{slope} * {terms[0]}"
    summed = total(terms)
    if len(summed) > 70:
        summed = "\n    " + "\n    + ".join(terms) + "\n"
    return f"({summed})" if slope == "1.0" else f"{slope} * ({summed})"


def _remark(program: Program, unit: Unit, needed: set[str]) -> str:
    """Return the comment that says which units a delta is made of."""
    outgoing = program.network.outgoing[unit.id]
    fed = [comment(c.target, 20) for c in outgoing if c.target in needed]
    name = comment(unit.id, 20)
    if not fed:
        return f"# {name} is an output"
    count = f": {len(fed)} terms" if len(fed) > 1 else ""
    also = ", an output, also" if unit.is_output else ""
    return f"# {name}{also} feeds {', '.join(fed)}{count}"


def _group_lines(symbols: Symbols) -> list[str]:
    """Return the lines for the deltas of outputs that softmax couples."""
    program, loss = symbols.program, symbols.program.project.loss
    names = [symbols.z[unit.id] for unit in program.outputs]
    unpacked = ", ".join(f"delta_{name}" for name in names) + ("," if len(names) == 1 else "")
    if loss.name == "cross_entropy":
        return [
            "# Softmax and cross-entropy together: p times the sum of the targets, minus its own.",
            "P = softmax(A)",
            f"{unpacked} = (P * T.sum(axis=1, keepdims=True) - T).T",
        ]
    share = output_share(loss, "Z", "T", len(names))
    through = (
        "Z * (G - (Z * G).sum(axis=1, keepdims=True))"
        if program.group == "softmax"
        else "G - np.exp(Z) * G.sum(axis=1, keepdims=True)"
    )
    return [
        f"# Each output's a moves every output's z: the jacobian of {program.group}.",
        f"G = {share}",
        f"{unpacked} = ({through}).T",
    ]


def gradient_lines(symbols: Symbols, needed: Mapping[str, Unit], mean: bool) -> list[str]:
    """Return the lines for the gradient: delta of the target times what it is weighted with."""
    reduced = "np.mean" if mean else "np.sum"
    lines = ["dE_dw, dE_db = {}, {}"]
    for unit in needed.values():
        z = symbols.z[unit.id]
        for c in symbols.program.network.incoming[unit.id]:
            key = repr(symbols.w[c.ends])
            lines.append(f"dE_dw[{key}] = {reduced}(delta_{z} * {symbols.da_dw(c)})")
        if unit.bias is not None:
            lines.append(f"dE_db[{f'b_{z}'!r}] = {reduced}(delta_{z})")
    return lines


def weight_lines(symbols: Symbols, needed: Mapping[str, Unit]) -> list[str]:
    """Return the lines that hold every weight and bias."""
    lines = []
    for unit in needed.values():
        for c in symbols.program.network.incoming[unit.id]:
            ends = f"{comment(c.source, 30)} → {comment(c.target, 30)}"
            lines.append(f"{symbols.w[c.ends]} = {number(c.weight)}  # {ends}")
        if unit.bias is not None:
            lines.append(f"b_{symbols.z[unit.id]} = {number(unit.bias)}")
    return lines
