#!/bin/sh
# The files of testdata/sops, which real sops wrote: each opens to what sops prints of it, sealed again from its plaintext
# it is the same apart from random parts, opened in place and sealed again it is the same bit for bit, and what sops
# refuses is refused with the same status.  Where envseal differs on purpose, a table below says so and why; a line of
# them that no file needs is a failure.
. "$(dirname "$0")/../lib.sh"
DATA=$ROOT/testdata/sops
SOPS_AGE_KEY_FILE=$HOME/keys.txt
export SOPS_AGE_KEY_FILE
install -m 600 "$DATA/3.13.2/keys.txt" "$SOPS_AGE_KEY_FILE"
RECIPIENT=$(sed -n 's/^# 1: //p' "$SOPS_AGE_KEY_FILE")

# Opening.  CASE: STATUS, or a sed script that makes of sops's output what envseal prints; the reason.
opening='
3.13.2/env-groups-2of3:      128: a file of key groups needs parts of two keys, which envseal does not put together
3.13.2/env-sealed-blank-lines: G: blank lines stay as they are
'
# Sealing the plaintext.  CASE: options: a sed script that makes of the reduced file of sops that of envseal; the reason.
layout='/^sops_lastmodified=/i sops_envseal=ENC[str]'
sealing="
*/crlf:                    : $layout: sops keeps the CR in the value, envseal in the layout
*/no-final-newline:        : $layout: sops loses that the final line end is missing
*/comments:                : $layout: the same
3.13.2/env-crlf:           : s/^B=.*/B=/;$layout: sops keeps the CR in the value, envseal in the layout
3.13.2/env-no-final-newline: : $layout: sops loses that the final line end is missing
3.13.2/env-odd-names:      : s/^  # c=.*/#ENC[comment]/;$layout: an indented comment is a comment
3.13.2/env-empty:          --allow-none: : no value is an error otherwise
3.13.2/env-only-comments:  --allow-none: : the same
3.13.2/env-from-yaml:      : s/ENC\[\(int\|float\|bool\|time\)\]/ENC[str]/: a dotenv file has text only
3.13.2/env-after-set:      : s/ENC\[float\]/ENC[str]/: the same
3.13.2/env-sealed-clear-comment: : s/^#clear comment.*/#ENC[comment]/: comments are sealed
3.13.2/env-sealed-unknown-metadata: : /^sops_unknown_field=/d: a field that nobody knows was added by hand
"
# What cannot be sealed: STATUS: the reason.
unsealable='
3.13.2/env-bytes:       2: a NUL byte: no dotenv file has one
3.13.2/env-groups-2of3: 0: it was not opened
'
# Refused by sops.  FILE: STATUS of envseal: the reason.
refusing='
decrypt-crlf:            0: a checkout with CR LF must open
encrypt-crlf-blank:      0: the layout carries line ends
encrypt-indented-comment: 0: and indented comments
encrypt-space-line:      0: and blanks in blank lines
'

: >"$TRASH/used"
# entry TABLE CASE: the fields behind CASE: in its line, or nothing
entry() {
	for entry_case in "$2" "*/${2#*/}"; do
		entry_found=$(printf '%s\n' "$1" | awk -v want="$entry_case:" 'index($0, want) == 1 {
			rest = substr($0, length(want) + 1); sub(/^ +/, "", rest); print rest }')
		if [ -n "$entry_found" ]; then
			echo "$entry_case" >>"$TRASH/used"
			printf '%s\n' "$entry_found"
			return
		fi
	done
}

# Everything random or dated goes, and which sops it was: a token is its type.  Metadata in one order, for releases that had another.
reduce() {
	sed -e 's/ENC\[AES256_GCM,data:[^]]*,type:\([a-z]*\)\]/ENC[\1]/' -e 's/^\(sops_age__list_[0-9]*__map_enc=\).*/\1AGE/' \
		-e 's/^\(sops_lastmodified=\).*/\1DATE/' -e 's/^\(sops_version=\)3\.[0-9.]*$/\1VERSION/' -e '/^$/d' "$2" >"$TRASH/reduced"
	if [ "$1" = 3.13.2 ]; then
		cat "$TRASH/reduced"
	else
		grep -a -v '^sops_' "$TRASH/reduced"
		grep -a '^sops_' "$TRASH/reduced" | LC_ALL=C sort
	fi
}

# The rule that the metadata of a sealed file comes from.
rule_of() {
	recipients=$(sed -n 's/^sops_age__list_\([0-9]*\)__map_recipient=/\1 /p' "$1" | sort -n | cut -d' ' -f2 | paste -s -d,)
	printf 'creation_rules:\n  - age: %s\n' "$recipients"
	sed -n "s/^sops_\(\(un\)*encrypted_[a-z_]*\)=\(.*\)/    \1: '\3'/p; s/^sops_mac_only_encrypted=/    mac_only_encrypted: /p" "$1"
}

