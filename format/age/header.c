#include "format/age/header.h"

#include "crypto/b64.h"
#include "crypto/hash.h"
#include "format/err.h"
#include "format/slice.h"

#include <stdlib.h>

static const char intro[] = "age-encryption.org/v1\n", any_intro[] = "age-encryption.org/", mark[] = "---";

enum { MAC_TEXT = 43 }; /* characters of 32 bytes */

static bool
bad(struct envseal_err *err, const char *why)
{
	return es_failf(err, ENVSEAL_RECIPIENT, "the file was cut or changed, or made by a program that errs",
	    "age header: %s", why);
}

/* Names what begins otherwise than an age file.  Says nothing of the content: it may be a secret key. */
static bool
bad_intro(struct envseal_slice file, struct envseal_err *err)
{
	if (file.n == 0)
		return bad(err, "the file is empty");
	if (es_slice_begins(file, "age-encryption.org/v1\r") || es_slice_begins(file, "\xff\xfe"))
		return es_fail(err, ENVSEAL_RECIPIENT, "age header: the first line was changed",
		    "a shell or an editor changed the line ends or the encoding: make the file again, "
		    "armored");
	if (es_slice_begins(file, any_intro) && file.n >= sizeof intro - 1)
		return es_fail(
		    err, ENVSEAL_RECIPIENT, "age header: the version is unknown", "a newer age may read it");
	return bad(err, "this is not an age file");
}

/* Makes room for one more stanza; the room grows with what was read. */
static bool
grow(struct es_header *h, size_t *size)
{
	if (h->count < *size)
		return true;
	size_t more = *size == 0 ? 4 : *size * 2;
	struct es_stanza *stanzas = realloc(h->stanzas, more * sizeof *stanzas);
	if (stanzas == NULL)
		return false;
	h->stanzas = stanzas;
	*size = more;
	return true;
}

/* Takes the MAC line off the front of rest. */
static bool
read_mac(struct envseal_slice *rest, struct es_header *h, struct envseal_err *err)
{
	const char *why = NULL;
	struct envseal_slice line;
	size_t n = 0;

	if (!es_stanza_line(rest, &line, &why))
		return bad(err, why);
	if (line.n != 4 + MAC_TEXT || line.p[3] != ' ' ||
	    !es_b64_decode((const char *)line.p + 4, MAC_TEXT, ES_B64_BARE, h->mac, &n))
		return bad(err, "the MAC line is malformed");
	return true;
}

/* Takes the stanzas off the front of rest, up to the MAC line. */
static bool
read_stanzas(
    struct envseal_slice file, struct envseal_slice *rest, struct es_header *h, struct envseal_err *err)
{
	const char *why = NULL;
	size_t size = 0;

	while (!es_slice_begins(*rest, mark)) {
		if (h->count == ES_HEADER_STANZAS)
			return bad(err, "it has more than 16384 stanzas");
		if (!grow(h, &size))
			return es_fail_memory(err);
		if (!es_stanza_parse(rest, &h->stanzas[h->count], &why))
			return bad(err, why);
		h->count++;
		if (file.n - rest->n > ES_HEADER_LARGEST)
			return bad(err, "it is longer than 4 MiB");
	}
	return h->count > 0 || bad(err, "it has no stanza");
}

bool
es_header_parse(struct envseal_slice file, struct es_header *h, struct envseal_err *err)
{
	struct envseal_slice rest;

	memset(h, 0, sizeof *h);
	if (!es_slice_begins(file, intro))
		return bad_intro(file, err);
	rest = es_slice_from(file, sizeof intro - 1);
	if (!read_stanzas(file, &rest, h, err))
		goto failed;
	h->text = es_slice(file.p, file.n - rest.n + sizeof mark - 1);
	if (!read_mac(&rest, h, err))
		goto failed;
	h->size = file.n - rest.n;
	return true;
failed:
	es_header_free(h);
	return false;
}

void
es_header_free(struct es_header *h)
{
	free(h->stanzas);
	memset(h, 0, sizeof *h);
}

static void
make_mac(struct envseal_slice text, const struct es_file_key *key, uint8_t mac[ES_HEADER_MAC])
{
	uint8_t mac_key[ES_SHA256];

	es_hkdf(key->b, sizeof key->b, NULL, 0, "header", mac_key);
	es_hmac_sha256(mac_key, sizeof mac_key, text.p, text.n, mac);
	es_mem_wipe(mac_key, sizeof mac_key);
}

bool
es_header_mac_ok(const struct es_header *h, const struct es_file_key *key)
{
	uint8_t mac[ES_HEADER_MAC];

	make_mac(h->text, key, mac);
	bool same = es_mem_equal(mac, h->mac, sizeof mac);
	es_mem_wipe(mac, sizeof mac);
	return same;
}

void
es_header_begin(struct es_buf *out)
{
	es_buf_text(out, intro);
}

void
es_header_end(struct es_buf *out, size_t start, const struct es_file_key *key)
{
	uint8_t mac[ES_HEADER_MAC];
	char text[MAC_TEXT];

	es_buf_text(out, mark);
	if (!es_buf_ok(out))
		return;
	make_mac(es_slice(out->p + start, out->n - start), key, mac);
	es_b64_encode(mac, sizeof mac, ES_B64_BARE, text);
	es_buf_byte(out, ' ');
	es_buf_put(out, text, sizeof text);
	es_buf_byte(out, '\n');
}
