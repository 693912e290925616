"""The operator cases: which models the conformance suite consists of."""

import cases_elementwise
import cases_layers
import cases_movement
import cases_reductions
from case_common import GENERATORS

TABLES = (cases_elementwise, cases_layers, cases_movement, cases_reductions)


def all_cases():
    """Every case of the suite, sorted by name."""
    cases = [case for name, function in GENERATORS for case in function(name)]
    cases.sort(key=lambda case: case.full_name)
    names = [case.full_name for case in cases]
    duplicates = {name for name in names if names.count(name) > 1}
    if duplicates:
        raise ValueError(f"case names used twice: {sorted(duplicates)}")
    return cases
