"""Cases of operators that move, pad or resample data."""

import numpy as np

from case_common import (
    CLOSE,
    EXACT,
    TYPES,
    constant,
    ints,
    operator,
    result,
    tensor,
)
from model_builder import Case, options, random_values, schema, seeded


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
