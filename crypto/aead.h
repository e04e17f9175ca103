/*
 * aead - ChaCha20-Poly1305 with 12-byte nonces (RFC 8439), by libsodium.
 */
#ifndef ES_AEAD_H
#define ES_AEAD_H

#include "crypto/core/mem.h"

#include <stdint.h>

enum { ES_AEAD_KEY = 32, ES_AEAD_NONCE = 12, ES_AEAD_TAG = 16 };

/* Encrypts n bytes of plain into sealed (n + ES_AEAD_TAG bytes, the tag last; may be the same place, else apart); no
 * additional data. */
void es_aead_seal(const uint8_t key[ES_AEAD_KEY], const uint8_t nonce[ES_AEAD_NONCE], const uint8_t *plain,
    size_t n, uint8_t *sealed);

/* Decrypts sealed (n bytes with the tag) into plain (n - ES_AEAD_TAG bytes; may be the same place, else apart).
 * False: too short, or not authentic; plain is zeroed then. */
bool es_aead_open(const uint8_t key[ES_AEAD_KEY], const uint8_t nonce[ES_AEAD_NONCE], const uint8_t *sealed,
    size_t n, uint8_t *plain) ES_MUST_USE;

#endif
