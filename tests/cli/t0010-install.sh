#!/bin/sh
# make install puts everything where it is asked to, a client finds the library there, and uninstall takes it away.
. "$(dirname "$0")/../lib.sh"
needs make "${CC:-gcc}" pkg-config

# With the variables that the tests were started with, so that nothing is built again.
make_in() {
	eval "make -s -C \"\$ROOT\" --no-print-directory ${MAKE_VARIABLES:-} \"\$@\""
}
there=$TRASH/opt
succeeds 'install' make_in install PREFIX="$there"
files="bin/envseal lib/libenvseal.a lib/pkgconfig/envseal.pc include/envseal.h
	share/bash-completion/completions/envseal share/zsh/site-functions/_envseal
	share/fish/vendor_completions.d/envseal.fish"
for file in $files; do
	ok "$file is there" test -s "$there/$file"
done
is 'as many manual pages as docs has' "$(find "$there/share" -path '*/man/*' -type f | wc -l)" \
	"$(find "$ROOT/docs" -name '*.[1357]' | wc -l)"
ok 'there is one for the program' test -s "$there/share/man/man1/envseal.1"
is 'nothing temporary is left' "$(find "$there" -name '*.new')" ''
succeeds 'the installed program runs' "$there/bin/envseal" version
is 'the program may be run, the rest only read' "$(find "$there" -type f -perm /111)" "$there/bin/envseal"

cat >client.c <<'END'
#include <envseal.h>
#include <stdio.h>

int
main(void)
{
	struct envseal_err err = {ENVSEAL_OK, NULL, 0, 0, 0, "", ""};
	struct envseal *es = envseal_new(NULL, &err);
	if (es == NULL)
		return 1;
	struct envseal_out out = {NULL, 0};
	char recipient[64];
	if (!envseal_keygen(es, "2026-01-02T03:04:05Z", &out, recipient, &err))
		return 2;
	printf("%.4s\n", recipient);
	envseal_out_free(&out);
	envseal_end(es);
	return 0;
}
END
export PKG_CONFIG_PATH="$there/lib/pkgconfig"
flags=$(pkg-config --cflags --libs envseal) || flags=
extra=${SANITIZE:+-fsanitize=$SANITIZE}
# shellcheck disable=SC2086 # flags are words
succeeds 'a client in C is built with what pkg-config says' "${CC:-gcc}" -std=c11 -Wall -Werror -o client client.c $extra $flags
succeeds 'it runs' ./client
is 'and makes a key' "$(cat "$TRASH/out")" age1
# shellcheck disable=SC2086
if command -v g++ >/dev/null && [ "${CC:-gcc}" = gcc ]; then
	succeeds 'a client in C++ as well' g++ -std=c++11 -Wall -Werror -x c++ client.c -x none -o client++ $extra $flags
	succeeds 'it runs, too' ./client++
fi

succeeds 'uninstall' make_in uninstall PREFIX="$there"
is 'no file is left' "$(find "$there" -type f)" ''
succeeds 'DESTDIR stands before PREFIX' make_in install DESTDIR="$TRASH/stage" PREFIX=/usr
ok 'the program is below both' test -x "$TRASH/stage/usr/bin/envseal"
has 'the pkg-config file names PREFIX alone' "$TRASH/stage/usr/lib/pkgconfig/envseal.pc" '^prefix=/usr$'
done_testing
