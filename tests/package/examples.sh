#!/usr/bin/env bash
# The examples as a stage writer meets them: installs the framework, builds each example with the installed package
# alone, runs its test and its graph with the installed program, and sees other libraries refused.
# usage: examples.sh BUILD-FOLDER CXX CXX-FLAGS EXAMPLE...
set -euo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
build=$1 cxx=$2 flags=$3
shift 3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "not so: $*" >&2
    exit 1
}
says() { # FILE TEXT: the file holds the text
    grep -qF -- "$2" "$1" || { cat "$1" >&2; fail "the words \"$2\" are in $(basename "$1")"; }
}

cmake --install "$build" --prefix "$work/prefix" >"$work/install.log"
figurant=$work/prefix/bin/figurant
unset FIGURANT_GRAPHS FIGURANT_SHARE

build_example() {
    cp -r "$source/examples/$1" "$work/$1"
    cmake -G Ninja -S "$work/$1" -B "$work/$1/build" -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$cxx" \
        -DCMAKE_CXX_FLAGS="$flags" >"$work/configure.log" 2>&1 || { cat "$work/configure.log" >&2; fail "$1 configures"; }
    cmake --build "$work/$1/build" >"$work/build.log" 2>&1 || { cat "$work/build.log" >&2; fail "$1 builds"; }
    ctest --test-dir "$work/$1/build" --output-on-failure >"$work/ctest.log" 2>&1 || { cat "$work/ctest.log" >&2; fail "the test of $1 passes"; }
    cp "$work/$1"/*.toml "$work/$1/build"
}

hello_stage() {
    build_example hello_stage
    cd "$work/hello_stage/build"
    "$figurant" stages --plugin ./libhello.so >list.txt
    says list.txt "Greets each guest by name."
    "$figurant" stages hello --plugin ./libhello.so >hello.txt
    says hello.txt 'one of "Hello", "Salve", "Moin"'
    "$figurant" schema --plugin ./libhello.so >schema.json
    says schema.json '"stage_hello"'
    # Relative to the graph file, not to where the program stands.
    cd / && "$figurant" run "$work/hello_stage/build/greet.toml" --names Anna Otto >"$work/said.txt" 2>"$work/err.txt" ||
        { cat "$work/err.txt" >&2; fail "the graph runs"; }
    [ "$(cat "$work/said.txt")" = "$(printf 'Salve, Anna!\nSalve, Otto!')" ] || fail "it greets: $(cat "$work/said.txt")"
    local code=0
    "$figurant" run "$work/hello_stage/build/greet.toml" --names Anna '' >"$work/said.txt" 2>"$work/err.txt" || code=$?
    [ $code = 3 ] || fail "an input failed: $code"
    says "$work/err.txt" "a guest without a name"
    refusals
}

# Libraries whose initialisation would leave a file: one that fits does, the others do not get so far.
refusals() {
    mkdir "$work/other" && cd "$work/other"
    cp "$work/hello_stage/hello.cpp" "$work/hello_stage/greet.toml" .
    cat >>hello.cpp <<'CPP'
#include <fstream>
const bool ran = static_cast<bool>(std::ofstream("it_ran"));
CPP
    library() { # HEADERS COMPILER FLAGS...
        local headers=$1 compiler=$2
        shift 2
        "$compiler" -std=c++20 -shared -fPIC $flags "$@" -I "$headers" hello.cpp -o libhello.so || fail "$compiler $* builds a library"
        rm -f it_ran
        code=0
        "$figurant" check greet.toml >out.txt 2>err.txt || code=$?
    }
    refused() { # WHY HEADERS COMPILER FLAGS...
        local why=$1
        shift
        library "$@"
        [ $code = 2 ] || fail "a library of \"$*\" is refused"
        [ ! -e it_ran ] || fail "nothing ran of a library of \"$*\""
        says err.txt "greet.toml:2:12: error: "
        says err.txt "was built for another program: $why"
    }
    local headers=$work/prefix/include/figurant
    library "$headers" "$cxx"
    [ $code = 0 ] && [ -e it_ran ] || { cat err.txt >&2; fail "a library that fits is loaded"; }
    refused "standard library: libstdc++" "$headers" "$cxx" -D_GLIBCXX_USE_CXX11_ABI=0
    cp -r "$headers" "$work/newer"
    sed -i 's/STAMP_VERSION ".*"/STAMP_VERSION "9.9.9"/' "$work/newer/pipeline/build_stamp.h"
    refused "version: figurant 9.9.9 (here figurant " "$work/newer" "$cxx"
    local other
    for other in clang++ g++; do
        "$other" --version >/dev/null 2>&1 || continue
        [ "$("$other" -dM -E -x c++ /dev/null | grep -c __clang__)" = "$("$cxx" -dM -E -x c++ /dev/null | grep -c __clang__)" ] && continue
        refused "compiler: " "$headers" "$other"
    done
}

dark_figures() {
    build_example dark_figures
    cd "$work/dark_figures/build"
    "$figurant" run evaluate_dark.toml --maps "$source"/samples --output out --set figures.tiles.scales=[0.5] \
        >"$work/said.txt" 2>"$work/err.txt" || { cat "$work/err.txt" >&2; fail "the graph runs"; }
    says "$work/err.txt" "dark figures"
    [ -s out/coco_results.json ] || fail "the results are written"
}

for example in "$@"; do ("$example"); done
