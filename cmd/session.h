/*
 * session - what a command needs on its way over files: the library, the keys, and how it went so far.
 */
#ifndef CMD_SESSION_H
#define CMD_SESSION_H

#include "cmd/bytes.h"
#include "cmd/host.h"
#include "cmd/opt.h"
#include "cmd/repo.h"

struct session {
	const struct opt_parsed *parsed;
	struct host host;
	struct envseal *es;
	struct envseal_identities *ids; /* NULL until session_keys was called */
	struct bytes report; /* JSON objects of the files, separated by commas */
	bool dry_run, json;
	/* Of the file that is worked on; here, because errors that are shown later point to their texts. */
	struct repo repo;
	char config[PATH_MAX]; /* the .sops.yaml that was used; empty: there is none */
};

/* Runs step on every operand, goes on after errors, and returns the worst exit status.  With --json the report is
 * one object on standard output: {"schema":1,"command":...,"files":[...]}. */
int session_each(const struct opt_parsed *parsed,
    bool (*step)(struct session *s, const char *path, struct envseal_err *err));
/* The same on the n files given. */
int session_files(const struct opt_parsed *parsed,
    bool (*step)(struct session *s, const char *path, struct envseal_err *err), const char *const *files,
    size_t n);

/* The keys, loaded once.  NULL: the error. */
struct envseal_identities *session_keys(struct session *s, struct envseal_err *err) ENVSEAL_MUST_USE;

/* Adds to the report: an object for path, to which more members may be added by session_number and session_text, and
 * which the next object or the end closes.  Nothing happens without --json. */
void session_report(struct session *s, const char *path, const char *status);
void session_number(struct session *s, const char *name, size_t n);
void session_text(struct session *s, const char *name, const char *text);
/* A list of texts: begin, any number of items, end. */
void session_list(struct session *s, const char *name);
void session_item(struct session *s, struct envseal_slice text);
void session_list_end(struct session *s);

#endif
