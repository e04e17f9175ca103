# To be sourced: the peers on PATH, and none of them asks the network for news.
# shellcheck shell=sh
ENVSEAL_PEERS=${ENVSEAL_PEERS:-$HOME/.cache/envseal-peers}
case ":$PATH:" in
*":$ENVSEAL_PEERS/bin:"*) ;;
*) PATH=$ENVSEAL_PEERS/bin:$PATH ;;
esac
# The Go that was installed to build them, for tests that have a part in Go.
if ! command -v go >/dev/null 2>&1; then
	for go in "$ENVSEAL_PEERS"/go-*/bin; do
		PATH=$PATH:$go
	done
	unset go
fi
SOPS_DISABLE_VERSION_CHECK=1
export ENVSEAL_PEERS PATH SOPS_DISABLE_VERSION_CHECK
