#!/bin/bash
# Bad input: an error with a place and a hint, the exit status of the table, nothing on standard output, nothing changed
# on disk, nothing secret shown.
. "$(dirname "$0")/../lib.sh"
needs git sha256sum

keys || { tap 1 'a key'; done_testing; }
KEYS=$HOME/.config/sops/age/keys.txt
MINE=$RECIPIENT
envseal keygen -q -o "$TRASH/other.key" >/dev/null
OTHER=$(envseal keygen -y "$TRASH/other.key")

# Everything that a command may have touched.  The memory of data keys is none of it.
state_of() {
	find "$TRASH/work" "$HOME" -path '*/envseal/pins*' -prune -o \( -type f -o -type l \) -printf '%p %m %l\n' -o -type d -printf '%p %m\n' | sort
	find "$TRASH/work" "$HOME" -path '*/envseal/pins*' -prune -o -type f -readable -size -1M -exec sha256sum {} + | sort -k 2
}

# refuses CODE NAME COMMAND...: all that is said above.  $place: what the error names (a regular expression); empty: no
# place is asked for.  $hint: the same for a hint.  $loud: standard output may have something on it.
place='' hint=yes loud=
refuses() {
	local code=$1 name=$2 before failed=
	shift 2
	before=$(state_of)
	run "$@"
	orderly || failed=yes
	[ "$status" -eq "$code" ] || { failed=yes; note "status $status, want $code: $*"; }
	[ -n "$loud" ] || [ ! -s "$TRASH/out" ] || { failed=yes; note 'there is something on standard output'; }
	grep -q -E '^envseal: ' "$TRASH/err" || { failed=yes; note 'no error'; }
	[ -z "$place" ] || grep -q -E "^envseal: ($place)" "$TRASH/err" || { failed=yes; note "no place like $place"; }
	[ -z "$hint" ] || grep -q -E '^hint: .' "$TRASH/err" || { failed=yes; note 'no hint'; }
	if mark_shows "$TRASH/err" || mark_shows "$TRASH/out"; then
		failed=yes
		note 'the marked secret shows'
	fi
	[ "$before" = "$(state_of)" ] || { failed=yes; note 'something changed on disk'; note "$(diff <(echo "$before") <(state_of) | head -n 8)"; }
	[ -z "$(find "$TRASH/work" -name '.envseal-*')" ] || { failed=yes; note 'a temporary is left'; }
	if [ -n "$failed" ]; then
		tap 1 "$name"
		note "$*"
		sed "s/$MARK/<mark>/g" "$TRASH/err" | head -n 6 | sed 's/^/#   /'
		return 1
	fi
	tap 0 "$name"
}

rules() {
	printf 'creation_rules:\n  - path_regex: \\.env$\n    age: %s\n' "$1" >.sops.yaml
}

fresh() { # an empty work/ with a rule, a plaintext p.env and a sealed s.env
	cd "$TRASH" && chmod -R u+rwx work && rm -rf work && mkdir work && cd work || exit 1
	rules "$MINE"
	printf '# about %s\nA=%s-a\nB=%s-b\nC=\n' "$MARK" "$MARK" "$MARK" >p.env
	cp p.env s.env
	envseal encrypt -q s.env || exit 1
}

# ---- keys ----------------------------------------------------------------------------------------------------------------
fresh
mv "$KEYS" "$TRASH/aside"
place='s.env' refuses 128 'no key: decrypt' envseal decrypt s.env
for line in 'decrypt -i' 'rotate' 'unset' 'get' 'trust'; do
	case $line in unset | get) set -- s.env A ;; *) set -- s.env ;; esac
	# shellcheck disable=SC2086 # an option
	place='s.env' refuses 128 "no key: $line" envseal $line "$@"
