#include "cli/tensor_input.h"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "base/file.h"
#include "cli/npy.h"
#include "report/tensor.h"

namespace midge::cli {
namespace {

using Bytes = std::vector<uint8_t>;

template <class T>
void append(Bytes& bytes, T value) {
  uint8_t raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  bytes.insert(bytes.end(), raw, raw + sizeof value);
}

std::string wanted_text(const graph::Value& value) {
  return fmt::format("input '{}' is {}{}, {} bytes", value.name, name_of(value.dtype),
                     report::shape_text(value.shape), graph::byte_size(value));
}

Result<Bytes> from_raw(const std::filesystem::path& file, Bytes bytes, const graph::Value& value) {
  if (static_cast<int64_t>(bytes.size()) == graph::byte_size(value)) return bytes;
  return usage_error(
      fmt::format("{}: has {} bytes, but {}", file.string(), bytes.size(), wanted_text(value)));
}

Result<Bytes> from_npy(const std::filesystem::path& file, const Bytes& bytes, const graph::Value& value) {
  MIDGE_ASSIGN(NpyArray array, parse_npy(bytes, file.string()));
  if (element_count(array.shape) != element_count(value.shape))
    return usage_error(fmt::format("{}: has shape {}, but {}", file.string(), report::shape_text(array.shape),
                                   wanted_text(value)));
  if (array.dtype == value.dtype) return Bytes(array.data.begin(), array.data.end());
  // Real numbers for a quantised input are quantised; every other mismatch is more likely a mistake than a
  // wish.
  if (array.dtype != DType::kF32)
    return usage_error(fmt::format("{}: holds {}, but {}; save it as {} or as float32", file.string(),
                                   name_of(array.dtype), wanted_text(value), name_of(value.dtype)));
  std::vector<double> reals;
  for (size_t at = 0; at + 4 <= array.data.size(); at += 4) {
    float x;
    std::memcpy(&x, array.data.data() + at, sizeof x);
    reals.push_back(static_cast<double>(x));
  }
  return encode_reals(reals, value);
}

struct PngImage {
  png_image header = {};
  PngImage() { header.version = PNG_IMAGE_VERSION; }
  ~PngImage() { png_image_free(&header); }
  PngImage(const PngImage&) = delete;
  PngImage& operator=(const PngImage&) = delete;
};

Result<Bytes> from_png(const std::filesystem::path& file, const Bytes& bytes, const graph::Value& value,
                       const Normalisation& normalisation) {
  const Shape& shape = value.shape;
  if (shape.size() != 4 || shape[0] != 1 || (shape[3] != 1 && shape[3] != 3))
    return usage_error(fmt::format("{}: an image fits an input [1,H,W,1] or [1,H,W,3], but {}", file.string(),
                                   wanted_text(value)));
  PngImage image;
  if (!png_image_begin_read_from_memory(&image.header, bytes.data(), bytes.size()))
    return usage_error(fmt::format("{}: not a readable PNG: {}", file.string(), image.header.message));
  if (image.header.height != shape[1] || image.header.width != shape[2])
    return usage_error(fmt::format("{}: is {}x{} pixels, but {}; resize it to {}x{}", file.string(),
                                   image.header.width, image.header.height, wanted_text(value), shape[2],
                                   shape[1]));
  image.header.format = shape[3] == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  // The size equals the tensor's by now, so the file does not decide how much is allocated.
  Bytes pixels(PNG_IMAGE_SIZE(image.header));
  const png_color black = {0, 0, 0};
  if (!png_image_finish_read(&image.header, &black, pixels.data(), 0, nullptr))
    return usage_error(fmt::format("{}: not a readable PNG: {}", file.string(), image.header.message));
  std::vector<double> reals;
  for (uint8_t pixel : pixels) reals.push_back((pixel / 255.0 - normalisation.mean) / normalisation.std);
  return encode_reals(reals, value);
}

}  // namespace

Result<Bytes> encode_reals(const std::vector<double>& reals, const graph::Value& value) {
  Bytes bytes;
  for (double x : reals) {
    if (value.dtype == DType::kF32) {
      append(bytes, static_cast<float>(x));
    } else if (value.dtype == DType::kI8 && value.quantization && !value.quantization->per_axis()) {
      const double code =
          std::round(x / static_cast<double>(value.quantization->scale())) + value.quantization->zero_point();
      append(bytes, static_cast<int8_t>(std::isnan(code) ? 0 : std::clamp(code, -128.0, 127.0)));
    } else {
      return usage_error(
          fmt::format("real numbers fit a float32 or quantised int8 input, but {}; give raw bytes (.bin)",
                      wanted_text(value)));
    }
  }
  return bytes;
}

Result<Bytes> read_tensor(const std::filesystem::path& file, const graph::Value& value,
                          const Normalisation& normalisation) {
  MIDGE_ASSIGN(Bytes bytes, read_file(file));
  const std::string extension = file.extension().string();
  if (extension == ".bin") return from_raw(file, std::move(bytes), value);
  if (extension == ".npy") return from_npy(file, bytes, value);
  if (extension == ".png") return from_png(file, bytes, value, normalisation);
  return usage_error(
      fmt::format("{}: an input file is .bin (raw tensor bytes), .npy or .png", file.string()));
}

Bytes pseudo_random_tensor(const graph::Value& value) {
  Bytes bytes;
  const int64_t count = element_count(value.shape).value_or(0);
  for (int64_t i = 0; i < count; ++i) {
    const auto code = static_cast<uint8_t>(i * 37 + 11);
    if (value.dtype == DType::kF32)
      append(bytes, static_cast<float>(code) / 255.0f);
    else if (value.dtype == DType::kBool)
      append(bytes, static_cast<uint8_t>(code & 1));
    else if (size_of(value.dtype) == 1)
      append(bytes, code);
    else if (size_of(value.dtype) == 4)
      append(bytes, static_cast<int32_t>(code));
    else if (size_of(value.dtype) == 8)
      append(bytes, static_cast<int64_t>(code));
    else
      append(bytes, static_cast<int16_t>(code));
  }
  return bytes;
}

}  // namespace midge::cli
