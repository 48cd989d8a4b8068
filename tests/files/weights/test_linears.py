"""Weights are a net by the names and shapes that PyTorch, Keras, scikit-learn and people give."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainstep import predict
from chainstep.errors import FileError
from chainstep.files import bring_in, load

rng = np.random.default_rng(5)
A, B = rng.normal(size=(5, 4)), rng.normal(size=5)
C, D = rng.normal(size=(2, 5)), rng.normal(size=2)
ROWS = rng.normal(size=(12, 4))

#: The same net by other names; T is for [in, out].
NAMES: dict[str, dict[str, Any]] = {
    "a Sequential": {"0.weight": A, "0.bias": B, "2.weight": C, "2.bias": D},
    "named modules": {"fc1.weight": A, "fc1.bias": B, "out.weight": C, "out.bias": D},
    "a compiled module": {"_orig_mod.0.weight": A, "_orig_mod.0.bias": B, "_orig_mod.2.weight": C,
                          "_orig_mod.2.bias": D},
    "letters": {"W1": A, "b1": B, "W2": C, "b2": D},
    "letters, columns": {"w1": A, "b1": B[:, None], "w2": C, "b2": D[:, None]},
    "letters, [in, out]": {"W1": A.T, "b1": B, "W2": C.T, "b2": D[None]},
    "words": {"weights1": A, "bias1": B, "weights2": C, "bias2": D},
    "scikit-learn": {"coefs_0": A.T, "intercepts_0": B, "coefs_1": C.T, "intercepts_1": D},
    "scikit-learn and more": {"coefs_0": A.T, "intercepts_0": B, "coefs_1": C.T,
                              "intercepts_1": D, "loss_curve_": np.ones(7), "n_layers_": 3},
    "Keras": {"dense/kernel": A.T, "dense/bias": B, "dense_1/kernel": C.T, "dense_1/bias": D},
    "Keras, flat": {"dense_kernel": A.T, "dense_bias": B, "dense_1_kernel:0": C.T,
                    "dense_1_bias:0": D},
    "positions": {"arr_0": A.T, "arr_1": B, "arr_2": C.T, "arr_3": D},
    "another order": {"classifier.weight": C, "classifier.bias": D, "first.weight": A,
                      "first.bias": B},
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_same_net_is_read_by_whatever_names_its_weights_have(name: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", **NAMES[name])
    outputs = predict(load(tmp_path / "w.npz"), ROWS)
    wanted = np.maximum(ROWS @ A.T + B, 0) @ C.T + D
    assert np.abs(outputs - wanted).max() < 1e-14


def test_what_was_turned_put_in_order_or_left_out_is_told(tmp_path: Path) -> None:
    told = {
        "scikit-learn and more": "Left out, as no part of a layer: loss_curve_, n_layers_.",
        "Keras": "stored as [in, out] and are turned round",
        "another order": "the one order in which they fit: first.weight, classifier.weight",
    }
    for name, sentence in told.items():
        np.savez(tmp_path / "w.npz", **NAMES[name])
        assert any(sentence in note for note in bring_in(tmp_path / "w.npz").notes)


def test_a_batch_norm_of_keras_is_folded_with_its_own_epsilon(tmp_path: Path) -> None:
    mean, variance, gamma, beta = (rng.uniform(0.5, 1.5, 5) for _ in range(4))
    norm = {"moving_mean": mean, "moving_variance": variance, "gamma": gamma, "beta": beta}
    arrays = {**NAMES["Keras"], **{f"bn/{key}": value for key, value in norm.items()}}
    order = ["dense/kernel", "dense/bias", *(f"bn/{key}" for key in norm)]
    np.savez(tmp_path / "w.npz", **{k: arrays[k] for k in [*order, *NAMES["Keras"]]})
    hidden = (ROWS @ A.T + B - mean) / np.sqrt(variance + 1e-3) * gamma + beta
    wanted = np.maximum(hidden, 0) @ C.T + D
    assert np.abs(predict(load(tmp_path / "w.npz"), ROWS) - wanted).max() < 1e-13


@pytest.mark.parametrize(
    ("arrays", "told"),
    [
        ({"0.weight": A, "1.weight": np.ones(1)}, r"1\.weight \[1\] is no layer of single units"),
        ({"0.weight": np.ones((2, 1, 3, 3))}, "is no layer of single units: export the model as"),
        ({"W1": A, "b1": np.ones(3)}, r"the 3 biases b1 do not fit the weights W1 \[5, 4\]"),
        ({"a.weight": A, "b.weight": np.ones((7, 9))}, "do not fit one after the other"),
        ({"mask": np.ones((3, 4))}, r"mask \[3, 4\] is no layer"),
    ],
)
def test_what_is_no_chain_of_layers_is_refused_by_name_and_shape(
    arrays: dict[str, Any], told: str, tmp_path: Path
) -> None:
    np.savez(tmp_path / "w.npz", **arrays)
    with pytest.raises(FileError, match=rf"w\.npz: .*{told}"):
        load(tmp_path / "w.npz")
