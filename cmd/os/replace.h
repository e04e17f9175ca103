/*
 * replace - puts a new file where an old one is, or where there is none, in one step.
 *
 * Begin before reading the file that is to be replaced; commit with what was read; abort in any case.
 *
 * Begin resolves symbolic links, opens the directory, and creates a temporary file there, ".envseal-XXXXXXXX.tmp",
 * where the X are a hash of the target's name.  The temporary is the lock, too: whoever holds flock(2) on the file of
 * that name has the target.  A second envseal waits a few seconds for it.  When a process was killed, the lock went
 * with it: the next one that wants the target removes what it left.  A live temporary is never removed, for nobody
 * else can lock it.  Its mode is 0600 until the call
 * before the rename, when it gets the target's.
 *
 * Where the directory cannot be written, begin succeeds and commit fails: a command that finds nothing to change needs
 * no lock.
 */
#ifndef CMD_OS_REPLACE_H
#define CMD_OS_REPLACE_H

#include "cmd/os/file.h"
#include "format/envseal.h"

enum replace_kind {
	REPLACE_SEALED, /* the target's mode; a new file as the user's umask has it */
	REPLACE_PLAIN, /* 0600 at most */
};

enum { REPLACE_NO_MODE = -1 };

/* All zero: nothing begun.  Callers read exists and id. */
struct replace {
	bool exists; /* there was a target at begin */
	struct file_id id; /* which, if there was */

	const char *path; /* borrowed from the caller, for messages */
	enum replace_kind kind;
	int mode;
	int dir, fd; /* the directory and the locked temporary; 0: not open */
	int slot; /* in the list of cleanup */
	int denied; /* errno: nothing can be created in the directory */
	char name[256]; /* of the target in its directory */
	char temp[32]; /* of the temporary */
};

/* Locks path, which may not exist yet.  mode, if not REPLACE_NO_MODE, is exactly what the new file gets.
 * Errors: ENVSEAL_OUTPUT (not a regular file, no such directory, cannot be created), ENVSEAL_REFUSED (the target has
 * hard links), ENVSEAL_BUSY (another envseal has it). */
bool replace_begin(struct replace *r, const char *path, enum replace_kind kind, int mode,
    struct envseal_err *err) ENVSEAL_MUST_USE;

/* Whether the target may be written at all; for who must do something else before the commit, which asks by itself.
 * Error: ENVSEAL_OUTPUT. */
bool replace_may(const struct replace *r, struct envseal_err *err) ENVSEAL_MUST_USE;

/* Writes bytes and renames them over the target, all on disk when it returns true.  was is what file_read said of the
 * target; NULL: it must be as begin found it, absent included.  After a failure the target is as it was (but for a
 * directory that cannot be written to disk after the rename).  r must still be aborted.
 * Errors: ENVSEAL_OUTPUT, ENVSEAL_BUSY (the target changed meanwhile), ENVSEAL_REFUSED (owner, ACL or attributes
 * cannot be kept), ENVSEAL_NO_MEMORY. */
bool replace_commit(struct replace *r, const struct file_id *was, struct envseal_slice bytes,
    struct envseal_err *err) ENVSEAL_MUST_USE;

/* Removes what is left and unlocks; after a commit, or all zero, is fine. */
void replace_abort(struct replace *r);

#endif
