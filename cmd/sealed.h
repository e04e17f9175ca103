/*
 * sealed - a sealed file on its way through a command: read, opened, changed, written back.
 */
#ifndef CMD_SEALED_H
#define CMD_SEALED_H

#include "cmd/os/replace.h"
#include "cmd/policy.h"
#include "cmd/session.h"

enum sealed_use { SEALED_READ, SEALED_CHANGE };

/* All zero: nothing loaded. */
struct sealed {
	const char *path;
	const struct repo *repo; /* of the session; its path is empty for standard input */
	struct replace lock; /* held when it is to be changed */
	struct file_id id;
	struct envseal_out bytes;
	struct envseal_doc *doc;
};

/* Reads a file and its metadata, locked when it is to be changed; "-" is standard input.  Close in any case.
 * Errors: those of file_read, replace_begin, envseal_read_sealed; ENVSEAL_METADATA when it is not sealed. */
bool sealed_load(struct sealed *f, struct session *s, const char *path, enum sealed_use use,
    struct envseal_err *err) ENVSEAL_MUST_USE;

/* Opens it, and compares its data key with the one that is remembered: another one is said, and refused when it is to
 * be changed under envseal.pin = strict.  Errors: those of envseal_open, ENVSEAL_REFUSED. */
bool sealed_open(struct sealed *f, struct session *s, struct envseal_err *err) ENVSEAL_MUST_USE;

/* Compares the tag of a data key of path with the one that is remembered, likewise. */
bool sealed_check_pin(const char *path, const struct repo *repo, const char *tag, bool to_change,
    struct envseal_err *err) ENVSEAL_MUST_USE;

/* Refuses a file that is sealed to somebody whom the rule does not name: a value that is sealed next, or a new data
 * key, would go to them.  Nothing is refused when no rule names recipients. */
bool sealed_check_recipients(
    const struct sealed *f, const struct policy *policy, struct envseal_err *err) ENVSEAL_MUST_USE;

/* Whether the version at HEAD is sealed under the same data key to somebody who is no recipient any more, as after
 * "sops updatekeys": what is sealed next needs a new data key, and a note says so. */
bool sealed_has_leaver(
    const struct sealed *f, struct session *s, bool *leaver, struct envseal_err *err) ENVSEAL_MUST_USE;

/* Refuses to go on without what git knows when there is a repository that cannot be looked at. */
bool sealed_need_repo(const char *path, const struct repo *repo, struct envseal_err *err) ENVSEAL_MUST_USE;

/* Seals the changed document again, over itself, and writes it back unless nothing changed or it is a dry run.  The
 * data key that the file has then is remembered. */
bool sealed_write(struct sealed *f, struct session *s, const struct envseal_seal *how,
    struct envseal_report *report, struct envseal_err *err) ENVSEAL_MUST_USE;

void sealed_close(struct sealed *f);

#endif
