#include "format/age/age.h"

#include "crypto/aead.h"
#include "crypto/hash.h"
#include "format/age/armor.h"
#include "format/age/header.h"
#include "format/context.h"
#include "format/err.h"
#include "format/slice.h"

enum { NONCE = 16, STANZA_SIZE = 98, FRAME_SIZE = 256 };

/* The nonce of the only chunk: number 0, and the mark of the last one. */
static const uint8_t only_chunk[ES_AEAD_NONCE] = {[ES_AEAD_NONCE - 1] = 1};

/* ---- sealing ---- */

/* Appends the binary file. */
static bool
seal(const struct envseal *es, const struct es_recipient *const *to, size_t count, struct envseal_slice plain,
    struct es_buf *out, struct envseal_err *err)
{
	struct es_file_key file_key;
	uint8_t nonce[NONCE], key[ES_SHA256];
	size_t start = out->n;
	const char *why = NULL;
	bool sealed = false;

	es_context_random(es, file_key.b, sizeof file_key.b);
	es_header_begin(out);
	for (size_t i = 0; i < count; i++) {
		if (!to[i]->kind->wrap(es, to[i], &file_key, out, &why)) {
			es_fail(err, ENVSEAL_RECIPIENT, why, NULL);
			goto out;
		}
	}
	es_header_end(out, start, &file_key);
	es_context_random(es, nonce, sizeof nonce);
	es_buf_put(out, nonce, sizeof nonce);
	es_hkdf(file_key.b, sizeof file_key.b, nonce, sizeof nonce, "payload", key);
	uint8_t *chunk = es_buf_space(out, plain.n + ES_AEAD_TAG);
	if (chunk == NULL) {
		es_fail_memory(err);
		goto out;
	}
	es_aead_seal(key, only_chunk, plain.p, plain.n, chunk);
	sealed = true;
out:
	es_mem_wipe(&file_key, sizeof file_key);
	es_mem_wipe(key, sizeof key);
	if (!sealed)
		out->n = start;
	return sealed;
}

bool
es_age_seal(const struct envseal *es, const struct es_recipient *const *to, size_t count,
    struct envseal_slice plain, bool armored, struct es_buf *out, struct envseal_err *err)
{
	size_t size = FRAME_SIZE + STANZA_SIZE * count + plain.n, start = out->n;
	struct es_buf file = es_buf_make(size);
	bool sealed = false;

	if (count == 0)
		return es_fail(err, ENVSEAL_RECIPIENT, "there is no recipient", "name at least one");
	if (count > ES_HEADER_RECIPIENTS)
		return es_failf(err, ENVSEAL_RECIPIENT, "name fewer",
		    "more than %d recipients, which age does not read", ES_HEADER_RECIPIENTS);
	if (plain.n > ES_AGE_PLAIN)
		return es_fail(err, ENVSEAL_RECIPIENT, "age payload: longer than 64 KiB", NULL);
	if (!armored)
		return seal(es, to, count, plain, out, err);
	es_buf_reserve(&file, size);
	if (!seal(es, to, count, plain, &file, err))
		goto out;
	es_armor_write(es_slice(file.p, file.n), out);
	if (!es_buf_ok(out)) {
		es_fail_memory(err);
		goto out;
	}
	sealed = true;
out:
	if (!sealed)
		out->n = start;
	es_buf_free(&file);
	return sealed;
}

/* ---- opening ---- */

/* A passphrase stanza must be alone, whichever identities there are. */
static bool
check_alone(const struct es_header *h, struct envseal_err *err)
{
	for (size_t i = 0; h->count > 1 && i < h->count; i++) {
		if (es_slice_is(h->stanzas[i].type, "scrypt"))
			return es_fail(err, ENVSEAL_RECIPIENT,
			    "age header: a passphrase stands beside other recipients, which is forbidden",
			    "do not trust this file: somebody put it together");
	}
	return true;
}

