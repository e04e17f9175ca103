#!/bin/bash
# kill -9 between any two system calls of a command.  After each:
#
#   - every file is as it was or as it would have become, bit for bit;
#   - at most one temporary is left beside the target (and one where envseal remembers things), private while it is
#     incomplete: mode 0600, or, complete and sealed, the mode that the target has;
#   - the same command, run again, succeeds, does what it would have done, and leaves no temporary.
#
#   kill.sh [COMMAND...]
. "$(dirname "$0")/start.bash"

SHIM=$MADE/shim.so KILLAT=$MADE/killat
compile "$SHIM" shim.c -shared -fPIC && compile "$KILLAT" killat.c || exit 1
"$KILLAT" 1 /bin/true 2>/dev/null
[ $? -eq 137 ] || skip_all 'no process can be traced here (ptrace is forbidden)'
case $(nm -D "$EXE" 2>/dev/null) in *__asan_init*) skip_all 'a sanitizer makes thousands of system calls of its own' ;; esac

commands() { # NAME START STDIN COMMAND LINE
	cat <<-'END'
	encrypt       plain       -      encrypt .env
	encrypt-over  edited      -      encrypt .env
	decrypt-i     repository  -      decrypt -i .env
	decrypt-o     sealed      -      decrypt -o new.env .env
	set           sealed      value  set .env A
	unset         sealed      -      unset .env A
	rotate        sealed      -      rotate .env
	updatekeys    leaving     -      updatekeys .env
	keygen        nothing     -      keygen -o my.key
	END
}

# attempt N: the command in now/work, killed before its call N
attempt() {
	local input=/dev/null
	[ "$stdin" = - ] || input=$TRASH/value
	status=0
	(
		HOME=$PWD/now/home
		export HOME FAULT_PROGRAM="$EXE" FAULT_KIND=none FAULT_FIXED=1
		exec >out 2>err 3>calls
		# shellcheck disable=SC2086 # a command line
		cd now/work && KILLAT_PRELOAD=$SHIM exec "$KILLAT" "$1" "$EXE" $line <"$input"
	) 2>/dev/null || status=$?
}

wrong() {
	echo "N=$n: $*" >>problems
}

# Every file of now/ as in start/ or goal/; temporaries aside.
look() {
	local file at mode temps=0
	while IFS= read -r file; do
		at=${file#./}
		case $at in
		*/.envseal-*.tmp)
			case $at in */envseal/*) ;; *) temps=$((temps + 1)) ;; esac
			mode=$(stat -c %a "now/$at")
			[ "$mode" = 600 ] || case $name in decrypt* | keygen) false ;; *) cmp -s "now/$at" goal/work/.env && [ "$mode" = "$(stat -c %a start/work/.env)" ] ;; esac ||
				wrong "$at has mode $mode"
			seen=$((seen + 1))
			continue
			;;
		esac
		if [ ! -e "now/$at" ]; then
			[ ! -e "goal/$at" ] || [ ! -e "start/$at" ] || wrong "$at is gone"
		elif ! cmp -s "now/$at" "start/$at" && ! cmp -s "now/$at" "goal/$at"; then
			wrong "$at is neither old nor new"
		fi
	done < <(for d in start goal now; do (cd $d && find . -type f); done | sort -u)
	[ "$temps" -le 1 ] || wrong "$temps temporaries"
}

# The command once more, not killed.
retry() {
	local left
	attempt 0
	if [ "$status" -ne 0 ]; then
		# What was done already may be no task any more.
		cmp -s "before/$target" "goal/$target" && case $name:$status in
		decrypt-i:1 | keygen:3) ;;  # not sealed any more; never over another key
		unset:1) ;;                 # no such name
		*) false ;;
		esac || wrong "run again: status $status: $(head -n 2 err | tr '\n' ' ')"
	fi
	[ -e "now/work/$target" ] || [ -e "now/$target" ] || wrong 'run again: the target is not there'
	left=$(find now -name '.envseal-*' ! -path '*/envseal/*')
	[ -z "$left" ] || wrong "run again: left $left"
}

sweep() {
	local name=$1 start=$2 stdin=$3 line=$4 n=0 target=work/.env calls status seen=0
	mkdir "$TRASH/$name" && cd "$TRASH/$name" || return 1
	case $name in decrypt-o) target=work/new.env ;; keygen) target=work/my.key ;; esac
	: >problems
	(mkdir now && cd now && prepare "$start") >prepare.log 2>&1 || { echo "cannot prepare: $(cat prepare.log)" >>problems; return; }
	mv now start && cp -a start now
	attempt 0
	[ "$status" -eq 0 ] || { echo "status $status without a kill: $(head -n 3 err)" >>problems; return; }
	calls=$(cat calls)
	mv now goal
	cp -a start now
	# How often it asks its children for more depends on them, so the number is not always the same.
	for ((n = 1; n <= calls + 20; n++)); do
		attempt "$n"
		if [ "$status" -ne 137 ]; then
			[ "$status" -eq 0 ] && [ "$n" -gt $((calls - 20)) ] || wrong "not killed (status $status)"
			break
		fi
		diff -rq start now >/dev/null && continue
		look
		rm -rf before && cp -a now before
		retry
		rm -rf now && cp -a start now
		[ "$(wc -l <problems)" -lt 30 ] || break
	done
	echo "$calls $seen" >counts
}

printf '%s-new\n' "$MARK" >"$TRASH/value"
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
while read -r name start stdin line; do
	[ $# -eq 0 ] || case $wanted in *" $name "*) ;; *) continue ;; esac
	read -r calls seen 2>/dev/null <"$TRASH/$name/counts" || calls='' seen=''
	[ -f "$TRASH/$name/problems" ] && [ ! -s "$TRASH/$name/problems" ] && [ -n "$calls" ]
	tap $? "$name: killed before each of its ${calls:-?} system calls, old or new (a temporary was left ${seen:-?} times)" ||
		{ note "envseal $line"; note "$(head -n 30 "$TRASH/$name/problems")"; }
	# A sweep that never met a temporary has missed what it is for.
	[ -z "$seen" ] || ok "$name: some kills met the temporary" [ "$seen" -gt 0 ]
done < <(commands)
cd "$TRASH" || exit 1
done_testing
