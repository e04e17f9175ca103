/*
 * arena - the memory of one operation: many small allocations, one release that wipes them all.
 *
 * Not for two threads at once: allocate first, then let workers fill what was allocated.
 */
#ifndef ES_CORE_ARENA_H
#define ES_CORE_ARENA_H

#include "crypto/core/mem.h"

#include <stdint.h>

struct es_arena_block;

struct es_arena {
	struct es_arena_block *head; /* newest block; all zero is an empty arena, ready for use */
	size_t used; /* bytes taken from head */
};

/* n bytes aligned for any type, zeroed; they live until es_arena_free.  NULL: no memory.  n may be 0 (not NULL). */
void *es_arena_alloc(struct es_arena *a, size_t n) ES_MUST_USE;

/* The same for count items of size bytes; NULL also when the product overflows. */
void *es_arena_array(struct es_arena *a, size_t count, size_t size) ES_MUST_USE;

/* A copy of n bytes with a NUL behind it.  NULL: no memory. */
char *es_arena_copy(struct es_arena *a, const void *p, size_t n) ES_MUST_USE;

/* Wipes and frees everything; the arena is empty and may be used again. */
void es_arena_free(struct es_arena *a);

#endif
