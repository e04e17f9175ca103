#!/bin/bash
# The fault sweep: every command that writes, and those that read, with each single allocation and each single file
# call failing in turn, until a run is through without a failure.  After each run:
#
#   - the status is not 0, and no signal, and nothing from a sanitizer.  Where it is 0 all the same, the call must be one
#     of those listed below that may fail unnoticed, and the result must be right;
#   - every file is as it was or as it would have become, and never between; a status of 0 means as it would have become;
#   - no temporary is left;
#   - standard output is empty or complete; no marked secret is in standard error.
#
# Randomness and clock are the same in all runs of a command, so that "as it would have become" is a comparison of bytes.
#
#   sweep.sh [COMMAND...]      all, or these
. "$(dirname "$0")/start.bash"

if ldd "$EXE" | grep -q libasan || ! "$(command -v nm)" "$EXE" 2>/dev/null | grep -q ' __asan_init$'; then
	:
else
	skip_all 'the sanitizer is linked in statically, so that nothing can be preloaded before it; use gcc'
fi
SHIM=$MADE/shim.so
compile "$SHIM" shim.c -shared -fPIC || exit 1

# ---- the commands: NAME START STDIN COMMAND LINE... ---------------------------------------------------------------------
commands() {
	cat <<-'END'
	encrypt            plain       -         encrypt .env
	encrypt-over-base  edited      -         encrypt .env
	encrypt-original   opened      -         encrypt .env
	encrypt-out        plain       -         encrypt -o new.env .env
	encrypt-out-over   over        -         encrypt -o out.env .env
	encrypt-partly     partly      -         encrypt .env
	encrypt-stdin      plain       .env      encrypt --filename-override x.env --json -o new.env -
	encrypt-stdout     plain       -         encrypt --stdout .env
	decrypt-in-place   repository  -         decrypt -i .env
	decrypt-out        sealed      -         decrypt -o new.env .env
	decrypt            sealed      -         decrypt .env
	get                sealed      -         get .env B
	set                repository  value     set .env A
	set-new            sealed      value     set .env NEW
	unset              sealed      -         unset .env A
	rotate             repository  -         rotate .env
	updatekeys         leaving     -         updatekeys .env
	verify             repository  -         verify .env
	textconv           sealed      -         textconv .env
	trust              repository  -         trust .env
	keygen             nothing     -         keygen
	keygen-out         nothing     -         keygen -o my.key
	keygen-public      sealed      -         keygen -y ../home/.config/sops/age/keys.txt
	git-install        empty       -         git install
	git-uninstall      installed   -         git uninstall
	git-pre-commit     repository  -         git pre-commit
	END
}

# ---- what may fail unnoticed -------------------------------------------------------------------------------------------
# KIND:FUNCTION WHAT, as the shim reports it.
harmless() {
	case $1 in
	'file:close r '* | 'file:close w /dev/null') ;; # nothing was written through it
	'file:close w -' | file:waitpid) ;;     # pipes to a child that has said all it had to say
	'file:write stderr') ;;                 # nowhere is left to say so
	'file:getrandom '*) ;;                  # libsodium has a second source, and tries again after a signal
	'file:access '*) ;;                     # looking for git along PATH
	'file:stat '*) ;;                       # a first look, before the one that counts
	'file:fstat'*.envseal-*.tmp) ;;         # is the temporary still ours?  No: made anew
	'file:unlinkat '*.envseal-*.tmp) ;;     # tried twice
	'file:'*'/envseal/pins'*) ;;            # the memory of data keys: a note
	'file:mkdir /'*) ;;                     # most of them are there
	'file:unlink '*'/envseal/originals/'*) ;; # a note
	alloc:pins) ;;                          # likewise; said by a note
	file:advice | alloc:advice) ;;          # what git knows beside; a note says that it was not asked
	'file:kill '*) ;;
	*) return 1 ;;
	esac
}
# The same for one command: KIND:FUNCTION WHAT, COMMAND
harmless_here() {
	case $2:$1 in
	textconv:*) ;; # always succeeds
	git-*:file:*realpath*'/.git/'*) ;; # goes on with the name as it was given
	git-install:file:stat*/envseal) ;; # which of the names of the program is written down
	*) return 1 ;;
	esac
}

# ---- one run -----------------------------------------------------------------------------------------------------------
# attempt KIND N: in the directory of the case; status in $status
attempt() {
	local input=/dev/null
	case $stdin in
	-) ;;
	value) input=$TRASH/value ;;
	*) input=$stdin ;;
	esac
	if [ -n "$changed" ]; then
		rm -rf now
		cp -a start now
	fi
	: >log
	status=0
	(
		HOME=$PWD/now/home FAULT_KIND=$1 FAULT_N=$2 FAULT_LOG=$PWD/log
		export HOME FAULT_KIND FAULT_N FAULT_LOG
		exec >out 2>err
		# shellcheck disable=SC2086 # a command line
		cd now/work && LD_PRELOAD=$SHIM exec "$EXE" $line <"$input"
	) 2>/dev/null || status=$?
}