static bool
no_match(const struct es_header *h, size_t identities, struct envseal_err *err)
{
	if (es_slice_is(h->stanzas[0].type, "scrypt"))
		return es_fail(err, ENVSEAL_NO_KEY, "the file is encrypted with a passphrase",
		    "open it with age, and seal it to a recipient");
	if (identities == 0)
		return es_fail(err, ENVSEAL_NO_KEY, "there is no identity to open it with",
		    "give one with --identity FILE, or set SOPS_AGE_KEY_FILE");
	return es_failf(err, ENVSEAL_NO_KEY, "ask a person who can read it to add your recipient",
	    "none of the identities fits (%zu tried)", identities);
}

/* Unwraps the file key: each identity in turn tries the stanzas of its kind in the order of the header. */
static bool
find_key(const struct es_header *h, struct envseal_identities *ids, struct es_file_key *key,
    struct envseal_err *err)
{
	size_t identities = envseal_identities_count(ids);
	const char *why = NULL;

	for (size_t i = 0; i < identities; i++) {
		const struct es_kind *kind = es_identities_kind(ids, i);
		for (size_t s = 0; s < h->count; s++) {
			if (!es_slice_is(h->stanzas[s].type, kind->stanza))
				continue;
			enum es_unwrap done =
			    kind->unwrap(es_identities_get(ids, i), &h->stanzas[s], key, &why);
			if (done == ES_UNWRAP_OPENED)
				return true;
			if (done == ES_UNWRAP_MALFORMED)
				return es_failf(err, ENVSEAL_RECIPIENT,
				    "the file was changed, or made by a program that errs", "age header: %s",
				    why);
		}
	}
	return no_match(h, identities, err);
}

/* Opens nonce and chunk, which are the rest of the file. */
static bool
open_payload(struct envseal_slice rest, const struct es_file_key *file_key, struct es_buf *plain,
    struct envseal_err *err)
{
	static const char hint[] = "the file was cut or changed: copy it again";
	uint8_t key[ES_SHA256];

	if (rest.n < NONCE)
		return es_fail(err, ENVSEAL_RECIPIENT, "age header: the nonce behind it is cut short", hint);
	struct envseal_slice chunk = es_slice_from(rest, NONCE);
	if (chunk.n < ES_AEAD_TAG)
		return es_fail(err, ENVSEAL_RECIPIENT, "age payload: it is cut short", hint);
	size_t n = chunk.n - ES_AEAD_TAG;
	if (n > ES_AGE_PLAIN || n > plain->cap - plain->n)
		return es_fail(
		    err, ENVSEAL_RECIPIENT, "age payload: it is longer than what belongs here", NULL);
	uint8_t *room = es_buf_space(plain, n);
	if (room == NULL)
		return es_fail_memory(err);
	es_hkdf(file_key->b, sizeof file_key->b, rest.p, NONCE, "payload", key);
	bool opened = es_aead_open(key, only_chunk, chunk.p, chunk.n, room);
	es_mem_wipe(key, sizeof key);
	if (opened)
		return true;
	es_mem_wipe(room, n);
	plain->n -= n;
	return es_fail(err, ENVSEAL_RECIPIENT, "age payload: it does not open, or is not complete", hint);
}

static bool
open_binary(
    struct envseal_slice file, struct envseal_identities *ids, struct es_buf *plain, struct envseal_err *err)
{
	struct es_header header;
	struct es_file_key key = {{0}};
	bool opened = false;

	if (!es_header_parse(file, &header, err))
		return false;
	if (!check_alone(&header, err) || !find_key(&header, ids, &key, err))
		goto out;
	if (!es_header_mac_ok(&header, &key)) {
		es_fail(err, ENVSEAL_RECIPIENT, "age MAC: the header was changed after it was made",
		    "do not trust this file; take an earlier version");
		goto out;
	}
	opened = open_payload(es_slice_from(file, header.size), &key, plain, err);
out:
	es_mem_wipe(&key, sizeof key);
	es_header_free(&header);
	return opened;
}

bool
es_age_open(
    struct envseal_slice file, struct envseal_identities *ids, struct es_buf *plain, struct envseal_err *err)
{
	if (!es_armor_is(file))
		return open_binary(file, ids, plain, err);
	struct es_buf binary = es_buf_make(file.n);
	bool opened =
	    es_armor_read(file, &binary, err) && open_binary(es_slice(binary.p, binary.n), ids, plain, err);
	es_buf_free(&binary);
	return opened;
}
