/*
 * proc - runs another program: the only door.
 */
#ifndef CMD_OS_PROC_H
#define CMD_OS_PROC_H

#include "format/envseal.h"

enum proc_errors {
	PROC_ERRORS_PASS, /* the child's standard error is ours */
	PROC_ERRORS_DROP,
	PROC_ERRORS_KEEP, /* gathered in result.errors, 64 KiB at most; what is more is dropped */
};

/* All zero but for argv is a good start. */
struct proc {
	const char *const *argv; /* NULL at the end; [0] is looked up in PATH unless it has a slash */
	const char *const
	    *without; /* names of variables that the child does not get, NULL at the end; or NULL */
	const char *const *with; /* "NAME=value" that it gets besides, NULL at the end; or NULL */
	bool with_keys; /* it also gets our own key variables, which else no child does */
	const char *dir; /* where it runs; NULL: here */
	struct envseal_slice input; /* its standard input; empty: /dev/null */
	size_t most; /* bytes of output that are accepted; 0: ENVSEAL_LARGEST */
	enum proc_errors errors;
	int limit_ms; /* after that it and what it started is killed; 0: no limit */
};

struct proc_result {
	struct envseal_out out, errors; /* guarded; free with proc_result_free */
	int status; /* exit status, or 128 plus the number of the signal */
};

/* Runs it to its end.  No shell, no descriptor but 0, 1, 2, with the umask, core limit and signals that we were
 * started with.  In PATH only absolute directories count.  Without limit_ms the child stays in our process group, so
 * that it may use the terminal.
 * A status other than 0 is not an error.  Errors: ENVSEAL_GENERIC with errno ENOENT (no such program), ETIMEDOUT, or
 * another; EFBIG (too much output); ENVSEAL_NO_MEMORY. */
bool proc_run(const struct proc *what, struct proc_result *result, struct envseal_err *err) ENVSEAL_MUST_USE;

void proc_result_free(struct proc_result *result);

#endif
