#!/bin/sh
# Compares es_regex with Go's own regexp package over generated pairs of a pattern and a subject.
#
# Whatever both accept must get the same answer, and whatever Go refuses must be refused.  COUNT: how many pairs
# (default 20000); SEED: which ones (default 1); CC: the compiler; KEEP: a directory for what was compared.
set -eu
cd "$(dirname "$0")/../.."

count=${COUNT:-20000}
seed=${SEED:-1}
dir=${KEEP:-$(mktemp -d)}
[ -n "${KEEP:-}" ] || trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir"

if ! command -v go >/dev/null; then
	echo '1..0 # SKIP go is not installed: es_regex was not compared with it'
	exit 0
fi
(cd tests/interop/goregex && GOFLAGS=-mod=mod GOTOOLCHAIN=local go build -o "$dir/goregex" .)
${CC:-cc} -std=c11 -D_GNU_SOURCE -I. -O2 -o "$dir/show_regex" tests/interop/show_regex.c format/doc/regex.c \
	format/doc/go*.c format/doc/utf8.c \
	crypto/core/buf.c crypto/core/mem.c -lpcre2-8 -lsodium

"$dir/goregex" gen "$seed" "$count" >"$dir/pairs"
"$dir/goregex" run <"$dir/pairs" >"$dir/go"
"$dir/show_regex" <"$dir/pairs" >"$dir/ours"

echo '1..4'
paste -d ' ' "$dir/go" "$dir/ours" "$dir/pairs" >"$dir/both"
awk '
	{ total++; go[$1]++ }
	$1 == "error" && $2 == "error" { refused++; next }
	$1 == "error" { bad_accept++; print "# Go refuses: " $0; next }
	$2 == "error" {
		strict++
		why = ""
		for (i = 4; i <= NF - 2; i++)
			why = why " " $i
		reasons[why]++
		next
	}
	$2 == "yes" || $2 == "no" {
		if ($1 == $2) { same++; answer[$1]++ }
		else { bad_answer++; print "# answers differ: " $0 }
		next
	}
	$2 == "limit" { limits++; print "# limit: " $0; next }
	{ other++; print "# no answer: " $0 }
	END {
		print (bad_accept + 0 ? "not " : "") "ok 1 - what Go refuses is refused (" refused + 0 " pairs)"
		print (bad_answer + 0 ? "not " : "") "ok 2 - same answer where both accept (" answer["yes"] + 0 " yes, " \
			answer["no"] + 0 " no)"
		# A limit is an honest answer, if it stays rare.
		lost = other + (limits * 10000 > total)
		print (lost ? "not " : "") "ok 3 - searches come to an answer (" limits + 0 " reached the limit)"
		# A comparison that accepts next to nothing would prove nothing.
		enough = same * 4 >= total && answer["yes"] * 20 >= total && answer["no"] * 20 >= total
		print (enough ? "" : "not ") "ok 4 - the pairs say something: " total " of them, " strict + 0 " refused by us alone"
		for (why in reasons)
			print "# refused by us alone:" why ": " reasons[why]
		exit (bad_accept + bad_answer + lost > 0 || !enough)
	}' "$dir/both"
