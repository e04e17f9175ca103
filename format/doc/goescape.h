/*
 * goescape - the escapes of Go's regular expressions that stand for one character.
 */
#ifndef ES_GOESCAPE_H
#define ES_GOESCAPE_H

#include "crypto/core/mem.h"
#include "format/envseal.h"

/* Reads the escape whose backslash is at *at in a pattern, and moves *at behind it.  False: *why says what is wrong
 * with it. */
bool es_goescape_read(struct envseal_slice in, size_t *at, uint32_t *c, const char **why) ES_MUST_USE;

#endif
