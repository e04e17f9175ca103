/*
 * gosyntax - reads a regular expression in the syntax of Go's regexp package and writes it for PCRE2.
 *
 * The grammar is a whitelist.  What is written uses a small part of PCRE2's: characters by number, sets, groups without
 * memory, alternatives, repetitions and anchors.  Flags are resolved here: PCRE2 sees none.
 */
#ifndef ES_GOSYNTAX_H
#define ES_GOSYNTAX_H

#include "crypto/core/buf.h"
#include "format/envseal.h"

enum { ES_GOSYNTAX_DEEPEST = 100 }; /* groups inside each other */

/* Writes pattern, which is UTF-8, to out (whose own failures stick there).  False: *offset is the byte of the pattern
 * where it went wrong and *why says what; *why is NULL when there was no memory. */
bool es_gosyntax_write(
    struct envseal_slice pattern, struct es_buf *out, size_t *offset, const char **why) ES_MUST_USE;

#endif
