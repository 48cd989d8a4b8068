"""The derivatives of the activations as NumPy text; h itself is in `numpy_script`.

At a kink each is the left derivative, as in `engine.activations`.
"""

from typing import Final

from chainstep.files.programs.common import Helper


def _slope(name: str, body: str, *uses: str, params: str = "") -> Helper:
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return Helper(f"def {name}_prime(a{params}):\n{lines}", uses)


_ALPHA: Final = ", alpha"
SLOPES: Final = {
    "logistic": _slope("logistic", "return logistic(a) * logistic(-a)", "logistic"),
    "tanh": _slope("tanh", "return 1.0 / np.cosh(a) ** 2"),
    "relu": _slope("relu", "return np.where(a > 0, 1.0, 0.0)"),
    "leaky_relu": _slope("leaky_relu", "return np.where(a > 0, 1.0, alpha)", params=_ALPHA),
    "elu": _slope(
        "elu", "return np.where(a > 0, 1.0, alpha * np.exp(np.minimum(a, 0.0)))", params=_ALPHA
    ),
    "selu": _slope(
        "selu",
        "alpha, scale = 1.6732632423543772, 1.0507009873554805\n"
        "return scale * np.where(a > 0, 1.0, alpha * np.exp(np.minimum(a, 0.0)))",
    ),
    "celu": _slope(
        "celu", "return np.where(a > 0, 1.0, np.exp(np.minimum(a / alpha, 0.0)))", params=_ALPHA
    ),
    "gelu": _slope(
        "gelu",
        "erfc = np.vectorize(math.erfc, otypes=[float])\n"
        "density = np.exp(-0.5 * a * a) / math.sqrt(2.0 * math.pi)\n"
        "return 0.5 * erfc(-a / math.sqrt(2.0)) + a * density",
    ),
    "gelu_tanh": _slope(
        "gelu_tanh",
        "t = np.tanh(np.sqrt(2.0 / np.pi) * (a + 0.044715 * a**3))\n"
        "inner_prime = np.sqrt(2.0 / np.pi) * (1.0 + 3 * 0.044715 * a * a)\n"
        "return 0.5 * (1.0 + t) + 0.5 * a * (1.0 - t * t) * inner_prime",
    ),
    "silu": _slope("silu", "return logistic(a) + a * logistic(a) * logistic(-a)", "logistic"),
    "softplus": _slope("softplus", "return logistic(a)", "logistic"),
    "mish": _slope(
        "mish",
        "t = np.tanh(softplus(a))\nreturn t + a * (1.0 - t * t) * logistic(a)",
        *("softplus", "logistic"),
    ),
    "softsign": _slope("softsign", "return 1.0 / (1.0 + np.abs(a)) ** 2"),
    "hard_sigmoid": _slope(
        "hard_sigmoid",
        "line = alpha * a + beta\nreturn np.where((line > 0) & (line < 1), alpha, 0.0)",
        params=", alpha, beta",
    ),
    "hard_swish": _slope(
        "hard_swish",
        "return np.where(a <= -3, 0.0, np.where(a > 3, 1.0, (2.0 * a + 3.0) / 6.0))",
    ),
    "sine": _slope("sine", "return np.cos(a)"),
    "exp": _slope("exp", "return np.exp(a)"),
    "reciprocal": _slope("reciprocal", "return -1.0 / (a * a)"),
    "power": _slope("power", "return exponent * a ** (exponent - 1.0)", params=", exponent"),
    "clip": _slope(
        "clip", "return np.where((a > low) & (a < high), 1.0, 0.0)", params=", low, high"
    ),
    "gaussian": _slope("gaussian", "return -2.0 * a * np.exp(-a * a)"),
}
