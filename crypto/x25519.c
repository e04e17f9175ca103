#include "crypto/x25519.h"

#include <sodium.h>

_Static_assert(ES_X25519 == crypto_scalarmult_curve25519_BYTES, "point size");
_Static_assert(ES_X25519 == crypto_scalarmult_curve25519_SCALARBYTES, "scalar size");

void
es_x25519_public(uint8_t point[ES_X25519], const uint8_t scalar[ES_X25519])
{
	/* It returns 0 always: a clamped multiple of the base point is never of low order. */
	(void)crypto_scalarmult_curve25519_base(point, scalar);
}

bool
es_x25519_shared(uint8_t secret[ES_X25519], const uint8_t scalar[ES_X25519], const uint8_t point[ES_X25519])
{
	bool good = crypto_scalarmult_curve25519(secret, scalar, point) == 0;
	if (!good)
		es_mem_wipe(secret, ES_X25519);
	return good;
}
