#!/bin/bash
# Leaks: marked secrets through every command, and then a search for the mark in what it printed, what it wrote by any
# call, what its children were given, what lies in files, and what a core dump has.  Every detector is first shown to find
# a mark.
. "$(dirname "$0")/../lib.sh"
needs git strace python3 "${CC:-gcc}"
strace -f -o /dev/null true 2>/dev/null || skip_all 'no process can be traced here'

keys || { tap 1 'a key'; done_testing; }
KEYS=$HOME/.config/sops/age/keys.txt
SECRET=$(grep -o 'AGE-SECRET-KEY-1.*' "$KEYS")
envseal keygen -q -o "$TRASH/two.key" >/dev/null
TWO=$(envseal keygen -y "$TRASH/two.key")
case $(nm -D "$(readlink -f "$ENVSEAL")" 2>/dev/null) in *__asan_init*) sanitized=yes ;; *) sanitized= ;; esac
# The search for lost memory cannot run in a process that is traced.
[ -z "$sanitized" ] || export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"

# What must not be seen: the mark, plain and as base64 has it, and the key.  One a line, for grep -F.
printf '%s\n' "$MARK" "$tap_mark_0" "$tap_mark_1" "$tap_mark_2" "$SECRET" "$(echo "$SECRET" | tr 'A-Z' 'a-z')" >"$TRASH/marks"
shows() { # shows FILE...: the names of those that have a mark
	grep -l -a -F -f "$TRASH/marks" -- "$@" 2>/dev/null
}

# ---- the detectors -------------------------------------------------------------------------------------------------------
# traced COMMAND...: as run, and all it and its children executed, wrote and connected to in $TRASH/trace
traced() {
	# The mark is in our environment, which children of ours may have.
	run env -u MARK strace -f -q -v -y -s 1000000 -e signal=none -o "$TRASH/trace" \
		-e trace=execve,execveat,write,writev,pwrite64,pwritev,sendto,sendmsg,socket,connect,mmap,copy_file_range,sendfile,splice,vmsplice "$@"
	# The first execve is that of the program itself, which is given what we give it.
	sed '1d' "$TRASH/trace" | grep ' execve' >"$TRASH/trace.children"
	grep -E '^[0-9]* *(write|writev|pwrite64|pwritev|sendto|sendmsg)\(' "$TRASH/trace" | grep -v -F -e "(1<$TRASH/out>" -e "(2<$TRASH/err>" >"$TRASH/trace.written"
	grep -E 'MAP_SHARED' "$TRASH/trace" | grep -v -E 'PROT_READ, |-1,' >"$TRASH/trace.mapped"
	grep -E '^[0-9]* *(copy_file_range|sendfile|splice|vmsplice)\(' "$TRASH/trace" >>"$TRASH/trace.mapped"
	grep -E 'AF_INET' "$TRASH/trace" >"$TRASH/trace.net"
}
printf '%s\n' "$MARK" >"$TRASH/plain"
traced sh -c "read x <'$TRASH/plain'; echo \"\$x\" >'$TRASH/copy'"
is 'detector: a mark that is written' "$(shows "$TRASH/trace.written")" "$TRASH/trace.written"
traced sh -c "/bin/echo '$MARK'; :"
is 'detector: a mark in argv' "$(shows "$TRASH/trace.children")" "$TRASH/trace.children"
traced env SOPS_AGE_KEY="$SECRET" sh -c 'git version; :'
is 'detector: a key in the environment of a child' "$(shows "$TRASH/trace.children")" "$TRASH/trace.children"
traced python3 -c 'import socket; socket.socket()'
ok 'detector: a socket' [ -s "$TRASH/trace.net" ]
mkdir -p det && cp "$TRASH/plain" det/x && (cd det && git init -q . && git add x)
object=$(find det/.git/objects -type f)
is 'detector: an object of git is not to be searched as a file' "$(shows "$object")" ''
objects() { # all that a repository keeps, unpacked
	git -C "$1" cat-file --batch-all-objects --batch --unordered >"$TRASH/objects" 2>/dev/null
}
objects det
is 'detector: but by git' "$(shows "$TRASH/objects")" "$TRASH/objects"
rm -rf det

