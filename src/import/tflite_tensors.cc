#include "import/tflite_tensors.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "graph/site.h"
#include "graph/text.h"

namespace midge::import {
namespace {

using graph::Bytes;
using graph::Quantization;
using graph::Value;

constexpr size_t kLongestName = 256;

std::optional<DType> dtype_of(schema::TensorType type) {
  switch (type) {
    case schema::TensorType::INT8:
      return DType::kI8;
    case schema::TensorType::INT32:
      return DType::kI32;
    case schema::TensorType::INT64:
      return DType::kI64;
    case schema::TensorType::FLOAT32:
      return DType::kF32;
    case schema::TensorType::BOOL:
      return DType::kBool;
    default:
      return std::nullopt;
  }
}

std::string name_of_type(schema::TensorType type) {
  const std::string name = schema::EnumNameTensorType(type);
  return name.empty() ? fmt::format("number {}", static_cast<int>(type)) : name;
}

// Names reach messages, JSON and comments of the C we emit: one line of plain ASCII.
std::string clean_name(const schema::Tensor& tensor, size_t index) {
  if (tensor.name() == nullptr || tensor.name()->size() == 0) return fmt::format("tensor_{}", index);
  std::string name(tensor.name()->c_str(), std::min<size_t>(tensor.name()->size(), kLongestName));
  for (char& c : name)
    if (c < ' ' || c > '~') c = '_';
  return name;
}

// A name per used tensor; the graph's inputs and outputs choose first.
std::vector<std::string> unique_names(const schema::SubGraph& subgraph, std::span<const TensorUse> uses) {
  std::vector<std::string> names(uses.size());
  std::unordered_set<std::string> taken;
  std::unordered_map<std::string, size_t> next_suffix;
  const auto name = [&](size_t i) {
    const std::string base = clean_name(*subgraph.tensors()->Get(static_cast<uint32_t>(i)), i);
    names[i] = base;
    size_t& suffix = next_suffix.try_emplace(base, 2).first->second;
    while (!taken.insert(names[i]).second) names[i] = fmt::format("{}_{}", base, suffix++);
  };
  for (size_t i = 0; i < uses.size(); ++i)
    if (uses[i].input || uses[i].output) name(i);
  for (size_t i = 0; i < uses.size(); ++i)
    if (names[i].empty() && !uses[i].user.empty()) name(i);
  return names;
}

class TensorReader {
 public:
  TensorReader(const schema::Model& model, Budget& budget) : model_(model), budget_(budget) {}

  Result<Value> read(const schema::Tensor& tensor, const TensorUse& use, std::string name,
                     const Place& place) {
    MIDGE_TRY(check_kind(tensor, place));
    Value value;
    value.name = std::move(name);
    value.dtype = *dtype_of(tensor.type());
    MIDGE_ASSIGN(value.shape, read_shape(tensor, use, place));
    MIDGE_ASSIGN(value.quantization, read_quantization(tensor, value, place));
    MIDGE_ASSIGN(value.data, read_data(tensor, use, value, place));
    return value;
  }

 private:
  static Result<void> check_kind(const schema::Tensor& tensor, const Place& place) {
    if (!dtype_of(tensor.type()))
      return place.unsupported(
          fmt::format("type {}; use INT8, FLOAT32, INT32, INT64 or BOOL", name_of_type(tensor.type())));
    if (tensor.is_variable())
      return place.unsupported("a variable: a tensor that keeps its value between runs");
    if (tensor.sparsity() != nullptr) return place.unsupported("sparse storage; store the tensor dense");
    if (tensor.external_buffer() != 0)
      return place.unsupported("an external buffer: its data are in another file");
    return {};
  }

