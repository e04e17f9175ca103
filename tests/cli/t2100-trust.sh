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

# ---- T1: who left must not read what is sealed next -----------------------------------------------------------------
fresh "$RECIPIENT,$OTHER" 'T1, rule'
rule "$RECIPIENT"
succeeds 'T1, rule: opened in place' envseal decrypt -i f.env
sed -i 's/^LAST=.*/LAST=after/' f.env
succeeds 'T1, rule: sealed without the leaver' envseal encrypt f.env
has 'T1, rule: a line says so' "$TRASH/err" 'new data key'
is 'T1, rule: recipients' "$(recipients f.env)" "$RECIPIENT"
is 'T1, rule: no token is kept' "$(kept sealed f.env)" 0
differs 'T1, rule: a new data key' "$(data_key f.env)" "$(data_key sealed)"
must_fail 128 'T1, rule: the leaver cannot open it' env HOME="$TRASH/nobody" SOPS_AGE_KEY_FILE="$OTHER_KEY" envseal decrypt f.env
opens_to 'T1, rule' LAST after

fresh "$RECIPIENT,$OTHER" 'T1, stock'
rule "$RECIPIENT"
succeeds 'T1, stock: sops updatekeys takes the leaver out' sops updatekeys --yes f.env
is 'T1, stock: it keeps the data key' "$(data_key f.env)" "$(data_key sealed)"
succeeds 'T1, stock: opened in place' envseal decrypt -i f.env
sed -i 's/^LAST=.*/LAST=after/' f.env
succeeds 'T1, stock: sealed' envseal encrypt f.env
is 'T1, stock: no token is kept' "$(kept sealed f.env)" 0
differs 'T1, stock: a new data key' "$(data_key f.env)" "$(data_key sealed)"

fresh "$RECIPIENT,$OTHER" 'T1, --base'
rule "$RECIPIENT"
plain two
succeeds 'T1, --base: sealed over it' envseal encrypt --base sealed f.env
has 'T1, --base: a line says so' "$TRASH/err" 'new data key'
is 'T1, --base: no token is kept' "$(kept sealed f.env)" 0
differs 'T1, --base: a new data key' "$(data_key f.env)" "$(data_key sealed)"

fresh "$RECIPIENT" 'T1, somebody comes'
rule "$RECIPIENT,$OTHER"
plain one
succeeds 'T1, somebody comes: sealed' envseal encrypt f.env
is 'T1, somebody comes: every token is kept' "$(kept sealed f.env)" "$(tokens sealed | wc -l)"
is 'T1, somebody comes: recipients' "$(recipients f.env)" "$RECIPIENT,$OTHER"

# A base whose MAC is not valid.
fresh "$RECIPIENT" 'T1, broken base'
sed 's/^DB_HOST=.*/DB_HOST=/' sealed >broken.env
plain one
succeeds 'T1, broken base: sealed' envseal encrypt --base broken.env f.env
is 'T1, broken base: no token is kept' "$(kept sealed f.env)" 0
has 'T1, broken base: a line says so' "$TRASH/err" 'new data key'
plain one
succeeds '--no-base: sealed' envseal encrypt --no-base f.env
is '--no-base: no token is kept' "$(kept sealed f.env)" 0

# ---- T2: an old token of the same name must not get a new MAC --------------------------------------------------------
fresh "$RECIPIENT" 'T2'
succeeds 'T2: a new value' sh -c 'echo two | envseal set f.env DB_PASS'
commit 'a new value'
sed -i "s|^DB_PASS=.*|$(grep '^DB_PASS=' sealed)|" f.env
must_fail 51 'T2: the old token put back does not open' envseal decrypt f.env
is 'T2: nothing is shown' "$(wc -c <"$TRASH/out")" 0
cp f.env before
must_fail 51 'T2: encrypt does not bless it' envseal encrypt f.env
echo 'ADDED=in clear' >>f.env
cp f.env before
must_fail 51 'T2: nor behind a value in clear' envseal encrypt f.env
has 'T2: it names the token' "$TRASH/err" 'DB_PASS'
same 'T2: nothing changed' f.env before
no_mark 'T2: no value is shown'
must_fail 51 'T2: nor with the version of today as base' sh -c 'git show HEAD:f.env >head.env && envseal encrypt --base head.env f.env'
rm -f head.env

