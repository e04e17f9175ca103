/*
 * mem - guarded memory for what must not leak.
 *
 * Blocks come from libsodium: locked in memory as far as the limits allow, left out of core dumps, with guard
 * pages on both sides, and wiped when they are freed.  One block costs several pages and some microseconds, so a
 * block is for an operation (an arena, a file), not for a value.
 */
#ifndef ES_CORE_MEM_H
#define ES_CORE_MEM_H

#include <stdbool.h>
#include <stddef.h>

#if defined(__GNUC__)
#define ES_MUST_USE __attribute__((warn_unused_result))
#else
#define ES_MUST_USE
#endif

/* Starts libsodium, which must be before randomness is drawn; es_mem_alloc does it by itself.  Harmless when repeated.
 * False: no randomness, or no memory. */
bool es_mem_start(void) ES_MUST_USE;

/* n bytes of guarded memory, aligned for any type, not initialised; n may be 0.  NULL: no memory.  The caller owns
 * it: es_mem_free. */
void *es_mem_alloc(size_t n) ES_MUST_USE;

/* Wipes and frees; NULL is fine. */
void es_mem_free(void *p);

/* Wipes n bytes so that the compiler cannot leave it out. */
void es_mem_wipe(void *p, size_t n);

/* Whether two strings of n bytes are equal, in time that depends on n alone. */
bool es_mem_equal(const void *a, const void *b, size_t n) ES_MUST_USE;

#endif