done
printf '%s\n' "$MARK" >"$TRASH/value"
place='s.env' refuses 128 'no key: set' envseal set s.env A <"$TRASH/value"
cp "$TRASH/other.key" "$KEYS"
place='s.env' refuses 128 'wrong key: decrypt' envseal decrypt s.env
place='s.env' refuses 128 'wrong key: decrypt -o' envseal decrypt -o new.env s.env
place='s.env' refuses 128 'wrong key: get' envseal get s.env A
place='.*no-such.key' refuses 100 'an identity file that is not there' envseal decrypt --identity no-such.key s.env
printf 'AGE-SECRET-KEY-1%s\n' "$MARK" >"$TRASH/bad.key"
place='.*bad.key:1' refuses 1 'a malformed identity' envseal decrypt --identity "$TRASH/bad.key" s.env
printf '# %s\n%s\n' "$MARK" "$MARK" >"$TRASH/bad.key"
place='.*bad.key:2' refuses 1 'an identity file of something else' envseal decrypt --identity "$TRASH/bad.key" s.env
place='.*bad.key:2' refuses 1 'keygen -y of something else' envseal keygen -y "$TRASH/bad.key"
mv "$TRASH/aside" "$KEYS"
run env SOPS_AGE_KEY="$MARK" envseal decrypt s.env
is 'a malformed SOPS_AGE_KEY is left out' "$status" 0
no_mark 'and not shown' "$TRASH/err"
place='.*keys.txt' refuses 3 'keygen over a key' envseal keygen
refuses 64 'keygen with a FILE' envseal keygen k.key

# ---- rules and recipients ------------------------------------------------------------------------------------------------
fresh
printf 'creation_rules:\n  - path_regex: nothing\n    age: %s\n' "$MINE" >.sops.yaml
place='.*\.sops\.yaml|p\.env' refuses 1 'no rule matches' envseal encrypt p.env
rm .sops.yaml
refuses 61 'no .sops.yaml' envseal encrypt p.env
fresh
for recipient in "age1pq1$MARK" 'age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t' \
	'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGdzc3NzaHNoc2hzaHNoc2hzaHNoc2hzaHNoc2hz' 'arn:aws:kms:eu:1:key/2'; do
	refuses 1 "-r: an unknown kind of recipient (${recipient%%[1 :]*})" envseal encrypt -r "$recipient" p.env
done
refuses 1 '-r: a malformed recipient' envseal encrypt -r "${MINE%?}x" p.env
refuses 1 '-r: an empty recipient' envseal encrypt -r '' p.env
refuses 1 '-r: an empty part' envseal encrypt -r "$MINE,,$OTHER" p.env
refuses 1 '-r: a secret key for a recipient' envseal encrypt -r "AGE-SECRET-KEY-1$MARK" p.env
printf '# one\n%s\n%s\n' "$MINE" "$MARK" >list
place='list:3' refuses 1 '-R: a malformed recipient' envseal encrypt -R list p.env
rm list
rules 'age1notarecipient'
place='.*\.sops\.yaml:3' refuses 1 'a malformed recipient in .sops.yaml' envseal encrypt p.env
rules "$MINE" && printf '  - path_regex: [\n' >>.sops.yaml
place='.*\.sops\.yaml:[45]' refuses 1 'a broken .sops.yaml' envseal encrypt p.env
printf 'creation_rules:\n  - path_regex: "(["\n    age: %s\n' "$MINE" >.sops.yaml
place='.*\.sops\.yaml:2' refuses 1 'an invalid regular expression' envseal encrypt p.env
printf 'creation_rules: %s\n' "$MARK" >.sops.yaml
place='.*\.sops\.yaml:1' refuses 1 'creation_rules that are no list' envseal encrypt p.env
head -c 2000000 /dev/zero >.sops.yaml
place='.*\.sops\.yaml' refuses 2 'a .sops.yaml far too large' envseal encrypt p.env
rm .sops.yaml && mkdir .sops.yaml
place='.*\.sops\.yaml' refuses 2 'a .sops.yaml that is a directory' envseal encrypt p.env
rmdir .sops.yaml
place='none.yaml' refuses 61 'a --config that is not there' envseal encrypt --config none.yaml p.env

# ---- plaintext -------------------------------------------------------------------------------------------------------------
fresh
plaintext() { # plaintext CODE NAME PLACE TEXT
	printf '%b' "$4" >x.env
	place=$3 refuses "$1" "$2" envseal encrypt x.env
	place='<stdin>' refuses "$1" "$2, on standard input" envseal encrypt -r "$MINE" - <x.env
	rm -f x.env
}
plaintext 203 'a reserved name' 'x.env:2:1' "A=1\nsops_$MARK=$MARK\n"
plaintext 2 'no assignment' 'x.env:2:[0-9]+' "A=1\n$MARK\n"
plaintext 2 'conflict markers' 'x.env:2' "A=1\n<<<<<<< HEAD\nB=$MARK\n=======\nB=2\n>>>>>>> x\n"
plaintext 2 'a NUL' 'x.env:1' "A=$MARK\\0000$MARK\n"
plaintext 2 'a quote that another line closes' 'x.env:1' "A=\"$MARK\nB=$MARK\"\n"
plaintext 2 'a name that looks like data' 'x.env:1' "$MARK+/ab/cd==$MARK\n"
plaintext 92 'an empty file' '' ''
plaintext 92 'comments alone' '' "# $MARK\n"
plaintext 92 'no value that would be sealed' '' "A_unencrypted=$MARK\n"