git checkout -q f.env
sed -i '1i ADDED=in clear' f.env
succeeds 'T2: a value in clear in a sound file is sealed' envseal encrypt f.env
opens_to 'T2, addition' ADDED 'in clear'

git checkout -q f.env
succeeds 'T2: a newer value, not committed' sh -c 'echo three | envseal set f.env DB_PASS'
sed -i "s|^DB_PASS=.*|$(git show HEAD:f.env | grep '^DB_PASS=')|; 1i ADDED=in clear" f.env
succeeds 'T2: a token that stands at HEAD is known' envseal encrypt f.env
opens_to 'T2, token at HEAD' DB_PASS two

git checkout -q f.env
succeeds 'T2: a newer value, staged' sh -c 'echo three | envseal set f.env DB_PASS && git add f.env'
grep '^DB_PASS=' f.env >staged
succeeds 'T2: a newer value of another name' sh -c 'git show HEAD:f.env >f.env && echo other | envseal set f.env DB_HOST && git add -N f.env'
git show :f.env >index.env
is 'T2: the index has the token' "$(grep '^DB_PASS=' index.env)" "$(cat staged)"
git show HEAD:f.env >f.env
sed -i "s|^DB_PASS=.*|$(cat staged)|; 1i ADDED=in clear" f.env
succeeds 'T2: a token that stands in the index is known' envseal encrypt f.env
rm -f staged index.env
git reset -q --hard

# A merge by lines: each token stands in one of the parents.
git checkout -q -b side
succeeds 'T2, merge: theirs' sh -c 'echo theirs | envseal set f.env DB_HOST'
commit theirs
git checkout -q main
succeeds 'T2, merge: ours' sh -c 'echo ours | envseal set f.env LAST'
commit ours
git merge -q side >/dev/null 2>&1 || :
git show side:f.env | grep '^DB_HOST=' >theirs
git show main:f.env | sed "s|^DB_HOST=.*|$(cat theirs)|" >f.env
rm -f theirs
ok 'T2, merge: the merge is not done' git rev-parse -q --verify MERGE_HEAD >/dev/null
succeeds 'T2, merge: tokens of both parents are known' envseal encrypt f.env
opens_to 'T2, merge' DB_HOST theirs
git merge --abort 2>/dev/null || git reset -q --hard
git branch -q -D side

# ---- T3: a data key that somebody planted ----------------------------------------------------------------------------
# Mallory knows the recipient, as everybody does, and seals a file of the same look under a data key that she knows.
fresh "$RECIPIENT" 'T3'
mkdir "$TRASH/mallory"
planted() {
	plain mallory
	HOME=$TRASH/mallory envseal encrypt -q --no-base f.env 2>/dev/null || HOME=$TRASH/mallory sops encrypt --age "$RECIPIENT" -i f.env
}
(
	cd "$TRASH/mallory" && printf 'DB_HOST=db.example.org\nDB_PASS=hers\nLAST=last\n' >f.env &&
		HOME=$TRASH/mallory sops encrypt --age "$RECIPIENT" -i f.env
)
succeeds 'T3: our own file says nothing' envseal get f.env LAST
lacks 'T3: no note' "$TRASH/err" 'data key'
cp "$TRASH/mallory/f.env" f.env
git add f.env && git -c user.name='Mallory' commit -q --author='Mallory <m@example.org>' -m 'harmless'
succeeds 'T3: a planted file opens' envseal get f.env LAST
has 'T3: a line says that the data key changed' "$TRASH/err" 'data key'
has 'T3: and who brought it' "$TRASH/err" 'Mallory'
has 'T3: and with which commit' "$TRASH/err" "$(git rev-parse --short=7 HEAD)"
git config envseal.pin strict
cp f.env before
must_fail 77 'T3, strict: set is refused' sh -c 'echo secret | envseal set f.env DB_PASS'
has 'T3, strict: it says how to go on' "$TRASH/err" 'envseal trust'
must_fail 77 'T3, strict: unset is refused' envseal unset f.env LAST
same 'T3, strict: nothing changed' f.env before
succeeds 'T3, strict: opened in another place' envseal decrypt -o f2.env f.env
rm -f f2.env
cp f.env sealed
plain new
must_fail 77 'T3, strict: encrypt over it is refused' envseal encrypt f.env
cp sealed f.env
echo 'ADDED=in clear' >>f.env
must_fail 77 'T3, strict: encrypt of an addition is refused' envseal encrypt f.env
cp sealed f.env
succeeds 'T3, strict: rotate is the way to a data key of ours, after trust' envseal trust f.env
succeeds 'T3, strict: after trust, set' sh -c 'echo secret | envseal set f.env DB_PASS'
lacks 'T3, strict: without a note' "$TRASH/err" 'not the one'
opens_to 'T3, strict' DB_PASS secret
git config --unset envseal.pin
git reset -q --hard

