"""Makes the expected outputs of whole float networks with the reference kernels of LiteRT.

Usage: python make_float_golden.py [FOLDER WITH THE MODELS]

The input of every model is x[i] = ((i * 37 + 11) & 0xff) / 255 in float32, over all elements in row-major
order. The raw float32 output goes to float_golden/<model>.out.bin.
"""

import pathlib
import sys

import numpy as np

import oracles

HERE = pathlib.Path(__file__).resolve().parent
MODELS = pathlib.Path("/work/shared/models")
NAMES = ("ad01_fp32", "kws_ref_model_float32", "pretrainedResnet", "vww_96_float")


def golden_input(shape):
    """The fixed input of a model."""
    index = np.arange(np.prod(shape), dtype=np.int64)
    return (((index * 37 + 11) & 0xFF).astype(np.float32) / np.float32(255)).reshape(shape)


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else MODELS
    (HERE / "float_golden").mkdir(exist_ok=True)
    for name in NAMES:
        model = (folder / f"{name}.tflite").read_bytes()
        interpreter = oracles.Interpreter(
            model_content=model, experimental_op_resolver_type=oracles.OpResolverType.BUILTIN_REF
        )
        source = golden_input(interpreter.get_input_details()[0]["shape"])
        outputs, error = oracles.run(oracles.DESKTOP, model, [source], 1)
        if error is not None:
            raise RuntimeError(f"{name}: {error}")
        (HERE / "float_golden" / f"{name}.out.bin").write_bytes(outputs[0].astype("<f4").tobytes())
        print(f"{name}: input {source.shape}, output {outputs[0].shape}, first {outputs[0].ravel()[:3]}")
        micro, micro_error = oracles.run(oracles.MICRO, model, [source], 1)
        if micro is None:
            print(f"  Micro refuses it: {micro_error}")
        else:
            print(f"  Micro differs by at most {np.abs(micro[0] - outputs[0]).max():.3g}")


if __name__ == "__main__":
    main()
