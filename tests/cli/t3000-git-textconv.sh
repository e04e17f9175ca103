#!/bin/sh
# git log, diff, show and blame show sealed files through envseal: values with a key, tags without, and who can read.
. "$(dirname "$0")/../lib.sh"
needs git sops age-keygen
keys || exit 1
repository
succeeds 'git install' envseal git install

sops_dotenv() {
	command=$1
	shift
	sops "$command" --input-type dotenv --output-type dotenv "$@"
}
commit() {
	git add -A && git commit -q --no-verify -m "$1"
}
F=.env.production
OTHER=$(age-keygen -o other.key 2>/dev/null; age-keygen -y other.key)
mv other.key "$TRASH/other.key"
printf 'creation_rules:\n  - age: %s\n' "$RECIPIENT" >.sops.yaml

# ---- a history with everything in it ---------------------------------------------------------------------------------
printf '# the database\nDB_URL=postgres://%s\nPORT=5432\nPUBLIC_unencrypted=yes\n' "$MARK" >$F
commit plain
sops_dotenv encrypt -i $F
commit sealed
sops_dotenv set $F '["PORT"]' '"6543"'
commit changed
sops_dotenv rotate -i $F
commit rotated
printf 'creation_rules:\n  - age: %s,%s\n' "$RECIPIENT" "$OTHER" >.sops.yaml
sops updatekeys -y --input-type dotenv $F >/dev/null 2>&1
commit 'recipient added'
cp $F "$TRASH/good"
{ sed -n 1p $F; echo '<<<<<<< ours'; sed -n 2p $F; echo '======='; sed -n 2p $F; echo '>>>>>>> theirs'; sed -n '3,$p' $F; } >x && mv x $F
commit conflict
sed '/^PORT=/d' "$TRASH/good" >$F
commit 'MAC wrong'
cp "$TRASH/good" $F
commit restored
git rm -q $F
git commit -q --no-verify -m deleted

at() {
	git show "HEAD~$1" -- $F
}
succeeds 'git log -p goes through all of it' git log -p -- $F
is 'all nine versions of it' "$(grep -c '^commit ' "$TRASH/out")" 9
succeeds 'a plaintext ancestor' at 8
has 'is shown as it is' "$TRASH/out" '^+PORT=5432$'
succeeds 'the sealing' at 7
lacks 'changes no value' "$TRASH/out" '^[-+]PORT'
has 'and says who can read' "$TRASH/out" "^+# recipient: $RECIPIENT$"
succeeds 'a changed value' at 6
has 'is shown before' "$TRASH/out" '^-PORT=5432$'
has 'and after' "$TRASH/out" '^+PORT=6543$'
is 'and nothing else is different' "$(grep -c '^[-+][^-+]' "$TRASH/out")" 2
succeeds 'a new data key' at 5
is 'is one line' "$(grep '^[-+][^-+]' "$TRASH/out" | sed 's/: .*//' | tr '\n' ' ')" '-# data key +# data key '
succeeds 'an added recipient, the data key being kept' at 4
is 'is shown' "$(grep '^[-+][^-+]' "$TRASH/out")" "+# recipient: $OTHER"
succeeds 'conflict markers' at 3
has 'are said in the first line' "$TRASH/out" '^+# BROKEN'
lacks 'no value is shown' "$TRASH/out" '^+.*\(6543\|postgres\)'
succeeds 'a value taken away' at 2
has 'makes the MAC invalid' "$TRASH/out" '^+# MAC INVALID'
lacks 'and no value is shown' "$TRASH/out" '^+.*\(6543\|postgres\)'
succeeds 'deleted' at 0
has 'its values went' "$TRASH/out" '^-PORT=6543$'
succeeds 'git blame' git blame HEAD~1 -- $F
has 'shows values' "$TRASH/out" 'PORT=6543$'
succeeds 'git diff over the whole history' git diff HEAD~8 HEAD~1 -- $F
has 'shows the one changed value' "$TRASH/out" '^+PORT=6543$'

# ---- the work tree -----------------------------------------------------------------------------------------------------
git checkout -q HEAD~1
git branch -q -f work && git checkout -q work
sops_dotenv set $F '["PORT"]' '"7"'
succeeds 'git diff of the work tree' git diff
has 'shows the value' "$TRASH/out" '^+PORT=7$'
git checkout -q -- $F
git config core.autocrlf true
printf '* text\n' >.gitattributes
rm $F && git -c core.attributesFile=/dev/null checkout -q -- $F
succeeds 'git status after a checkout with autocrlf' git status --porcelain -- $F
is 'our attribute keeps the line ends' "$(tr -dc '\r' <$F | wc -c)" 0
sed 's/$/\r/' "$TRASH/good" >$F
succeeds 'a file whose line ends became CRLF' envseal textconv $F
lacks 'is not broken' "$TRASH/out" 'BROKEN\|MAC INVALID'
has 'and opens' "$TRASH/out" '^PORT=6543'
rm .gitattributes && git checkout -q -- $F && git config --unset core.autocrlf