# ---- T4: a planted recipient must not get a new data key --------------------------------------------------------------
plant() {
	sed -i "s|^sops_lastmodified=|sops_age__list_1__map_enc=-----BEGIN AGE ENCRYPTED FILE-----\\\\nbm9uc2Vuc2U=\\\\n-----END AGE ENCRYPTED FILE-----\\\\n\nsops_age__list_1__map_recipient=$OTHER\n&|" "$1"
}
fresh "$RECIPIENT" 'T4'
plant f.env
is 'T4: planted' "$(recipients f.env)" "$RECIPIENT,$OTHER"
cp f.env before
succeeds 'T4: it opens' envseal decrypt f.env
must_fail 77 'T4: rotate is refused' envseal rotate f.env
has 'T4: it names the recipient' "$TRASH/err" "$OTHER"
has 'T4: and the way out' "$TRASH/err" 'updatekeys'
must_fail 77 'T4: set is refused' sh -c 'echo x | envseal set f.env DB_PASS'
same 'T4: nothing changed' f.env before
echo 'ADDED=in clear' >>f.env
cp f.env before
must_fail 77 'T4: encrypt is refused' envseal encrypt f.env
same 'T4: nothing changed by encrypt' f.env before
cp sealed f.env
plant f.env
must_fail 1 'T4: verify finds it' envseal verify f.env
succeeds 'T4: updatekeys is the way out' envseal updatekeys f.env
is 'T4: the recipients of the rule' "$(recipients f.env)" "$RECIPIENT"
is 'T4: no token is kept' "$(kept sealed f.env)" 0
differs 'T4: a new data key' "$(data_key f.env)" "$(data_key sealed)"
opens_to 'T4' DB_PASS "$MARK-one"
succeeds 'T4: then rotate goes' envseal rotate f.env

# A planted version at HEAD: what is sealed over it goes to the rule's recipients, under a new data key.
cp sealed f.env
plant f.env
commit 'planted'
plain two
succeeds 'T4, HEAD: sealed over it' envseal encrypt f.env
is 'T4, HEAD: the recipients of the rule' "$(recipients f.env)" "$RECIPIENT"
is 'T4, HEAD: no token is kept' "$(kept sealed f.env)" 0

# ---- T5: a selection that was changed in the file --------------------------------------------------------------------
fresh "$RECIPIENT" 'T5'
sed -i 's/^sops_unencrypted_suffix=.*/sops_unencrypted_suffix=_KEY/' f.env
succeeds 'T5: the file opens' envseal decrypt f.env
cp f.env before
must_fail 77 'T5: set is refused' sh -c 'echo sk_live | envseal set f.env STRIPE_KEY'
has 'T5: it names the option' "$TRASH/err" '--as-in-file'
must_fail 77 'T5: a value in clear is refused' sh -c 'echo sk_live | envseal set --as-in-file f.env STRIPE_KEY'
has 'T5: it says that it would be in clear' "$TRASH/err" '--clear'
same 'T5: nothing changed' f.env before
succeeds 'T5: another name is sealed as the file says' sh -c 'echo sk_live | envseal set --as-in-file f.env DB_PASS'
ok 'T5: it is sealed' grep -q '^DB_PASS=ENC' f.env
succeeds 'T5: with both it is stored in clear' sh -c 'echo pk_test | envseal set --as-in-file --clear f.env STRIPE_KEY'
ok 'T5: in clear' grep -q '^STRIPE_KEY=pk_test$' f.env
opens_to 'T5' STRIPE_KEY pk_test
must_fail 1 'T5: verify finds it' envseal verify f.env

cp before f.env
printf 'STRIPE_KEY=sk_live\nNEW=x\n' >>f.env
cp f.env before
must_fail 77 'T5: encrypt is refused' envseal encrypt f.env
same 'T5: nothing changed by encrypt' f.env before
ok 'T5: encrypt as in the rule' envseal encrypt --as-in-rule f.env
ok 'T5: then it is sealed' grep -q '^STRIPE_KEY=ENC' f.env
ok 'T5: and the file selects as the rule' grep -q '^sops_unencrypted_suffix=_unencrypted$' f.env
opens_to 'T5, as in the rule' STRIPE_KEY sk_live

