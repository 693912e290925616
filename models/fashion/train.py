"""Trains a small convolutional network on Fashion-MNIST and quantises it to int8.

Usage: python train.py [--epochs N] [--threads N] [--data FOLDER] [--keep-model]

Writes fashion.tflite, labels.txt, twelve sample images and the data of a test over 1,000 images next to
this file, and prints the accuracies. With --keep-model it does not train but evaluates the fashion.tflite
that is there and writes the other files again. See README.md.
"""

import argparse
import gzip
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from PIL import Image
from tflite_micro.python.tflite_micro import runtime as micro_runtime

HERE = pathlib.Path(__file__).resolve().parent
DATA = pathlib.Path("/usr/share/datasets/fashion-mnist")
LABELS = ["t-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot"]
SEED = 20240607
BATCH = 128
TEST_IMAGES = 1000
SECOND_SAMPLES = ("sandal", "bag")


def read_idx(path):
    """Reads a gzip'd IDX file of bytes (images or labels)."""
    with gzip.open(path) as stream:
        raw = stream.read()
    rank = raw[3]
    shape = np.frombuffer(raw, ">u4", rank, 4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def load(folder):
    """Returns the training and test sets as (images, labels) of uint8."""
    return [
        (read_idx(folder / f"{part}-images-idx3-ubyte.gz"), read_idx(folder / f"{part}-labels-idx1-ubyte.gz"))
        for part in ("train", "t10k")
    ]


def convolution(x, channels, depthwise=True):
    """A 3x3 layer: either a full convolution or a depthwise and a pointwise one."""
    layers = tf.keras.layers
    if depthwise:
        x = layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
        x = layers.Conv2D(channels, 1, use_bias=False)(x)
    else:
        x = layers.Conv2D(channels, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU()(x)


def make_network(batch=None):
    """The network: about 1.9 million multiply-accumulates and 25 thousand parameters."""
    layers = tf.keras.layers
    source = layers.Input((28, 28, 1), batch_size=batch)
    x = convolution(source, 24, depthwise=False)
    x = layers.MaxPooling2D(2)(x)
    x = convolution(x, 48)
    x = convolution(x, 64)
    x = layers.MaxPooling2D(2)(x)
    x = convolution(x, 96)
    x = convolution(x, 96)
    x = layers.AveragePooling2D(7)(x)
    x = layers.Flatten()(x)
    x = layers.Dropout(0.2)(x)
    x = layers.Dense(len(LABELS))(x)
    return tf.keras.Model(source, layers.Softmax()(x))


def augmented_batches(images, labels, rng):
    """Endless shuffled batches; images are flipped and shifted by up to two pixels at random."""
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2)))
    while True:
        order = rng.permutation(len(images))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[start : start + BATCH]
            out = np.empty((BATCH, 28, 28, 1), np.float32)
            for place, index in enumerate(chosen):
                top, left = rng.randint(0, 5, 2)
                picture = padded[index, top : top + 28, left : left + 28]
                if rng.randint(2):
                    picture = picture[:, ::-1]
                out[place, :, :, 0] = picture / np.float32(255)
            yield out, labels[chosen].astype(np.int32)


