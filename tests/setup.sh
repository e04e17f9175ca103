#!/bin/sh
# Installs what is missing to do something here; silent, and done in milliseconds, when nothing is.
#
#   setup.sh build|demo|test|check|bench      each has what the ones before it have; bench is test and a stop watch
#
# With CI=true, test and check bring the JavaScript peer as well.
# As root it asks apt-get, else sudo.  With neither it says what to install and fails.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
level=${1:-build}

case $level in
build) levels='build' ;;
demo)  levels='build demo' ;;
test)  levels='build demo test' ;;
check) levels='build demo test check' ;;
bench) levels='build demo test bench' ;;
*)     echo "setup.sh: say one of build, demo, test, check, bench" >&2; exit 64 ;;
esac

# The reader in JavaScript brings some hundred packages along: only where nothing may be skipped.
javascript=false
case $level in
test | check) [ "${CI:-}" != true ] || javascript=true ;;
esac

# For each level: the Debian package, and a program (or file, a path) that shows it is there.
table() {
	cat <<-END
	build  make                gmake|make
	build  gcc                 ${CC:-gcc}|gcc|cc
	build  libc6-dev           /usr/include/stdio.h
	build  pkg-config          ${PKG_CONFIG:-pkg-config}
	build  libsodium-dev       /usr/include/sodium.h
	build  libcbor-dev         /usr/include/cbor.h
	build  libbearssl-dev      /usr/include/bearssl.h
	build  libyaml-dev         /usr/include/yaml.h
	build  libpcre2-dev        /usr/include/pcre2.h
	demo   git                 git
	test   perl                prove
	test   python3             python3
	test   strace              strace
	test   ca-certificates     /etc/ssl/certs/ca-certificates.crt
	check  clang-14            clang-14
	check  libclang-rt-14-dev  /usr/lib/llvm-14/lib/clang/14*/lib/linux/libclang_rt.fuzzer*.a
	check  llvm-14             llvm-symbolizer-14
	check  clang-tidy-14       clang-tidy-14
	check  clang-format-14     clang-format-14
	check  cppcheck            cppcheck
	check  g++                 g++
	check  shellcheck          shellcheck
	check  valgrind            valgrind
	check  gdb                 gdb
	check  mandoc              mandoc
	check  universal-ctags     ctags
	check  bash-completion     /usr/share/bash-completion/bash_completion
	check  zsh                 zsh
	check  fish                fish
	check  procps              pgrep
	bench  hyperfine           hyperfine
	bench  time                /usr/bin/time
	END
	# Only to install the peers, and only as long as they are not there.
	case $level in
	test | check | bench)
		if ! "$here/peers/install.sh" --there && ! go version 2>/dev/null | grep -Eq 'go1\.(2[6-9]|[3-9][0-9])'; then
			echo "test python3-venv /usr/lib/python3*/ensurepip/__init__.py"
		fi
		;;
	esac
	if $javascript; then
		echo "test nodejs node"
		echo "test npm npm"
	fi
}

there() {
	old=$IFS
	IFS='|'
	for proof in $1; do
		IFS=$old
		case $proof in
		/*)
			for file in $proof; do
				[ ! -e "$file" ] || return 0
			done
			;;
		*) ! command -v "$proof" >/dev/null 2>&1 || return 0 ;;
		esac
	done
	IFS=$old
	return 1
}

missing() {
	table | while read -r when package proof; do
		case " $levels " in *" $when "*) there "$proof" || echo "$package" ;; esac
	done
}

# try WHAT COMMAND...: what it says is shown only when it fails
try() {
	what=$1
	shift
	if ! "$@" >"$log" 2>&1 </dev/null; then
		echo "setup.sh: $what failed:" >&2
		tail -n 15 "$log" >&2
		return 1
	fi
}

install() {
	if [ "$(id -u)" = 0 ]; then
		as=
	elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [ -t 0 ] && sudo true; }; }; then
		as=sudo
	else
		as=none
	fi
	if [ "$as" = none ] || ! command -v apt-get >/dev/null; then
		echo "setup.sh: needed and not here: $*" >&2
		echo "On Debian or Ubuntu, as root:" >&2
		echo "  apt-get update && apt-get install -y --no-install-recommends $*" >&2
		return 1
	fi
	echo "Installing $*"
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	try 'apt-get update' $as apt-get update || :
	try 'apt-get install' $as env DEBIAN_FRONTEND=noninteractive \
		apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

packages=$(missing)
if [ -n "$packages" ]; then
	# shellcheck disable=SC2086 # one word a package
	install $packages
	packages=$(missing)
	if [ -n "$packages" ]; then
		echo "setup.sh: still not here after the installation: $packages" >&2
		exit 1
	fi
fi

case $level in
test | check | bench)
	"$here/peers/install.sh" --there || echo "Installing sops and age (some minutes, once)"
	"$here/peers/install.sh"
	;;
esac
if $javascript; then
	"$here/peers/install.sh" js
fi