# leaves ALLOWED...: no mark in any file of HOME, TMPDIR and here, but for these
leaves() {
	local name=$1 found
	shift
	found=$(find "$TRASH/work" "$HOME" "$TMPDIR" -type f ! -path "$KEYS" -print0 | xargs -0 grep -l -a -F -f "$TRASH/marks" -- 2>/dev/null)
	for allowed; do found=$(printf '%s\n' "$found" | grep -v -x -F "$TRASH/work/$allowed"); done
	[ ! -d .git ] || { objects . && [ -z "$(shows "$TRASH/objects")" ] || found="$found objects of git"; }
	is "$name: no file has it" "$found" ''
}

# clean STATUS NAME WHERE COMMAND...: run and searched.  WHERE the plaintext may go: none, stdout, pipe, or a file.
clean() {
	local code=$1 name=$2 where=$3 failed='' status
	shift 3
	traced "$@"
	if ! orderly || [ "$status" -ne "$code" ]; then
		failed=yes
		note "status $status, want $code"
		show
	fi
	[ -z "$(shows "$TRASH/err")" ] || { failed=yes; note 'standard error shows it'; }
	[ "$where" = stdout ] || [ -z "$(shows "$TRASH/out")" ] || { failed=yes; note 'standard output shows it'; }
	[ "$where" != stdout ] || [ "$code" -ne 0 ] || [ -n "$(shows "$TRASH/out")" ] || { failed=yes; note 'nothing on standard output'; }
	[ -z "$(shows "$TRASH/trace.children")" ] || { failed=yes; note 'a child was given it'; }
	if grep -q -F SOPS_AGE_KEY "$TRASH/trace.children"; then failed=yes; note 'a child has a key variable'; fi
	[ ! -s "$TRASH/trace.net" ] || { failed=yes; note 'a socket'; }
	if grep -q ENVSEAL_ "$TRASH/trace.children" && grep -v ENVSEAL_PEERS "$TRASH/trace.children" | grep -q ENVSEAL_; then failed=yes; note 'a child has our variables'; fi
	case $where in
	pipe) # what git hands to us
		if grep -a -F -f "$TRASH/marks" "$TRASH/trace.written" | grep -v -q -E '^[0-9]* *write\([0-9]+<pipe:'; then
			failed=yes
			note 'it was written to a file'
		fi
		;;
	none | stdout) ! shows "$TRASH/trace.written" >/dev/null || { failed=yes; note 'it was written to a file or a pipe'; } ;;
	*)
		# One temporary beside the target, and nowhere else.
		if grep -a -F -f "$TRASH/marks" "$TRASH/trace.written" | grep -v -q -E '^[0-9]* *write\([0-9]+<[^>]*/\.envseal-[0-9a-f]{8}\.tmp>'; then
			failed=yes
			note 'it was written elsewhere'
		fi
		shows "$TRASH/trace.written" >/dev/null || { failed=yes; note 'it was written nowhere'; }
		;;
	esac
	[ ! -s "$TRASH/trace.mapped" ] || { failed=yes; note 'a file is mapped for writing'; }
	[ -z "$failed" ]
	tap $? "$name" || note "$*"
}

