#include "format/sops/token.h"

#include "crypto/b64.h"

static const char head[] = "ENC[AES256_GCM,data:";
static const char iv_mark[] = ",iv:";
static const char tag_mark[] = ",tag:";
static const char type_mark[] = ",type:";

enum { SMALL_AAD = 256, SMALL_VALUE = 1024, LONGEST_IV = 64 };

/* Takes the text up to mark off rest, and the mark itself. */
static bool
take_until(struct envseal_slice *rest, const char *mark, struct envseal_slice *part)
{
	size_t n = es_slice_find(*rest, (uint8_t)mark[0]);
	*part = es_slice(rest->p, n);
	*rest = es_slice_from(*rest, n);
	if (n == 0 || !es_slice_begins(*rest, mark))
		return false;
	*rest = es_slice_from(*rest, strlen(mark));
	return true;
}

bool
es_token_parse(struct envseal_slice text, struct es_token *token)
{
	if (!es_slice_begins(text, head))
		return false;
	text = es_slice_from(text, sizeof head - 1);
	return take_until(&text, iv_mark, &token->data) && take_until(&text, tag_mark, &token->iv) &&
	       take_until(&text, type_mark, &token->tag) && take_until(&text, "]", &token->type) &&
	       text.n == 0;
}

size_t
es_token_plain_max(const struct es_token *token)
{
	return es_b64_decoded_max(token->data.n);
}

size_t
es_token_length(size_t n, const char *type)
{
	return sizeof head - 1 + es_b64_encoded(n, ES_B64_PADDED) + sizeof iv_mark - 1 +
	       es_b64_encoded(ES_TOKEN_IV, ES_B64_PADDED) + sizeof tag_mark - 1 +
	       es_b64_encoded(ES_GCM_TAG, ES_B64_PADDED) + sizeof type_mark - 1 + strlen(type) + 1;
}

/* Memory for n bytes: the room on the stack when it is enough. */
static uint8_t *
room_for(size_t n, uint8_t *small, size_t small_n)
{
	return n <= small_n ? small : es_mem_alloc(n);
}

static void
room_free(uint8_t *room, const uint8_t *small)
{
	if (room != small)
		es_mem_free(room);
}

/* The additional data: aad, and ':' when wanted. */
static struct envseal_slice
whole_aad(struct envseal_slice aad, bool colon, uint8_t *room)
{
	if (!colon)
		return aad;
	if (aad.n > 0)
		memcpy(room, aad.p, aad.n);
	room[aad.n] = ':';
	return es_slice(room, aad.n + 1);
}

enum es_token_result
es_token_open(const struct es_gcm *gcm, const struct es_token *token, struct envseal_slice aad, bool colon,
    uint8_t *plain, size_t *n)
{
	uint8_t iv[LONGEST_IV + 2], tag[ES_GCM_TAG + 2], small[SMALL_AAD];
	size_t iv_n, tag_n;

	if (token->iv.n > (LONGEST_IV + 2) / 3 * 4 || token->tag.n > (ES_GCM_TAG + 2) / 3 * 4 ||
	    !es_b64_decode((const char *)token->iv.p, token->iv.n, ES_B64_PADDED, iv, &iv_n) ||
	    !es_b64_decode((const char *)token->tag.p, token->tag.n, ES_B64_PADDED, tag, &tag_n) ||
	    !es_b64_decode((const char *)token->data.p, token->data.n, ES_B64_PADDED, plain, n) ||
	    iv_n == 0 || tag_n != ES_GCM_TAG)
		return ES_TOKEN_BAD;
	uint8_t *room = room_for(aad.n + 1, small, sizeof small);
	if (room == NULL)
		return ES_TOKEN_NO_MEMORY;
	struct envseal_slice all = whole_aad(aad, colon, room);
	bool ok = es_gcm_open(gcm, iv, iv_n, all.p, all.n, plain, *n, tag, plain);
	room_free(room, small);
	return ok ? ES_TOKEN_OPENED : ES_TOKEN_BAD;
}

static char *
put_text(char *at, const char *text)
{
	size_t n = strlen(text);
	memcpy(at, text, n);
	return at + n;
}

static char *
put_b64(char *at, const uint8_t *p, size_t n)
{
	es_b64_encode(p, n, ES_B64_PADDED, at);
	return at + es_b64_encoded(n, ES_B64_PADDED);
}

bool
es_token_seal(const struct es_gcm *gcm, const uint8_t iv[ES_TOKEN_IV], struct envseal_slice aad, bool colon,
    struct envseal_slice plain, const char *type, char *text)
{
	uint8_t tag[ES_GCM_TAG], small_aad[SMALL_AAD], small_data[SMALL_VALUE];
	uint8_t *room = room_for(aad.n + 1, small_aad, sizeof small_aad);
	uint8_t *data = room_for(plain.n, small_data, sizeof small_data);
	bool ok = room != NULL && data != NULL;

	if (ok) {
		struct envseal_slice all = whole_aad(aad, colon, room);
		es_gcm_seal(gcm, iv, ES_TOKEN_IV, all.p, all.n, plain.p, plain.n, data, tag);
		text = put_b64(put_text(text, head), data, plain.n);
		text = put_b64(put_text(text, iv_mark), iv, ES_TOKEN_IV);
		text = put_b64(put_text(text, tag_mark), tag, sizeof tag);
		put_text(put_text(put_text(text, type_mark), type), "]");
	}
	room_free(room, small_aad);
	room_free(data, small_data);
	return ok;
}
