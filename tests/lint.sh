#!/bin/bash
# The linters: lint.sh [format|size|tidy|cppcheck|shell|docs]...; without a name all of them.
# Each says what it found and how many files it looked at; a linter that is not here is a failure.
set -u

cd "$(dirname "$0")/.." || exit 1
[ $# -gt 0 ] || set -- format size tidy cppcheck shell docs
jobs=${JOBS:-$(nproc 2>/dev/null || echo 2)}
mapfile -t code < <(find cmd format crypto tests -name '*.[ch]' | sort)
mapfile -t program < <(find cmd format crypto -name '*.c' | sort)
mapfile -t scripts < <(find tests testdata .ci -type f | sort |
	while read -r file; do head -n 1 "$file" | grep -aqE '^#! ?/bin/(ba)?sh' && echo "$file"; done)
scripts+=(tests/lib.sh tests/peers/env.sh)
mapfile -t pages < <(find docs -name '*.[1-8]' | sort)
flags=(-std=c11 -D_GNU_SOURCE '-DENVSEAL_VERSION="0"' -I. -include crypto/core/banned.h)

lint_format() {
	clang-format-14 --dry-run -Werror "${code[@]}"
}

# Functions over 80 lines and files over 600: is there a second one inside?
lint_size() {
	local found
	found=$(ctags --languages=C --fields=+ne --kinds-C=f -o - "${program[@]}" | awk -F'\t' '{
		first = last = 0
		for (i = 4; i <= NF; i++) {
			if ($i ~ /^line:/) first = substr($i, 6)
			if ($i ~ /^end:/) last = substr($i, 5)
		}
		functions++
		if (last - first > 80) printf "%s:%d: %s has %d lines\n", $2, first, $1, last - first
	}
	END { if (functions < 20) print "too few functions were found" }'
	wc -l "${code[@]}" | awk '$2 != "total" && $2 !~ /^tests/ && $1 > 600 { printf "%s: %d lines\n", $2, $1 }')
	echo "$found"
	[ -z "$found" ]
}

lint_tidy() {
	printf '%s\0' "${program[@]}" |
		xargs -0 -n 1 -P "$jobs" sh -c 'clang-tidy-14 --quiet "$@" -- '"$(printf '%q ' "${flags[@]}")"' 2>/dev/null' -
}

lint_cppcheck() {
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 -j "$jobs" \
		--suppress=missingIncludeSystem --suppress=ctuuninitvar --library=posix -I. -D_GNU_SOURCE '-DENVSEAL_VERSION="0"' "${program[@]}"
}

lint_shell() {
	shellcheck --severity=warning --external-sources --exclude=SC1007,SC1090,SC1091,SC2154 "${scripts[@]}"
}

lint_docs() {
	[ ${#pages[@]} -gt 0 ] || { echo 'docs/ has no manual page'; return 1; }
	local found
	found=$(mandoc -T lint -W warning "${pages[@]}")
	echo "$found"
	[ -z "$found" ]
}

count_format() { echo ${#code[@]}; }
count_size() { echo ${#code[@]}; }
count_tidy() { echo ${#program[@]}; }
count_cppcheck() { echo ${#program[@]}; }
count_shell() { echo ${#scripts[@]}; }
count_docs() { echo ${#pages[@]}; }

bad=0
for linter; do
	if "lint_$linter" >"${log:=$(mktemp)}" 2>&1; then
		echo "lint: $linter: $("count_$linter") files, fine"
	else
		cat "$log"
		echo "lint: $linter: $("count_$linter") files, failed"
		bad=1
	fi
done
rm -f "$log"
exit $bad
