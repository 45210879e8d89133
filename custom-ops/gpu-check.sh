#!/usr/bin/env bash
# Checks the CUDA kernels on the device of this machine, in some minutes and without a network:
#   custom-ops/gpu-check.sh [JSON FILE]
# The card, what ptxas made of the kernels, each instruction beside the emulated device (kept in
# ptx-vectors.bin beside the JSON), ceilings measured with copies and products, the kernels of the
# network's shapes against float64 and those ceilings, and golden checkpoints end to end.
# STEP3_CUDA=emulated takes the emulated device of the build; its times mean nothing. Needs a build
# with the tests' jar: mvn -q -DskipTests -pl cli -am package
#   custom-ops/gpu-check.sh --pack FOLDER
# puts all that it needs, a Java runtime too, into FOLDER and FOLDER.tar.xz, to be carried to a
# machine with nothing but a driver; there FOLDER/custom-ops/gpu-check.sh does the same.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
home="$(dirname "$here")"
lib="$home/cli/target/lib"
tests="$(ls "$here"/target/custom-ops-*-tests.jar 2>/dev/null | head -1 || true)"
emulated="$here/target/emulated/libcuda_emulated.so"
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
[ ! -x "$home/runtime/bin/java" ] || java="$home/runtime/bin/java"
if [ "${STEP3_CUDA:-}" = emulated ]; then
    export STEP3_CUDA="$emulated"
fi

die() {
    echo "gpu-check: $1" >&2
    exit 2
}
ls "$lib"/custom-ops-*-cuda.jar >/dev/null 2>&1 && [ -f "$tests" ] ||
    die "build first: mvn -q -DskipTests -pl cli -am package"
"$java" -version 2>&1 | grep -q 'version "2[5-9]' || die "JAVA_HOME must be a JDK 25 or newer"

if [ "${1:-}" = --pack ]; then
    to="${2:-}"
    [ -n "$to" ] || die "--pack needs the name of a new folder"
    [ ! -e "$to" ] && [ ! -e "$to.tar.xz" ] || die "$to or $to.tar.xz is there already"
    command -v xz >/dev/null || die "--pack needs xz"
    bin="${JAVA_HOME:+$JAVA_HOME/bin/}"
    mkdir -p "$to/custom-ops/target/cuda" "$to/custom-ops/target/emulated" "$to/cli/target" \
        "$to/tests/golden/checkpoints"
    "${bin}jlink" --add-modules java.base,java.desktop,java.logging,java.management,java.net.http,jdk.management,jdk.unsupported,jdk.zipfs \
        --strip-debug --no-header-files --no-man-pages --compress zip-0 --output "$to/runtime"
    cp "$here/gpu-check.sh" "$to/custom-ops/"
    cp "$tests" "$to/custom-ops/target/"
    cp -r "$lib" "$to/cli/target/"
    # A library that comes for every system: this one's is enough.
    for jar in "$to"/cli/target/lib/tokenizers-*.jar; do
        mkdir "$to/jar"
        (cd "$to/jar" && "${bin}jar" xf "../cli/target/lib/$(basename "$jar")")
        find "$to/jar/native/lib" -mindepth 1 -maxdepth 1 -type d ! -name "linux-$(uname -m)" -exec rm -r {} +
        "${bin}jar" cfM "$jar" -C "$to/jar" .
        rm -r "$to/jar"
    done
    cp -r "$home/tests/golden/checkpoints/b" "$to/tests/golden/checkpoints/"
    [ ! -f "$here/target/cuda/ptxas.txt" ] || cp "$here/target/cuda/ptxas.txt" "$to/custom-ops/target/cuda/"
    [ ! -f "$emulated" ] || cp "$emulated" "$to/custom-ops/target/emulated/"
    XZ_OPT="-3 -T0" tar -cJf "$to.tar.xz" -C "$(dirname "$to")" "$(basename "$to")"
    bytes="$(wc -c <"$to.tar.xz")"
    echo "$to.tar.xz: $((bytes / 1048576)) MiB"
    [ "$bytes" -le $((60 * 1048576)) ] || die "that is more than 60 MiB"
    exit 0
fi
json="${1:-$here/target/gpu-check.json}"

step3() { "$java" --enable-native-access=ALL-UNNAMED -cp "$lib/*" io.step3.cli.Main "$@"; }

echo "== card, $(date -u +%F)"
command -v nvidia-smi >/dev/null &&
    nvidia-smi --query-gpu=name,driver_version,clocks.max.sm,clocks.max.mem,pcie.link.gen.max,pcie.link.width.max --format=csv,noheader
step3 doctor | grep -A1 '^Device'

echo "== ptxas: registers at most, bytes spilled, by architecture"
report="$here/target/cuda/ptxas.txt"
if [ -f "$report" ]; then
    awk '
        /Compiling entry function/ { split($0, part, "\047"); kind = part[2] ~ /^plain_/ ? "plain" : "tuned"; key = part[4] " " kind; count[key]++ }
        /bytes spill stores/ { spilled[key] += $5 }
        /Used [0-9]+ registers/ { for (i = 1; i < NF; i++) if ($i == "Used" && $(i + 1) > most[key]) most[key] = $(i + 1) + 0 }
        END { for (key in count) printf "%-14s %3d kernels %4d registers %5d spilled\n", key, count[key], most[key], spilled[key] }' "$report" | sort
else
    echo "no report in this build"
fi

echo "== kernels against float64"
mkdir -p "$(dirname "$json")"
passed=0
"$java" --enable-native-access=ALL-UNNAMED -Xmx8g -Dstep3.emulated="$emulated" \
    -cp "$tests:$lib/*" io.step3.ops.gpu.GpuCheck "$json" || passed=1

if command -v compute-sanitizer >/dev/null && [ "${STEP3_CUDA:-}" = "" ]; then
    for tool in memcheck racecheck; do
        echo "== compute-sanitizer $tool, two tokens of golden checkpoint b"
        if ! compute-sanitizer --tool "$tool" --error-exitcode 3 "$java" \
            --enable-native-access=ALL-UNNAMED -cp "$lib/*" io.step3.cli.Main ask \
            --model "$home/tests/golden/checkpoints/b" --placement gpu --max-tokens 2 hi \
            >"$json.$tool" 2>&1; then
            passed=1
        fi
        tail -1 "$json.$tool"
    done
fi

echo "== end to end: greedy text, CPU and device"
for name in a b; do
    model="$home/tests/golden/checkpoints/$name"
    [ -d "$model" ] || continue
    cpu="$(step3 ask --model "$model" --placement cpu --max-tokens 8 hi)"
    gpu="$(step3 ask --model "$model" --placement gpu --max-tokens 8 hi)" || gpu="failed"
    if [ "$cpu" = "$gpu" ]; then
        echo "golden checkpoint $name: PASS"
    else
        echo "golden checkpoint $name: FAIL: \"$cpu\" on the CPU, \"$gpu\" on the device"
        passed=1
    fi
done
echo "written: $json"
exit "$passed"
