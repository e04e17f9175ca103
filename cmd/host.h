/*
 * host - what the library asks of the program: notes to people, and threads.
 */
#ifndef CMD_HOST_H
#define CMD_HOST_H

#include "format/envseal.h"

/* A library context that shows notes by cmd/diag (naming file, which may be NULL, is borrowed) and spreads work over
 * the cores.  NULL: the error. */
struct host {
	struct envseal_host callbacks;
	const char *file; /* what notes are about; may be changed any time */
};
struct envseal *host_start(struct host *host, struct envseal_err *err) ENVSEAL_MUST_USE;

#endif
