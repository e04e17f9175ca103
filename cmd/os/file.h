/*
 * file - whole files in, bytes out.
 */
#ifndef CMD_OS_FILE_H
#define CMD_OS_FILE_H

#include "format/envseal.h"

#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

/* Which file it was and in which state, to find out later whether it still is. */
struct file_id {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
	mode_t mode; /* with the file type */
	uid_t uid;
	gid_t gid;
	nlink_t nlink;
};

enum file_kind {
	FILE_REGULAR, /* a regular file; stdin may be anything */
	FILE_ANY, /* also a pipe or a device, as for a key from <(...) */
};

/* Reads all of path, "-" being standard input, into guarded memory: at most cap bytes (never more than
 * ENVSEAL_LARGEST).  id may be NULL.  The caller frees out.
 * Errors, with errno where there is one: ENVSEAL_NO_FILE (not there), ENVSEAL_INPUT (cannot be read, is a directory,
 * is not a regular file, is too large), ENVSEAL_BUSY (changed while it was being read), ENVSEAL_NO_MEMORY. */
bool file_read(const char *path, size_t cap, enum file_kind kind, struct envseal_out *out, struct file_id *id,
    struct envseal_err *err) ENVSEAL_MUST_USE;

/* How a path is called in messages: itself, or "<stdin>" for "-". */
const char *file_label(const char *path);

void file_identify(struct file_id *id, const struct stat *st);
/* Same file with the same size and time of change. */
bool file_same(const struct file_id *a, const struct file_id *b);

/* Writes all of it; goes on after short writes, interruptions and full non-blocking pipes.  False: see errno; a write
 * that takes no byte counts as ENOSPC. */
bool file_write_all(int fd, const void *p, size_t n) ENVSEAL_MUST_USE;

/* Writes to standard output.  Error: ENVSEAL_OUTPUT. */
bool file_to_stdout(const void *p, size_t n, struct envseal_err *err) ENVSEAL_MUST_USE;

/* Closes standard output, which is when some file systems report a full disk.  Nothing may be written to it after.
 * Error: ENVSEAL_OUTPUT. */
bool file_close_stdout(struct envseal_err *err) ENVSEAL_MUST_USE;

#endif
