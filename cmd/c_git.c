/* git install, git uninstall: set up git for sealed files, and undo it. */
#include "cmd/cmd.h"

#include "cmd/block.h"
#include "cmd/commands.h"
#include "cmd/diag.h"
#include "cmd/fail.h"
#include "cmd/git.h"
#include "cmd/os/dirs.h"
#include "cmd/os/harden.h"
#include "cmd/os/replace.h"
#include "cmd/program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MOST = 4 * 1024 * 1024, VALUE_MOST = 2 * PATH_MAX };

static const char attributes[] = ".env diff=envseal -text\n"
				 ".env.* diff=envseal -text\n"
				 "*.env diff=envseal -text\n"
				 "*.env.* diff=envseal -text\n";
static const char ignored[] = ".envseal-*.tmp\n";
static const char shebang[] = "#!/bin/sh\n";
static const char driver[] = "diff.envseal.textconv", cache[] = "diff.envseal.cachetextconv";
static const char driver_end[] = "' textconv --";

enum { ATTRIBUTES, IGNORE, HOOK, FILES };

/* One of git's files: as it is, and as it is to be. */
struct target {
	char path[PATH_MAX]; /* empty: not touched */
	bool exists;
	struct file_id id;
	struct envseal_out was;
	struct bytes now;
	bool changed, remove;
};

struct setup {
	bool global, install;
	struct repo repo;
	char value[VALUE_MOST]; /* of diff.envseal.textconv */
	char hook_line[VALUE_MOST];
	struct target files[FILES];
	bool did; /* anything */
	struct envseal_err hook; /* why there can be no hook */
};

static bool
name_program(struct setup *s, struct envseal_err *err)
{
	char quoted[VALUE_MOST - 64];

	if (!program_quoted(quoted, sizeof quoted, err))
		return false;
	(void)snprintf(s->value, sizeof s->value, "%s%s", quoted, driver_end + 1);
	(void)snprintf(s->hook_line, sizeof s->hook_line, "%s git pre-commit || exit\n", quoted);
	return true;
}

/* ---- git's configuration -------------------------------------------------------------------------------------- */

static bool
config(const struct setup *s, const char *const *args, struct envseal_out *out, int *status,
    char said[GIT_SAID], struct envseal_err *err)
{
	struct git_call call = {
	    .place = s->global ? GIT_OUTSIDE : GIT_IN_REPO, .repo = &s->repo, .args = args};

	return git_run(&call, out, status, said, err);
}

static const char *
scope(const struct setup *s)
{
	return s->global ? "--global" : "--local";
}

/* The one value of name; empty when there is none or there are several. */
static bool
get(const struct setup *s, const char *name, char value[VALUE_MOST], struct envseal_err *err)
{
	const char *const args[] = {"config", scope(s), "-z", "--get-all", name, NULL};
	char said[GIT_SAID] = "";
	struct envseal_out out = {0};
	int status = 0;
	bool good;

	value[0] = '\0';
	if (!config(s, args, &out, &status, said, err))
		return false;
	if (status == 0 && out.n > 0 && out.n <= VALUE_MOST &&
	    memchr(out.p, '\0', out.n) == out.p + out.n - 1)
		memcpy(value, out.p, out.n);
	good = status <= 1 ||
	       cmd_failf(err, ENVSEAL_INPUT, NULL, 0, NULL, "git cannot read its configuration: %s", said);
	envseal_out_free(&out);
	return good;
}

static bool
change(struct setup *s, const char *const *args, const char *name, struct envseal_err *err)
{
	char said[GIT_SAID] = "";
	struct envseal_out out = {0};
	int status = 0;

	if (!config(s, args, &out, &status, said, err))
		return false;
	envseal_out_free(&out);
	if (status != 0)
		return cmd_failf(err, ENVSEAL_OUTPUT, NULL, 0,
		    s->global ? "where that file is made by another program, let that one set it (envseal "
				"help git install)"
			      : "the configuration of the repository must be writable for you",
		    "git cannot change %s in its %s configuration: %s", name, scope(s) + 2, said);
	s->did = true;
	return true;
}

