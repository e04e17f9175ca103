#include "cmd/program.h"

#include "cmd/fail.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __APPLE__
int _NSGetExecutablePath(char *path, uint32_t *room);
#endif

static bool
is_same_file(const char *path, const struct stat *wanted)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_dev == wanted->st_dev && st.st_ino == wanted->st_ino;
}

static bool
find_program(char program[PATH_MAX], struct envseal_err *err)
{
	static const char hint[] = "call envseal by its absolute path";
	const char *path = getenv("PATH");
	char self[PATH_MAX];
	struct stat st;
	size_t n;
#ifdef __APPLE__
	uint32_t room = sizeof self;
	bool known = _NSGetExecutablePath(self, &room) == 0;
#else
	ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
	bool known = len > 0;
	self[known ? len : 0] = '\0';
#endif

	if (!known || stat(self, &st) != 0)
		return cmd_fail(
		    err, ENVSEAL_GENERIC, NULL, 0, "the path of this program cannot be found out", hint);
	for (; path != NULL && *path != '\0'; path += n + (path[n] == ':')) {
		n = strcspn(path, ":");
		if (path[0] != '/' || n + sizeof "/envseal" > PATH_MAX)
			continue;
		(void)snprintf(program, PATH_MAX, "%.*s/envseal", (int)n, path);
		if (is_same_file(program, &st))
			return true;
	}
	return realpath(self, program) != NULL || cmd_fail(err, ENVSEAL_GENERIC, NULL, errno,
						      "the path of this program cannot be found out", hint);
}

/* Writes text between single quotes of a shell; false: no room. */
static bool
quote(char *out, size_t room, const char *text)
{
	size_t n = 0;

	out[n++] = '\'';
	for (; *text != '\0'; text++) {
		if (n + 6 > room || *text == '\n')
			return false;
		if (*text == '\'') {
			memcpy(out + n, "'\\'", 3);
			n += 3;
		}
		out[n++] = *text;
	}
	out[n++] = '\'';
	out[n] = '\0';
	return true;
}

bool
program_quoted(char *out, size_t room, struct envseal_err *err)
{
	char program[PATH_MAX] = "";

	return find_program(program, err) &&
	       (quote(out, room, program) ||
		   cmd_fail(err, ENVSEAL_GENERIC, NULL, 0, "a shell cannot be told the path of this program",
		       "install envseal under a plain path, as /usr/local/bin/envseal"));
}
