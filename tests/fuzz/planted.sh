#!/bin/bash
# Shows that each fuzz target finds a fault: planted.sh [TARGET...] puts one into a copy of the sources, builds the target
# from it, and expects it to stop within RUNS inputs (100000), having passed all seeds without the fault.  Prints TAP.
set -u

cd "$(dirname "$0")/../.." || exit 1
runs=${RUNS:-100000}
jobs=${JOBS:-$(nproc 2>/dev/null || echo 2)}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# TARGET FILE SED-COMMAND: what is taken away there
faults='
age format/age/header.c s/line\.n != 4 + MAC_TEXT ||//
dotenv format/doc/dotenv.c /^line_feed_at/,/^}/s/i + 1 < raw\.n/i < raw.n/
identity format/key/recipient.c s/cut(list, before);/(void)before;/
layout format/doc/cbor.c s/result\.read != head_length(item->n) + item->bytes\.n/false/
regex format/doc/goescape.c s/if (\*at == in\.n)/if (false)/
rules format/policy/rules.c s/if (text\.n == 0)/if (false)/
sealed format/sops/token.c s/token->iv\.n > (LONGEST_IV + 2) \/ 3 \* 4 ||//
'

cp -a Makefile crypto format "$work/" && mkdir -p "$work/tests" && cp -a tests/fuzz "$work/tests/" || exit 1
build=build/clang-14-fuzzer-no-link,address,undefined/tests/fuzz
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:quarantine_size_mb=16
export UBSAN_OPTIONS=halt_on_error=1

# make_target NAME: builds it in the copy
make_target() {
	make -C "$work" --no-print-directory -s -j"$jobs" CC=clang-14 SANITIZE=fuzzer-no-link,address,undefined \
		"$build/fuzz_$1" >"$work/log" 2>&1
}

number=0 bad=0
# result 0|1 NAME
result() {
	number=$((number + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $number - $2"
	else
		echo "not ok $number - $2"
		tail -n 5 "$work/log" | tr -cd '[:print:]\n' | sed 's/^/# /'
		bad=1
	fi
}

# try NAME FILE SED
try() {
	local name=$1 file=$2 change=$3 seeds=$PWD/testdata/fuzz/$1
	make_target "$name" && "$work/$build/fuzz_$name" -runs=0 "$seeds" >"$work/log" 2>&1
	result $? "$name: the seeds pass"
	sed -i "$change" "$work/$file"
	! cmp -s "$file" "$work/$file"
	result $? "$name: a fault is put into $file"
	if make_target "$name"; then
		mkdir -p "$work/corpus" && rm -rf "${work:?}/corpus/"*
		"$work/$build/fuzz_$name" -runs="$runs" -seed=1 -max_len=4096 -timeout=20 -artifact_prefix="$work/found-" \
			-print_final_stats=1 "$work/corpus" "$seeds" >"$work/log" 2>&1
		[ $? -ne 0 ] && grep -aq -e 'ERROR: AddressSanitizer' -e 'runtime error' -e 'ERROR: libFuzzer: deadly signal' "$work/log"
		result $? "$name: it is found within $runs inputs"
		echo "# inputs: $(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")"
	else
		result 1 "$name: it is built with the fault"
	fi
	cp -p "$file" "$work/$file" && touch "$work/$file"
}

while read -r name file change; do
	[ -n "$name" ] || continue
	[ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
	try "$name" "$file" "$change"
done <<<"$faults"
echo "1..$number"
exit "$bad"
