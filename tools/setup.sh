#!/usr/bin/env bash
# Installs what Midge needs from Debian's or Ubuntu's packages; does nothing when all is there.
set -euo pipefail

# package : what it is for
packages="
g++:compiles Midge (C++23; GCC 12 or later)
cmake:configures the build
ninja-build:runs the build
pkg-config:finds libraries
libfmt-dev:text formatting
libcli11-dev:command line
nlohmann-json3-dev:--json output
libtomlplusplus-dev:board files
libflatbuffers-dev:reads .tflite files
flatbuffers-compiler:makes the .tflite reader from our schema
libpng-dev:reads .png inputs
libelf-dev:reads firmware sizes and symbols
libgtest-dev:unit tests
gcc-arm-none-eabi:compiles firmware for Cortex-M
libnewlib-arm-none-eabi:stdint.h and string.h for Cortex-M
gcc-riscv64-unknown-elf:compiles firmware for RISC-V
qemu-system-arm:emulates the Cortex-M boards
qemu-system-misc:emulates the RISC-V board
"

if ! command -v dpkg-query >/dev/null 2>&1; then
  cat <<'EOF'
setup: this script installs Debian packages, and this system has none. Install the equivalents by hand:
  Fedora   sudo dnf install gcc-c++ cmake ninja-build fmt-devel cli11-devel json-devel tomlplusplus-devel \
             flatbuffers-devel flatbuffers-compiler libpng-devel elfutils-libelf-devel gtest-devel \
             arm-none-eabi-gcc-cs arm-none-eabi-newlib gcc-riscv64-linux-gnu qemu-system-arm qemu-system-riscv
  Arch     sudo pacman -S gcc cmake ninja fmt cli11 nlohmann-json tomlplusplus flatbuffers libpng libelf gtest \
             arm-none-eabi-gcc arm-none-eabi-newlib riscv64-elf-gcc qemu-system-arm qemu-system-riscv
  macOS    brew install cmake ninja fmt cli11 nlohmann-json tomlplusplus flatbuffers libpng libelf googletest \
             arm-none-eabi-gcc riscv64-elf-gcc qemu
EOF
  exit 1
fi

missing=()
while IFS=: read -r package purpose; do
  [ -n "$package" ] || continue
  if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
    missing+=("$package")
    printf 'setup: %-26s is missing: %s\n' "$package" "$purpose"
  fi
done <<<"$packages"

[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null 2>&1; then
    echo "setup: not root and no sudo; as root run: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "setup: installing ${#missing[@]} packages with apt-get"
install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -qq "${missing[@]}"
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Package lists may be absent (a fresh container) or old: refresh them only when the first try fails.
if ! install >"$log" 2>&1; then
  "${as_root[@]}" apt-get update -qq >"$log" 2>&1 || true
  if ! install >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "setup: apt-get could not install them; see above" >&2
    exit 1
  fi
fi
