#include "crypto/gcm.h"

#include <bearssl.h>
#include <string.h>

enum { BLOCK = 16, SHORT_NONCE = 12 };

/* What es_gcm.state holds.  It may alias, because the public type is plain bytes. */
struct key {
	br_aes_gen_ctr_keys aes; /* begins with the vtable of the implementation */
	br_ghash ghash;
	uint8_t h[BLOCK]; /* the hash key: the zero block encrypted */
} __attribute__((may_alias));

_Static_assert(sizeof(struct key) <= sizeof(struct es_gcm), "es_gcm.state is too small");
_Static_assert(_Alignof(struct key) <= _Alignof(struct es_gcm), "es_gcm.state is not aligned");

/* What one message needs besides the key. */
struct message {
	uint8_t start[BLOCK]; /* the first counter block */
	uint8_t mask[BLOCK]; /* start encrypted: hides the hash in the tag */
	uint8_t hash[BLOCK];
	uint32_t next; /* the counter of the first block of text */
};

static const struct key *
key_of(const struct es_gcm *g)
{
	return (const struct key *)(const void *)g->state;
}

static void
put64(uint8_t *p, uint64_t v)
{
	for (size_t i = 8; i-- > 0; v >>= 8)
		p[i] = (uint8_t)v;
}

static uint32_t
get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The last block of every hash: both lengths, in bits. */
static void
hash_lengths(const struct key *k, uint8_t *hash, size_t first, size_t second)
{
	uint8_t lengths[BLOCK];
	put64(lengths, (uint64_t)first * 8);
	put64(lengths + 8, (uint64_t)second * 8);
	k->ghash(hash, k->h, lengths, sizeof lengths);
}

static void
begin(const struct key *k, struct message *m, const uint8_t *nonce, size_t nonce_n)
{
	memset(m, 0, sizeof *m);
	if (nonce_n == SHORT_NONCE) {
		memcpy(m->start, nonce, SHORT_NONCE);
		m->start[BLOCK - 1] = 1;
	} else {
		k->ghash(m->start, k->h, nonce, nonce_n);
		hash_lengths(k, m->start, 0, nonce_n);
	}
	/* The counter wraps at 32 bits, as SP 800-38D wants it; a long nonce may start anywhere. */
	m->next = k->aes.vtable->run(&k->aes.vtable, m->start, get32(m->start + SHORT_NONCE), m->mask, BLOCK);
}

/* Encrypts or decrypts in place; the two are the same in counter mode. */
static void
apply(const struct key *k, const struct message *m, uint8_t *text, size_t n)
{
	if (n > 0)
		(void)k->aes.vtable->run(&k->aes.vtable, m->start, m->next, text, n);
}

/* Leaves the tag in m->hash. */
static void
authenticate(
    const struct key *k, struct message *m, const uint8_t *aad, size_t aad_n, const uint8_t *sealed, size_t n)
{
	if (aad_n > 0)
		k->ghash(m->hash, k->h, aad, aad_n);
	if (n > 0)
		k->ghash(m->hash, k->h, sealed, n);
	hash_lengths(k, m->hash, aad_n, n);
	for (size_t i = 0; i < BLOCK; i++)
		m->hash[i] ^= m->mask[i];
}

static void
set_up(struct es_gcm *g, const uint8_t *key, const br_block_ctr_class *aes, br_ghash ghash)
{
	static const uint8_t zero[BLOCK];
	struct key *k = (struct key *)(void *)g->state;
	memset(g, 0, sizeof *g);
	aes->init(&k->aes.vtable, key, ES_GCM_KEY);
	k->ghash = ghash;
	(void)aes->run(&k->aes.vtable, zero, 0, k->h, BLOCK);
}

void
es_gcm_init(struct es_gcm *g, const uint8_t key[ES_GCM_KEY])
{
	const br_block_ctr_class *aes = br_aes_x86ni_ctr_get_vtable();
	if (aes == NULL)
		aes = br_aes_pwr8_ctr_get_vtable();
	br_ghash ghash = br_ghash_pclmul_get();
	if (ghash == NULL)
		ghash = br_ghash_pwr8_get();
	set_up(g, key, aes != NULL ? aes : &br_aes_ct64_ctr_vtable, ghash != NULL ? ghash : br_ghash_ctmul64);
}

void
es_gcm_init_portable(struct es_gcm *g, const uint8_t key[ES_GCM_KEY])
{
	set_up(g, key, &br_aes_ct64_ctr_vtable, br_ghash_ctmul64);
}

void
es_gcm_seal(const struct es_gcm *g, const uint8_t *nonce, size_t nonce_n, const uint8_t *aad, size_t aad_n,
    const uint8_t *plain, size_t n, uint8_t *sealed, uint8_t tag[ES_GCM_TAG])
{
	const struct key *k = key_of(g);
	struct message m;
	begin(k, &m, nonce, nonce_n);
	if (n > 0 && sealed != plain)
		memcpy(sealed, plain, n);
	apply(k, &m, sealed, n);
	authenticate(k, &m, aad, aad_n, sealed, n);
	memcpy(tag, m.hash, ES_GCM_TAG);
	es_mem_wipe(&m, sizeof m);
}

bool
es_gcm_open(const struct es_gcm *g, const uint8_t *nonce, size_t nonce_n, const uint8_t *aad, size_t aad_n,
    const uint8_t *sealed, size_t n, const uint8_t tag[ES_GCM_TAG], uint8_t *plain)
{
	const struct key *k = key_of(g);
	struct message m;
	begin(k, &m, nonce, nonce_n);
	authenticate(k, &m, aad, aad_n, sealed, n);
	bool authentic = es_mem_equal(m.hash, tag, ES_GCM_TAG);
	if (authentic) {
		if (n > 0 && plain != sealed)
			memcpy(plain, sealed, n);
		apply(k, &m, plain, n);
	} else if (n > 0) {
		memset(plain, 0, n);
	}
	es_mem_wipe(&m, sizeof m);
	return authentic;
}