wrong() {
	printf '%s N=%s (%s, status %s): %s\n' "$kind" "$n" "$hit" "$status" "$*" >>problems
	{ echo "--- $name $kind N=$n ($hit) status $status: $*"; cat err; } >>details
}

# A file that is neither what it was nor, byte for byte, what it would have become, may still be right when randomness
# was drawn differently.
opens_alike() {
	local file
	for file in "$1" "$2"; do
		mv -f opened.now opened.before 2>/dev/null
		[ -f "$file" ] && cp "$file" opened.env && HOME=$TRASH/judge envseal decrypt opened.env >opened.now 2>/dev/null || return 1
	done
	cmp -s opened.before opened.now
}

# A command that writes several files may stop between them; the next run does the rest.
again_needed() {
	[ -n "$changed" ] && case $name in git-*) ;; *) false ;; esac
}
again() {
	local changed='' status
	attempt none 0
	[ "$status" -eq 0 ] && diff -rq goal now >/dev/null
}

# Every file as in start/ or as in goal/.  $changed: some are not as in start/; $complete: all are as in goal/.
compare_trees() {
	local file at left
	changed= complete=yes
	if diff -rq start now >/dev/null 2>&1; then
		[ -n "$still" ] || complete=
		return
	fi
	changed=yes
	left=$(find now -name '.envseal-*')
	[ -z "$left" ] || wrong "left: $left"
	while IFS= read -r file; do
		at=${file#./}
		if [ ! -e "now/$at" ]; then
			[ ! -e "goal/$at" ] || { [ ! -e "start/$at" ] && complete=; } || wrong "$at is gone"
		elif [ -d "now/$at" ]; then
			:
		elif cmp -s "now/$at" "goal/$at"; then
			[ "$(stat -c %a "now/$at")" = "$(stat -c %a "goal/$at")" ] || wrong "$at has mode $(stat -c %a "now/$at")"
		elif cmp -s "now/$at" "start/$at"; then
			complete=
		else
			case $at in
			*.git/config | home/.gitconfig) complete= ;; # git writes it, name by name
			*/hooks/pre-commit) case $hit in stat*/envseal) ;; *) wrong "$at is neither old nor new" ;; esac ;;
			*/envseal/pins/*) case $hit in getrandom*) ;; *) complete= ;; esac ;;
			*/my.key | */keys.txt) case $hit in getrandom*) ;; *) wrong "$at is another key" ;; esac ;;
			*.env) opens_alike "now/$at" "goal/$at" || wrong "$at is neither old nor new" ;;
			*) wrong "$at is neither old nor new" ;;
			esac
		fi
	done < <(for d in start goal now; do (cd $d && find . -type f -o -type l); done | sort -u)
}

judge() {
	local text='' entry
	hit=-
	while read -r entry; do
		case $entry in 'hit '*) hit=${entry#hit } ;; esac
	done <log
	hit=${hit% }
	IFS= read -r -d '' text <err
	[ "$status" -le 128 ] || [ "$status" -eq 203 ] || wrong "ended by signal $((status - 128))"
	[ "$status" -ne 126 ] && [ "$status" -ne 127 ] || wrong 'a sanitizer, or the shim'
	case $text in *'ERROR: '[A-Z]* | *'runtime error'*) wrong 'a sanitizer complained' ;; esac
	case $text in *"$MARK"* | *"$tap_mark_0"* | *"$tap_mark_1"* | *"$tap_mark_2"*) wrong 'a secret on standard error' ;; esac
	if [ -s out ] && ! cmp -s out goal.out; then
		case $name in
		textconv) grep -q -a -F -f "$TRASH/marks" out && wrong 'standard output shows a part' ;;
		encrypt-stdin) ;; # a report that says what went wrong
		encrypt-stdout) cp out x.env && cp goal.out y.env && opens_alike x.env y.env || wrong 'standard output is neither empty nor complete' ;;
		keygen | keygen-out) ;; # another key, where randomness was drawn differently
		*) wrong 'standard output is neither empty nor complete' ;;
		esac
	fi
	compare_trees
	if [ "$status" -eq 0 ]; then
		case $kind in
		lock | short | eintr) ;;
		*) case $text in *'its data key is not remembered'*) hit="$hit/envseal/pins" ;; *'git could not be asked'*) hit="advice" ;; esac
			[ "$kind" != alloc ] || case $hit in */pins) hit=pins ;; esac
			harmless "$kind:$hit" || harmless_here "$kind:$hit" "$name" || wrong 'the failure went unnoticed' ;;
		esac
		case $hit in */envseal* | pins) ;; *) [ -n "$complete" ] || wrong 'status 0, and something is as it was' ;; esac
		[ -s out ] || [ ! -s goal.out ] || case $hit in *) wrong 'status 0, and standard output is empty' ;; esac
	elif again_needed && ! again; then
		wrong 'the same command, run again, does not finish what was begun'
	elif [ "$kind" = alloc ] && [ "$status" -ne 71 ]; then
		wrong 'no memory is status 71'
	elif [ ! -s err ] && [ "$hit" != 'write stderr' ]; then
		wrong 'failed without a word'
	fi
}

