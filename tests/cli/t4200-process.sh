#!/bin/bash
# What the process is to the machine: modes of what it writes, links, what children get, what nobody else may see.
. "$(dirname "$0")/../lib.sh"
needs git python3

KEYS=$HOME/.config/sops/age/keys.txt
succeeds 'a key where there was no directory' envseal keygen
RECIPIENT=$(cat "$TRASH/out")
printf 'creation_rules:\n  - path_regex: \\.env$\n    age: %s\n' "$RECIPIENT" >.sops.yaml
sealed() { # sealed FILE MODE
	rm -f "$1"
	printf 'A=%s\nB=2\n' "$MARK" >"$1" && envseal encrypt -q -r "$RECIPIENT" "$1" && chmod "$2" "$1"
}
mode() {
	stat -c %a "$1"
}

# ---- modes ---------------------------------------------------------------------------------------------------------------
is 'a new key is 0600' "$(mode "$KEYS")" 600
is 'and its directory 0700' "$(mode "$(dirname "$KEYS")")" 700
for umask in 000 022 077; do
	printf 'A=1\n' >p.env
	(umask "$umask" && envseal encrypt -q -o "new$umask.env" p.env && envseal decrypt -q -o "open$umask" "new$umask.env" && envseal keygen -q -o "k$umask" >/dev/null)
	is "umask $umask: a new sealed file has what the umask leaves" "$(mode "new$umask.env")" "$(printf '%o' $((0666 & ~0$umask)))"
	is "umask $umask: a new plaintext is 0600" "$(mode "open$umask")" 600
	is "umask $umask: a new key is 0600" "$(mode "k$umask")" 600
done
for was in 644 664 640 600 755 400; do
	sealed s.env "$was"
	[ "$was" != 400 ] || chmod 0600 s.env
	if [ "$was" != 400 ]; then
		envseal rotate -q s.env
		is "mode $was: a sealed file keeps it: rotate" "$(mode s.env)" "$was"
		echo x | envseal set -q s.env A
		is "mode $was: a sealed file keeps it: set" "$(mode s.env)" "$was"
		envseal decrypt -q -i s.env
		is "mode $was: plaintext in its place is for its owner alone" "$(mode s.env)" 600
	fi
done
for wanted in 640 0644 0400; do
	sealed s.env 644
	envseal decrypt -q --mode "$wanted" -i s.env
	is "--mode $wanted in place" "$(mode s.env)" "${wanted#0}"
	sealed s.env 644
	rm -f out
	envseal decrypt -q --mode "$wanted" -o out s.env
	is "--mode $wanted for OUT" "$(mode out)" "${wanted#0}"
	rm -f s.env
done
sealed s.env 644
rm -f out && printf old >out && chmod 0666 out
envseal decrypt -q -o out s.env
is 'plaintext over a file of mode 666: 0600' "$(mode out)" 600
for bad in 8 0999 rw 01777 '' -1 00644; do
	must_fail 64 "--mode '$bad' is refused" envseal decrypt --mode "$bad" -i s.env
done
mkdir -m 2777 shared
sealed shared/s.env 644
envseal decrypt -q -i shared/s.env
is 'in a directory for all: 0600' "$(mode shared/s.env)" 600
if command -v setfacl >/dev/null && setfacl -d -m u:65534:rw shared 2>/dev/null; then
	sealed shared/t.env 644
	envseal decrypt -q -o shared/new.env shared/t.env
	getfacl -cpe shared/new.env >"$TRASH/list" 2>/dev/null
	has 'a list is handed down by the directory' "$TRASH/list" '^user:'
	lacks 'a list that the directory hands down lets nobody in' "$TRASH/list" '^\(user:[^:][^:]*\|group:[^:]*\):.*#effective:[r-]*[rw]'
	is 'and the mode says so' "$(mode shared/new.env)" 600
fi

# ---- links ---------------------------------------------------------------------------------------------------------------
mkdir -p real deep/er
sealed real/s.env 644
ln -s ../../real/s.env deep/er/link.env
ln -s deep/er/link.env two.env
succeeds 'through links: set' envseal set two.env A <<<"$MARK"
ok 'the link is a link still' [ -L two.env -a -L deep/er/link.env ]
has 'what it leads to has changed' real/s.env '^A=ENC\['
is 'and the value is there' "$(envseal get real/s.env A)" "$MARK"
succeeds 'through links: decrypt -i' envseal decrypt -i two.env
has 'the plaintext is where the link leads' real/s.env "$MARK"
is 'its mode' "$(mode real/s.env)" 600
is 'no temporary beside the link or the file' "$(find . -name '.envseal-*')" ''
ln -s real/new.env to-come.env
sealed s.env 644
run envseal decrypt -o to-come.env s.env
if [ "$status" -eq 0 ]; then
	ok 'a link to what is not there yet: made where it leads' [ -L to-come.env -a -f real/new.env ]
else
	is 'a link to what is not there yet: refused' "$status" 3
fi

