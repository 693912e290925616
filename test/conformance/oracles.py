"""Runs one model in TensorFlow Lite Micro and in the reference kernels of LiteRT.

Each run happens in a child process, because a kernel that meets something it does not know may abort.
"""

import multiprocessing
import os
import tempfile

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from tflite_micro.python.tflite_micro import runtime as micro_runtime

MICRO = "tflite-micro"
DESKTOP = "litert-reference"
ARENA_BYTES = 1 << 23


def run_micro(model, inputs, output_count):
    """The outputs of TensorFlow Lite Micro, whose kernels on x86 are the reference ones."""
    interpreter = micro_runtime.Interpreter.from_bytes(model, arena_size=ARENA_BYTES)
    for index, values in enumerate(inputs):
        interpreter.set_input(values, index)
    interpreter.invoke()
    return [np.array(interpreter.get_output(index)) for index in range(output_count)]


def run_desktop(model, inputs, output_count):
    """The outputs of the LiteRT interpreter with the reference resolver (no delegates)."""
    interpreter = Interpreter(
        model_content=model, num_threads=1, experimental_op_resolver_type=OpResolverType.BUILTIN_REF
    )
    interpreter.allocate_tensors()
    for detail, values in zip(interpreter.get_input_details(), inputs):
        interpreter.set_tensor(detail["index"], values)
    interpreter.invoke()
    return [
        np.array(interpreter.get_tensor(d["index"])) for d in interpreter.get_output_details()[:output_count]
    ]


RUNNERS = {MICRO: run_micro, DESKTOP: run_desktop}


def _child(connection, log_path, oracle, model, inputs, output_count):
    log = os.open(log_path, os.O_WRONLY | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    try:
        connection.send((RUNNERS[oracle](model, inputs, output_count), None))
    except Exception as error:  # pylint: disable=broad-except
        connection.send((None, f"{type(error).__name__}: {error}"))
    connection.close()


def run(oracle, model, inputs, output_count):
    """Returns (outputs, None), or (None, reason) when the oracle refuses the model."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    with tempfile.NamedTemporaryFile() as log:
        arguments = (sender, log.name, oracle, model, inputs, output_count)
        process = context.Process(target=_child, args=arguments)
        process.start()
        sender.close()
        try:
            outputs, error = receiver.recv()
        except EOFError:
            outputs, error = None, "aborted"
        process.join()
        if error is not None:
            with open(log.name, errors="replace") as text:
                error = " | ".join([error] + text.read().strip().splitlines()[-4:])
    return outputs, error
