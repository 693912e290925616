"""Why Micro and the LiteRT reference kernels differ, per operator."""

REASONS = {}


def explain(case):
    """The known reason for a difference on a case, or a plain statement that it is not known."""
    for (operator, fragment), reason in REASONS.items():
        if operator == case.operator and fragment in case.name:
            return reason
    return "not known"
