#include "format/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One row per code, in the order of enum envseal_code. */
static const struct {
	int status;
	const char *name;
} codes[] = {
    [ENVSEAL_OK] = {0, "ok"},
    [ENVSEAL_FOUND] = {1, "found"},
    [ENVSEAL_METADATA] = {1, "metadata"},
    [ENVSEAL_CONFIG] = {1, "config"},
    [ENVSEAL_NO_RULE] = {1, "no-rule"},
    [ENVSEAL_RECIPIENT] = {1, "recipient"},
    [ENVSEAL_NO_NAME] = {1, "no-name"},
    [ENVSEAL_GENERIC] = {1, "error"},
    [ENVSEAL_SYNTAX] = {2, "syntax"},
    [ENVSEAL_INPUT] = {2, "input"},
    [ENVSEAL_OUTPUT] = {3, "output"},
    [ENVSEAL_BAD_VALUE] = {7, "bad-value"},
    [ENVSEAL_ENCRYPT] = {23, "encrypt"},
    [ENVSEAL_DECRYPT] = {25, "decrypt"},
    [ENVSEAL_MAC] = {51, "mac"},
    [ENVSEAL_NO_CONFIG] = {61, "no-config"},
    [ENVSEAL_USAGE] = {64, "usage"},
    [ENVSEAL_INTERNAL] = {70, "internal"},
    [ENVSEAL_BUSY] = {75, "busy"},
    [ENVSEAL_REFUSED] = {77, "refused"},
    [ENVSEAL_NOTHING] = {92, "nothing"},
    [ENVSEAL_NO_FILE] = {100, "no-file"},
    [ENVSEAL_NO_KEY] = {128, "no-key"},
    [ENVSEAL_RESERVED] = {203, "reserved"},
    [ENVSEAL_NO_MEMORY] = {71, "no-memory"},
};

int
envseal_status(enum envseal_code code)
{
	return codes[code].status;
}

const char *
envseal_code_name(enum envseal_code code)
{
	return codes[code].name;
}

static bool fill(struct envseal_err *err, enum envseal_code code, const char *file, uint32_t line,
    uint32_t col, const char *hint, const char *what, va_list args) ENVSEAL_PRINTF(7, 0);

static bool
fill(struct envseal_err *err, enum envseal_code code, const char *file, uint32_t line, uint32_t col,
    const char *hint, const char *what, va_list args)
{
	if (err->code != ENVSEAL_OK)
		return false;
	memset(err, 0, sizeof *err);
	err->code = code;
	err->file = file;
	err->line = line;
	err->col = col;
	(void)vsnprintf(err->what, sizeof err->what, what, args);
	if (hint != NULL)
		(void)snprintf(err->hint, sizeof err->hint, "%s", hint);
	return false;
}

bool
es_failf_at(struct envseal_err *err, enum envseal_code code, const char *file, uint32_t line, uint32_t col,
    const char *hint, const char *what, ...)
{
	va_list args;

	va_start(args, what);
	fill(err, code, file, line, col, hint, what, args);
	va_end(args);
	return false;
}

bool
es_failf(struct envseal_err *err, enum envseal_code code, const char *hint, const char *what, ...)
{
	va_list args;

	va_start(args, what);
	fill(err, code, NULL, 0, 0, hint, what, args);
	va_end(args);
	return false;
}

bool
es_fail(struct envseal_err *err, enum envseal_code code, const char *what, const char *hint)
{
	return es_failf_at(err, code, NULL, 0, 0, hint, "%s", what);
}

bool
es_fail_at(struct envseal_err *err, enum envseal_code code, const char *file, uint32_t line, uint32_t col,
    const char *what, const char *hint)
{
	return es_failf_at(err, code, file, line, col, hint, "%s", what);
}

bool
es_fail_memory(struct envseal_err *err)
{
	return es_fail(err, ENVSEAL_NO_MEMORY, "no memory is left",
	    "free some memory and try again; nothing was changed");
}

const char *
es_err_name(struct es_err_name *out, struct envseal_slice name)
{
	enum { MOST = 60 };
	size_t n = name.n < MOST ? name.n : MOST;

	for (size_t i = 0; i < n; i++)
		out->text[i] = name.p[i] >= 0x20 && name.p[i] < 0x7f ? (char)name.p[i] : '?';
	memcpy(out->text + n, name.n > MOST ? "..." : "", name.n > MOST ? 4 : 1);
	return out->text;
}
