#include "cmd/git.h"

#include "cmd/fail.h"
#include "cmd/os/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Variables that would show git another repository, index or set of objects than the file's, or change what a
 * command prints. */
static const char *const local_names[] = {
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_PREFIX",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_GRAFT_FILE",
    "GIT_SHALLOW_FILE",
    "GIT_REPLACE_REF_BASE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_QUARANTINE_PATH",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_CONFIG",
    NULL,
};

/* Commands that neither run a program of somebody else's choice nor change anything, but for config, which changes
 * what git install is asked to change. */
static const char *const allowed[] = {"cat-file", "check-attr", "config", "diff-index", "for-each-ref",
    "hash-object", "ls-files", "ls-tree", "rev-list", "rev-parse", "symbolic-ref"};

/* LC_ALL alone would leave LANGUAGE in force. */
#define QUIET_SURROUNDINGS                                                                                   \
	"GIT_NO_LAZY_FETCH=1", "GIT_ALLOW_PROTOCOL=none", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0",   \
	    "LC_ALL=C", "LANGUAGE=C"
static const char *const with[] = {QUIET_SURROUNDINGS, NULL};
static const char *const with_none[] = {QUIET_SURROUNDINGS, "GIT_DIR=/dev/null", NULL};

/* A variable that is set again must first go. */
static const char *const always_without[] = {
    "GIT_NO_LAZY_FETCH",
    "GIT_ALLOW_PROTOCOL",
    "GIT_TERMINAL_PROMPT",
    "GIT_OPTIONAL_LOCKS",
    "LC_ALL",
    "LANGUAGE",
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
};

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static bool
is_allowed(const char *command)
{
	for (size_t i = 0; i < COUNT(allowed); i++)
		if (strcmp(command, allowed[i]) == 0)
			return true;
	return false;
}

/* The first line of what git printed, without its "fatal: ". */
static void
first_line(const struct envseal_out *errors, char said[GIT_SAID])
{
	static const char fatal[] = "fatal: ";
	size_t skip = errors->n >= sizeof fatal - 1 && memcmp(errors->p, fatal, sizeof fatal - 1) == 0
			  ? sizeof fatal - 1
			  : 0;
	size_t n = 0;

	while (skip + n < errors->n && errors->p[skip + n] != '\n' && n + 1 < GIT_SAID)
		n++;
	if (n > 0)
		memcpy(said, errors->p + skip, n);
	said[n] = '\0';
}

bool
git_run(const struct git_call *call, struct envseal_out *out, int *status, char said[GIT_SAID],
    struct envseal_err *err)
{
	static const char *const head[] = {
	    "git", "--no-pager", "--no-optional-locks", "--literal-pathspecs", "-c", "core.fsmonitor=false"};
	const char *argv[COUNT(head) + GIT_ARGS + 1];
	const char *without[COUNT(always_without) + COUNT(local_names)];
	struct proc_result result = {0};
	struct proc what = {
	    .argv = argv, .without = without, .with = with, .input = call->input, .errors = PROC_ERRORS_KEEP};
	size_t n = COUNT(head);

	memcpy(argv, head, sizeof head);
	for (size_t i = 0; i < GIT_ARGS && call->args[i] != NULL; i++)
		argv[n++] = call->args[i];
	argv[n] = NULL;
	if (!is_allowed(call->args[0]))
		return cmd_failf(
		    err, ENVSEAL_INTERNAL, NULL, 0, NULL, "git %s is not on the list", call->args[0]);
	memcpy(without, always_without, sizeof always_without);
	memcpy(without + COUNT(always_without), local_names, sizeof local_names);
	if (call->place == GIT_IN_HOOK)
		without[COUNT(always_without)] = NULL;
	if (call->place == GIT_IN_REPO)
		what.dir = call->repo->top;
	if (call->place == GIT_OUTSIDE)
		what.with = with_none;
	if (!proc_run(&what, &result, err))
		return false;
	*status = result.status;
	if (said != NULL)
		first_line(&result.errors, said);
	*out = result.out;
	envseal_out_free(&result.errors);
	return true;
}

/* ---- blobs ---------------------------------------------------------------------------------------------------- */

static bool
fail_version(const struct repo *repo, const char *rev, const char *said, struct envseal_err *err)
{
	static const char hint[] =
	    "put the repository right (a partial clone: git fetch; another owner: git config --global "
	    "--add safe.directory), or go on without with --no-base";

	return cmd_failf(err, ENVSEAL_INPUT, repo->path, 0, hint, "git cannot read the version %s%s%s%s",
	    rev[0] == '\0' ? "in the index" : "at ", rev, said[0] == '\0' ? "" : ": ", said);
}

/* git cannot tell what rev is.  Fine where there is no commit yet, or no such rev (MERGE_HEAD without a merge);
 * a reference that is there and broken is not. */
