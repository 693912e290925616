"""Builds single-operator .tflite models through the flatbuffer object API.

Writing the flatbuffer directly, instead of converting a Keras model, gives full control over every
attribute and every quantisation parameter.
"""

import zlib

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

TENSOR_TYPES = {
    "int8": schema.TensorType.INT8,
    "int16": schema.TensorType.INT16,
    "int32": schema.TensorType.INT32,
    "int64": schema.TensorType.INT64,
    "float32": schema.TensorType.FLOAT32,
    "bool": schema.TensorType.BOOL,
}

BUFFER_ALIGNMENT = 16


class Tensor:
    """One tensor of a case: a graph input, a constant (`const` given) or an output.

    `scale` and `zero` are numbers for a per-tensor quantisation and arrays for a per-axis one.
    `feed` fixes the values of a graph input; without it they are pseudo-random.
    """

    def __init__(self, shape, dtype, scale=None, zero=0, axis=0, const=None, feed=None):
        self.shape = None if shape is None else [int(d) for d in shape]
        self.dtype = dtype
        self.scale = None if scale is None else np.atleast_1d(np.asarray(scale, np.float32))
        self.zero = zero
        self.axis = axis
        self.const = None if const is None else np.ascontiguousarray(const, np.dtype(dtype))
        self.feed = None if feed is None else np.ascontiguousarray(feed, np.dtype(dtype)).reshape(shape)

    @property
    def is_const(self):
        return self.const is not None


class Case:
    """One operator with its tensors, attributes and the allowed relative error."""

    def __init__(self, operator, name, inputs, outputs, options=None, version=1, tolerance=0):
        self.operator = operator
        self.name = name
        self.inputs = inputs
        self.outputs = outputs
        self.options = options
        self.version = version
        self.tolerance = tolerance

    @property
    def full_name(self):
        return f"{self.operator.lower()}/{self.name}"

    @property
    def graph_inputs(self):
        """The tensors that are fed at run time, in order, each once."""
        found = []
        for tensor in self.inputs:
            if tensor is not None and not tensor.is_const and tensor not in found:
                found.append(tensor)
        return found

    @property
    def dtype(self):
        """The type of the first graph input, which names the variant of the operator."""
        return self.graph_inputs[0].dtype


class AlignedBuffer(schema.BufferT):
    """A buffer whose data is aligned to 16 bytes, as the schema's force_align demands."""

    def Pack(self, builder):
        offset = None
        if self.data is not None:
            raw = bytes(self.data)
            builder.StartVector(1, len(raw), BUFFER_ALIGNMENT)
            builder.head -= len(raw)
            builder.Bytes[builder.head : builder.head + len(raw)] = raw
            offset = builder.EndVector()
        schema.BufferStart(builder)
        if offset is not None:
            schema.BufferAddData(builder, offset)
        return schema.BufferEnd(builder)


def options(kind, **values):
    """The union tag and the table of an operator's attributes, e.g. options("Softmax", beta=1.0)."""
    table = getattr(schema, kind + "OptionsT")()
    for name, value in values.items():
        if not hasattr(table, name):
            raise AttributeError(f"{kind}Options has no {name}")
        setattr(table, name, value)
    return getattr(schema.BuiltinOptions, kind + "Options"), table


def pack_quantization(tensor):
    """The quantisation table of a tensor, or None for an unquantised one."""
    if tensor.scale is None:
        return None
    table = schema.QuantizationParametersT()
    table.scale = tensor.scale
    zero = np.atleast_1d(np.asarray(tensor.zero, np.int64))
    table.zeroPoint = np.broadcast_to(zero, tensor.scale.shape).copy()
    table.quantizedDimension = tensor.axis
    return table


def build_model(case):
    """Returns the bytes of the .tflite model of a case."""
    model = schema.ModelT()
    model.version = 3
    model.description = f"Midge conformance case {case.full_name}"
    model.buffers = [AlignedBuffer()]

    graph = schema.SubGraphT()
    graph.name = "main"
    graph.tensors = []
    indices = {}

    def add(tensor, name):
        if tensor is None:
            return -1
        if id(tensor) in indices:
            return indices[id(tensor)]
        packed = schema.TensorT()
        packed.name = name
        packed.shape = np.asarray(tensor.shape, np.int32)
        packed.type = TENSOR_TYPES[tensor.dtype]
        packed.hasRank = True
        packed.quantization = pack_quantization(tensor)
        buffer = AlignedBuffer()
        if tensor.is_const:
            buffer.data = tensor.const.tobytes()
        model.buffers.append(buffer)
        packed.buffer = len(model.buffers) - 1
        graph.tensors.append(packed)
        indices[id(tensor)] = len(graph.tensors) - 1
        return indices[id(tensor)]

    operator = schema.OperatorT()
    operator.opcodeIndex = 0
    operator.inputs = [
        add(t, f"{'const' if t is not None and t.is_const else 'input'}_{i}")
        for i, t in enumerate(case.inputs)
    ]
    operator.outputs = [add(t, f"output_{i}") for i, t in enumerate(case.outputs)]
    if case.options is not None:
        operator.builtinOptionsType, operator.builtinOptions = case.options

    graph.inputs = [indices[id(t)] for t in case.graph_inputs]
    graph.outputs = list(operator.outputs)
    graph.operators = [operator]
    model.subgraphs = [graph]

    code = schema.OperatorCodeT()
    code.builtinCode = getattr(schema.BuiltinOperator, case.operator)
    code.deprecatedBuiltinCode = min(code.builtinCode, 127)
    code.version = case.version
    model.operatorCodes = [code]

    builder = flatbuffers.Builder(4096)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def random_values(rng, shape, dtype):
    """Pseudo-random values of a type; int8 always contains both ends of the range when it has room."""
    shape = tuple(shape)
    if dtype == "int8":
        values = rng.randint(-128, 128, size=shape).astype(np.int8)
        if values.size >= 4:
            where = rng.choice(values.size, 2, replace=False)
            values.reshape(-1)[where] = [-128, 127]
        return values
    if dtype == "bool":
        return rng.randint(0, 2, size=shape).astype(np.bool_)
    if dtype in ("int16", "int32", "int64"):
        return rng.randint(-1000, 1001, size=shape).astype(dtype)
    return (rng.standard_normal(size=shape) * 1.5).astype(np.float32)


def seeded(text):
    """A generator whose stream depends on the text alone, frozen across numpy releases."""
    return np.random.RandomState(zlib.crc32(text.encode()))


def input_values(case):
    """The values of the graph inputs of a case."""
    rng = seeded("inputs of " + case.full_name)
    return [t.feed if t.feed is not None else random_values(rng, t.shape, t.dtype) for t in case.graph_inputs]
