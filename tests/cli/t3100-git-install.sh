#!/bin/sh
# git install and git uninstall: what they write, that they respect what is there, and that they take back no more.
. "$(dirname "$0")/../lib.sh"
needs git

# Everything that git install could touch below a directory.
picture() {
	(cd "$1" && find . -type f ! -path './objects/*' ! -path './work/*' -exec sh -c 'for f; do printf "%s %s " "$f" "$(stat -c %a "$f")"; cksum <"$f"; done' - {} + | sort)
}

repository
before=$(picture .git)
succeeds 'install' envseal git install
has 'what it did is said' "$TRASH/err" 'hooks/pre-commit: written'
is 'textconv is the absolute path, quoted' "$(git config diff.envseal.textconv)" "'$TRASH/bin/envseal' textconv --"
is 'nothing is cached' "$(git config diff.envseal.cachetextconv)" false
for name in .env .env.production web.env web.env.local sub/.env; do
	is "$name has the attributes" "$(git check-attr diff text -- $name | sed 's/.*: //' | tr '\n' ' ')" 'envseal unset '
done
is 'others have not' "$(git check-attr diff -- environment README.env.md.txt env | sed 's/.*: //' | sort -u)" "$(printf 'envseal\nunspecified')"
touch .envseal-1234abcd.tmp
is 'a temporary file is ignored' "$(git status --porcelain)" ''
ok 'the hook may be run' test -x .git/hooks/pre-commit
is 'with the mode that the umask gives' "$(stat -c %a .git/hooks/pre-commit .git/info/attributes | tr '\n' ' ')" '755 644 '
after=$(picture .git)
succeeds 'once more' envseal git install
is 'changes nothing' "$(picture .git)" "$after"
has 'and says so' "$TRASH/err" 'already'
succeeds '-q' envseal git install -q
is 'says nothing' "$(cat "$TRASH/err")" ''
succeeds 'uninstall' envseal git uninstall
is 'everything is as it was' "$(picture .git)" "$before"
succeeds 'uninstall again' envseal git uninstall
has 'has nothing to do' "$TRASH/err" 'nothing'

# ---- what is there already ------------------------------------------------------------------------------------------------
printf '*.bin binary' >.git/info/attributes
printf 'mine\r\n' >.git/info/exclude
printf '#!/bin/bash -e\necho theirs >>"$TRASH/theirs"\nexit 0\n' >.git/hooks/pre-commit
export TRASH
chmod 750 .git/hooks/pre-commit
git config diff.envseal.xfuncname '^[A-Z]'
before=$(picture .git)
succeeds 'install beside what is there' envseal git install
is 'attributes without a last line end stay' "$(head -n 1 .git/info/attributes)" '*.bin binary'
is 'ours count' "$(git check-attr diff -- .env x.bin | sed 's/.*: //' | tr '\n' ' ')" 'envseal unset '
has 'the hook has both' .git/hooks/pre-commit '^echo theirs'
printf 'A=1\n' >.env
git add .env
must_fail 1 'the chained hook refuses before the one that was there exits' git commit -q -m x
has 'and says which file' "$TRASH/err" '\.env: staged in clear'
git rm -q --cached .env
git commit -q --allow-empty -m x
ok 'else that one is run' test -s "$TRASH/theirs"
succeeds 'uninstall' envseal git uninstall
git update-ref -d HEAD && rm -rf .git/logs .git/index .git/COMMIT_EDITMSG
is 'everything is as it was, to the byte' "$(picture .git)" "$before"
rm -f .git/hooks/pre-commit .env

printf 'last' >.git/info/attributes
envseal git install -q && printf 'behind\n' >>.git/info/attributes && envseal git uninstall -q
is 'lines that came later stay' "$(cat .git/info/attributes)" "$(printf 'last\nbehind')"
rm .git/info/attributes

# ---- hooks that cannot be changed ----------------------------------------------------------------------------------------
printf '#!/usr/bin/env python3\nprint(1)\n' >.git/hooks/pre-commit
chmod +x .git/hooks/pre-commit
cp .git/hooks/pre-commit "$TRASH/hook"
must_fail 77 'a hook in another language' envseal git install
same 'stays as it is' .git/hooks/pre-commit "$TRASH/hook"
has 'the hint has the line to add' "$TRASH/err" "^hint: .*'$TRASH/bin/envseal' git pre-commit"
is 'the rest is there' "$(git config diff.envseal.cachetextconv)" false
printf '#!/usr/bin/env python3\nimport os; os.system("envseal git pre-commit")\n' >.git/hooks/pre-commit
succeeds 'with a line of its own it is fine' envseal git install
printf '#!/bin/sh\nexit 0\n' >.git/hooks/pre-commit
chmod -x .git/hooks/pre-commit
must_fail 77 'a hook that is switched off' envseal git install
has 'is not switched on' "$TRASH/err" 'switched off'
rm .git/hooks/pre-commit
ln -s "$TRASH/hook" .git/hooks/pre-commit
must_fail 77 'a hook that is a link' envseal git install
same 'what it leads to stays' "$TRASH/hook" .git/hooks/pre-commit
rm .git/hooks/pre-commit
printf '#!/bin/sh\n# >>> envseal git install >>>\n' >.git/hooks/pre-commit
chmod +x .git/hooks/pre-commit
must_fail 1 'marks that do not match' envseal git install
has 'are an error' "$TRASH/err" 'marks'
rm .git/hooks/pre-commit
envseal git uninstall -q

