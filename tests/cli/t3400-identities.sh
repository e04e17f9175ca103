#!/bin/sh
# Keys are found where sops finds them; a source that is no good is said and left out; in the end all of it is told.
. "$(dirname "$0")/../lib.sh"
needs sops age-keygen python3
age-keygen -o right.key 2>/dev/null
age-keygen -o wrong.key 2>/dev/null
printf 'A=1\n' >plain
sops encrypt --age "$(age-keygen -y right.key)" --input-type dotenv --output-type dotenv plain >.env
right=$(grep AGE-SECRET right.key) wrong=$(grep AGE-SECRET wrong.key)
here=$PWD

opens() {
	name=$1
	shift
	succeeds "$name opens" env "$@" envseal decrypt .env
	is "... for sops, too" "$(env "$@" sops decrypt --input-type dotenv --output-type dotenv .env 2>&1)" A=1
}
silent() {
	is '... without a word' "$(cat "$TRASH/err")" ''
}

opens SOPS_AGE_KEY SOPS_AGE_KEY="$right"
silent
opens 'the second on a line of SOPS_AGE_KEY' SOPS_AGE_KEY="  $wrong $right "
opens SOPS_AGE_KEY_FILE SOPS_AGE_KEY_FILE=right.key
opens SOPS_AGE_KEY_CMD SOPS_AGE_KEY_CMD='cat right.key'
mkdir -p "$HOME/.config/sops/age" xdg/sops/age
cp right.key "$HOME/.config/sops/age/keys.txt"
opens 'the file in .config' A=
silent
opens 'a variable that is empty' SOPS_AGE_KEY= SOPS_AGE_KEY_FILE=
chmod 640 "$HOME/.config/sops/age/keys.txt"
succeeds 'a key that the group may read' envseal decrypt .env
has 'is said' "$TRASH/err" 'note: .*keys.txt.*chmod 600'
mv "$HOME/.config/sops/age/keys.txt" xdg/sops/age/keys.txt
chmod 600 xdg/sops/age/keys.txt
opens 'the file in XDG_CONFIG_HOME' XDG_CONFIG_HOME="$here/xdg"
rm xdg/sops/age/keys.txt

# ---- --identity ------------------------------------------------------------------------------------------------------------
succeeds '--identity' envseal decrypt --identity right.key .env
succeeds 'several' envseal decrypt --identity wrong.key --identity right.key .env
succeeds 'on standard input' sh -c 'envseal decrypt --identity - .env <right.key'
mkfifo fifo
cat right.key >fifo &
succeeds 'from a FIFO' envseal decrypt --identity fifo .env
wait
silent
must_fail 100 'one that is not there is an error' envseal decrypt --identity nowhere --identity right.key .env
printf '%s\nAGE-SECRET-KEY-1%s\n' "$right" "$MARK" >broken.key
must_fail 1 'one that is broken is an error' envseal decrypt --identity broken.key .env
has 'with the line' "$TRASH/err" '^envseal: broken.key:2'
no_mark 'and nothing of its text'