# ---- children ------------------------------------------------------------------------------------------------------------
# The command of SOPS_AGE_KEY_CMD is a child, and so is git.  Each writes down what it was given.
report=$TRASH/report
cat >"$TRASH/child" <<-END
	#!/bin/sh
	{
		echo "umask \$(umask)"
		echo "core \$(sed -n 's/^Max core file size *\([^ ]*\) .*/\1/p' /proc/\$\$/limits)"
		echo "ignored \$(sed -n 's/^SigIgn:[[:space:]]*//p' /proc/\$\$/status)"
		echo "blocked \$(sed -n 's/^SigBlk:[[:space:]]*//p' /proc/\$\$/status)"
		echo "fds \$(ls /proc/\$\$/fd | tr '\n' ' ')"
	} >"$report"
	env >"$report.env"
	tr '\0' '\n' </proc/\$\$/cmdline >"$report.argv"
	cat "$TRASH/aside.key"
END
chmod +x "$TRASH/child"
cp "$KEYS" "$TRASH/aside.key" && mv "$KEYS" "$TRASH/hidden.key"
ask() {
	SOPS_AGE_KEY_CMD="$TRASH/child" SOPS_AGE_KEY='' "$@"
}
rm -f s.env
printf 'A=%s\n' "$MARK" >s.env && envseal encrypt -q s.env
as_started() (
	umask 0027
	ulimit -S -c 4096 2>/dev/null || ulimit -S -c 0
	exec 7<"$TRASH/aside.key"
	ask envseal get s.env A
)
succeeds 'a key by command' as_started
limit=$( (ulimit -S -c 4096 2>/dev/null || ulimit -S -c 0; sed -n 's/^Max core file size *\([^ ]*\) .*/\1/p' /proc/$BASHPID/limits) )
has 'the child has the umask that we were started with' "$report" '^umask 0027$'
has 'and the core limit' "$report" "^core $limit\$"
has 'no signal is blocked in it' "$report" '^blocked 0000000000000000$'
is 'no signal is ignored that was not' "$(sed -n 's/^ignored //p' "$report")" "$(sed -n 's/^SigIgn:[[:space:]]*//p' /proc/self/status)"
lacks 'no key variable: SOPS_AGE_KEY_CMD' "$report.env" '^SOPS_AGE_KEY'
# 0, 1, 2, and the one by which a shell reads its script; 7 was handed to us.
lacks 'it has no descriptor of ours' "$report" '^fds.* [3-9] [3-9] \|^fds.* 7 '
mv "$TRASH/hidden.key" "$KEYS"

# ---- what others may see -------------------------------------------------------------------------------------------------
# It waits for its key on a FIFO; meanwhile one may look at it.
mkfifo "$TRASH/wait.key"
hold() {
	(ulimit -c unlimited 2>/dev/null || ulimit -S -c "$(ulimit -H -c)"; exec "$@" --identity "$TRASH/wait.key") >"$TRASH/out" 2>"$TRASH/err" </dev/null &
	held=$!
	for i in $(seq 100); do
		case $(cat "/proc/$held/comm" 2>/dev/null) in envseal) break ;; esac
		sleep 0.02
	done
	sleep 0.3
}
let_go() {
	status=0
	timeout 10 cat "$KEYS" >"$TRASH/wait.key"
	wait "$held" || status=$?
}
hold "$ENVSEAL" decrypt s.env
has 'the core limit is 0' "/proc/$held/limits" '^Max core file size  *0 '
if [ "$(id -u)" = 0 ]; then
	# To show that the owner means anything: with another user the files of a dumpable process are that user's.
	setpriv --reuid 65534 --regid 65534 --clear-groups sleep 10 &
	other=$!
	for i in $(seq 100); do
		case $(cat "/proc/$other/comm" 2>/dev/null) in sleep) break ;; esac
		sleep 0.02
	done
	readable() { setpriv --reuid 65534 --regid 65534 --clear-groups sh -c ": <\"/proc/$1/$2\"" 2>/dev/null; }
	is "detector: a process that is dumpable is its user's" "$(stat -c %u "/proc/$other/mem")" 65534
	ok 'detector: its user can open its memory' readable "$other" mem
	ok 'detector: and its environment' readable "$other" environ
	kill "$other"
	wait "$other" 2>/dev/null
	let_go
	chmod 0755 "$TRASH" "$TRASH/bin" "$TRASH/work"
	cp "$(readlink -f "$ENVSEAL")" "$TRASH/program"
	rm -f "$TRASH/wait.key" && mkfifo -m 666 "$TRASH/wait.key"
	cp s.env "$TRASH/s.env" && chmod 644 "$TRASH/s.env"
	setpriv --reuid 65534 --regid 65534 --clear-groups env HOME="$TRASH/nobody" "$TRASH/program" decrypt --identity "$TRASH/wait.key" "$TRASH/s.env" >"$TRASH/out" 2>"$TRASH/err" &
	held=$!
	for i in $(seq 100); do
		case $(cat "/proc/$held/comm" 2>/dev/null) in program) break ;; esac
		sleep 0.02
	done
	sleep 0.3
	is 'envseal is not dumpable: its memory is root'"'"'s' "$(stat -c %u "/proc/$held/mem")" 0
	is 'the user cannot open its memory' "$(readable "$held" mem && echo can)" ''
	is 'nor its environment' "$(readable "$held" environ && echo can)" ''
	let_go
	is 'and it does its work' "$status" 0