# ---- hooks elsewhere, work trees, submodules ------------------------------------------------------------------------------
git config core.hooksPath .githooks
succeeds 'core.hooksPath' envseal git install
ok 'the hook is there' test -x .githooks/pre-commit
absent 'and not in .git' .git/hooks/pre-commit
succeeds 'uninstall' envseal git uninstall
absent 'takes it away' .githooks/pre-commit
git config core.hooksPath /dev/null
must_fail 3 'hooks that are switched off altogether' envseal git install
has 'are said' "$TRASH/err" '^envseal: /dev/null/pre-commit: '
is 'the rest is there' "$(git config diff.envseal.cachetextconv)" false
git config --unset core.hooksPath
envseal git uninstall -q
git commit -q --allow-empty -m first
git worktree add -q "$TRASH/tree" 2>"$TRASH/err"
(cd "$TRASH/tree" && mkdir sub && cd sub && envseal git install -q)
ok 'in a work tree: the hook is in the common directory' test -x .git/hooks/pre-commit
is 'attributes count in both' "$(git check-attr diff .env; git -C "$TRASH/tree" check-attr diff .env)" "$(printf '.env: diff: envseal\n.env: diff: envseal')"
(cd "$TRASH/tree" && printf 'A=1\n' >.env && git add .env)
must_fail 1 'and the hook works there' git -C "$TRASH/tree" commit -q -m x
has 'on its own index' "$TRASH/err" '\.env: staged in clear'
succeeds 'uninstall from a work tree' sh -c 'cd "$0" && envseal git uninstall -q' "$TRASH/tree"
absent 'takes it away' .git/hooks/pre-commit

# ---- a path that a shell would take apart ---------------------------------------------------------------------------------
odd="$TRASH/it's \$(touch bad) here"
mkdir "$odd"
cp "$ENVSEAL" "$odd/envseal"
succeeds 'installed from an odd path' "$odd/envseal" git install
printf 'A=1\n' >.env
git add .env
must_fail 1 'the hook runs from there' git commit -q -m x
has 'and refuses' "$TRASH/err" 'staged in clear'
git commit -q --no-verify -m x
succeeds 'git log -p runs it, too' git log -p
has 'and shows' "$TRASH/out" '^+A=1$'
absent 'the shell ran nothing of the path' bad .git/bad
envseal git uninstall -q

# ---- global ---------------------------------------------------------------------------------------------------------------
before=$(picture "$HOME")
succeeds 'global' envseal git install --global
has 'no hook, and that is said' "$TRASH/err" 'no hook'
is 'the driver is global' "$(git config --global diff.envseal.textconv)" "'$TRASH/bin/envseal' textconv --"
has 'attributes stand where git looks' "$HOME/.config/git/attributes" '^\.env\.\* diff=envseal -text$'
has 'ignore rules as well' "$HOME/.config/git/ignore" '^\.envseal-\*\.tmp$'
is 'git heeds them' "$(git check-attr diff -- .env)" '.env: diff: envseal'
after=$(picture "$HOME")
succeeds 'once more' envseal git install --global
is 'changes nothing' "$(picture "$HOME")" "$after"
succeeds 'uninstall' envseal git uninstall --global
rm -f "$HOME/.gitconfig"
is 'everything is as it was' "$(picture "$HOME")" "$before"
printf '[core]\n\tattributesFile = ~/mine\n\texcludesFile = ~/ignored\n' >"$HOME/.gitconfig"
mkdir "$HOME/dotfiles"
printf '*.x -diff\n' >"$HOME/dotfiles/attributes"
ln -s dotfiles/attributes "$HOME/mine"
succeeds 'core.attributesFile, a link' envseal git install --global
ok 'stays a link' test -L "$HOME/mine"
has 'what it leads to is written' "$HOME/dotfiles/attributes" 'diff=envseal'
has 'core.excludesFile, too' "$HOME/ignored" '^\.envseal'
absent 'and nothing elsewhere' "$HOME/.config/git/attributes"
envseal git uninstall -q --global
is 'what was there is left' "$(cat "$HOME/dotfiles/attributes")" '*.x -diff'
printf '[core]\n\tattributesFile = mine\n' >"$HOME/.gitconfig"
must_fail 1 'a relative core.attributesFile is refused' envseal git install --global
rm "$HOME/.gitconfig"
XDG_CONFIG_HOME=$TRASH/xdg envseal git install -q --global
has 'XDG_CONFIG_HOME' "$TRASH/xdg/git/attributes" 'diff=envseal'
rm -rf "$TRASH/xdg" "$HOME/.gitconfig"

# ---- what cannot be written -------------------------------------------------------------------------------------------------
as_user() {
	if [ "$(id -u)" -eq 0 ]; then
		chown -R 65534 "$TRASH" && chmod 755 "$TRASH" && setpriv --reuid 65534 --clear-groups "$@"
	else
		"$@"
	fi
}
mkdir -p "$HOME/.config/git"
printf 'mine\n' >"$HOME/.config/git/attributes"
chmod 444 "$HOME/.config/git/attributes"
must_fail 3 'a read-only attributes file' as_user envseal git install --global
has 'is named' "$TRASH/err" 'git/attributes: '
absent 'and nothing was done' "$HOME/.gitconfig" "$HOME/.config/git/ignore"
chmod 644 "$HOME/.config/git/attributes"
ln -s nowhere/config "$HOME/.gitconfig"
must_fail 3 'a configuration that cannot be written' as_user envseal git install --global
has 'is said in the words of git' "$TRASH/err" 'diff.envseal.textconv in its global configuration'
is 'and nothing was done' "$(cat "$HOME/.config/git/attributes")" mine
mkdir "$TRASH/none" && cd "$TRASH/none" || exit 1
must_fail 2 'outside of a repository' envseal git install
has 'the hint says how to go on' "$TRASH/err" '^hint: .*--global'
done_testing
