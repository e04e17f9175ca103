#!/bin/sh
# The attacks that the rules of trust are made against, each played: a leaver, an old token, a planted data key or
# recipient, a changed selection, foreign keys, an old layout, equal lines, a .sops.yaml from outside.
. "$(dirname "$0")/../lib.sh"
needs git python3 age age-keygen sops
keys || exit 1
repository

KEYS=$HOME/.config/sops/age/keys.txt
OTHER_KEY=$HOME/other.txt
age-keygen -o "$OTHER_KEY" 2>/dev/null
OTHER=$(age-keygen -y "$OTHER_KEY")
FAKE_PGP='sops_pgp__list_0__map_created_at=2026-01-02T03:04:05Z
sops_pgp__list_0__map_enc=-----BEGIN PGP MESSAGE-----\n\nhQEMA0  odd bytes\n-----END PGP MESSAGE-----
sops_pgp__list_0__map_fp=85D77543B3D624B63CEA9E6DBC17301B491B3F21'

rule() {
	printf 'creation_rules:\n  - age: %s\n' "$1" >.sops.yaml
}
commit() {
	git add -A && git commit -q -m "$1"
}
plain() {
	printf '%s\n' '# first' 'DB_HOST=db.example.org' "DB_PASS=$MARK-$1" 'EMPTY=' 'LAST=last' >f.env
}
# A repository with f.env sealed by .sops.yaml to $1, committed.
fresh() {
	git rm -rq --cached . 2>/dev/null || :
	rm -rf .git/envseal ./*.env .sops.yaml
	rule "$1"
	plain one
	succeeds "$2: sealed" envseal encrypt --no-base f.env
	commit "$2"
	cp f.env sealed
}
tokens() {
	grep -a '^[A-Z#].*ENC\[' "$1"
}
# How many tokens of $1 are in $2.
kept() {
	tokens "$1" >"$TRASH/a"
	tokens "$2" | grep -c -x -F -f "$TRASH/a"
}
data_key() {
	sed -n "s/^sops_age__list_0__map_enc=//p" "$1" | sed 's/\\n/\n/g' | age -d -i "$KEYS" | od -An -v -tx1 | tr -d ' \n'
}
recipients() {
	sed -n 's/^sops_age__list_[0-9]*__map_recipient=//p' "$1" | paste -s -d,
}
differs() {
	[ "$2" != "$3" ]
	tap $? "$1" || note "both are $2"
}
opens_to() {
	succeeds "$1: it opens" envseal decrypt f.env
	is "$1: to what is wanted" "$(sed -n "s/^$2=//p" "$TRASH/out")" "$3"
	succeeds "$1: sops opens it" sops decrypt f.env
}
printf '.gitignore\nsealed\nbefore\n*.yaml.old\n' >.gitignore

# ---- who left must not read what is sealed next -----------------------------------------------------------------
fresh "$RECIPIENT,$OTHER" 'leaver, rule'
rule "$RECIPIENT"
succeeds 'leaver, rule: opened in place' envseal decrypt -i f.env
sed -i 's/^LAST=.*/LAST=after/' f.env
succeeds 'leaver, rule: sealed without the leaver' envseal encrypt f.env
has 'leaver, rule: a line says so' "$TRASH/err" 'new data key'
is 'leaver, rule: recipients' "$(recipients f.env)" "$RECIPIENT"
is 'leaver, rule: no token is kept' "$(kept sealed f.env)" 0
differs 'leaver, rule: a new data key' "$(data_key f.env)" "$(data_key sealed)"
must_fail 128 'leaver, rule: the leaver cannot open it' env HOME="$TRASH/nobody" SOPS_AGE_KEY_FILE="$OTHER_KEY" envseal decrypt f.env
opens_to 'leaver, rule' LAST after

fresh "$RECIPIENT,$OTHER" 'leaver, stock'
rule "$RECIPIENT"
succeeds 'leaver, stock: sops updatekeys takes the leaver out' sops updatekeys --yes f.env
is 'leaver, stock: it keeps the data key' "$(data_key f.env)" "$(data_key sealed)"
succeeds 'leaver, stock: opened in place' envseal decrypt -i f.env
sed -i 's/^LAST=.*/LAST=after/' f.env
succeeds 'leaver, stock: sealed' envseal encrypt f.env
is 'leaver, stock: no token is kept' "$(kept sealed f.env)" 0
differs 'leaver, stock: a new data key' "$(data_key f.env)" "$(data_key sealed)"

fresh "$RECIPIENT,$OTHER" 'leaver, --base'
rule "$RECIPIENT"
plain two
succeeds 'leaver, --base: sealed over it' envseal encrypt --base sealed f.env
has 'leaver, --base: a line says so' "$TRASH/err" 'new data key'
is 'leaver, --base: no token is kept' "$(kept sealed f.env)" 0
differs 'leaver, --base: a new data key' "$(data_key f.env)" "$(data_key sealed)"

fresh "$RECIPIENT" 'leaver, somebody comes'
rule "$RECIPIENT,$OTHER"
plain one
succeeds 'leaver, somebody comes: sealed' envseal encrypt f.env
is 'leaver, somebody comes: every token is kept' "$(kept sealed f.env)" "$(tokens sealed | wc -l)"
is 'leaver, somebody comes: recipients' "$(recipients f.env)" "$RECIPIENT,$OTHER"

# A base whose MAC is not valid.
fresh "$RECIPIENT" 'leaver, broken base'
sed 's/^DB_HOST=.*/DB_HOST=/' sealed >broken.env
plain one
succeeds 'leaver, broken base: sealed' envseal encrypt --base broken.env f.env
is 'leaver, broken base: no token is kept' "$(kept sealed f.env)" 0
has 'leaver, broken base: a line says so' "$TRASH/err" 'new data key'
plain one
succeeds '--no-base: sealed' envseal encrypt --no-base f.env
is '--no-base: no token is kept' "$(kept sealed f.env)" 0

# ---- an old token of the same name must not get a new MAC --------------------------------------------------------
fresh "$RECIPIENT" 'old token'
succeeds 'old token: a new value' sh -c 'echo two | envseal set f.env DB_PASS'
commit 'a new value'
sed -i "s|^DB_PASS=.*|$(grep '^DB_PASS=' sealed)|" f.env
must_fail 51 'old token: the old token put back does not open' envseal decrypt f.env
is 'old token: nothing is shown' "$(wc -c <"$TRASH/out")" 0
cp f.env before
must_fail 51 'old token: encrypt does not bless it' envseal encrypt f.env
echo 'ADDED=in clear' >>f.env
cp f.env before
must_fail 51 'old token: nor behind a value in clear' envseal encrypt f.env
has 'old token: it names the token' "$TRASH/err" 'DB_PASS'
same 'old token: nothing changed' f.env before
no_mark 'old token: no value is shown'
must_fail 51 'old token: nor with the version of today as base' sh -c 'git show HEAD:f.env >head.env && envseal encrypt --base head.env f.env'
rm -f head.env

git checkout -q f.env
sed -i '1i ADDED=in clear' f.env
succeeds 'old token: a value in clear in a sound file is sealed' envseal encrypt f.env
opens_to 'old token, addition' ADDED 'in clear'

git checkout -q f.env
succeeds 'old token: a newer value, not committed' sh -c 'echo three | envseal set f.env DB_PASS'
sed -i "s|^DB_PASS=.*|$(git show HEAD:f.env | grep '^DB_PASS=')|; 1i ADDED=in clear" f.env
succeeds 'old token: a token that stands at HEAD is known' envseal encrypt f.env
opens_to 'old token, token at HEAD' DB_PASS two

git checkout -q f.env
succeeds 'old token: a newer value, staged' sh -c 'echo three | envseal set f.env DB_PASS && git add f.env'
grep '^DB_PASS=' f.env >staged
succeeds 'old token: a newer value of another name' sh -c 'git show HEAD:f.env >f.env && echo other | envseal set f.env DB_HOST && git add -N f.env'
git show :f.env >index.env
is 'old token: the index has the token' "$(grep '^DB_PASS=' index.env)" "$(cat staged)"
git show HEAD:f.env >f.env
sed -i "s|^DB_PASS=.*|$(cat staged)|; 1i ADDED=in clear" f.env
succeeds 'old token: a token that stands in the index is known' envseal encrypt f.env
rm -f staged index.env
git reset -q --hard

# A merge by lines: each token stands in one of the parents.
git checkout -q -b side
succeeds 'old token, merge: theirs' sh -c 'echo theirs | envseal set f.env DB_HOST'
commit theirs
git checkout -q main
succeeds 'old token, merge: ours' sh -c 'echo ours | envseal set f.env LAST'
commit ours
git merge -q side >/dev/null 2>&1 || :
git show side:f.env | grep '^DB_HOST=' >theirs
git show main:f.env | sed "s|^DB_HOST=.*|$(cat theirs)|" >f.env
rm -f theirs
ok 'old token, merge: the merge is not done' test -n "$(git rev-parse -q --verify MERGE_HEAD)"
succeeds 'old token, merge: tokens of both parents are known' envseal encrypt f.env
opens_to 'old token, merge' DB_HOST theirs
git merge --abort 2>/dev/null || git reset -q --hard
git branch -q -D side

# ---- a data key that somebody planted ----------------------------------------------------------------------------
# Mallory knows the recipient, as everybody does, and seals a file of the same look under a data key that she knows.
fresh "$RECIPIENT" 'planted key'
mkdir "$TRASH/mallory"
(
	cd "$TRASH/mallory" && printf 'DB_HOST=db.example.org\nDB_PASS=hers\nLAST=last\n' >f.env &&
		HOME=$TRASH/mallory sops encrypt --age "$RECIPIENT" -i f.env
)
succeeds 'planted key: our own file says nothing' envseal get f.env LAST
lacks 'planted key: no note' "$TRASH/err" 'data key'
cp "$TRASH/mallory/f.env" f.env
git add f.env && git -c user.name='Mallory' commit -q --author='Mallory <m@example.org>' -m 'harmless'
succeeds 'planted key: a planted file opens' envseal get f.env LAST
has 'planted key: a line says that the data key changed' "$TRASH/err" 'data key'
has 'planted key: and who brought it' "$TRASH/err" 'Mallory'
has 'planted key: and with which commit' "$TRASH/err" "$(git rev-parse --short=7 HEAD)"
git config envseal.pin strict
cp f.env before
must_fail 77 'planted key, strict: set is refused' sh -c 'echo secret | envseal set f.env DB_PASS'
has 'planted key, strict: it says how to go on' "$TRASH/err" 'envseal trust'
must_fail 77 'planted key, strict: unset is refused' envseal unset f.env LAST
same 'planted key, strict: nothing changed' f.env before
succeeds 'planted key, strict: opened in another place' envseal decrypt -o f2.env f.env
rm -f f2.env
cp f.env sealed
plain new
must_fail 77 'planted key, strict: encrypt over it is refused' envseal encrypt f.env
cp sealed f.env
echo 'ADDED=in clear' >>f.env
must_fail 77 'planted key, strict: encrypt of an addition is refused' envseal encrypt f.env
cp sealed f.env
succeeds 'planted key, strict: rotate is the way to a data key of ours, after trust' envseal trust f.env
succeeds 'planted key, strict: after trust, set' sh -c 'echo secret | envseal set f.env DB_PASS'
lacks 'planted key, strict: without a note' "$TRASH/err" 'not the one'
opens_to 'planted key, strict' DB_PASS secret
git config --unset envseal.pin
git reset -q --hard

# ---- a planted recipient must not get a new data key --------------------------------------------------------------
plant() {
	sed -i "s|^sops_lastmodified=|sops_age__list_1__map_enc=-----BEGIN AGE ENCRYPTED FILE-----\\\\nbm9uc2Vuc2U=\\\\n-----END AGE ENCRYPTED FILE-----\\\\n\nsops_age__list_1__map_recipient=$OTHER\n&|" "$1"
}
fresh "$RECIPIENT" 'planted recipient'
plant f.env
is 'planted recipient: planted' "$(recipients f.env)" "$RECIPIENT,$OTHER"
cp f.env before
succeeds 'planted recipient: it opens' envseal decrypt f.env
must_fail 77 'planted recipient: rotate is refused' envseal rotate f.env
has 'planted recipient: it names the recipient' "$TRASH/err" "$OTHER"
has 'planted recipient: and the way out' "$TRASH/err" 'updatekeys'
must_fail 77 'planted recipient: set is refused' sh -c 'echo x | envseal set f.env DB_PASS'
same 'planted recipient: nothing changed' f.env before
echo 'ADDED=in clear' >>f.env
cp f.env before
must_fail 77 'planted recipient: encrypt is refused' envseal encrypt f.env
same 'planted recipient: nothing changed by encrypt' f.env before
cp sealed f.env
plant f.env
must_fail 1 'planted recipient: verify finds it' envseal verify f.env
succeeds 'planted recipient: updatekeys is the way out' envseal updatekeys f.env
is 'planted recipient: the recipients of the rule' "$(recipients f.env)" "$RECIPIENT"
is 'planted recipient: no token is kept' "$(kept sealed f.env)" 0
differs 'planted recipient: a new data key' "$(data_key f.env)" "$(data_key sealed)"
opens_to 'planted recipient' DB_PASS "$MARK-one"
succeeds 'planted recipient: then rotate goes' envseal rotate f.env

# A planted version at HEAD: what is sealed over it goes to the rule's recipients, under a new data key.
cp sealed f.env
plant f.env
commit 'planted'
plain two
succeeds 'planted recipient, HEAD: sealed over it' envseal encrypt f.env
is 'planted recipient, HEAD: the recipients of the rule' "$(recipients f.env)" "$RECIPIENT"
is 'planted recipient, HEAD: no token is kept' "$(kept sealed f.env)" 0

# ---- a selection that was changed in the file --------------------------------------------------------------------
fresh "$RECIPIENT" 'selection'
sed -i 's/^sops_unencrypted_suffix=.*/sops_unencrypted_suffix=_KEY/' f.env
succeeds 'selection: the file opens' envseal decrypt f.env
cp f.env before
must_fail 77 'selection: set is refused' sh -c 'echo sk_live | envseal set f.env STRIPE_KEY'
has 'selection: it names the option' "$TRASH/err" '--as-in-file'
must_fail 77 'selection: a value in clear is refused' sh -c 'echo sk_live | envseal set --as-in-file f.env STRIPE_KEY'
has 'selection: it says that it would be in clear' "$TRASH/err" '--clear'
same 'selection: nothing changed' f.env before
succeeds 'selection: another name is sealed as the file says' sh -c 'echo sk_live | envseal set --as-in-file f.env DB_PASS'
ok 'selection: it is sealed' grep -q '^DB_PASS=ENC' f.env
succeeds 'selection: with both it is stored in clear' sh -c 'echo pk_test | envseal set --as-in-file --clear f.env STRIPE_KEY'
ok 'selection: in clear' grep -q '^STRIPE_KEY=pk_test$' f.env
opens_to 'selection' STRIPE_KEY pk_test
must_fail 1 'selection: verify finds it' envseal verify f.env

cp before f.env
printf 'STRIPE_KEY=sk_live\nNEW=x\n' >>f.env
cp f.env before
must_fail 77 'selection: encrypt is refused' envseal encrypt f.env
same 'selection: nothing changed by encrypt' f.env before
succeeds 'selection: encrypt as in the rule' envseal encrypt --as-in-rule f.env
ok 'selection: then it is sealed' grep -q '^STRIPE_KEY=ENC' f.env
ok 'selection: and the file selects as the rule' grep -q '^sops_unencrypted_suffix=_unencrypted$' f.env
opens_to 'selection, as in the rule' STRIPE_KEY sk_live

# The same in the version at HEAD, under a plaintext.
cp sealed f.env
sed -i 's/^sops_unencrypted_suffix=.*/sops_unencrypted_suffix=_KEY/' f.env
commit 'another suffix'
plain two
echo 'STRIPE_KEY=sk_live' >>f.env
cp f.env before
must_fail 77 'selection, HEAD: encrypt is refused' envseal encrypt f.env
same 'selection, HEAD: nothing changed' f.env before
succeeds 'selection, HEAD: encrypt as in the rule' envseal encrypt --as-in-rule f.env
ok 'selection, HEAD: it is sealed' grep -q '^STRIPE_KEY=ENC' f.env

# A rule that selects nothing by a mistake: what stays in clear is named.
fresh "$RECIPIENT" 'selection, clear'
printf '    encrypted_regex: ^NONE$\n' >>.sops.yaml
printf 'A=1\nNONE=2\n' >g.env
succeeds 'selection, clear: sealed' envseal encrypt g.env
has 'selection, clear: the value in clear is named' "$TRASH/err" '\<A\>'
ok 'selection, clear: set needs --clear' sh -c '! echo 3 | envseal set g.env A 2>/dev/null'

# ---- keys of other kinds ------------------------------------------------------------------------------------------
foreign() {
	printf '%s\n' "$FAKE_PGP" >"$TRASH/pgp"
	sed -i "/^sops_mac=/r $TRASH/pgp" f.env
}
fresh "$RECIPIENT" 'foreign keys'
foreign
cp f.env before
has_foreign() {
	is "$1: foreign keys" "$(grep '^sops_pgp' f.env)" "$FAKE_PGP"
}
opens_to 'foreign keys' DB_PASS "$MARK-one"
succeeds 'foreign keys: set' sh -c 'echo two | envseal set f.env DB_PASS'
has_foreign 'foreign keys, set'
opens_to 'foreign keys, set' DB_PASS two
succeeds 'foreign keys: unset' envseal unset f.env LAST
has_foreign 'foreign keys, unset'
echo 'ADDED=x' >>f.env
succeeds 'foreign keys: encrypt' envseal encrypt f.env
has_foreign 'foreign keys, encrypt'
rule "$RECIPIENT,$OTHER"
succeeds 'foreign keys: updatekeys adds' envseal updatekeys f.env
has_foreign 'foreign keys, updatekeys'
cp f.env before
must_fail 77 'foreign keys: rotate is refused' envseal rotate f.env
has 'foreign keys: it names the option' "$TRASH/err" '--drop-foreign'
rule "$RECIPIENT"
must_fail 77 'foreign keys: updatekeys that removes is refused' envseal updatekeys f.env
same 'foreign keys: nothing changed' f.env before
succeeds 'foreign keys: updatekeys --drop-foreign' envseal updatekeys --drop-foreign f.env
not_ok 'foreign keys: then they are gone' grep -q '^sops_pgp' f.env
cp sealed f.env
foreign
succeeds 'foreign keys: rotate --drop-foreign' envseal rotate --drop-foreign f.env
not_ok 'foreign keys: then they are gone, too' grep -q '^sops_pgp' f.env
opens_to 'foreign keys, rotate' DB_PASS "$MARK-one"
cp sealed f.env
foreign
commit 'foreign'
plain two
succeeds 'foreign keys: a plaintext over it' envseal encrypt f.env
has_foreign 'foreign keys, plaintext over it'
plain two
rule "$OTHER,$RECIPIENT"
succeeds 'foreign keys: a plaintext over it, for one more' envseal encrypt f.env
has_foreign 'foreign keys, for one more'
rule "$OTHER"
plain two
must_fail 77 'foreign keys: a plaintext over it, under a new data key, is refused' envseal encrypt f.env
succeeds 'foreign keys: but for --drop-foreign' envseal encrypt --drop-foreign f.env
not_ok 'foreign keys: then they are gone once more' grep -q '^sops_pgp' f.env

# ---- an old layout in a newer file ----------------------------------------------------------------------------------
fresh "$RECIPIENT" 'layout'
printf 'KEY="a\nADMIN=no"\nB=1\n' >f.env
succeeds 'layout: a value over two lines' envseal encrypt --quotes multiline f.env
LAYOUT=$(grep '^sops_envseal=' f.env)
cp f.env sealed
printf 'KEY="a\\nADMIN=yes"\nB=1\n' >f.env
cp f.env before
succeeds 'layout: the same names, the value in one line' envseal encrypt --base sealed f.env
not_ok 'layout: needs no layout' grep -q '^sops_envseal=' f.env
sed -i "s|^sops_lastmodified=|$LAYOUT\n&|" f.env
succeeds 'layout: with the old layout it opens' envseal decrypt f.env
same 'layout: as if it had none' "$TRASH/out" before
has 'layout: a note says so' "$TRASH/err" 'layout'
succeeds 'layout: set on it' sh -c 'echo 2 | envseal set f.env B'
not_ok 'layout: then it is gone' grep -q '^sops_envseal=' f.env

cp sealed f.env
succeeds 'layout: in its own file it counts' envseal decrypt f.env
is 'layout: two lines' "$(head -n 2 "$TRASH/out")" "$(printf 'KEY="a\nADMIN=no"')"
lacks 'layout: no note' "$TRASH/err" 'layout'
printf '%s\n' "$LAYOUT" | sed 's/data:\(.\)/data:\1A/' >forged
sed -i "s|^sops_envseal=.*|$(cat forged)|" f.env
must_fail 51 'layout: a forged one is tampering' envseal decrypt f.env
is 'layout: nothing is shown' "$(wc -c <"$TRASH/out")" 0

# Sealed rightly, by somebody with the data key, but hostile inside.
python3 "$ROOT/tests/cli/sops_token.py" open "$(data_key sealed)" sops:envseal: "${LAYOUT#*=}" >cbor
hostile() {
	cp sealed f.env
	forged=$(python3 "$ROOT/tests/cli/sops_token.py" seal "$(data_key sealed)" sops:envseal:)
	sed -i "s|^sops_envseal=.*|sops_envseal=$forged|" f.env
	succeeds "layout, hostile: $1" envseal decrypt f.env
	is "layout, hostile: $1 is ignored" "$(cat "$TRASH/out")" "$(printf 'KEY="a\\nADMIN=no"\nB=1')"
	has "layout, hostile: $1: a note" "$TRASH/err" 'layout'
}
printf 'x' >inside
hostile 'one byte' <inside
printf '\240' >inside
hostile 'an empty map' <inside
printf '\377' >inside
hostile 'a break' <inside
printf '\277\377' >inside
hostile 'an endless map' <inside
printf '\273\377\377\377\377\377\377\377\377' >inside
hostile 'a map of 2^64 pairs' <inside
head -c 20 cbor >inside
hostile 'half of it' <inside
{ cat cbor && printf '\0'; } >inside
hostile 'a byte too many' <inside
{ printf '\246' && tail -c +2 cbor; } >inside
hostile 'a pair too many' <inside
cat cbor cbor >inside
hostile 'two of them' <inside
python3 -c 'import sys; d = bytearray(sys.stdin.buffer.read()); d[12] ^= 1; sys.stdout.buffer.write(d)' <cbor >inside
hostile 'another hash' <inside
python3 -c 'import sys; sys.stdout.buffer.write(b"\x9f" * 60000)' >inside
hostile 'deep nesting' <inside

printf 'A=1\nsops:envseal=x\n' >f.env
must_fail 203 'layout: the name under which layouts are sealed is reserved' envseal encrypt f.env
printf 'A=1\nsops_new=x\n' >f.env
must_fail 203 'layout: so are those of metadata' envseal encrypt f.env
printf 'A=1\nsops_mac=x\n' >f.env
must_fail 1 'layout: with one that every sealed file has, it counts as a broken one' envseal encrypt f.env
is 'layout: and stays' "$(cat f.env)" "$(printf 'A=1\nsops_mac=x')"
rm -f cbor forged

# ---- equal lines keep their own tokens ------------------------------------------------------------------------------
fresh "$RECIPIENT" 'equal lines'
printf '# same\nA=1\n# same\nA=1\nB=2\n# same\n' >f.env
succeeds 'equal lines: sealed' envseal encrypt --no-base f.env
cp f.env sealed
is 'equal lines: equal lines have different tokens' "$(tokens f.env | sort -u | wc -l)" 6
succeeds 'equal lines: opened in place' envseal decrypt -i f.env
succeeds 'equal lines: sealed again' envseal encrypt f.env
same 'equal lines: bit for bit, although nothing was committed' f.env sealed
succeeds 'equal lines: opened in place once more' envseal decrypt -i f.env
printf '# same\nA=1\n# same\nA=1\nB=3\n# same\n' >f.env
succeeds 'equal lines: one value changed' envseal encrypt f.env
is 'equal lines: one token is new' "$(kept sealed f.env)" 5
is 'equal lines: in their order' "$(grep -v '^B=\|^sops_' f.env)" "$(grep -v '^B=\|^sops_' sealed)"
cp f.env sealed
succeeds 'equal lines: opened in place, a third time' envseal decrypt -i f.env
printf 'A=1\n# same\nA=1\nB=3\n# same\nA=1\n# same\n# same\n' >f.env
succeeds 'equal lines: two more of them, and moved' envseal encrypt f.env
is 'equal lines: every old token is there' "$(kept sealed f.env)" 6
is 'equal lines: and each once' "$(tokens f.env | sort -u | wc -l)" 8
succeeds 'equal lines: opened in place, a fourth time' envseal decrypt -i f.env
printf 'B=3\n' >f.env
succeeds 'equal lines: only one left' envseal encrypt f.env
is 'equal lines: it keeps its token' "$(kept sealed f.env)" 1

# ---- a .sops.yaml that somebody put above the repository ---------------------------------------------------------------
fresh "$RECIPIENT" 'outside rule'
printf 'creation_rules:\n  - age: %s\n' "$OTHER" >"$TRASH/.sops.yaml"
rm -f .sops.yaml
plain one
cp f.env before
must_fail 61 'outside rule: a rule from above the repository does not count' envseal encrypt --no-base f.env
same 'outside rule: nothing changed' f.env before
lacks 'outside rule: its recipient is not used' "$TRASH/err" "$OTHER"
succeeds 'outside rule: sops would take it' sops encrypt f.env
is 'outside rule: and seal to a stranger' "$(sed -n 's/^sops_age__list_0__map_recipient=//p' "$TRASH/out")" "$OTHER"
rule "$RECIPIENT"
mkdir -p deep/er
cp f.env deep/er/f.env
succeeds 'outside rule: that of the root counts' envseal encrypt deep/er/f.env
is 'outside rule: for its recipients' "$(recipients deep/er/f.env)" "$RECIPIENT"
has 'outside rule: the path is said' "$TRASH/err" '\.sops\.yaml'
has 'outside rule: so are the recipients' "$TRASH/err" "$(printf %.10s "$RECIPIENT")"
cp f.env deep/er/f.env
(cd deep && printf 'creation_rules:\n  - age: %s\n' "$OTHER" >.sops.yaml)
succeeds 'outside rule: the nearest counts' envseal encrypt --no-base deep/er/f.env
is 'outside rule: for its recipients, too' "$(recipients deep/er/f.env)" "$OTHER"
succeeds 'outside rule: searched from the file, not from here' sh -c 'cd deep/er && cp ../../f.env ../../g.env && envseal encrypt ../../g.env'
is 'outside rule: that of the root' "$(recipients g.env)" "$RECIPIENT"
rm -rf deep g.env
succeeds 'outside rule: --config names another' envseal encrypt --no-base --config "$TRASH/.sops.yaml" f.env
is 'outside rule: whose recipient counts' "$(recipients f.env)" "$OTHER"
cp before f.env
succeeds 'outside rule: so does SOPS_CONFIG' env SOPS_CONFIG="$TRASH/.sops.yaml" envseal encrypt --no-base f.env
is 'outside rule: whose recipient counts, too' "$(recipients f.env)" "$OTHER"
cp before f.env
succeeds 'outside rule: SOPS_AGE_RECIPIENTS is honoured' env SOPS_AGE_RECIPIENTS="$OTHER" envseal encrypt --no-base f.env
is 'outside rule: over the rule' "$(recipients f.env)" "$OTHER"
has 'outside rule: and said' "$TRASH/err" 'SOPS_AGE_RECIPIENTS'

# Outside a repository: own directories only, none that everybody can write.
rm -f "$TRASH/.sops.yaml"
mkdir -p "$TRASH/public/mine"
chmod 1777 "$TRASH/public"
printf 'creation_rules:\n  - age: %s\n' "$OTHER" >"$TRASH/public/.sops.yaml"
cp before "$TRASH/public/mine/f.env"
must_fail 61 'outside rule: a rule in a directory of everybody does not count' envseal encrypt "$TRASH/public/mine/f.env"
printf 'creation_rules:\n  - age: %s\n' "$RECIPIENT" >"$TRASH/public/mine/.sops.yaml"
succeeds 'outside rule: one in an own directory does' envseal encrypt "$TRASH/public/mine/f.env"
is 'outside rule: for its recipient' "$(recipients "$TRASH/public/mine/f.env")" "$RECIPIENT"
done_testing