static bool
rev_is_absent(const struct repo *repo, const char *rev)
{
	const char *const parse[] = {"rev-parse", "--quiet", "--verify", rev, NULL};
	const char *const symbolic[] = {"symbolic-ref", "--quiet", rev, NULL};
	const char *list[] = {"for-each-ref", "--format=%(refname)", NULL, NULL};
	struct git_call call = {.place = GIT_IN_REPO, .repo = repo, .args = parse};
	char said[GIT_SAID] = "", name[PATH_MAX] = "";
	struct envseal_err ignored = {0};
	struct envseal_out out = {0};
	int status = 0;
	bool good;

	good = git_run(&call, &out, &status, said, &ignored) && status == 1 && said[0] == '\0';
	envseal_out_free(&out);
	if (!good)
		return false;
	call.args = symbolic;
	if (!git_run(&call, &out, &status, said, &ignored))
		return false;
	if (status == 0 && out.n > 1 && out.n < sizeof name)
		memcpy(name, out.p, out.n - 1);
	envseal_out_free(&out);
	if (status != 0 || name[0] == '\0')
		return strcmp(rev, "HEAD") != 0;
	/* Where the branch has no commit yet nothing is listed and nothing is complained about. */
	list[2] = name;
	call.args = list;
	good = git_run(&call, &out, &status, said, &ignored) && status == 0 && out.n == 0 && said[0] == '\0';
	envseal_out_free(&out);
	return good;
}

/* The name of the object, from "MODE blob ID\tPATH" of ls-tree or "MODE ID 0\tPATH" of ls-files; false: no such file
 * (a directory, a submodule, a symbolic link, a file in conflict). */
static bool
take_id(const struct envseal_out *out, bool in_index, char id[80])
{
	char mode[8] = "", word[8] = "", line[128];
	size_t n = out->n < sizeof line - 1 ? out->n : sizeof line - 1;
	bool got;

	if (n > 0)
		memcpy(line, out->p, n);
	line[n] = '\0';
	if (in_index)
		got = sscanf(line, "%7s %79[0-9a-f] %7s", mode, id, word) == 3 && strcmp(word, "0") == 0;
	else
		got = sscanf(line, "%7s %7s %79[0-9a-f]", mode, word, id) == 3 && strcmp(word, "blob") == 0;
	return got && strncmp(mode, "100", 3) == 0;
}

/* Finds the object; *exists false: there is none. */
static bool
find_object(const struct repo *repo, const char *rev, char id[80], bool *exists, struct envseal_err *err)
{
	const char *path = repo_relative(repo);
	const char *const tree[] = {"ls-tree", "-z", "--full-tree", rev, "--", path, NULL};
	const char *const index[] = {"ls-files", "-z", "--stage", "--", path, NULL};
	bool in_index = rev[0] == '\0';
	struct git_call call = {.place = GIT_IN_REPO, .repo = repo, .args = in_index ? index : tree};
	char said[GIT_SAID] = "";
	struct envseal_out out = {0};
	int status = 0;
	bool good = true;

	*exists = false;
	if (!git_run(&call, &out, &status, said, err))
		return false;
	if (status == 0)
		*exists = take_id(&out, in_index, id);
	else if (in_index || !rev_is_absent(repo, rev))
		good = fail_version(repo, rev, said, err);
	envseal_out_free(&out);
	return good;
}

bool
git_blob(
    const struct repo *repo, const char *rev, struct envseal_out *blob, bool *exists, struct envseal_err *err)
{
	char id[80], said[GIT_SAID] = "";
	const char *const args[] = {"cat-file", "blob", id, NULL};
	struct git_call call = {.place = GIT_IN_REPO, .repo = repo, .args = args};
	struct envseal_out out = {0};
	int status = 0;

	*exists = false;
	if (!repo->found)
		return true;
	if (!find_object(repo, rev, id, exists, err))
		return false;
	if (!*exists)
		return true;
	*exists = false;
	if (!git_run(&call, &out, &status, said, err))
		return false;
	if (status != 0) {
		envseal_out_free(&out);
		return fail_version(repo, rev, said, err);
	}
	*exists = true;
	*blob = out;
	return true;
}

bool
git_is_tracked(const struct repo *repo, bool *tracked, struct envseal_err *err)
{
	const char *const args[] = {"ls-files", "-z", "--", repo_relative(repo), NULL};
	struct git_call call = {.place = GIT_IN_REPO, .repo = repo, .args = args};
	char said[GIT_SAID] = "";
	struct envseal_out out = {0};
	int status = 0;

	*tracked = false;
	if (!repo->found)
		return true;
	if (!git_run(&call, &out, &status, said, err))
		return false;
	*tracked = status == 0 && out.n > 0;
	envseal_out_free(&out);
	return status == 0 || fail_version(repo, "", said, err);
}

/* ---- configuration -------------------------------------------------------------------------------------------- */