# ---- without a key -----------------------------------------------------------------------------------------------------
mv "$HOME/.config/sops/age/keys.txt" "$TRASH/keys.txt"
succeeds 'without a key' git show -U9 work~3 -- $F
has 'names and tags are shown' "$TRASH/out" '^ DB_URL=<sealed [0-9a-f]\{16\}>$'
is 'recipients are, too' "$(grep '^[-+][^-+]' "$TRASH/out" | sed 's/: .*//;s/<.*//' | sort -u | tr '\n' ' ')" '+# recipient '
succeeds 'a changed value' git show work~5 -- $F
is 'is a changed tag, and no other line' "$(grep '^[-+][^-+]' "$TRASH/out" | sed 's/<.*//')" "$(printf -- '-PORT=\n+PORT=')"
has 'what was left in clear is shown' "$TRASH/out" '^ PUBLIC_unencrypted=yes$'
succeeds 'a wrong key shows the same' env SOPS_AGE_KEY_FILE="$TRASH/other.key" git show work~5 -- $F
is 'without a word' "$(cat "$TRASH/err")" ''
succeeds '--identity opens' envseal textconv --identity "$TRASH/keys.txt" $F
has 'and shows' "$TRASH/out" '^PORT=6543$'

# ---- the command for keys ----------------------------------------------------------------------------------------------
cat >"$TRASH/ask" <<'ASK'
#!/bin/sh
echo asked >>"$TRASH_LOG"
[ -z "$ASK_SLEEP" ] || sleep "$ASK_SLEEP"
cat "$1"
ASK
chmod +x "$TRASH/ask"
export TRASH_LOG="$TRASH/log" ASK_SLEEP=''
export SOPS_AGE_KEY_CMD="'$TRASH/ask' \"$TRASH/keys.txt\" # my key"
succeeds 'SOPS_AGE_KEY_CMD is set' git show work~5 -- $F
lacks 'it is not run' "$TRASH/out" 'PORT=5432'
absent 'really not' "$TRASH/log"
git config envseal.keycmd true
succeeds 'git config envseal.keycmd true' git show work~5 -- $F
has 'it is run' "$TRASH/out" '^-PORT=5432$'
succeeds 'where another key opens the file' env SOPS_AGE_KEY_FILE="$TRASH/keys.txt" TRASH_LOG="$TRASH/log2" git show work~5 -- $F
absent 'it is not run' "$TRASH/log2"
ASK_SLEEP=60
began=$(date +%s)
succeeds 'a command that never ends' envseal textconv $F
ok 'is ended after some seconds' test "$(($(date +%s) - began))" -lt 20
has 'the file is shown sealed' "$TRASH/out" '^PORT=<sealed '
unset SOPS_AGE_KEY_CMD

# ---- whatever it is given ------------------------------------------------------------------------------------------------
mv "$TRASH/keys.txt" "$HOME/.config/sops/age/keys.txt"
succeeds 'no such file' envseal textconv nowhere
has 'is said' "$TRASH/out" '^# envseal: .*No such file'
succeeds 'a directory' envseal textconv .
has 'is said' "$TRASH/out" '^# envseal: .*directory'
mkfifo fifo
succeeds 'a FIFO does not hang' envseal textconv fifo
has 'and is said' "$TRASH/out" '^# envseal: '
truncate -s 300M large
succeeds 'a file that is too large' envseal textconv large
has 'is said' "$TRASH/out" '^# envseal: .*256 MiB'
: >empty
succeeds 'an empty file' envseal textconv empty
is 'shows nothing' "$(cat "$TRASH/out")" ''
printf 'A=\033[31m\342\200\256x\n\000\377' >odd
succeeds 'control and bidirectional characters' envseal textconv odd
is 'are made visible' "$(head -n 1 "$TRASH/out")" 'A=\x1b[31m\u202ex'
is 'all of them' "$(tr -dc '\000\033\377' <"$TRASH/out" | wc -c)" 0
cp "$TRASH/good" ./-q.env
succeeds 'a name like an option' sh -c "$(git config diff.envseal.textconv) \"\$@\"" - -q.env
has 'is shown' "$TRASH/out" '^PORT=6543$'
succeeds 'an --identity that is not there' envseal textconv --identity nowhere $F
has 'is said in the first line' "$TRASH/out" '^# envseal: '
for n in 1 50 200 1000; do
	head -c "$n" "$TRASH/good" >cut.env
	succeeds "cut after $n bytes" envseal textconv cut.env
done
succeeds 'garbage' sh -c 'head -c 5000 "$0" | tr -d "\n" >garbage; printf "sops_mac=x\n" >>garbage; envseal textconv garbage' "$ENVSEAL"
is 'stderr stays empty' "$(cat "$TRASH/err")" ''
done_testing
