"""Cases of elementwise operators: with two operands, activations, conversions."""

import numpy as np

from case_common import (
    ACTIVATIONS,
    ALL_INT8,
    CLOSE,
    CLOSE_EXP,
    EXACT,
    INT8,
    TYPES,
    constant,
    exactness,
    layer_rows,
    operator,
    result,
    small_values,
    straddling_scales,
    tensor,
    unary_int8,
)
from model_builder import Case, Tensor, options, random_values, schema, seeded

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
                feed = small_values(row["key"] + side, row[side], row["limit"]) if "limit" in row else None
                operands.append(tensor(row[side], dtype, scale, zero, feed))
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
    dict(name="output_scale_small", a=(8, 16), b=(8, 16), scale_out=0.011, limit=35, types=INT8),
    dict(name="output_scale_tiny", a=(8, 16), b=(8, 16), scale_out=0.0005, limit=2, types=INT8),
    dict(name="zero_points_min", a=(8, 16), b=(8, 16), za=-128, zb=-128, zout=-128, types=INT8),
    dict(name="zero_points_max", a=(8, 16), b=(8, 16), za=127, zb=127, zout=127, types=INT8),
    dict(name="batch2_rank2", a=(2, 9), b=(2, 1), za=4),
    dict(name="rank5", a=(1, 2, 2, 3, 2), b=(2, 3, 1)),
]
ADD_ONLY = ("output_scale_small", "output_scale_tiny", "zero_points_min", "zero_points_max")
MUL_ROWS = [row for row in ADD_ROWS if row["name"] not in ADD_ONLY] + [
    dict(
        name="zero_points_min", a=(8, 16), b=(8, 16), za=-128, zb=-128, zout=-128, scale_out=0.2, types=INT8
    ),
    dict(name="zero_points_max", a=(8, 16), b=(8, 16), za=127, zb=-128, zout=127, scale_out=0.2, types=INT8),
    dict(name="multiplier_1_5", a=(8, 16), b=(8, 16), scale_out=0.043 * 0.029 / 1.5, limit=10, types=INT8),
    dict(
        name="multiplier_quarter_ties",
        a=(8, 16),
        b=(8, 16),
        scale_a=0.25,
        scale_b=0.25,
        scale_out=0.25,
        limit=20,
        types=INT8,
    ),
    dict(name="multiplier_small", a=(8, 16), b=(8, 16), scale_out=1.5, types=INT8),
]


def near_tie(name):
    """A row of ADD or SUB where odd sums are close to ties."""
    scale, out = straddling_scales(name, 1.5)
    shape = (8, 16)
    return [
        dict(
            name="multiplier_near_tie",
            a=shape,
            b=shape,
            scale_a=scale,
            scale_b=scale,
            scale_out=out,
            limit=40,
            types=INT8,
        )
    ]


@operator("ADD")
def add(name):
    yield from binary_cases(name, "Add", 0.062, ADD_ROWS + near_tie(name))


@operator("SUB")
def sub(name):
    yield from binary_cases(name, "Sub", 0.062, ADD_ROWS + near_tie(name))


@operator("MUL")
def mul(name):
    scales = dict(zip(("scale_a", "scale_b", "scale_out"), straddling_scales(name, 0.5, inputs=2)))
    near_half = dict(scales, name="multiplier_near_half", a=(8, 16), b=(8, 16), limit=15, types=INT8)
    yield from binary_cases(name, "Mul", 0.1, MUL_ROWS + [near_half])


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


FLOAT_RAMP = np.concatenate(
    [np.linspace(-9, 9, 181), [-0.0, 0.5, -0.5, 1e-6, -1e-6, 20.0, -20.0, 60.0, -60.0]]
)


def near_tie_quant(name):
    """Quantisations of a unary operator that rescales, where odd inputs are close to ties."""
    scale, out_scale = straddling_scales(name, 1.5)
    return ("multiplier_near_tie", scale, 0, out_scale, 0)


