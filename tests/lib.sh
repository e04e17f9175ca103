# lib.sh - what tests of the command line share.  A test begins with
#
#	. "$(dirname "$0")/../lib.sh"
#
# and ends with `done_testing`.  It runs in an empty directory ($TRASH/work) with a HOME of its own, the program under
# test first on PATH, and nothing of the caller's environment that envseal, sops or git would heed.
# Tests are functions of the shell; what a command printed is in the files `out` and `err` of $TRASH after `run`,
# `succeeds` and `must_fail`.  Results are TAP, for prove.
#
#	run COMMAND...                its output to out and err, its status in $status
#	ok NAME COMMAND...            passes when COMMAND succeeds
#	not_ok NAME COMMAND...        passes when COMMAND fails with status 1 (grep, cmp, test: what says "no")
#	succeeds NAME COMMAND...      run, status 0
#	must_fail CODE NAME COMMAND...   run, exactly that status: a signal, a missing program, a sanitizer are failures
#	is NAME GOT WANTED            two strings
#	same NAME FILE FILE           the same bytes
#	absent NAME FILE...           none of them exists
#	has NAME FILE PATTERN         a line of FILE matches the basic regular expression
#	lacks NAME FILE PATTERN       no line of it does
#	no_mark NAME [FILE...]        $MARK is in none of them, nor its base64; without a file: in out and err
#	note TEXT                     a remark
#	needs PROGRAM...              else the test is skipped, which in CI is a failure
#	skip_all WHY                  likewise
#	keys                          a new identity in HOME where sops and envseal look; $RECIPIENT is its public half
#	repository                    an empty git repository in the working directory
# shellcheck shell=sh

set -u
ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
[ -f "$ROOT/tests/lib.sh" ] || { echo "not ok 1 - tests/lib.sh: $0 is not two directories below the sources"; exit 1; }
BUILD=${BUILD:-$ROOT/build}
ENVSEAL=${ENVSEAL:-$BUILD/envseal}
. "$ROOT/tests/peers/env.sh"
PEERS=$ENVSEAL_PEERS
CI=${CI:-}

# Marked: whatever shows it where it should not has leaked.
MARK=ZxQmArKeDsEcReT7391
status=0
tap_count=0
tap_failed=0
tap_ended=

tap_end() {
	code=$?
	trap - EXIT
	cd / || exit 1
	if [ -z "$tap_ended" ]; then
		echo "not ok $((tap_count + 1)) - $0 stopped before done_testing, with status $code"
		[ "$code" -ne 0 ] || code=1
	fi
	if [ "$tap_failed" -gt 0 ] && [ -n "${KEEP:-}" ]; then
		echo "# kept: $TRASH"
	elif [ -n "${TRASH:-}" ]; then
		chmod -R u+rwx "$TRASH" 2>/dev/null
		rm -rf "$TRASH"
	fi
	exit "$code"
}

