#include "crypto/rand.h"

#include <sodium.h>

void
es_rand(void *p, size_t n)
{
	if (n > 0)
		randombytes_buf(p, n);
}
