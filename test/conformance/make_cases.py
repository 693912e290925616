"""Makes the operator conformance cases: single-operator models with inputs and expected outputs.

Usage: python make_cases.py [--only PREFIX]

The expected outputs come from TensorFlow Lite Micro where it supports the operator, else from the
reference kernels of LiteRT. Where both run and differ, Micro wins and the difference is recorded in
differences.json. Running the script again gives the same bytes. With --only, nothing is written: the
cases whose names start with PREFIX are run and reported.
"""

import argparse
import json
import pathlib
import shutil
from collections import Counter
from importlib.metadata import version

import numpy as np

import oracles
from case_table import all_cases
from known_differences import explain
from model_builder import build_model, input_values

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE / "cases"
PACKAGES = ("ai-edge-litert", "tflite-micro", "numpy", "flatbuffers")
FLOAT_AGREEMENT = 1e-6


def infer_shapes(case, inputs):
    """Fills in the output shapes that the case leaves open by running LiteRT, which infers them."""
    if all(out.shape is not None for out in case.outputs):
        return None
    for out in case.outputs:
        out.shape = []
    outputs, error = oracles.run(oracles.DESKTOP, build_model(case), inputs, len(case.outputs))
    if error is not None:
        return error
    for out, values in zip(case.outputs, outputs):
        out.shape = list(values.shape)
    return None


def acceptable(case, outputs):
    """Whether the outputs have the promised types, sizes and only finite numbers."""
    for out, values in zip(case.outputs, outputs):
        if values.dtype != np.dtype(out.dtype) or values.size != np.prod(out.shape, dtype=int):
            return False
        if not np.all(np.isfinite(values.astype(np.float64))):
            return False
    return True


def difference(case, micro, desktop):
    """What differs between the two oracles, or None."""
    worst, count, total = 0.0, 0, 0
    for left, right in zip(micro, desktop):
        left, right = left.astype(np.float64).ravel(), right.astype(np.float64).ravel()
        error = np.abs(left - right)
        if case.outputs[0].dtype == "float32":
            error /= np.maximum(1, np.abs(right))
            count += int(np.sum(error > FLOAT_AGREEMENT))
        else:
            count += int(np.sum(error > 0))
        total += error.size
        worst = max(worst, float(error.max(initial=0)))
    if count == 0:
        return None
    unit = "relative" if case.outputs[0].dtype == "float32" else "steps"
    return f"{count} of {total} values, at most {worst:.6g} {unit}"


def make_case(case):
    """Runs both oracles; returns (model, inputs, outputs, oracle, difference) or the reason for dropping."""
    inputs = input_values(case)
    error = infer_shapes(case, inputs)
    if error is not None:
        return None, f"no output shape: {error}"
    model = build_model(case)
    micro, micro_error = oracles.run(oracles.MICRO, model, inputs, len(case.outputs))
    desktop, desktop_error = oracles.run(oracles.DESKTOP, model, inputs, len(case.outputs))
    if micro is not None and not acceptable(case, micro):
        micro, micro_error = None, "unacceptable output"
    if desktop is not None and not acceptable(case, desktop):
        desktop, desktop_error = None, "unacceptable output"
    note = None
    if micro is not None and desktop is not None:
        note = difference(case, micro, desktop)
    if micro is not None:
        return (model, inputs, micro, oracles.MICRO, note, desktop_error), None
    if desktop is not None:
        return (model, inputs, desktop, oracles.DESKTOP, None, micro_error), None
    return None, f"micro: {micro_error}; desktop: {desktop_error}"


def write_case(case, model, inputs, outputs):
    """Writes the three files of a case."""
    base = CASES / case.full_name
    base.parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(f"{base}.tflite").write_bytes(model)
    pathlib.Path(f"{base}.in.bin").write_bytes(b"".join(v.tobytes() for v in inputs))
    pathlib.Path(f"{base}.out.bin").write_bytes(
        b"".join(v.astype(v.dtype.newbyteorder("<")).tobytes() for v in outputs)
    )


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="run only the cases with this prefix and write nothing")
    arguments = parser.parse_args()
    write = arguments.only is None
    if write and CASES.exists():
        shutil.rmtree(CASES)

    listed, differences, counts, one_sided = [], [], Counter(), Counter()
    for case in all_cases():
        if arguments.only and not case.full_name.startswith(arguments.only):
            continue
        made, reason = make_case(case)
        if made is None:
            print(f"dropped {case.full_name}: {reason}")
            continue
        model, inputs, outputs, oracle, note, other_error = made
        if other_error is not None:
            one_sided[(case.operator, case.dtype, oracle)] += 1
            if not write:
                print(f"only {oracle} runs {case.full_name}: {other_error}")
        if note is not None:
            differences.append(
                {"operator": case.operator, "case": case.full_name, "what": note, "why": explain(case)}
            )
            print(f"oracles differ on {case.full_name}: {note}")
        listed.append(
            {
                "name": case.full_name,
                "operator": case.operator,
                "dtype": case.dtype,
                "oracle": oracle,
                "tolerance": case.tolerance,
            }
        )
        counts[(case.operator, case.dtype)] += 1
        if write:
            write_case(case, model, inputs, outputs)

    if write:
        write_json(
            HERE / "cases.json", {"versions": {name: version(name) for name in PACKAGES}, "cases": listed}
        )
        write_json(HERE / "differences.json", differences)
    for (operator, dtype), count in sorted(counts.items()):
        print(f"{operator:24} {dtype:8} {count}")
    for (operator, dtype, oracle), count in sorted(one_sided.items()):
        print(f"{operator} {dtype}: {count} cases run only on {oracle}")
    print(f"{len(listed)} cases, {len(differences)} with a difference between the oracles")


if __name__ == "__main__":
    main()