# The same in the version at HEAD, under a plaintext.
cp sealed f.env
sed -i 's/^sops_unencrypted_suffix=.*/sops_unencrypted_suffix=_KEY/' f.env
commit 'another suffix'
plain two
echo 'STRIPE_KEY=sk_live' >>f.env
cp f.env before
must_fail 77 'T5, HEAD: encrypt is refused' envseal encrypt f.env
same 'T5, HEAD: nothing changed' f.env before
succeeds 'T5, HEAD: encrypt as in the rule' envseal encrypt --as-in-rule f.env
ok 'T5, HEAD: it is sealed' grep -q '^STRIPE_KEY=ENC' f.env

# A rule that selects nothing by a mistake: what stays in clear is named.
fresh "$RECIPIENT" 'T5, clear'
printf '    encrypted_regex: ^NONE$\n' >>.sops.yaml
printf 'A=1\nNONE=2\n' >g.env
succeeds 'T5, clear: sealed' envseal encrypt g.env
has 'T5, clear: the value in clear is named' "$TRASH/err" '\<A\>'
ok 'T5, clear: set needs --clear' sh -c '! echo 3 | envseal set g.env A 2>/dev/null'

# ---- T6: keys of other kinds ------------------------------------------------------------------------------------------
foreign() {
	printf '%s\n' "$FAKE_PGP" >"$TRASH/pgp"
	sed -i "/^sops_mac=/r $TRASH/pgp" f.env
}
fresh "$RECIPIENT" 'T6'
foreign
cp f.env before
has_foreign() {
	is "$1: foreign keys" "$(grep '^sops_pgp' f.env)" "$FAKE_PGP"
}
opens_to 'T6' DB_PASS "$MARK-one"
succeeds 'T6: set' sh -c 'echo two | envseal set f.env DB_PASS'
has_foreign 'T6, set'
opens_to 'T6, set' DB_PASS two
succeeds 'T6: unset' envseal unset f.env LAST
has_foreign 'T6, unset'
echo 'ADDED=x' >>f.env
succeeds 'T6: encrypt' envseal encrypt f.env
has_foreign 'T6, encrypt'
rule "$RECIPIENT,$OTHER"
succeeds 'T6: updatekeys adds' envseal updatekeys f.env
has_foreign 'T6, updatekeys'
cp f.env before
must_fail 77 'T6: rotate is refused' envseal rotate f.env
has 'T6: it names the option' "$TRASH/err" '--drop-foreign'
rule "$RECIPIENT"
must_fail 77 'T6: updatekeys that removes is refused' envseal updatekeys f.env
same 'T6: nothing changed' f.env before
succeeds 'T6: updatekeys --drop-foreign' envseal updatekeys --drop-foreign f.env
not_ok 'T6: then they are gone' grep -q '^sops_pgp' f.env
cp sealed f.env
foreign
succeeds 'T6: rotate --drop-foreign' envseal rotate --drop-foreign f.env
not_ok 'T6: then they are gone, too' grep -q '^sops_pgp' f.env
opens_to 'T6, rotate' DB_PASS "$MARK-one"
cp sealed f.env
foreign
commit 'foreign'
plain two
succeeds 'T6: a plaintext over it' envseal encrypt f.env
has_foreign 'T6, plaintext over it'
plain two
rule "$OTHER,$RECIPIENT"
succeeds 'T6: a plaintext over it, for one more' envseal encrypt f.env
has_foreign 'T6, for one more'
rule "$OTHER"
plain two
must_fail 77 'T6: a plaintext over it, under a new data key, is refused' envseal encrypt f.env
succeeds 'T6: but for --drop-foreign' envseal encrypt --drop-foreign f.env
not_ok 'T6: then they are gone once more' grep -q '^sops_pgp' f.env

