#!/bin/sh
# The unit tests under valgrind: an invalid access, a use of what was never set, or a block lost is a failure.
# The programs are those in $BUILD/tests/unit; what each printed is shown when it failed.
set -u

cd "$(dirname "$0")/.." || exit 1
log=$(mktemp) bad=0 passed=0
trap 'rm -f "$log"' EXIT
for program in "${BUILD:-build}"/tests/unit/test_*; do
	case $program in *.o | *.d) continue ;; esac
	if valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect "$program" >"$log" 2>&1; then
		passed=$((passed + 1))
	else
		echo "valgrind: $program:"
		grep -e '^==' -e '^not ok' "$log" | head -n 60
		bad=$((bad + 1))
	fi
done
echo "$passed passed, $bad failed"
[ "$bad" -eq 0 ] && [ "$passed" -gt 0 ]
