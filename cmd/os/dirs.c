#include "cmd/os/dirs.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

bool
dirs_make(const char *path, mode_t mode)
{
	size_t n = strlen(path);
	char dir[PATH_MAX];
	struct stat st;

	if (n == 0 || n >= sizeof dir) {
		errno = ENAMETOOLONG;
		return false;
	}
	memcpy(dir, path, n + 1);
	for (char *slash = strchr(dir + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		/* Looked at first: a read-only disk refuses also what is there.  Another process may be faster. */
		if (stat(dir, &st) != 0 && mkdir(dir, mode) == 0) {
			if (chmod(dir, mode) != 0)
				return false;
		} else if (stat(dir, &st) != 0) {
			return false;
		}
		*slash = '/';
	}
	return true;
}