# ---- every command -------------------------------------------------------------------------------------------------------
repository
rules() { printf 'creation_rules:\n  - path_regex: env$\n    age: %s\n' "$1" >.sops.yaml; }
rules "$RECIPIENT"
content() {
	printf '# %s\nA=%s-a\nexport B="%s-b"\n  # indented %s\nM="%s\n%s"\nC=%s-c' "$MARK" "$MARK" "$MARK" "$MARK" "$MARK" "$MARK" "$MARK"
}
content >.env
clean 0 'encrypt' none envseal encrypt --quotes multiline .env
leaves 'encrypt'
git add -A && git commit -q -m one
clean 0 'decrypt' stdout envseal decrypt .env
clean 0 'get' stdout envseal get .env B
clean 0 'verify' none envseal verify .env
clean 0 'verify --json' none envseal verify --json
clean 0 'textconv' stdout envseal textconv .env
leaves 'decrypt, get, verify, textconv'
clean 0 'decrypt -o' out.txt envseal decrypt -o out.txt .env
leaves 'decrypt -o' out.txt
clean 0 'decrypt -o over a file' out.txt envseal decrypt -o out.txt .env
rm out.txt
clean 0 'decrypt -i' .env envseal decrypt -i .env
leaves 'decrypt -i' .env
printf '\nNEW=%s-new\n' "$MARK" >>.env
clean 0 'encrypt over HEAD' none envseal encrypt .env
leaves 'encrypt over HEAD'
printf 'CLEAR=%s\n' "$MARK" | cat - .env >t && mv t .env
clean 0 'encrypt of a partly sealed file' none envseal encrypt --json .env
leaves 'encrypt of a partly sealed file'
content >p.env
clean 0 'encrypt -o' none envseal encrypt --quotes multiline -o new.env p.env
clean 0 'encrypt --stdout' none envseal encrypt --quotes multiline --stdout p.env
clean 0 'encrypt --base' none envseal encrypt --quotes multiline --base .env -o new.env p.env
clean 0 'encrypt --dry-run' none envseal encrypt --quotes multiline -n p.env
clean 2 'encrypt of what has two readings' none envseal encrypt --no-base p.env
clean 0 'encrypt of standard input' none sh -c "envseal encrypt -r '$RECIPIENT' --quotes multiline - <p.env"
leaves 'encrypt in other ways' p.env
rm p.env new.env
printf '%s-set\n' "$MARK" >"$TRASH/value"
clean 0 'set' none sh -c "envseal set .env A <'$TRASH/value'"
clean 0 'set of a new name' none sh -c "envseal set .env D <'$TRASH/value'"
clean 0 'unset' none envseal unset .env D
clean 0 'rotate' none envseal rotate --json .env
rules "$RECIPIENT,$TWO"
clean 0 'updatekeys: one comes' none envseal updatekeys --json .env
rules "$RECIPIENT"
clean 0 'updatekeys: one goes' none envseal updatekeys .env
clean 0 'trust' none envseal trust .env
leaves 'set, unset, rotate, updatekeys, trust'
clean 0 'git install' none envseal git install
is 'git install: nothing of what textconv shows is cached' "$(git config --get-regexp 'diff\..*\.cachetextconv' | awk '{ print $2 }' | sort -u)" false
git add -A && git commit -q --no-verify -m two
traced git diff HEAD~1 HEAD
ok 'git diff shows the values' grep -q -F "$MARK" "$TRASH/out"
is 'and writes them nowhere' "$(grep -a -F -f "$TRASH/marks" "$TRASH/trace.written" | grep -v -c -E 'write\([0-9]+<pipe:')" 0
git log -p >/dev/null
git blame --textconv .env >/dev/null
leaves 'git diff, log, blame'
envseal decrypt -q -i .env
git add .env
clean 1 'git pre-commit' pipe envseal git pre-commit
git reset -q && git checkout -q .env && git prune --expire=now
leaves 'git pre-commit' .env
clean 0 'git uninstall' none envseal git uninstall
clean 0 'keygen -y' none envseal keygen -y "$KEYS"
clean 0 'keygen' none envseal keygen -o k.key
secret_of_k=$(grep -o 'AGE-SECRET-KEY-1.*' k.key)
is 'keygen: the key is in its file alone' "$(cat "$TRASH/out" "$TRASH/err" | grep -c -F "$secret_of_k")" 0
clean 0 'version' none envseal version --json

# The key from elsewhere: a variable, a command.
mv "$KEYS" "$TRASH/hidden.key"
succeeds 'SOPS_AGE_KEY: decrypt' env SOPS_AGE_KEY="$SECRET" envseal decrypt .env
from_variable() { # the children of envseal itself
	SOPS_AGE_KEY="$SECRET" SOPS_AGE_KEY_FILE="$TRASH/hidden.key" traced envseal "$@"
}
envseal_children() { grep -c . "$TRASH/trace.children"; }
content >.env
from_variable encrypt --quotes multiline .env
is 'SOPS_AGE_KEY: encrypt over HEAD' "$status" 0
ok 'SOPS_AGE_KEY: it asked git' [ "$(envseal_children)" -gt 0 ]
is 'SOPS_AGE_KEY: and git was given no key' "$(shows "$TRASH/trace.children"; grep -c SOPS_AGE_KEY "$TRASH/trace.children")" 0
no_mark 'SOPS_AGE_KEY: nor is it shown'
printf '#!/bin/sh\ncat %s\n' "$TRASH/hidden.key" >"$TRASH/keycmd" && chmod +x "$TRASH/keycmd"
SOPS_AGE_KEY_CMD="$TRASH/keycmd" SOPS_AGE_KEY=not-a-key-$MARK traced envseal get .env A
is 'SOPS_AGE_KEY_CMD: get' "$status" 0
is 'SOPS_AGE_KEY_CMD: it has no key variable' "$(grep -c 'SOPS_AGE_KEY' "$TRASH/trace.children")" 0
is 'SOPS_AGE_KEY_CMD: no error shows a key' "$(shows "$TRASH/err")" ''
printf '#!/bin/sh\necho %s\necho %s >&2\nexit 3\n' "$MARK" "no key for you" >"$TRASH/keycmd"
must_fail 128 'SOPS_AGE_KEY_CMD fails' env SOPS_AGE_KEY_CMD="$TRASH/keycmd" envseal get .env A
no_mark 'SOPS_AGE_KEY_CMD fails: what it printed is not shown'
mv "$TRASH/hidden.key" "$KEYS"

