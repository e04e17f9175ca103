#!/bin/sh
# Words that should not be in the project, in any file but those of testdata: left-overs, the machine somebody wrote
# it on, other places that a clone does not have.  Also blanks at line ends, and missing final newlines.
# words.sh [TREE]; each finding is FILE:LINE:text.
set -u

cd "${1:-$(dirname "$0")/..}" || exit 1
files=$(mktemp) bad=0
trap 'rm -f "$files"' EXIT
if git rev-parse --is-inside-work-tree >/dev/null 2>&1 && [ -n "$(git ls-files)" ]; then
	git ls-files --cached --others --exclude-standard
else
	find . -name .git -prune -o -path ./build -prune -o -type f -print | sed 's,^\./,,'
fi | grep -v -e '^testdata/' -e '\.json$' -e '^LICENSE$' | while read -r file; do
	[ ! -f "$file" ] || echo "$file"
done | sort >"$files"
[ "$(wc -l <"$files")" -gt 20 ] || { echo 'words.sh: too few files were found'; exit 1; }

# find WHAT PATTERN: the patterns are written so that they do not match themselves
find_words() {
	if xargs grep -nHIE -e "$2" <"$files"; then
		echo "words.sh: the above: $1"
		bad=1
	fi
}

find_words 'left-overs' '\b([T]ODO|[F]IXME|[X]XX|[H]ACK)\b|\b[n]ot (yet )?implemented\b|\b[s]tub(s|bed)?\b'
find_words 'paths of one machine' '(^|[^A-Za-z0-9_.$}-])/([w]ork|[f]arm|[h]ome/[a-z])/?'
find_words 'places that are not in a clone' '[s]hared/(product|design|trust|style|spec|vectors|peers|hooks)|\.\./[s]hared'
find_words 'the making of the project' '\b([d]eveloper|[h]elper|[a]rchitect)s?.s? (session|brief)|\b[i]ssue #?[0-9]|\b[b]rief\.md\b|\([T]([1-9]|1[0-9]|20)\)'
find_words 'addresses of registries' '[p]roxy\.golang\.org|[r]egistry\.npmjs|[p]ypi\.org|[d]eb\.debian\.org'
find_words 'blanks at the end of a line' '[[:blank:]]+$'
find_words 'carriage returns' "$(printf '\r')"

while read -r file; do
	if [ -s "$file" ] && [ -n "$(tail -c 1 "$file" | tr -d '\n')" ]; then
		echo "$file: no newline at its end"
		bad=1
	fi
done <"$files"
exit $bad