# ---- one command -------------------------------------------------------------------------------------------------------
sweep() {
	local name=$1 start=$2 stdin=$3 line=$4 kind n hit=- changed=yes complete still= counts=''
	mkdir "$TRASH/$name" && cd "$TRASH/$name" || return 1
	: >problems
	hit=- n=0 kind=none
	mkdir start
	# The paths that git and envseal note down are those of the run.
	(mkdir now && cd now && prepare "$start") >prepare.log 2>&1 || { echo "cannot prepare: $(cat prepare.log)" >>problems; return; }
	rm -rf start && mv now start
	attempt none 0
	if [ "$status" -ne 0 ]; then
		echo "status $status without any failure: $(head -n 3 err)" >>problems
		return
	fi
	mv now goal && mv out goal.out
	diff -rq start goal >/dev/null && still=yes
	for kind in alloc file lock; do
		case $kind:${SANITIZED:-}$name in lock:encrypt | lock:decrypt | lock:set) ;; lock:*) continue ;; esac
		for ((n = 1; n < 20000; n++)); do
			attempt "$kind" "$n"
			if ! grep -q '^hit ' log; then
				hit=-
				changed=yes
				[ "$status" -eq 0 ] || wrong 'failed although nothing did'
				break
			fi
			judge
			[ "$(wc -l <problems)" -lt 60 ] || return
		done
		counts="$counts $kind $((n - 1))"
	done
	for kind in short eintr; do
		n=all
		changed=yes
		attempt $kind 0
		hit=-
		[ "$status" -eq 0 ] || wrong "status $status: $(head -n 1 err)"
		judge
	done
	echo "$counts" >counts
}

export FAULT_PROGRAM=$EXE FAULT_FIXED=1
# ---- the whole ---------------------------------------------------------------------------------------------------------
printf '%s\n' "$MARK" "$tap_mark_0" "$tap_mark_1" "$tap_mark_2" >"$TRASH/marks"
printf '%s-new\n' "$MARK" >"$TRASH/value"
mkdir -p "$TRASH/judge/.config/sops/age" && cp "$ONE" "$TRASH/judge/.config/sops/age/keys.txt"

# Every call into the C library that can fail is one that the shim can make fail.
nm -D --undefined-only "$EXE" | awk '{ sub(/@.*/, "", $2); print $2 }' | sort -u >"$TRASH/called"
nm -D --defined-only "$SHIM" | awk '{ print $3 }' | sort -u >"$TRASH/covered"
cat >"$TRASH/left_alone" <<-'END'
	abort free cbor_[a-z_]* clock_nanosleep close_range fread ferror fwrite fclose feof geteuid getuid getpid getpgrp getppid getrlimit setrlimit getenv
	isatty sched_getaffinity sysconf munlock munmap posix_madvise prctl ppoll raise sig[a-z]* signal setenv unsetenv
	gmtime_r localtime_r tzset strftime umask wait4 qsort bsearch pthread_[a-z_]* tc[a-z]* secure_getenv
	mem[a-z]* str[a-z_]* [v]*[sf]*[n]*printf __[v]*s[n]*printf_chk __mem[a-z_]*_chk __explicit_bzero_chk explicit_bzero __str[a-z_]*_chk
	__asan_.* __ubsan_.* __sanitizer_.* __lsan_.* __ctype_.* __cxa_.* __errno_location __gmon_start__ __libc_start_main __stack_chk_fail
	__assert_fail _exit exit _ITM_.* __tls_get_addr environ stdout stderr stdin __environ __isoc99_.* mincore getauxval __fdelt_chk getpagesize
	END
tr -s ' \n' '\n\n' <"$TRASH/left_alone" | sed '/^$/d' >"$TRASH/left"
comm -23 "$TRASH/called" "$TRASH/covered" | grep -v -x -f "$TRASH/left" >"$TRASH/uncovered"
is 'the shim covers every call that can fail' "$(tr '\n' ' ' <"$TRASH/uncovered")" ''

[ ! -s "$TRASH/left" ] || :
case $(nm -D "$EXE") in *__asan_init*) SANITIZED=yes ;; esac
wanted=" $* "
running=0
while read -r name start stdin line; do
	[ $# -eq 0 ] || case $wanted in *" $name "*) ;; *) continue ;; esac
	(trap - EXIT; sweep "$name" "$start" "$stdin" "$line") &
	running=$((running + 1))
	if [ "$running" -ge "${JOBS:-2}" ]; then
		wait -n
		running=$((running - 1))
	fi
done < <(commands)
wait
total=0
while read -r name start stdin line; do
	[ $# -eq 0 ] || case $wanted in *" $name "*) ;; *) continue ;; esac
	counts=$(cat "$TRASH/$name/counts" 2>/dev/null)
	[ -f "$TRASH/$name/problems" ] && [ ! -s "$TRASH/$name/problems" ] && [ -n "$counts" ]
	tap $? "$name: every N fails cleanly or not at all ($counts )" || { note "envseal $line"; note "$(head -n 60 "$TRASH/$name/problems")"; }
	for word in $counts; do case $word in [0-9]*) total=$((total + word)) ;; esac; done
done < <(commands)
note "$total failures were tried"
cd "$TRASH" || exit 1
done_testing