# ---- mistakes ------------------------------------------------------------------------------------------------------------
# On a command line a value has no place; what stands there all the same is not repeated.
for line in "set .env A $MARK" "set .env A=$MARK" "get .env A $MARK" "encrypt --value=$MARK .env" "decrypt --mode=$MARK .env" \
	"encrypt -r AGE-SECRET-KEY-1$MARK p.env" "keygen -y $MARK/k --output x"; do
	# shellcheck disable=SC2086 # a command line
	run envseal $line </dev/null
	ok "a mistake: ${line%%"$MARK"*}..." [ "$status" -ne 0 ]
	case $line in keygen*) ;; *) no_mark 'does not repeat it' ;; esac
done

# Plaintexts and sealed files, each damaged in some hundred ways.
content >whole
cp whole p.env && envseal encrypt -q --quotes multiline --no-base p.env && mv p.env sealed
mkdir damaged
python3 - whole sealed damaged <<'END'
import random, sys
random.seed(4000)
whole, sealed, out = sys.argv[1:]
bits = [b'\0', b'"', b"'", b'\n', b'\r', b'=', b'#', b' ', b'\xff', b'\xef\xbb\xbf', b'export ', b'\n<<<<<<< HEAD\n', b'\n=======\n',
	b'\n>>>>>>> x\n', b'sops_', b'ENC[', b']', b'\\', b'`', b'$(', b'\x1b[31m', b'\xe2\x80\xae']
for kind, path, n in (('plain', whole, 160), ('sealed', sealed, 160)):
	text = open(path, 'rb').read()
	for i in range(n):
		t = bytearray(text)
		for _ in range(random.choice((1, 1, 2, 4))):
			at = random.randrange(len(t) + 1)
			what = random.randrange(4)
			if what == 0: t[at:at] = random.choice(bits)
			elif what == 1: del t[at:at + random.choice((1, 5, 40))]
			elif what == 2 and at < len(t): t[at] ^= 1 << random.randrange(8)
			else:
				a, b = sorted((random.randrange(len(t) + 1), random.randrange(len(t) + 1)))
				t[at:at] = t[a:min(b, a + 60)]
		open('%s/%s%03d.env' % (out, kind, i), 'wb').write(bytes(t))
END
leaked='' signals='' refused=0 tried=0
for file in damaged/*.env; do
	for line in encrypt verify 'encrypt --stdout' decrypt rotate; do
		case $file:$line in *plain*:decrypt | *plain*:rotate) continue ;; esac
		cp "$file" x.env
		# shellcheck disable=SC2086 # a command line
		run envseal $line --no-input x.env </dev/null
		tried=$((tried + 1))
		[ "$status" -eq 0 ] || refused=$((refused + 1))
		[ "$status" -le 128 ] || [ "$status" -eq 203 ] || signals="$signals $file:$line:$status"
		# A name that is damaged may be a piece of a value and is a name all the same; it is shown in clear as every name is.
		names=$(shows "$TRASH/err")
		[ -z "$names" ] || leaked="$leaked $file:$line"
		[ "$status" -eq 0 ] || [ ! -s "$TRASH/out" ] || [ -z "$(shows "$TRASH/out")" ] || leaked="$leaked $file:$line:stdout"
	done
done
is "damaged files, $tried runs, $refused refused: no error shows a value" "$leaked" ''
is 'damaged files: no signal' "$signals" ''
ok 'damaged files: most of them are refused' [ "$refused" -gt 300 ]
rm -rf damaged whole sealed x.env

# ---- the prompt ----------------------------------------------------------------------------------------------------------
cat >"$TRASH/terminal.py" <<'END'
# terminal.py TEXT COMMAND...: runs it at a terminal of its own, types TEXT when it asks, and prints what the terminal showed.
import os, pty, select, sys, time
pid, fd = pty.fork()
if pid == 0:
	os.execvp(sys.argv[2], sys.argv[2:])
shown, typed, end = b'', False, time.time() + 10
while time.time() < end:
	ready, _, _ = select.select([fd], [], [], 0.3)
	if ready:
		try:
			some = os.read(fd, 65536)
		except OSError:
			break
		if not some:
			break
		shown += some
	elif not typed:
		os.write(fd, sys.argv[1].encode() + b'\n')
		typed = True
sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
if python3 -c 'import os; os.openpty()' 2>/dev/null; then
	run python3 "$TRASH/terminal.py" "$MARK" sh -c 'read x'
	is 'detector: a terminal that echoes' "$(shows "$TRASH/out")" "$TRASH/out"
	cp .env before
	succeeds 'set asks at the terminal' python3 "$TRASH/terminal.py" "$MARK-typed" envseal set .env A
	no_mark 'and does not show what is typed'
	is 'and takes it' "$(envseal get .env A)" "$MARK-typed"
elif [ "$CI" = true ]; then
	ok 'there are pseudo-terminals (in CI nothing is skipped)' false
else
	note 'no pseudo-terminal here (/dev/pts): the prompt of set is not tried'
fi

# ---- memory --------------------------------------------------------------------------------------------------------------
# A core is forced when it holds key and plaintext: it waits to write into a pipe that nobody reads.
case $(cat /proc/sys/kernel/core_pattern) in
'|'* | */*) can_dump= ;;
*) can_dump=yes ;;
esac
[ "$(ulimit -H -c)" != 0 ] || can_dump=
if [ -n "$sanitized" ]; then
	note 'a core of a program with sanitizers is not tried: it has shadow memory of terabytes'
