#include "crypto/core/mem.h"

#include <sodium.h>
#include <stdint.h>

bool
es_mem_start(void)
{
	return sodium_init() >= 0;
}

void *
es_mem_alloc(size_t n)
{
	/* A block ends at a guard page, so its start is aligned only when its size is. */
	if (n > SIZE_MAX - 15 || !es_mem_start())
		return NULL;
	return sodium_malloc(n == 0 ? 16 : (n + 15) / 16 * 16);
}

void
es_mem_free(void *p)
{
	sodium_free(p);
}

void
es_mem_wipe(void *p, size_t n)
{
	if (n > 0)
		sodium_memzero(p, n);
}

bool
es_mem_equal(const void *a, const void *b, size_t n)
{
	return n == 0 || sodium_memcmp(a, b, n) == 0;
}
