/*
 * gcm - AES-256-GCM with nonces of any length (NIST SP 800-38D), by BearSSL, constant time on every path.
 *
 * SOPS uses nonces of 32 bytes, which libsodium's AES-GCM does not take.
 */
#ifndef ES_GCM_H
#define ES_GCM_H

#include "crypto/core/mem.h"

#include <stdint.h>

enum { ES_GCM_KEY = 32, ES_GCM_TAG = 16 };

/* A key made ready.  Once set up it is only read: any number of threads may use it at once.  Holds the key: keep it
 * in guarded memory and wipe it. */
struct es_gcm {
	_Alignas(16) uint8_t state[320];
};

/* Chooses the fastest implementation the processor has (some microseconds: once per key, not per value). */
void es_gcm_init(struct es_gcm *g, const uint8_t key[ES_GCM_KEY]);

/* The same with what runs on any processor: slower, and needed directly only to test it. */
void es_gcm_init_portable(struct es_gcm *g, const uint8_t key[ES_GCM_KEY]);

/* Encrypts n bytes of plain (at most 2^36 - 32) into sealed (n bytes; may be the same place, else apart) and writes
 * the tag.  nonce_n is at least 1; with 12 the nonce is used as it is, with any other length it is hashed. */
void es_gcm_seal(const struct es_gcm *g, const uint8_t *nonce, size_t nonce_n, const uint8_t *aad,
    size_t aad_n, const uint8_t *plain, size_t n, uint8_t *sealed, uint8_t tag[ES_GCM_TAG]);

/* Decrypts n bytes of sealed into plain (n bytes; may be the same place, else apart).  False: not authentic; plain is
 * zeroed.  Nothing is decrypted before the tag has been checked. */
bool es_gcm_open(const struct es_gcm *g, const uint8_t *nonce, size_t nonce_n, const uint8_t *aad,
    size_t aad_n, const uint8_t *sealed, size_t n, const uint8_t tag[ES_GCM_TAG], uint8_t *plain) ES_MUST_USE;

#endif
