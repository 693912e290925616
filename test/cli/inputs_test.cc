// midge run --input: raw bytes, .npy and .png, right and wrong.
#include <fmt/format.h>
#include <png.h>

#include <cstring>

#include "cli/cli_testing.h"

namespace midge::test {
namespace {

// A .npy file of version 1; `data` as it is.
std::string npy(const std::string& descr, const std::string& shape, std::string_view data,
                const std::string& fortran = "False") {
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}", descr, fortran, shape);
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::string bytes = "\x93NUMPY";
  bytes += {'\x01', '\x00', static_cast<char>(header.size() & 0xff), static_cast<char>(header.size() >> 8)};
  return bytes + header + std::string(data);
}

std::string floats(const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

class Inputs : public CliTest {
 protected:
  // An 8-bit image: gray, or red, green and blue.
  std::string png(const std::string& name, uint32_t width, uint32_t height, bool colour,
                  const std::vector<uint8_t>& pixels) const {
    png_image image = {};
    image.version = PNG_IMAGE_VERSION;
    image.width = width;
    image.height = height;
    image.format = colour ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    const std::string path = (dir() / name).string();
    EXPECT_TRUE(png_image_write_to_file(&image, path.c_str(), 0, pixels.data(), 0, nullptr)) << image.message;
    return path;
  }

  // The outputs' bytes.
  std::string run_host(const std::string& model, const std::vector<std::string>& inputs,
                       const Arguments& more = {}) const {
    Arguments arguments = {"run", model, "--board", "host", "--output", "out.bin"};
    for (const std::string& input : inputs) arguments.insert(arguments.end(), {"--input", input});
    arguments.insert(arguments.end(), more.begin(), more.end());
    expect_success(midge(arguments));
    return contents(dir() / "out.bin");
  }

  Ran refused(const std::string& model, const Arguments& inputs) const {
    Arguments arguments = {"run", model, "--board", "host"};
    for (const std::string& input : inputs) arguments.insert(arguments.end(), {"--input", input});
    return midge(arguments);
  }
};

std::vector<uint8_t> ramp(size_t count) {
  std::vector<uint8_t> pixels(count);
  for (size_t i = 0; i < count; ++i) pixels[i] = static_cast<uint8_t>(i * 89 + 7);
  return pixels;
}

// fashion's input is (code + 128) / 255: a pixel's code is the pixel less 128.
std::string codes(const std::vector<uint8_t>& pixels) {
  std::string bytes;
  for (const uint8_t pixel : pixels) bytes += static_cast<char>(pixel ^ 0x80);
  return bytes;
}

TEST_F(Inputs, AGrayImageIsItsPixelsOver255) {
  const std::vector<uint8_t> pixels = ramp(28 * 28);
  const std::string raw = file("x.bin", codes(pixels));
  EXPECT_EQ(run_host(fashion(), {png("x.png", 28, 28, false, pixels)}), run_host(fashion(), {raw}));
}

TEST_F(Inputs, MeanAndStd) {
  const std::vector<uint8_t> pixels = ramp(28 * 28);
  std::vector<float> reals;
  for (const uint8_t pixel : pixels) reals.push_back((static_cast<float>(pixel) / 255.0f - 0.5f) / 0.5f);
  const std::string image = png("x.png", 28, 28, false, pixels);
  const std::string array = file("x.npy", npy("<f4", "(1, 28, 28, 1)", floats(reals)));
  EXPECT_EQ(run_host(fashion(), {image}, {"--mean", "0.5", "--std", "0.5"}), run_host(fashion(), {array}));
  EXPECT_NE(run_host(fashion(), {image}), run_host(fashion(), {array}));
}

TEST_F(Inputs, AColourImageForAFloatModel) {
  const std::string model = conformance_case("average_pool_2d/float32_2x2_stride2_odd_same.tflite");
  const std::vector<uint8_t> pixels = ramp(7 * 5 * 3);
  std::vector<float> reals;
  for (const uint8_t pixel : pixels) reals.push_back(static_cast<float>(static_cast<double>(pixel) / 255.0));
  EXPECT_EQ(run_host(model, {png("x.png", 5, 7, true, pixels)}),
            run_host(model, {file("x.npy", npy("<f4", "(1, 7, 5, 3)", floats(reals)))}));
}

TEST_F(Inputs, ArraysOfTheTensorsOwnType) {
  const std::string raw = codes(ramp(28 * 28));
  const std::string expected = run_host(fashion(), {file("x.bin", raw)});
  EXPECT_EQ(run_host(fashion(), {file("4d.npy", npy("|i1", "(1, 28, 28, 1)", raw))}), expected);
  EXPECT_EQ(run_host(fashion(), {file("2d.npy", npy("|i1", "(28, 28)", raw))}), expected);
}

TEST_F(Inputs, SeveralInOrder) {
  const std::string add = conformance_case("add/int8_same_shape");
  const std::string both = contents(add + ".in.bin");
  const std::string a = file("a.bin", both.substr(0, both.size() / 2));
  const std::string b = file("b.npy", npy("|i1", "(48,)", both.substr(both.size() / 2)));
  EXPECT_EQ(run_host(add + ".tflite", {a, b}), contents(add + ".out.bin"));
  expect_failure(refused(add + ".tflite", {a}), 2, {"number of inputs is 2", "given 1 times"});
  expect_failure(refused(sine(), {a, a}), 2, {"number of inputs is 1", "given 2 times"});
}

TEST_F(Inputs, TheModelMayFollowAnInput) {
  expect_success(midge({"run", "--board", "host", "--input", file("x.bin", "x"), sine()}));
}

TEST_F(Inputs, WithoutOneTheInputIsFixed) {
  const auto wave = [](size_t count) {
    std::string bytes;
    for (size_t i = 0; i < count; ++i) bytes += static_cast<char>(i * 37 + 11);
    return bytes;
  };
  EXPECT_EQ(run_host(fashion(), {}), run_host(fashion(), {file("x.bin", wave(28 * 28))}));
}

TEST_F(Inputs, WrongSizes) {
  expect_failure(refused(sine(), {file("x.bin", "12")}), 2, {"/x.bin: has 2 bytes", "i8[1,1], 1 bytes"});
  expect_failure(refused(sine(), {file("x.npy", npy("|i1", "(2,)", "ab"))}), 2,
                 {"/x.npy: has shape [2]", "i8[1,1]"});
  expect_failure(refused(fashion(), {png("x.png", 14, 28, false, ramp(14 * 28))}), 2,
                 {"/x.png: is 14x28 pixels", "resize it to 28x28"});
  expect_failure(refused(sine(), {png("y.png", 1, 1, false, {1})}), 2, {"/y.png", "[1,H,W,1]", "i8[1,1]"});
}

TEST_F(Inputs, WrongKinds) {
  expect_failure(refused(sine(), {file("x.jpg", "1")}), 2, {"/x.jpg", ".bin", ".npy", ".png"});
  expect_failure(refused(sine(), {"nowhere.bin"}), 2, {"nowhere.bin: cannot open"});
  fs::create_directory(dir() / "folder.bin");
  expect_failure(refused(sine(), {"folder.bin"}), 2, {"folder.bin", "not a regular file"});
  expect_failure(refused(sine(), {file("x.npy", npy("<i4", "(1, 1)", "abcd"))}), 2,
                 {"/x.npy: holds i32", "i8[1,1]", "float32"});
}

TEST_F(Inputs, BrokenArrays) {
  const auto refused_array = [&](const std::string& bytes, const std::vector<std::string>& pieces) {
    expect_failure(refused(sine(), {file("x.npy", bytes)}), 2, pieces);
  };
  refused_array("", {"/x.npy: not a readable .npy file", "NUMPY"});
  refused_array("garbage that is long enough", {"NUMPY"});
  refused_array(npy("<f8", "(1, 1)", "12345678"), {"'<f8'", "astype(np.float32)"});
  refused_array(npy(">f4", "(1, 1)", "1234"), {"'>f4'"});
  refused_array(npy("|i1", "(1, 1)", "1", "True"), {"Fortran order", "ascontiguousarray"});
  refused_array(npy("|i1", "(1, 1)", "12"), {"should hold 1 bytes of data, but has 2"});
  refused_array(npy("|i1", "(1, 1)", ""), {"should hold 1 bytes of data, but has 0"});
  refused_array(npy("|i1", "(99999999999, 99999999999, 99999999999)", "1"), {"shape"});
  refused_array(npy("|i1", "1", "1"), {"shape"});
  const std::string good = npy("|i1", "(1, 1)", "1");
  for (size_t length = 0; length < good.size(); length += 9)
    refused_array(good.substr(0, length), {"/x.npy"});
}

TEST_F(Inputs, BrokenImages) {
  const std::string image = contents(fashion_file("sample_00_t-shirt.png"));
  for (const size_t length : {size_t{0}, size_t{7}, size_t{30}, image.size() / 2})
    expect_failure(refused(fashion(), {file("x.png", image.substr(0, length))}), 2,
                   {"/x.png: not a readable PNG"});
  std::string other = image;
  other[image.size() / 2] = static_cast<char>(other[image.size() / 2] ^ 0x55);
  expect_failure(refused(fashion(), {file("y.png", other)}), 2, {"/y.png: not a readable PNG"});
}

TEST_F(Inputs, NumbersThatAreNone) {
  for (const char* value : {"nan", "inf", "", "x", "1x"}) {
    expect_failure(midge({"run", sine(), "--mean", value}), 2, {"--mean", "midge run --help"});
    expect_failure(midge({"run", sine(), "--std", value}), 2, {"--std"});
    expect_failure(midge({"run", sine(), "--timeout", value}), 2, {"--timeout"});
  }
  expect_failure(midge({"run", sine(), "--std", "0"}), 2, {"--std"});
  expect_failure(midge({"run", sine(), "--timeout", "0"}), 2, {"--timeout"});
}

}  // namespace
}  // namespace midge::test
