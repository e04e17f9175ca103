#!/bin/sh
# run.sh: envseal against real sops, in one run, as ratios of medians (hyperfine; GNU time for memory).  Beside them
# stands an empty program: what a process costs whatever it does.  Prints a table in Markdown; measures, and judges
# nothing: times belong to the machine.
#
#   RUNS=30          how often a short command runs (a long one: a sixth of that)
#   VALUES=100000    the large file
#   VERSIONS=300     the history for git log -p
set -eu

cd "$(dirname "$0")/../.."
BUILD=${BUILD:-$PWD/build}
ENVSEAL=${ENVSEAL:-$BUILD/envseal}
. tests/peers/env.sh
RUNS=${RUNS:-30} VALUES=${VALUES:-100000} VERSIONS=${VERSIONS:-300}
LONG=$(((RUNS + 5) / 6))

dir=$(mktemp -d "${TMPDIR:-/tmp}/envseal-bench.XXXXXX")
trap 'rm -rf "$dir"' EXIT INT TERM
HOME=$dir/home XDG_CONFIG_HOME=$dir/home/.config XDG_STATE_HOME=$dir/home/.state
export HOME XDG_CONFIG_HOME XDG_STATE_HOME
unset SOPS_AGE_KEY SOPS_AGE_KEY_FILE SOPS_AGE_KEY_CMD SOPS_AGE_RECIPIENTS SOPS_CONFIG
export SOPS_AGE_KEY_FILE=$dir/keys.txt
mkdir -p "$HOME"
printf 'int main(void) { return 0; }\n' >"$dir/empty.c"
${CC:-gcc} -O2 -o "$dir/empty" "$dir/empty.c"
age-keygen -o "$dir/keys.txt" 2>/dev/null
recipient=$(age-keygen -y "$dir/keys.txt")

# N values of about the length that tokens and passwords have.
document() {
	awk -v n="$1" 'BEGIN { srand(7); c = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
		for (i = 0; i < n; i++) { v = ""; for (k = 0; k < 24; k++) v = v substr(c, int(rand() * 64) + 1, 1)
			if (i % 10 == 0) print "# group " i / 10; print "VALUE_" i "=" v } }'
}
document 60 >"$dir/small.env"
document "$VALUES" >"$dir/large.env"
type='--input-type dotenv --output-type dotenv'
for size in small large; do
	# shellcheck disable=SC2086
	sops encrypt $type --age "$recipient" "$dir/$size.env" >"$dir/$size.sealed.env"
done

# median RUNS COMMAND: seconds.
median() {
	hyperfine -N --warmup 2 --runs "$1" --export-json "$dir/h.json" "$2" >/dev/null 2>"$dir/h.err" ||
	    { cat "$dir/h.err" >&2; exit 1; }
	sed -n 's/^ *"median": \([0-9.e-]*\),*$/\1/p' "$dir/h.json"
}
memory() { # KiB at its highest
	/usr/bin/env time -f %M -o "$dir/m" sh -c "exec $1" >/dev/null 2>&1
	tail -n 1 "$dir/m"
}
ms() { awk -v s="$1" 'BEGIN { printf "%.1f ms", s * 1000 }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", a / b }'; }
row() { # NAME, OURS, THEIRS
	printf '| %s | %s | %s | %s times |\n' "$1" "$(ms "$2")" "$(ms "$3")" "$(ratio "$3" "$2")"
}

empty=$(median "$RUNS" "$dir/empty")
printf '%s, %s cores, %s, %s\n\n' "$(date -u +%Y-%m-%d)" "$(nproc)" "$(uname -sm)" "$(sops --version | sed q)"
printf '| | envseal | sops | faster |\n|---|---|---|---|\n'
ours=$(median "$RUNS" "$ENVSEAL decrypt $dir/small.sealed.env")
theirs=$(median "$RUNS" "sops decrypt $type $dir/small.sealed.env")
row 'open 60 values' "$ours" "$theirs"
printf '| an empty program | %s | | open takes %s of it |\n' "$(ms "$empty")" "$(ratio "$ours" "$empty")"
row 'seal 60 values' "$(median "$RUNS" "$ENVSEAL encrypt -r $recipient --stdout -q $dir/small.env")" \
    "$(median "$RUNS" "sops encrypt $type --age $recipient $dir/small.env")"
row "open $VALUES values" "$(median "$LONG" "$ENVSEAL decrypt $dir/large.sealed.env")" \
    "$(median "$LONG" "sops decrypt $type $dir/large.sealed.env")"
row "seal $VALUES values" "$(median "$LONG" "$ENVSEAL encrypt -r $recipient --stdout -q $dir/large.env")" \
    "$(median "$LONG" "sops encrypt $type --age $recipient $dir/large.env")"
a=$(memory "$ENVSEAL decrypt $dir/large.sealed.env") b=$(memory "sops decrypt $type $dir/large.sealed.env")
printf '| memory, opening %s | %s MiB | %s MiB | %s of it |\n' "$VALUES" $((a / 1024)) $((b / 1024)) "$(ratio "$a" "$b")"
a=$(memory "$ENVSEAL encrypt -r $recipient --stdout -q $dir/large.env")
b=$(memory "sops encrypt $type --age $recipient $dir/large.env")
printf '| memory, sealing %s | %s MiB | %s MiB | %s of it |\n' "$VALUES" $((a / 1024)) $((b / 1024)) "$(ratio "$a" "$b")"

# A history of one file: every version changes one value.
repo=$dir/repo
git init -q "$repo"
cd "$repo"
git config user.name bench
git config user.email bench@localhost
printf '*.env diff=sealed\n' >.gitattributes
cp "$dir/small.sealed.env" a.env
git add .
git commit -qm 0
i=0
while [ $i -lt "$VERSIONS" ]; do
	i=$((i + 1))
	printf 'changed-%s' $i | "$ENVSEAL" set -q a.env VALUE_$((i % 60))
	git commit -qam $i
done
log() { # TEXTCONV
	git config diff.sealed.textconv "$1"
	hyperfine -N --runs "$LONG" --export-json "$dir/h.json" 'git --no-pager log -p' >/dev/null 2>&1
	sed -n 's/^ *"median": \([0-9.e-]*\),*$/\1/p' "$dir/h.json"
}
copies=$(log cat)
ours=$(log "$ENVSEAL textconv")
[ "${LOG_SOPS:-1}" = 1 ] && theirs=$(log "sops decrypt $type") || theirs=$ours
row "git log -p, $VERSIONS versions" "$ours" "$theirs"
printf '| with cat as textconv | %s | | envseal takes %s of it, the limit is %s |\n' "$(ms "$copies")" \
    "$(ratio "$ours" "$copies")" "$(ratio "$theirs" "$copies")"
