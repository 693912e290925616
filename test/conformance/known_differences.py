"""Why Micro and the LiteRT reference kernels differ, per operator."""

PRECISION = (
    "Micro multiplies and divides the scales in double precision before making the fixed-point multiplier, "
    "LiteRT in float; the multipliers differ in their low bits, which shows on results near one half."
)

REASONS = {
    ("ABS", "int8"): PRECISION,
    ("BATCH_MATMUL", "int8"): PRECISION,
    ("LEAKY_RELU", "int8"): PRECISION,
    ("MUL", "int8"): PRECISION,
    ("PRELU", "int8"): PRECISION,
    ("RELU", "int8"): PRECISION,
    ("FULLY_CONNECTED", "int8"): (
        "Micro scales the accumulator with the doubly rounding multiply (high half rounded, then a rounding "
        "shift), so 69 * 0.25 gives 18; LiteRT rounds once, half away from zero, and gives 17."
    ),
    ("RELU6", "int8"): (
        "Micro's RELU6 only clamps between the zero point and six in the quantisation of its input and does "
        "not rescale to the output's; LiteRT rescales. The two agree when both quantisations are equal."
    ),
    ("SUM", "int8"): (
        "LiteRT's reference SUM gives wrong sums for int8 (it is off by far more than rounding and wraps "
        "around); Micro's result is the correctly rounded and saturated real sum."
    ),
}


def explain(case):
    """The known reason for a difference on a case, or a plain statement that it is not known."""
    return REASONS.get((case.operator, case.dtype), "not known")
