"""ONNX in and out: a graph read as affine forms over units, a net written as Gemm or per unit."""
