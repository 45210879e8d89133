#!/bin/sh
# Builds the emulated CUDA device with CMake: build.sh SOURCE_DIR BUILD_DIR
# BUILD_DIR receives libcuda_emulated.so. Where CMake or a compiler is missing, says so and succeeds:
# the tests that need it are skipped.
set -eu
source=$1 build=$2

without() {
    rm -f "$build/libcuda_emulated.so"
    echo "step3: no emulated CUDA device in this build, its tests are skipped: $1"
    exit 0
}

[ "$(uname -s)" = Linux ] || without "it is built on Linux only"
command -v cmake >/dev/null 2>&1 || without "cmake is not installed (on Debian: apt install cmake)"
for compiler in "${CXX:-}" c++ g++ clang++; do
    [ -n "$compiler" ] && command -v "${compiler%% *}" >/dev/null 2>&1 && break
    compiler=
done
[ -n "$compiler" ] || without "no C++ compiler is installed (on Debian: apt install g++)"
command -v make >/dev/null 2>&1 || without "make is not installed (on Debian: apt install make)"
echo "int main() { return 0; }" | "${compiler%% *}" -std=c++20 -fsyntax-only -x c++ - 2>/dev/null ||
    without "${compiler%% *} does not know C++20"

# A build folder remembers where its sources were: one that was moved starts anew.
if ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$source" "$build/CMakeCache.txt" 2>/dev/null; then
    rm -rf "$build"
    CXX=$compiler cmake -S "$source" -B "$build" -DCMAKE_BUILD_TYPE=Release >/dev/null
fi
cmake --build "$build" --parallel 2 >/dev/null
