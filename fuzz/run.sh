#!/bin/sh
# Runs the importer's fuzzer: fuzz/run.sh [seconds]. Seeds are the conformance cases and the sine network; findings and
# the grown corpus stay in build-fuzz/.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-600}
build=${BUILD:-build-fuzz}
corpus=$build/corpus
if [ ! -f "$build/build.ninja" ]; then cmake --preset fuzz; fi
cmake --build "$build" --target tflite_fuzz
mkdir -p "$corpus" "$build/seeds"
find test/conformance/cases models -name '*.tflite' -size -16k | while read -r file; do
  cp "$file" "$build/seeds/$(echo "$file" | tr / _)"
done
exec nice -n 10 "$build/fuzz/tflite_fuzz" -max_total_time="$seconds" -max_len=16384 -timeout=10 -rss_limit_mb=1024 \
  -malloc_limit_mb=512 -print_final_stats=1 -artifact_prefix="$build/" "$corpus" "$build/seeds"
