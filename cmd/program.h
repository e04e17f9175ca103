/*
 * program - where this program is, for others to run.
 */
#ifndef CMD_PROGRAM_H
#define CMD_PROGRAM_H

#include "format/envseal.h"

/* The absolute path of this program between single quotes, as a shell takes it.  A link in PATH that leads here counts
 * more than what it leads to: it outlives the version that is installed today.  Errors: ENVSEAL_GENERIC when the path
 * cannot be found out, or cannot be written so. */
bool program_quoted(char *out, size_t room, struct envseal_err *err) ENVSEAL_MUST_USE;

#endif
