#!/usr/bin/env bash
# The installed program: it runs from any folder, after it was moved, with its own libraries, and says what is missing
# when one of them is.
# usage: installed_program.sh BUILD-FOLDER
set -euo pipefail
source=$(cd "$(dirname "$0")/../.." && pwd)
maps=("$source"/samples/*.jpg)
map=${maps[0]}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset FIGURANT_GRAPHS FIGURANT_SHARE LD_LIBRARY_PATH

fail() {
    echo "not so: $*" >&2
    exit 1
}

cmake --install "$1" --prefix "$work/first" >"$work/install.log"
mv "$work/first" "$work/moved"
figurant=$work/moved/bin/figurant
cd /

# Every library of ours that is linked, or loaded by a run, is the installed one.
ours() { # LOG: the files of ours whose initialisation ran; "bin/../lib" is said as "lib"
    sed -n 's/.*calling init: \(.*figurant_[a-z_]*\.so.*\)/\1/p' "$1" | sort -u | xargs -r realpath
}
LD_DEBUG=libs "$figurant" check evaluate >"$work/said.txt" 2>"$work/check.log" || { cat "$work/check.log"; fail "check runs"; }
for library in base pipeline figures; do
    ours "$work/check.log" | grep -q "^$work/moved/lib.*/libfigurant_$library\.so" || fail "the installed $library is used"
done
LD_DEBUG=libs "$figurant" run evaluate --maps "$map" --output "$work/out" \
    --set figures.tiles.scales=[0.25] >"$work/said.txt" 2>"$work/run.log" || { grep -v LD_DEBUG "$work/run.log" | tail -n 20; fail "a run runs"; }
[ -s "$work/out/coco_results.json" ] || fail "a run writes results"
for library in mask_rcnn gdal; do
    ours "$work/run.log" | grep -q "^$work/moved/lib.*/libfigurant_$library\.so" || fail "the installed $library is loaded"
done
# Its graphs and configurations are those that were installed: a tree that lacks them says so, and one folder has all.
"$figurant" graphs >"$work/graphs.txt"
for graph in "$source"/graphs/*.toml; do
    grep -q "^$(basename "$graph" .toml) " "$work/graphs.txt" || fail "$(basename "$graph") is installed"
done
for config in "$source"/configs/*.toml; do
    cmp -s "$config" "$work/moved/share/figurant/configs/$(basename "$config")" || fail "$(basename "$config") is installed"
done
mv "$work/moved/share" "$work/moved/elsewhere"
"$figurant" check evaluate >"$work/said.txt" 2>&1 && fail "graphs are read from where they were installed"
FIGURANT_SHARE=$work/moved/elsewhere/figurant "$figurant" check evaluate >/dev/null || fail "FIGURANT_SHARE names another place"
mv "$work/moved/elsewhere" "$work/moved/share"
for log in check run; do
    ours "$work/$log.log" | grep -v "^$work/moved/" && fail "no library of ours comes from elsewhere"
done

# A library that is missing: an error that names it, before anything is done; and no hindrance to those who need it not.
rm "$work/moved"/lib*/libfigurant_mask_rcnn.so* "$work/moved"/lib*/*/libfigurant_mask_rcnn.so* 2>/dev/null || true
"$figurant" check evaluate >/dev/null || fail "check does without the network"
code=0
"$figurant" run evaluate --maps "$map" --output "$work/other" >"$work/said.txt" 2>"$work/err.txt" || code=$?
[ $code = 2 ] || { cat "$work/err.txt"; fail "exit code 2 where the network is missing: $code"; }
grep -q "libfigurant_mask_rcnn.so" "$work/err.txt" || { cat "$work/err.txt"; fail "the missing library is named"; }
