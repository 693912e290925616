"""The operator cases: which models the conformance suite consists of.

Every function decorated with @operator yields the cases of one operator, for int8 and float32 where the
operator has both. Names start with the type, e.g. "int8_same_stride2".
"""

import numpy as np

from model_builder import Case, Tensor, options, random_values, schema, seeded

EXACT = 0
CLOSE = 1e-5
CLOSE_EXP = 1e-4

SAME, VALID = schema.Padding.SAME, schema.Padding.VALID
ACTIVATIONS = {
    "none": schema.ActivationFunctionType.NONE,
    "relu": schema.ActivationFunctionType.RELU,
    "relu6": schema.ActivationFunctionType.RELU6,
    "relu_n1_to_1": schema.ActivationFunctionType.RELU_N1_TO_1,
}
TYPES = ("int8", "float32")

GENERATORS = []


def operator(name):
    """Registers a generator of cases for an operator."""

    def register(function):
        GENERATORS.append((name, function))
        return function

    return register


def all_cases():
    """Every case of the suite, sorted by name."""
    cases = [case for name, function in GENERATORS for case in function(name)]
    cases.sort(key=lambda case: case.full_name)
    names = [case.full_name for case in cases]
    duplicates = {name for name in names if names.count(name) > 1}
    if duplicates:
        raise ValueError(f"case names used twice: {sorted(duplicates)}")
    return cases


def tensor(shape, dtype, scale=0.05, zero=0, feed=None):
    """An activation: quantised per tensor when it is int8."""
    if dtype != "int8":
        return Tensor(shape, dtype, feed=feed)
    return Tensor(shape, dtype, scale=scale, zero=zero, feed=feed)


def constant(values, dtype, scale=None, zero=0, axis=0):
    """A constant tensor."""
    values = np.asarray(values, np.dtype(dtype))
    return Tensor(values.shape, dtype, scale=scale, zero=zero, axis=axis, const=values)


def result(dtype, scale=0.05, zero=0, shape=None):
    """An output tensor; without a shape the oracle's shape inference fills it in."""
    return tensor(shape, dtype, scale, zero)


def ints(values):
    """A constant int32 tensor, e.g. axes."""
    return constant(values, "int32")


def exactness(dtype):
    """The tolerance of an operator that computes in float32 arithmetic."""
    return CLOSE if dtype == "float32" else EXACT


# --- Convolutions and dense layers ---------------------------------------------------------------------


def weights_and_bias(row, dtype, shape, out_axis, in_scale):
    """The weight and bias constants of a layer, and the mean weight scale."""
    rng = seeded("weights of " + row["key"])
    outs = shape[out_axis]
    bias_kind = row.get("bias", "yes")
    if dtype == "float32":
        weights = constant(rng.standard_normal(size=shape) * 0.5, "float32")
        bias = constant(rng.standard_normal(size=outs), "float32")
        scale = None
    else:
        limit = row.get("wmax", 127)
        values = rng.randint(-limit, limit + 1, size=shape)
        low, high = row.get("wscale", (0.004, 0.012))
        if row.get("per_axis", True):
            scale = np.exp(rng.uniform(np.log(low), np.log(high), size=outs)).astype(np.float32)
        else:
            scale = np.array([low], np.float32)
        weights = constant(values, "int8", scale, 0, out_axis)
        reach = row.get("bias_reach", limit * 40)
        bias = constant(
            rng.randint(-reach, reach + 1, size=outs), "int32", np.float32(in_scale) * scale, 0, 0
        )
        scale = float(np.sqrt(np.mean(scale.astype(np.float64) ** 2)))
    extra = {"yes": [bias], "none": [], "minus1": [None]}[bias_kind]
    return weights, extra, scale


def layer_output(row, dtype, taps, in_scale, weight_scale):
    """The output of a layer, with a scale that uses the int8 range or that gives a wanted multiplier."""
    if dtype != "int8":
        return result(dtype)
    if "mult" in row:
        scale = in_scale * weight_scale / row["mult"]
    else:
        limit = row.get("wmax", 127)
        spread = 74 * (limit * 0.58 + 0.3) * np.sqrt(taps)
        scale = in_scale * weight_scale * spread * row.get("reach", 3.0) / 128
    return result("int8", scale, row.get("zout", 0))


def layer_rows(rows, prefix):
    """Rows of a layer table as (dtype, case name, row); each row names its types."""
    for row in rows:
        for dtype in row.get("types", TYPES):
            named = dict(row)
            named["key"] = f"{prefix}/{row['name']}"
            yield dtype, f"{dtype}_{row['name']}", named


INT8 = ("int8",)

CONV_ROWS = [
    dict(name="pointwise", x=(1, 5, 5, 3), k=(4, 1, 1)),
    dict(name="pointwise_single_pixel", x=(1, 1, 1, 16), k=(8, 1, 1)),
    dict(name="same_3x3", x=(1, 6, 6, 3), k=(4, 3, 3)),
    dict(name="valid_3x3", x=(1, 6, 6, 3), k=(4, 3, 3), pad=VALID),
    dict(name="same_stride2_odd", x=(1, 7, 7, 3), k=(4, 3, 3), s=(2, 2), zin=-3, zout=5),
    dict(name="same_stride2_even", x=(1, 8, 8, 3), k=(4, 3, 3), s=(2, 2), zin=12, zout=-7),
    dict(name="valid_stride2_odd", x=(1, 9, 7, 2), k=(3, 3, 3), s=(2, 2), pad=VALID, zin=-3),
    dict(name="valid_stride3_leftover", x=(1, 10, 11, 2), k=(3, 3, 3), s=(3, 3), pad=VALID, types=INT8),
    dict(name="stride_2x1", x=(1, 8, 8, 2), k=(4, 3, 3), s=(2, 1), zin=9),
    dict(name="stride_1x3", x=(1, 6, 10, 2), k=(4, 3, 3), s=(1, 3), zin=9, types=INT8),
    dict(name="dilation2_same", x=(1, 9, 9, 2), k=(3, 3, 3), d=(2, 2), zin=-20),
    dict(name="dilation2_valid", x=(1, 9, 9, 2), k=(3, 3, 3), d=(2, 2), pad=VALID),
    dict(name="dilation_1x3_same", x=(1, 7, 11, 2), k=(3, 2, 3), d=(1, 3), zin=77, types=INT8),
    dict(name="kernel_larger_than_input", x=(1, 2, 3, 3), k=(4, 5, 5), zin=-9),
    dict(name="kernel_larger_than_input_stride2", x=(1, 3, 2, 2), k=(4, 7, 6), s=(2, 2), zin=-9, types=INT8),
    dict(name="one_wide_column", x=(1, 9, 1, 2), k=(4, 3, 1), zin=4),
    dict(name="one_wide_row", x=(1, 1, 9, 2), k=(4, 1, 3), s=(1, 2), zin=4),
    dict(name="one_wide_kernel3x3", x=(1, 9, 1, 2), k=(4, 3, 3), zin=-128, types=INT8),
    dict(name="even_kernel_2x2_same", x=(1, 5, 5, 2), k=(3, 2, 2), zin=10),
    dict(name="even_kernel_4x4_stride2", x=(1, 7, 8, 2), k=(3, 4, 4), s=(2, 2), zin=10),
    dict(name="tall_kernel_10x4_stride2", x=(1, 25, 10, 1), k=(6, 10, 4), s=(2, 2), zin=83),
    dict(name="batch2", x=(2, 5, 5, 2), k=(3, 3, 3), zin=-1),
    dict(name="single_output_channel", x=(1, 5, 4, 7), k=(1, 3, 3)),
    dict(name="many_channels", x=(1, 3, 3, 33), k=(17, 1, 1), zin=-128, zout=-128),
    dict(name="grouped_2", x=(1, 5, 5, 4), k=(6, 3, 3), groups=2, zin=7),
    dict(name="per_tensor", x=(1, 5, 5, 3), k=(4, 3, 3), per_axis=False, zin=6, types=INT8),
    dict(name="no_bias", x=(1, 5, 5, 3), k=(4, 3, 3), bias="none", zin=6),
    dict(name="bias_minus1", x=(1, 5, 5, 3), k=(4, 3, 3), bias="minus1", zin=6),
    dict(name="zero_in_min", x=(1, 5, 5, 3), k=(4, 3, 3), zin=-128, zout=-128, types=INT8),
    dict(name="zero_in_max", x=(1, 5, 5, 3), k=(4, 3, 3), zin=127, zout=127, types=INT8),
    dict(name="relu", x=(1, 5, 5, 3), k=(4, 3, 3), act="relu", zout=-128),
    dict(name="relu_zero_mid", x=(1, 5, 5, 3), k=(4, 3, 3), act="relu", zout=-30, types=INT8),
    dict(name="relu6", x=(1, 5, 5, 3), k=(4, 3, 3), act="relu6", zout=-100, reach=2.0),
    dict(name="relu6_zero_max", x=(1, 5, 5, 3), k=(4, 3, 3), act="relu6", zout=127, types=INT8),
    dict(name="relu_n1_to_1", x=(1, 5, 5, 3), k=(4, 3, 3), act="relu_n1_to_1", zout=3),
    dict(
        name="multiplier_1_7",
        x=(1, 6, 6, 1),
        k=(3, 1, 1),
        mult=1.7,
        wmax=1,
        per_axis=False,
        bias_reach=20,
        types=INT8,
    ),
    dict(
        name="multiplier_3_9",
        x=(1, 6, 6, 1),
        k=(3, 1, 1),
        mult=3.9,
        wmax=1,
        per_axis=False,
        bias_reach=20,
        zin=-5,
        types=INT8,
    ),
    dict(
        name="multiplier_per_axis_around_1",
        x=(1, 6, 6, 1),
        k=(5, 2, 2),
        mult=0.9,
        wmax=1,
        wscale=(0.002, 0.03),
        bias_reach=20,
        types=INT8,
    ),
    dict(
        name="multiplier_exactly_1",
        x=(1, 6, 6, 1),
        k=(3, 1, 1),
        mult=1.0,
        wmax=1,
        per_axis=False,
        wscale=(0.0078125, 1),
        xscale=0.25,
        bias_reach=20,
        types=INT8,
    ),
    dict(
        name="multiplier_quarter_ties",
        x=(1, 8, 8, 1),
        k=(3, 1, 1),
        mult=0.25,
        wmax=2,
        per_axis=False,
        wscale=(0.0078125, 1),
        xscale=0.25,
        bias_reach=20,
        types=INT8,
    ),
    dict(name="multiplier_tiny", x=(1, 6, 6, 8), k=(3, 3, 3), mult=1.3e-6, bias_reach=40000000, types=INT8),
    dict(name="scales_wide_apart", x=(1, 5, 5, 3), k=(8, 3, 3), wscale=(1e-6, 0.5), types=INT8),
    dict(name="saturating", x=(1, 5, 5, 3), k=(4, 3, 3), reach=0.4, types=INT8),
]


