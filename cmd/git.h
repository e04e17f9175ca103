/*
 * git - the one door to the git program: plumbing commands alone, nothing of a repository's own configuration that
 * runs programs, and no network.
 *
 * Each call sets GIT_NO_LAZY_FETCH=1 and GIT_ALLOW_PROTOCOL=none (an older git that knows the second alone fetches
 * nothing, either), -c core.fsmonitor=false, --no-optional-locks, --literal-pathspecs and a C locale.  GIT_DIR,
 * GIT_WORK_TREE, GIT_INDEX_FILE and their like are taken out of the child's environment, except where a hook needs
 * them.  The repository is found by git itself from the root of the work tree, so that safe.directory counts.  No
 * git on this machine is an error where git is needed.
 */
#ifndef CMD_GIT_H
#define CMD_GIT_H

#include "cmd/os/proc.h"
#include "cmd/repo.h"

enum git_place {
	GIT_IN_REPO, /* at the root of the repository */
	GIT_OUTSIDE, /* no repository: only the user's and the system's configuration */
	GIT_IN_HOOK, /* here, with what git gave its hook */
};

/* What is asked of git. */
struct git_call {
	enum git_place place;
	const struct repo *repo; /* of GIT_IN_REPO */
	const char *const *args; /* the command and its arguments, NULL at the end */
	struct envseal_slice input; /* its standard input; may be empty */
};

enum { GIT_ARGS = 16, GIT_SAID = 200 }; /* most words of args; room for a complaint */

/* Runs git.  *status becomes its exit status, out what it printed (the caller frees it), said the first line of what
 * it complained about (may be NULL).  Errors: ENVSEAL_GENERIC where there is no git or it cannot be run,
 * ENVSEAL_INTERNAL for a command that is not on the list, ENVSEAL_NO_MEMORY. */
bool git_run(const struct git_call *call, struct envseal_out *out, int *status, char said[GIT_SAID],
    struct envseal_err *err) ENVSEAL_MUST_USE;

/* The blob at rev ("HEAD", or "" for the index) of repo->path.  *exists becomes false when that version has no such
 * file or there is no commit yet.  Errors: ENVSEAL_INPUT when the version cannot be read, a refusal by safe.directory
 * included; the hint says that --no-base goes on without. */
bool git_blob(const struct repo *repo, const char *rev, struct envseal_out *blob, bool *exists,
    struct envseal_err *err) ENVSEAL_MUST_USE;

/* Whether the index has the file.  Errors: as git_blob. */
bool git_is_tracked(const struct repo *repo, bool *tracked, struct envseal_err *err) ENVSEAL_MUST_USE;

/* A value of git's configuration as seen from repo (or from outside when !repo->found); false when it is unset, too
 * long, or git is not there. */
bool git_config(const struct repo *repo, const char *name, char *value, size_t n) ENVSEAL_MUST_USE;

/* Whether a value of git's configuration is true; false when it is unset or unreadable. */
bool git_config_is_true(const struct repo *repo, const char *name) ENVSEAL_MUST_USE;

/* Who brought the current version of the file: "1a2b3c4d by Jo Doe, 2026-01-31", or "a change that is not committed yet".  text is
 * filled in any case; the name in it comes from the repository: show it through the filter. */
void git_origin(const struct repo *repo, char *text, size_t n);

/* All files of the index below the current directory, names separated by NUL, relative to it.  Errors: ENVSEAL_INPUT,
 * also when this is no repository. */
bool git_files(struct envseal_out *names, struct envseal_err *err) ENVSEAL_MUST_USE;

#endif
