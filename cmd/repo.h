/*
 * repo - the git repository that a file belongs to, found by looking, without starting git.
 */
#ifndef CMD_REPO_H
#define CMD_REPO_H

#include "format/envseal.h"

#include <limits.h>

struct repo {
	bool found;
	int blocked; /* errno: what looks like a repository cannot be looked at; 0: nothing of that kind */
	char top[PATH_MAX]; /* the root of the work tree, absolute, links resolved */
	char dir[PATH_MAX]; /* the git directory of this work tree */
	char common[PATH_MAX]; /* its common git directory: shared by all work trees */
	char path[PATH_MAX]; /* the file: absolute, links resolved; also when nothing was found */
};

/* Finds the repository of a file that need not exist, though its directory must; a directory stands for itself.  A
 * .git that is a file (work trees, submodules) is followed.  GIT_DIR and its like in the environment do not count:
 * the file decides, and where the file is a symbolic link, the one that it leads to.  No repository is no error.
 * Errors: ENVSEAL_NO_FILE, ENVSEAL_INPUT. */
bool repo_find(const char *file, struct repo *repo, struct envseal_err *err) ENVSEAL_MUST_USE;

/* The file's path relative to the root, "" for the root itself; repo->found must hold. */
const char *repo_relative(const struct repo *repo);

#endif
