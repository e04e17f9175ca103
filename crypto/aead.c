#include "crypto/aead.h"

#include <sodium.h>

_Static_assert(ES_AEAD_KEY == crypto_aead_chacha20poly1305_ietf_KEYBYTES, "key size");
_Static_assert(ES_AEAD_NONCE == crypto_aead_chacha20poly1305_ietf_NPUBBYTES, "nonce size");
_Static_assert(ES_AEAD_TAG == crypto_aead_chacha20poly1305_ietf_ABYTES, "tag size");

void
es_aead_seal(const uint8_t key[ES_AEAD_KEY], const uint8_t nonce[ES_AEAD_NONCE], const uint8_t *plain,
    size_t n, uint8_t *sealed)
{
	(void)crypto_aead_chacha20poly1305_ietf_encrypt(sealed, NULL, plain, n, NULL, 0, NULL, nonce, key);
}

bool
es_aead_open(const uint8_t key[ES_AEAD_KEY], const uint8_t nonce[ES_AEAD_NONCE], const uint8_t *sealed,
    size_t n, uint8_t *plain)
{
	return crypto_aead_chacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed, n, NULL, 0, nonce, key) ==
	       0;
}
