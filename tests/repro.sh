#!/bin/sh
# The same sources give the same bytes, wherever they lie: builds twice, in directories of different names and in
# another order, and compares program, library and pkg-config file.
set -eu

cd "$(dirname "$0")/.."
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
for place in a bbb/long-name; do
	mkdir -p "$tmp/$place"
	tar -cf - Makefile cmd crypto format | tar -C "$tmp/$place" -xf -
done
(cd "$tmp/a" && make -s -j2 build/envseal build/envseal.pc) >"$tmp/log" 2>&1 || { cat "$tmp/log"; exit 1; }
(cd "$tmp/bbb/long-name" && LC_ALL=C TZ=Asia/Tokyo make -s build/envseal.pc build/libenvseal.a build/envseal) \
	>"$tmp/log" 2>&1 || { cat "$tmp/log"; exit 1; }
bad=0
for file in envseal libenvseal.a envseal.pc; do
	cmp "$tmp/a/build/$file" "$tmp/bbb/long-name/build/$file" || bad=1
	if grep -q -a -F "$tmp" "$tmp/a/build/$file"; then
		echo "repro.sh: $file names the directory it was built in"
		bad=1
	fi
done
exit $bad
