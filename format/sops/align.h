/*
 * align - lays a new plaintext over an opened earlier version, so that equal lines keep their tokens.
 */
#ifndef ES_ALIGN_H
#define ES_ALIGN_H

#include "format/doc/node.h"

enum { ES_ALIGN_NONE = -1 };

/* For each node of fresh, which node of base it is: *match becomes an array of fresh->n indexes, or
 * ES_ALIGN_NONE.  No node of base is used twice.  Equal texts are matched in document order, around the lines that
 * stand only once; what is left is matched wherever it moved, by text and then by name and value, so that a line whose
 * line end or indent alone changed is matched, too.  The array lives in arena.  False: no memory. */
bool es_align(const struct es_nodes *base, const struct es_nodes *fresh, struct es_arena *arena,
    int64_t **match) ES_MUST_USE;

#endif
