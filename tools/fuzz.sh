#!/usr/bin/env bash
# Fuzzes the doors through which bytes of strangers come in, and says how far it came.
#   tools/fuzz.sh run [TARGET…]     fuzzes for FUZZ_SECONDS (60) each, FUZZ_JOBS (1) at once; all targets if none is named
#   tools/fuzz.sh seeds [TARGET…]   makes fuzz/seeds anew: the smallest inputs that reach what the corpus reaches
#   tools/fuzz.sh build             only builds
# The corpus grows in fuzz/corpus, what crashes lies in fuzz/artifacts; neither is committed. Stable Rust is
# enough: LLVM's coverage passes are flags of the compiler, and libFuzzer comes with the crate libfuzzer-sys.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${FUZZ_SECONDS:-60}
jobs=${FUZZ_JOBS:-1}
# By the clock on the wall: on a machine that has more to do than it can, take more.
timeout=${FUZZ_TIMEOUT:-10}
host=$(rustc -vV | sed -n 's/^host: //p')
out=${CARGO_TARGET_DIR:-$PWD/target/fuzz}
# Most bytes of the seeds of one target, and how many there are.
largest=100000
most=120

say() { printf 'fuzz: %s\n' "$*"; }
fail() { printf 'fuzz: %s\n' "$*" >&2; exit 1; }

all() { sed -n 's/^    Target { name: "\([a-z_]*\)".*/\1/p' fuzz/src/targets/mod.rs; }

build() {
  # Build scripts run here and are not watched: that is what --target is for.
  local flags="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing"
  say "building (the first time takes a quarter of an hour)"
  RUSTFLAGS="$flags" CARGO_TARGET_DIR="$out" \
    cargo build --release --locked --manifest-path fuzz/Cargo.toml --target "$host" --bins
}

binary() { echo "$out/$host/release/$1"; }

# Inputs to start from: the demo's, once.
first() {
  [ -d fuzz/corpus/first ] && return
  rm -rf fuzz/corpus/first.new
  VERIDACT_FIRST_INPUTS=fuzz/corpus/first.new "$(binary first_inputs)" -runs=0 2>/dev/null
  mv fuzz/corpus/first.new fuzz/corpus/first
}

# Files that a target makes and forgets lie in memory, where there is such a place.
in_memory() { if [ -w /dev/shm ]; then echo /dev/shm; else echo "${TMPDIR:-/tmp}"; fi; }

# Runs one target and prints its line; fails when something crashed, hung or took too much memory.
run() {
  local target=$1 log=fuzz/corpus/$1.log code=0
  mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
  TMPDIR=$(in_memory) nice -n 10 "$(binary "$target")" -max_total_time="$seconds" -rss_limit_mb=1024 \
    -timeout="$timeout" -print_final_stats=1 -artifact_prefix="fuzz/artifacts/$target/" \
    "fuzz/corpus/$target" "fuzz/seeds/$target" "fuzz/corpus/first/$target" >"$log" 2>&1 || code=$?
  awk -v target="$target" -v code="$code" '
    { for (at = 1; at < NF; at++) {
        if ($at == "cov:") edges = $(at + 1)
        if ($at == "ft:") features = $(at + 1)
        if ($at == "corp:") corpus = $(at + 1) } }
    /^stat::number_of_executed_units/ { executions = $2 }
    /^stat::peak_rss_mb/ { memory = $2 }
    END { printf "%-18s %12s executions %7s edges %8s features  corpus %-16s %5s MB  %s\n", target,
      executions, edges, features, corpus, memory, code == 0 ? "no crash" : "FAILED" }' "$log"
  if [ "$code" -ne 0 ]; then
    grep -aE 'panicked|ERROR|Test unit written|assertion|SUMMARY' -A 2 "$log" | head -n 20 >&2
    return 1
  fi
}

# The smallest inputs that reach as many edges as all that there are.
minimise() {
  local target=$1 new=fuzz/corpus/$1.seeds
  rm -rf "$new"
  mkdir -p "$new" "fuzz/corpus/$target" "fuzz/seeds/$target"
  TMPDIR=$(in_memory) nice -n 10 "$(binary "$target")" -set_cover_merge=1 -rss_limit_mb=1024 -timeout="$timeout" \
    "$new" "fuzz/seeds/$target" "fuzz/corpus/$target" "fuzz/corpus/first/$target" >"fuzz/corpus/$target.log" 2>&1 ||
    { tail -n 5 "fuzz/corpus/$target.log" >&2; fail "$target: the seeds could not be made"; }
  # What once crashed stays, under its own name.
  find "fuzz/seeds/$target" -type f ! -name 'found-*' -delete
  # Small and large ones, evenly, as long as there is room.
  local size=0 at=0 file bytes count every
  count=$(find "$new" -type f | wc -l)
  every=$(((count + most - 1) / most))
  while read -r bytes file; do
    at=$((at + 1))
    [ $((at % every)) -eq 0 ] && [ $((size + bytes)) -le "$largest" ] || continue
    size=$((size + bytes))
    cp "$file" "fuzz/seeds/$target/"
  done < <(find "$new" -type f -printf '%s %p\n' | sort -n)
  say "$target: $(find "fuzz/seeds/$target" -type f | wc -l) seeds out of $count, $size bytes"
}

command -v g++ >/dev/null || fail "a C++ compiler is needed: make setup"
what=${1:-run}
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(all)
[ ${#targets[@]} -gt 0 ] || fail "there are no targets"
mkdir -p fuzz/corpus
build
for target in "${targets[@]}"; do
  [ -x "$(binary "$target")" ] || fail "there is no target $target"
  mkdir -p "fuzz/seeds/$target"
done
first
failed=0
case $what in
  run)
    say "${#targets[@]} targets, $seconds s each"
    running=0
    for target in "${targets[@]}"; do
      run "$target" &
      running=$((running + 1))
      if [ "$running" -ge "$jobs" ]; then
        wait -n || failed=$((failed + 1))
        running=$((running - 1))
      fi
    done
    while [ "$running" -gt 0 ]; do
      wait -n || failed=$((failed + 1))
      running=$((running - 1))
    done
    [ "$failed" -eq 0 ] || fail "$failed targets failed; what they failed on lies in fuzz/artifacts"
    ;;
  seeds) for target in "${targets[@]}"; do minimise "$target"; done ;;
  build) ;;
  *) fail "run, seeds or build, not $what" ;;
esac