# ---- sources that are no good ---------------------------------------------------------------------------------------------------
opens 'a broken SOPS_AGE_KEY, and a good file' SOPS_AGE_KEY="$MARK" SOPS_AGE_KEY_FILE=right.key
succeeds 'again' env SOPS_AGE_KEY="$MARK" SOPS_AGE_KEY_FILE=right.key envseal decrypt .env
has 'is said' "$TRASH/err" 'note: SOPS_AGE_KEY: .*left out'
no_mark 'and nothing of its text'
opens 'a file that is not there, and a good key' SOPS_AGE_KEY="$right" SOPS_AGE_KEY_FILE="$here/nowhere"
must_fail 128 'when nothing opens' env SOPS_AGE_KEY="$wrong" SOPS_AGE_KEY_FILE=broken.key SOPS_AGE_KEY_CMD=false envseal decrypt .env
has 'SOPS_AGE_KEY is accounted for' "$TRASH/err" 'note: looked for keys in SOPS_AGE_KEY: 1 key, which does not open'
has 'SOPS_AGE_KEY_FILE, too' "$TRASH/err" 'note: looked for keys in SOPS_AGE_KEY_FILE (broken.key): line 2'
has 'SOPS_AGE_KEY_CMD, too' "$TRASH/err" 'note: looked for keys in SOPS_AGE_KEY_CMD: it ended with status 1'
has "the user's file, too" "$TRASH/err" 'note: looked for keys in .*/sops/age/keys.txt: not there'
no_mark 'and no key is shown'
must_fail 128 'when nothing is set' env -u HOME envseal decrypt .env
has 'that is said' "$TRASH/err" 'looked for keys in SOPS_AGE_KEY: not set'
has 'HOME as well' "$TRASH/err" 'HOME is not set'
cp .env .env2
cp .env .env3
must_fail 128 'two files' envseal decrypt -i .env .env2
is 'the places are told once' "$(grep -c 'keys in SOPS_AGE_KEY:' "$TRASH/err")" 1

# ---- the command --------------------------------------------------------------------------------------------------------------
cat >"$TRASH/print" <<'PRINT'
#!/bin/sh
echo ran >>"$COUNT"
[ "$(env | grep -c '^SOPS_AGE_KEY')" -eq 0 ] || exit 9
cat "$@"
PRINT
chmod +x "$TRASH/print"
export COUNT="$TRASH/count"
succeeds 'the command' env SOPS_AGE_KEY="$wrong" SOPS_AGE_KEY_CMD="$TRASH/print right.key" envseal decrypt -i .env2 .env3
is 'is run once for two files, without our variables' "$(cat "$COUNT")" ran
rm "$COUNT"
cp .env .env2
cp .env .env3
must_fail 128 'a command that does not help' env SOPS_AGE_KEY_CMD="$TRASH/print wrong.key" envseal decrypt -i .env2 .env3
is 'is run once, too' "$(cat "$COUNT")" ran
rm "$COUNT"
succeeds 'where a key opens the file' env SOPS_AGE_KEY="$right" SOPS_AGE_KEY_CMD="$TRASH/print right.key" envseal decrypt .env
absent 'it is not run' "$COUNT"

# Words, as sops splits them: a program prints what it was given as comment lines behind the key.
cat >"$TRASH/words" <<'PRINT'
#!/usr/bin/env python3
import sys, os
open(os.environ["WORDS"], "w").write("".join("[%s]" % a for a in sys.argv[1:]))
print(open("right.key").read())
PRINT
chmod +x "$TRASH/words"
for line in 'a b' "  a\tb  " "'a b' c" '"a b"c' "a'b'\"c\"" 'a\ b' '"a\"b"' '"a\nb\\"' "'a\\b'" '"" x' "''" 'a#b' 'a #b c' '# all' '$HOME `x` *' 'a;b|c&d>e' \
	"a
b" 'ä "ö ü"'; do
	line=$(printf '%b' "$line" | sed 's/^/ /')
	WORDS=$TRASH/w1 SOPS_AGE_KEY_CMD="$TRASH/words $line" envseal decrypt .env >/dev/null 2>&1
	WORDS=$TRASH/w2 SOPS_AGE_KEY_CMD="$TRASH/words $line" sops decrypt --input-type dotenv --output-type dotenv .env >/dev/null 2>&1
	is "the words of $(printf '%s' "$line" | tr '\n\t' '??')" "$(cat "$TRASH/w1")" "$(cat "$TRASH/w2")"
	rm -f "$TRASH/w1" "$TRASH/w2"
done
for line in "cat 'right.key" 'cat "right.key' 'cat right.key\' '' '   ' '#'; do
	must_fail 128 "not a command: $line" env SOPS_AGE_KEY_CMD="$line" envseal decrypt .env
	has '... is accounted for' "$TRASH/err" 'looked for keys in SOPS_AGE_KEY_CMD: '
done
done_testing
