#!/bin/bash
# The documents say what the program does: docs.sh (TAP).
#
#   - every manual page lints clean; its synopsis and options are those of the table of commands
#   - the example of every command's help runs, and so do the README's lines, as they stand
#   - the table of exit statuses is that of format/err.c, and libenvseal(3) has every function of the header
#   - the commands of stock sops in COMPAT.md run on a file of envseal, and envseal opens what they leave
#   - no document mentions a command, option, target or page that does not exist
set -u

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root" || exit 1
BUILD=${BUILD:-$root/build}
ENVSEAL=${ENVSEAL:-$BUILD/envseal}
trash=$(mktemp -d "${TMPDIR:-/tmp}/envseal-docs.XXXXXX") || exit 1
trap 'rm -rf "$trash"' EXIT
for variable in $(env | sed -n 's/^\(\(SOPS\|GIT\|XDG\|AGE\)_[A-Za-z0-9_]*\)=.*/\1/p'); do
	unset "$variable"
done
unset MAKEFLAGS MAKELEVEL MFLAGS
. tests/peers/env.sh
mkdir -p "$trash/bin" "$trash/home"
ln -s "$ENVSEAL" "$trash/bin/envseal"
HOME=$trash/home PATH=$trash/bin:$PATH LC_ALL=C.UTF-8 GIT_CONFIG_NOSYSTEM=1 GIT_PAGER=cat
GIT_AUTHOR_NAME=Ada GIT_AUTHOR_EMAIL=ada@example.org GIT_COMMITTER_NAME=Ada GIT_COMMITTER_EMAIL=ada@example.org
export HOME PATH LC_ALL GIT_CONFIG_NOSYSTEM GIT_PAGER GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL

count=0 failed=0
ok() {
	count=$((count + 1))
	if [ "$1" = 0 ]; then
		echo "ok $count - $2"
	else
		failed=$((failed + 1))
		echo "not ok $count - $2"
	fi
}
show() {
	head -n 30 "$1" | sed 's/^/# /'
}
# silent NAME FILE: passes when FILE is empty; else shows it
silent() {
	if [ -s "$2" ]; then
		ok 1 "$1"
		show "$2"
	else
		ok 0 "$1"
	fi
}
# alike NAME WANTED GOT: two files
alike() {
	diff -u "$2" "$3" >"$trash/diff"
	silent "$1" "$trash/diff"
}

for program in mandoc python3 git make pkg-config "${CC:-gcc}"; do
	command -v "$program" >/dev/null || { echo "not ok 1 - $program is not here; tests/setup.sh check installs it"; echo 1..1; exit 1; }
done
envseal version >/dev/null 2>&1 || { echo "not ok 1 - $ENVSEAL does not run"; echo 1..1; exit 1; }

# ---- commands and pages ----------------------------------------------------------------------------------------------
envseal --help | sed -n '/^commands:$/,/^$/s/^  \(\([a-z-]* \)*[a-z-]*\)   *[^ ].*/\1/p' | sed 's/ *$//' >"$trash/commands"
ok "$([ "$(wc -l <"$trash/commands")" -ge 15 ]; echo $?)" "help lists commands: $(paste -sd, "$trash/commands")"

# The page of a command.
page_of() {
	case $1 in
	version | help) echo envseal ;;
	*) echo "envseal-${1%% *}" ;;
	esac
}
synopsis() {
	awk '/^\.Sh /{in_it = $2 == "SYNOPSIS"; next} in_it' "$1"
}
# "-o, --output OUT" of help, and the same from ".It Fl o , Fl -output Ar OUT".
help_options() {
	envseal "$@" --help | sed -n '/^options:$/,/^$/s/^  \( *\)\(-.*\)/\2/p' | sed 's/   *.*//; s/ (repeatable)$//'
}
page_options() {
	sed -n 's/^\.It Fl //p' "$1" | sed 's/^\([^-]\)/-\1/; s/^-\([a-z-]\{2,\}\)/--\1/; s/ , Fl -/, --/; s/ Ar / /'
}

while read -r command; do
	page=$(page_of "$command")
	echo "$page" >>"$trash/pages"
	# shellcheck disable=SC2086 # two words
	envseal help --man $command >>"$trash/$page.synopsis" 2>&1
	# shellcheck disable=SC2086
	help_options $command >>"$trash/$page.options"