static bool
set(struct setup *s, const char *name, const char *value, struct envseal_err *err)
{
	const char *const args[] = {"config", scope(s), "--replace-all", name, value, NULL};
	char now[VALUE_MOST];

	if (!get(s, name, now, err))
		return false;
	if (strcmp(now, value) == 0)
		return true;
	if (!change(s, args, name, err))
		return false;
	diag_done("git %s configuration: %s = %s", scope(s) + 2, name, value);
	return true;
}

static bool
unset(struct setup *s, const char *name, struct envseal_err *err)
{
	const char *const args[] = {"config", scope(s), "--unset-all", name, NULL};

	if (!change(s, args, name, err))
		return false;
	diag_done("git %s configuration: %s is gone", scope(s) + 2, name);
	return true;
}

/* What somebody else put there stays. */
static bool
unset_driver(struct setup *s, struct envseal_err *err)
{
	char value[VALUE_MOST];
	size_t n;

	if (!get(s, driver, value, err))
		return false;
	n = strlen(value);
	if (n > sizeof driver_end && strcmp(value + n - sizeof driver_end + 1, driver_end) == 0) {
		if (!unset(s, driver, err))
			return false;
	} else if (n > 0) {
		diag_note("%s is not what git install wrote, and stays", driver);
		return true;
	}
	return get(s, cache, value, err) && (strcmp(value, "false") != 0 || unset(s, cache, err));
}

/* ---- git's files ---------------------------------------------------------------------------------------------- */

static bool
join(char path[PATH_MAX], const char *dir, const char *name, struct envseal_err *err)
{
	int n = snprintf(path, PATH_MAX, "%s/%s", dir, name);

	return (n > 0 && n < PATH_MAX) ||
	       cmd_fail(err, ENVSEAL_OUTPUT, NULL, ENAMETOOLONG, "a path of git's is too long", NULL);
}

/* A file of the user's that git reads for every repository: what name says, else the one that git takes by itself. */
static bool
find_global(const char *name, const char *otherwise, char path[PATH_MAX], struct envseal_err *err)
{
	const char *const args[] = {"config", "--type=path", "-z", "--get", name, NULL};
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	struct git_call call = {.place = GIT_OUTSIDE, .args = args};
	struct envseal_out out = {0};
	char dir[PATH_MAX];
	int status = 0;
	bool set_by_user;

	if (!git_run(&call, &out, &status, NULL, err))
		return false;
	set_by_user = status == 0 && out.n > 1 && out.n <= PATH_MAX;
	if (set_by_user)
		memcpy(path, out.p, out.n);
	envseal_out_free(&out);
	if (set_by_user && path[0] != '/')
		return cmd_failf(err, ENVSEAL_CONFIG, NULL, 0,
		    "give it an absolute path, or one that begins with ~/",
		    "%s of git's configuration is a relative path", name);
	if (set_by_user)
		return true;
	if (xdg != NULL && xdg[0] == '/')
		return join(path, xdg, otherwise, err);
	if (home == NULL || home[0] != '/')
		return cmd_fail(
		    err, ENVSEAL_CONFIG, NULL, 0, "HOME is not set", "set it to your home directory");
	return join(dir, home, ".config", err) && join(path, dir, otherwise, err);
}

