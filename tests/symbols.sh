#!/bin/sh
# What the objects of the library export and use: symbols.sh looks into $BUILD/libenvseal.a.
#
# - foo.o exports es_foo_* and envseal_* only, es_foo_* hidden; what envseal.h declares is what is there.
# - It has no variable that can change, prints nothing, opens nothing and never exits.
set -eu

cd "$(dirname "$0")/.."
archive=${BUILD:-build}/libenvseal.a
[ -f "$archive" ] || { echo "symbols.sh: $archive is not built"; exit 1; }
[ -z "${SANITIZE:-}" ] || exit 0 # they bring symbols of their own
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
bad=0
complain() {
	echo "symbols.sh: $*"
	bad=1
}

# Prefixes other than the name of the file.
prefixes() {
	case $1 in
	hash)      echo 'es_(sha256|sha512|hmac|hkdf)' ;;
	err)       echo 'es_(err|failf?)' ;;
	identity)  echo 'es_identit(y|ies)' ;;
	recipient) echo 'es_(recipients?|kinds)' ;;
	*)         echo "es_${1}s?" ;;
	esac
}

# Variables that may change: the randomness of libsodium is started once.
may_change='^$'

# What needs an operating system, by the names the linker sees.
outside='^(_*(f|v|vf|d|vd)?printf(_chk)?|puts|fputs|putchar|fputc|fwrite|perror|stdout|stderr|stdin|__fprintf_chk
|f?open(64|at|at64)?|creat|__open_2|read|__read_chk|write|pread|pwrite|close|unlink|rename|fsync|ioctl|socket|connect
|exit|_exit|_Exit|quick_exit|abort|raise|kill|signal|sigaction|fork|v?fork|exec[lv]p?e?|posix_spawnp?|popen|system
|getenv|secure_getenv|setenv|putenv|setlocale|sleep|usleep|nanosleep|isatty|tcsetattr)$'
outside=$(printf '%s' "$outside" | tr -d '\n')

sources=$(find format crypto -name '*.c' | sort)
[ "$(printf '%s\n' $sources | wc -l)" -gt 10 ] || complain 'too few sources were found'
for source in $sources; do
	object=${BUILD:-build}/${source%.c}.o
	name=$(basename "$source" .c)
	[ -f "$object" ] || { complain "$object is not built"; continue; }

	readelf -sW "$object" | awk '$5 == "GLOBAL" && $7 != "UND" { print $6, $8 }' >"$tmp/defined"
	awk -v own="^($(prefixes "$name")(_|\$)|envseal_)" '$2 !~ own { print $2 }' "$tmp/defined" >"$tmp/foreign"
	awk '$2 ~ /^es_/ && $1 != "HIDDEN" { print $2 }' "$tmp/defined" >"$tmp/open"
	awk '$2 ~ /^envseal_/ && $1 != "DEFAULT" { print $2 }' "$tmp/defined" >"$tmp/closed"
	nm -u "$object" | awk -v bad="$outside" '$2 ~ bad { print $2 }' >"$tmp/outside"
	objdump -tw "$object" | awk '$0 ~ / O \.(data|bss|tdata|tbss|tm_clone)[^r]*\t/ && $0 !~ /\.data\.rel\.ro/ { print $NF }' |
		grep -Ev "$may_change" >"$tmp/variables" || :
	for what in foreign:'exports a name that is not its own' open:'is not hidden' closed:'is hidden; ENVSEAL_API is missing' \
		outside:'is called: the library does no input or output' variables:'can change: the library keeps no state'; do
		while read -r symbol; do
			complain "$source: $symbol ${what#*:}"
		done <"$tmp/${what%%:*}"
	done
done

# The public header and the archive name the same functions.
nm --defined-only "$archive" 2>/dev/null | awk '$2 == "T" && $3 ~ /^envseal_/ { print $3 }' | sort >"$tmp/there"
for symbol in $(uniq -d "$tmp/there"); do
	complain "$symbol is defined twice"
done
tr '\n' ' ' <format/envseal.h | grep -o 'ENVSEAL_API [^;(]*(' | grep -o 'envseal_[a-z0-9_]*($' | tr -d '(' | sort >"$tmp/declared"
[ -s "$tmp/declared" ] || complain 'no function was found in format/envseal.h'
for symbol in $(sort -u "$tmp/there" | comm -23 "$tmp/declared" -); do
	complain "format/envseal.h: $symbol is declared and not there"
done
for symbol in $(sort -u "$tmp/there" | comm -13 "$tmp/declared" -); do
	complain "$symbol is public and not declared in format/envseal.h"
done

# A stack that cannot be executed, addresses that cannot be guessed, tables that cannot be written.
program=${BUILD:-build}/envseal
if [ -f "$program" ]; then
	readelf -hW "$program" | grep -q 'Type: *DYN' || complain "$program is not position independent"
	readelf -lW "$program" | grep -q GNU_RELRO || complain "$program has no relro segment"
	readelf -dW "$program" | grep -q 'BIND_NOW\|Flags: NOW' || complain "$program is not bound at start"
	readelf -lW "$program" | grep 'GNU_STACK' | grep -q 'RW ' || complain "$program has an executable stack"
fi
exit $bad