@operator("SOFTMAX")
def softmax(name):
    """SOFTMAX over the last axis; int8 output has scale 1/256 and zero point -128."""
    rows = [
        ("rank2", (1, 10), 0.02, 4, 1.0),
        ("rank2_batch", (4, 7), 0.03, -8, 1.0),
        ("rank1", (12,), 0.015, 4, 1.0),
        ("rank3", (1, 3, 5), 0.025, 0, 1.0),
        ("rank4", (1, 2, 3, 5), 0.02, 0, 1.0),
        ("one_class", (3, 1), 0.1, 0, 1.0),
        ("two_classes", (32, 2), 0.05, 11, 1.0),
        ("beta_2", (4, 9), 0.01, 0, 2.0),
        ("beta_quarter", (4, 9), 0.08, 0, 0.25),
        ("wide", (2, 256), 0.03, 0, 1.0),
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
    yield from unary_int8(name, [near_tie_quant(name)])
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
    yield from unary_int8(name, [near_tie_quant(name)], options("LeakyRelu", alpha=0.25))
    scale, alpha, out_scale = straddling_scales(name + " slope", 0.5, inputs=2)
    yield from unary_int8(
        name, [("slope_near_half", scale, 0, out_scale, 0)], options("LeakyRelu", alpha=alpha)
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
        ("zero_points", (1, 8, 8, 4), (1, 1, 4), dict(zin=-128, zalpha=11, zout=-100, scale_out=0.06)),
        ("zero_points_max", (1, 8, 8, 4), (1, 1, 4), dict(zin=127, zalpha=-128, zout=127, scale_out=0.1)),
        ("rescale_down", (1, 8, 8, 4), (1, 1, 4), dict(scale_out=0.021)),
        ("quarter_ties", (1, 8, 8, 4), (1, 1, 4), dict(scale_in=0.25, scale_alpha=0.0078125, scale_out=1.0)),
    ]
    near_half = dict(zip(("scale_in", "scale_alpha", "scale_out"), straddling_scales(name, 0.5, inputs=2)))
    rows.append(("multiplier_near_half", (1, 8, 8, 4), (1, 1, 4), dict(near_half, limit=15, zin=0)))
    near_tie = straddling_scales(name, 1.5)
    near_tie = dict(scale_in=near_tie[0], scale_out=near_tie[1], zin=0)
    rows.append(("multiplier_near_tie", (1, 8, 8, 4), (1, 1, 4), near_tie))
    for label, shape, alpha_shape, quant in rows:
        for dtype in TYPES if not quant else INT8:
            values = random_values(seeded(f"slopes of {label}"), alpha_shape, dtype)
            feed = None
            if "limit" in quant:
                values = small_values(label, alpha_shape, quant["limit"])
                feed = small_values(label + " inputs", shape, quant["limit"])
            slopes = constant(
                values,
                dtype,
                quant.get("scale_alpha", 0.006) if dtype == "int8" else None,
                quant.get("zalpha", 0),
            )
            source = tensor(shape, dtype, quant.get("scale_in", 0.05), quant.get("zin", -6), feed)
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
    yield from unary_int8(name, [near_tie_quant(name)], options("Abs"))
    yield from unary_float(name, options("Abs"))


@operator("NEG")
def neg(name):
    """NEG has no trustworthy int8 reference: Micro refuses int8 and LiteRT negates the stored bytes.

    LiteRT ignores the zero point and turns -128 into -128. The int8 cases therefore keep to zero point 0,
    equal scales and no -128, where that equals the negation of the real value.
    """
    for label, shape in (("all_values", (255,)), ("rank4", (1, 5, 3, 17)), ("rank2", (5, 51))):
        values = np.roll(np.arange(-127, 128), len(shape)).reshape(shape)
        yield Case(
            name,
            "int8_" + label,
            [tensor(shape, "int8", 0.05, 0, values)],
            [result("int8", 0.05, 0)],
            options("Neg"),
        )
    yield from unary_float(name, options("Neg"))


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
            ("zero_min", 0.03, -128, 0.04, -128),
            ("zero_max", 0.03, 127, 0.04, 127),
            ("half_ties", 0.5, 0, 1.0, 0),
            ("quarter_ties", 0.25, 0, 1.0, 0),
            ("quarter_ties_zero", 0.25, -5, 1.0, 7),
            ("doubling", 0.5, 0, 0.25, 0),
            ("multiplier_small", 0.01, 0, 0.5, 0),
        ],
        attributes,
        2,
    )
    yield from unary_int8(name, [near_tie_quant(name)], attributes)


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
