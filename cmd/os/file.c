#include "cmd/os/file.h"

#include "cmd/bytes.h"
#include "cmd/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

const char *
file_label(const char *path)
{
	return strcmp(path, "-") == 0 ? "<stdin>" : path;
}

void
file_identify(struct file_id *id, const struct stat *st)
{
	id->dev = st->st_dev;
	id->ino = st->st_ino;
	id->size = st->st_size;
#ifdef __APPLE__
	id->mtime = st->st_mtimespec;
#else
	id->mtime = st->st_mtim;
#endif
	id->mode = st->st_mode;
	id->uid = st->st_uid;
	id->gid = st->st_gid;
	id->nlink = st->st_nlink;
}

bool
file_same(const struct file_id *a, const struct file_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->mtime.tv_sec == b->mtime.tv_sec && a->mtime.tv_nsec == b->mtime.tv_nsec;
}

/* Not regular where a regular file is wanted. */
static bool
fail_kind(const char *label, mode_t mode, struct envseal_err *err)
{
	if (S_ISDIR(mode))
		return cmd_fail(err, ENVSEAL_INPUT, label, 0, "this is a directory", "name a file in it");
	return cmd_fail(err, ENVSEAL_INPUT, label, 0, "this is not a regular file",
	    "only regular files can be read here; for a pipe use - and standard input");
}

static bool
fail_open(const char *label, struct envseal_err *err)
{
	int sys = errno;

	if (sys == ENOENT || sys == ENOTDIR)
		return cmd_fail(err, ENVSEAL_NO_FILE, label, sys, "cannot open the file", "check the path");
	if (sys == ENXIO)
		return fail_kind(label, S_IFSOCK, err);
	return cmd_fail(err, ENVSEAL_INPUT, label, sys, "cannot open the file",
	    sys == EACCES ? "it must be readable for you" : NULL);
}

static bool
fail_large(const char *label, size_t cap, struct envseal_err *err)
{
	size_t mib = cap / (1024 * 1024);

	return cmd_failf(err, ENVSEAL_INPUT, label, 0, "is this the right file?",
	    "larger than %zu %s, the most that is read", mib > 0 ? mib : cap, mib > 0 ? "MiB" : "bytes");
}

/* The descriptor of path; -1: see err. */
static int
open_input(const char *path, enum file_kind kind, struct envseal_err *err)
{
	/* Opening a FIFO without O_NONBLOCK waits for a writer, which is right only where FIFOs are wanted. */
	int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (kind == FILE_REGULAR ? O_NONBLOCK : 0);
	int fd;

	if (strcmp(path, "-") == 0)
		return STDIN_FILENO;
	do
		fd = open(path, flags);
	while (fd < 0 && errno == EINTR);
	if (fd < 0)
		fail_open(path, err);
	return fd;
}

static bool
check(int fd, size_t cap, enum file_kind kind, const char *label, struct stat *st, struct envseal_err *err)
{
	if (fstat(fd, st) != 0)
		return cmd_fail(err, ENVSEAL_INPUT, label, errno, "cannot read the file", NULL);
	if (S_ISDIR(st->st_mode) || (kind == FILE_REGULAR && fd != STDIN_FILENO && !S_ISREG(st->st_mode)))
		return fail_kind(label, st->st_mode, err);
	if (S_ISREG(st->st_mode) && (uintmax_t)st->st_size > cap)
		return fail_large(label, cap, err);
	return true;
}

/* Reads to the end; b holds at most one byte more than wanted, which shows that there was more. */
static bool
read_all(int fd, struct bytes *b, const struct stat *st, const char *label, struct envseal_err *err)
{
	size_t size = S_ISREG(st->st_mode) ? (size_t)st->st_size + 1 : 1;
	ssize_t got;

	for (;;) {
		got = bytes_read(b, fd, b->n < size ? size - b->n : 1);
		if (got == 0)
			return true;
		if (got == -2)
			return b->state == BYTES_FULL ? fail_large(label, b->most - 1, err)
						      : cmd_fail_memory(err);
		if (got < 0 && errno == EAGAIN) {
			struct pollfd wait = {.fd = fd, .events = POLLIN};
			(void)poll(&wait, 1, -1);
		} else if (got < 0) {
			return cmd_fail(err, ENVSEAL_INPUT, label, errno, "cannot read the file", NULL);
		}
	}
}

/* A regular file must be the same after it was read, and have given as many bytes as it has.  Standard input may have
 * been read from before. */
static bool
unchanged(int fd, const struct stat *before, size_t n, const char *label, struct envseal_err *err)
{
	struct file_id a, b;
	struct stat after;

	if (!S_ISREG(before->st_mode))
		return true;
	if (fstat(fd, &after) != 0)
		return cmd_fail(err, ENVSEAL_INPUT, label, errno, "cannot read the file", NULL);
	file_identify(&a, before);
	file_identify(&b, &after);
	if (!file_same(&a, &b) || (fd != STDIN_FILENO && n != (size_t)before->st_size))
		return cmd_fail(err, ENVSEAL_BUSY, label, 0, "the file changed while it was being read",
		    "wait until nobody writes to it, then try again");
	return true;
}

bool
file_read(const char *path, size_t cap, enum file_kind kind, struct envseal_out *out, struct file_id *id,
    struct envseal_err *err)
{
	const char *label = file_label(path);
	struct bytes b = {0};
	bool good = false;
	struct stat st;
	int fd;

	if (cap > ENVSEAL_LARGEST)
		cap = ENVSEAL_LARGEST;
	b.most = cap + 1;
	fd = open_input(path, kind, err);
	if (fd < 0)
		return false;
	if (!check(fd, cap, kind, label, &st, err) || !read_all(fd, &b, &st, label, err))
		goto out;
	if (b.n > cap) {
		fail_large(label, cap, err);
		goto out;
	}
	if (!unchanged(fd, &st, b.n, label, err) || !bytes_take(&b, out, err))
		goto out;
	if (id != NULL)
		file_identify(id, &st);
	good = true;
out:
	bytes_free(&b);
	if (fd != STDIN_FILENO)
		(void)close(fd);
	return good;
}

bool
file_write_all(int fd, const void *p, size_t n)
{
	const uint8_t *at = p;

	while (n > 0) {
		ssize_t done = write(fd, at, n);
		if (done > 0) {
			at += done;
			n -= (size_t)done;
		} else if (done == 0) {
			errno = ENOSPC;
			return false;
		} else if (errno == EAGAIN) {
			struct pollfd wait = {.fd = fd, .events = POLLOUT};
			(void)poll(&wait, 1, -1);
		} else if (errno != EINTR) {
			return false;
		}
	}
	return true;
}

static bool
fail_stdout(int sys, struct envseal_err *err)
{
	return cmd_fail(err, ENVSEAL_OUTPUT, "<stdout>", sys, "cannot write the output",
	    sys == ENOSPC ? "make room, or write elsewhere" : NULL);
}

bool
file_to_stdout(const void *p, size_t n, struct envseal_err *err)
{
	return file_write_all(STDOUT_FILENO, p, n) || fail_stdout(errno, err);
}

bool
file_close_stdout(struct envseal_err *err)
{
	/* After an interruption the descriptor is closed all the same. */
	return close(STDOUT_FILENO) == 0 || errno == EINTR || fail_stdout(errno, err);
}
