#!/bin/sh
# run.sh JOBS TEST...: runs tests by prove, keeps what each printed in $BUILD/tap, and counts.
set -u

jobs=$1
shift
if [ $# -eq 0 ]; then
	echo 'run.sh: no test' >&2
	exit 1
fi
cd "$(dirname "$0")/.." || exit 1
BUILD=${BUILD:-$PWD/build}
TAP_LOGS=$BUILD/tap
. tests/peers/env.sh
# A sanitizer ends a program with a status that no test takes for an answer of its own.
ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:exitcode=126:allocator_may_return_null=1:disable_coredump=0}
UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1:exitcode=126}
LSAN_OPTIONS=${LSAN_OPTIONS:-exitcode=126}
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE BUILD TAP_LOGS ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS

rm -rf "$TAP_LOGS" && mkdir -p "$TAP_LOGS" || exit 1
prove --exec tests/one.sh -j "$jobs" "$@"
status=$?

passed=$(cat "$TAP_LOGS"/*.tap | grep -c '^ok ')
failed=$(cat "$TAP_LOGS"/*.tap | grep -c '^not ok ')
skipped=$(cat "$TAP_LOGS"/*.tap | grep -c '^1\.\.0 # SKIP')
# A test program that broke off may have called nothing "not ok".
[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
echo "$passed passed, $failed failed$([ "$skipped" -eq 0 ] || echo ", $skipped skipped")"
if [ "${CI:-}" = true ] && [ "$skipped" -gt 0 ]; then
	echo 'In CI nothing is skipped:'
	grep -H '^1\.\.0 # SKIP' "$TAP_LOGS"/*.tap
	exit 1
fi
[ "$status" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