@operator("CONV_2D")
def conv_2d(name):
    """Convolutions: weights are [outputs, height, width, inputs / groups]."""
    for dtype, case_name, row in layer_rows(CONV_ROWS, name):
        outs, height, width = row["k"]
        depth = row["x"][3] // row.get("groups", 1)
        in_scale = row.get("xscale", 0.031)
        source = tensor(row["x"], dtype, in_scale, row.get("zin", 0))
        weights, bias, scale = weights_and_bias(row, dtype, (outs, height, width, depth), 0, in_scale)
        out = layer_output(row, dtype, height * width * depth, in_scale, scale)
        if row.get("bias", "yes") != "yes":
            out.shape = list(row["x"][:3]) + [outs]  # LiteRT refuses these, so it cannot tell the shape.
        stride, dilation = row.get("s", (1, 1)), row.get("d", (1, 1))
        attributes = options(
            "Conv2D",
            padding=row.get("pad", SAME),
            strideH=stride[0],
            strideW=stride[1],
            dilationHFactor=dilation[0],
            dilationWFactor=dilation[1],
            fusedActivationFunction=ACTIVATIONS[row.get("act", "none")],
        )
        version = 3 if dtype == "int8" else 1
        if "groups" in row:
            version = 6
        yield Case(name, case_name, [source, weights] + bias, [out], attributes, version, exactness(dtype))


DEPTHWISE_ROWS = [
    dict(name="same_3x3", x=(1, 6, 6, 4), k=(3, 3), zin=-3, zout=9),
    dict(name="valid_3x3", x=(1, 6, 6, 4), k=(3, 3), pad=VALID),
    dict(name="same_stride2_odd", x=(1, 7, 9, 3), k=(3, 3), s=(2, 2), zin=14),
    dict(name="same_stride2_even", x=(1, 8, 6, 3), k=(3, 3), s=(2, 2), zin=14),
    dict(name="valid_stride2", x=(1, 8, 9, 3), k=(3, 3), s=(2, 2), pad=VALID, types=INT8),
    dict(name="stride_1x2", x=(1, 5, 8, 3), k=(3, 3), s=(1, 2), zin=1, types=INT8),
    dict(name="multiplier2", x=(1, 5, 5, 3), k=(3, 3), m=2, zin=-5),
    dict(name="multiplier3_stride2", x=(1, 7, 5, 2), k=(3, 3), m=3, s=(2, 2), zin=-5),
    dict(name="multiplier8_one_channel", x=(1, 6, 6, 1), k=(3, 3), m=8, zin=22),
    dict(name="dilation2_same", x=(1, 9, 9, 2), k=(3, 3), d=(2, 2), zin=-60),
    dict(name="dilation2_valid", x=(1, 9, 8, 2), k=(3, 3), d=(2, 2), pad=VALID, types=INT8),
    dict(name="dilation_3x1_same", x=(1, 11, 6, 2), k=(3, 2), d=(3, 1), zin=50, types=INT8),
    dict(name="kernel_larger_than_input", x=(1, 2, 3, 4), k=(5, 5), zin=-9),
    dict(name="global_valid", x=(1, 5, 4, 6), k=(5, 4), pad=VALID, zin=100),
    dict(name="pointwise_1x1", x=(1, 4, 4, 5), k=(1, 1)),
    dict(name="one_wide_column", x=(1, 9, 1, 3), k=(3, 1), zin=4),
    dict(name="one_wide_kernel3x3", x=(1, 1, 8, 3), k=(3, 3), zin=-77, types=INT8),
    dict(name="even_kernel_2x2_same", x=(1, 5, 5, 3), k=(2, 2), zin=10, types=INT8),
    dict(name="tall_kernel_5x1", x=(1, 12, 3, 3), k=(5, 1), s=(2, 1), zin=10, types=INT8),
    dict(name="batch2", x=(2, 5, 5, 3), k=(3, 3), zin=-1),
    dict(name="per_tensor", x=(1, 5, 5, 3), k=(3, 3), per_axis=False, zin=6, types=INT8),
    dict(name="no_bias", x=(1, 5, 5, 3), k=(3, 3), bias="none", zin=6),
    dict(name="zero_in_min", x=(1, 5, 5, 3), k=(3, 3), zin=-128, zout=-128, types=INT8),
    dict(name="zero_in_max", x=(1, 5, 5, 3), k=(3, 3), zin=127, zout=127, types=INT8),
    dict(name="relu", x=(1, 5, 5, 3), k=(3, 3), act="relu", zout=-128),
    dict(name="relu6", x=(1, 5, 5, 3), k=(3, 3), act="relu6", zout=-100, reach=2.0),
    dict(name="relu_n1_to_1", x=(1, 5, 5, 3), k=(3, 3), act="relu_n1_to_1", zout=3),
    dict(
        name="multiplier_2_6",
        x=(1, 6, 6, 3),
        k=(1, 1),
        mult=2.6,
        wmax=1,
        per_axis=False,
        bias_reach=20,
        types=INT8,
    ),
    dict(name="multiplier_tiny", x=(1, 6, 6, 3), k=(3, 3), mult=2.1e-6, bias_reach=40000000, types=INT8),
    dict(name="scales_wide_apart", x=(1, 5, 5, 8), k=(3, 3), wscale=(1e-6, 0.5), types=INT8),
    dict(name="saturating", x=(1, 5, 5, 3), k=(3, 3), reach=0.4, types=INT8),
]


@operator("DEPTHWISE_CONV_2D")
def depthwise_conv_2d(name):
    """Depthwise convolutions: weights are [1, height, width, inputs * multiplier]."""
    for dtype, case_name, row in layer_rows(DEPTHWISE_ROWS, name):
        height, width = row["k"]
        multiplier = row.get("m", 1)
        outs = row["x"][3] * multiplier
        source = tensor(row["x"], dtype, 0.031, row.get("zin", 0))
        weights, bias, scale = weights_and_bias(row, dtype, (1, height, width, outs), 3, 0.031)
        out = layer_output(row, dtype, height * width, 0.031, scale)
        stride, dilation = row.get("s", (1, 1)), row.get("d", (1, 1))
        attributes = options(
            "DepthwiseConv2D",
            padding=row.get("pad", SAME),
            strideH=stride[0],
            strideW=stride[1],
            dilationHFactor=dilation[0],
            dilationWFactor=dilation[1],
            depthMultiplier=multiplier,
            fusedActivationFunction=ACTIVATIONS[row.get("act", "none")],
        )
        version = 3 if dtype == "int8" else (2 if dilation != (1, 1) else 1)
        yield Case(name, case_name, [source, weights] + bias, [out], attributes, version, exactness(dtype))


TRANSPOSE_CONV_ROWS = [
    dict(name="same_stride2", x=(1, 4, 4, 3), k=(2, 3, 3), s=(2, 2), out=(8, 8), zin=-5, zout=11),
    dict(name="valid_stride2", x=(1, 4, 3, 3), k=(2, 3, 3), s=(2, 2), out=(9, 7), pad=VALID, zin=-5),
    dict(name="same_stride1", x=(1, 5, 5, 2), k=(3, 3, 3), s=(1, 1), out=(5, 5), zin=3),
    dict(name="valid_stride1", x=(1, 4, 5, 2), k=(3, 3, 2), s=(1, 1), out=(6, 6), pad=VALID),
    dict(name="same_stride2_odd_output", x=(1, 4, 4, 2), k=(2, 3, 3), s=(2, 2), out=(7, 7), zin=64),
    dict(name="same_2x2_stride2", x=(1, 3, 4, 3), k=(4, 2, 2), s=(2, 2), out=(6, 8), zin=-128, zout=-128),
    dict(name="stride_larger_than_kernel", x=(1, 3, 3, 2), k=(2, 2, 2), s=(3, 3), out=(9, 9), zin=-20),
    dict(name="stride_2x1", x=(1, 3, 5, 2), k=(2, 3, 3), s=(2, 1), out=(6, 5), zin=8, types=INT8),
    dict(name="kernel_larger_than_input", x=(1, 2, 2, 2), k=(3, 5, 5), s=(1, 1), out=(2, 2), zin=8),
    dict(name="no_bias", x=(1, 4, 4, 3), k=(2, 3, 3), s=(2, 2), out=(8, 8), bias="none", zin=8),
    dict(name="batch2", x=(2, 3, 3, 2), k=(2, 3, 3), s=(2, 2), out=(6, 6), zin=8),
    dict(name="relu", x=(1, 4, 4, 3), k=(2, 3, 3), s=(2, 2), out=(8, 8), act="relu", zout=-60),
    dict(name="relu6", x=(1, 4, 4, 3), k=(2, 3, 3), s=(2, 2), out=(8, 8), act="relu6", zout=-60),
    dict(name="per_tensor", x=(1, 4, 4, 3), k=(2, 3, 3), s=(2, 2), out=(8, 8), per_axis=False, types=INT8),
    dict(
        name="zero_in_max", x=(1, 4, 4, 3), k=(2, 3, 3), s=(2, 2), out=(8, 8), zin=127, zout=127, types=INT8
    ),
    dict(
        name="multiplier_1_7",
        x=(1, 4, 4, 1),
        k=(2, 2, 2),
        s=(2, 2),
        out=(8, 8),
        mult=1.7,
        wmax=1,
        per_axis=False,
        bias_reach=20,
        types=INT8,
    ),
]


