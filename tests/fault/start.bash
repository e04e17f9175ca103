# start.bash - what the tests that break the machine share: files to work on, as small as may be, and where they lie.
# shellcheck shell=bash

# In memory if there is such a place: thousands of small directories come and go.
if [ -d /dev/shm ] && [ -w /dev/shm ]; then
	TMPDIR=/dev/shm
	export TMPDIR
fi
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
needs git "${CC:-gcc}"
MADE=$BUILD/tests/fault
mkdir -p "$MADE"
EXE=$(readlink -f "$ENVSEAL") || skip_all "$ENVSEAL is not built"
[ -x "$EXE" ] || skip_all "$ENVSEAL is not built"
GIT_CONFIG_GLOBAL=/dev/null
export GIT_CONFIG_GLOBAL
shopt -s nullglob dotglob

# A shared library cannot be asked to come after the sanitizer's.
ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0
compile() { # compile OUT SOURCE FLAGS...
	local out=$1 from=$2
	shift 2
	"${CC:-gcc}" -std=gnu11 -O2 -Wall -Wextra -fno-builtin -fno-strict-aliasing "$@" -o "$out.$$" "$ROOT/tests/fault/$from" && mv -f "$out.$$" "$out"
}

# Two keys; the second's owner leaves in updatekeys.
ONE=$TRASH/one.key TWO=$TRASH/two.key
envseal keygen -q -o "$ONE" >/dev/null || exit 1
envseal keygen -q -o "$TWO" >/dev/null || exit 1
R1=$(envseal keygen -y "$ONE") R2=$(envseal keygen -y "$TWO")

plain() {
	printf '# %s of the shop\nA=%s-a\n\nexport B="%s-b"\n  # indented %s\nC=%s-c' "$MARK" "$MARK" "$MARK" "$MARK" "$MARK"
}

rules() { # rules RECIPIENT,...
	printf 'creation_rules:\n  - path_regex: \\.env\n    age: %s\n' "$1" >.sops.yaml
}

# What stands before a command runs: $1 in an empty directory, with work/ (the place to be) and home/ in it.
prepare() {
	mkdir -p home/.config/sops/age work
	cp "$ONE" home/.config/sops/age/keys.txt
	(
		HOME=$PWD/home
		cd work || exit 1
		rules "$R1"
		case $1 in
		plain)
			plain >.env
			;;
		over) # out.env is an earlier version
			plain >.env
			envseal encrypt -q -o out.env .env && printf '\nD=%s-d\n' "$MARK" >>.env
			;;
		sealed)
			plain >.env && chmod 0640 .env
			envseal encrypt -q .env
			;;
		leaving)
			rules "$R1,$R2"
			plain >.env
			envseal encrypt -q .env && rules "$R1"
			;;
		partly)
			plain >.env
			envseal encrypt -q .env && printf 'D=%s-d\n' "$MARK" | cat - .env >t && mv t .env
			;;
		repository | edited | opened)
			git init -q --template= -b main . && plain >.env
			envseal encrypt -q .env && git add -A && git commit -q -m one || exit 1
			[ "$1" = repository ] || envseal decrypt -q -i .env || exit 1
			[ "$1" != edited ] || printf '\nD=%s-d\n' "$MARK" >>.env
			;;
		installed)
			git init -q --template= -b main .
			envseal git install -q
			;;
		empty)
			git init -q --template= -b main .
			;;
		nothing)
			rm -rf ../home/.config
			;;
		esac
	)
}
