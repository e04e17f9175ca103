#include "format/key/k_x25519.h"

#include "crypto/aead.h"
#include "crypto/b64.h"
#include "crypto/hash.h"
#include "crypto/x25519.h"
#include "format/context.h"
#include "format/key/bech32.h"
#include "format/key/identity.h"
#include "format/key/stanza.h"
#include "format/slice.h"

static const char recipient_hrp[] = "age", identity_hrp[] = "AGE-SECRET-KEY-";
static const char label[] = "age-encryption.org/v1/X25519";
static const uint8_t zero_nonce[ES_AEAD_NONCE];

enum { SHARE_TEXT = 43 /* characters of 32 bytes */, BODY = sizeof(struct es_file_key) + ES_AEAD_TAG };

/* Reads either text: 32 bytes under that HRP, in its case. */
static bool
read_key(struct envseal_slice text, const char *hrp, uint8_t key[ES_KEY], const char **why)
{
	struct es_bech32 found;

	if (!es_bech32_decode(text, key, ES_KEY, &found, why))
		return false;
	if (found.n == ES_KEY && es_slice_is(found.hrp, hrp))
		return true;
	*why = found.n != ES_KEY ? "it has the wrong length" : "its first part is wrong";
	es_mem_wipe(key, ES_KEY);
	return false;
}

static bool
read_recipient(struct envseal_slice text, uint8_t key[ES_KEY], const char **why)
{
	return read_key(text, recipient_hrp, key, why);
}

static bool
check_recipient(const uint8_t key[ES_KEY], const char **why)
{
	static const uint8_t any_scalar[ES_X25519] = {1};
	uint8_t product[ES_X25519];

	if (es_x25519_shared(product, any_scalar, key))
		return true;
	*why = "it is a point of low order, to which nothing can be sealed";
	return false;
}

static bool
read_identity(struct envseal_slice text, uint8_t secret[ES_KEY], const char **why)
{
	return read_key(text, identity_hrp, secret, why);
}

static void
derive(const uint8_t secret[ES_KEY], uint8_t key[ES_KEY], char text[ES_KEY_TEXT])
{
	es_x25519_public(key, secret);
	es_bech32_encode(recipient_hrp, key, ES_KEY, text);
}

static void
write_identity(const uint8_t secret[ES_KEY], char text[ES_KEY_TEXT])
{
	es_bech32_encode(identity_hrp, secret, ES_KEY, text);
}

/* The key that wraps the file key.  shared is wiped. */
static void
wrap_key(uint8_t shared[ES_X25519], const uint8_t share[ES_X25519], const uint8_t recipient[ES_X25519],
    uint8_t key[ES_AEAD_KEY])
{
	uint8_t salt[2 * ES_X25519];

	memcpy(salt, share, ES_X25519);
	memcpy(salt + ES_X25519, recipient, ES_X25519);
	es_hkdf(shared, ES_X25519, salt, sizeof salt, label, key);
	es_mem_wipe(shared, ES_X25519);
}

static bool
wrap(const struct envseal *es, const struct es_recipient *to, const struct es_file_key *file_key,
    struct es_buf *out, const char **why)
{
	uint8_t ephemeral[ES_X25519], share[ES_X25519], shared[ES_X25519], key[ES_AEAD_KEY], body[BODY];
	char text[SHARE_TEXT];

	es_context_random(es, ephemeral, sizeof ephemeral);
	es_x25519_public(share, ephemeral);
	bool fine = es_x25519_shared(shared, ephemeral, to->key);
	es_mem_wipe(ephemeral, sizeof ephemeral);
	if (!fine) {
		*why = "the recipient is a point of low order";
		return false;
	}
	wrap_key(shared, share, to->key, key);
	es_aead_seal(key, zero_nonce, file_key->b, sizeof file_key->b, body);
	es_mem_wipe(key, sizeof key);
	es_b64_encode(share, sizeof share, ES_B64_BARE, text);
	struct envseal_slice args[] = {es_slice_text(es_k_x25519.stanza), es_slice(text, sizeof text)};
	es_stanza_put(out, args, 2, body, sizeof body);
	return true;
}

/* The share of a stanza, its form checked in the order that the format gives. */
static bool
read_share(const struct es_stanza *s, uint8_t share[ES_X25519], const char **why)
{
	size_t n = 0;

	if (s->count != 1) {
		*why = "an X25519 stanza does not have exactly one argument";
		return false;
	}
	struct envseal_slice arg = es_stanza_arg(s, 0);
	if (arg.n != SHARE_TEXT || !es_b64_decode((const char *)arg.p, arg.n, ES_B64_BARE, share, &n)) {
		*why = "the share of an X25519 stanza is not canonical base64 of 32 bytes";
		return false;
	}
	/* A body of another length is refused before it is tried: no two keys may open the same one. */
	if (s->body != BODY) {
		*why = "the body of an X25519 stanza is not 32 bytes";
		return false;
	}
	return true;
}

static enum es_unwrap
unwrap(const struct es_identity *identity, const struct es_stanza *s, struct es_file_key *file_key,
    const char **why)
{
	uint8_t share[ES_X25519], shared[ES_X25519], key[ES_AEAD_KEY], body[BODY];

	if (!read_share(s, share, why))
		return ES_UNWRAP_MALFORMED;
	if (!es_x25519_shared(shared, identity->secret, share)) {
		*why = "the share of an X25519 stanza is a point of low order";
		return ES_UNWRAP_MALFORMED;
	}
	wrap_key(shared, share, identity->key, key);
	es_stanza_body(s, body);
	bool opened = es_aead_open(key, zero_nonce, body, sizeof body, file_key->b);
	es_mem_wipe(key, sizeof key);
	return opened ? ES_UNWRAP_OPENED : ES_UNWRAP_NOT_MINE;
}

const struct es_kind es_k_x25519 = {
    .name = "X25519",
    .stanza = "X25519",
    .recipient_prefix = "age1",
    .identity_prefix = "AGE-SECRET-KEY-1",
    .read_recipient = read_recipient,
    .check_recipient = check_recipient,
    .read_identity = read_identity,
    .derive = derive,
    .write_identity = write_identity,
    .wrap = wrap,
    .unwrap = unwrap,
};
