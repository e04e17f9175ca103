#!/bin/bash
# Fuzzes the parsers: run.sh [TARGET...]; a target is a file fuzz_TARGET.c here, without a name every one of them.
#
#   COUNT=200000     so many inputs for each target, all targets in turn on as many cores as there are;
#                    without it they run until one finds something or is interrupted
#   FUZZ_DIR         where new inputs and findings are kept; without it build/fuzz
#
# Starts from testdata/fuzz/TARGET/.  A finding is left in FUZZ_DIR/TARGET.found/, and its way to be tried again is said.
set -u

cd "$(dirname "$0")/../.." || exit 1
CC=clang-14
dir=${FUZZ_DIR:-$PWD/build/fuzz}
jobs=${JOBS:-$(nproc 2>/dev/null || echo 2)}
mkdir -p "$dir" || exit 1

if [ $# -eq 0 ]; then
	for source in tests/fuzz/fuzz_*.c; do
		name=${source##*/fuzz_}
		set -- "$@" "${name%.c}"
	done
fi
[ -f "tests/fuzz/fuzz_$1.c" ] || { echo "fuzz: there is no target $1" >&2; exit 64; }

# The library once, with the coverage that libFuzzer steers by, then a program for each target.
if ! make --no-print-directory -s -j"$jobs" CC=$CC SANITIZE=fuzzer-no-link,address,undefined fuzz-programs >"$dir/build.log" 2>&1; then
	cat "$dir/build.log"
	echo 'fuzz: not built' >&2
	exit 1
fi
programs=build/$CC-fuzzer-no-link,address,undefined/tests/fuzz

export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1:quarantine_size_mb=16
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1

# one TARGET
one() {
	local name=$1 start=$SECONDS seeds=testdata/fuzz/$1 runs found
	mkdir -p "$dir/$name" "$dir/$name.found"
	runs=${COUNT:-$(($(find "$dir/$name" -type f | wc -l) + 1000000))}
	[ -d "$seeds" ] && [ -n "$(ls -A "$seeds")" ] || { echo "fuzz: $name: no seeds in $seeds"; return 1; }
	if ! "$programs/fuzz_$name" -runs="$runs" -max_len=8192 -timeout=20 -rss_limit_mb=4096 -print_final_stats=1 \
		-artifact_prefix="$dir/$name.found/" ${SEED:+-seed=$SEED} "$dir/$name" "$seeds" >"$dir/$name.log" 2>&1; then
		grep -a -m 30 -e ERROR: -e 'runtime error' -e '^ *#' -e SUMMARY -e 'Test unit written' "$dir/$name.log"
		found=$(sed -n 's/.*Test unit written to //p' "$dir/$name.log" | tail -n 1)
		echo "fuzz: $name: found something; try it again with: $programs/fuzz_$name ${found:-}"
		return 1
	fi
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/$name.log")
	echo "fuzz: $name: $runs inputs in $((SECONDS - start)) s, nothing found"
}
export -f one
export dir programs COUNT="${COUNT:-}"
[ -n "$COUNT" ] || unset COUNT

while :; do
	printf '%s\n' "$@" | xargs -P "$jobs" -I '{}' bash -c 'one {}' || exit 1
	[ -z "${COUNT:-}" ] || break
done
