#!/bin/bash
# The main job, for you to see: a .env file goes sealed into a git repository, changes there, and comes back.
# Everything happens in a new directory below the temporary one, with a HOME of its own, and is removed at the end.
set -eu

envseal=${ENVSEAL:-$(cd "$(dirname "$0")/.." && pwd)/build/envseal}
[ -x "$envseal" ] || { echo "demo.sh: $envseal is not built" >&2; exit 1; }
place=$(mktemp -d "${TMPDIR:-/tmp}/envseal-demo.XXXXXX")
trap 'rm -rf "$place"' EXIT
mkdir "$place/bin" "$place/home" "$place/shop"
ln -s "$envseal" "$place/bin/envseal"
for variable in $(env | sed -nE 's/^((SOPS|GIT|XDG)_[A-Za-z0-9_]*)=.*/\1/p'); do
	unset "$variable"
done
export HOME=$place/home PATH=$place/bin:$PATH GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat
export GIT_AUTHOR_NAME='Ada' GIT_AUTHOR_EMAIL=ada@example.org GIT_COMMITTER_NAME='Ada' GIT_COMMITTER_EMAIL=ada@example.org
cd "$place/shop"

bold='' dim='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
	bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
fi
file=.env.backup.production

say() {
	printf '\n%s# %s%s\n' "$dim" "$*" "$plain"
}

# Shows a command line, then runs it; its output is indented, and the demonstration ends where one fails.
try() {
	printf '%s$ %s%s\n' "$bold" "$1" "$plain"
	local status=0
	bash -c "$1" >"$place/output" 2>&1 </dev/null || status=$?
	cut -c1-140 "$place/output" | sed 's/^/  /'
	if [ "$status" -ne 0 ]; then
		echo "demo.sh: that should not have failed (status $status)" >&2
		exit 1
	fi
}

check() {
	if ! "${@:2}"; then
		echo "demo.sh: this does not hold: $1" >&2
		exit 1
	fi
}

cat >"$file" <<'END'
# Production. Restore with: envseal decrypt -i .env.backup.production
APP_ENV=production
APP_URL=https://shop.example.org

# database
DATABASE_URL=postgres://shop:wV7!rq2e@db.internal:5432/shop?sslmode=require
DATABASE_POOL=20
  # replica, read only
export REPLICA_URL="postgres://ro:k3kse@replica.internal/shop"

# payment
STRIPE_KEY=sk_live_0f9c2a71d4
STRIPE_WEBHOOK_SECRET='whsec_8d1b#77'
SMTP_PASSWORD=
END
cp "$file" "$place/original"

say 'A repository with the environment of a production server, not committed yet.'
try 'git init -q -b main .'
try "cat $file"

say 'One key for each team lead. The private half stays in your HOME, the public half goes into .sops.yaml.'
try 'envseal keygen'
recipient=$(envseal keygen -y "$HOME/.config/sops/age/keys.txt")
cat >.sops.yaml <<END
creation_rules:
  - path_regex: \.env\.
    age: $recipient
END
try 'cat .sops.yaml'

say 'Seal the values; names, comments'"'"' places and blank lines stay. Then it may be committed.'
try "envseal encrypt $file"
try "cat $file"
check 'no value stands in the sealed file' bash -c "! grep -q -e wV7 -e k3kse -e sk_live -e whsec $file"
try 'envseal git install'
try 'git add -A && git commit -q -m "Add the production environment"'

say 'Change one value. The new one comes from standard input, so no process list and no shell history shows it.'
try "printf %s sk_live_5b7e90c3aa | envseal set $file STRIPE_KEY"
say 'Git stores ciphertext and shows names and values to those who hold a key.'
try 'git diff --stat'
try 'git diff'
check 'the diff shows the new value' grep -q '^ *+STRIPE_KEY=sk_live_5b7e90c3aa' "$place/output"
try "git commit -q -am 'New payment key' && git log --oneline"

say 'Get one value, or all of them back.'
try "envseal get $file STRIPE_KEY"
try "envseal decrypt $file > restored"
sed 's/^STRIPE_KEY=.*/STRIPE_KEY=sk_live_5b7e90c3aa/' "$place/original" >expected
check 'what comes back is the original and the one change' cmp restored expected
cp "$place/original" original
try "git show HEAD~1:$file | envseal decrypt - > first"
try 'cmp first original && echo "the first version is the original, byte for byte"'
check 'the first version is the original, byte for byte' cmp first "$place/original"

say "Done, and all of it removed again. Your own start: envseal keygen, then the README's first five minutes."