@operator("TRANSPOSE_CONV")
def transpose_conv(name):
    """Transposed convolutions: inputs are the output shape, the weights, the source and the bias."""
    for dtype, case_name, row in layer_rows(TRANSPOSE_CONV_ROWS, name):
        outs, height, width = row["k"]
        depth = row["x"][3]
        source = tensor(row["x"], dtype, 0.031, row.get("zin", 0))
        weights, bias, scale = weights_and_bias(row, dtype, (outs, height, width, depth), 0, 0.031)
        taps = max(1, height * width * depth / (row["s"][0] * row["s"][1]))
        out = layer_output(row, dtype, taps, 0.031, scale)
        out_shape = ints([row["x"][0], row["out"][0], row["out"][1], outs])
        act = row.get("act", "none")
        attributes = options(
            "TransposeConv",
            padding=row.get("pad", SAME),
            strideH=row["s"][0],
            strideW=row["s"][1],
            fusedActivationFunction=ACTIVATIONS[act],
        )
        version = 4 if act != "none" else 3
        yield Case(
            name, case_name, [out_shape, weights, source] + bias, [out], attributes, version, exactness(dtype)
        )


DENSE_ROWS = [
    dict(name="small", x=(1, 10), k=5, zin=-3, zout=4),
    dict(name="one_output", x=(1, 16), k=1),
    dict(name="one_input", x=(1, 1), k=9),
    dict(name="wide", x=(1, 129), k=33, zin=-128, zout=20),
    dict(name="batch2", x=(2, 12), k=6, zin=5),
    dict(name="batch5", x=(5, 7), k=3, types=INT8, zin=5),
    dict(name="rank1_input", x=(12,), k=6, zin=5),
    dict(name="rank3_flattened", x=(1, 3, 8), k=6, zin=5),
    dict(name="rank4_flattened", x=(1, 2, 2, 6), flat=24, k=6, zin=5),
    dict(name="rank3_keep_dims", x=(1, 4, 6), k=5, keep=True, zin=5),
    dict(name="rank4_keep_dims", x=(1, 2, 3, 6), k=5, keep=True, zin=5),
    dict(name="per_axis", x=(1, 20), k=8, per_axis=True, zin=-9, types=INT8),
    dict(name="per_axis_relu", x=(2, 20), k=8, per_axis=True, zin=-9, zout=-128, act="relu", types=INT8),
    dict(name="no_bias", x=(1, 12), k=6, bias="none", zin=5),
    dict(name="bias_minus1", x=(1, 12), k=6, bias="minus1", zin=5),
    dict(name="zero_in_min", x=(1, 12), k=6, zin=-128, zout=-128, types=INT8),
    dict(name="zero_in_max", x=(1, 12), k=6, zin=127, zout=127, types=INT8),
    dict(name="relu", x=(1, 12), k=16, act="relu", zout=-128),
    dict(name="relu6", x=(1, 12), k=16, act="relu6", zout=-90),
    dict(name="relu_n1_to_1", x=(1, 12), k=16, act="relu_n1_to_1", zout=3),
    dict(name="multiplier_1_7", x=(1, 3), k=40, mult=1.7, wmax=1, bias_reach=20, types=INT8),
    dict(name="multiplier_7_3", x=(1, 2), k=40, mult=7.3, wmax=1, bias_reach=9, types=INT8),
    dict(
        name="multiplier_quarter_ties",
        x=(16, 1),
        k=8,
        mult=0.25,
        wmax=2,
        wscale=(0.0078125, 1),
        xscale=0.25,
        bias_reach=20,
        types=INT8,
    ),
    dict(name="multiplier_tiny", x=(1, 60), k=20, mult=1.1e-6, bias_reach=40000000, types=INT8),
    dict(name="saturating", x=(1, 12), k=16, reach=0.4, types=INT8),
]


@operator("FULLY_CONNECTED")
def fully_connected(name):
    """Dense layers: weights are [outputs, inputs]."""
    for dtype, case_name, row in layer_rows(DENSE_ROWS, name):
        row.setdefault("per_axis", False)
        depth = row.get("flat", row["x"][-1])
        in_scale = row.get("xscale", 0.024)
        source = tensor(row["x"], dtype, in_scale, row.get("zin", 0))
        weights, bias, scale = weights_and_bias(row, dtype, (row["k"], depth), 0, in_scale)
        out = layer_output(row, dtype, depth, in_scale, scale)
        attributes = options(
            "FullyConnected",
            keepNumDims=row.get("keep", False),
            fusedActivationFunction=ACTIVATIONS[row.get("act", "none")],
        )
        version = 4 if dtype == "int8" else 1
        if row.get("keep"):
            version = 5
        if row.get("bias", "yes") != "yes":
            version = 6
        yield Case(name, case_name, [source, weights] + bias, [out], attributes, version, exactness(dtype))


MATMUL_ROWS = [
    dict(name="rank2", a=(3, 5), b=(5, 4), za=-3, zb=7),
    dict(name="rank3", a=(2, 3, 5), b=(2, 5, 4), za=-3, zb=7),
    dict(name="rank4", a=(1, 2, 3, 4), b=(1, 2, 4, 5), za=-128, zb=127, zout=-5),
    dict(name="adj_y", a=(2, 3, 5), b=(2, 4, 5), adj=(False, True), za=-3, zb=7),
    dict(name="adj_x", a=(2, 5, 3), b=(2, 5, 4), adj=(True, False), za=-3, zb=7),
    dict(name="adj_both", a=(2, 5, 3), b=(2, 4, 5), adj=(True, True), za=-3, zb=7),
    dict(name="broadcast_left", a=(3, 5), b=(2, 5, 4), za=1, zb=2),
    dict(name="broadcast_right", a=(2, 3, 5), b=(1, 5, 4), za=1, zb=2),
    dict(name="broadcast_both", a=(2, 1, 3, 4), b=(1, 3, 4, 2), za=1, zb=2),
    dict(name="constant_right", a=(1, 3, 6), b=(6, 4), const=True, za=50),
    dict(name="vector_rows", a=(1, 1, 7), b=(1, 7, 1), za=50, zb=-50),
    dict(name="multiplier_1_3", a=(4, 1), b=(1, 4), mult=1.3, za=0, zb=0, types=INT8),
]


@operator("BATCH_MATMUL")
def batch_matmul(name):
    """Matrix products of two activations, or of one with a constant."""
    for dtype, case_name, row in layer_rows(MATMUL_ROWS, name):
        adj = row.get("adj", (False, False))
        left = tensor(row["a"], dtype, 0.02, row.get("za", 0))
        right = tensor(row["b"], dtype, 0.03, row.get("zb", 0))
        if row.get("const"):
            values = random_values(seeded("matrix of " + row["key"]), row["b"], dtype)
            right = constant(values, dtype, 0.03 if dtype == "int8" else None, row.get("zb", 0))
        depth = row["a"][-2] if adj[0] else row["a"][-1]
        scale = 0.02 * 0.03 / row["mult"] if "mult" in row else 0.02 * 0.03 * 95 * np.sqrt(depth)
        attributes = options("BatchMatMul", adjX=adj[0], adjY=adj[1])
        yield Case(
            name,
            case_name,
            [left, right],
            [result(dtype, scale, row.get("zout", 0))],
            attributes,
            2 if dtype == "int8" else 1,
            exactness(dtype),
        )


# --- Elementwise with two operands ---------------------------------------------------------------------

BROADCASTS = [
    dict(name="same_shape", a=(1, 4, 4, 3), b=(1, 4, 4, 3), za=-7, zb=13, zout=2),
    dict(name="rank1", a=(17,), b=(17,)),
    dict(name="scalar_right", a=(1, 3, 4, 2), b=(), za=3),
    dict(name="scalar_left", a=(), b=(2, 3, 4), zb=-3),
    dict(name="one_element_right", a=(1, 3, 4, 2), b=(1,), types=INT8),
    dict(name="channel_right", a=(1, 3, 4, 5), b=(5,), za=-128, zb=127),
    dict(name="channel_left", a=(1, 1, 1, 5), b=(1, 3, 4, 5), za=10, zb=-10),
    dict(name="width_right", a=(1, 3, 4, 5), b=(1, 1, 4, 1), za=10, zb=-10),
    dict(name="height_right", a=(1, 3, 4, 5), b=(3, 1, 1), types=INT8),
    dict(name="batch_right", a=(2, 3, 2, 3), b=(1, 3, 2, 3)),
    dict(name="both_sides", a=(1, 3, 1, 5), b=(1, 1, 4, 1), za=-20, zb=30, zout=-40),
    dict(name="pixel_right", a=(1, 3, 4, 5), b=(1, 3, 4, 1), types=INT8),
]


