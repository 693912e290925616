"""What the tables of operator cases share: tensors, tolerances and the register of the operators.

Every function decorated with @operator yields the cases of one operator, for int8 and float32 where the
operator has both. Names start with the type, e.g. "int8_same_stride2".
"""

import numpy as np

from model_builder import Case, Tensor, schema, seeded

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
INT8 = ("int8",)
ALL_INT8 = np.arange(-128, 128)

GENERATORS = []


def operator(name):
    """Registers a generator of cases for an operator."""

    def register(function):
        GENERATORS.append((name, function))
        return function

    return register


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


def small_values(key, shape, limit):
    """Pseudo-random integers in -limit..limit, for multipliers that would saturate on the whole range."""
    return seeded("small values of " + key).randint(-limit, limit + 1, size=shape)


def straddling_scales(key, tie, inputs=1):
    """Float32 scales (of the inputs, then of the output) whose multiplier is close to a rounding tie.

    Computed from these scales in double precision the multiplier is on one side of `tie`, in single precision
    on the other (or on the tie itself), which shows in the rounded results.
    """
    rng = seeded("straddling scales of " + key)
    while True:
        scales = np.exp(rng.uniform(-5, -1, size=inputs)).astype(np.float32)
        out = np.float32(np.prod(scales.astype(np.float64)) / tie)
        exact = np.prod(scales.astype(np.float64)) / np.float64(out)
        single = np.prod(scales, dtype=np.float32) / out
        if (exact < tie) != (single < np.float32(tie)):
            return [float(scale) for scale in scales] + [float(out)]


def ints(values):
    """A constant int32 tensor, e.g. axes."""
    return constant(values, "int32")


def exactness(dtype):
    """The tolerance of an operator that computes in float32 arithmetic."""
    return CLOSE if dtype == "float32" else EXACT


def layer_rows(rows, prefix):
    """Rows of a layer table as (dtype, case name, row); each row names its types."""
    for row in rows:
        for dtype in row.get("types", TYPES):
            named = dict(row)
            named["key"] = f"{prefix}/{row['name']}"
            yield dtype, f"{dtype}_{row['name']}", named


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
