/*
 * hash - SHA-256, SHA-512 and what is made of them: HMAC-SHA-256 and HKDF-SHA-256 (RFC 5869), by libsodium.
 */
#ifndef ES_HASH_H
#define ES_HASH_H

#include "crypto/core/mem.h"

#include <stdint.h>

enum { ES_SHA256 = 32, ES_SHA512 = 64 };

/* SHA-256 piece by piece; the state may hold secrets: es_sha256_end wipes it. */
struct es_sha256 {
	_Alignas(16) uint8_t state[128];
};
void es_sha256_begin(struct es_sha256 *h);
void es_sha256_add(struct es_sha256 *h, const void *p, size_t n);
void es_sha256_end(struct es_sha256 *h, uint8_t digest[ES_SHA256]);

/* SHA-512 piece by piece, likewise. */
struct es_sha512 {
	_Alignas(16) uint8_t state[256];
};
void es_sha512_begin(struct es_sha512 *h);
void es_sha512_add(struct es_sha512 *h, const void *p, size_t n);
void es_sha512_end(struct es_sha512 *h, uint8_t digest[ES_SHA512]);

/* HMAC-SHA-256 of n bytes under a key of any length (RFC 2104). */
void es_hmac_sha256(const uint8_t *key, size_t key_n, const void *p, size_t n, uint8_t mac[ES_SHA256]);

/* HKDF-SHA-256 with 32 bytes of output; info is a text without its NUL.  salt_n may be 0 (then salt is not looked
 * at), which equals 32 zero bytes. */
void es_hkdf(const uint8_t *ikm, size_t ikm_n, const uint8_t *salt, size_t salt_n, const char *info,
    uint8_t okm[ES_SHA256]);

#endif