else
	is 'envseal is not dumpable: its memory is root'"'"'s' "$(stat -c %u "/proc/$held/mem")" 0
	is 'its user cannot open its memory' "$(sh -c ": </proc/$held/mem" 2>/dev/null && echo can)" ''
	let_go
fi

# A signal while it holds a temporary: the temporary goes, the status is the signal's.
for number in INT TERM HUP QUIT; do
	rm -f "$TRASH/wait.key" && mkfifo "$TRASH/wait.key"
	cp s.env before
	# Of a shell's background job SIGINT and SIGQUIT are ignored; python starts it as a terminal would.
	python3 -c 'import os, signal, sys
for s in (signal.SIGINT, signal.SIGQUIT): signal.signal(s, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "$ENVSEAL" rotate --identity "$TRASH/wait.key" s.env >"$TRASH/out" 2>"$TRASH/err" </dev/null &
	held=$!
	for i in $(seq 100); do
		[ -z "$(find . -maxdepth 1 -name '.envseal-*')" ] || break
		sleep 0.05
	done
	is "SIG$number: there is a temporary, 0600" "$(stat -c %a .envseal-*.tmp)" 600
	kill -s "$number" "$held"
	status=0
	wait "$held" 2>/dev/null || status=$?
	is "SIG$number: it ends by the signal" "$status" "$((128 + $(kill -l "$number")))"
	is "SIG$number: the temporary is gone" "$(find . -name '.envseal-*')" ''
	same "SIG$number: the file is as it was" s.env before
done

# ---- descriptors ---------------------------------------------------------------------------------------------------------
# With 0, 1, 2 closed, no file that is opened may become one of them.
cp s.env before
for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- >&- 2>&-'; do
	cp before s.env
	status=0
	eval "envseal rotate s.env $closed" 2>"$TRASH/err.x" >"$TRASH/out.x" || status=$?
	is "started with $closed: rotate works" "$status" 0
	is "started with $closed: and what it wrote opens" "$(envseal get s.env A 2>/dev/null)" "$MARK"
	no_mark "started with $closed: nothing strays into the file" s.env
done
status=0
envseal decrypt s.env >&- 2>"$TRASH/err" || status=$?
is 'decrypt with standard output closed fails' "$status" 3
status=0
envseal get s.env NOT_THERE 2>&- >"$TRASH/out" || status=$?
is 'an error with standard error closed has its status' "$status" 1
is 'and standard output stays empty' "$(cat "$TRASH/out")" ''

# A reader that goes away is no reason to be killed, nor for a message.
big() { for i in $(seq 4000); do printf 'NAME_%s=%s\n' "$i" "$MARK"; done; }
big >big.env && envseal encrypt -q big.env
{
	status=0
	envseal decrypt big.env 2>"$TRASH/err" || status=$?
	echo "$status" >"$TRASH/status"
} | head -n 1 >/dev/null
ok 'the reader goes away: no signal' [ "$(cat "$TRASH/status")" -le 3 ]
no_mark 'the reader goes away: nothing on standard error' "$TRASH/err"

# ---- what the dead left --------------------------------------------------------------------------------------------------
temp=
cp s.env before
rm -f "$TRASH/wait.key" && mkfifo "$TRASH/wait.key"
"$ENVSEAL" rotate --identity "$TRASH/wait.key" s.env >/dev/null 2>&1 </dev/null &
held=$!
for i in $(seq 100); do
	temp=$(find . -maxdepth 1 -name '.envseal-*.tmp')
	[ -z "$temp" ] || break
	sleep 0.05
done
kill -9 "$held"
wait "$held" 2>/dev/null
ok 'kill -9 leaves a temporary' [ -n "$temp" -a -f "$temp" ]
is 'its mode is 0600' "$(mode "$temp")" 600
same 'the file is as it was' s.env before
succeeds 'the next one goes on' envseal rotate s.env
is 'and removes it' "$(find . -name '.envseal-*')" ''
: >"$temp"
succeeds 'one that lay there empty is removed, too' envseal rotate s.env
is 'gone' "$(find . -name '.envseal-*')" ''
echo precious >precious && ln -s precious "$temp"
run envseal rotate s.env
ok 'a link of that name is not followed' [ "$(cat precious)" = precious -a "$status" -eq 3 ]
has 'it is named' "$TRASH/err" "${temp#./}"
rm "$temp"
mkdir "$temp"
must_fail 3 'a directory of that name is in the way' envseal rotate s.env
rmdir "$temp"
git init -q -b main . && envseal git install -q
: >"$temp"
not_ok 'git install lets git ignore the temporary' sh -c "git status --porcelain -uall | grep -q envseal-"

done_testing
