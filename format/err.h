/*
 * err - fills the error object: first error wins, and it never holds a value.
 */
#ifndef ES_ERR_H
#define ES_ERR_H

#include "format/envseal.h"

/* Each returns false, so that a function can end with "return es_fail(...)".  An error that is already there stays.
 * hint may be NULL.  The texts are formats only where the name ends in f; what they print must never be a value, a
 * key or a part of a line. */
bool es_fail(struct envseal_err *err, enum envseal_code code, const char *what, const char *hint);
bool es_fail_at(struct envseal_err *err, enum envseal_code code, const char *file, uint32_t line,
    uint32_t col, const char *what, const char *hint);
bool es_failf(struct envseal_err *err, enum envseal_code code, const char *hint, const char *what, ...)
    ENVSEAL_PRINTF(4, 5);
bool es_failf_at(struct envseal_err *err, enum envseal_code code, const char *file, uint32_t line,
    uint32_t col, const char *hint, const char *what, ...) ENVSEAL_PRINTF(7, 8);
bool es_fail_memory(struct envseal_err *err);

/* A name from a file, ready to stand in a message: at most 60 bytes, what is not printable ASCII as '?', "..." where
 * it was cut.  Writes into text and returns it. */
struct es_err_name {
	char text[72];
};
const char *es_err_name(struct es_err_name *out, struct envseal_slice name);

#endif