static bool
find_hooks(struct setup *s, char path[PATH_MAX], struct envseal_err *err)
{
	static const char *const args[] = {"rev-parse", "--git-path", "hooks", NULL};
	static const char *const from[] = {"config", "-z", "--show-scope", "--get", "core.hooksPath", NULL};
	struct git_call call = {.place = GIT_IN_REPO, .repo = &s->repo, .args = args};
	char said[GIT_SAID] = "", dir[PATH_MAX];
	struct envseal_out out = {0};
	int status = 0;
	bool good;

	if (!git_run(&call, &out, &status, said, err))
		return false;
	good = status == 0 && out.n > 1 && out.n <= PATH_MAX;
	if (good) {
		memcpy(dir, out.p, out.n - 1);
		dir[out.n - 1] = '\0';
	}
	envseal_out_free(&out);
	if (!good)
		return cmd_failf(
		    err, ENVSEAL_INPUT, NULL, 0, NULL, "git does not say where its hooks are: %s", said);
	if (dir[0] == '/')
		good = join(path, dir, "pre-commit", err);
	else
		good = snprintf(path, PATH_MAX, "%s/%s/pre-commit", s->repo.top, dir) < PATH_MAX ||
		       cmd_fail(err, ENVSEAL_OUTPUT, NULL, ENAMETOOLONG, "a path of git's is too long", NULL);
	call.args = from;
	if (!good || !s->install)
		return good;
	if (!git_run(&call, &out, &status, said, err))
		return false;
	if (status == 0 && out.n > 0 && strcmp((const char *)out.p, "local") != 0 &&
	    strcmp((const char *)out.p, "worktree") != 0)
		diag_note("core.hooksPath is set for all your repositories: so is the hook in %s", dir);
	else if (status == 0 && out.n > 0)
		diag_note("core.hooksPath is set: the hook is in %s; it names a path of this machine, do not "
			  "commit it",
		    dir);
	envseal_out_free(&out);
	return true;
}

static bool
find_files(struct setup *s, struct envseal_err *err)
{
	char *attributes_path = s->files[ATTRIBUTES].path, *ignore_path = s->files[IGNORE].path;

	if (s->global)
		return find_global("core.attributesFile", "git/attributes", attributes_path, err) &&
		       find_global("core.excludesFile", "git/ignore", ignore_path, err);
	return join(attributes_path, s->repo.common, "info/attributes", err) &&
	       join(ignore_path, s->repo.common, "info/exclude", err) &&
	       find_hooks(s, s->files[HOOK].path, err);
}

/* Whether what stands in the way of writing can be told beforehand. */
static bool
check_writable(const struct target *t, struct envseal_err *err)
{
	static const char hint[] =
	    "where it is made by another program, let that one add the lines (envseal help git install)";
	char path[PATH_MAX];
	char *slash;

	if (t->exists && access(t->path, W_OK) != 0)
		return cmd_fail(err, ENVSEAL_OUTPUT, t->path, errno, "the file cannot be written", hint);
	if (realpath(t->path, path) == NULL)
		memcpy(path, t->path, sizeof path);
	do {
		slash = strrchr(path, '/');
		*slash = '\0';
	} while (slash != path && access(path, F_OK) != 0);
	if (access(slash == path ? "/" : path, W_OK | X_OK) != 0)
		return cmd_fail(err, ENVSEAL_OUTPUT, t->path, errno, "its directory cannot be written", hint);
	return true;
}

/* Whether the first line names a shell that reads the language of sh. */
static bool
is_shell_script(struct envseal_slice text)
{
	static const char *const shells[] = {"sh", "bash", "dash", "ksh", "zsh", "ash"};
	char line[128], *word, *end;
	size_t n = 0;

	while (n < text.n && text.p[n] != '\n' && n + 1 < sizeof line) {
		line[n] = (char)text.p[n];
		n++;
	}
	line[n] = '\0';
	if (strncmp(line, "#!", 2) != 0 || strchr(line, '\r') != NULL)
		return false;
	word = line + 2 + strspn(line + 2, " \t");
	if (strncmp(word, "/usr/bin/env ", 13) == 0)
		word += 13 + strspn(word + 13, " \t");
	end = word + strcspn(word, " \t");
	*end = '\0';
	end = strrchr(word, '/');
	word = end != NULL ? end + 1 : word;
	for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++)
		if (strcmp(word, shells[i]) == 0)
			return true;
	return false;
}