def binary_cases(name, kind, out_scale, extra_rows, version_int8=2, fused=True):
    """Cases of an elementwise operator with two operands: broadcasts and the extra rows."""
    for dtype, case_name, row in layer_rows(BROADCASTS + extra_rows, name):
        operands = []
        for side, scale in (("a", 0.043), ("b", 0.029)):
            scale, zero = row.get("scale_" + side, scale), row.get("z" + side, 0)
            if row.get("const") == side:
                values = random_values(seeded("constant of " + row["key"]), row[side], dtype)
                operands.append(constant(values, dtype, scale if dtype == "int8" else None, zero))
            else:
                operands.append(tensor(row[side], dtype, scale, zero))
        out = result(dtype, row.get("scale_out", out_scale), row.get("zout", 0))
        values = {"fusedActivationFunction": ACTIVATIONS[row.get("act", "none")]} if fused else {}
        yield Case(
            name,
            case_name,
            operands,
            [out],
            options(kind, **values),
            version_int8 if dtype == "int8" else 1,
            exactness(dtype),
        )


SHAPE = (1, 4, 4, 3)
ADD_ROWS = [
    dict(name="relu", a=SHAPE, b=SHAPE, act="relu", zout=-128),
    dict(name="relu6", a=SHAPE, b=SHAPE, act="relu6", zout=-100),
    dict(name="relu_n1_to_1", a=SHAPE, b=SHAPE, act="relu_n1_to_1", zout=10),
    dict(name="relu_broadcast", a=SHAPE, b=(3,), act="relu", zout=-64, types=INT8),
    dict(name="constant_right", a=SHAPE, b=(3,), const="b", zb=9),
    dict(name="constant_left", a=SHAPE, b=SHAPE, const="a", zb=9),
    dict(name="constant_scalar", a=SHAPE, b=(), const="b"),
    dict(name="equal_scales", a=(8, 16), b=(8, 16), scale_a=0.05, scale_b=0.05, scale_out=0.1, types=INT8),
    dict(
        name="scales_wide_apart", a=(8, 16), b=(8, 16), scale_a=0.5, scale_b=0.001, scale_out=0.4, types=INT8
    ),
    dict(name="output_scale_small", a=(8, 16), b=(8, 16), scale_out=0.011, types=INT8),
    dict(name="output_scale_tiny", a=(8, 16), b=(8, 16), scale_out=0.0005, types=INT8),
    dict(name="zero_points_min", a=(8, 16), b=(8, 16), za=-128, zb=-128, zout=-128, types=INT8),
    dict(name="zero_points_max", a=(8, 16), b=(8, 16), za=127, zb=127, zout=127, types=INT8),
    dict(name="batch2_rank2", a=(2, 9), b=(2, 1), za=4),
    dict(name="rank5", a=(1, 2, 2, 3, 2), b=(2, 3, 1)),
]
MUL_ROWS = [row for row in ADD_ROWS if row["name"] not in ("output_scale_small", "output_scale_tiny")] + [
    dict(name="multiplier_1_5", a=(8, 16), b=(8, 16), scale_out=0.043 * 0.029 / 1.5, types=INT8),
    dict(name="multiplier_tiny", a=(8, 16), b=(8, 16), scale_out=40.0, types=INT8),
]


@operator("ADD")
def add(name):
    yield from binary_cases(name, "Add", 0.062, ADD_ROWS)


@operator("SUB")
def sub(name):
    yield from binary_cases(name, "Sub", 0.062, ADD_ROWS)


@operator("MUL")
def mul(name):
    yield from binary_cases(name, "Mul", 0.1, MUL_ROWS)


MINMAX_ROWS = [
    dict(row, scale_a=0.05, scale_b=0.05, scale_out=0.05, za=-4, zb=-4, zout=-4)
    for row in (
        dict(name="constant_right", a=SHAPE, b=(3,), const="b"),
        dict(name="constant_scalar", a=SHAPE, b=(), const="b"),
        dict(name="rank5", a=(1, 2, 2, 3, 2), b=(2, 3, 1)),
    )
]


def minmax_cases(name):
    """MAXIMUM and MINIMUM demand one quantisation for all tensors."""
    for case in binary_cases(name, "MaximumMinimum", 0.05, MINMAX_ROWS, fused=False):
        for item in case.inputs + case.outputs:
            if item.dtype == "int8":
                item.scale, item.zero = np.array([0.05], np.float32), -4
        case.tolerance = EXACT
        yield case


@operator("MAXIMUM")
def maximum(name):
    yield from minmax_cases(name)


@operator("MINIMUM")
def minimum(name):
    yield from minmax_cases(name)


# --- Pooling and reductions ----------------------------------------------------------------------------

POOL_ROWS = [
    dict(name="2x2_stride2", x=(1, 6, 6, 3), k=(2, 2), s=(2, 2), pad=VALID),
    dict(name="2x2_stride2_odd_valid", x=(1, 7, 5, 3), k=(2, 2), s=(2, 2), pad=VALID),
    dict(name="2x2_stride2_odd_same", x=(1, 7, 5, 3), k=(2, 2), s=(2, 2), z=-17),
    dict(name="3x3_stride1_same", x=(1, 5, 5, 3), k=(3, 3), s=(1, 1), z=-17),
    dict(name="3x3_stride2_same", x=(1, 8, 8, 2), k=(3, 3), s=(2, 2), z=40),
    dict(name="3x2_stride_1x2_valid", x=(1, 6, 8, 2), k=(3, 2), s=(1, 2), pad=VALID, types=INT8),
    dict(name="global", x=(1, 5, 6, 4), k=(5, 6), s=(5, 6), pad=VALID, z=-128),
    dict(name="kernel_larger_than_input", x=(1, 3, 2, 4), k=(5, 5), s=(1, 1), z=99),
    dict(name="one_wide", x=(1, 9, 1, 2), k=(3, 1), s=(2, 1), z=1),
    dict(name="kernel_1x1_stride2", x=(1, 5, 5, 2), k=(1, 1), s=(2, 2), pad=VALID),
    dict(name="batch2", x=(2, 4, 4, 3), k=(2, 2), s=(2, 2), pad=VALID),
    dict(name="relu", x=(1, 6, 6, 3), k=(2, 2), s=(2, 2), pad=VALID, act="relu", z=-5),
    dict(name="relu6", x=(1, 6, 6, 3), k=(2, 2), s=(2, 2), pad=VALID, act="relu6", z=-90),
    dict(name="relu_n1_to_1", x=(1, 6, 6, 3), k=(2, 2), s=(2, 2), pad=VALID, act="relu_n1_to_1", z=3),
    dict(name="single_channel", x=(1, 12, 12, 1), k=(3, 3), s=(3, 3), pad=VALID, types=INT8),
    dict(name="zero_max", x=(1, 6, 6, 3), k=(3, 3), s=(2, 2), z=127, types=INT8),
]


def pool_cases(name, exact_float):
    """Cases of a pooling operator; input and output share their quantisation."""
    for dtype, case_name, row in layer_rows(POOL_ROWS, name):
        source = tensor(row["x"], dtype, 0.05, row.get("z", 0))
        attributes = options(
            "Pool2D",
            padding=row.get("pad", SAME),
            strideH=row["s"][0],
            strideW=row["s"][1],
            filterHeight=row["k"][0],
            filterWidth=row["k"][1],
            fusedActivationFunction=ACTIVATIONS[row.get("act", "none")],
        )
        yield Case(
            name,
            case_name,
            [source],
            [result(dtype, 0.05, row.get("z", 0))],
            attributes,
            2 if dtype == "int8" else 1,
            EXACT if exact_float else exactness(dtype),
        )


@operator("MAX_POOL_2D")
def max_pool(name):
    yield from pool_cases(name, exact_float=True)


@operator("AVERAGE_POOL_2D")
def average_pool(name):
    yield from pool_cases(name, exact_float=False)


REDUCE_ROWS = [
    dict(name="height_width", x=(1, 5, 6, 4), axis=[1, 2], keep=False, z=-11),
    dict(name="height_width_keep", x=(1, 5, 6, 4), axis=[1, 2], keep=True, z=-11),
    dict(name="height_width_batch2", x=(2, 4, 3, 4), axis=[1, 2], keep=True, z=7),
    dict(name="height_width_one_element", x=(1, 1, 1, 9), axis=[1, 2], keep=True, z=7, types=INT8),
    dict(name="channel", x=(1, 4, 4, 7), axis=[3], keep=False, z=30),
    dict(name="channel_negative_axis", x=(1, 4, 4, 7), axis=[-1], keep=True, z=30),
    dict(name="height", x=(1, 9, 2, 3), axis=[1], keep=False),
    dict(name="width_negative_axis", x=(1, 4, 5, 3), axis=[-2], keep=True),
    dict(name="all_axes", x=(1, 4, 5, 3), axis=[0, 1, 2, 3], keep=False),
    dict(name="all_axes_keep", x=(2, 4, 3), axis=[0, 1, 2], keep=True),
    dict(name="unordered_repeated_axes", x=(2, 3, 4, 2), axis=[3, 1, -1], keep=False),
    dict(name="rank1", x=(11,), axis=[0], keep=False),
    dict(name="rank2_rows", x=(6, 5), axis=[0], keep=False, z=-128),
    dict(name="rank3_middle", x=(2, 7, 3), axis=[1], keep=True, z=127),
    dict(name="outer_and_inner", x=(2, 3, 4, 5), axis=[0, 3], keep=False, types=INT8),
]
REDUCE_QUANT_ROWS = [
    dict(name="scale_up", x=(1, 4, 4, 16), axis=[1, 2], keep=True, z=-30, out=(0.02, 12), types=INT8),
    dict(name="scale_down", x=(1, 4, 4, 16), axis=[1, 2], keep=True, z=30, out=(0.13, -12), types=INT8),
    dict(
        name="scale_up_zero_min",
        x=(1, 3, 3, 16),
        axis=[1, 2],
        keep=True,
        z=-128,
        out=(0.027, -128),
        types=INT8,
    ),
    dict(
        name="zero_only_differs", x=(1, 3, 3, 16), axis=[1, 2], keep=True, z=-20, out=(0.05, 20), types=INT8
    ),
    dict(name="ties", x=(64, 2), axis=[1], keep=False, z=0, out=(0.05, 0), types=INT8),
    dict(name="ties_of_four", x=(64, 4), axis=[1], keep=False, z=0, out=(0.05, 0), types=INT8),
    dict(name="ties_zero_odd", x=(64, 2), axis=[-1], keep=False, z=-3, out=(0.05, -3), types=INT8),
    dict(name="many_elements", x=(1, 24, 24, 2), axis=[1, 2], keep=True, z=5, out=(0.01, -5), types=INT8),
]


