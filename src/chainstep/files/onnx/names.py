"""Which ONNX operators can be drawn, and what to say to those that are asked for in vain.

The meaning of the supported ones is in `operators` and `activations`.
"""

from typing import Any, Final

#: The domain of our one function, `Erf` in float64.
OWN: Final = "io.chainstep"

_ONNX: Final = (
    # units
    "Relu Sigmoid Tanh LeakyRelu Elu Selu Celu Gelu Softplus Softsign Mish HardSigmoid HardSwish "
    "Clip PRelu Abs Erf Softmax LogSoftmax Log Exp Sin Cos Reciprocal Sqrt Pow Sign Swish Shrink "
    "ThresholdedRelu Max Min ReduceMax ReduceMin ReduceProd "
    "Greater Less GreaterOrEqual LessOrEqual Equal And Or Not Where "
    # norms
    "LayerNormalization RMSNormalization LpNormalization ReduceL1 ReduceL2 ReduceSumSquare "
    # arithmetic and shapes
    "Gemm MatMul Einsum Add Sub Mul Div Neg Sum Mean BatchNormalization Dropout Concat Gather "
    "GatherND Split Slice Reshape Flatten Squeeze Unsqueeze Transpose Expand Tile Pad Identity "
    "Cast Constant ReduceSum ReduceMean Shape "
    # of constants only
    "ConstantOfShape Mod Floor Ceil Size"
)
_SKLEARN: Final = (
    "Scaler Imputer Normalizer ArrayFeatureExtractor Binarizer LinearRegressor LinearClassifier"
)
#: Every operator that can be read, as (domain, name).
SUPPORTED: Final = frozenset(
    {
        *(("", name) for name in _ONNX.split()),
        *(("ai.onnx", name) for name in _ONNX.split()),
        *(("ai.onnx.ml", name) for name in _SKLEARN.split()),
        ("", "SimplifiedLayerNormalization"),
        ("com.microsoft", "FusedGemm"),
        ("com.microsoft", "FusedMatMul"),
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
        ("SVMClassifier", "SVMRegressor"),
        "it compares with stored examples; export an MLPClassifier or an MLPRegressor instead",
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
        ("InstanceNormalization", "GroupNormalization"),
        "it divides by a deviation within each channel; use BatchNorm or LayerNorm instead",
    ),
    "Attention": f"{_PLAIN} attention",
    "MultiHeadAttention": f"{_PLAIN} attention",
    "Embedding": f"{_PLAIN} embeddings",
}


def refusal_of(node: Any) -> str:
    """Return why an operator is refused, where there is more to say than that it is unknown."""
    return _WHY.get(node.op_type, "")


#: What to do about an operator that nothing else is said of.
UNKNOWN: Final = (
    "Chainstep has no unit that does this; use the activations in its menu, sums and products, or "
    "export the part of the model before it"
)