static bool
read_config(const struct repo *repo, const char *const *args, char *value, size_t n)
{
	struct git_call call = {.place = repo->found ? GIT_IN_REPO : GIT_OUTSIDE, .repo = repo, .args = args};
	struct envseal_err ignored = {0};
	struct envseal_out out = {0};
	int status = 0;
	bool good;

	good = git_run(&call, &out, &status, NULL, &ignored) && status == 0 && out.n > 0 && out.n <= n &&
	       out.p[out.n - 1] == '\0';
	if (good)
		memcpy(value, out.p, out.n);
	envseal_out_free(&out);
	return good;
}

bool
git_config(const struct repo *repo, const char *name, char *value, size_t n)
{
	const char *const args[] = {"config", "-z", "--get", name, NULL};

	return read_config(repo, args, value, n);
}

bool
git_config_is_true(const struct repo *repo, const char *name)
{
	const char *const args[] = {"config", "-z", "--type=bool", "--get", name, NULL};
	char value[8];

	return read_config(repo, args, value, sizeof value) && strcmp(value, "true") == 0;
}

/* ---- history -------------------------------------------------------------------------------------------------- */

/* Whether the file is what HEAD has, line ends apart: a checkout may have changed those. */
static bool
is_committed(const struct repo *repo)
{
	struct envseal_err ignored = {0};
	struct envseal_out blob = {0}, file = {0};
	bool exists = false, same;
	size_t i = 0, k = 0;

	same = git_blob(repo, "HEAD", &blob, &exists, &ignored) && exists &&
	       file_read(repo->path, ENVSEAL_LARGEST, FILE_REGULAR, &file, NULL, &ignored);
	while (same && (i < blob.n || k < file.n)) {
		if (i + 1 < blob.n && blob.p[i] == '\r' && blob.p[i + 1] == '\n')
			i++;
		else if (k + 1 < file.n && file.p[k] == '\r' && file.p[k + 1] == '\n')
			k++;
		else
			same = i < blob.n && k < file.n && blob.p[i++] == file.p[k++];
	}
	envseal_out_free(&blob);
	envseal_out_free(&file);
	return same;
}

void
git_origin(const struct repo *repo, char *text, size_t n)
{
	const char *const args[] = {"rev-list", "-1", "--no-show-signature", "--encoding=UTF-8",
	    "--abbrev-commit", "--format=%h by %an, %as", "HEAD", "--", repo_relative(repo), NULL};
	struct git_call call = {.place = GIT_IN_REPO, .repo = repo, .args = args};
	struct envseal_err ignored = {0};
	struct envseal_out out = {0};
	const uint8_t *line, *end;
	int status = 0;

	(void)snprintf(text, n, "a change that is not committed yet");
	if (!repo->found || !is_committed(repo))
		return;
	(void)snprintf(text, n, "a commit that git does not show");
	if (!git_run(&call, &out, &status, NULL, &ignored))
		return;
	/* The first line is "commit ID". */
	line = status == 0 && out.n > 0 ? memchr(out.p, '\n', out.n) : NULL;
	end = line != NULL ? memchr(line + 1, '\n', out.n - (size_t)(line + 1 - out.p)) : NULL;
	if (end != NULL)
		(void)snprintf(text, n, "%.*s", (int)(end - line - 1), (const char *)line + 1);
	envseal_out_free(&out);
}

/* A file in conflict stands in the index, and so in the list, up to three times. */
static void
drop_repeated(struct envseal_out *names)
{
	size_t kept = 0, last = 0, n;

	for (size_t at = 0; at < names->n; at += n) {
		const uint8_t *end = memchr(names->p + at, '\0', names->n - at);
		n = end != NULL ? (size_t)(end - names->p) - at + 1 : names->n - at;
		if (kept - last == n && memcmp(names->p + last, names->p + at, n) == 0)
			continue;
		memmove(names->p + kept, names->p + at, n);
		last = kept;
		kept += n;
	}
	names->n = kept;
}

bool
git_files(struct envseal_out *names, struct envseal_err *err)
{
	static const char *const args[] = {"ls-files", "-z", "--cached", NULL};
	struct repo repo;
	struct git_call call = {.place = GIT_IN_REPO, .repo = &repo, .args = args};
	char said[GIT_SAID] = "";
	int status = 0;

	if (!repo_find(".", &repo, err))
		return false;
	if (!repo.found)
		return cmd_fail(err, ENVSEAL_INPUT, NULL, 0, "the current directory is in no git repository",
		    "name the files");
	/* git lists what is below where it runs, and names it from there. */
	memcpy(repo.top, repo.path, sizeof repo.top);
	if (!git_run(&call, names, &status, said, err))
		return false;
	if (status == 0) {
		drop_repeated(names);
		return true;
	}
	envseal_out_free(names);
	return cmd_failf(
	    err, ENVSEAL_INPUT, NULL, 0, "name the files", "git cannot list the files here: %s", said);
}