/* Why we may not change a hook that is there; NULL: we may. */
static const char *
hook_objection(const struct target *t)
{
	struct stat st;

	if (lstat(t->path, &st) == 0 && S_ISLNK(st.st_mode))
		return "the hook is a symbolic link, so others may use it, too";
	if ((t->id.mode & 0111) == 0)
		return "there is a hook already, which is switched off (not executable)";
	if (!is_shell_script((struct envseal_slice){t->was.p, t->was.n}))
		return "there is a hook already, which is no shell script";
	return NULL;
}

static bool
plan_hook(struct setup *s, struct target *t, struct envseal_err *err)
{
	struct envseal_slice text = {t->was.p, t->was.n};
	const char *objection;

	if (!t->exists)
		text = (struct envseal_slice){(const uint8_t *)shebang, sizeof shebang - 1};
	objection = t->exists ? hook_objection(t) : NULL;
	if (objection == NULL)
		return block_put(&t->now, text, s->hook_line, BLOCK_SECOND, t->path, err);
	bytes_add(&t->now, text.p, text.n);
	/* Somebody has followed the hint. */
	if (memmem(text.p, text.n, "envseal", 7) == NULL ||
	    memmem(text.p, text.n, "git pre-commit", 14) == NULL)
		cmd_failf(&s->hook, ENVSEAL_REFUSED, t->path, 0, NULL, "%s", objection);
	return true;
}

/* Finds out what a file is to be. */
static bool
plan(struct setup *s, unsigned which, struct envseal_err *err)
{
	static const char *const lines[FILES] = {[ATTRIBUTES] = attributes, [IGNORE] = ignored};
	struct target *t = &s->files[which];
	struct envseal_err why = {0};
	struct envseal_slice text;
	bool good;

	if (t->path[0] == '\0')
		return true;
	t->exists = file_read(t->path, FILE_MOST, FILE_REGULAR, &t->was, &t->id, &why);
	if (!t->exists && why.code != ENVSEAL_NO_FILE) {
		*err = why;
		return false;
	}
	why = (struct envseal_err){0};
	text = (struct envseal_slice){t->was.p, t->was.n};
	if (!s->install)
		good = block_drop(&t->now, text, t->path, err);
	else if (which == HOOK)
		good = plan_hook(s, t, err);
	else
		good = block_put(&t->now, text, lines[which], BLOCK_LAST, t->path, err);
	if (!good)
		return false;
	if (t->now.state != BYTES_GOOD)
		return cmd_fail_memory(err);
	t->changed = t->now.n != t->was.n || (t->now.n > 0 && memcmp(t->now.p, t->was.p, t->now.n) != 0);
	/* What is left of a file that is ours altogether. */
	t->remove = !s->install && t->changed &&
		    (t->now.n == 0 || (which == HOOK && t->now.n == sizeof shebang - 1 &&
					  memcmp(t->now.p, shebang, t->now.n) == 0));
	if (!t->changed || check_writable(t, &why))
		return true;
	if (which == HOOK && s->install) {
		/* Somebody has done without hooks (core.hooksPath may be /dev/null); all else can be set up. */
		s->hook = why;
		t->changed = false;
		return true;
	}
	*err = why;
	return false;
}

/* The directories as the user's umask has them. */
static bool
make_directories(const struct target *t, struct envseal_err *err)
{
	return dirs_make(t->path, 0777 & ~harden_umask()) ||
	       cmd_fail(err, ENVSEAL_OUTPUT, t->path, errno, "cannot create the directory of the file", NULL);
}

static bool
apply(struct setup *s, unsigned which, struct envseal_err *err)
{
	struct target *t = &s->files[which];
	int mode = which == HOOK && !t->exists ? (int)(0777 & ~harden_umask()) : REPLACE_NO_MODE;
	struct replace r = {0};
	bool good;

	if (!t->changed)
		return true;
	if (t->remove) {
		good = unlink(t->path) == 0 ||
		       cmd_fail(err, ENVSEAL_OUTPUT, t->path, errno, "the file cannot be removed", NULL);
	} else {
		good = make_directories(t, err) && replace_begin(&r, t->path, REPLACE_SEALED, mode, err) &&
		       replace_commit(
			   &r, t->exists ? &t->id : NULL, (struct envseal_slice){t->now.p, t->now.n}, err);
		replace_abort(&r);
	}
	if (!good)
		return false;
	s->did = true;
	diag_done("%s: %s", t->path,
	    t->remove	 ? "removed"
	    : s->install ? "written"
			 : "our lines are removed");
	return true;
}

