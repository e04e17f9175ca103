#include "cmd/os/keep.h"

#include "cmd/fail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/xattr.h>
#endif

static bool
keep_owner(int old, int fd, const char *path, struct envseal_err *err)
{
	struct stat was, is;

	if (fstat(old, &was) != 0 || fstat(fd, &is) != 0)
		return cmd_fail(err, ENVSEAL_OUTPUT, path, errno, "cannot look at the file", NULL);
	if (was.st_uid == is.st_uid && was.st_gid == is.st_gid)
		return true;
	if (fchown(fd, was.st_uid, was.st_gid) == 0)
		return true;
	if (errno != EPERM && errno != EINVAL)
		return cmd_fail(
		    err, ENVSEAL_OUTPUT, path, errno, "cannot set the owner of the new file", NULL);
	return cmd_fail(err, ENVSEAL_REFUSED, path, errno, "its owner or group cannot be kept",
	    "work as its owner, or write to a new file with --output");
}

#ifdef __linux__
static const char acl_name[] = "system.posix_acl_access";

static bool
fail_xattr(const char *name, const char *path, struct envseal_err *err)
{
	bool acl = strcmp(name, acl_name) == 0;

	return cmd_fail(err, ENVSEAL_REFUSED, path, errno,
	    acl ? "its access control list cannot be kept" : "its extended attributes cannot be kept",
	    acl ? "remove the list with setfacl -b, or write to a new file with --output"
		: "remove them with setfattr -x, or write to a new file with --output");
}

static bool
copy_xattr(int old, int fd, const char *name, const char *path, struct envseal_err *err)
{
	ssize_t n = fgetxattr(old, name, NULL, 0);
	bool good = false;
	char *value;

	if (n < 0)
		return fail_xattr(name, path, err);
	value = malloc((size_t)n + 1);
	if (value == NULL)
		return cmd_fail_memory(err);
	n = fgetxattr(old, name, value, (size_t)n);
	if (n >= 0 && fsetxattr(fd, name, value, (size_t)n, 0) == 0)
		good = true;
	else
		fail_xattr(name, path, err);
	free(value);
	return good;
}

static bool
has_none(int sys)
{
	return sys == ENOTSUP || sys == ENODATA || sys == ENOSYS || sys == EPERM || sys == EACCES;
}

/* The new file may have taken a list from its directory, which would let in people whom the old one did not. */
static bool
drop_acl(int fd, const char *path, struct envseal_err *err)
{
	if (fremovexattr(fd, acl_name) == 0 || errno == ENODATA || errno == ENOTSUP || errno == ENOSYS)
		return true;
	return fail_xattr(acl_name, path, err);
}

static bool
keep_xattrs(int old, int fd, const char *path, struct envseal_err *err)
{
	ssize_t n = flistxattr(old, NULL, 0);
	bool acl = false, good = false;
	char *names;

	if (n == 0 || (n < 0 && has_none(errno)))
		return drop_acl(fd, path, err);
	if (n < 0)
		return fail_xattr("", path, err);
	names = malloc((size_t)n + 1);
	if (names == NULL)
		return cmd_fail_memory(err);
	n = flistxattr(old, names, (size_t)n);
	if (n < 0) {
		fail_xattr("", path, err);
		goto out;
	}
	names[n] = '\0';
	for (const char *name = names; name < names + n; name += strlen(name) + 1) {
		bool is_acl = strcmp(name, acl_name) == 0;
		acl = acl || is_acl;
		if ((is_acl || strncmp(name, "user.", 5) == 0) && !copy_xattr(old, fd, name, path, err))
			goto out;
	}
	good = acl || drop_acl(fd, path, err);
out:
	free(names);
	return good;
}
#else
static bool
keep_xattrs(int old, int fd, const char *path, struct envseal_err *err)
{
	(void)old, (void)fd, (void)path, (void)err;
	return true;
}
#endif

bool
keep_attributes(int old, int fd, const char *path, struct envseal_err *err)
{
	if (!keep_owner(old, fd, path, err) || !keep_xattrs(old, fd, path, err))
		return false;
	/* A list brings its own mask. */
	if (fchmod(fd, 0600) != 0)
		return cmd_fail(
		    err, ENVSEAL_OUTPUT, path, errno, "cannot set the mode of the new file", NULL);
	return true;
}
