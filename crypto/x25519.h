/*
 * x25519 - Diffie-Hellman on Curve25519 (RFC 7748), by libsodium.
 */
#ifndef ES_X25519_H
#define ES_X25519_H

#include "crypto/core/mem.h"

#include <stdint.h>

enum { ES_X25519 = 32 }; /* bytes of a scalar, of a point, of a shared secret */

/* The public point of a secret scalar; the scalar is clamped as it is used. */
void es_x25519_public(uint8_t point[ES_X25519], const uint8_t scalar[ES_X25519]);

/* The shared secret.  False: the point is of low order, the secret would be all zero. */
bool es_x25519_shared(
    uint8_t secret[ES_X25519], const uint8_t scalar[ES_X25519], const uint8_t point[ES_X25519]) ES_MUST_USE;

#endif