done <"$trash/commands"
for page in $(sort -u "$trash/pages"); do
	if [ ! -f "docs/$page.1" ]; then
		ok 1 "docs/$page.1 is there"
		continue
	fi
	synopsis "docs/$page.1" >"$trash/got"
	if [ "$page" = envseal ]; then
		# The page of the program begins with how all of them are called.
		printf '%s\n' '.Nm envseal' '.Ar COMMAND' '.Op options' '.Op Ar FILE ...' | cat - "$trash/$page.synopsis" >"$trash/want"
	else
		cp "$trash/$page.synopsis" "$trash/want"
	fi
	alike "$page(1): the synopsis is that of the table" "$trash/want" "$trash/got"
	sort -u "$trash/$page.options" >"$trash/want"
	page_options "docs/$page.1" | sort >"$trash/got"
	alike "$page(1): it explains each option, and no other" "$trash/want" "$trash/got"
	grep -q "^\.Xr $page 1\|^\.It Xr $page 1" docs/envseal.1 || [ "$page" = envseal ]
	ok $? "envseal(1) points to $page(1)"
done
for page in docs/*.[1-8]; do
	mandoc -T lint -W warning "$page" 2>&1 | grep -v 'outdated mandoc.db' >"$trash/lint"
	silent "$page: mandoc has nothing to say" "$trash/lint"
	title=$(sed -n 's/^\.Dt \([^ ]*\) \([0-9]\).*/\1.\2/p' "$page" | tr '[:upper:]' '[:lower:]')
	[ "docs/$title" = "$page" ]
	ok $? "$page: its title is $title"
done
find docs -name 'envseal*.1' | sed 's,.*/\(.*\)\.1,\1,' | sort >"$trash/got"
sort -u "$trash/pages" >"$trash/want"
alike 'no page is about a command that does not exist' "$trash/want" "$trash/got"

# ---- tables ----------------------------------------------------------------------------------------------------------
sed -n 's/^ *\[ENVSEAL_[A-Z_]*\] = {\([0-9]*\), "\([a-z-]*\)"},/\1 \2/p' format/err.c | sort >"$trash/want"
sed -n 's/^\.It \([0-9]*\) Ta \([a-z-]*\) Ta .*/\1 \2/p' docs/envseal.1 | sort >"$trash/got"
alike 'envseal(1) has the statuses of format/err.c' "$trash/want" "$trash/got"
cut -d' ' -f1 "$trash/want" | sort -un >"$trash/statuses"
sed -n '/^### Exit statuses/,/^## /s/^| \([0-9, ]*\) |.*/\1/p' docs/COMPAT.md | tr -s ', ' '\n' | cat - <(echo 0) | sort -un >"$trash/got"
alike 'so does COMPAT.md' "$trash/statuses" "$trash/got"
for page in docs/envseal-*.1; do
	awk '/^\.Sh /{in_it = /EXIT STATUS/; next} in_it' "$page" | sed -n 's/^\.It \([0-9]*\)$/\1/p' >"$trash/got"
	sort -n "$trash/got" | cmp -s - "$trash/got" && [ -s "$trash/got" ] && ! grep -v -x -q -F -f "$trash/statuses" "$trash/got"
	ok $? "$page: its statuses are in the table, in order"
done
python3 - format/envseal.h >"$trash/want" <<'END'
import re, sys

header = re.sub(r"/\*.*?\*/", "", open(sys.argv[1]).read(), flags=re.S)
for text in re.findall(r"^ENVSEAL_API\s+([^;{]*);", header, re.S | re.M):
    text = " ".join(text.replace("ENVSEAL_MUST_USE", "").split())
    kind, name, args = re.fullmatch(r"(.*?[ *])(\w+)\((.*)\)", text).groups()
    kind = kind.strip()
    print(".Ft", f'"{kind}"' if " " in kind else kind)
    print(".Fo", name)
    for arg in args.split(","):
        print(f'.Fa "{arg.strip()}"')
    print(".Fc")
