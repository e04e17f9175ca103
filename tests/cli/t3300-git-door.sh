#!/bin/sh
# git is asked in a way that lets a repository run nothing, fetch nothing, and stand for another one.
. "$(dirname "$0")/../lib.sh"
needs git sops
keys || exit 1
printf 'creation_rules:\n  - age: %s\n' "$RECIPIENT" >"$TRASH/sops.yaml"
plain() {
	printf 'A=1\nB=2\n'
}
newline='
'

# A repository whose .env is sealed at HEAD and lies there in clear.
sealed_repository() {
	mkdir -p "$1" && cd "$1" || exit 1
	git init -q -b main .
	cp "$TRASH/sops.yaml" .sops.yaml
	plain >.env
	sops encrypt -i --input-type dotenv --output-type dotenv .env
	git add -A && git commit -q -m sealed
	cp .env "$TRASH/sealed"
	plain >.env
}

# ---- the base comes from HEAD -----------------------------------------------------------------------------------------------
sealed_repository "$TRASH/r"
succeeds 'encrypt' envseal encrypt .env
same 'gives back what HEAD has' .env "$TRASH/sealed"
mkdir sub && cd sub || exit 1
plain >../.env
succeeds 'from a directory below' envseal encrypt ../.env
same 'as well' ../.env "$TRASH/sealed"
cd ..
git worktree add -q "$TRASH/tree" -b other 2>"$TRASH/err"
plain >"$TRASH/tree/.env"
succeeds 'in another work tree' envseal encrypt "$TRASH/tree/.env"
same 'as well' "$TRASH/tree/.env" "$TRASH/sealed"

# ---- an environment that points elsewhere --------------------------------------------------------------------------------------
(sealed_repository "$TRASH/elsewhere")
cp "$TRASH/elsewhere/.env" /dev/null
git -C "$TRASH/r" show HEAD:.env >"$TRASH/sealed"
for variable in "GIT_DIR=$TRASH/elsewhere/.git" "GIT_WORK_TREE=$TRASH/elsewhere" "GIT_INDEX_FILE=$TRASH/nowhere" \
	"GIT_OBJECT_DIRECTORY=$TRASH/elsewhere/.git/objects" "GIT_COMMON_DIR=$TRASH/elsewhere/.git" GIT_NAMESPACE=x \
	GIT_LITERAL_PATHSPECS=0 "GIT_CEILING_DIRECTORIES=$TRASH/r" "GIT_TRACE=$TRASH/trace"; do
	plain >.env
	succeeds "with ${variable%%=*}" env "$variable" envseal encrypt .env
	same 'the base is still that of the file' .env "$TRASH/sealed"
done

# ---- names that git could read otherwise --------------------------------------------------------------------------------------------
for name in '[a]*?.env' ':(top).env' "line${newline}feed.env" '-x.env' '2:x.env' 'ä.env' ' .env '; do
	plain >"./$name"
	envseal encrypt -q --any-name "./$name" || note "cannot seal $name"
	cp "./$name" "$TRASH/sealed2"
	git add . && git commit -q -m x
	plain >"./$name"
	succeeds "a file called $(printf '%s' "$name" | tr '\n' '?')" envseal encrypt "./$name"
	same 'has its base' "./$name" "$TRASH/sealed2"
done

# ---- no version is not the same as none that can be read --------------------------------------------------------------------------------
mkdir "$TRASH/fresh" && cd "$TRASH/fresh" && git init -q -b main . && cp "$TRASH/sops.yaml" .sops.yaml && plain >.env
succeeds 'no commit yet' envseal encrypt .env
git add -A && git commit -q -m x
plain >new.env
succeeds 'a file that HEAD does not have' envseal encrypt new.env
plain >.env
blob=$(git rev-parse HEAD:.env)
object=.git/objects/$(echo "$blob" | cut -c1-2)/$(echo "$blob" | cut -c3-)
mv "$object" "$TRASH/object"
must_fail 2 'the blob at HEAD is missing' envseal encrypt .env
has 'the hint names --no-base' "$TRASH/err" '^hint: .*--no-base'
plain >"$TRASH/want"
same 'the file is as it was' .env "$TRASH/want"
succeeds '--no-base goes on' envseal encrypt --no-base .env
plain >.env
mv "$TRASH/object" "$object"
cp .git/refs/heads/main "$TRASH/ref"
echo garbage >.git/refs/heads/main
must_fail 2 'a broken reference' envseal encrypt .env
echo 1234567890123456789012345678901234567890 >.git/refs/heads/main
must_fail 2 'a commit that is not there' envseal encrypt .env
cp "$TRASH/ref" .git/refs/heads/main
succeeds 'put right' envseal encrypt .env
PATH_WITHOUT=$TRASH/nothing
mkdir "$PATH_WITHOUT"
plain >.env
run env PATH="$PATH_WITHOUT" "$TRASH/bin/envseal" encrypt .env
ok 'without git it is an error' test "$status" -ne 0
same 'and the file is as it was' .env "$TRASH/want"