def reduce_cases(name, rows, out_quant, tolerance):
    """Cases of a reduction; the axes are a constant tensor."""
    for dtype, case_name, row in layer_rows(rows, name):
        zero = row.get("z", 0)
        scale, out_zero = row.get("out") or out_quant(zero)
        source = tensor(row["x"], dtype, 0.05, zero)
        yield Case(
            name,
            case_name,
            [source, ints(row["axis"])],
            [result(dtype, scale, out_zero)],
            options("Reducer", keepDims=row["keep"]),
            2 if dtype == "int8" else 1,
            EXACT if dtype == "int8" else tolerance,
        )


@operator("MEAN")
def mean(name):
    yield from reduce_cases(name, REDUCE_ROWS + REDUCE_QUANT_ROWS, lambda zero: (0.05, zero), CLOSE)


@operator("SUM")
def reduce_sum(name):
    yield from reduce_cases(name, REDUCE_ROWS + REDUCE_QUANT_ROWS, lambda zero: (0.22, zero), CLOSE)


@operator("REDUCE_MAX")
def reduce_max(name):
    yield from reduce_cases(name, REDUCE_ROWS, lambda zero: (0.05, zero), EXACT)


@operator("ARG_MAX")
def arg_max(name):
    """Index of the largest element; some rows repeat the maximum."""
    int32, int64 = schema.TensorType.INT32, schema.TensorType.INT64
    rows = [
        ("last_axis", (3, 10), [1], int32, False),
        ("first_axis", (5, 4), [0], int32, False),
        ("negative_axis", (2, 3, 4), [-1], int32, False),
        ("middle_axis", (2, 5, 3), [1], int32, False),
        ("rank1", (20,), [0], int32, False),
        ("rank4_channel", (1, 3, 3, 6), [3], int32, False),
        ("ties_first_wins", (8, 12), [-1], int32, True),
        ("int64_last_axis", (3, 10), [1], int64, False),
        ("int64_negative_axis", (2, 3, 4), [-2], int64, False),
        ("int64_ties", (8, 12), [1], int64, True),
    ]
    for label, shape, axis, out_type, ties in rows:
        for dtype in TYPES:
            feed = None
            if ties:
                feed = seeded("ties of " + label).randint(0, 3, size=shape) * 5
            source = tensor(shape, dtype, 0.05, 3, feed)
            out = Tensor(None, "int32" if out_type == int32 else "int64")
            yield Case(
                name,
                f"{dtype}_{label}",
                [source, constant(axis[0], "int32")],
                [out],
                options("ArgMax", outputType=out_type),
                2 if dtype == "int8" else 1,
            )


# --- Activations ---------------------------------------------------------------------------------------

ALL_INT8 = np.arange(-128, 128)
FLOAT_RAMP = np.concatenate(
    [np.linspace(-9, 9, 181), [-0.0, 0.5, -0.5, 1e-6, -1e-6, 20.0, -20.0, 60.0, -60.0]]
)


@operator("SOFTMAX")
def softmax(name):
    """SOFTMAX over the last axis; int8 output has scale 1/256 and zero point -128."""
    rows = [
        ("rank2", (1, 10), 0.1, 4, 1.0),
        ("rank2_batch", (4, 7), 0.2, -8, 1.0),
        ("rank1", (12,), 0.1, 4, 1.0),
        ("rank3", (1, 3, 5), 0.1, 0, 1.0),
        ("rank4", (1, 2, 3, 5), 0.05, 0, 1.0),
        ("one_class", (3, 1), 0.1, 0, 1.0),
        ("two_classes", (32, 2), 0.05, 11, 1.0),
        ("beta_2", (4, 9), 0.03, 0, 2.0),
        ("beta_quarter", (4, 9), 0.3, 0, 0.25),
        ("wide", (2, 256), 0.07, 0, 1.0),
    ]
    for label, shape, scale, zero, beta in rows:
        for dtype in TYPES:
            yield Case(
                name,
                f"{dtype}_{label}",
                [tensor(shape, dtype, scale, zero)],
                [result(dtype, 1 / 256, -128)],
                options("Softmax", beta=beta),
                2 if dtype == "int8" else 1,
                CLOSE_EXP if dtype == "float32" else EXACT,
            )
    for label, scale, zero in (
        ("scale_small", 0.0007, 0),
        ("scale_large", 1.5, 0),
        ("zero_min", 0.1, -128),
        ("zero_max", 0.1, 127),
    ):
        yield Case(
            name,
            "int8_" + label,
            [tensor((8, 10), "int8", scale, zero)],
            [result("int8", 1 / 256, -128)],
            options("Softmax", beta=1.0),
            2,
        )
    flat = np.repeat(np.array([[-128], [0], [127]]), 6, axis=1)
    yield Case(
        name,
        "int8_all_equal",
        [tensor((3, 6), "int8", 0.1, 0, flat)],
        [result("int8", 1 / 256, -128)],
        options("Softmax", beta=1.0),
        2,
    )
    big = np.array([[1000.0, 999.0, -1000.0, 0.0], [-1000.0, -1001.0, -999.5, -1000.0]])
    yield Case(
        name,
        "float32_large_values",
        [tensor((2, 4), "float32", feed=big)],
        [result("float32")],
        options("Softmax", beta=1.0),
        1,
        CLOSE_EXP,
    )


def unary_int8(name, rows, attributes=None, version=2):
    """Cases over all 256 int8 values; rows are (label, input scale, zero, output scale, zero)."""
    for label, scale, zero, out_scale, out_zero in rows:
        yield Case(
            name,
            "int8_" + label,
            [tensor((1, 16, 16, 1), "int8", scale, zero, ALL_INT8)],
            [result("int8", out_scale, out_zero, (1, 16, 16, 1))],
            attributes,
            version,
        )


def unary_float(name, attributes=None, tolerance=EXACT, ramp=FLOAT_RAMP, positive=False):
    """Float cases: a ramp with special values, and random values of rank 4."""
    shape = (1, 5, 7, 4)
    values = random_values(seeded("floats of " + name), shape, "float32")
    if positive:
        values = np.abs(values) + np.float32(0.001)
    yield Case(
        name,
        "float32_ramp",
        [tensor((len(ramp),), "float32", feed=ramp)],
        [result("float32", shape=ramp.shape)],
        attributes,
        1,
        tolerance,
    )
    yield Case(
        name,
        "float32_rank4",
        [tensor(shape, "float32", feed=values)],
        [result("float32", shape=shape)],
        attributes,
        1,
        tolerance,
    )


@operator("LOGISTIC")
def logistic(name):
    yield from unary_int8(
        name,
        [
            ("scale_1_16", 1 / 16, 0, 1 / 256, -128),
            ("scale_0_1", 0.1, 17, 1 / 256, -128),
            ("scale_small", 0.004, 0, 1 / 256, -128),
            ("scale_large", 0.7, -5, 1 / 256, -128),
            ("zero_min", 0.05, -128, 1 / 256, -128),
            ("zero_max", 0.05, 127, 1 / 256, -128),
        ],
    )
    yield from unary_float(name, tolerance=CLOSE_EXP)


@operator("TANH")
def tanh(name):
    yield from unary_int8(
        name,
        [
            ("scale_1_32", 1 / 32, 0, 1 / 128, 0),
            ("scale_0_1", 0.1, 17, 1 / 128, 0),
            ("scale_small", 0.004, 0, 1 / 128, 0),
            ("scale_large", 0.7, -5, 1 / 128, 0),
            ("zero_min", 0.03, -128, 1 / 128, 0),
            ("zero_max", 0.03, 127, 1 / 128, 0),
        ],
    )
    yield from unary_float(name, tolerance=CLOSE_EXP)


RELU_QUANT = [
    ("same", 0.05, 0, 0.05, 0),
    ("same_zero_low", 0.05, -100, 0.05, -100),
    ("same_zero_min", 0.05, -128, 0.05, -128),
    ("same_zero_max", 0.05, 127, 0.05, 127),
]
RELU_RESCALE = [
    ("rescale_down", 0.05, 3, 0.025, -128),
    ("rescale_up", 0.031, -20, 0.08, -50),
    ("rescale_quarter_ties", 0.25, 0, 1.0, -60),
]


@operator("RELU")
def relu(name):
    yield from unary_int8(name, RELU_QUANT + RELU_RESCALE)
    yield from unary_float(name)


@operator("RELU6")
def relu6(name):
    yield from unary_int8(name, RELU_QUANT + RELU_RESCALE)
    yield from unary_float(name)


@operator("RELU_N1_TO_1")
def relu_n1_to_1(name):
    yield from unary_int8(name, RELU_QUANT + RELU_RESCALE, version=1)
    yield from unary_float(name)


@operator("LEAKY_RELU")
def leaky_relu(name):
    for label, alpha in (
        ("alpha_0_1", 0.1),
        ("alpha_0_3", 0.3),
        ("alpha_1_5", 1.5),
        ("alpha_negative", -0.2),
    ):
        attributes = options("LeakyRelu", alpha=alpha)
        for case in unary_int8(
            name, [("same", 0.05, 0, 0.05, 0), ("rescale", 0.05, -19, 0.036, 21)], attributes
        ):
            case.name += "_" + label
            yield case
        for case in unary_float(name, attributes, CLOSE):
            case.name += "_" + label
            yield case
    yield from unary_int8(
        name,
        [
            ("ties", 0.25, 0, 1.0, 0),
            ("zero_min", 0.05, -128, 0.04, -128),
            ("zero_max", 0.05, 127, 0.04, 127),
            ("multiplier_2_5", 0.05, 0, 0.02, 0),
        ],
        options("LeakyRelu", alpha=0.25),
    )