END
synopsis docs/libenvseal.3 | grep -v '^\.In ' >"$trash/got"
[ "$(grep -c '^\.Fo' "$trash/want")" -gt 30 ]
ok $? 'the header has functions'
alike 'libenvseal(3) has the functions of the header' "$trash/want" "$trash/got"
grep -v '^;' docs/envseal-layout.cddl | sed '/./,$!d' >"$trash/want"
awk '/^\.Bd /{in_it = !seen++; next} /^\.Ed/{in_it = 0} in_it' docs/envseal-layout.5 >"$trash/got"
alike 'envseal-layout(5) has the grammar of the .cddl' "$trash/want" "$trash/got"

# ---- examples of help ------------------------------------------------------------------------------------------------
recipient=$(envseal keygen 2>/dev/null)
ok "$([ -n "$recipient" ]; echo $?)" 'a key for the examples'
git init -q -b main "$trash/example"
(
	cd "$trash/example" || exit 1
	printf 'creation_rules:\n  - age: %s\n' "$recipient" >.sops.yaml
	printf '# production\nDATABASE_URL=postgres://shop@db/shop\nAPI_KEY=12345\n' >.env.production
	cp .env.production ../plain
	envseal encrypt -q .env.production && git add -A && git commit -q -m one
) || ok 1 'the repository for the examples'
while read -r command; do
	# shellcheck disable=SC2086
	example=$(envseal help $command | sed -n '/^example:$/{n;s/^  //p;}')
	rm -rf "$trash/try" && cp -R "$trash/example" "$trash/try"
	case $command in
	encrypt) cp "$trash/plain" "$trash/try/.env.production" ;;
	esac
	(cd "$trash/try" && bash -e -o pipefail -c "$example") >"$trash/out" 2>&1 </dev/null
	status=$?
	ok "$status" "envseal $command: the example runs: $example"
	[ "$status" -eq 0 ] || show "$trash/out"
done <"$trash/commands"

# ---- lines of the README ---------------------------------------------------------------------------------------------
# The first fenced block behind a heading that begins with its words.
block() {
	awk -v head="## $1" -v kind="\`\`\`$2" 'index($0, head) == 1 {f = 1} f && $0 == kind {p = 1; next} p && /^```$/ {exit} p' README.md
}
block 'The first five minutes' sh >"$trash/five.sh"
mkdir "$trash/five" "$trash/five-home"
(cd "$trash/five" && HOME=$trash/five-home && sh -eu "$trash/five.sh") >"$trash/out" 2>&1 </dev/null
status=$?
[ "$status" -eq 0 ] && [ "$(wc -l <"$trash/five.sh")" -gt 20 ]
ok $? 'README: the first five minutes, as they stand'
[ "$status" -eq 0 ] || show "$trash/out"
[ "$(cd "$trash/five/shop" && git log --oneline | wc -l)" -eq 3 ] && cmp -s "$trash/five/restored.env" <(cd "$trash/five/shop" && HOME=$trash/five-home envseal decrypt .env.backup.production)
ok $? 'README: three commits, and the restored file is what the last one opens to'
(cd "$trash/five/shop" && HOME=$trash/nobody envseal decrypt --identity ../bob.key .env.backup.production) >"$trash/out" 2>&1
ok "$([ $? -eq 128 ]; echo $?)" 'README: the colleague who left does not open it'
(cd "$trash/five/shop" && HOME=$trash/nobody envseal verify --no-input .env.backup.production) >"$trash/out" 2>&1
ok $? 'README: the file verifies'

block 'The library' c >"$trash/names.c"
# With the variables that this was started with, so that nothing is built again.
eval "make -s --no-print-directory ${MAKE_VARIABLES:-} install PREFIX=\"\$trash/opt\"" >"$trash/out" 2>&1
status=$?
ok $status 'make install for the example of the library'
[ $status -eq 0 ] || show "$trash/out"
line=$(block 'The library' sh)
(cd "$trash" && PKG_CONFIG_PATH=$trash/opt/lib/pkgconfig bash -c "cc() { ${CC:-gcc} -std=c11 -Wall -Wextra -Werror ${SANITIZE:+-fsanitize=$SANITIZE} \"\$@\"; }; $line") >"$trash/out" 2>&1
status=$?
ok $status "README: the example of the library is built: $line"
[ $status -eq 0 ] || show "$trash/out"
"$trash/names" <"$trash/example/.env.production" >"$trash/got" 2>&1
printf 'DATABASE_URL\nAPI_KEY\n' >"$trash/want"
alike 'README: and it prints the names' "$trash/want" "$trash/got"
awk '/^\.Sh EXAMPLES/{f = 1} f && /^\.Bd/{p = 1; next} /^\.Ed/{p = 0} p' docs/libenvseal.3 | sed 's/\\e/\\/g' >"$trash/got"
alike 'libenvseal(3) has the same example' "$trash/names.c" "$trash/got"
grep -q '^apt-get update && apt-get install -y make && make demo$' README.md && grep -q '^apt-get update && apt-get install -y make && make test$' README.md
ok $? 'README: the two lines for a fresh machine are complete'
[ "$(grep -n 'make test$' README.md | head -n 1 | cut -d: -f1)" -le 24 ]
ok $? 'README: they stand in the first screen'