# ---- sealed files --------------------------------------------------------------------------------------------------------
# broken NAME CODE PLACE COMMAND-THAT-CHANGES-IT...: decrypt, decrypt -i, get, set and rotate
broken() {
	local name=$1 code=$2 where=$3
	shift 3
	fresh
	"$@" <s.env >t.env && mv t.env s.env
	place=$where refuses "$code" "$name: decrypt" envseal decrypt s.env
	place=$where refuses "$code" "$name: decrypt -i" envseal decrypt -i s.env
	place=$where refuses "$code" "$name: get" envseal get s.env A
	place=$where refuses "$code" "$name: set" envseal set s.env B <"$TRASH/value"
	place=$where refuses "$code" "$name: rotate" envseal rotate s.env
	loud=yes place=$where refuses "${verify_code:-$code}" "$name: verify" envseal verify s.env
	run envseal textconv s.env
	is "$name: textconv says so" "$status" 0
	no_mark "$name: and shows no value"
}
swap() { # the values of A and B
	awk -F= '/^A=/{a=substr($0,3)} /^B=/{b=substr($0,3)} {l[NR]=$0} END {for(i=1;i<=NR;i++){if(l[i]~/^A=/)l[i]="A=" b; else if(l[i]~/^B=/)l[i]="B=" a; print l[i]}}'
}
# shellcheck disable=SC2317 # called by broken
conflict() {
	sed 's/^A=.*/<<<<<<< HEAD\n&\n=======\nA='"$MARK"'\n>>>>>>> theirs/'
}
broken 'truncated' 1 's.env' head -c -200
broken 'MAC missing' 51 's.env' grep -v '^sops_mac='
broken 'recipients missing' 1 's.env' grep -v '^sops_age'
broken 'version missing' 1 's.env' grep -v '^sops_version='
broken 'metadata doubled' 1 's.env' sed '/^sops_version=/p'
broken 'a MAC that is another' 51 's.env' sed 's/^sops_lastmodified=.*/sops_lastmodified=2020-01-01T00:00:00Z/'
broken 'a line deleted' 51 's.env' sed '/^A=/d'
broken 'a token moved to another name' 25 's.env:[23]' swap
verify_code=1 broken 'a token cut' 25 's.env:2' sed '/^A=/s/,iv:/,/'
broken 'conflict markers' 1 's.env:[0-9]+' conflict
broken 'a date that is none' 1 's.env:[0-9]+' sed "s/^sops_lastmodified=.*/sops_lastmodified=$MARK/"
broken 'a version that is none' 1 's.env:[0-9]+' sed "s/^sops_version=.*/sops_version=$MARK/"
verify_code=1 broken 'a stanza that is none' 128 's.env:[0-9]+' sed "s/^sops_age__list_0__map_enc=.*/sops_age__list_0__map_enc=$MARK/"
broken 'a MAC that is none' 51 's.env' sed "s/^sops_mac=.*/sops_mac=$MARK/"

fresh
place='p.env' refuses 1 'decrypt of a plaintext' envseal decrypt p.env
place='s.env' refuses 1 'get of a name that is not there' envseal get s.env NOT
place='s.env' refuses 1 'unset of a name that is not there' envseal unset s.env NOT
place='s.env' refuses 203 'set of a reserved name' envseal set s.env sops_mac <"$TRASH/value"
place='' refuses 64 'set of no name' envseal set s.env '' <"$TRASH/value"
place='' refuses 7 'set of a name with =' envseal set s.env "X=$MARK" <"$TRASH/value"
place='' refuses 7 'set of a value with a NUL' envseal set s.env A < <(printf '%s\0' "$MARK")

