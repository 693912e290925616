# The two commands of the README; CMake and Ninja do the work.
.PHONY: demo test build clean

build:
	@tools/setup.sh
	@test -f build/build.ninja || cmake --preset release >build-configure.log 2>&1 || { cat build-configure.log; exit 1; }
	@rm -f build-configure.log
	@cmake --build --preset release --target midge insn_count

# A small network classifies a picture on an emulated Cortex-M7; the same C on this machine must agree byte for byte.
demo: build
	@build/bin/midge run models/fashion/fashion.tflite --board mps2-an500 \
	  --input $(firstword $(sort $(wildcard models/fashion/sample_*.png))) --labels models/fashion/labels.txt --check

test:
	@tools/setup.sh
	@cmake --preset release >/dev/null
	@cmake --build --preset release
	@ctest --test-dir build --output-on-failure -j 2

clean:
	rm -rf build build-dev build-asan build-fuzz
