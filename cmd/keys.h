/*
 * keys - finds the identities to open with, where SOPS finds them.
 *
 * Where was looked and what was found there belongs to the process and is kept in this module: when in the end
 * nothing opens a file, the user is told all of it, once.
 */
#ifndef CMD_KEYS_H
#define CMD_KEYS_H

#include "cmd/opt.h"
#include "format/envseal.h"

/* How many places there are for the key file of the user: on macOS people have it in both. */
#ifdef __APPLE__
enum { KEYS_FILES = 2 };
#else
enum { KEYS_FILES = 1 };
#endif

/* The i-th place of the user's key file, i below KEYS_FILES; the first is where a new key goes.  Error,
 * ENVSEAL_OUTPUT: the environment does not say where (HOME not set, XDG_CONFIG_HOME not absolute). */
bool keys_file(size_t i, char *path, size_t n, struct envseal_err *err) ENVSEAL_MUST_USE;

/* The identities of --identity, SOPS_AGE_KEY, SOPS_AGE_KEY_FILE and the key file of the user's configuration
 * directory.  A file named by --identity must be good; another source that is not good is a note and is left out.
 * A key file that others may read is a note, too.  NULL: the error. */
struct envseal_identities *keys_load(
    const struct opt_parsed *parsed, struct envseal_err *err) ENVSEAL_MUST_USE;

/* Whether SOPS_AGE_KEY_CMD is set and was not run yet. */
bool keys_have_command(void);

/* Adds those that SOPS_AGE_KEY_CMD prints.  It is run once per process, without a shell; limit_ms as in cmd/os/proc.
 * False: it is not set, was run before, failed (a note says so), or printed none. */
bool keys_ask_command(struct envseal_identities *ids, int limit_ms) ENVSEAL_MUST_USE;

/* Opens a document with ids, and asks the command of SOPS_AGE_KEY_CMD when none of them does.  When that does not
 * help notes say where was looked.  Errors: those of envseal_open. */
bool keys_open(
    struct envseal_doc *doc, struct envseal_identities *ids, struct envseal_err *err) ENVSEAL_MUST_USE;

#endif
