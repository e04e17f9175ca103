#!/bin/sh
# The check before a commit: what it refuses, what it lets pass, and the ways to go on.
. "$(dirname "$0")/../lib.sh"
needs git sops
keys || exit 1
repository
succeeds 'install' envseal git install

seal() {
	sops encrypt -i --age "$RECIPIENT" --input-type dotenv --output-type dotenv "$1"
}
refused() {
	must_fail 1 "$1" git commit -q -m x
	has "... which is named" "$TRASH/err" "$2"
}
passes() {
	succeeds "$1" git commit -q -m x
}

# ---- before the first commit -------------------------------------------------------------------------------------------------
printf 'A=%s\n' "$MARK" >.env
git add .env
refused 'a plain .env in the first commit' '^envseal: \.env: staged in clear'
no_mark 'its value is not shown'
seal .env
git add .env
passes 'the sealed one'

# ---- HEAD has it sealed --------------------------------------------------------------------------------------------------------
sops decrypt -i --input-type dotenv --output-type dotenv .env
git add .env
refused 'decrypted in place' '^envseal: \.env: staged in clear, and HEAD has it sealed'
no_mark 'its value is not shown'
has 'the way out is named' "$TRASH/err" '^hint: .*envseal encrypt'
must_fail 1 'commit -a, with an index of its own' git commit -q -a -m x
git reset -q
must_fail 1 'commit of a path, likewise' git commit -q -m x .env
git add .env
succeeds '--no-verify goes on' git commit -q --no-verify -m 'in clear'
git reset -q --hard HEAD~1
printf 'A=%s\n' "$MARK" >plain && mkdir -p conf && cp plain conf/settings && seal conf/settings
git add conf && git commit -q -m 'a sealed file of any name'
cp plain conf/settings
git add conf
refused 'a file of any name that HEAD has sealed' '^envseal: conf/settings: staged in clear, and HEAD has it sealed'
printf 'conf/settings -envseal\n' >.gitattributes
refused '-envseal does not make that go away' 'HEAD has it sealed'
rm .gitattributes
: >conf/settings
git add conf
passes 'emptied'
git rm -q --cached .env
passes 'deleted'
git reset -q --hard HEAD~2

# ---- what attributes say ---------------------------------------------------------------------------------------------------------
printf 'A=1\n' >.env.ci
git add .env.ci
refused 'a new .env.ci' '^envseal: \.env\.ci: staged in clear'
has 'the hint names the attribute' "$TRASH/err" '\.env.*-envseal\|FILE -envseal'
printf '.env.ci -envseal\n' >.gitattributes
git add .gitattributes
passes 'with -envseal it may stand in clear'
printf 'B=2\n' >>.env.ci
git add .env.ci
passes 'and change'
printf 'secrets/* envseal\n' >>.gitattributes
mkdir secrets && printf 'A=1\n' >secrets/prod
git add .
refused 'a file with the attribute envseal' '^envseal: secrets/prod: staged in clear'
git rm -q --cached secrets/prod && rm -r secrets
passes 'without it'
for name in .env.example .env.sample .env.production.template web.env.dist example.env .env-Example; do
	printf 'A=change-me\n' >$name
done
git add .
passes 'examples'
printf '# only names\nA=\nB=\n' >.env.names
git add .
passes 'names without values'
printf 'not dotenv at all\n' >.env.broken
git add .
refused 'what cannot be read counts as values' 'env\.broken'
git rm -q --cached .env.broken && rm .env.broken
printf 'x\n' >README
ln -s .env .env.link
git add .
passes 'other files and links'
odd="$(printf 'odd\nname "x".env')"
printf 'A=1\n' >"$odd"
git add .
refused 'a name with a line feed' 'odd\\x0aname'
git rm -q --cached "$odd" && rm "$odd"

# ---- sealed, but not whole -----------------------------------------------------------------------------------------------------------
printf 'A=1\nB=2\nE=\nP_unencrypted=x\n' >.env.prod
seal .env.prod
cp .env.prod "$TRASH/good"
git add .
passes 'sealed, with an empty value and one left in clear'
sed "s/^B=.*/B=$MARK/" "$TRASH/good" >.env.prod
git add .
refused 'a value in clear' '^envseal: \.env\.prod:2: a value stands in clear'
no_mark 'it is not shown'
sed "2i N=$MARK" "$TRASH/good" >.env.prod
git add .
refused 'a value that was added in clear' '^envseal: \.env\.prod:2: '
{ echo '<<<<<<< ours'; sed -n 1p "$TRASH/good"; echo '======='; sed -n 1p "$TRASH/good"; echo '>>>>>>> theirs'; sed 1d "$TRASH/good"; } >.env.prod
git add .
refused 'conflict markers' '^envseal: \.env\.prod:1:.*conflict'
sed '/^sops_lastmodified=/d' "$TRASH/good" >.env.prod
git add .
refused 'metadata that are not whole' '^envseal: \.env\.prod'
sed 's/$/\r/' "$TRASH/good" >.env.prod
git add .
passes 'with CRLF'
cp "$TRASH/good" .env.prod && git add . && git commit -q -m x

# ---- many and large ---------------------------------------------------------------------------------------------------------------------
mkdir many
i=0
while [ $i -lt 300 ]; do
	printf 'A=%s\n' $i >many/f$i
	i=$((i + 1))
done
printf 'A=1\n' >many/.env
for i in 1 2 3; do
	head -c 20000000 /dev/zero >many/zero$i
done
head -c 300000000 /dev/zero >many/large
git add .
refused 'one among many and large ones' '^envseal: many/\.env: staged in clear'
is 'and only that' "$(grep -c '^envseal:' "$TRASH/err")" 1
git reset -q --hard

# ---- where git needs its environment ---------------------------------------------------------------------------------------------------------
mkdir -p conf
printf 'A=1\n' >conf/.env
git add conf/.env
must_fail 1 'from a directory below' sh -c 'cd conf && git commit -q -m x'
has 'paths are from the root' "$TRASH/err" '^envseal: conf/\.env: '
must_fail 2 'outside of a repository' sh -c 'cd / && envseal git pre-commit'
done_testing
