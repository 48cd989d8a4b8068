"""Which ONNX operators can be drawn, and what to say to those that are asked for in vain.

The meaning of the supported ones is in `operators` and `activations`.
"""

from typing import Any, Final

#: The domain of our one function, `Erf` in float64.
OWN: Final = "io.chainstep"

_ONNX: Final = (
    # units
    "Relu Sigmoid Tanh LeakyRelu Elu Selu Celu Gelu Softplus Softsign Mish HardSigmoid HardSwish "
    "Clip PRelu Abs Erf Softmax LogSoftmax Log Exp Sin Reciprocal Sqrt Pow Greater Less "
    "GreaterOrEqual LessOrEqual "
    "Where Swish "
    "Max Min ReduceMax ReduceProd ThresholdedRelu "
    # arithmetic and shapes
    "Gemm MatMul Einsum Add Sub Mul Div Neg Sum Mean BatchNormalization Dropout Concat Gather "
    "Split Slice Reshape Flatten Squeeze Unsqueeze Transpose Identity Cast Constant ReduceSum "
    "ReduceMean Shape"
)
#: Every operator that can be read, as (domain, name).
SUPPORTED: Final = frozenset(
    {
        *(("", name) for name in _ONNX.split()),
        *(("ai.onnx", name) for name in _ONNX.split()),
        ("ai.onnx.ml", "Scaler"),
        ("com.microsoft", "FusedGemm"),
        ("com.microsoft", "Gelu"),
        ("com.microsoft", "QuickGelu"),
        (OWN, "Erf"),
    }
)

_EVAL: Final = "export after model.eval()"
_PLAIN: Final = "only nets of single units can be drawn, not"
#: Why a well-known operator is refused.
_WHY: Final = {
    **dict.fromkeys(("Conv", "ConvTranspose"), f"{_PLAIN} convolutions"),
    **dict.fromkeys(
        ("MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool"), f"{_PLAIN} pooling"
    ),
    **dict.fromkeys(("LSTM", "GRU", "RNN"), f"{_PLAIN} recurrent layers"),
    **dict.fromkeys(
        ("TreeEnsembleClassifier", "TreeEnsembleRegressor", "TreeEnsemble"),
        f"{_PLAIN} decision trees",
    ),
    **dict.fromkeys(
        ("SVMClassifier", "SVMRegressor", "LinearClassifier", "LinearRegressor"),
        "it is no neural net; export an MLPClassifier, an MLPRegressor or a torch module",
    ),
    **dict.fromkeys(("If", "Loop", "Scan"), f"{_PLAIN} graphs that branch or repeat"),
    **dict.fromkeys(
        (
            "DynamicQuantizeLinear",
            "QuantizeLinear",
            "DequantizeLinear",
            "MatMulInteger",
            "QLinearMatMul",
            "ConvInteger",
        ),
        "its weights are quantised; export the model in float32",
    ),
    **dict.fromkeys(
        ("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike", "Bernoulli"),
        f"it draws random numbers; {_EVAL}",
    ),
    **dict.fromkeys(
        ("LayerNormalization", "InstanceNormalization", "GroupNormalization", "RMSNormalization"),
        "it divides by a deviation within each example; only batch norm can be folded away",
    ),
    "Attention": f"{_PLAIN} attention",
    "MultiHeadAttention": f"{_PLAIN} attention",
    "Embedding": f"{_PLAIN} embeddings",
    "ConstantOfShape": "a constant tensor must be stored, not made; export with constant folding",
}


def refusal_of(node: Any) -> str:
    """Return why an operator is refused, where there is more to say than that it is unknown."""
    return _WHY.get(node.op_type, "")
