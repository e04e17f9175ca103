#!/bin/sh
# What is remembered of a file stands outside of the work tree, each file for itself, and hinders nobody.
. "$(dirname "$0")/../lib.sh"
needs git
keys || exit 1
printf 'creation_rules:\n  - age: %s\n' "$RECIPIENT" >"$TRASH/sops.yaml"
plain() {
	printf 'A=%s\nB=2\n' "$MARK"
}
repository
cp "$TRASH/sops.yaml" .sops.yaml

plain >.env
succeeds 'encrypt' envseal encrypt .env
is 'the data key is remembered in the git directory' "$(ls -A .git/envseal/pins)" .env
is 'for nobody else to read' "$(stat -c %a .git/envseal/pins/.env .git/envseal | tr '\n' ' ')" '600 700 '
is 'sixteen digits' "$(sed 's/[0-9a-f]/x/g' .git/envseal/pins/.env)" xxxxxxxxxxxxxxxx
cp .env "$TRASH/sealed"
succeeds 'decrypt in place' envseal decrypt -i .env
same 'the sealed original is kept' .git/envseal/originals/.env "$TRASH/sealed"
succeeds 'encrypt' envseal encrypt .env
same 'gives it back, without a commit' .env "$TRASH/sealed"
absent 'and it is dropped' .git/envseal/originals/.env
no_mark 'no value is remembered' .git/envseal/pins/.env "$TRASH/out" "$TRASH/err"
is 'git knows of nothing' "$(git status --porcelain | tr '\n' ' ')" '?? .env ?? .sops.yaml '

# ---- each file for itself ------------------------------------------------------------------------------------------------------
long=$(printf 'x%.0s' $(seq 240))
mkdir -p a "$long/$long" 'a%2fb'
n=1
for name in a/.env a%2f.env 'a%2fb/.env' Env.env env.env 'a b.env' 'a+.env' "$long.env" "$long/.env" "$long/$long/$long.env"; do
	plain >"$name"
	succeeds "a file called $(printf '%.20s' "$name")" envseal encrypt "$name"
	n=$((n + 1))
done
is 'as many memories as files' "$(find .git/envseal/pins -type f | wc -l)" $n
is 'each with a data key of its own' "$(find .git/envseal/pins -type f -exec cat {} + | sort -u | wc -l)" $n
git add -A && git commit -q -m x
git worktree add -q "$TRASH/tree" 2>"$TRASH/err"
succeeds 'in another work tree' envseal decrypt "$TRASH/tree/.env"
is 'the data key is the same memory' "$(find .git/envseal/pins -type f | wc -l)" $n
lacks 'so nothing is said' "$TRASH/err" note
succeeds 'a new data key there' envseal rotate "$TRASH/tree/.env"
cp "$TRASH/tree/.env" "$TRASH/sealed2"
envseal decrypt -q -i .env && envseal decrypt -q -i "$TRASH/tree/.env"
succeeds 'both in clear; one is sealed' envseal encrypt .env
same 'from its own original' .env "$TRASH/sealed"
succeeds 'and the other' envseal encrypt "$TRASH/tree/.env"
same 'likewise' "$TRASH/tree/.env" "$TRASH/sealed2"
cp .env '.en[v]'
succeeds 'decrypt in place of what git tracks' envseal decrypt -i .env
has 'says so' "$TRASH/err" 'tracked by git'
succeeds 'of what it does not track, though a pattern would match' envseal decrypt -i '.en[v]'
lacks 'does not' "$TRASH/err" 'tracked by git'
rm '.en[v]' '.git/envseal/pins/.en%5bv%5d'
envseal encrypt -q .env
ln -s a/.env link.env
succeeds 'through a link' envseal decrypt link.env
is 'it is the file that it leads to' "$(find .git/envseal/pins -type f | wc -l)" $n

# ---- outside of a repository ---------------------------------------------------------------------------------------------------
mkdir "$TRASH/out side" && cp "$TRASH/sealed" "$TRASH/out side/.env"
succeeds 'outside of a repository' envseal decrypt "$TRASH/out side/.env"
is 'the memory stands in the state directory of the user' \
	"$(find "$HOME/.local/state/envseal/pins" -type f | sed 's/.*%2f\(out.*\)/\1/')" 'out%20side%2f.env'
succeeds 'XDG_STATE_HOME' env XDG_STATE_HOME="$TRASH/state" envseal decrypt "$TRASH/out side/.env"
is 'names another' "$(find "$TRASH/state/envseal/pins" -type f | wc -l)" 1
succeeds 'a relative one does not count' env XDG_STATE_HOME=state envseal decrypt "$TRASH/out side/.env"
absent 'and is not made' state

# ---- where nothing can be kept --------------------------------------------------------------------------------------------------
succeeds 'no place for it' env -u HOME SOPS_AGE_KEY_FILE="$HOME/.config/sops/age/keys.txt" envseal decrypt "$TRASH/out side/.env"
has 'is a note' "$TRASH/err" 'note: .*not remembered'
must_fail 3 'an original that cannot be kept' env -u HOME SOPS_AGE_KEY_FILE="$HOME/.config/sops/age/keys.txt" \
	envseal decrypt -i "$TRASH/out side/.env"
same 'leaves the file as it was' "$TRASH/out side/.env" "$TRASH/sealed"
rm -rf .git/envseal && : >.git/envseal
succeeds 'a file in the way' envseal decrypt .env
has 'is a note' "$TRASH/err" 'note: .*not remembered'
has 'and the values are there' "$TRASH/out" '^B=2$'
rm .git/envseal
mkdir -p .git/envseal/pins && echo nonsense >.git/envseal/pins/.env
succeeds 'a memory that is none' envseal decrypt .env
has 'is a note' "$TRASH/err" 'note: .*not what envseal wrote'
succeeds 'from standard input' sh -c 'envseal decrypt - <.env'
is 'nothing is remembered or said' "$(cat "$TRASH/err")" ''
done_testing
