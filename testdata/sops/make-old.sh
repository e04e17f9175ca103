#!/bin/sh
# Makes the files of the older sops releases again: make-old.sh [VERSION...]
# Builds each release first (tests/peers/install.sh).  Only keys, nonces, dates and what follows from them change.
set -eu

cd "$(dirname "$0")"
here=$(pwd)
peers=$here/../../tests/peers
[ $# -gt 0 ] || set -- 3.7.3 3.8.1 3.9.4 3.10.2 3.11.0

. "$peers/env.sh"
"$peers/install.sh" sops
for variable in $(env | sed -n 's/^\(SOPS_[A-Z_]*\)=.*/\1/p'); do
	unset "$variable"
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
HOME=$tmp TMPDIR=$tmp LC_ALL=C
SOPS_AGE_KEY_FILE=$here/3.13.2/keys.txt SOPS_DISABLE_VERSION_CHECK=1
R=$(sed -n 's/^# 1: //p' 3.13.2/keys.txt)
R2=$(sed -n 's/^# 2: //p' 3.13.2/keys.txt)
R3=$(sed -n 's/^# 3: //p' 3.13.2/keys.txt)
unset XDG_CONFIG_HOME || :
export HOME TMPDIR LC_ALL SOPS_AGE_KEY_FILE SOPS_DISABLE_VERSION_CHECK R R2 R3 S

# make NAME [CONFIG]: the input is stdin, the lines are in $lines
make() {
	rm -rf "${version:?}/$1"
	mkdir -p "$version/$1"
	cat >"$version/$1/plain.env"
	[ -z "${2-}" ] || printf "$2" >"$version/$1/config.yaml"
	printf '%s\n' "$lines" >"$version/$1/cmd"
	if ! (cd "$version/$1" && sh -e ./cmd && "$S" -d sealed.env >opened.env) >"$tmp/log" 2>&1; then
		echo "make-old.sh: $version/$1:" >&2
		cat "$tmp/log" >&2
		exit 1
	fi
	sops decrypt "$version/$1/sealed.env" >"$tmp/now" 2>"$tmp/log" || cat "$tmp/log" >&2
	cmp "$tmp/now" "$version/$1/opened.env" || echo "$version/$1: sops of today opens it otherwise" >&2
}

basic() {
	cat <<-'END'
	# database
	DB_HOST=db.example.org
	DB_PASS=s3cret

	# mail
	MAIL_URL=smtp://user:pa:ss@mail.example.org:587/?tls=1
	MODE_unencrypted=plain
	EMPTY=
	# last
	END
}

odd() {
	printf '%s\n' 'A=a\nb' 'B=a\\nb' 'C=\n' 'D=\' 'E="x # y"' "F='q'" 'G=a=b==c' 'H= x ' 'I=x # c' 'a.b=2' 'a-b=3' \
		'NAÏVE=7' 'EURO=€ 9' 'N=007' 'T=true' 'X=1.50' "LONG=$(printf '%04000d' 7)" 'Z=same' 'Y=same'
}

at_least() {
	[ "$(printf '%s\n' "$1" "$version" | sort -V | head -n 1)" = "$1" ]
}

rule='creation_rules:\n  - age: %s\n'
seal='"$S" -e --age "$R" plain.env > sealed.env'
by_rule='"$S" --config config.yaml -e plain.env > sealed.env'

for version; do
	line=sops-${version%.*}
	"$peers/install.sh" "$line"
	S=$ENVSEAL_PEERS/bin/$line

	lines=$seal
	basic | make basic
	odd | make odd-values
	printf '# one\n\n#two\n#\n# three = 3\nA=1\n# four\nB=2\n#five' | make comments
	printf 'A=1' | make no-final-newline
	printf 'A=1\r\nB=two\r\n' | make crlf

	lines='"$S" -e --age "$R,$R2" plain.env > sealed.env'
	basic | make two-recipients
	lines='"$S" -e --age "$R" --encrypted-regex "PASS|URL" plain.env > sealed.env'
	basic | make encrypted-regex
	lines='"$S" -e --age "$R" --unencrypted-regex "^DB_HOST$|MODE" plain.env > sealed.env'
	basic | make unencrypted-regex
	lines='"$S" -e --age "$R" --encrypted-suffix _PASS plain.env > sealed.env'
	basic | make encrypted-suffix
	lines='"$S" -e --age "$R" --unencrypted-suffix _HOST plain.env > sealed.env'
	basic | make unencrypted-suffix
	if at_least 3.9.0; then
		lines=$by_rule
		basic | make mac-only-encrypted "$(printf "$rule" "$R")\n    encrypted_regex: PASS\n    mac_only_encrypted: true\n"
		printf '# seal: yes\nA=1\nB=2\n# seal: also\nC=3\n' |
			make encrypted-comment-regex "$(printf "$rule" "$R")\n    encrypted_comment_regex: seal\n"
		printf '# open\nA=1\nB=2\n# open too\nC=3\n' |
			make unencrypted-comment-regex "$(printf "$rule" "$R")\n    unencrypted_comment_regex: open\n"
	fi

	lines="$seal
"'"$S" --set "[\"DB_PASS\"] \"new\\nlines\"" sealed.env
"$S" --set "[\"ADDED\"] \"1\"" sealed.env'
	basic | make after-set
	lines="$seal
"'"$S" -r -i sealed.env'
	basic | make after-rotate
	lines="$seal
"'"$S" --config config.yaml updatekeys -y sealed.env'
	basic | make after-updatekeys "$(printf "$rule" "$R,$R3")"
	lines="$seal
"'"$S" -r -i --add-age "$R2,$R3" --rm-age "$R2" sealed.env'
	basic | make after-add-and-remove
done