tap() {
	tap_count=$((tap_count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $tap_count - $2"
	else
		tap_failed=$((tap_failed + 1))
		echo "not ok $tap_count - $2"
		return 1
	fi
}

note() {
	printf '%s\n' "$*" | sed 's/^/# /'
}

# The start of out and err as remarks, for a result that surprised.
show() {
	for tap_file in out err; do
		if [ -s "$TRASH/$tap_file" ]; then
			note "$tap_file:"
			head -n 20 "$TRASH/$tap_file" | sed 's/^/#   /'
		fi
	done
}

done_testing() {
	tap_ended=yes
	echo "1..$tap_count"
	if [ "$tap_count" -eq 0 ]; then
		echo '# no test was run'
		exit 1
	fi
	[ "$tap_failed" -eq 0 ] || exit 1
	exit 0
}

skip_all() {
	tap_ended=yes
	if [ "$CI" = true ]; then
		echo "1..1"
		echo "not ok 1 - $* (in CI nothing is skipped)"
		exit 1
	fi
	echo "1..0 # SKIP $*"
	exit 0
}

needs() {
	for tap_program; do
		command -v "$tap_program" >/dev/null 2>&1 || skip_all "$tap_program is not here; tests/setup.sh check installs it"
	done
}

run() {
	status=0
	"$@" >"$TRASH/out" 2>"$TRASH/err" || status=$?
}

# Whether $status is one that a program chose: no signal, no missing program, nothing from a sanitizer.
# Statuses from 129 on are signals, but for 203, which envseal uses.
orderly() {
	if [ "$status" -eq 126 ] || [ "$status" -eq 127 ]; then
		note "status $status: the program could not be run"
		return 1
	fi
	if [ "$status" -gt 128 ] && [ "$status" -ne 203 ]; then
		note "status $status: ended by signal $((status - 128))"
		return 1
	fi
	if grep -q -e '==[0-9]*== *ERROR: ' -e 'runtime error: ' -e 'SUMMARY: [A-Za-z]*Sanitizer' "$TRASH/err"; then
		note 'a sanitizer complained'
		return 1
	fi
}

ok() {
	tap_name=$1
	shift
	tap_status=0
	"$@" || tap_status=$?
	tap "$tap_status" "$tap_name" || { note "status $tap_status: $*"; return 1; }
}

not_ok() {
	tap_name=$1
	shift
	tap_status=0
	"$@" || tap_status=$?
	tap "$([ "$tap_status" -eq 1 ]; echo $?)" "$tap_name" || { note "status $tap_status, want 1: $*"; return 1; }
}

must_fail() {
	tap_code=$1 tap_name=$2
	shift 2
	run "$@"
	if orderly && [ "$status" -eq "$tap_code" ]; then
		tap 0 "$tap_name"
		return
	fi
	tap 1 "$tap_name"
	note "status $status, want $tap_code: $*"
	show
	return 1
}

succeeds() {
	must_fail 0 "$@"
}

is() {
	if [ "$2" = "$3" ]; then
		tap 0 "$1"
	else
		tap 1 "$1"
		note "got:  $2"
		note "want: $3"
		return 1
	fi
}

same() {
	if cmp -s -- "$2" "$3"; then
		tap 0 "$1"
	else
		tap 1 "$1"
		note "$(cmp -- "$2" "$3" 2>&1)"
		note "$(diff -u -a -- "$2" "$3" 2>&1 | head -n 20)"
		return 1
	fi
}

absent() {
	tap_name=$1
	shift
	for tap_file; do
		if [ -e "$tap_file" ] || [ -L "$tap_file" ]; then
			tap 1 "$tap_name"
			note "there is $(ls -ld -- "$tap_file")"
			return 1
		fi
	done
	tap 0 "$tap_name"
}

# A file that is not there neither has nor lacks anything.
has() {
	[ -f "$2" ] && grep -q -a -e "$3" -- "$2"
	tap $? "$1" || { note "no line of $2 matches $3"; [ ! -f "$2" ] || head -n 20 -- "$2" | sed 's/^/#   /'; return 1; }
}

lacks() {
	[ -f "$2" ] && ! grep -q -a -e "$3" -- "$2"
	tap $? "$1" || { note "$2 is not there or has a line that matches $3"; return 1; }
}

# The mark as it is, and as base64 shows it at each of three offsets.
mark_shows() {
	[ -f "$1" ] || { note "$1 is not there"; return 0; }
	grep -q -a -F -e "$MARK" -e "$tap_mark_0" -e "$tap_mark_1" -e "$tap_mark_2" -- "$1"
}

no_mark() {
	tap_name=$1
	shift
	[ $# -gt 0 ] || set -- "$TRASH/out" "$TRASH/err"
	for tap_file; do
		if mark_shows "$tap_file"; then
			tap 1 "$tap_name"
			note "the marked secret shows in $tap_file"
			return 1
		fi
	done
	tap 0 "$tap_name"
}

keys() {
	mkdir -p "$HOME/.config/sops/age"
	envseal keygen -o "$HOME/.config/sops/age/keys.txt" >/dev/null 2>"$TRASH/err" || { show; return 1; }
	# shellcheck disable=SC2034 # for the tests
	RECIPIENT=$(envseal keygen -y "$HOME/.config/sops/age/keys.txt")
}

repository() {
	git init -q -b main .
}

# ---- what every test starts with -------------------------------------------------------------------------------------
for tap_variable in $(env | sed -n 's/^\(\(SOPS\|GIT\|XDG\|ENVSEAL\|AGE\)_[A-Za-z0-9_]*\)=.*/\1/p'); do
	unset "$tap_variable"
done
unset EDITOR VISUAL PAGER CDPATH GREP_OPTIONS NO_COLOR MAKEFLAGS MAKELEVEL MFLAGS 2>/dev/null || :
TRASH=$(mktemp -d "${TMPDIR:-/tmp}/envseal-test.XXXXXX") || exit 1
trap tap_end EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
HOME=$TRASH/home
TMPDIR=$TRASH/tmp
mkdir -p "$HOME" "$TMPDIR" "$TRASH/bin" || exit 1
ln -s "$ENVSEAL" "$TRASH/bin/envseal"
PATH=$TRASH/bin:$PATH
ENVSEAL_PEERS=$PEERS
LC_ALL=C.UTF-8 LANG=C.UTF-8 TZ=UTC TERM=dumb
SOPS_DISABLE_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 GIT_PAGER=cat
GIT_AUTHOR_NAME='Ada Tester' GIT_AUTHOR_EMAIL=ada@example.org
GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
GIT_CEILING_DIRECTORIES=$(dirname "$TRASH")
ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:abort_on_error=0:exitcode=126:allocator_may_return_null=1}
UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1:exitcode=126}
LSAN_OPTIONS=${LSAN_OPTIONS:-exitcode=126}
export HOME TMPDIR PATH ENVSEAL ENVSEAL_PEERS BUILD ROOT MARK LC_ALL LANG TZ TERM SOPS_DISABLE_VERSION_CHECK \
	PYTHONDONTWRITEBYTECODE GIT_CONFIG_NOSYSTEM \
	GIT_TERMINAL_PROMPT GIT_PAGER GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL \
	GIT_CEILING_DIRECTORIES ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS
umask 022
# Without the characters at the ends, which share bits with what stands before and after.
tap_mark_0=$(printf '%s' "$MARK" | base64 | cut -c1-24)
tap_mark_1=$(printf 'x%s' "$MARK" | base64 | cut -c3-26)
tap_mark_2=$(printf 'xx%s' "$MARK" | base64 | cut -c4-26)
cd "$TRASH" || exit 1
mkdir work && cd work || exit 1