# ---- commands of stock sops in COMPAT.md -----------------------------------------------------------------------------
sed -n '/^| to do | the command |/,/^$/s/^| .* |$/&/p' docs/COMPAT.md | grep -o '`sops [^`]*`' | tr -d '`' >"$trash/sops"
if command -v sops >/dev/null; then
	ok "$([ "$(wc -l <"$trash/sops")" -ge 11 ]; echo $?)" 'COMPAT.md has commands of sops'
	printf '#!/bin/sh\nsed -i s/12345/6789/ "$1"\n' >"$trash/bin/editor"
	chmod +x "$trash/bin/editor"
	while read -r line; do
		rm -rf "$trash/try" && cp -R "$trash/example" "$trash/try"
		mv "$trash/try/.env.production" "$trash/try/.env.backup.production"
		case $line in
		*' encrypt '*) cp "$trash/plain" "$trash/try/.env.backup.production" ;;
		*' updatekeys '*) line="$line --yes" ;;
		*exec-env*) cp "$trash/try/.env.backup.production" "$trash/try/copy.env" ;;
		esac
		line=$(echo "$line" | sed "s/'program'/'test \"\$API_KEY\" = 12345'/")
		(cd "$trash/try" && SOPS_EDITOR=$trash/bin/editor bash -c "$line") >"$trash/out" 2>&1 </dev/null
		status=$?
		[ "$status" -eq 0 ] && (cd "$trash/try" && envseal verify -q .env.backup.production) >>"$trash/out" 2>&1
		status=$?
		ok "$status" "COMPAT.md: it runs, and envseal opens what is there then: $line"
		[ "$status" -eq 0 ] || show "$trash/out"
	done <"$trash/sops"
elif [ "${CI:-}" = true ]; then
	ok 1 'COMPAT.md: sops is here (in CI nothing is skipped)'
else
	count=$((count + 1))
	echo "ok $count - COMPAT.md: the commands of sops # SKIP sops is not here; tests/peers/install.sh installs it"
fi

# ---- what the documents mention --------------------------------------------------------------------------------------
while read -r command; do
	# shellcheck disable=SC2086
	help_options $command | sed "s/^/$command\t/"
done <"$trash/commands" >"$trash/table"
cat >"$trash/mentions.py" <<'END'
import os, re, sys

options = {}                    # command -> its options, each spelling
for line in open(sys.argv[1]):
    command, option = line.rstrip("\n").split("\t")
    for word in re.findall(r"(?:^|, )(--?[a-zA-Z-]+)", option):
        options.setdefault(command, set()).add(word)
every = set().union(*options.values()) | {"--version"}
groups = {command.split()[0] for command in options if " " in command}
targets = set(re.findall(r"^([a-z-]+):", open(sys.argv[2]).read(), re.M))
seen = {"commands": 0, "options": 0, "targets": 0, "links": 0}


def check_command(where, text):
    """One simple command of a shell, beginning with the word envseal."""
    words = [word.strip("'\"") for word in text.split()[1:]]
    if not words or words[0] in ("COMMAND", "...", "[options]") or words[0][:1] in "-<|>":
        own = every
    else:
        name = " ".join(words[:2]) if words[0] in groups else words[0]
        if name not in options:
            if name.split()[0] in groups and len(words) == 1:
                return
            print(f"{where}: there is no command {name}: {text}")
            return
        seen["commands"] += 1
        own = options[name] | ({"--man"} if name == "help" else set())
    for word in words:
        if re.match(r"--?[A-Za-z]", word):
            seen["options"] += 1
            if word.split("=")[0] not in own:
                print(f"{where}: no option {word}: {text}")


