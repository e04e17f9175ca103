/*
 * rand - random bytes from the operating system, by libsodium.
 */
#ifndef ES_RAND_H
#define ES_RAND_H

#include <stddef.h>

/* Fills n bytes; cannot fail once es_mem_start succeeded. */
void es_rand(void *p, size_t n);

#endif
