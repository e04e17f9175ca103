#include "crypto/hash.h"

#include <sodium.h>
#include <string.h>

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(struct es_sha256), "es_sha256.state is too small");
_Static_assert(
    _Alignof(crypto_hash_sha256_state) <= _Alignof(struct es_sha256), "es_sha256.state is not aligned");
_Static_assert(sizeof(crypto_hash_sha512_state) <= sizeof(struct es_sha512), "es_sha512.state is too small");
_Static_assert(
    _Alignof(crypto_hash_sha512_state) <= _Alignof(struct es_sha512), "es_sha512.state is not aligned");

static crypto_hash_sha256_state *
state256(struct es_sha256 *h)
{
	return (crypto_hash_sha256_state *)(void *)h->state;
}

static crypto_hash_sha512_state *
state512(struct es_sha512 *h)
{
	return (crypto_hash_sha512_state *)(void *)h->state;
}

void
es_sha256_begin(struct es_sha256 *h)
{
	(void)crypto_hash_sha256_init(state256(h));
}

void
es_sha256_add(struct es_sha256 *h, const void *p, size_t n)
{
	if (n > 0)
		(void)crypto_hash_sha256_update(state256(h), p, n);
}

void
es_sha256_end(struct es_sha256 *h, uint8_t digest[ES_SHA256])
{
	(void)crypto_hash_sha256_final(state256(h), digest);
	es_mem_wipe(h, sizeof *h);
}

void
es_sha512_begin(struct es_sha512 *h)
{
	(void)crypto_hash_sha512_init(state512(h));
}

void
es_sha512_add(struct es_sha512 *h, const void *p, size_t n)
{
	if (n > 0)
		(void)crypto_hash_sha512_update(state512(h), p, n);
}

void
es_sha512_end(struct es_sha512 *h, uint8_t digest[ES_SHA512])
{
	(void)crypto_hash_sha512_final(state512(h), digest);
	es_mem_wipe(h, sizeof *h);
}

/* HMAC over two pieces, either of which may be empty; so may the key. */
static void
hmac(const uint8_t *key, size_t key_n, const void *first, size_t first_n, const void *second, size_t second_n,
    uint8_t *mac)
{
	static const uint8_t none[1];
	crypto_auth_hmacsha256_state state;
	(void)crypto_auth_hmacsha256_init(&state, key_n > 0 ? key : none, key_n);
	if (first_n > 0)
		(void)crypto_auth_hmacsha256_update(&state, first, first_n);
	if (second_n > 0)
		(void)crypto_auth_hmacsha256_update(&state, second, second_n);
	(void)crypto_auth_hmacsha256_final(&state, mac);
	es_mem_wipe(&state, sizeof state);
}

void
es_hmac_sha256(const uint8_t *key, size_t key_n, const void *p, size_t n, uint8_t mac[ES_SHA256])
{
	hmac(key, key_n, p, n, NULL, 0, mac);
}

void
es_hkdf(const uint8_t *ikm, size_t ikm_n, const uint8_t *salt, size_t salt_n, const char *info,
    uint8_t okm[ES_SHA256])
{
	/* An empty HMAC key is padded with zeros, so it equals the salt of 32 zero bytes. */
	static const uint8_t first_block = 1;
	uint8_t prk[ES_SHA256];
	hmac(salt, salt_n, ikm, ikm_n, NULL, 0, prk);
	hmac(prk, sizeof prk, info, strlen(info), &first_block, 1, okm);
	es_mem_wipe(prk, sizeof prk);
}
