#!/bin/sh
# There and back: files sealed by envseal in the hands of sops 3.13, sops 3.12 and age, and files of sops in the hands of
# envseal, through every command that writes.
# shellcheck disable=SC2086 # DOTENV is several words, and what a test runs may be
. "$(dirname "$0")/../lib.sh"
needs sops sops-3.12 age age-keygen
keys || exit 1

DOTENV='--input-type dotenv --output-type dotenv'
OTHER_KEY=$HOME/other.txt
age-keygen -o "$OTHER_KEY" 2>/dev/null
OTHER=$(age-keygen -y "$OTHER_KEY")
SOPS_AGE_KEY_FILE=$HOME/.config/sops/age/keys.txt
export SOPS_AGE_KEY_FILE

rule() {
	printf 'creation_rules:\n  - age: %s\n' "$1" >.sops.yaml
}
plain() {
	printf '%s\n' '# database' 'DB_HOST=db.example.org' 'DB_PASS=s3cret' 'EMPTY=' '' 'MODE_unencrypted=plain' \
		'KEY=-----BEGIN\nx\n-----END' 'export TOKEN=a=b#c' '#' '# last' 'SAME=1' 'SAME=1'
}
# What sops prints of it: without the blank line.
canonical() {
	plain | grep -v '^$'
}
sealed_here() {
	rm -f ./*.env
	plain >f.env
	succeeds "$1: envseal encrypt" envseal encrypt f.env
}
sealed_there() {
	rm -f ./*.env
	plain >f.env
	succeeds "$1: $sops encrypt" $sops encrypt $DOTENV -i f.env
}
# opens_alike NAME: both open f.env, to what is in wanted, and envseal verifies it
opens_alike() {
	succeeds "$1: $sops opens it" $sops decrypt $DOTENV f.env
	same "$1: as wanted" "$TRASH/out" wanted
	succeeds "$1: envseal opens it" envseal decrypt f.env
	grep -v '^$' "$TRASH/out" >opened
	same "$1: the same" opened wanted
	succeeds "$1: envseal verify" envseal verify f.env
}
recipients() {
	sed -n 's/^sops_age__list_[0-9]*__map_recipient=//p' f.env | paste -s -d,
}
tokens() {
	grep '^[A-Z].*=ENC' f.env
}

for sops in sops sops-3.12; do
	rule "$RECIPIENT"
	sealed_here "$sops, sealed here"
	canonical >wanted
	opens_alike "$sops, sealed here"

	sealed_here "$sops set"
	succeeds "$sops set" $sops set $DOTENV f.env '["DB_PASS"]' '"two\nlines = #"'
	canonical | sed 's/^DB_PASS=.*/DB_PASS=two\\nlines = #/' >wanted
	opens_alike "$sops set"
	succeeds "$sops set: envseal set goes on" sh -c 'printf three | envseal set f.env DB_PASS'
	sed -i 's/^DB_PASS=.*/DB_PASS=three/' wanted
	opens_alike "$sops set, envseal set"

	sealed_here "$sops set of a new name"
	succeeds "$sops set of a new name" $sops set $DOTENV f.env '["ADDED"]' '"1"'
	{ canonical && echo ADDED=1; } >wanted
	opens_alike "$sops set of a new name"

	sealed_here "$sops unset"
	succeeds "$sops unset" $sops unset $DOTENV f.env '["DB_HOST"]'
	canonical | grep -v '^DB_HOST' >wanted
	opens_alike "$sops unset"

	sealed_here "$sops rotate"
	tokens >before
	succeeds "$sops rotate" $sops rotate $DOTENV -i f.env
	tokens >after
	is "$sops rotate: no token is left" "$(grep -c -x -F -f before after)" 0
	canonical >wanted
	opens_alike "$sops rotate"

	sealed_here "$sops rotate --add-age"
	succeeds "$sops rotate --add-age" $sops rotate $DOTENV -i --add-age "$OTHER" f.env
	is "$sops rotate --add-age: recipients" "$(recipients)" "$RECIPIENT,$OTHER"
	rule "$RECIPIENT,$OTHER"
	opens_alike "$sops rotate --add-age"
	succeeds "$sops rotate --add-age: the other key opens it" env SOPS_AGE_KEY_FILE="$OTHER_KEY" envseal decrypt f.env
	rule "$RECIPIENT"

	sealed_here "$sops updatekeys"
	tokens >before
	rule "$RECIPIENT,$OTHER"
	succeeds "$sops updatekeys" $sops updatekeys --yes --input-type dotenv f.env
	tokens >after
	same "$sops updatekeys: the tokens stay" before after
	opens_alike "$sops updatekeys"
	succeeds "$sops updatekeys: the other key opens it" env SOPS_AGE_KEY_FILE="$OTHER_KEY" envseal decrypt f.env
	rule "$RECIPIENT"

	sealed_here "$sops edit"
	printf '#!/bin/sh\nsed -i "s/^DB_HOST=.*/DB_HOST=edited/; s/^# last/# lost/" "$1"\necho EDITED=yes >>"$1"\n' >"$TRASH/editor"
	chmod +x "$TRASH/editor"
	succeeds "$sops edit" env SOPS_EDITOR="$TRASH/editor" EDITOR="$TRASH/editor" $sops edit $DOTENV f.env
	{ canonical | sed 's/^DB_HOST=.*/DB_HOST=edited/; s/^# last/# lost/' && echo EDITED=yes; } >wanted
	opens_alike "$sops edit"

	# A file with all that travels in the layout loses that alone when sops writes it.
	rm -f ./*.env
	printf '\357\273\277  # indented\r\nA=1\r\n\r\n \nB="x\r\ny"\nC=3' >f.env
	cp f.env before
	succeeds "$sops, layout: envseal encrypt" envseal encrypt --quotes multiline f.env
	succeeds "$sops, layout: envseal decrypt" envseal decrypt f.env
	same "$sops, layout: back" "$TRASH/out" before
	ok "$sops, layout: it is in the file" grep -q '^sops_envseal=ENC' f.env
	printf '# indented\nA=1\nB="x\\ny"\nC=3\n' >wanted
	succeeds "$sops, layout: $sops decrypt" $sops decrypt $DOTENV f.env
	same "$sops, layout: names and values" "$TRASH/out" wanted
	succeeds "$sops, layout: set" $sops set $DOTENV f.env '["C"]' '"4"'
	not_ok "$sops, layout: sops dropped it" grep -q '^sops_envseal=' f.env
	sed -i 's/^C=3/C=4/' wanted
	opens_alike "$sops, layout, set"

	# ---- files of sops --------------------------------------------------------------------------------------------
	sealed_there "sealed by $sops"
	canonical >wanted
	opens_alike "sealed by $sops"

	sealed_there "envseal set"
	succeeds "envseal set on a file of $sops" sh -c 'printf "two\nlines" | envseal set f.env DB_PASS'
	canonical | sed 's/^DB_PASS=.*/DB_PASS=two\\nlines/' >wanted
	opens_alike "envseal set on a file of $sops"
	succeeds "envseal set of a new name on a file of $sops" sh -c 'printf 1 | envseal set f.env ADDED'
	echo ADDED=1 >>wanted
	opens_alike "envseal set of a new name on a file of $sops"

	sealed_there "envseal unset"
	succeeds "envseal unset on a file of $sops" envseal unset f.env DB_HOST
	canonical | grep -v '^DB_HOST' >wanted
	opens_alike "envseal unset on a file of $sops"
	succeeds "envseal unset --all on a file of $sops" envseal unset --all f.env SAME
	sed -i '/^SAME/d' wanted
	opens_alike "envseal unset --all on a file of $sops"

	sealed_there "envseal rotate"
	tokens >before
	succeeds "envseal rotate on a file of $sops" envseal rotate f.env
	tokens >after
	is "envseal rotate on a file of $sops: no token is left" "$(grep -c -x -F -f before after)" 0
	canonical >wanted
	opens_alike "envseal rotate on a file of $sops"

	sealed_there "envseal updatekeys"
	tokens >before
	rule "$RECIPIENT,$OTHER"
	succeeds "envseal updatekeys on a file of $sops" envseal updatekeys f.env
	tokens >after
	same "envseal updatekeys adds on a file of $sops: the tokens stay" before after
	opens_alike "envseal updatekeys on a file of $sops"
	succeeds "envseal updatekeys on a file of $sops: the other key opens it" \
		env SOPS_AGE_KEY_FILE="$OTHER_KEY" $sops decrypt $DOTENV f.env
	rule "$RECIPIENT"
	succeeds "envseal updatekeys removes on a file of $sops" envseal updatekeys f.env
	tokens >after
	is "envseal updatekeys removes: a new data key, no token is left" "$(grep -c -x -F -f before after)" 0
	is "envseal updatekeys removes: recipients" "$(recipients)" "$RECIPIENT"
	opens_alike "envseal updatekeys removes on a file of $sops"
	must_fail 128 "envseal updatekeys removes: sops with the other key does not open it" \
		env HOME="$TRASH/nobody" SOPS_AGE_KEY_FILE="$OTHER_KEY" $sops decrypt $DOTENV f.env

	sealed_there "envseal encrypt"
	tokens >before
	cp f.env base
	sed -i 's/^DB_PASS=.*/DB_PASS=by hand/; s/^MODE_unencrypted=/NEW=added by hand\n&/' f.env
	succeeds "envseal encrypt on an edited file of $sops" envseal encrypt --base base f.env
	not_ok "envseal encrypt: nothing is left in clear" grep -q 'by hand' f.env
	tokens >after
	is "envseal encrypt: the other tokens stay" "$(grep -c -x -F -f before after)" "$(($(wc -l <before) - 1))"
	canonical | sed 's/^DB_PASS=.*/DB_PASS=by hand/; s/^MODE_unencrypted=/NEW=added by hand\n&/' >wanted
	opens_alike "envseal encrypt on an edited file of $sops"
done

# ---- keys ------------------------------------------------------------------------------------------------------------
succeeds 'envseal keygen -y reads a file of age-keygen' envseal keygen -y "$OTHER_KEY"
is 'the recipient that age-keygen prints' "$(cat "$TRASH/out")" "$OTHER"
succeeds 'age-keygen -y reads a file of envseal keygen' age-keygen -y "$SOPS_AGE_KEY_FILE"
is 'the recipient that envseal prints' "$(cat "$TRASH/out")" "$RECIPIENT"
echo whole >note
succeeds 'age seals to a recipient of envseal keygen' age -r "$RECIPIENT" -o note.age note
succeeds 'age opens with a key of envseal keygen' age -d -i "$SOPS_AGE_KEY_FILE" note.age
same 'the same bytes' "$TRASH/out" note
rm -f ./*.env
plain >f.env
succeeds 'envseal seals to a recipient of age-keygen' envseal encrypt -r "$OTHER" f.env
must_fail 128 'which our key does not open' envseal decrypt f.env
succeeds 'envseal opens with a key of age-keygen' envseal decrypt --identity "$OTHER_KEY" f.env
plain >wanted
same 'the same text' "$TRASH/out" wanted
succeeds 'as text in SOPS_AGE_KEY, too' env SOPS_AGE_KEY="$(grep -v '^#' "$OTHER_KEY")" envseal decrypt f.env
succeeds 'sops opens it with SOPS_AGE_KEY' env SOPS_AGE_KEY="$(grep -v '^#' "$OTHER_KEY")" sops decrypt f.env
succeeds 'the command in SOPS_AGE_KEY_CMD is asked' env SOPS_AGE_KEY_CMD="cat $OTHER_KEY" envseal decrypt f.env

# The data key is an age file in the metadata.
data_key() {
	sed -n "s/^sops_age__list_$1__map_enc=//p" f.env | sed 's/\\n/\n/g' >enc.age
	age -d -i "$2" enc.age 2>/dev/null | od -An -v -tx1 | tr -d ' \n'
}
rule "$OTHER,$RECIPIENT"
plain >f.env
succeeds 'envseal seals to two' envseal encrypt f.env
is 'age finds 32 bytes of data key' "$(data_key 0 "$OTHER_KEY" | wc -c)" 64
is 'age opens the same data key for both' "$(data_key 0 "$OTHER_KEY")" "$(data_key 1 "$SOPS_AGE_KEY_FILE")"

# ---- sops-age, in JavaScript -------------------------------------------------------------------------------------------
if command -v sops-age-js >/dev/null && command -v node >/dev/null; then
	printf '# it has a layout\r\nDB_PASS=s3cret\r\nDB_URL=a=b#c' >f.env
	succeeds 'for sops-age (JavaScript)' envseal encrypt --no-base f.env
	ok 'with a layout' grep -q '^sops_envseal=' f.env
	succeeds 'sops-age (JavaScript) opens it' sops-age-js f.env
	has 'and finds the value' "$TRASH/out" '"DB_PASS": "s3cret",$'
	has 'and the other' "$TRASH/out" '"DB_URL": "a=b#c"$'
else
	note 'sops-age (JavaScript) is not here'
fi
done_testing
