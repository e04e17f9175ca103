/*
 * fail - fills the error object for what the program itself finds wrong.
 */
#ifndef CMD_FAIL_H
#define CMD_FAIL_H

#include "format/envseal.h"

/* Each returns false, so that a function can end with "return cmd_fail(...)".  An error that is there stays.
 * file is borrowed and may be NULL; sys is an errno or 0; hint may be NULL.  In cmd_failf the fact is a printf format.
 * What they print may name files, options and commands, never a value or a key. */
bool cmd_fail(struct envseal_err *err, enum envseal_code code, const char *file, int sys, const char *what,
    const char *hint);
bool cmd_failf(struct envseal_err *err, enum envseal_code code, const char *file, int sys, const char *hint,
    const char *what, ...) ENVSEAL_PRINTF(6, 7);
bool cmd_fail_memory(struct envseal_err *err);

#endif
