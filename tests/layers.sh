#!/bin/sh
# Includes go downward only, and another library's header is included in one place.
# Checks cmd/, format/ and crypto/ against the tables below; each finding is FILE:LINE: what.
# layers.sh [TREE] looks at another tree, as the test of this script does.
set -eu

cd "${1:-$(dirname "$0")/..}"
find cmd format crypto -name '*.[ch]' | sort | xargs grep -Hn '^[[:space:]]*#[[:space:]]*include' /dev/null |
	sed 's/^\([^:]*\):\([0-9]*\):[[:space:]]*#[[:space:]]*include[[:space:]]*/\1 \2 /' | awk '
BEGIN {
	# Who may include whom: regular expressions of files, the first row that matches a file counts.  A file may always
	# include its own header.
	base = "format/(envseal|slice|err|context)\\.h"
	rule("crypto/core/.*",  "crypto/core/.*")
	rule("crypto/.*",       "crypto/core/.*")
	rule("format/envseal\\.h", "")
	rule("format/(slice|err|context)\\.[ch]", base "|crypto/.*")
	rule("format/(doc|key)/.*", base "|crypto/.*|OWN")
	rule("format/age/.*",   base "|crypto/.*|format/key/.*|OWN")
	rule("format/policy/.*", base "|crypto/.*|format/(doc|key)/.*|OWN")
	rule("format/sops/.*",  base "|crypto/.*|format/(doc|key|age)/.*|OWN")
	rule("format/[^/]*",    "format/.*|crypto/.*")
	rule("cmd/os/.*",       "format/envseal\\.h|cmd/(bytes|fail)\\.h|OWN")
	rule("cmd/.*",          "format/envseal\\.h|cmd/.*")

	# Where a header of another library may stand.
	other("sodium",  "crypto/.*")
	other("bearssl", "crypto/gcm\\.c")
	other("yaml",    "format/doc/yaml\\.c")
	other("pcre2",   "format/doc/regex\\.c")
	other("cbor",    "format/doc/cbor\\.c")

	# The library does no input or output: what it may have of libc and POSIX.
	pure = "<(assert|ctype|errno|float|inttypes|limits|stdalign|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|time)\\.h>"
	impure("crypto/core/mem\\.c", "<sys/(mman|resource)\\.h>|<unistd\\.h>")
	# POSIX and libc for cmd/; anything else in <> is some library.
	system_header = "<(sys/|arpa/|netinet/)?[a-z0-9_]+\\.h>"
}
function rule(file, may)         { files[++rules] = "^" file "$"; mays[rules] = may }
function other(name, file)       { others[++libraries] = name; places[libraries] = "^(" file ")$" }
function impure(file, header)    { exempt["^" file "$"] = "^(" header ")$" }
function complain(what)          { printf "%s:%s: %s\n", $1, $2, what; bad++ }
function own_header(file)        { sub(/\.c$/, ".h", file); return file }

{
	seen++
	lines[$1]++
	header = $3
	if (header ~ /^</) {
		for (i = 1; i <= libraries; i++)
			if (header ~ "^<" others[i] "[/.]") {
				if ($1 !~ places[i])
					complain(header " is included here; its place is " places[i])
				used[i, $1] = 1
				next
			}
		if (header !~ system_header)
			complain(header " belongs to no library that envseal uses")
		if ($1 ~ /^(format|crypto)\// && header !~ pure) {
			for (file in exempt)
				if ($1 ~ file && header ~ exempt[file])
					next
			complain(header " in code that does no input or output")
		}
		next
	}
	gsub(/"/, "", header)
	if ((getline line < header) < 0)
		complain(header " is not there; includes are written from the root")
	close(header)
	if (header == own_header($1)) {
		if (lines[$1] != 1)
			complain("the own header stands first")
		next
	}
	if ((getline line < own_header($1)) >= 0 && lines[$1] == 1 && $1 ~ /\.c$/)
		complain("the own header stands first")
	close(own_header($1))
	for (i = 1; i <= rules && $1 !~ files[i]; i++)
		;
	directory = $1
	sub(/[^\/]*$/, "", directory)
	may = mays[i]
	sub(/OWN/, directory "[^/]*", may)
	if (i > rules || may == "" || header !~ "^(" may ")$")
		complain(header " is not below " $1)
	if ($1 ~ /\.h$/)
		print $1, header >"/dev/stderr"
}
END {
	if (seen < 20) {
		print "layers.sh: only " seen + 0 " includes found"
		bad++
	}
	exit bad > 0
}' 2>"${TMPDIR:-/tmp}/layers.$$" || bad=1

# No two headers need each other.
if ! tsort "${TMPDIR:-/tmp}/layers.$$" >/dev/null 2>"${TMPDIR:-/tmp}/loops.$$"; then
	echo 'headers include each other:'
	sed -n 's/^tsort: \([a-z]\)/  \1/p' "${TMPDIR:-/tmp}/loops.$$" | grep -v 'contains a loop'
	bad=1
fi
rm -f "${TMPDIR:-/tmp}/layers.$$" "${TMPDIR:-/tmp}/loops.$$"
exit ${bad:-0}