@operator("PRELU")
def prelu(name):
    """PRELU: the slopes are a constant that broadcasts."""
    rows = [
        ("channel", (1, 4, 4, 5), (1, 1, 5), {}),
        ("channel_rank1", (1, 4, 4, 5), (5,), {}),
        ("same_shape", (1, 3, 3, 2), (1, 3, 3, 2), {}),
        ("shared_scalar", (1, 4, 4, 3), (1, 1, 1), {}),
        ("rank2", (2, 8), (8,), {}),
        ("batch2", (2, 3, 3, 4), (1, 1, 4), {}),
        ("zero_points", (1, 8, 8, 4), (1, 1, 4), dict(zin=-128, zalpha=11, zout=30)),
        ("zero_points_max", (1, 8, 8, 4), (1, 1, 4), dict(zin=127, zalpha=127, zout=127)),
        ("rescale_down", (1, 8, 8, 4), (1, 1, 4), dict(scale_out=0.021)),
        ("quarter_ties", (1, 8, 8, 4), (1, 1, 4), dict(scale_in=0.25, scale_alpha=0.0078125, scale_out=1.0)),
    ]
    for label, shape, alpha_shape, quant in rows:
        for dtype in TYPES if not quant else INT8:
            values = random_values(seeded(f"slopes of {label}"), alpha_shape, dtype)
            slopes = constant(
                values,
                dtype,
                quant.get("scale_alpha", 0.006) if dtype == "int8" else None,
                quant.get("zalpha", 0),
            )
            source = tensor(shape, dtype, quant.get("scale_in", 0.05), quant.get("zin", -6))
            out = result(dtype, quant.get("scale_out", 0.052), quant.get("zout", -4))
            yield Case(name, f"{dtype}_{label}", [source, slopes], [out], None, 1, exactness(dtype))


@operator("HARD_SWISH")
def hard_swish(name):
    yield from unary_int8(
        name,
        [
            ("same_scale", 0.05, 0, 0.05, 0),
            ("zero_low", 0.05, -100, 0.04, -118),
            ("scale_large", 0.3, 5, 0.2, -100),
            ("scale_small", 0.01, 5, 0.006, 20),
            ("zero_min", 0.04, -128, 0.04, -128),
            ("zero_max", 0.04, 127, 0.01, 127),
            ("output_wide", 0.05, 0, 0.4, 0),
            ("output_narrow", 0.05, -3, 0.011, -90),
        ],
        options("HardSwish"),
        1,
    )
    yield from unary_float(name, options("HardSwish"), CLOSE)


@operator("ELU")
def elu(name):
    yield from unary_float(name, tolerance=CLOSE_EXP)


@operator("EXP")
def exp(name):
    yield from unary_float(name, options("Exp"), CLOSE_EXP, np.linspace(-12, 12, 97))


POSITIVE_RAMP = np.concatenate([np.linspace(0.01, 4, 100), [1e-6, 1e-3, 1.0, 100.0, 12345.0, 1e6]])


@operator("SQRT")
def sqrt(name):
    yield from unary_float(name, None, CLOSE, np.concatenate([[0.0], POSITIVE_RAMP]), positive=True)


@operator("RSQRT")
def rsqrt(name):
    yield from unary_float(name, None, CLOSE, POSITIVE_RAMP, positive=True)


@operator("ABS")
def absolute(name):
    yield from unary_int8(
        name,
        [
            ("same", 0.05, 0, 0.05, 0),
            ("same_zero", 0.05, -12, 0.05, -12),
            ("rescale", 0.05, 9, 0.03, -128),
            ("rescale_up", 0.04, -9, 0.11, 5),
            ("zero_min", 0.05, -128, 0.1, -128),
            ("zero_max", 0.05, 127, 0.1, -128),
        ],
        options("Abs"),
    )
    yield from unary_float(name, options("Abs"))


@operator("NEG")
def neg(name):
    yield from unary_int8(
        name,
        [
            ("same", 0.05, 0, 0.05, 0),
            ("same_zero", 0.05, -12, 0.05, -12),
            ("mirrored_zero", 0.05, -12, 0.05, 11),
        ],
        options("Neg"),
        1,
    )
    yield from unary_float(name, options("Neg"))


# --- Shape and data movement ---------------------------------------------------------------------------


def both_types(label, build, zero=-6):
    """Calls build(dtype, case name, quantisation) for int8 and float32."""
    for dtype in TYPES:
        yield build(dtype, f"{dtype}_{label}", (0.05, zero))


@operator("RESHAPE")
def reshape(name):
    """The new shape is a constant input and is also in the attributes."""
    rows = [
        ("flatten", (1, 3, 4, 2), [1, 24]),
        ("inferred_dimension", (2, 3, 4), [-1, 6]),
        ("to_rank4", (24,), [1, 2, 3, 4]),
        ("to_rank1", (2, 3, 4), [-1]),
        ("to_rank5", (4, 6), [1, 2, 2, 3, 2]),
        ("same_shape", (1, 5, 3), [1, 5, 3]),
    ]
    for label, shape, new in rows:
        yield from both_types(
            label,
            lambda dtype, case, q, shape=shape, new=new: Case(
                name,
                case,
                [tensor(shape, dtype, *q), ints(new)],
                [result(dtype, *q)],
                options("Reshape", newShape=np.array(new, np.int32)),
            ),
        )
    yield from both_types(
        "attribute_only",
        lambda dtype, case, q: Case(
            name,
            case,
            [tensor((2, 6), dtype, *q)],
            [result(dtype, *q)],
            options("Reshape", newShape=np.array([3, 4], np.int32)),
        ),
    )


@operator("SQUEEZE")
def squeeze(name):
    rows = [
        ("all", (1, 3, 1, 4), []),
        ("one", (1, 3, 1, 4), [2]),
        ("first", (1, 3, 1, 4), [0]),
        ("negative", (2, 3, 1), [-1]),
        ("two", (1, 1, 5, 1), [0, 3]),
    ]
    for label, shape, dims in rows:
        yield from both_types(
            label,
            lambda dtype, case, q, shape=shape, dims=dims: Case(
                name,
                case,
                [tensor(shape, dtype, *q)],
                [result(dtype, *q)],
                options("Squeeze", squeezeDims=np.array(dims, np.int32)),
            ),
        )


@operator("EXPAND_DIMS")
def expand_dims(name):
    rows = [
        ("first", (3, 4), 0),
        ("last", (3, 4), 2),
        ("middle", (2, 3, 4), 1),
        ("negative", (3, 4), -1),
        ("negative_first", (3, 4), -3),
    ]
    for label, shape, axis in rows:
        yield from both_types(
            label,
            lambda dtype, case, q, shape=shape, axis=axis: Case(
                name,
                case,
                [tensor(shape, dtype, *q), ints([axis])],
                [result(dtype, *q)],
                options("ExpandDims"),
            ),
        )


@operator("TRANSPOSE")
def transpose(name):
    rows = [
        ("rank2", (3, 5), [1, 0]),
        ("rank3_reverse", (2, 3, 4), [2, 1, 0]),
        ("rank3_swap", (2, 3, 4), [0, 2, 1]),
        ("nhwc_to_nchw", (1, 3, 4, 5), [0, 3, 1, 2]),
        ("nchw_to_nhwc", (2, 5, 3, 4), [0, 2, 3, 1]),
        ("identity", (2, 3, 4), [0, 1, 2]),
        ("rank4_reverse", (2, 3, 4, 5), [3, 2, 1, 0]),
        ("rank5", (2, 3, 2, 2, 4), [4, 2, 0, 3, 1]),
    ]
    for label, shape, order in rows:
        yield from both_types(
            label,
            lambda dtype, case, q, shape=shape, order=order: Case(
                name,
                case,
                [tensor(shape, dtype, *q), ints(order)],
                [result(dtype, *q)],
                options("Transpose"),
                4 if len(shape) > 4 else 2 if dtype == "int8" else 1,
            ),
        )


PAD_ROWS = [
    ("image", (1, 3, 4, 2), [[0, 0], [1, 2], [2, 1], [0, 0]]),
    ("all_sides", (1, 2, 3, 2), [[1, 0], [0, 2], [1, 1], [2, 1]]),
    ("rank1", (5,), [[2, 3]]),
    ("rank2", (2, 3), [[1, 1], [0, 2]]),
    ("rank3", (2, 3, 2), [[0, 1], [1, 0], [1, 1]]),
    ("none", (1, 2, 2, 3), [[0, 0]] * 4),
    ("right_bottom", (1, 4, 4, 3), [[0, 0], [0, 1], [0, 1], [0, 0]]),
    ("rank5", (1, 2, 2, 2, 3), [[0, 0], [0, 1], [1, 0], [1, 1], [0, 2]]),
]


@operator("PAD")
def pad(name):
    for number, (label, shape, pads) in enumerate(PAD_ROWS):
        yield from both_types(
            label,
            lambda dtype, case, q, shape=shape, pads=pads: Case(
                name,
                case,
                [tensor(shape, dtype, *q), ints(pads)],
                [result(dtype, *q)],
                options("Pad"),
                2 if dtype == "int8" else 1,
            ),
            zero=(-6, -128, 127, 0)[number % 4],
        )


@operator("PADV2")
def padv2(name):
    for number, (label, shape, pads) in enumerate(PAD_ROWS):

        def build(dtype, case, q, shape=shape, pads=pads, number=number):
            fill = (-37 + 20 * number) if dtype == "int8" else (-1.75 + number)
            value = constant([fill], dtype, 0.05 if dtype == "int8" else None, q[1])
            return Case(
                name,
                case,
                [tensor(shape, dtype, *q), ints(pads), value],
                [result(dtype, *q)],
                options("PadV2"),
                2 if dtype == "int8" else 1,
            )

        yield from both_types(label, build)