# ---- files ---------------------------------------------------------------------------------------------------------------
fresh
every() { # every CODE NAME PLACE FILE: each command that takes a file
	place=$3 refuses "$1" "$2: encrypt" envseal encrypt "$4"
	place=$3 refuses "$1" "$2: decrypt" envseal decrypt "$4"
	place=$3 refuses "$1" "$2: get" envseal get "$4" A
	loud=yes place=$3 refuses "$1" "$2: verify" envseal verify "$4"
}
every 100 'not there' 'none.env' none.env
place='none.env' refuses 100 'not there: decrypt -i' envseal decrypt -i none.env
place='none.env' refuses 100 'not there: set' envseal set none.env A <"$TRASH/value"
place='none.env' refuses 100 'not there: rotate' envseal rotate none.env
mkdir dir.env
place='dir.env' refuses 2 'a directory: decrypt' envseal decrypt dir.env
place='dir.env' refuses 3 'a directory: encrypt' envseal encrypt dir.env
mkfifo fifo.env
place='fifo.env' refuses 2 'a FIFO: decrypt' timeout 5 envseal decrypt fifo.env
place='fifo.env' refuses 3 'a FIFO: encrypt' timeout 5 envseal encrypt fifo.env
place='/dev/null' refuses 2 'a device: decrypt' envseal decrypt /dev/null
place='fifo.env' refuses 3 'a FIFO: decrypt -o' timeout 5 envseal decrypt -o fifo.env s.env
place='/dev/null' refuses 3 'a device: decrypt -o' envseal decrypt -o /dev/null s.env
place='dir.env' refuses 3 'a directory: decrypt -o' envseal decrypt -o dir.env s.env
rm -r dir.env fifo.env
truncate -s 257M large.env
place='large.env' refuses 2 'larger than 256 MiB: encrypt' envseal encrypt large.env
place='large.env' refuses 2 'larger than 256 MiB: decrypt' envseal decrypt large.env
place='<stdin>' refuses 2 'larger than 256 MiB: standard input' envseal decrypt - <large.env
rm large.env
: >empty.env
place='empty.env' refuses 1 'an empty file: decrypt' envseal decrypt empty.env
rm empty.env

ln -s s.env link.env
place='no/such' refuses 3 'the directory of OUT is not there' envseal decrypt -o no/such/out.env s.env
rm link.env
ln s.env twin.env
place='s.env' refuses 77 'hard links: decrypt -i' envseal decrypt -i s.env
place='s.env' refuses 77 'hard links: set' envseal set s.env A <"$TRASH/value"
rm twin.env
ln -s loop.env loop.env
place='loop.env' refuses 2 'a link to itself: decrypt' envseal decrypt loop.env
rm loop.env
ln -s none.env dangling.env
place='dangling.env' refuses 100 'a link to nothing: decrypt' envseal decrypt dangling.env
rm dangling.env

# As somebody whom permissions bind, and who may not come near the sources.
cp "$(readlink -f "$ENVSEAL")" "$TRASH/program" && ln -sf "$TRASH/program" "$TRASH/bin/envseal"
if [ "$(id -u)" = 0 ]; then
	needs setpriv
	bound() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
	chown -R 65534:65534 "$TRASH"
else
	bound() { "$@"; }
