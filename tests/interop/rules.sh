#!/bin/sh
# Compares the rule that envseal finds in a .sops.yaml with what real sops does: same recipients in the same order,
# same selection, and an error where sops has one.  The cases are those of testdata/policy/cases.tsv, whose last column
# says where envseal is stricter on purpose.  CC: the compiler.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
PATH=$PATH:${ENVSEAL_PEERS:-$HOME/.cache/envseal-peers}/bin
export PATH SOPS_DISABLE_VERSION_CHECK=1
unset SOPS_AGE_RECIPIENTS SOPS_PGP_FP SOPS_KMS_ARN SOPS_CONFIG 2>/dev/null || :

if ! command -v sops >/dev/null; then
	echo '1..0 # SKIP sops is not installed: rules were not compared with it'
	exit 0
fi
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
export GNUPGHOME="$dir/gnupg" HOME="$dir" # sops looks into both
# shellcheck disable=SC2046
${CC:-cc} -std=c11 -D_GNU_SOURCE -I. -O1 -o "$dir/show_rule" tests/interop/show_rule.c $(ls crypto/core/*.c crypto/*.c \
	format/err.c format/context.c format/key/*.c format/policy/*.c) format/doc/yaml.c format/doc/regex.c format/doc/go*.c format/doc/utf8.c format/doc/select.c \
	-lsodium -lbearssl -lyaml -lpcre2-8

# What sops does: "error", or its selection and recipients as show_rule prints them.
ask_sops() {
	if ! printf 'A=1\n' | (cd "$dir/work" && sops --config ./.sops.yaml encrypt --input-type dotenv \
		--output-type dotenv --filename-override "$1") >"$dir/sealed" 2>"$dir/sops.err"; then
		echo error
		return
	fi
	sed -n 's/^sops_\(\(un\)*encrypted_[a-z_]*=\)/\1/p; s/^sops_mac_only_encrypted=true/mac_only_encrypted=true/p' \
		"$dir/sealed" | LC_ALL=C sort
	sed -n 's/^sops_age__list_[0-9]*__map_recipient=/recipient=/p' "$dir/sealed"
}

# What envseal does, in the same words.  No rules and no recipients are errors of sops.
ask_envseal() {
	(cd "$dir/work" && "$dir/show_rule" .sops.yaml "$1") >"$dir/shown"
	if ! grep -q '^recipient=' "$dir/shown"; then
		echo error
		return
	fi
	grep '^\(un\)*encrypted_\|^mac_only' "$dir/shown" | LC_ALL=C sort
	grep '^recipient=' "$dir/shown"
}

n=0 failed=0 compared=0
while IFS='	' read -r config path _ _ how; do
	case $config in '#'* | '') continue ;; esac
	n=$((n + 1))
	if [ "$how" = other ]; then
		echo "ok $n - $config for $path # SKIP sops would ask services, or reads this otherwise"
		continue
	fi
	rm -rf "$dir/work"
	mkdir "$dir/work"
	cp "$root/testdata/policy/$config.yaml" "$dir/work/.sops.yaml"
	ask_sops "$path" >"$dir/theirs"
	ask_envseal "$path" >"$dir/ours"
	compared=$((compared + 1))
	if [ "$how" = strict ] && grep -qx error "$dir/ours" && ! grep -qx error "$dir/theirs"; then
		echo "ok $n - $config for $path: stricter than sops"
	elif [ "$how" = same ] && cmp -s "$dir/ours" "$dir/theirs"; then
		echo "ok $n - $config for $path"
	else
		failed=$((failed + 1))
		echo "not ok $n - $config for $path ($how)"
		sed 's/^/# sops: /' "$dir/theirs" "$dir/sops.err"
		sed 's/^/# envseal: /' "$dir/shown"
	fi
done <testdata/policy/cases.tsv
n=$((n + 1))
if [ "$compared" -ge 80 ]; then
	echo "ok $n - $compared cases were compared"
else
	echo "not ok $n - only $compared cases were compared"
	failed=$((failed + 1))
fi
echo "1..$n"
[ "$failed" = 0 ]