# ---- T7: an old layout in a newer file ----------------------------------------------------------------------------------
fresh "$RECIPIENT" 'T7'
printf 'KEY="a\nADMIN=no"\nB=1\n' >f.env
succeeds 'T7: a value over two lines' envseal encrypt --quotes multiline f.env
LAYOUT=$(grep '^sops_envseal=' f.env)
cp f.env sealed
printf 'KEY="a\\nADMIN=yes"\nB=1\n' >f.env
cp f.env before
succeeds 'T7: the same names, the value in one line' envseal encrypt --base sealed f.env
not_ok 'T7: needs no layout' grep -q '^sops_envseal=' f.env
sed -i "s|^sops_lastmodified=|$LAYOUT\n&|" f.env
succeeds 'T7: with the old layout it opens' envseal decrypt f.env
same 'T7: as if it had none' "$TRASH/out" before
has 'T7: a note says so' "$TRASH/err" 'layout'
succeeds 'T7: set on it' sh -c 'echo 2 | envseal set f.env B'
not_ok 'T7: then it is gone' grep -q '^sops_envseal=' f.env

cp sealed f.env
succeeds 'T7: in its own file it counts' envseal decrypt f.env
is 'T7: two lines' "$(head -n 2 "$TRASH/out")" "$(printf 'KEY="a\nADMIN=no"')"
lacks 'T7: no note' "$TRASH/err" 'layout'
printf '%s\n' "$LAYOUT" | sed 's/data:\(.\)/data:\1A/' >forged
sed -i "s|^sops_envseal=.*|$(cat forged)|" f.env
must_fail 51 'T7: a forged one is tampering' envseal decrypt f.env
is 'T7: nothing is shown' "$(wc -c <"$TRASH/out")" 0

# Sealed rightly, by somebody with the data key, but hostile inside.
python3 "$ROOT/tests/cli/sops_token.py" open "$(data_key sealed)" sops:envseal: "${LAYOUT#*=}" >cbor
hostile() {
	cp sealed f.env
	forged=$(python3 "$ROOT/tests/cli/sops_token.py" seal "$(data_key sealed)" sops:envseal:)
	sed -i "s|^sops_envseal=.*|sops_envseal=$forged|" f.env
	succeeds "T7, hostile: $1" envseal decrypt f.env
	is "T7, hostile: $1 is ignored" "$(cat "$TRASH/out")" "$(printf 'KEY="a\\nADMIN=no"\nB=1')"
	has "T7, hostile: $1: a note" "$TRASH/err" 'layout'
}
printf 'x' | hostile 'one byte'
printf '\240' | hostile 'an empty map'
printf '\377' | hostile 'a break'
printf '\277\377' | hostile 'an endless map'
printf '\273\377\377\377\377\377\377\377\377' | hostile 'a map of 2^64 pairs'
head -c 20 cbor | hostile 'half of it'
{ cat cbor && printf '\0'; } | hostile 'a byte too many'
{ printf '\246' && tail -c +2 cbor; } | hostile 'a pair too many'
cat cbor cbor | hostile 'two of them'
python3 -c 'import sys; d = bytearray(sys.stdin.buffer.read()); d[12] ^= 1; sys.stdout.buffer.write(d)' <cbor | hostile 'another hash'
python3 -c 'import sys; sys.stdout.buffer.write(b"\x9f" * 60000)' | hostile 'deep nesting'

printf 'A=1\nsops:envseal=x\n' >f.env
must_fail 203 'T7: the name under which layouts are sealed is reserved' envseal encrypt f.env
printf 'A=1\nsops_new=x\n' >f.env
must_fail 203 'T7: so are those of metadata' envseal encrypt f.env
printf 'A=1\nsops_mac=x\n' >f.env
must_fail 1 'T7: with one that every sealed file has, it counts as a broken one' envseal encrypt f.env
is 'T7: and stays' "$(cat f.env)" "$(printf 'A=1\nsops_mac=x')"
rm -f cbor forged

