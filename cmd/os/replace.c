#include "cmd/os/replace.h"

#include "cmd/fail.h"
#include "cmd/os/cleanup.h"
#include "cmd/os/harden.h"
#include "cmd/os/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

enum {
	LINKS = 40, /* symbolic links in a row */
	PATIENCE_MS = 5000, /* how long to wait for another envseal */
	STEP_MS = 20,
};

static bool
fail(const struct replace *r, int sys, const char *what, const char *hint, struct envseal_err *err)
{
	return cmd_fail(err, ENVSEAL_OUTPUT, r->path, sys, what, hint);
}

/* ---- where ---------------------------------------------------------------------------------------------------- */

/* Splits text: opens its directory, relative to from, and copies the last part to r->name. */
static bool
enter(struct replace *r, int from, char *text, struct envseal_err *err)
{
	char *slash = strrchr(text, '/');
	const char *name = slash == NULL ? text : slash + 1;
	const char *dir = slash == NULL ? "." : slash == text ? "/" : text;

	if (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return fail(r, 0, "this is a directory", "name a file in it", err);
	if (strlen(name) >= sizeof r->name)
		return fail(r, ENAMETOOLONG, "cannot open the file", NULL, err);
	memmove(r->name, name, strlen(name) + 1);
	if (slash != NULL)
		*slash = '\0';
	r->dir = openat(from, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir >= 0)
		return true;
	r->dir = 0;
	return fail(r, errno, "cannot open the directory of the file",
	    errno == ENOENT ? "create it first" : NULL, err);
}

/* Follows symbolic links to the name that is to be replaced. */
static bool
resolve(struct replace *r, struct envseal_err *err)
{
	char text[PATH_MAX];
	int from = AT_FDCWD;
	bool good;
	ssize_t n;

	if (strlen(r->path) >= sizeof text)
		return fail(r, ENAMETOOLONG, "cannot open the file", NULL, err);
	memcpy(text, r->path, strlen(r->path) + 1);
	for (int links = 0; links < LINKS; links++) {
		good = enter(r, from, text, err);
		if (from != AT_FDCWD)
			(void)close(from);
		if (!good)
			return false;
		n = readlinkat(r->dir, r->name, text, sizeof text);
		if (n < 0 && (errno == EINVAL || errno == ENOENT))
			return true;
		if (n < 0)
			return fail(r, errno, "cannot look at the file", NULL, err);
		if ((size_t)n >= sizeof text)
			return fail(r, ENAMETOOLONG, "cannot follow the symbolic link", NULL, err);
		text[n] = '\0';
		from = r->dir;
		r->dir = 0;
	}
	(void)close(from);
	return fail(r, ELOOP, "cannot follow the symbolic link", NULL, err);
}

static bool
check_kind(const struct replace *r, mode_t mode, struct envseal_err *err)
{
	if (S_ISREG(mode))
		return true;
	if (S_ISDIR(mode))
		return fail(r, 0, "this is a directory", "name a file in it", err);
	return fail(
	    r, 0, "this is not a regular file", "only regular files are written; - is standard output", err);
}

/* Looks at the target; *exists becomes false when there is none. */
static bool
look(const struct replace *r, struct file_id *id, bool *exists, struct envseal_err *err)
{
	struct stat st;

	*exists = fstatat(r->dir, r->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (!*exists)
		return errno == ENOENT || fail(r, errno, "cannot look at the file", NULL, err);
	file_identify(id, &st);
	if (!check_kind(r, st.st_mode, err))
		return false;
	if (st.st_nlink <= 1)
		return true;
	return cmd_failf(err, ENVSEAL_REFUSED, r->path, 0,
	    "replacing it would part them; give it an inode of its own first: cp FILE NEW && mv NEW FILE",
	    "the file has %ju names (hard links)", (uintmax_t)st.st_nlink);
}

/* ---- the lock that is a file ---------------------------------------------------------------------------------- */

/* The same name for the same target in every process: FNV-1a, 32 bits. */
static void
name_temp(struct replace *r)
{
	uint32_t hash = 2166136261u;

	for (const char *c = r->name; *c != '\0'; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619u;
	(void)snprintf(r->temp, sizeof r->temp, ".envseal-%08x.tmp", (unsigned)hash);
}

/* Whether the name of the temporary still leads to fd. */
static bool
is_there(const struct replace *r, int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstatat(r->dir, r->temp, &b, AT_SYMLINK_NOFOLLOW) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static void
unlink_temp(const struct replace *r)
{
	/* A second try, because nobody else will do it soon. */
	if (unlinkat(r->dir, r->temp, 0) != 0 && errno != ENOENT)
		(void)unlinkat(r->dir, r->temp, 0);
}

/* File systems without locks: there, that the name is taken is the lock. */
static bool
no_locks(int sys)
{
	return sys == ENOLCK || sys == ENOTSUP || sys == ENOSYS || sys == EINVAL;
}

enum grab { GRABBED, AGAIN, HELD, FAILED };

/* The name is taken.  By the living, who hold the lock, or by the dead. */
static enum grab
clear_stale(const struct replace *r)
{
	enum { FLAGS = O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };
	enum grab result = AGAIN;
	struct stat st;
	int sys;
	int fd = openat(r->dir, r->temp, O_RDWR | FLAGS);

	if (fd < 0 && errno == EACCES)
		fd = openat(r->dir, r->temp, O_RDONLY | FLAGS);
	if (fd < 0 && errno == ELOOP)
		errno = EEXIST; /* a symbolic link */
	if (fd < 0)
		return errno == ENOENT ? AGAIN : FAILED;
	if (fstat(fd, &st) != 0) {
		result = FAILED;
	} else if (!S_ISREG(st.st_mode)) {
		errno = EEXIST;
		result = FAILED;
	} else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		result = errno == EWOULDBLOCK || errno == EINTR || no_locks(errno) ? HELD : FAILED;
	} else if (is_there(r, fd) && unlinkat(r->dir, r->temp, 0) != 0 && errno != ENOENT) {
		result = FAILED;
	}
	sys = errno;
	(void)close(fd);
	errno = sys;
	return result;
}

/* One try.  Signals are held. */
static enum grab
grab(struct replace *r)
{
	int sys;
	int fd = openat(r->dir, r->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EEXIST ? clear_stale(r) : FAILED;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 && !no_locks(errno)) {
		/* Somebody took it for stale in this very moment, and will remove it. */
		sys = errno;
		if (sys != EWOULDBLOCK)
			unlink_temp(r);
		(void)close(fd);
		errno = sys;
		return sys == EWOULDBLOCK ? AGAIN : FAILED;
	}
	if (!is_there(r, fd)) {
		(void)close(fd);
		return AGAIN;
	}
	r->slot = cleanup_add(r->dir, r->temp);
	if (r->slot < 0) {
		unlink_temp(r);
		(void)close(fd);
		errno = EMFILE;
		return FAILED;
	}
	r->fd = fd;
	return GRABBED;
}

static bool
lock(struct replace *r, struct envseal_err *err)
{
	static const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};
	enum grab got = AGAIN;
	sigset_t was;
	int sys;

	for (int waited = 0; waited < PATIENCE_MS; waited += STEP_MS) {
		for (int tries = 0; tries < 8 && (tries == 0 || got == AGAIN); tries++) {
			cleanup_hold(&was);
			got = grab(r);
			sys = errno;
			cleanup_release(&was);
			errno = sys;
		}
		if (got == GRABBED)
			return true;
		if (got == FAILED && (errno == EACCES || errno == EROFS || errno == EPERM)) {
			r->denied = errno;
			return true;
		}
		if (got == FAILED)
			break;
		(void)nanosleep(&step, NULL);
	}
	if (got == FAILED && errno == EEXIST)
		return cmd_failf(err, ENVSEAL_OUTPUT, r->path, 0, "remove it",
		    "%s in its directory is in the way", r->temp);
	if (got == FAILED)
		return fail(r, errno, "cannot create a file beside it", NULL, err);
	return cmd_failf(err, ENVSEAL_BUSY, r->path, 0, "try again when it is done",
	    "another envseal is working on this file (it holds %s)", r->temp);
}

bool
replace_begin(struct replace *r, const char *path, enum replace_kind kind, int mode, struct envseal_err *err)
{
	struct stat st;

	*r = (struct replace){.path = path, .kind = kind, .mode = mode, .slot = -1};
	/* Asked of what the path leads to: /dev/stdout and its like are links to no file. */
	if (stat(path, &st) == 0 && !check_kind(r, st.st_mode, err))
		return false;
	if (!resolve(r, err))
		goto fail;
	name_temp(r);
	if (!look(r, &r->id, &r->exists, err) || !lock(r, err))
		goto fail;
	/* It may have changed while another had the lock. */
	if (!look(r, &r->id, &r->exists, err))
		goto fail;
	return true;
fail:
	replace_abort(r);
	return false;
}

/* ---- the new file --------------------------------------------------------------------------------------------- */

static mode_t
choose_mode(const struct replace *r)
{
	if (r->mode != REPLACE_NO_MODE)
		return (mode_t)r->mode & 07777;
	if (r->kind == REPLACE_PLAIN)
		return r->exists ? r->id.mode & 0600 : 0600;
	return r->exists ? r->id.mode & 0777 : 0666 & ~harden_umask();
}

/* Gives the temporary, still empty, what the target has. */
static bool
dress(const struct replace *r, struct envseal_err *err)
{
	bool good;
	int old;

	if (!r->exists)
		return true;
	old = openat(r->dir, r->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (old < 0)
		return fail(r, errno, "cannot open the file that is to be replaced", "remove it first", err);
	good = keep_attributes(old, r->fd, r->path, err);
	(void)close(old);
	return good;
}

static bool
still_same(const struct replace *r, const struct file_id *was, struct envseal_err *err)
{
	struct file_id now;
	bool exists;

	if (!look(r, &now, &exists, err))
		return false;
	if (exists == (was != NULL) && (!exists || file_same(&now, was)))
		return true;
	return cmd_fail(err, ENVSEAL_BUSY, r->path, 0,
	    was != NULL ? "the file changed meanwhile" : "a file of that name was created meanwhile",
	    "nothing was written; look at it, then try again");
}

/* The rename itself; where there was no file it must not replace one. */
static int
move(const struct replace *r)
{
#ifdef RENAME_NOREPLACE
	if (!r->exists) {
		if (renameat2(r->dir, r->temp, r->dir, r->name, RENAME_NOREPLACE) == 0)
			return 0;
		if (errno != EINVAL && errno != ENOSYS)
			return errno;
	}
#endif
	return renameat(r->dir, r->temp, r->dir, r->name) == 0 ? 0 : errno;
}

/* The mode comes last: whoever is killed before leaves a file that only its owner can read. */
static bool
move_in(struct replace *r, struct envseal_err *err)
{
	bool dressed;
	sigset_t was;
	int sys;

	cleanup_hold(&was);
	dressed = fchmod(r->fd, choose_mode(r)) == 0;
	sys = dressed ? move(r) : errno;
	if (sys == 0) {
		cleanup_remove(r->slot);
		r->slot = -1;
	}
	cleanup_release(&was);
	if (sys == 0)
		return true;
	if (!dressed)
		return fail(r, sys, "cannot set the mode of the new file", NULL, err);
	if (sys == EEXIST)
		return cmd_fail(err, ENVSEAL_BUSY, r->path, 0, "a file of that name was created meanwhile",
		    "nothing was written; look at it, then try again");
	return fail(r, sys, "cannot replace the file",
	    sys == EBUSY ? "it is a mount point; write to another file with --output" : NULL, err);
}

bool
replace_may(const struct replace *r, struct envseal_err *err)
{
	if (r->denied != 0)
		return fail(r, r->denied, "its directory cannot be written",
		    "files are replaced as a whole, which needs the right to write in the directory", err);
	if (r->exists && faccessat(r->dir, r->name, W_OK, AT_EACCESS) != 0 && errno != ENOENT)
		return fail(r, errno, "the file is read-only", "make it writable with chmod u+w", err);
	return true;
}

bool
replace_commit(
    struct replace *r, const struct file_id *was, struct envseal_slice bytes, struct envseal_err *err)
{
	int fd = r->fd;

	if (was == NULL && r->exists)
		was = &r->id;
	if (!replace_may(r, err))
		return false;
	/* Before anything of the old file is copied to the new one, and again at the last moment. */
	if (!still_same(r, was, err) || !dress(r, err))
		return false;
	if (!file_write_all(r->fd, bytes.p, bytes.n))
		return fail(r, errno, "cannot write the file",
		    errno == ENOSPC  ? "make room; nothing was changed"
		    : errno == EFBIG ? "raise the limit for file sizes (ulimit -f); nothing was changed"
				     : NULL,
		    err);
	if (fsync(r->fd) != 0)
		return fail(r, errno, "cannot write the file to disk", "nothing was changed", err);
	if (!still_same(r, was, err) || !move_in(r, err))
		return false;
	if (fsync(r->dir) != 0 && errno != EINVAL && errno != ENOTSUP)
		return fail(r, errno, "the file was written, but the disk does not confirm it",
		    "check the disk", err);
	r->fd = 0;
	if (close(fd) != 0 && errno != EINTR)
		return fail(r, errno, "the file was written, but the disk does not confirm it",
		    "check the disk", err);
	return true;
}

void
replace_abort(struct replace *r)
{
	sigset_t was;

	if (r->fd > 0) {
		cleanup_hold(&was);
		if (r->slot >= 0)
			unlink_temp(r);
		cleanup_remove(r->slot);
		cleanup_release(&was);
		(void)close(r->fd);
	}
	if (r->dir > 0)
		(void)close(r->dir);
	*r = (struct replace){.slot = -1};
}