/* ---- the commands --------------------------------------------------------------------------------------------- */

/* Plaintext that git stored while the driver was allowed to cache. */
static void
warn_of_cache(const struct setup *s)
{
	static const char *const args[] = {"for-each-ref", "refs/notes/textconv/envseal", NULL};
	struct git_call call = {.place = GIT_IN_REPO, .repo = &s->repo, .args = args};
	struct envseal_err err = {0};
	struct envseal_out out = {0};
	int status = 0;

	if (s->global)
		return;
	if (!git_run(&call, &out, &status, NULL, &err))
		diag_note("git could not be asked whether it has stored values in clear");
	if (status == 0 && out.n > 0)
		diag_note("git has stored values in clear in refs/notes/textconv/envseal; remove them with "
			  "git update-ref -d refs/notes/textconv/envseal && git gc --prune=now");
	envseal_out_free(&out);
}

static bool
install(struct setup *s, struct envseal_err *err)
{
	/* The configuration first: whether it can be written shows only when git tries. */
	if (!set(s, driver, s->value, err) || !set(s, cache, "false", err))
		return false;
	for (unsigned i = 0; i < FILES; i++)
		if (!apply(s, i, err))
			return false;
	warn_of_cache(s);
	if (s->hook.code != ENVSEAL_OK) {
		*err = s->hook;
		(void)snprintf(err->hint, sizeof err->hint,
		    "all else is set up; add this line to the hook: %.*s", (int)strcspn(s->hook_line, "\n"),
		    s->hook_line);
		return false;
	}
	if (s->global)
		diag_note("no hook: one for all repositories would switch off their own; run envseal git "
			  "install in each "
			  "repository for the check before a commit");
	return true;
}

static bool
uninstall(struct setup *s, struct envseal_err *err)
{
	for (unsigned i = FILES; i > 0; i--)
		if (!apply(s, i - 1, err))
			return false;
	return unset_driver(s, err);
}

static bool
set_up(struct setup *s, struct envseal_err *err)
{
	if ((s->install && !name_program(s, err)) || !repo_find(".", &s->repo, err))
		return false;
	if (s->global)
		s->repo = (struct repo){0};
	else if (!s->repo.found)
		return cmd_fail(err, ENVSEAL_INPUT, NULL, 0, "the current directory is in no git repository",
		    "go to one, or use --global");
	if (!find_files(s, err))
		return false;
	for (unsigned i = 0; i < FILES; i++)
		if (!plan(s, i, err))
			return false;
	if (s->install ? !install(s, err) : !uninstall(s, err))
		return false;
	if (!s->did)
		diag_done(s->install ? "all is set up already" : "nothing of git install is here");
	return true;
}

static int
run(const struct opt_parsed *parsed, bool to_install)
{
	struct envseal_err err = {0};
	struct setup *s = calloc(1, sizeof *s);
	int status;

	if (s == NULL) {
		cmd_fail_memory(&err);
		return diag_end(&err);
	}
	s->global = opt_has(parsed, OPT_GLOBAL);
	s->install = to_install;
	(void)!set_up(s, &err);
	status = diag_end(&err);
	for (unsigned i = 0; i < FILES; i++) {
		envseal_out_free(&s->files[i].was);
		bytes_free(&s->files[i].now);
	}
	free(s);
	return status;
}

int
cmd_git_install(const struct opt_parsed *parsed)
{
	return run(parsed, true);
}

int
cmd_git_uninstall(const struct opt_parsed *parsed)
{
	return run(parsed, false);
}