def train(network, images, labels, epochs):
    """Trains with Adam and a learning rate that falls along a cosine."""
    steps = len(images) // BATCH
    rate = tf.keras.optimizers.schedules.CosineDecay(3e-3, steps * epochs)
    network.compile(tf.keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    network.fit(
        augmented_batches(images, labels, np.random.RandomState(SEED)),
        steps_per_epoch=steps,
        epochs=epochs,
        verbose=2,
    )


def to_int8(network, images):
    """Post-training quantisation to int8, with int8 input and output and a fixed batch of one."""
    fixed = make_network(batch=1)
    fixed.set_weights(network.get_weights())

    def representative():
        for image in images[:1000]:
            yield [(image / np.float32(255)).reshape(1, 28, 28, 1)]

    converter = tf.lite.TFLiteConverter.from_keras_model(fixed)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = representative
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    return converter.convert()


def quantised_pixels(image, scale, zero):
    """One image as the int8 input of the network: the pixels over 255, quantised."""
    real = (image / np.float32(255)).reshape(1, 28, 28, 1)
    return np.clip(np.round(real / scale) + zero, -128, 127).astype(np.int8)


def run_litert(model, images, resolver):
    """The raw int8 outputs of LiteRT, one row per image, one image at a time."""
    interpreter = Interpreter(model_content=model, num_threads=1, experimental_op_resolver_type=resolver)
    interpreter.allocate_tensors()
    source, target = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    scale, zero = source["quantization"]
    rows = []
    for image in images:
        interpreter.set_tensor(source["index"], quantised_pixels(image, scale, zero))
        interpreter.invoke()
        rows.append(interpreter.get_tensor(target["index"]).reshape(-1).copy())
    return np.array(rows)


def run_micro(model, images):
    """The raw int8 outputs of TensorFlow Lite Micro, one row per image."""
    interpreter = micro_runtime.Interpreter.from_bytes(model, arena_size=1 << 20)
    quantization = interpreter.get_input_details(0)["quantization_parameters"]
    scale, zero = quantization["scales"][0], quantization["zero_points"][0]
    rows = []
    for image in images:
        interpreter.set_input(quantised_pixels(image, scale, zero), 0)
        interpreter.invoke()
        rows.append(np.array(interpreter.get_output(0)).reshape(-1))
    return np.array(rows)


def write_samples(images, labels, predicted):
    """Writes twelve correctly classified test images: the first of each class, then two more."""
    for old in HERE.glob("sample_*.png"):
        old.unlink()
    right = np.flatnonzero(predicted == labels)
    chosen = [right[labels[right] == label][0] for label in range(len(LABELS))]
    chosen += [right[labels[right] == LABELS.index(name)][1] for name in SECOND_SAMPLES]
    for number, index in enumerate(chosen):
        Image.fromarray(images[index]).save(HERE / f"sample_{number:02d}_{LABELS[labels[index]]}.png")


def train_and_convert(images, labels, test_images, test_labels, epochs):
    """The trained, quantised model; prints the accuracy of the float network."""
    network = make_network()
    network.summary()
    train(network, images, labels, epochs)
    _, accuracy = network.evaluate(
        test_images[..., None] / np.float32(255), test_labels.astype(np.int32), verbose=0
    )
    print(f"float accuracy {accuracy:.4f} on {len(test_labels)} test images")
    return to_int8(network, images)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--data", type=pathlib.Path, default=DATA)
    parser.add_argument("--keep-model", action="store_true")
    arguments = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(arguments.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()

    (images, labels), (test_images, test_labels) = load(arguments.data)
    if arguments.keep_model:
        model = (HERE / "fashion.tflite").read_bytes()
    else:
        model = train_and_convert(images, labels, test_images, test_labels, arguments.epochs)
        (HERE / "fashion.tflite").write_bytes(model)

    outputs = run_litert(model, test_images, OpResolverType.BUILTIN_REF)
    optimised = run_litert(model, test_images, OpResolverType.AUTO)
    micro = run_micro(model, test_images)
    predicted = np.argmax(outputs, axis=1)
    for name, rows in (("LiteRT reference", outputs), ("LiteRT optimised", optimised), ("Micro", micro)):
        guessed = np.argmax(rows, axis=1)
        first = np.mean(guessed[:TEST_IMAGES] == test_labels[:TEST_IMAGES])
        different = np.count_nonzero(np.any(rows != outputs, axis=1))
        changed = np.count_nonzero(guessed != predicted)
        print(
            f"int8 accuracy {np.mean(guessed == test_labels):.4f}, {first:.4f} on the first {TEST_IMAGES}: {name}"
        )
        print(f"  against the reference, {different} outputs and {changed} classes differ")
    print(f"model size {len(model)} bytes")

    part = slice(0, TEST_IMAGES)
    (HERE / "labels.txt").write_text("\n".join(LABELS) + "\n")
    write_samples(test_images, test_labels, predicted)
    (HERE / "test_1000.images.gz").write_bytes(gzip.compress(test_images[part].tobytes(), 9, mtime=0))
    (HERE / "test_1000.labels.bin").write_bytes(test_labels[part].tobytes())
    (HERE / "test_1000.litert.bin").write_bytes(predicted[part].astype(np.uint8).tobytes())
    (HERE / "test_1000.litert_out.bin").write_bytes(outputs[part].tobytes())
    (HERE / "test_1000.micro_out.bin").write_bytes(micro[part].tobytes())


if __name__ == "__main__":
    main()
