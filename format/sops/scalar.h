/*
 * scalar - the types of sealed values, and how each is printed in a dotenv file (SOPS: leaf types and their bytes).
 */
#ifndef ES_SCALAR_H
#define ES_SCALAR_H

#include "crypto/core/arena.h"
#include "format/slice.h"

enum es_scalar_result { ES_SCALAR_DONE, ES_SCALAR_BAD, ES_SCALAR_NO_MEMORY };

/* From a type and the bytes that a token holds to what stands in the file; the MAC covers wire itself.  Strict: a
 * number, truth value or time must have the one spelling that SOPS writes.  "comment" is no type of a value and is BAD
 * here.  value points into wire or lives in arena; *name becomes the type if it is no text, else NULL. */
enum es_scalar_result es_scalar_read(struct envseal_slice type, struct envseal_slice wire,
    struct es_arena *arena, struct envseal_slice *value, const char **name) ES_MUST_USE;

/* The canonical form of an RFC 3339 time: no fraction, "Z" for offset zero; NUL-terminated.  A fraction may be there
 * behind '.' or ','.  False: it is no such time. */
bool es_scalar_time(struct envseal_slice text, char canonical[32]) ES_MUST_USE;

/* The canonical form of a time, UTC; NUL-terminated.  False: its year has no four digits. */
bool es_scalar_write_time(int64_t seconds, char text[32]) ES_MUST_USE;

#endif
