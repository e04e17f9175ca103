#include "cmd/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool
cmd_failf(struct envseal_err *err, enum envseal_code code, const char *file, int sys, const char *hint,
    const char *what, ...)
{
	va_list args;

	if (err->code != ENVSEAL_OK)
		return false;
	memset(err, 0, sizeof *err);
	err->code = code;
	err->file = file;
	err->sys = sys;
	va_start(args, what);
	(void)vsnprintf(err->what, sizeof err->what, what, args);
	va_end(args);
	if (hint != NULL)
		(void)snprintf(err->hint, sizeof err->hint, "%s", hint);
	return false;
}

bool
cmd_fail(struct envseal_err *err, enum envseal_code code, const char *file, int sys, const char *what,
    const char *hint)
{
	return cmd_failf(err, code, file, sys, hint, "%s", what);
}

bool
cmd_fail_memory(struct envseal_err *err)
{
	return cmd_fail(err, ENVSEAL_NO_MEMORY, NULL, 0, "no memory is left",
	    "free some memory and try again; nothing was changed");
}
