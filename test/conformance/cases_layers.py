"""Cases of convolutions, dense layers and matrix products."""

import numpy as np

from case_common import (
    ACTIVATIONS,
    INT8,
    SAME,
    VALID,
    constant,
    exactness,
    ints,
    layer_rows,
    operator,
    result,
    small_values,
    straddling_scales,
    tensor,
)
from model_builder import Case, options, random_values, seeded


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
    if "out_scale" in row:
        scale = row["out_scale"]
    elif "mult" in row:
        scale = in_scale * weight_scale / row["mult"]
    else:
        limit = row.get("wmax", 127)
        spread = 74 * (limit * 0.58 + 0.3) * np.sqrt(taps)
        scale = in_scale * weight_scale * spread * row.get("reach", 3.0) / 128
    return result("int8", scale, row.get("zout", 0))


def near_half(operator_name, **row):
    """A row whose multiplier is so close to one half that its precision decides how odd sums round."""
    in_scale, weight_scale, out_scale = straddling_scales(operator_name, 0.5, inputs=2)
    return dict(
        row,
        name="multiplier_near_half",
        xscale=in_scale,
        wscale=(weight_scale, 1),
        out_scale=out_scale,
        per_axis=False,
        wmax=1,
        bias_reach=20,
        types=INT8,
    )


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
    near_half("CONV_2D", x=(1, 8, 8, 1), k=(3, 1, 1)),
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
    dict(
        name="multiplier_quarter_ties",
        x=(1, 8, 8, 3),
        k=(1, 1),
        mult=0.25,
        wmax=2,
        per_axis=False,
        wscale=(0.0078125, 1),
        xscale=0.25,
        bias_reach=20,
        types=INT8,
    ),
    dict(name="scales_wide_apart", x=(1, 5, 5, 8), k=(3, 3), wscale=(1e-6, 0.5), types=INT8),
    dict(name="saturating", x=(1, 5, 5, 3), k=(3, 3), reach=0.4, types=INT8),
    near_half("DEPTHWISE_CONV_2D", x=(1, 8, 8, 3), k=(1, 1)),
]


@operator("DEPTHWISE_CONV_2D")
def depthwise_conv_2d(name):
    """Depthwise convolutions: weights are [1, height, width, inputs * multiplier]."""
    for dtype, case_name, row in layer_rows(DEPTHWISE_ROWS, name):
        height, width = row["k"]
        multiplier = row.get("m", 1)
        outs = row["x"][3] * multiplier
        in_scale = row.get("xscale", 0.031)
        source = tensor(row["x"], dtype, in_scale, row.get("zin", 0))
        weights, bias, scale = weights_and_bias(row, dtype, (1, height, width, outs), 3, in_scale)
        out = layer_output(row, dtype, height * width, in_scale, scale)
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
    dict(
        name="multiplier_quarter_ties",
        x=(1, 4, 4, 1),
        k=(2, 2, 2),
        s=(2, 2),
        out=(8, 8),
        mult=0.25,
        wmax=2,
        per_axis=False,
        wscale=(0.0078125, 1),
        xscale=0.25,
        bias_reach=20,
        types=INT8,
    ),
    near_half("TRANSPOSE_CONV", x=(1, 4, 4, 1), k=(2, 2, 2), s=(2, 2), out=(8, 8)),
]


@operator("TRANSPOSE_CONV")
def transpose_conv(name):
    """Transposed convolutions: inputs are the output shape, the weights, the source and the bias."""
    for dtype, case_name, row in layer_rows(TRANSPOSE_CONV_ROWS, name):
        outs, height, width = row["k"]
        depth = row["x"][3]
        in_scale = row.get("xscale", 0.031)
        source = tensor(row["x"], dtype, in_scale, row.get("zin", 0))
        weights, bias, scale = weights_and_bias(row, dtype, (outs, height, width, depth), 0, in_scale)
        taps = max(1, height * width * depth / (row["s"][0] * row["s"][1]))
        out = layer_output(row, dtype, taps, in_scale, scale)
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
    dict(name="multiplier_7_3", x=(1, 2), k=40, mult=7.3, wmax=1, bias_reach=9, limit=7, types=INT8),
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
    near_half("FULLY_CONNECTED", x=(16, 1), k=8),
]


@operator("FULLY_CONNECTED")
def fully_connected(name):
    """Dense layers: weights are [outputs, inputs]."""
    for dtype, case_name, row in layer_rows(DENSE_ROWS, name):
        row.setdefault("per_axis", False)
        depth = row.get("flat", row["x"][-1])
        in_scale = row.get("xscale", 0.024)
        feed = small_values(row["key"], row["x"], row["limit"]) if "limit" in row else None
        source = tensor(row["x"], dtype, in_scale, row.get("zin", 0), feed)
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
    dict(name="rank4", a=(1, 2, 3, 4), b=(1, 2, 4, 5), za=-128, zb=127, zout=90, reach=4),
    dict(name="adj_y", a=(2, 3, 5), b=(2, 4, 5), adj=(False, True), za=-3, zb=7),
    dict(name="adj_x", a=(2, 5, 3), b=(2, 5, 4), adj=(True, False), za=-3, zb=7),
    dict(name="adj_both", a=(2, 5, 3), b=(2, 4, 5), adj=(True, True), za=-3, zb=7),
    dict(name="broadcast_left", a=(3, 5), b=(2, 5, 4), za=1, zb=2),
    dict(name="broadcast_right", a=(2, 3, 5), b=(1, 5, 4), za=1, zb=2),
    dict(name="broadcast_both", a=(2, 1, 3, 4), b=(1, 3, 4, 2), za=1, zb=2),
    dict(name="constant_right", a=(1, 3, 6), b=(6, 4), const=True, za=50),
    dict(name="vector_rows", a=(1, 1, 7), b=(1, 7, 1), za=50, zb=-50),
    dict(name="multiplier_1_3", a=(4, 1), b=(1, 4), mult=1.3, limit=11, types=INT8),
    dict(
        name="multiplier_quarter_ties",
        a=(8, 2),
        b=(2, 8),
        scales=(0.25, 0.25),
        mult=0.25,
        limit=15,
        types=INT8,
    ),
    dict(name="multiplier_near_half", a=(8, 2), b=(2, 8), near_half=True, limit=11, types=INT8),
]


@operator("BATCH_MATMUL")
def batch_matmul(name):
    """Matrix products of two activations, or of one with a constant."""
    for dtype, case_name, row in layer_rows(MATMUL_ROWS, name):
        adj = row.get("adj", (False, False))
        feeds = [None, None]
        if "limit" in row:
            feeds = [small_values(row["key"] + side, row[side], row["limit"]) for side in "ab"]
        left_scale, right_scale = row.get("scales", (0.02, 0.03))
        if "near_half" in row:
            left_scale, right_scale, out_scale = straddling_scales(name, 0.5, inputs=2)
        left = tensor(row["a"], dtype, left_scale, row.get("za", 0), feeds[0])
        right = tensor(row["b"], dtype, right_scale, row.get("zb", 0), feeds[1])
        if row.get("const"):
            values = random_values(seeded("matrix of " + row["key"]), row["b"], dtype)
            right = constant(values, dtype, right_scale if dtype == "int8" else None, row.get("zb", 0))
        depth = row["a"][-2] if adj[0] else row["a"][-1]
        scale = left_scale * right_scale * 95 * np.sqrt(depth) * row.get("reach", 1)
        if "mult" in row:
            scale = left_scale * right_scale / row["mult"]
        if "near_half" in row:
            scale = out_scale
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