elif [ -z "$can_dump" ]; then
	[ "$CI" != true ] || ok 'a process can dump core into its directory (in CI nothing is skipped)' false
	note 'cores are not tried: kernel.core_pattern or the limit sends them elsewhere'
else
	mkdir -p "$BUILD"
	"${CC:-gcc}" -O2 -shared -fPIC -o "$BUILD/unguard.so" "$ROOT/tests/cli/unguard.c" || exit 1
	for i in $(seq 3000); do printf 'NAME_%s=%s-%s\n' "$i" "$MARK" "$i"; done >big.env
	envseal encrypt -q big.env
	mkfifo "$TRASH/pipe"
	dumped() { # dumped UNGUARD SIGNAL COMMAND...: a core, if there is one, in core/
		local guard=$1 number=$2 pid
		shift 2
		rm -rf "$TRASH/core" && mkdir "$TRASH/core"
		cp big.env "$TRASH/core/"
		exec 8<>"$TRASH/pipe"
		(
			unset MARK
			cd "$TRASH/core" && ulimit -S -c "$(ulimit -H -c)" && exec 8>&- &&
				if [ -n "$guard" ]; then exec env UNGUARD="$guard" LD_PRELOAD="$BUILD/unguard.so" "$@"; else exec "$@"; fi
		) >"$TRASH/pipe" 2>"$TRASH/err" </dev/null &
		pid=$!
		for i in $(seq 100); do
			# Asleep in write(2).
			case $(cat "/proc/$pid/wchan" 2>/dev/null) in *pipe_write*) break ;; esac
			[ "$(sed -n 's/^State:\t\(.\).*/\1/p' "/proc/$pid/status" 2>/dev/null)" = S ] && [ "$i" -gt 20 ] && break
			sleep 0.02
		done
		kill -s "$number" "$pid"
		wait "$pid" 2>/dev/null
		exec 8<&-
		core=$(find "$TRASH/core" -name 'core*' -type f)
	}
	dumped core,dump ABRT envseal decrypt big.env
	ok 'detector: without protection it dumps core' [ -n "$core" ]
	is 'detector: and the core has the values' "$(shows $core)" "$core"
	# A library may keep its copies to itself, too: what is left out of the dump is left out.
	dumped core ABRT envseal decrypt big.env
	ok 'were it to dump core' [ -n "$core" ]
	is 'the guarded memory would not be in it, and no value elsewhere' "$(shows $core)" ''
	for number in ABRT SEGV QUIT; do
		dumped '' $number envseal decrypt big.env
		is "SIG$number: no core" "$core" ''
	done
fi
rm -f big.env

# Memory of the living, as a debugger of the same user would see it, is t4200's matter.

# ---- at the end ----------------------------------------------------------------------------------------------------------
leaves 'after all of this'
is 'and no temporary is left anywhere' "$(find "$TRASH/work" "$HOME" "$TMPDIR" -name '.envseal-*')" ''
done_testing