@operator("MIRROR_PAD")
def mirror_pad(name):
    reflect, symmetric = schema.MirrorPadMode.REFLECT, schema.MirrorPadMode.SYMMETRIC
    rows = [
        ("reflect_image", (1, 4, 5, 2), [[0, 0], [1, 2], [2, 3], [0, 0]], reflect),
        ("symmetric_image", (1, 4, 5, 2), [[0, 0], [1, 2], [2, 3], [0, 0]], symmetric),
        ("reflect_rank1", (6,), [[5, 3]], reflect),
        ("symmetric_full", (3, 2), [[3, 3], [2, 1]], symmetric),
        ("reflect_channels", (1, 3, 3, 4), [[0, 0], [1, 1], [1, 1], [2, 1]], reflect),
    ]
    for label, shape, pads, mode in rows:
        yield from both_types(
            label,
            lambda dtype, case, q, shape=shape, pads=pads, mode=mode: Case(
                name,
                case,
                [tensor(shape, dtype, *q), ints(pads)],
                [result(dtype, *q)],
                options("MirrorPad", mode=mode),
                2 if dtype == "int8" else 1,
            ),
        )


@operator("CONCATENATION")
def concatenation(name):
    rows = [
        ("channels", [(1, 3, 3, 2), (1, 3, 3, 4)], 3),
        ("channels_negative", [(1, 3, 3, 2), (1, 3, 3, 4)], -1),
        ("three_height", [(1, 2, 3, 2), (1, 1, 3, 2), (1, 4, 3, 2)], 1),
        ("width", [(1, 3, 2, 2), (1, 3, 5, 2)], 2),
        ("batch", [(1, 3), (2, 3)], 0),
        ("rank1", [(4,), (3,)], 0),
        ("four", [(2, 3)] * 4, 1),
        ("one_input", [(2, 5)], 1),
        ("rank5", [(1, 2, 1, 2, 3), (1, 2, 3, 2, 3)], 2),
    ]
    for label, shapes, axis in rows:
        yield from both_types(
            label,
            lambda dtype, case, q, shapes=shapes, axis=axis: Case(
                name,
                case,
                [tensor(s, dtype, *q) for s in shapes],
                [result(dtype, *q)],
                options("Concatenation", axis=axis),
                2 if dtype == "int8" else 1,
            ),
        )

    def with_constant(dtype, case, q):
        values = random_values(seeded("concatenated constant"), (1, 2, 2, 3), dtype)
        fixed = constant(values, dtype, 0.05 if dtype == "int8" else None, q[1])
        return Case(
            name,
            case,
            [tensor((1, 2, 2, 4), dtype, *q), fixed],
            [result(dtype, *q)],
            options("Concatenation", axis=3),
            2 if dtype == "int8" else 1,
        )

    yield from both_types("with_constant", with_constant)

    def same_twice(dtype, case, q):
        source = tensor((1, 2, 3), dtype, *q)
        return Case(
            name,
            case,
            [source, source],
            [result(dtype, *q)],
            options("Concatenation", axis=-1),
            2 if dtype == "int8" else 1,
        )

    yield from both_types("same_input_twice", same_twice)


@operator("SPLIT")
def split(name):
    rows = [
        ("channels", (1, 3, 3, 6), 3, 2),
        ("negative_axis", (1, 2, 2, 6), -1, 3),
        ("height", (1, 6, 2, 2), 1, 2),
        ("rank1", (8,), 0, 4),
        ("rank2", (4, 3), 0, 2),
        ("one_part", (2, 4), 1, 1),
    ]
    for label, shape, axis, count in rows:
        yield from both_types(
            label,
            lambda dtype, case, q, shape=shape, axis=axis, count=count: Case(
                name,
                case,
                [constant(axis, "int32"), tensor(shape, dtype, *q)],
                [result(dtype, *q) for _ in range(count)],
                options("Split", numSplits=count),
                2 if dtype == "int8" else 1,
            ),
        )


@operator("SPLIT_V")
def split_v(name):
    rows = [
        ("channels", (1, 3, 3, 6), 3, [1, 3, 2]),
        ("negative_axis", (1, 2, 2, 7), -1, [5, 2]),
        ("height", (1, 6, 2, 2), 1, [1, 5]),
        ("rank1", (8,), 0, [3, 1, 4]),
        ("inferred", (2, 9), 1, [4, -1, 2]),
    ]
    for label, shape, axis, sizes in rows:
        yield from both_types(
            label,
            lambda dtype, case, q, shape=shape, axis=axis, sizes=sizes: Case(
                name,
                case,
                [tensor(shape, dtype, *q), ints(sizes), constant(axis, "int32")],
                [result(dtype, *q) for _ in sizes],
                options("SplitV", numSplits=len(sizes)),
                2 if dtype == "int8" else 1,
            ),
        )


@operator("SLICE")
def slice_(name):
    rows = [
        ("image", (1, 5, 6, 3), [0, 1, 2, 0], [1, 3, 2, 3]),
        ("rest", (1, 5, 6, 3), [0, 2, 0, 1], [-1, -1, 3, -1]),
        ("rank1", (10,), [3], [4]),
        ("rank2", (4, 5), [1, 2], [2, -1]),
        ("rank3", (2, 4, 3), [1, 0, 1], [1, 4, 2]),
        ("whole", (2, 3), [0, 0], [2, 3]),
        ("one_element", (1, 3, 3, 2), [0, 2, 1, 1], [1, 1, 1, 1]),
        ("rank5", (1, 2, 3, 2, 3), [0, 1, 1, 0, 1], [1, 1, 2, -1, 2]),
    ]
    for label, shape, begin, size in rows:
        yield from both_types(
            label,
            lambda dtype, case, q, shape=shape, begin=begin, size=size: Case(
                name,
                case,
                [tensor(shape, dtype, *q), ints(begin), ints(size)],
                [result(dtype, *q)],
                options("Slice"),
                2 if dtype == "int8" else 1,
            ),
        )


@operator("STRIDED_SLICE")
def strided_slice(name):
    rows = [
        dict(n="plain", x=(1, 5, 6, 3), b=[0, 1, 0, 0], e=[1, 4, 6, 2], s=[1, 1, 2, 1]),
        dict(n="begin_mask", x=(4, 6), b=[3, 2], e=[4, 5], s=[1, 1], begin=1),
        dict(n="end_mask", x=(4, 6), b=[1, 2], e=[1, 1], s=[1, 2], end=3),
        dict(n="both_masks", x=(1, 5, 6, 3), b=[0, 1, 1, 0], e=[0, 0, 5, 0], s=[1, 2, 1, 1], begin=9, end=11),
        dict(n="negative_indices", x=(5, 6), b=[-4, -5], e=[-1, -2], s=[1, 2]),
        dict(n="negative_stride", x=(5, 6), b=[4, 5], e=[0, 0], s=[-1, -2]),
        dict(n="reverse_masked", x=(7,), b=[0], e=[0], s=[-1], begin=1, end=1),
        dict(n="out_of_range_clamped", x=(4, 5), b=[-9, 1], e=[9, 100], s=[1, 1]),
        dict(n="shrink_first", x=(3, 4, 2), b=[1, 0, 0], e=[2, 4, 2], s=[1, 1, 1], shrink=1),
        dict(n="shrink_last", x=(3, 4, 2), b=[0, 1, 1], e=[3, 3, 2], s=[1, 1, 1], shrink=4),
        dict(n="shrink_negative", x=(3, 4), b=[-1, 0], e=[0, 4], s=[1, 1], shrink=1, end=1),
        dict(n="shrink_two", x=(2, 3, 4), b=[1, 2, 0], e=[2, 3, 4], s=[1, 1, 1], shrink=3),
        dict(n="rank1", x=(10,), b=[1], e=[9], s=[3]),
        dict(n="rank5", x=(1, 2, 3, 2, 3), b=[0, 0, 1, 0, 0], e=[1, 2, 3, 2, 3], s=[1, 1, 1, 1, 2]),
        dict(n="fewer_dimensions", x=(4, 3, 2), b=[1], e=[3], s=[1]),
        dict(n="new_axis", x=(3, 4), b=[0, 0, 1], e=[3, 0, 3], s=[1, 1, 1], new=2),
    ]
    for row in rows:
        yield from both_types(
            row["n"],
            lambda dtype, case, q, row=row: Case(
                name,
                case,
                [tensor(row["x"], dtype, *q), ints(row["b"]), ints(row["e"]), ints(row["s"])],
                [result(dtype, *q)],
                options(
                    "StridedSlice",
                    beginMask=row.get("begin", 0),
                    endMask=row.get("end", 0),
                    shrinkAxisMask=row.get("shrink", 0),
                    newAxisMask=row.get("new", 0),
                ),
                4 if len(row["x"]) > 4 else 2 if dtype == "int8" else 1,
            ),
        )


@operator("GATHER")
def gather(name):
    """Indices are constants."""
    rows = [
        ("first_axis", (5, 3), [4, 0, 2], 0, 0),
        ("last_axis", (2, 3, 6), [5, 5, 0, 1], 2, 0),
        ("negative_axis", (2, 3, 6), [1, 3], -1, 0),
        ("middle_axis", (2, 5, 3), [3, 0], 1, 0),
        ("matrix_of_indices", (6, 2), [[0, 5], [3, 3]], 0, 0),
        ("scalar_index", (4, 3), 2, 0, 0),
        ("rank1", (9,), [8, 1, 1, 0], 0, 0),
        ("batch_dims", (2, 4, 3), [[3, 1], [0, 2]], 1, 1),
    ]
    for label, shape, indices, axis, batch in rows:
        yield from both_types(
            label,
            lambda dtype, case, q, shape=shape, indices=indices, axis=axis, batch=batch: Case(
                name,
                case,
                [tensor(shape, dtype, *q), constant(indices, "int32")],
                [result(dtype, *q)],
                options("Gather", axis=axis, batchDims=batch),
                5 if batch else 2 if dtype == "int8" else 1,
            ),
        )