# ---- T8: equal lines keep their own tokens ------------------------------------------------------------------------------
fresh "$RECIPIENT" 'T8'
printf '# same\nA=1\n# same\nA=1\nB=2\n# same\n' >f.env
succeeds 'T8: sealed' envseal encrypt --no-base f.env
cp f.env sealed
is 'T8: equal lines have different tokens' "$(tokens f.env | sort -u | wc -l)" 6
succeeds 'T8: opened in place' envseal decrypt -i f.env
succeeds 'T8: sealed again' envseal encrypt f.env
same 'T8: bit for bit, although nothing was committed' f.env sealed
succeeds 'T8: opened in place once more' envseal decrypt -i f.env
printf '# same\nA=1\n# same\nA=1\nB=3\n# same\n' >f.env
succeeds 'T8: one value changed' envseal encrypt f.env
is 'T8: one token is new' "$(kept sealed f.env)" 5
is 'T8: in their order' "$(grep -v '^B=\|^sops_' f.env)" "$(grep -v '^B=\|^sops_' sealed)"
cp f.env sealed
succeeds 'T8: opened in place, a third time' envseal decrypt -i f.env
printf 'A=1\n# same\nA=1\nB=3\n# same\nA=1\n# same\n# same\n' >f.env
succeeds 'T8: two more of them, and moved' envseal encrypt f.env
is 'T8: every old token is there' "$(kept sealed f.env)" 6
is 'T8: and each once' "$(tokens f.env | sort -u | wc -l)" 8
succeeds 'T8: opened in place, a fourth time' envseal decrypt -i f.env
printf 'B=3\n' >f.env
succeeds 'T8: only one left' envseal encrypt f.env
is 'T8: it keeps its token' "$(kept sealed f.env)" 1

# ---- T14: a .sops.yaml that somebody put above the repository ---------------------------------------------------------------
fresh "$RECIPIENT" 'T14'
printf 'creation_rules:\n  - age: %s\n' "$OTHER" >"$TRASH/.sops.yaml"
rm -f .sops.yaml
plain one
cp f.env before
must_fail 61 'T14: a rule from above the repository does not count' envseal encrypt --no-base f.env
same 'T14: nothing changed' f.env before
lacks 'T14: its recipient is not used' "$TRASH/err" "$OTHER"
succeeds 'T14: sops would take it' sops encrypt f.env
is 'T14: and seal to a stranger' "$(sed -n 's/^sops_age__list_0__map_recipient=//p' "$TRASH/out")" "$OTHER"
rule "$RECIPIENT"
mkdir -p deep/er
cp f.env deep/er/f.env
succeeds 'T14: that of the root counts' envseal encrypt deep/er/f.env
is 'T14: for its recipients' "$(recipients deep/er/f.env)" "$RECIPIENT"
has 'T14: the path is said' "$TRASH/err" '\.sops\.yaml'
has 'T14: so are the recipients' "$TRASH/err" "$(printf %.10s "$RECIPIENT")"
cp f.env deep/er/f.env
(cd deep && printf 'creation_rules:\n  - age: %s\n' "$OTHER" >.sops.yaml)
succeeds 'T14: the nearest counts' envseal encrypt --no-base deep/er/f.env
is 'T14: for its recipients, too' "$(recipients deep/er/f.env)" "$OTHER"
succeeds 'T14: searched from the file, not from here' sh -c 'cd deep/er && cp ../../f.env ../../g.env && envseal encrypt ../../g.env'
is 'T14: that of the root' "$(recipients g.env)" "$RECIPIENT"
rm -rf deep g.env
succeeds 'T14: --config names another' envseal encrypt --no-base --config "$TRASH/.sops.yaml" f.env
is 'T14: whose recipient counts' "$(recipients f.env)" "$OTHER"
cp before f.env
succeeds 'T14: so does SOPS_CONFIG' env SOPS_CONFIG="$TRASH/.sops.yaml" envseal encrypt --no-base f.env
is 'T14: whose recipient counts, too' "$(recipients f.env)" "$OTHER"
cp before f.env
succeeds 'T14: SOPS_AGE_RECIPIENTS is honoured' env SOPS_AGE_RECIPIENTS="$OTHER" envseal encrypt --no-base f.env
is 'T14: over the rule' "$(recipients f.env)" "$OTHER"
has 'T14: and said' "$TRASH/err" 'SOPS_AGE_RECIPIENTS'

# Outside a repository: own directories only, none that everybody can write.
rm -f "$TRASH/.sops.yaml"
mkdir -p "$TRASH/public/mine"
chmod 1777 "$TRASH/public"
printf 'creation_rules:\n  - age: %s\n' "$OTHER" >"$TRASH/public/.sops.yaml"
cp before "$TRASH/public/mine/f.env"
must_fail 61 'T14: a rule in a directory of everybody does not count' envseal encrypt "$TRASH/public/mine/f.env"
printf 'creation_rules:\n  - age: %s\n' "$RECIPIENT" >"$TRASH/public/mine/.sops.yaml"
succeeds 'T14: one in an own directory does' envseal encrypt "$TRASH/public/mine/f.env"
is 'T14: for its recipient' "$(recipients "$TRASH/public/mine/f.env")" "$RECIPIENT"
done_testing