def check_code(where, code):
    for text in re.split(r"&&|\|\||[|;]|\$\(|`|\b(?:then|do) ", code):
        text = re.sub(r"^\s*\$ ", "", text).strip().rstrip(")\"")
        text = re.sub(r"^sudo ", "", text)
        if re.match(r"(-q |)envseal( |$)", text):
            check_command(where, text)
        elif re.match(r"make( |$)", text):
            for word in text.split()[1:]:
                if re.match(r"[a-z-]+$", word):
                    seen["targets"] += 1
                    if word not in targets:
                        print(f"{where}: there is no target {word}: {text}")
                else:
                    break
        elif re.match(r"--?[A-Za-z]", text):
            seen["options"] += 1
            if text.split()[0].split("=")[0] not in every:
                print(f"{where}: no command has {text}")


def check_markdown(name):
    fenced = None
    for number, line in enumerate(open(name), 1):
        where = f"{name}:{number}"
        if line.startswith("```"):
            fenced = line[3:].strip() if fenced is None else None
        elif fenced == "sh":
            check_code(where, line.split("#")[0])
        elif fenced is None:
            for span in re.findall(r"`([^`]+)`", line):
                check_code(where, span)
            for link in re.findall(r"\]\(([^)#]+)\)", line):
                if not link.startswith("http"):
                    seen["links"] += 1
                    if not os.path.exists(os.path.join(os.path.dirname(name), link)):
                        print(f"{where}: {link} is not there")


def check_manual(name):
    literal = False
    for number, line in enumerate(open(name), 1):
        line, where = line.rstrip("\n"), f"{name}:{number}"
        text = line.replace("\\(dq", '"').replace("\\e", "\\")
        if line.startswith(".Bd"):
            literal = True
        elif line.startswith(".Ed"):
            literal = False
        elif literal or line.startswith(".Dl "):
            check_code(where, text[4:] if line.startswith(".Dl ") else text)
        elif re.match(r"\.(It )?Nm envseal [a-z]", line) and "SYNOPSIS" not in line:
            check_code(where, re.sub(r"^\.(It )?Nm ", "", text).rstrip(" ,.;:"))
        for word in re.findall(r"\bFl (-?[A-Za-z][A-Za-z-]*)", line):
            seen["options"] += 1
            if "-" + word not in every:
                print(f"{where}: no command has -{word}")
        for page, section in re.findall(r"\bXr (envseal[a-z-]*|libenvseal) ([0-9])", line):
            seen["links"] += 1
            if not os.path.exists(f"docs/{page}.{section}"):
                print(f"{where}: there is no {page}({section})")


for name in sys.argv[3:]:
    check_markdown(name) if name.endswith(".md") else check_manual(name)
for what, n in seen.items():
    if n < 5 and len(sys.argv) > 5:
        print(f"only {n} {what} were found: the search is broken")
END
python3 "$trash/mentions.py" "$trash/table" Makefile README.md docs/*.md docs/*.[1-8] >"$trash/found" 2>&1
silent 'no document mentions a command, option, target or page that does not exist' "$trash/found"

# The search finds what is wrong: one mistake of each kind.
cat >"$trash/wrong.md" <<'END'
Say `envseal encypt FILE`, `envseal get --all F N`, `--no-such`, `make tets`, [this](nowhere.md), and
```sh
envseal keygen --output key && envseal rotat FILE
```
END
printf '%s\n' '.Op Fl -no-such' '.Dl $ envseal decrypt --json FILE' '.Xr envseal-nothing 1' >"$trash/wrong.1"
python3 "$trash/mentions.py" "$trash/table" Makefile "$trash/wrong.md" "$trash/wrong.1" >"$trash/found" 2>&1
[ "$(wc -l <"$trash/found")" -eq 9 ] && ! grep -q Traceback "$trash/found"
ok $? 'each of nine mistakes is found'
[ "$(wc -l <"$trash/found")" -eq 9 ] || show "$trash/found"

echo "1..$count"
[ "$failed" -eq 0 ] || exit 1
