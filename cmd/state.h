/*
 * state - what envseal remembers of a file on this machine, outside the work tree: the tag of its data key, and the
 * sealed original while it lies there in plaintext.
 *
 * It stands in envseal/ of the git directory (tags in the common one, because they belong to the file in the history;
 * originals in the one of the work tree, because they belong to the file on the disk), else in envseal/ of the user's
 * state directory (XDG_STATE_HOME, ~/.local/state).  No secret is in it.  Files are 0600, written by cmd/os/replace.
 *
 * A file's name there is its path from the root of the work tree, else its absolute path, with every byte but a-z,
 * 0-9, '.', '-' and '_' as %xx, so that two paths never share one, also where case does not count.  One that is longer
 * than a name may be is cut into directories whose names end with '+'.
 *
 * For standard input, whose repo is all zero, nothing is remembered.
 */
#ifndef CMD_STATE_H
#define CMD_STATE_H

#include "cmd/repo.h"

enum state_pin {
	STATE_PIN_NONE,
	STATE_PIN_SAME,
	STATE_PIN_CHANGED,
	STATE_PIN_UNKNOWN, /* there is one, and it cannot be read; a note has said so */
	STATE_PIN_NO_MEMORY,
};

/* Compares the tag of a data key (16 hex digits) with the remembered one. */
enum state_pin state_pin_compare(const struct repo *repo, const char *tag);

/* Remembers it.  A place that cannot be written is a note, not a failure: a backup is restored on read-only disks,
 * too. */
void state_pin_store(const struct repo *repo, const char *tag);

/* The sealed original that decrypt -i keeps.  Storing must succeed.  Errors: ENVSEAL_OUTPUT and the others of
 * cmd/os/replace; err->file is NULL or repo->path. */
bool state_original_store(
    const struct repo *repo, struct envseal_slice bytes, struct envseal_err *err) ENVSEAL_MUST_USE;
/* *exists: there is one.  Errors: ENVSEAL_INPUT. */
bool state_original_load(const struct repo *repo, struct envseal_out *bytes, bool *exists,
    struct envseal_err *err) ENVSEAL_MUST_USE;
void state_original_drop(const struct repo *repo);
/* Takes one back that was stored for nothing, and the directories that stand empty then. */
void state_original_undo(const struct repo *repo);

#endif