@operator("PACK")
def pack(name):
    rows = [
        ("first", (3, 4), 2, 0),
        ("last", (3, 4), 3, 2),
        ("middle", (2, 3, 4), 2, 1),
        ("negative", (3, 4), 2, -1),
        ("rank1", (5,), 4, 1),
        ("one_input", (2, 3), 1, 0),
    ]
    for label, shape, count, axis in rows:
        yield from both_types(
            label,
            lambda dtype, case, q, shape=shape, count=count, axis=axis: Case(
                name,
                case,
                [tensor(shape, dtype, *q) for _ in range(count)],
                [result(dtype, *q)],
                options("Pack", valuesCount=count, axis=axis),
                2 if dtype == "int8" else 1,
            ),
        )


@operator("UNPACK")
def unpack(name):
    rows = [
        ("first", (3, 4), 0),
        ("last", (2, 3, 4), 2),
        ("middle", (2, 3, 4), 1),
        ("negative", (3, 4), -1),
        ("rank1", (3,), 0),
        ("rank4", (1, 2, 3, 2), 1),
    ]
    for label, shape, axis in rows:
        yield from both_types(
            label,
            lambda dtype, case, q, shape=shape, axis=axis: Case(
                name,
                case,
                [tensor(shape, dtype, *q)],
                [result(dtype, *q) for _ in range(shape[axis])],
                options("Unpack", num=shape[axis], axis=axis),
                2 if dtype == "int8" else 1,
            ),
        )


@operator("TILE")
def tile(name):
    rows = [
        ("rank1", (3,), [4]),
        ("rank2", (2, 3), [2, 1]),
        ("rank2_both", (2, 3), [3, 2]),
        ("rank3", (2, 1, 3), [1, 4, 2]),
        ("rank4", (1, 2, 2, 3), [1, 2, 3, 1]),
        ("once", (2, 3), [1, 1]),
    ]
    for label, shape, times in rows:
        yield from both_types(
            label,
            lambda dtype, case, q, shape=shape, times=times: Case(
                name,
                case,
                [tensor(shape, dtype, *q), ints(times)],
                [result(dtype, *q)],
                options("Tile"),
                2 if dtype == "int8" else 1,
            ),
        )


RESIZE_ROWS = [
    ("double", (1, 3, 4, 2), (6, 8), False, False),
    ("double_align", (1, 3, 4, 2), (6, 8), True, False),
    ("double_half_pixel", (1, 3, 4, 2), (6, 8), False, True),
    ("odd_up", (1, 3, 3, 2), (7, 5), False, False),
    ("odd_up_align", (1, 3, 3, 2), (7, 5), True, False),
    ("odd_up_half_pixel", (1, 3, 3, 2), (7, 5), False, True),
    ("down", (1, 8, 9, 2), (4, 3), False, False),
    ("down_align", (1, 8, 9, 2), (4, 3), True, False),
    ("down_half_pixel", (1, 8, 9, 2), (4, 3), False, True),
    ("to_one", (1, 5, 5, 2), (1, 1), False, False),
    ("to_one_align", (1, 5, 5, 2), (1, 1), True, False),
    ("from_one", (1, 1, 1, 3), (4, 3), False, False),
    ("same_size", (1, 4, 5, 2), (4, 5), False, False),
    ("batch2", (2, 3, 2, 2), (5, 4), False, True),
    ("irregular_up", (1, 5, 7, 1), (13, 11), False, True),
    ("irregular_up_align", (1, 5, 7, 1), (13, 11), True, False),
]


def resize_cases(name, kind, tolerance):
    """Cases of a resizing operator; the new size is a constant."""
    for number, (label, shape, size, align, half) in enumerate(RESIZE_ROWS):
        yield from both_types(
            label,
            lambda dtype, case, q, shape=shape, size=size, align=align, half=half: Case(
                name,
                case,
                [tensor(shape, dtype, *q), ints(size)],
                [result(dtype, *q)],
                options(kind, alignCorners=align, halfPixelCenters=half),
                3 if half or align else 2,
                EXACT if dtype == "int8" else tolerance,
            ),
            zero=(-6, -128, 127, 0)[number % 4],
        )


@operator("RESIZE_NEAREST_NEIGHBOR")
def resize_nearest_neighbor(name):
    yield from resize_cases(name, "ResizeNearestNeighbor", EXACT)


@operator("RESIZE_BILINEAR")
def resize_bilinear(name):
    yield from resize_cases(name, "ResizeBilinear", CLOSE)


@operator("SPACE_TO_DEPTH")
def space_to_depth(name):
    for label, shape, block in (
        ("block2", (1, 4, 6, 3), 2),
        ("block3", (1, 6, 3, 2), 3),
        ("block1", (1, 2, 3, 2), 1),
        ("batch2", (2, 4, 4, 1), 2),
    ):
        yield from both_types(
            label,
            lambda dtype, case, q, shape=shape, block=block: Case(
                name,
                case,
                [tensor(shape, dtype, *q)],
                [result(dtype, *q)],
                options("SpaceToDepth", blockSize=block),
                2 if dtype == "int8" else 1,
            ),
        )


@operator("DEPTH_TO_SPACE")
def depth_to_space(name):
    for label, shape, block in (
        ("block2", (1, 2, 3, 12), 2),
        ("block3", (1, 2, 1, 18), 3),
        ("block1", (1, 2, 3, 2), 1),
        ("batch2", (2, 2, 2, 4), 2),
    ):
        yield from both_types(
            label,
            lambda dtype, case, q, shape=shape, block=block: Case(
                name,
                case,
                [tensor(shape, dtype, *q)],
                [result(dtype, *q)],
                options("DepthToSpace", blockSize=block),
            ),
        )


# --- Type conversions ----------------------------------------------------------------------------------


@operator("QUANTIZE")
def quantize(name):
    attributes = options("Quantize")
    ties = np.concatenate([np.arange(-20, 20) * 0.25 + 0.125, [1000.0, -1000.0, 0.0, -0.0]])
    floats = [
        ("plain", 0.05, 3, None),
        ("zero_min", 0.02, -128, None),
        ("zero_max", 0.02, 127, None),
        ("saturating", 0.004, 0, None),
        ("ties", 0.25, -7, ties),
    ]
    for label, scale, zero, feed in floats:
        shape = (1, 4, 5, 3) if feed is None else feed.shape
        yield Case(
            name,
            "float32_" + label,
            [tensor(shape, "float32", feed=feed)],
            [result("int8", scale, zero)],
            attributes,
            1,
        )
    yield from unary_int8(
        name,
        [
            ("same", 0.05, 4, 0.05, 4),
            ("zero_only", 0.05, 4, 0.05, -9),
            ("narrower", 0.05, -10, 0.013, 20),
            ("wider", 0.05, -10, 0.19, 20),
            ("zero_min_to_max", 0.03, -128, 0.04, 127),
            ("half_ties", 0.5, 0, 1.0, 0),
            ("quarter_ties", 0.25, 0, 1.0, 0),
            ("quarter_ties_zero", 0.25, -5, 1.0, 7),
            ("doubling", 0.5, 0, 0.25, 0),
            ("multiplier_tiny", 0.0001, 0, 3.0, 0),
        ],
        attributes,
        2,
    )


@operator("DEQUANTIZE")
def dequantize(name):
    for label, scale, zero in (
        ("plain", 0.05, 3),
        ("zero_min", 0.02, -128),
        ("zero_max", 0.7, 127),
        ("scale_tiny", 1e-6, 0),
    ):
        yield Case(
            name,
            "int8_" + label,
            [tensor((16, 16), "int8", scale, zero, ALL_INT8)],
            [result("float32")],
            options("Dequantize"),
            2,
            CLOSE,
        )
    yield Case(
        name,
        "int8_rank4",
        [tensor((1, 3, 4, 2), "int8", 0.031, -17)],
        [result("float32")],
        options("Dequantize"),
        2,
        CLOSE,
    )


@operator("CAST")
def cast(name):
    """Conversions that keep the numeric value; int8 tensors here carry no quantisation."""

    def feed_of(source, target):
        rng = seeded(f"cast {source} {target}")
        if source == "int8":
            return ALL_INT8.reshape(16, 16)
        if source == "bool":
            return rng.randint(0, 2, size=(5, 8))
        if source == "int32":
            limit = 128 if target == "int8" else 100000
            values = rng.randint(-limit, limit, size=(5, 8))
            values[0, :3] = 0
            return values
        limit = 127.9 if target == "int8" else 5000.0
        values = rng.uniform(-limit, limit, size=(5, 8)).astype(np.float32)
        values[0, :4] = [0.0, -0.5, 0.99, -0.99]
        return values

    names = ("int8", "int32", "float32", "bool")
    for source in names:
        for target in names:
            if source == target:
                continue
            feed = feed_of(source, target)
            yield Case(
                name,
                f"{source}_to_{target}",
                [Tensor(feed.shape, source, feed=feed)],
                [Tensor(None, target)],
                options(
                    "Cast",
                    inDataType=getattr(schema.TensorType, source.upper()),
                    outDataType=getattr(schema.TensorType, target.upper()),
                ),
            )
    quantised = Tensor((16, 16), "int8", scale=0.05, zero=3, feed=ALL_INT8.reshape(16, 16))
    yield Case(
        name,
        "int8_quantised_to_float32",
        [quantised],
        [Tensor(None, "float32")],
        options("Cast", inDataType=schema.TensorType.INT8, outDataType=schema.TensorType.FLOAT32),
    )
