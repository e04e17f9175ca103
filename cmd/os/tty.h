/*
 * tty - asks the person at the terminal for something that must not be seen.
 */
#ifndef CMD_OS_TTY_H
#define CMD_OS_TTY_H

#include "format/envseal.h"

/* Shows prompt on the controlling terminal and reads one line from it without echo, into guarded memory; the line end
 * is not part of it.  ^D ends the line, too; with nothing typed it is an error.  A signal that arrives meanwhile takes
 * effect after the terminal is as it was; after a stop the question is asked again.
 * instead says how to do without a terminal ("give the value on standard input"); it becomes the hint.
 * The caller frees out.  Errors: ENVSEAL_USAGE (no terminal, nothing typed, longer than a terminal can take),
 * ENVSEAL_INPUT, ENVSEAL_NO_MEMORY. */
bool tty_ask(const char *prompt, const char *instead, struct envseal_out *out,
    struct envseal_err *err) ENVSEAL_MUST_USE;

#endif