# ---- safe.directory ----------------------------------------------------------------------------------------------------------------------
if [ "$(id -u)" -eq 0 ]; then
	plain >.env
	chown -R 65534 "$TRASH/fresh"
	must_fail 2 'a repository of somebody else' envseal encrypt .env
	has 'is refused in the words of git' "$TRASH/err" 'dubious ownership'
	same 'the file is as it was' .env "$TRASH/want"
	chown -R 0 "$TRASH/fresh"
else
	note 'safe.directory cannot be tried without root'
fi

# ---- a repository that runs programs -----------------------------------------------------------------------------------------------------
cat >"$TRASH/evil" <<EVIL
#!/bin/sh
echo ran "\$0" "\$@" >>"$TRASH/ran"
exit 1
EVIL
chmod +x "$TRASH/evil"
evil=$TRASH/evil

sealed_repository "$TRASH/monitored"
git config core.fsmonitor "$evil"
git status >/dev/null 2>&1
ok 'core.fsmonitor runs a program, left to itself' test -s "$TRASH/ran"
rm -f "$TRASH/ran"
for setting in core.pager core.editor core.sshCommand core.askPass credential.helper diff.external diff.envseal.command gpg.program \
	gpg.ssh.program core.gitProxy filter.x.clean filter.x.smudge filter.x.process pager.config pager.rev-list alias.ls-files \
	alias.cat-file alias.config core.alternateRefsCommand uploadpack.packObjectsHook sequence.editor core.hooksPath; do
	git config "$setting" "$evil"
done
git config log.showSignature true
git config filter.x.required true
printf '* filter=x diff=envseal\n' >.git/info/attributes
for hook in post-index-change fsmonitor-watchman reference-transaction post-checkout pre-commit; do
	cp "$evil" ".git/hooks/$hook"
done
succeeds 'encrypt in a hostile repository' envseal encrypt .env
same 'the base is found' .env "$(git show HEAD:.env >"$TRASH/x" 2>/dev/null; echo "$TRASH/x")"
rm -f "$TRASH/ran"
succeeds 'decrypt' envseal decrypt .env
succeeds 'verify' envseal verify --config .sops.yaml
succeeds 'rotate' envseal rotate .env
sops rotate -i --input-type dotenv --output-type dotenv .env
run envseal decrypt .env
is 'a data key from elsewhere is opened and said' "$status" 0
run envseal git pre-commit
absent 'nothing of the repository ran' "$TRASH/ran"

# ---- a partial clone ---------------------------------------------------------------------------------------------------------------------
sealed_repository "$TRASH/origin"
git checkout -q -- .env
git config uploadpack.allowFilter true
git clone -q --no-checkout --filter=blob:none "file://$TRASH/origin" "$TRASH/partial" 2>"$TRASH/err"
cd "$TRASH/partial" || exit 1
git config remote.origin.uploadpack "$evil"
git cat-file -e HEAD:.env 2>/dev/null
ok 'a partial clone runs uploadpack, left to itself' test -s "$TRASH/ran"
rm -f "$TRASH/ran"
cp "$TRASH/sops.yaml" .sops.yaml
plain >.env
must_fail 2 'the version at HEAD is not here' envseal encrypt .env
absent 'nothing was run to get it' "$TRASH/ran"
same 'the file is as it was' .env "$TRASH/want"
succeeds '--no-base goes on' envseal encrypt --no-base .env
absent 'nothing was run' "$TRASH/ran"
done_testing