fi
if bound envseal version >/dev/null 2>&1; then
	chmod 0000 s.env
	place='s.env' refuses 2 'unreadable: decrypt' bound envseal decrypt s.env
	chmod 0600 s.env
	chmod 0000 "$KEYS"
	place='s.env' refuses 128 'an unreadable key file' bound envseal decrypt s.env
	chmod 0600 "$KEYS"
	chmod 0400 p.env s.env
	place='p.env' refuses 3 'read-only: encrypt' bound envseal encrypt p.env
	place='s.env' refuses 3 'read-only: decrypt -i' bound envseal decrypt -i s.env
	place='s.env' refuses 3 'read-only: rotate' bound envseal rotate s.env
	chmod 0600 p.env s.env
	chmod 0555 .
	place='p.env' refuses 3 'a read-only directory: encrypt' bound envseal encrypt p.env
	place='s.env' refuses 3 'a read-only directory: decrypt -i' bound envseal decrypt -i s.env
	place='new.env' refuses 3 'a read-only directory: decrypt -o' bound envseal decrypt -o new.env s.env
	run bound envseal decrypt s.env
	is 'a read-only directory: decrypt to standard output is fine' "$status" 0
	chmod 0755 .
	chmod 0000 .sops.yaml
	place='.*\.sops\.yaml' refuses 2 'an unreadable .sops.yaml' bound envseal encrypt p.env
	chmod 0644 .sops.yaml
	# What cannot be looked at is not "none": neither a repository nor a memory of data keys.
	(
		mkdir guarded && cd guarded && cp ../.sops.yaml . && cp ../p.env v.env && git init -q -b main . && envseal encrypt -q v.env &&
			git add -A && git commit -q -m one && cp ../p.env v.env && echo D=4 >>v.env && git config envseal.pin strict
	) || ok 'a repository' false
	[ "$(id -u)" != 0 ] || chown -R 65534:65534 guarded
	cd guarded || exit 1
	again() { # the plaintext, as it was before an attempt that went wrong
		cp ../p.env v.env && echo D=4 >>v.env
	}
	chmod 0000 .git
	refuses 2 'a repository that cannot be looked at: encrypt' bound envseal encrypt v.env
	again
	chmod 0755 .git && chmod 0000 .git/HEAD
	refuses 2 'a repository that cannot be read: encrypt' bound envseal encrypt v.env
	again
	chmod 0644 .git/HEAD
	find .git/envseal/pins -type f -exec chmod 0000 {} +
	ok 'a data key is remembered' [ -n "$(find .git/envseal/pins -type f)" ]
	run bound envseal encrypt v.env
	not_ok 'with envseal.pin strict, a memory that cannot be read is an error' [ "$status" -eq 0 ]
	cd .. && chmod -R u+rwx guarded && rm -rf guarded
else
	[ "$CI" != true ] || ok 'another user can run the program' false
	note "permissions are not tried: nobody but root can run $ENVSEAL"
fi
[ "$(id -u)" != 0 ] || chown -R 0:0 "$TRASH"

# ---- output --------------------------------------------------------------------------------------------------------------
fresh
full() { "$@" >/dev/full; }
closed() { "$@" >&-; }
for line in 'decrypt s.env' 'get s.env A' 'encrypt --stdout p.env' 'version' 'help' "keygen -y $KEYS" 'completion bash'; do
	# shellcheck disable=SC2086 # a command line
	refuses 3 "a full disk behind standard output: $line" full envseal $line
	# shellcheck disable=SC2086 # a command line
	hint= refuses 3 "standard output closed: $line" closed envseal $line
done
succeeds 'standard output closed: encrypt in place needs none' closed envseal encrypt p.env
fresh
( envseal decrypt s.env; echo $? >"$TRASH/status" ) 2>"$TRASH/err" | :
run envseal decrypt - <&-
ok 'standard input closed is an error' [ "$status" -eq 2 ]
no_mark 'and shows nothing'
place='/dev/full' refuses 3 '/dev/full for OUT' envseal decrypt -o /dev/full s.env
small=$TRASH/work/small
mkdir "$small"
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=16k,mode=755 tmpfs "$small" 2>/dev/null; then
	cp .sops.yaml p.env s.env small/
	head -c 1M /dev/zero >small/filler 2>/dev/null
	place='small/p.env' refuses 3 'a full disk: encrypt' envseal encrypt small/p.env
	place='small/s.env' refuses 3 'a full disk: decrypt -i' envseal decrypt -i small/s.env
	place='small/new.env' refuses 3 'a full disk: decrypt -o' envseal decrypt -o small/new.env s.env
	place='small/s.env' refuses 3 'a full disk: rotate' envseal rotate small/s.env
	place='small/k.key' refuses 3 'a full disk: keygen' envseal keygen -o small/k.key
	mount -o remount,ro "$small"
	place='small/p.env' refuses 3 'a disk that is read-only: encrypt' envseal encrypt small/p.env
	place='small/s.env' refuses 3 'a disk that is read-only: decrypt -i' envseal decrypt -i small/s.env
	umount "$small"
elif [ "$CI" = true ]; then
	ok 'a small file system can be mounted (in CI nothing is skipped)' false
else
	note 'full and read-only disks are not tried: nothing can be mounted here'
fi
# A limit for the size of files is a full disk that anybody can have.
limited() ( ulimit -f 1; "$@"; )
head -c 3000 /dev/zero | tr '\0' x | sed 's/^/BIG=/' >big.env && echo >>big.env
place='big.env' refuses 3 'a limit for the size of files: encrypt' limited envseal encrypt big.env
rm big.env

