#!/bin/sh
# Compiles the CUDA kernels with nvcc: build.sh SOURCE_DIR BUILD_DIR OUTPUT_DIR
# OUTPUT_DIR receives for each .cu file its PTX as text, a fat binary (that PTX, and what ptxas made
# of it for each architecture), and kernels.properties, which says what is where. BUILD_DIR keeps
# what ptxas says, in ptxas.txt, and everything that need not be compiled again. A file whose kernels
# need a newer architecture says so in a line "// from sm_89". Where nvcc is missing, says so and
# succeeds: the CPU then does the work.
set -eu
source=$1 build=$2 output=$3
architectures="80 89 90 100 120"

without() {
    echo "step3: no CUDA kernels in this build: $1"
    exit 0
}

command -v nvcc >/dev/null 2>&1 ||
    without "nvcc is not installed (it comes with the CUDA toolkit, 12.8 or newer)"
toolkit=$(nvcc --version | sed -n 's/.*release \([0-9]*\.[0-9]*\).*/\1/p')
case $toolkit in
    [0-9].* | 1[01].* | 12.[0-7]) without "nvcc is of CUDA $toolkit; 12.8 or newer is needed" ;;
    [0-9]*) ;;
    *) without "nvcc --version names no release" ;;
esac
command -v "${NVCC_CCBIN:-g++}" >/dev/null 2>&1 ||
    without "nvcc needs a C++ compiler (on Debian: apt install g++)"

# What a module was made of: the sources that nvcc read, this script, the toolkit.
sum_of() {
    { cat "$build/$1.sources" | tr '\n' '\0' | xargs -0 cat "$source/build.sh" && echo "$toolkit"; } 2>/dev/null |
        cksum
}

compile() {
    name=$1
    from=$(sed -n 's,^// from sm_\([0-9]*\).*,\1,p' "$source/$name.cu" | head -1)
    from=${from:-80}
    codes=
    for architecture in $architectures; do
        [ "$architecture" -lt "$from" ] || codes="${codes}sm_$architecture,"
    done
    nvcc -O3 -std=c++17 -arch="compute_$from" -ptx -MD -MF "$build/$name.d" \
        -o "$build/$name.ptx" "$source/$name.cu"
    nvcc -Xptxas -v -gencode "arch=compute_$from,code=[${codes}compute_$from]" -fatbin \
        -o "$build/$name.fatbin" "$build/$name.ptx" >"$build/$name.ptxas" 2>&1 || {
        cat "$build/$name.ptxas" >&2
        return 1
    }
    sed 's/ *\\$//; s/^.*: *//' "$build/$name.d" | tr -s ' ' '\n' | grep -F "$source/" >"$build/$name.sources"
    echo "$from" >"$build/$name.from"
    sum_of "$name" >"$build/$name.sum"
}

mkdir -p "$build" "$output"
index=$build/kernels.properties
: >"$build/ptxas.txt"
{ echo "toolkit=$toolkit" && echo "architectures=$architectures"; } >"$index"
modules=
for file in "$source"/*.cu; do
    [ -f "$file" ] || continue
    name=$(basename "$file" .cu)
    if ! { [ -f "$build/$name.sum" ] && [ "$(sum_of "$name")" = "$(cat "$build/$name.sum")" ]; }; then
        rm -f "$build/$name.sum"
        compile "$name"
    fi
    cat "$build/$name.ptxas" >>"$build/ptxas.txt"
    modules="$modules $name"
    kernels=$(sed -n 's/^.*\.entry \([A-Za-z0-9_]*\).*/\1/p' "$build/$name.ptx" | tr '\n' ' ')
    { echo "$name.from=$(cat "$build/$name.from")" && echo "$name.kernels=${kernels% }"; } >>"$index"
done
echo "modules=${modules# }" >>"$index"

for old in "$output"/*; do
    name=$(basename "$old")
    case " $modules kernels.properties " in *" ${name%.*} "* | *" $name "*) ;; *) rm -f "$old" ;; esac
done
for name in $modules; do
    for file in "$name.ptx" "$name.fatbin"; do
        cmp -s "$build/$file" "$output/$file" || cp "$build/$file" "$output/$file"
    done
done
cmp -s "$index" "$output/kernels.properties" || cp "$index" "$output/kernels.properties"