  Result<Shape> read_shape(const schema::Tensor& tensor, const TensorUse& use, const Place& place) {
    Shape shape;
    if (tensor.shape() == nullptr) return shape;
    if (tensor.shape()->size() > graph::kMostAxes)
      return place.unsupported(fmt::format("{} axes; at most {}", tensor.shape()->size(), graph::kMostAxes));
    shape.assign(tensor.shape()->begin(), tensor.shape()->end());
    MIDGE_TRY(check_signature(tensor, shape, place));
    // Nobody computes into a tensor without elements, but an empty list (the shape of a scalar) is a fair
    // constant.
    const int64_t least = use.computed() ? 1 : 0;
    for (int64_t extent : shape)
      if (extent < least)
        return place.unsupported(
            fmt::format("shape {}; give every axis a fixed extent of 1 or more", graph::to_text(shape)));
    const std::optional<int64_t> count = element_count(shape);
    if (!count || *count > graph::kMostElements)
      return place.unsupported(
          fmt::format("shape {} has more than {} elements", graph::to_text(shape), graph::kMostElements));
    return shape;
  }

  // An unknown batch (the first axis) is what `shape` says, 1 as a rule; any other unknown extent is dynamic.
  static Result<void> check_signature(const schema::Tensor& tensor, const Shape& shape, const Place& place) {
    const auto* signature = tensor.shape_signature();
    if (signature == nullptr || signature->size() == 0) return {};
    if (signature->size() != shape.size())
      return place.broken(
          fmt::format("shape {} and shape_signature differ in their number of axes", graph::to_text(shape)));
    for (uint32_t axis = 0; axis < signature->size(); ++axis) {
      const int32_t extent = signature->Get(axis);
      if (extent == shape[axis] || (extent == -1 && axis == 0)) continue;
      if (extent == -1)
        return place.unsupported(fmt::format(
            "a dynamic shape: the extent of axis {} is only known at run time; convert the model with "
            "fixed shapes",
            axis));
      return place.broken(
          fmt::format("axis {} is {} in shape, {} in shape_signature", axis, shape[axis], extent));
    }
    return {};
  }

  Result<std::optional<Quantization>> read_quantization(const schema::Tensor& tensor, const Value& value,
                                                        const Place& place) {
    const schema::QuantizationParameters* table = tensor.quantization();
    // Converters leave what they know of the range on tensors of other types too; there it means nothing.
    if (table == nullptr || (value.dtype != DType::kI8 && value.dtype != DType::kI32)) return {std::nullopt};
    if (table->details_type() != 0)
      return place.unsupported("a quantisation that is not one scale and zero point per tensor or axis");
    if (table->scale() == nullptr || table->scale()->size() == 0) return {std::nullopt};
    const uint32_t count = table->scale()->size();
    const uint32_t zero_count = table->zero_point() == nullptr ? 0 : table->zero_point()->size();
    if (count != zero_count)
      return place.broken(fmt::format("{} scales, but {} zero points", count, zero_count));
    if (!budget_.take(count * (sizeof(float) + sizeof(int32_t)))) return place.broken(kOverlap);
    Quantization quantization;
    MIDGE_TRY(read_parameters(*table, quantization, place));
    if (count > 1) {
      quantization.axis = table->quantized_dimension();
      MIDGE_TRY(check_axis(quantization, value, place));
    }
    return {std::move(quantization)};
  }

  static Result<void> read_parameters(const schema::QuantizationParameters& table, Quantization& quantization,
                                      const Place& place) {
    for (uint32_t i = 0; i < table.scale()->size(); ++i) {
      // Not Get: the verifier lets a list of 64-bit numbers begin at any 4th byte.
      int64_t zero;
      std::memcpy(&zero, table.zero_point()->Data() + i * sizeof zero, sizeof zero);
      if (zero < INT32_MIN || zero > INT32_MAX)
        return place.broken(fmt::format("zero point {} (entry {}) does not fit 32 bits", zero, i));
      quantization.scales.push_back(table.scale()->Get(i));
      quantization.zero_points.push_back(static_cast<int32_t>(zero));
    }
    return {};
  }

  static Result<void> check_axis(const Quantization& quantization, const Value& value, const Place& place) {
    const auto count = static_cast<int64_t>(quantization.scales.size());
    const bool in_range =
        quantization.axis >= 0 && static_cast<size_t>(quantization.axis) < value.shape.size();
    if (!in_range)
      return place.broken(fmt::format("quantized_dimension {} is not an axis of shape {}", quantization.axis,
                                      graph::to_text(value.shape)));
    const int64_t extent = value.shape[static_cast<size_t>(quantization.axis)];
    if (extent != count)
      return place.broken(
          fmt::format("{} scales for the {} entries of axis {}", count, extent, quantization.axis));
    return {};
  }

