"""What ONNX's shape operators do: they move forms about, and never across examples.

The axis of the examples is kept at length 1 and its place is followed. Arithmetic is in
`operators`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from chainstep.files.onnx.affine import Form, Refused, Tensor, Value
from chainstep.files.onnx.operators import BATCH, MIXED, Node, Operator, refuse_size


def _both(value: Value) -> tuple[Any, int | None]:
    """Return array and axis of the examples, of a tensor or a constant."""
    return (value.array, value.batch) if isinstance(value, Tensor) else (np.asarray(value), None)


def _like(value: Value, array: Any, batch: int | None) -> Value:
    return Tensor(array, batch) if isinstance(value, Tensor) else array


def _own_axis(axis: int, rank: int, batch: int | None) -> int:
    """Return an axis counted from 0. Raises Refused for that of the examples."""
    if not -rank <= axis < rank:
        raise Refused("its axis does not exist")
    if batch is not None and axis % rank == batch:
        raise Refused(MIXED)
    return axis % rank


def reshape(node: Node) -> Sequence[Value]:
    """Reshape within each example."""
    value, wanted = node.inputs[0], node.constant(1, "the new shape")
    if wanted is None:  # opset 1 to 4
        wanted = np.asarray(node.get("shape", []))
    array, batch = _both(value)
    shape = [int(size) for size in wanted.ravel()]
    if len(shape) > 8:
        raise Refused("its new shape has too many axes")
    if batch is None:
        return [_like(value, _reshaped(array, shape, node), None)]
    return [_reshape_examples(array, batch, shape, node)]


def _reshaped(array: Any, shape: list[int], node: Node) -> Any:
    keep = not node.get("allowzero", 0)
    shape = [array.shape[n] if size == 0 and keep else size for n, size in enumerate(shape)]
    try:
        return array.reshape(shape)
    except ValueError:
        raise Refused("its new shape does not fit the old one") from None


def _reshape_examples(array: Any, batch: int, shape: list[int], node: Node) -> Tensor:
    """Find the axis of the examples in the new shape: the first, or what `Shape` said it is."""
    alone = node.drafts.batch == 1  # an exporter without batches
    if BATCH in shape:
        place = shape.index(BATCH)
    elif shape and (shape[0] in (-1, 0, 1) or shape[0] == node.drafts.batch):
        place = 0
    elif alone:
        return Tensor(_reshaped(array, shape, node), None)
    else:
        raise Refused(MIXED)
    if len(shape) == 1 and array.size != 1 and alone:
        return Tensor(_reshaped(array, shape, node), None)
    sizes = [array.shape[n] if size == 0 else size for n, size in enumerate(shape[: array.ndim])]
    sizes += shape[array.ndim :]
    rest = [size for n, size in enumerate(sizes) if n != place]
    known = int(np.prod([size for size in rest if size >= 0]))
    rest = [array.size // max(known, 1) if size == -1 else size for size in rest]
    before = [*array.shape[:batch], *rest[:place]]
    if min(rest, default=1) < 1 or int(np.prod(rest)) != array.size or max(before, default=1) > 1:
        raise Refused(MIXED)
    rest.insert(place, 1)
    return Tensor(array.reshape(rest), place)


def flatten(node: Node) -> Sequence[Value]:
    """Flatten everything behind the examples."""
    value = node.inputs[0]
    array, batch = _both(value)
    axis = int(node.get("axis", 1)) % (array.ndim + 1)
    if batch is not None and (batch != 0 or axis != 1):
        raise Refused(MIXED)
    rows = int(np.prod(array.shape[:axis])) if axis else 1
    return [_like(value, array.reshape(rows, -1), batch)]


def concat(node: Node) -> Sequence[Value]:
    """Put tensors side by side."""
    parts = node.inputs
    refuse_size(node, sum(v.array.size if isinstance(v, Tensor) else np.size(v) for v in parts))
    if not any(isinstance(part, Tensor) for part in parts):
        return [np.concatenate([np.atleast_1d(part) for part in parts], int(node.get("axis", 0)))]
    tensors = [node.tensor(place) for place in range(len(parts))]
    batches = {t.batch for t in tensors if t.batch is not None}
    batch = next(iter(batches), None)
    if len(batches) > 1:
        raise Refused(MIXED)
    axis = _own_axis(int(node.get("axis", 1)), tensors[0].array.ndim, batch)
    try:
        return [Tensor(np.concatenate([t.array for t in tensors], axis), batch)]
    except ValueError:
        raise Refused("its parts do not fit") from None


def gather(node: Node) -> Sequence[Value]:
    """Pick along an axis."""
    value, picks = node.inputs[0], node.constant(1, "what it picks")
    assert picks is not None
    array, batch = _both(value)
    axis = _own_axis(int(node.get("axis", 0)), array.ndim, batch)
    refuse_size(node, picks.size * (array.size // max(array.shape[axis], 1)))
    try:
        out = np.take(array, picks.astype(np.int64), axis)
    except IndexError:
        raise Refused("it picks what is not there") from None
    if batch is not None and batch > axis:
        batch += picks.ndim - 1
    return [_like(value, out, batch)]


def split(node: Node) -> Sequence[Value]:
    """Cut along an axis."""
    value = node.inputs[0]
    array, batch = _both(value)
    axis = _own_axis(int(node.get("axis", 0)), array.ndim, batch)
    given = node.get("split")
    if given is None and (sizes := node.constant(1, "where it cuts")) is not None:
        given = sizes.ravel().tolist()
    length = array.shape[axis]
    if given is None:
        count = int(node.get("num_outputs", node.outputs))
        size = -(-length // count)
        given = [min(size, length - size * n) for n in range(count)]
    if sum(given) != length or min(given) < 0:
        raise Refused("its parts do not add up to the whole")
    parts = np.split(array, np.cumsum(given)[:-1].astype(np.int64), axis)
    return [_like(value, part, batch) for part in parts]


def slice_(node: Node) -> Sequence[Value]:
    """Take a stretch along axes."""
    value = node.inputs[0]
    array, batch = _both(value)
    starts, ends, axes, steps = (_slice_list(node, name, n) for n, name in enumerate(_SLICE, 1))
    if starts is None or ends is None:
        raise Refused("it does not say from where to where")
    cut: list[Any] = [slice(None)] * array.ndim
    places = axes if axes is not None else list(range(len(starts)))
    for place, axis in enumerate(places):
        step = steps[place] if steps else 1
        start, end = starts[place], ends[place]
        if axis % array.ndim == batch:
            if start == 0 and end >= 2**31 - 1 and step == 1:
                continue
            raise Refused(MIXED)
        stop = None if step < 0 and end < -array.shape[axis] else end
        cut[axis % array.ndim] = slice(start, stop, step)
    return [_like(value, array[tuple(cut)], batch)]


_SLICE: Final = ("starts", "ends", "axes", "steps")


def _slice_list(node: Node, name: str, place: int) -> list[int] | None:
    given = node.get(name)
    if given is None and (value := node.constant(place, name)) is not None:
        given = value.ravel().tolist()
    return None if given is None else [int(number) for number in given]


def squeeze(node: Node) -> Sequence[Value]:
    """Drop axes of length 1, never that of the examples."""
    value = node.inputs[0]
    array, batch = _both(value)
    axes = node.axes()
    if axes is None:
        axes = [n for n, size in enumerate(array.shape) if size == 1 and n != batch]
    places = {axis % array.ndim for axis in axes}
    if any(array.shape[place] != 1 for place in places):
        raise Refused("it drops an axis that is longer than 1")
    if batch in places:
        if node.drafts.batch != 1:
            raise Refused(MIXED)
        return [_like(value, np.squeeze(array, tuple(places)), None)]
    moved = None if batch is None else batch - sum(place < batch for place in places)
    return [_like(value, np.squeeze(array, tuple(places)), moved)]


def unsqueeze(node: Node) -> Sequence[Value]:
    """Add axes of length 1."""
    value = node.inputs[0]
    array, batch = _both(value)
    axes = node.axes() or []
    rank = array.ndim + len(axes)
    if rank > 8:
        raise Refused("it makes too many axes")
    places = sorted({axis % rank for axis in axes})
    kept = [n for n in range(rank) if n not in places]
    return [
        _like(value, np.expand_dims(array, tuple(places)), None if batch is None else kept[batch])
    ]


def transpose(node: Node) -> Sequence[Value]:
    """Reorder axes."""
    value = node.inputs[0]
    array, batch = _both(value)
    order = [int(n) for n in node.get("perm", range(array.ndim)[::-1])]
    moved = None if batch is None else order.index(batch)
    return [_like(value, array.transpose(order), moved)]


def expand(node: Node) -> Sequence[Value]:
    """Repeat along axes of length 1, never the examples."""
    value, wanted = node.inputs[0], node.constant(1, "its shape")
    assert wanted is not None
    array, batch = _both(value)
    sizes = [1 if size in (BATCH, -1) else int(size) for size in wanted.ravel()]
    if batch is not None:
        place = batch + max(len(sizes) - array.ndim, 0)
        sizes = _one_at(sizes, place - max(array.ndim - len(sizes), 0), node)
    shape = np.broadcast_shapes(array.shape, tuple(sizes))
    refuse_size(node, int(np.prod(shape, dtype=object)))
    moved = None if batch is None else batch + len(shape) - array.ndim
    return [_like(value, np.broadcast_to(array, shape), moved)]


def _one_at(sizes: list[int], place: int, node: Node) -> list[int]:
    """Return sizes with the examples counted as 1. Raises Refused where they are multiplied."""
    if 0 <= place < len(sizes):
        if sizes[place] not in (1, node.drafts.batch):
            raise Refused(MIXED)
        sizes[place] = 1
    return sizes


def tile(node: Node) -> Sequence[Value]:
    """Repeat whole axes, never the examples."""
    value, wanted = node.inputs[0], node.constant(1, "how often it repeats")
    assert wanted is not None
    array, batch = _both(value)
    repeats = [int(n) for n in wanted.ravel()]
    if len(repeats) != array.ndim or min(repeats, default=1) < 1:
        raise Refused("it repeats nothing")
    if batch is not None and repeats[batch] != 1:
        raise Refused(MIXED)
    refuse_size(node, array.size * int(np.prod(repeats, dtype=object)))
    return [_like(value, np.tile(array, repeats), batch)]


def pad(node: Node) -> Sequence[Value]:
    """Put a constant, or copies of the border, around each example."""
    value, array = node.tensor(), node.tensor().array
    given = node.get("pads", node.get("paddings"))
    pads = _slice_list(node, "", 1) if given is None else [int(n) for n in given]
    axes = [n % array.ndim for n in (_slice_list(node, "", 3) or range(array.ndim))]
    if pads is None or len(pads) != 2 * len(axes) or min(pads) < 0:
        raise Refused("only a border around the values can be drawn")
    sides = dict(zip(axes, zip(pads, pads[len(axes) :], strict=False), strict=True))
    if value.batch is not None and sides.get(value.batch, (0, 0)) != (0, 0):
        raise Refused(MIXED)
    wide = [(*sides.get(n, (0, 0)),) for n in range(array.ndim)]
    refuse_size(node, int(np.prod([n + sum(w) for n, w in zip(array.shape, wide, strict=True)])))
    filling = node.constant(2, "what it pads with")
    number = float(node.get("value", 0.0) if filling is None else filling.ravel()[0])
    return [Tensor(_padded(array, wide, str(node.get("mode", "constant")), number), value.batch)]


def _padded(array: Any, wide: list[tuple[int, int]], mode: str, number: float) -> Any:
    if mode == "constant":
        border = np.full([n + sum(w) for n, w in zip(array.shape, wide, strict=True)], None, object)
        border.fill(Form({}, number))
        inside = tuple(slice(w[0], w[0] + n) for n, w in zip(array.shape, wide, strict=True))
        border[inside] = array
        return border
    if mode not in ("edge", "reflect", "wrap"):
        raise Refused("only a border around the values can be drawn")
    for axis, sides in enumerate(wide):
        array = np.take(array, np.pad(np.arange(array.shape[axis]), sides, mode=mode), axis)  # type: ignore[call-overload]
    return array


def gather_nd(node: Node) -> Sequence[Value]:
    """Pick by several axes at once, the first ones."""
    value, picks = node.inputs[0], node.constant(1, "what it picks")
    assert picks is not None
    array, batch = _both(value)
    depth = picks.shape[-1]
    if node.get("batch_dims", 0) or (batch is not None and batch < depth):
        raise Refused(MIXED)
    refuse_size(node, picks.size * array.size)
    out = array[tuple(picks[..., n].astype(np.int64) for n in range(depth))]
    return [_like(value, out, None if batch is None else batch - depth + picks.ndim - 1)]


def shape_of(node: Node) -> Sequence[Value]:
    """Return the shape, the examples' axis marked."""
    array, batch = _both(node.inputs[0])
    sizes = np.array(array.shape, dtype=np.int64)
    if batch is not None:
        sizes[batch] = BATCH
    return [sizes[slice(node.get("start", 0), node.get("end", None))]]


def same(node: Node) -> Sequence[Value]:
    """Pass on."""
    return [node.inputs[0]]


SHAPES: Final[Mapping[str, Operator]] = {
    "Reshape": reshape,
    "Flatten": flatten,
    "Concat": concat,
    "Gather": gather,
    "Split": split,
    "Slice": slice_,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Transpose": transpose,
    "Expand": expand,
    "Tile": tile,
    "Pad": pad,
    "GatherND": gather_nd,
    "Shape": shape_of,
    "Identity": same,
}
