#!/usr/bin/env bash
# Checks the CUDA kernels on the device of this machine, in some minutes and without a network:
#   custom-ops/gpu-check.sh [JSON FILE]
# The card, what ptxas made of the kernels, ceilings measured with copies, the kernels of the network's
# shapes against float64 and those ceilings, and golden checkpoints end to end. STEP3_CUDA=emulated
# takes the emulated device of the build; its times mean nothing. Needs a build (./step3 doctor makes
# one) with the tests' jar, or carries both: STEP3_LIB names the folder of the command line's jars,
# STEP3_TESTS the tests' jar of custom-ops.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
home="$(dirname "$here")"
json="${1:-$here/target/gpu-check.json}"
lib="${STEP3_LIB:-$home/cli/target/lib}"
tests="${STEP3_TESTS:-$(ls "$here"/target/custom-ops-*-tests.jar 2>/dev/null | head -1 || true)}"
java="${JAVA_HOME:+$JAVA_HOME/bin/}java"
if [ "${STEP3_CUDA:-}" = emulated ]; then
    export STEP3_CUDA="$here/target/emulated/libcuda_emulated.so"
fi

die() {
    echo "gpu-check: $1" >&2
    exit 2
}
ls "$lib"/custom-ops-*-cuda.jar >/dev/null 2>&1 && [ -f "$tests" ] ||
    die "build first: mvn -q -DskipTests -pl cli -am package"
"$java" -version 2>&1 | grep -q 'version "2[5-9]' || die "JAVA_HOME must be a JDK 25 or newer"

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
"$java" --enable-native-access=ALL-UNNAMED -Xmx8g -cp "$tests:$lib/*" io.step3.ops.gpu.GpuCheck "$json" || passed=1

if command -v compute-sanitizer >/dev/null && [ "${STEP3_CUDA:-}" = "" ]; then
    echo "== compute-sanitizer memcheck, two tokens of golden checkpoint a"
    compute-sanitizer --tool memcheck "$java" --enable-native-access=ALL-UNNAMED -cp "$lib/*" \
        io.step3.cli.Main ask --model "$home/tests/golden/checkpoints/a" --placement gpu --max-tokens 2 hi 2>&1 |
        tail -1
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