  // The constant's bytes, or null for a computed tensor.
  Result<std::shared_ptr<const Bytes>> read_data(const schema::Tensor& tensor, const TensorUse& use,
                                                 const Value& value, const Place& place) {
    const uint32_t index = tensor.buffer();
    if (model_.buffers() == nullptr || index >= model_.buffers()->size())
      return place.broken(fmt::format("buffer {} does not exist; the file has {}", index,
                                      model_.buffers() == nullptr ? 0 : model_.buffers()->size()));
    const schema::Buffer& buffer = *model_.buffers()->Get(index);
    if (buffer.offset() > 1)
      return place.unsupported(fmt::format("data behind the FlatBuffer, at byte {}", buffer.offset()));
    const auto* data = buffer.data();
    const size_t size = data == nullptr ? 0 : data->size();
    if (use.computed()) {
      if (size == 0) return {nullptr};
      return place.broken(fmt::format(
          "{}, yet it is a constant of {} bytes",
          use.input ? "it is an input of the graph" : fmt::format("{} writes it", use.writer), size));
    }
    const auto needed = static_cast<size_t>(graph::byte_size(value));
    if (size != needed) return wrong_size(value, size, needed, place);
    return share(data, size, place);
  }

  static Error wrong_size(const Value& value, size_t size, size_t needed, const Place& place) {
    if (size == 0)
      return place.broken("nothing makes it: it is no constant, no input, and no operator's output");
    return place.broken(fmt::format("{} needs {} bytes of data, found {}",
                                    graph::to_text(value.dtype, value.shape), needed, size));
  }

  // Tensors with the same data share one copy.
  Result<std::shared_ptr<const Bytes>> share(const flatbuffers::Vector<uint8_t>* data, size_t size,
                                             const Place& place) {
    const uint8_t* bytes = size == 0 ? nullptr : data->data();
    std::shared_ptr<const Bytes>& copy = copies_[{bytes, size}];
    if (copy == nullptr) {
      if (!budget_.take(size)) return place.broken(kOverlap);
      copy = std::make_shared<const Bytes>(bytes, bytes + size);
    }
    return {copy};
  }

  const schema::Model& model_;
  Budget& budget_;
  std::map<std::pair<const uint8_t*, size_t>, std::shared_ptr<const Bytes>> copies_;
};

}  // namespace

Error Place::broken(std::string_view what) const {
  return model_error(fmt::format("{}: {}: {}", file, part, what));
}

Error Place::unsupported(std::string_view what) const {
  return model_error(fmt::format("{}: {}: not supported: {}", file, part, what));
}

Place tensor_place(const std::string& file, std::string_view user, const schema::SubGraph& subgraph,
                   size_t index) {
  const schema::Tensor& tensor = *subgraph.tensors()->Get(static_cast<uint32_t>(index));
  return {file, fmt::format("{}: tensor {} {}", user, index, graph::shown_name(clean_name(tensor, index)))};
}

Result<std::vector<Value>> read_tensors(const schema::Model& model, const schema::SubGraph& subgraph,
                                        std::span<const TensorUse> uses, const std::string& file,
                                        Budget& budget) {
  std::vector<std::string> names = unique_names(subgraph, uses);
  TensorReader reader(model, budget);
  std::vector<Value> values(uses.size());
  for (size_t i = 0; i < uses.size(); ++i) {
    if (uses[i].user.empty()) continue;
    const schema::Tensor& tensor = *subgraph.tensors()->Get(static_cast<uint32_t>(i));
    MIDGE_ASSIGN(values[i], reader.read(tensor, uses[i], std::move(names[i]),
                                        tensor_place(file, uses[i].user, subgraph, i)));
  }
  return values;
}

}  // namespace midge::import
