#!/bin/sh
# Builds the native library with CMake: build.sh SOURCE_DIR BUILD_DIR OUTPUT_DIR
# OUTPUT_DIR receives <os>-<arch>/<library>. Where CMake or a compiler is missing, says so and
# succeeds: the plain Java kernels then do the work.
set -eu
source=$1 build=$2 output=$3

without() {
    echo "step3: no native kernels in this build, only plain Java: $1"
    exit 0
}

command -v cmake >/dev/null 2>&1 || without "cmake is not installed (on Debian: apt install cmake)"
for compiler in "${CXX:-}" c++ g++ clang++; do
    [ -n "$compiler" ] && command -v "${compiler%% *}" >/dev/null 2>&1 && break
    compiler=
done
[ -n "$compiler" ] || without "no C++ compiler is installed (on Debian: apt install g++)"
command -v make >/dev/null 2>&1 || without "make is not installed (on Debian: apt install make)"

case $(uname -s) in
    Linux) os=linux ;;
    Darwin) os=macos ;;
    *) without "the library is not built on $(uname -s) yet" ;;
esac
case $(uname -m) in
    x86_64 | amd64) arch=x86_64 ;;
    aarch64 | arm64) arch=aarch64 ;;
    *) arch=$(uname -m) ;;
esac

# A build folder remembers where its sources were: one that was moved starts anew.
if ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$source" "$build/CMakeCache.txt" 2>/dev/null; then
    rm -rf "$build"
    CXX=$compiler cmake -S "$source" -B "$build" -DCMAKE_BUILD_TYPE=Release >/dev/null
fi
cmake --build "$build" --parallel 2 >/dev/null
mkdir -p "$output/$os-$arch"
for library in "$build"/libstep3_cpu.so "$build"/libstep3_cpu.dylib; do
    if [ -f "$library" ] && ! cmp -s "$library" "$output/$os-$arch/$(basename "$library")"; then
        cp "$library" "$output/$os-$arch/"
    fi
done
