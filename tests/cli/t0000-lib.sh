#!/bin/sh
# The library of these tests: what it must let pass, and what it must not.
. "$(dirname "$0")/../lib.sh"

# try NAME STATUS PATTERN: the test script on stdin ends with STATUS and prints a line that matches PATTERN
mkdir -p "$TRASH/suite/tests/cli" "$TRASH/suite/tests/peers"
cp "$ROOT/tests/peers/env.sh" "$TRASH/suite/tests/peers/"
cp "$ROOT/tests/lib.sh" "$TRASH/suite/tests/lib.sh"
try() {
	{
		echo '#!/bin/sh'
		echo '. "$(dirname "$0")/../lib.sh"'
		cat
	} >"$TRASH/suite/tests/cli/t.sh"
	code=0
	CI=${as_ci:-} sh "$TRASH/suite/tests/cli/t.sh" >"$TRASH/result" 2>&1 || code=$?
	is "$1: status" "$code" "$2"
	has "$1: says so" "$TRASH/result" "$3"
}

try 'a passing test passes' 0 '^1\.\.2$' <<'END'
ok 'true' true
is 'equal' a a
done_testing
END
try 'a failed one fails the script' 1 '^not ok 1 - false$' <<'END'
ok 'false' false
ok 'true' true
done_testing
END
try 'a script without a test fails' 1 '^# no test was run$' <<'END'
done_testing
END
try 'a script that stops early fails' 1 '^not ok 2 - .* stopped before done_testing' <<'END'
ok 'true' true
exit 0
END
try 'a script with a wrong variable fails' 2 '^not ok 2 - .* stopped before done_testing' <<'END'
ok 'true' true
echo "$no_such_variable"
done_testing
END

try 'must_fail wants the very status' 1 '^not ok 1' <<'END'
must_fail 2 'another status' sh -c 'exit 3'
done_testing
END
try 'must_fail takes it' 0 '^ok 1' <<'END'
must_fail 3 'this status' sh -c 'exit 3'
done_testing
END
try 'success is no failure' 1 '^not ok 1' <<'END'
must_fail 1 'true' true
done_testing
END
try 'a missing program is no failure to look for' 1 '^not ok 1' <<'END'
must_fail 127 'missing' no-such-program
done_testing
END
try 'nor one that may not run' 1 '^not ok 1' <<'END'
: >plain
must_fail 126 'not executable' ./plain
done_testing
END
try 'nor a signal' 1 'ended by signal 11' <<'END'
must_fail 139 'signal' sh -c 'kill -SEGV $$'
done_testing
END
try '203 and 128 are statuses of envseal' 0 '^1\.\.2$' <<'END'
must_fail 203 'reserved' sh -c 'exit 203'
must_fail 128 'no key' sh -c 'exit 128'
done_testing
END
try 'a sanitizer is found whatever the status' 1 'a sanitizer complained' <<'END'
must_fail 1 'sanitizer' sh -c 'echo "==7==ERROR: AddressSanitizer: heap-use-after-free" >&2; exit 1'
done_testing
END
try 'also after success' 1 'a sanitizer complained' <<'END'
succeeds 'sanitizer' sh -c 'echo "x.c:1:2: runtime error: signed integer overflow" >&2'
done_testing
END

try 'not_ok tells no from broken' 1 '^not ok 2' <<'END'
not_ok 'grep finds nothing' grep -q x /dev/null
not_ok 'grep cannot read' grep -q x /no/such/file 2>/dev/null
done_testing
END
try 'same and absent see differences' 1 '^1\.\.5$' <<'END'
printf a >a; printf b >b; printf a >c; ln -s nowhere d
same 'equal' a c
absent 'absent' e
same 'different' a b
same 'missing' a e
absent 'a dangling link' e d
done_testing
END
is 'exactly the last three of them failed' "$(grep -c '^not ok [345]' "$TRASH/result")$(grep -c '^not ok' "$TRASH/result")" 33
try 'has and lacks want a file' 1 '^1\.\.4$' <<'END'
echo text >a
has 'has' a '^te'
lacks 'lacks' a '^no'
has 'has, no file' b '^te'
lacks 'lacks, no file' b '^no'
done_testing
END
is 'exactly the last two of them failed' "$(grep -c '^not ok [34]' "$TRASH/result")$(grep -c '^not ok' "$TRASH/result")" 22

for prefix in '' 1 12; do
	try "the mark is found in base64 after ${#prefix} bytes" 1 '^not ok 1' <<-END
	run sh -c 'printf "%s%s%s" "$prefix" "\$MARK" tail | base64 >&2'
	no_mark 'hidden'
	done_testing
	END
done
try 'the mark is found as it is' 1 '^not ok 2' <<'END'
run echo "nothing"
no_mark 'nothing' "$TRASH/out"
run echo "x${MARK}y"
no_mark 'plain'
done_testing
END
try 'a file that is not there hides no mark' 1 '^not ok 1' <<'END'
no_mark 'missing' no-such-file
done_testing
END

as_ci=
try 'what is missing skips' 0 '^1\.\.0 # SKIP no-such-program ' <<'END'
needs sh no-such-program
done_testing
END
as_ci=true
try 'but fails in CI' 1 '^not ok 1 - no-such-program ' <<'END'
needs sh no-such-program
done_testing
END
as_ci=

SOPS_AGE_KEY=x GIT_DIR=/x XDG_CONFIG_HOME=/x EDITOR=x try 'the environment is clean' 0 '^1\.\.5$' <<'END'
is 'key' "${SOPS_AGE_KEY-unset}" unset
is 'git' "${GIT_DIR-unset}" unset
is 'configuration' "${XDG_CONFIG_HOME-unset}" unset
is 'editor' "${EDITOR-unset}" unset
is 'working directory and HOME are new' "$(ls -A; ls -A "$HOME")" ''
done_testing
END
try 'nothing stays behind' 0 '^# /' <<'END'
note "$TRASH"
mkdir locked && chmod 0 locked
ok 'true' true
done_testing
END
absent 'its directory is gone' "$(sed -n 's/^# //p' "$TRASH/result")"

ok 'the program under test is first on PATH' [ "$(command -v envseal)" = "$TRASH/bin/envseal" ]
done_testing
