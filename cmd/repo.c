#include "cmd/repo.h"

#include "cmd/fail.h"
#include "cmd/os/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { POINTER_MOST = 2 * PATH_MAX }; /* bytes of a .git that is a file, and of a commondir */

static bool
fail(const char *file, int sys, struct envseal_err *err)
{
	if (sys == ENOENT || sys == ENOTDIR)
		return cmd_fail(err, ENVSEAL_NO_FILE, file, sys, "cannot find the directory of the file",
		    "check the path");
	return cmd_fail(err, ENVSEAL_INPUT, file, sys, "cannot look at the file", "check the path");
}

static bool
copy(char to[PATH_MAX], const char *text)
{
	size_t n = strlen(text);

	if (n >= PATH_MAX)
		return false;
	memcpy(to, text, n + 1);
	return true;
}

static bool
join(char to[PATH_MAX], const char *dir, const char *name)
{
	int n = snprintf(to, PATH_MAX, "%s%s%s", dir, strcmp(dir, "/") == 0 ? "" : "/", name);

	return n > 0 && n < PATH_MAX;
}

static bool
is_directory(const char *dir, const char *name)
{
	char path[PATH_MAX];
	struct stat st;

	return join(path, dir, name) && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The file with links resolved; one that does not exist stands in a directory that does. */
static bool
resolve(const char *file, char path[PATH_MAX], struct envseal_err *err)
{
	char text[PATH_MAX], dir[PATH_MAX];
	const char *name;
	char *slash;

	if (realpath(file, path) != NULL)
		return true;
	if (errno != ENOENT)
		return fail(file, errno, err);
	if (!copy(text, file))
		return fail(file, ENAMETOOLONG, err);
	slash = strrchr(text, '/');
	name = slash == NULL ? text : slash + 1;
	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return fail(file, ENOENT, err);
	if (slash != NULL)
		*slash = '\0';
	if (realpath(slash == NULL ? "." : slash == text ? "/" : text, dir) == NULL)
		return fail(file, errno, err);
	return join(path, dir, name) || fail(file, ENAMETOOLONG, err);
}

/* The one line of a small file, behind prefix, as a path seen from dir. */
static bool
read_pointer(const char *file, const char *prefix, const char *dir, char path[PATH_MAX])
{
	char line[PATH_MAX], joined[PATH_MAX] = "";
	struct envseal_err ignored = {0};
	struct envseal_out text = {0};
	size_t skip = strlen(prefix), n = 0;
	bool good;

	good = file_read(file, POINTER_MOST, FILE_REGULAR, &text, NULL, &ignored);
	if (!good)
		errno = ignored.sys;
	if (good) {
		for (n = text.n; n > 0 && (text.p[n - 1] == '\n' || text.p[n - 1] == '\r');)
			n--;
		good = n > skip && n < sizeof line && memcmp(text.p, prefix, skip) == 0 &&
		       memchr(text.p, 0, n) == NULL;
	}
	if (good) {
		memcpy(line, text.p + skip, n - skip);
		line[n - skip] = '\0';
		good = line[0] == '/' ? copy(joined, line) : join(joined, dir, line);
	}
	int sys = errno;
	envseal_out_free(&text);
	errno = sys;
	return good && realpath(joined, path) != NULL;
}

/* Whether repo->top is the root of a work tree, as git tells: a .git that leads to a directory with HEAD, objects and
 * refs.  Anything else of that name git passes by, too. */
static bool
is_root(struct repo *repo)
{
	char path[PATH_MAX];
	struct stat st;

	errno = 0;
	if (!join(path, repo->top, ".git") || stat(path, &st) != 0)
		return false;
	if (S_ISDIR(st.st_mode) ? realpath(path, repo->dir) == NULL
				: !read_pointer(path, "gitdir: ", repo->top, repo->dir))
		return false;
	if (!join(path, repo->dir, "HEAD") || lstat(path, &st) != 0)
		return false;
	if (!join(path, repo->dir, "commondir"))
		return false;
	if (lstat(path, &st) == 0 ? !read_pointer(path, "", repo->dir, repo->common)
				  : errno != ENOENT || !copy(repo->common, repo->dir))
		return false;
	return is_directory(repo->common, "objects") && is_directory(repo->common, "refs");
}

/* Cuts the last part off a path; false: it is the root. */
static bool
ascend(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash == NULL || path[1] == '\0')
		return false;
	if (slash == path)
		slash++;
	*slash = '\0';
	return true;
}

bool
repo_find(const char *file, struct repo *repo, struct envseal_err *err)
{
	struct stat st;

	memset(repo, 0, sizeof *repo);
	if (!resolve(file, repo->path, err))
		return false;
	memcpy(repo->top, repo->path, sizeof repo->top);
	if (stat(repo->path, &st) != 0 || !S_ISDIR(st.st_mode))
		(void)ascend(repo->top);
	do {
		repo->found = is_root(repo);
		if (!repo->found && errno != 0 && errno != ENOENT && errno != ENOTDIR)
			repo->blocked = errno;
	} while (!repo->found && repo->blocked == 0 && ascend(repo->top));
	if (!repo->found)
		repo->top[0] = repo->dir[0] = repo->common[0] = '\0';
	return true;
}

const char *
repo_relative(const struct repo *repo)
{
	size_t n = strlen(repo->top);

	if (strcmp(repo->top, "/") == 0)
		return repo->path + 1;
	return repo->path[n] == '/' ? repo->path + n + 1 : repo->path + n;
}
