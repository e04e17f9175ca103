#!/bin/sh
# Documents made from a seed, through envseal and real sops: what comes back, what sops makes of it, which lines change.
#
#	COUNT=2000      so many documents (300; with CI=true 2000)
#	FIRST=1         the seed of the first
#
# tests/interop/gen.py SEED MODE prints a document again; one that failed is kept with all that was made of it.
. "$(dirname "$0")/../lib.sh"
needs sops python3
keys || exit 1

export RECIPIENT PYTHONDONTWRITEBYTECODE=1
FAILED=$BUILD/generated-failed
rm -rf "$FAILED"
python3 "$ROOT/tests/interop/generated.py" "${FIRST:-1}" "${COUNT:-$([ "$CI" = true ] && echo 2000 || echo 300)}" 2 "$TRASH/work" >"$TRASH/result" 2>"$TRASH/err" ||
	tap 1 'generated.py ran to its end' || show
while IFS='	' read -r result text; do
	case $result in
	'ok') tap 0 "$text" ;;
	'not ok') tap 1 "$text" || : ;;
	*) note "$text" ;;
	esac
done <"$TRASH/result"
if [ -d failed ]; then
	mkdir -p "$BUILD" && mv failed "$FAILED" && note "kept in $FAILED"
fi
done_testing
