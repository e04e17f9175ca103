/*
 * utf8 - characters of UTF-8, as Unicode defines it: no surrogates, no overlong forms, nothing beyond U+10FFFF.
 */
#ifndef ES_UTF8_H
#define ES_UTF8_H

#include "crypto/core/mem.h"
#include "format/envseal.h"

/* The character at the start of s, which is not empty; *n becomes its length in bytes.  False: not UTF-8. */
bool es_utf8_decode(struct envseal_slice s, uint32_t *c, size_t *n) ES_MUST_USE;

/* The offset of the first byte that is not UTF-8; s.n: all of it is. */
size_t es_utf8_valid(struct envseal_slice s);

#endif
