"""Makes the expected outputs of whole float networks with the reference kernels of LiteRT.

Usage: python make_float_golden.py [FOLDER WITH THE MODELS]

The input of every model is x[i] = ((i * 37 + 11) & 0xff) / 255 in float32, over all elements in row-major
order. The raw float32 output goes to float_golden/<model>.out.bin.

A network that keeps some weights in int8 beside float activations is run by LiteRT with activations that
are quantised on the fly. For such a one there is a second file, <model>.float_weights.out.bin: the output
of the same network with its int8 weights replaced by their float values, scale * (w - zero point), so that
all the arithmetic is in float.
"""

import pathlib
import sys

import flatbuffers
import numpy as np

import oracles
from model_builder import AlignedBuffer, schema

HERE = pathlib.Path(__file__).resolve().parent
MODELS = pathlib.Path("/work/shared/models")
NAMES = ("ad01_fp32", "kws_ref_model_float32", "pretrainedResnet", "vww_96_float")


def golden_input(shape):
    """The fixed input of a model."""
    index = np.arange(np.prod(shape), dtype=np.int64)
    return (((index * 37 + 11) & 0xFF).astype(np.float32) / np.float32(255)).reshape(shape)


def with_float_weights(model):
    """The model with its int8 weights as float constants, or None when it has none."""
    table = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(model, 0))
    found = False
    for graph in table.subgraphs:
        for tensor in graph.tensors:
            data = table.buffers[tensor.buffer].data
            if tensor.type != schema.TensorType.INT8 or data is None:
                continue
            found = True
            shape = [1] * len(tensor.shape)
            if len(tensor.quantization.scale) > 1:
                shape[tensor.quantization.quantizedDimension] = -1
            scale = np.asarray(tensor.quantization.scale, np.float32).reshape(shape)
            zero = np.asarray(tensor.quantization.zeroPoint, np.float32).reshape(shape)
            values = np.frombuffer(bytes(data), np.int8).reshape(tensor.shape).astype(np.float32)
            tensor.type, tensor.quantization = schema.TensorType.FLOAT32, None
            tensor.buffer = len(table.buffers)
            table.buffers.append(AlignedBuffer(data=((values - zero) * scale).tobytes()))
    if not found:
        return None
    builder = flatbuffers.Builder(len(model))
    builder.Finish(table.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def run_desktop(name, model, source):
    """The output of LiteRT's reference kernels; anything but success is an error."""
    outputs, error = oracles.run(oracles.DESKTOP, model, [source], 1)
    if error is not None:
        raise RuntimeError(f"{name}: {error}")
    return outputs[0]


def write_golden(name, values):
    """Writes one expected output."""
    (HERE / "float_golden" / f"{name}.out.bin").write_bytes(values.astype("<f4").tobytes())


def compare_with_micro(model, source, desktop):
    """Prints how far Micro is from LiteRT."""
    micro, error = oracles.run(oracles.MICRO, model, [source], 1)
    if micro is None:
        print(f"  Micro refuses it: {error}")
    else:
        print(f"  Micro differs by at most {np.abs(micro[0] - desktop).max():.3g}")


def main():
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else MODELS
    (HERE / "float_golden").mkdir(exist_ok=True)
    for name in NAMES:
        model = (folder / f"{name}.tflite").read_bytes()
        interpreter = oracles.Interpreter(
            model_content=model, experimental_op_resolver_type=oracles.OpResolverType.BUILTIN_REF
        )
        source = golden_input(interpreter.get_input_details()[0]["shape"])
        output = run_desktop(name, model, source)
        write_golden(name, output)
        print(f"{name}: input {source.shape}, output {output.shape}, first {output.ravel()[:3]}")
        compare_with_micro(model, source, output)
        plain = with_float_weights(model)
        if plain is not None:
            plain_output = run_desktop(name, plain, source)
            write_golden(f"{name}.float_weights", plain_output)
            print(f"  with float weights the output differs by {np.abs(plain_output - output).max():.3g}")
            compare_with_micro(plain, source, plain_output)


if __name__ == "__main__":
    main()
