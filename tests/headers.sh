#!/bin/sh
# Every header compiles alone, with each compiler that is here; the public one also as C++ and without extensions.
set -u

cd "$(dirname "$0")/.." || exit 1
version=-DENVSEAL_VERSION='"0"'
warnings='-Wall -Wextra -Wpedantic -Wundef -Wstrict-prototypes -Werror'
bad=0 count=0

# try COMPILER FLAGS HEADER
try() {
	count=$((count + 1))
	# shellcheck disable=SC2086 # flags are words
	printf '#include "%s"\n#include "%s"\nint envseal_header_check;\n' "$3" "$3" |
		"$1" $2 -I. "$version" -fsyntax-only - || { echo "headers.sh: $3 does not stand alone ($1 $2)"; bad=1; }
}

for compiler in gcc clang-14; do
	command -v "$compiler" >/dev/null || { echo "headers.sh: $compiler is not here"; bad=1; continue; }
	for header in $(find cmd format crypto tests -name '*.h' | sort); do
		try "$compiler" "-x c -std=c11 -D_GNU_SOURCE $warnings" "$header"
	done
	try "$compiler" "-x c -std=c11 $warnings" format/envseal.h
done
cxx='-x c++ -Wall -Wextra -Wpedantic -Werror'
try g++ "$cxx -std=c++11" format/envseal.h
try g++ "$cxx -std=c++20" format/envseal.h
try clang-14 "$cxx -std=c++11" format/envseal.h
[ "$count" -gt 20 ] || { echo "headers.sh: only $count headers found"; bad=1; }
exit $bad