open_case() {
	how=$(entry "$opening" "$1")
	case $how in
	128:*) must_fail 128 "$1 is refused: ${how#*: }" envseal decrypt "$DATA/$1/sealed.env" && return 1 ;;
	*)
		sed "${how%%:*}" "$DATA/$1/opened.env" >wanted
		succeeds "$1 opens${how:+ (${how#*: })}" envseal decrypt "$DATA/$1/sealed.env" || return 1
		same "$1: the text of sops" "$TRASH/out" wanted
		;;
	esac
}

seal_case() {
	how=$(entry "$unsealable" "$1")
	text=$DATA/$1/plain.env
	case $1 in */after-* | */env-after-set | */env-sealed-* | */env-clear-* | */env-from-yaml) text=$DATA/$1/opened.env ;; esac
	rule_of "$DATA/$1/sealed.env" >rule.yaml
	cp "$text" new.env && chmod 600 new.env
	if [ -n "$how" ]; then
		[ "${how%%:*}" = 0 ] || must_fail "${how%%:*}" "$1 is not sealed: ${how#*: }" envseal encrypt --config rule.yaml --any-name new.env
		return
	fi
	how=$(entry "$sealing" "$1")
	options=$(printf '%s' "$how" | cut -d: -f1)
	script=$(printf '%s' "$how" | sed 's/^[^:]*: *//; s/: [^:]*$//')
	# shellcheck disable=SC2086 # none or some options
	succeeds "$1 is sealed" envseal encrypt --no-base --config rule.yaml --any-name $options new.env || return
	reduce "${1%%/*}" "$DATA/$1/sealed.env" >sealed
	if [ "$1" = 3.13.2/env-sealed-metadata-first ]; then # put there by hand: it belongs at the end, in order
		{ grep -v '^sops_' sealed; grep '^sops_' sealed | LC_ALL=C sort; } >sorted && mv sorted sealed
	fi
	sed "$script" sealed >wanted
	reduce "${1%%/*}" new.env >got
	same "$1: sealed as sops seals it${how:+ (${how##*: })}" got wanted
	succeeds "$1: that opens" envseal decrypt new.env
	same "$1: to the same bytes" "$TRASH/out" "$text"
}

again_case() {
	cp "$DATA/$1/sealed.env" again.env && chmod 600 again.env
	rule_of again.env >rule.yaml
	succeeds "$1 opens in place" envseal decrypt -i again.env
	[ -z "$(entry "$unsealable" "$1")" ] || return
	succeeds "$1 is sealed again" envseal encrypt --config rule.yaml --any-name --allow-none again.env
	same "$1 is what it was, bit for bit" again.env "$DATA/$1/sealed.env"
}

cases=0
for case in "$DATA"/*/*/sealed.env; do
	case=${case#"$DATA/"} case=${case%/sealed.env}
	cases=$((cases + 1))
	rm -f ./*
	open_case "$case" && again_case "$case"
	seal_case "$case"
done

succeeds 'golden.env opens' envseal decrypt "$DATA/3.13.2/golden.env"
printf '%s\n' '# db settings' 'DB_PASS=s3cret' 'MULTI=line1\nline2' 'MODE_unencrypted=plain' 'EMPTY=' >wanted
same 'golden.env: its text' "$TRASH/out" wanted

refused=0
for file in "$DATA"/3.13.2/refused/*.env; do
	name=$(basename "$file" .env)
	refused=$((refused + 1))
	how=$(entry "$refusing" "$name")
	code=$(head -n 1 "$file.expect") why=
	[ -z "$how" ] || code=${how%%:*} why=" (${how#*: })"
	rm -f ./*
	cp "$file" f.env && chmod 600 f.env
	case $name in
	decrypt-*)
		must_fail "$code" "$name: $code$why" envseal decrypt f.env
		[ "$code" = 0 ] || is "$name: nothing on standard output" "$(wc -c <"$TRASH/out")" 0
		;;
	encrypt-*)
		must_fail "$code" "$name: $code$why" envseal encrypt -r "$RECIPIENT" f.env
		[ "$code" != 0 ] || succeeds "$name opens again" envseal decrypt f.env
		[ "$code" = 0 ] || cp f.env "$TRASH/out"
		same "$name: nothing changed" "$TRASH/out" "$file"
		;;
	esac
done
note "$cases files of sops, $refused that it refuses"

for line in $(printf '%s\n' "$opening$sealing$unsealable$refusing" | sed -n 's/^\([^: ]*\):.*/\1/p' | sort -u); do
	ok "the exception $line is one" grep -q -x -F -e "$line" "$TRASH/used"
done
done_testing