# ---- what changes meanwhile ----------------------------------------------------------------------------------------------
# A key that comes late holds the command where it is: after it has read the file.
fresh
slow() { # slow COMMAND...: begins it, with a FIFO for a key; its number in $slow_pid
	rm -f "$TRASH/slow.key" && mkfifo "$TRASH/slow.key"
	env -u SOPS_AGE_KEY XDG_CONFIG_HOME="$TRASH/nowhere" "$@" >"$TRASH/out" 2>"$TRASH/err" </dev/null &
	slow_pid=$!
	# It waits in open(2) until somebody writes; that it has the temporary shows that it has come so far.
	for i in $(seq 100); do
		[ -z "$(find . -maxdepth 1 -name '.envseal-*')" ] || break
		sleep 0.05
	done
	sleep 0.2
}
finish() {
	status=0
	timeout 10 cat "$KEYS" >"$TRASH/slow.key"
	wait "$slow_pid" || status=$?
}
slow envseal rotate --identity "$TRASH/slow.key" s.env
printf '\nEDITED=meanwhile\n' >>s.env && cp s.env edited
finish
is 'an editor saved meanwhile: refused' "$status" 75
same 'and what it saved is there' s.env edited
has 'and a hint' "$TRASH/err" '^hint: '
is 'and no temporary' "$(find . -name '.envseal-*')" ''

fresh
slow envseal decrypt -i --identity "$TRASH/slow.key" s.env
cp s.env edited && mv edited edited.tmp && printf 'EDITED=meanwhile\n' >>edited.tmp && cp edited.tmp edited && mv edited.tmp s.env
finish
is 'an editor replaced it meanwhile: refused' "$status" 75
same 'and what it wrote is there' s.env edited

fresh
slow envseal rotate --identity "$TRASH/slow.key" s.env
rm s.env
finish
is 'vanished meanwhile: refused' "$status" 75
absent 'and it is not there again' s.env

fresh
slow envseal decrypt -o new.env --identity "$TRASH/slow.key" s.env
printf 'mine\n' >new.env
finish
if [ "$status" -eq 0 ]; then
	# It opened OUT after the key had come.
	has 'OUT came before it was looked at: replaced' new.env "$MARK"
else
	is 'OUT came meanwhile: refused' "$status" 75
	is 'and it is what it was' "$(cat new.env)" mine
fi

fresh
mkdir out
slow envseal decrypt -o out/new.env --identity "$TRASH/slow.key" s.env
mv out gone
finish
ok 'the output directory moved away: an answer' [ "$status" -eq 0 -o "$status" -eq 3 -o "$status" -eq 75 ]
absent 'and no new one' out
is 'and no temporary' "$(find . -name '.envseal-*')" ''

# Two at once: the second waits, and in the end says who has it.
fresh
cp s.env before
slow envseal rotate --identity "$TRASH/slow.key" s.env
must_fail 75 'two at once: the second gives up' envseal rotate s.env
has 'and says why' "$TRASH/err" 'another envseal'
same 'and nothing has changed' s.env before
finish
is 'and the first goes on' "$status" 0
not_ok 'and has rotated' cmp -s s.env before
fresh
for i in 1 2 3 4 5 6; do
	printf 'v%s\n' "$i" | envseal set s.env "N$i" >"$TRASH/out.$i" 2>"$TRASH/err.$i" &
done
wait
lost=
for i in 1 2 3 4 5 6; do [ "$(envseal get s.env "N$i" 2>/dev/null)" = "v$i" ] || lost="$lost $i"; done
is 'six at once: none of the values is lost' "$lost" ''
is 'and no temporary is left' "$(find . -name '.envseal-*')" ''

# ---- several files -------------------------------------------------------------------------------------------------------
fresh
printf 'A=1\n' >a.env
printf '%s\n' "$MARK" >b.env
printf 'C=3\n' >c.env
must_fail 100 'several files: the worst status' envseal encrypt a.env b.env none.env c.env
has 'the others are done: the first' a.env '^A=ENC\['
has 'the others are done: the last' c.env '^C=ENC\['
has 'and what failed is counted' "$TRASH/err" '2 of 4'
no_mark 'and nothing is shown'

done_testing
