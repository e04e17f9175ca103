/*
 * context - the library context: what the host supplies, with the system's own where it supplies nothing.
 */
#ifndef ES_CONTEXT_H
#define ES_CONTEXT_H

#include "format/envseal.h"

struct envseal {
	struct envseal_host host; /* a copy; its ctx is the host's */
};

/* Fills n bytes with randomness: the host's source, else the operating system's. */
void es_context_random(const struct envseal *es, void *p, size_t n);

/* Seconds since 1970: the host's clock, else the system's. */
int64_t es_context_now(const struct envseal *es);

/* Tells the host something worth saying; line 0 means no line.  Nothing happens when the host does not
 * listen. */
void es_context_note(const struct envseal *es, uint32_t line, const char *text);

/* Runs fn(arg, i) once for every i below n and returns when all ran: as the host does it, else one after
 * another in ascending order. */
void es_context_parallel(const struct envseal *es, void (*fn)(void *arg, size_t i), void *arg, size_t n);

#endif
