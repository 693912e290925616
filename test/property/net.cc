#include "property/net.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace midge::test {
namespace {

using Limits = std::numeric_limits<float>;

float wild_real(Random& random) {
  switch (random.pick(0, 3)) {
    case 0:
      return random.one_of({0.0f, -0.0f, 1.0f, -1.0f, Limits::infinity(), -Limits::infinity(),
                            Limits::quiet_NaN(), Limits::max(), Limits::lowest(), Limits::min(),
                            Limits::denorm_min(), -Limits::denorm_min()});
    case 1:
      return random.log_uniform(1e-30f, 1e30f) * random.one_of({1.0f, -1.0f});
    case 2:
      return static_cast<float>(random.pick(-40, 40)) / 4;  // ties, and equal to one another
    default:
      return random.uniform(-100, 100);
  }
}

void put_real(uint8_t* at, float real) {
  std::memcpy(at, &real, sizeof real);
}

}  // namespace

graph::Bytes random_elements(Random& random, DType dtype, int64_t count, Tone tone) {
  const auto size = static_cast<size_t>(size_of(dtype));
  graph::Bytes bytes(static_cast<size_t>(count) * size);
  const bool wild = tone == Tone::kWild && random.one_in(3);
  const bool few = random.one_in(4);  // many equal elements
  for (size_t i = 0; i < bytes.size(); i += size) {
    if (dtype == DType::kF32) {
      const float plain = few ? static_cast<float>(random.pick(-3, 3)) : random.uniform(-3, 3);
      put_real(&bytes[i], wild ? wild_real(random) : plain);
    } else if (dtype == DType::kBool) {
      bytes[i] = static_cast<uint8_t>(random.pick(0, 1));
    } else if (wild) {
      const auto code = static_cast<uint64_t>(is_signed(dtype) ? min_of(dtype) : 0) - random.bits() % 2;
      std::memcpy(&bytes[i], &code, size);
    } else {
      for (size_t byte = 0; byte < (few ? 1 : size); ++byte)
        bytes[i + byte] = static_cast<uint8_t>(random.bits());
    }
  }
  return bytes;
}

bool Net::is_input(ValueId id) const {
  return std::ranges::count(graph_.inputs, id) > 0;
}

graph::Quantization Net::parameters() {
  const auto any = static_cast<int32_t>(random_.pick(-128, 127));
  const float scale = random_.one_in(8)   ? random_.log_uniform(1e-6f, 1e-3f)
                      : random_.one_in(8) ? random_.log_uniform(0.5f, 100.0f)
                                          : random_.log_uniform(0.005f, 0.5f);
  return {{scale}, {random_.one_of({0, -128, 127, any})}, -1};
}

ValueId Net::add_value(DType dtype, Shape shape) {
  graph::Value made;
  made.name = "v";
  made.dtype = dtype;
  made.shape = std::move(shape);
  if (dtype == DType::kI8) made.quantization = parameters();
  return graph_.add_value(std::move(made));
}

ValueId Net::input(DType dtype, Shape shape) {
  const int64_t count = element_count(shape).value_or(0);
  const ValueId id = add_value(dtype, std::move(shape));
  graph_.inputs.push_back(id);
  contents_.push_back(random_elements(random_, dtype, count, tone_));
  return id;
}

void Net::refill(ValueId input, graph::Bytes bytes) {
  const auto at = std::ranges::find(graph_.inputs, input) - graph_.inputs.begin();
  contents_.at(static_cast<size_t>(at)) = std::move(bytes);
}

ValueId Net::constant(DType dtype, Shape shape) {
  const int64_t count = element_count(shape).value_or(0);
  return constant_of(dtype, std::move(shape), random_elements(random_, dtype, count, Tone::kPlain));
}

ValueId Net::constant_of(DType dtype, Shape shape, graph::Bytes bytes) {
  const ValueId id = add_value(dtype, std::move(shape));
  graph_.value(id).data = std::make_shared<const graph::Bytes>(std::move(bytes));
  return id;
}

ValueId Net::operand(DType dtype, Shape shape) {
  return random_.one_in(2) ? input(dtype, std::move(shape)) : constant(dtype, std::move(shape));
}

ValueId Net::weights(DType dtype, Shape shape, int32_t axis) {
  const int64_t channels = shape[static_cast<size_t>(axis)];
  const ValueId id = constant(dtype, std::move(shape));
  if (dtype != DType::kI8) return id;
  const bool per_axis = random_.one_in(2);
  graph::Quantization q{{}, {}, per_axis ? axis : -1};
  for (int64_t i = 0; i < (per_axis ? channels : 1); ++i)
    q.scales.push_back(random_.one_in(8)   ? random_.log_uniform(1e-8f, 1e-4f)
                       : random_.one_in(8) ? random_.log_uniform(0.1f, 30.0f)
                                           : random_.log_uniform(1e-3f, 0.1f));
  q.zero_points.assign(q.scales.size(), 0);
  return quantized_as(id, std::move(q));
}

ValueId Net::bias(DType weights, int64_t channels) {
  if (random_.one_in(4)) return ValueId{};
  if (weights == DType::kF32) return constant(DType::kF32, {channels});
  const int64_t most = random_.one_of<int64_t>({100, 10'000, 1'000'000, 1'500'000'000});
  graph::Bytes bytes(static_cast<size_t>(channels) * 4);
  for (size_t i = 0; i < bytes.size(); i += 4) {
    const auto entry = static_cast<int32_t>(random_.pick(-most, most));
    std::memcpy(&bytes[i], &entry, 4);
  }
  return constant_of(DType::kI32, {channels}, std::move(bytes));
}

ValueId Net::node(graph::Op op, std::vector<ValueId> inputs) {
  graph::Node probe{op, inputs, {add_value(DType::kBool, {1})}, ""};
  const auto types = graph::infer(graph_, probe);
  graph_.values.pop_back();
  if (!types) {
    spoilt_ = true;
    return inputs[0];
  }
  return node(std::move(op), std::move(inputs), types->front().dtype, types->front().shape);
}

ValueId Net::node(graph::Op op, std::vector<ValueId> inputs, DType dtype, Shape shape) {
  const ValueId made = add_value(dtype, std::move(shape));
  std::string source = std::string(op_name(op)) + "#" + std::to_string(graph_.nodes.size());
  graph_.nodes.push_back({std::move(op), std::move(inputs), {made}, std::move(source)});
  return made;
}

ValueId Net::quantized_as(ValueId id, ValueId other) {
  return quantized_as(id, value(other).quantization);
}

ValueId Net::quantized_as(ValueId id, std::optional<graph::Quantization> quantization) {
  graph_.value(id).quantization = std::move(quantization);
  return id;
}

}  // namespace midge::test
