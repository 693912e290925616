"""Trains the "hello world" regression sin(x) for x in 0..2 pi and quantises it to int8.

Usage: python train.py

Writes sine.tflite, sine.in.bin and sine.out.bin next to this file. See README.md.
"""

import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from tflite_micro.python.tflite_micro import runtime as micro_runtime

HERE = pathlib.Path(__file__).resolve().parent
SEED = 20240607
POINTS = 64
EPOCHS = 400


def make_network(batch=None):
    """Three dense layers: 321 parameters."""
    layers = tf.keras.layers
    return tf.keras.Sequential(
        [
            layers.Input((1,), batch_size=batch),
            layers.Dense(16, activation="relu"),
            layers.Dense(16, activation="relu"),
            layers.Dense(1),
        ]
    )


def train():
    """Fits the network to the sine over one period."""
    rng = np.random.RandomState(SEED)
    x = rng.uniform(-0.2, 2 * np.pi + 0.2, (4000, 1)).astype(np.float32)
    network = make_network()
    rate = tf.keras.optimizers.schedules.CosineDecay(1e-2, EPOCHS * len(x) // 64)
    network.compile(tf.keras.optimizers.Adam(rate), "mse")
    network.fit(x, np.sin(x), batch_size=64, epochs=EPOCHS, verbose=0)
    return network


def to_int8(network):
    """Post-training quantisation to int8, with int8 input and output and a fixed batch of one."""
    fixed = make_network(batch=1)
    fixed.set_weights(network.get_weights())

    def representative():
        for value in np.linspace(0, 2 * np.pi, 256, dtype=np.float32):
            yield [np.array([[value]], np.float32)]

    converter = tf.lite.TFLiteConverter.from_keras_model(fixed)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    return converter.convert()


def run_litert(model, values):
    """LiteRT's reference outputs for int8 inputs, one run per value, and the quantisation of both ends."""
    interpreter = Interpreter(
        model_content=model, num_threads=1, experimental_op_resolver_type=OpResolverType.BUILTIN_REF
    )
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    outputs = []
    for value in values:
        interpreter.set_tensor(source["index"], np.array([[value]], np.int8))
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(target["index"])[0, 0])
    return np.array(outputs, np.int8), source["quantization"], target["quantization"]


def run_micro(model, values):
    """The outputs of TensorFlow Lite Micro for int8 inputs, one run per value."""
    interpreter = micro_runtime.Interpreter.from_bytes(model, arena_size=1 << 16)
    outputs = []
    for value in values:
        interpreter.set_input(np.array([[value]], np.int8), 0)
        interpreter.invoke()
        outputs.append(interpreter.get_output(0)[0, 0])
    return np.array(outputs, np.int8)


def main():
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    network = train()
    model = to_int8(network)

    inputs = np.round(np.linspace(-128, 127, POINTS)).astype(np.int8)
    desktop, (in_scale, in_zero), (out_scale, out_zero) = run_litert(model, inputs)
    outputs = run_micro(model, inputs)
    x = (inputs.astype(np.float64) - in_zero) * in_scale
    error = np.abs((outputs.astype(np.float64) - out_zero) * out_scale - np.sin(x))
    grid = np.linspace(0, 2 * np.pi, 1000, dtype=np.float32)[:, None]
    float_error = np.abs(network.predict(grid, verbose=0) - np.sin(grid))
    print(f"float error: mean {float_error.mean():.4f}, largest {float_error.max():.4f}")
    print(f"int8 error: mean {error.mean():.4f}, largest {error.max():.4f} over {POINTS} points")
    print(f"Micro and LiteRT differ on {np.count_nonzero(outputs != desktop)} of {POINTS} points")
    print(
        f"input scale {in_scale:.9g} zero point {in_zero}, output scale {out_scale:.9g} zero point {out_zero}"
    )
    print(f"model size {len(model)} bytes")

    (HERE / "sine.tflite").write_bytes(model)
    (HERE / "sine.in.bin").write_bytes(inputs.tobytes())
    (HERE / "sine.out.bin").write_bytes(outputs.tobytes())


if __name__ == "__main__":
    main()
