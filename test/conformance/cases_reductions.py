"""Cases of pooling and reductions."""

from case_common import (
    ACTIVATIONS,
    CLOSE,
    EXACT,
    INT8,
    SAME,
    TYPES,
    VALID,
    constant,
    exactness,
    ints,
    layer_rows,
    operator,
    result,
    straddling_scales,
    tensor,
)
from model_builder import Case, Tensor, options, schema, seeded

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
HW_KEEP = dict(axis=[1, 2], keep=True, types=INT8)
MEAN_QUANT_ROWS = [
    dict(HW_KEEP, name="scale_up", x=(1, 4, 4, 16), z=-30, out=(0.02, 12)),
    dict(HW_KEEP, name="scale_down", x=(1, 4, 4, 16), z=30, out=(0.13, -12)),
    dict(HW_KEEP, name="scale_up_zero_min", x=(1, 3, 3, 16), z=-128, out=(0.027, -128)),
    dict(HW_KEEP, name="zero_only_differs", x=(1, 3, 3, 16), z=-20, out=(0.05, 20)),
    dict(HW_KEEP, name="many_elements", x=(1, 24, 24, 2), z=5, out=(0.01, -5)),
    dict(name="multiplier_near_tie", x=(128, 1), axis=[1], keep=False, near_tie=1.5, types=INT8),
    dict(name="multiplier_near_tie_of_two", x=(128, 2), axis=[1], keep=False, near_tie=1.5, types=INT8),
    dict(name="ties", x=(64, 2), axis=[1], keep=False, z=0, out=(0.05, 0), types=INT8),
    dict(name="ties_of_four", x=(64, 4), axis=[1], keep=False, z=0, out=(0.05, 0), types=INT8),
    dict(name="ties_zero_odd", x=(64, 2), axis=[-1], keep=False, z=-3, out=(0.05, -3), types=INT8),
]
SUM_QUANT_ROWS = [
    dict(HW_KEEP, name="scale_same", x=(1, 2, 2, 16), z=0, out=(0.05, 7)),
    dict(HW_KEEP, name="scale_up", x=(1, 1, 2, 16), z=-3, out=(0.03, 12)),
    dict(HW_KEEP, name="scale_down", x=(1, 4, 4, 16), z=30, out=(0.5, 60)),
    dict(HW_KEEP, name="zero_min", x=(1, 3, 3, 16), z=-128, out=(0.5, -128)),
    dict(HW_KEEP, name="zero_only_differs", x=(1, 1, 2, 32), z=-20, out=(0.05, -30)),
    dict(HW_KEEP, name="saturating", x=(1, 4, 4, 16), z=-30, out=(0.02, 12)),
    dict(HW_KEEP, name="many_elements", x=(1, 24, 24, 2), z=5, out=(2.0, -5)),
    dict(name="multiplier_near_tie", x=(128, 2), axis=[1], keep=False, near_tie=1.5, types=INT8),
    dict(name="ties", x=(64, 2), axis=[1], keep=False, z=0, out=(0.1, 0), types=INT8),
    dict(name="ties_of_four", x=(64, 4), axis=[1], keep=False, z=0, out=(0.2, 0), types=INT8),
    dict(name="ties_zero_odd", x=(64, 2), axis=[-1], keep=False, z=-3, out=(0.1, -3), types=INT8),
]


def reduce_cases(name, rows, out_quant, tolerance):
    """Cases of a reduction; the axes are a constant tensor."""
    for dtype, case_name, row in layer_rows(rows, name):
        zero = row.get("z", 0)
        scale, out_zero = row.get("out") or out_quant(zero)
        in_scale = 0.05
        if "near_tie" in row:
            in_scale, scale = straddling_scales(name, row["near_tie"])
        source = tensor(row["x"], dtype, in_scale, zero)
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
    yield from reduce_cases(name, REDUCE_ROWS + MEAN_QUANT_ROWS, lambda zero: (0.05, zero), CLOSE)


@operator("SUM")
def reduce_sum(name):
    yield from reduce_cases(name, REDUCE_ROWS + SUM_QUANT_ROWS, lambda zero: (0.22, zero), CLOSE)


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
