/*
 * fuzz_age - age files from outside: armor, header, opening.
 *
 * Holds: a header that parses is written again byte for byte; armor that reads is written, and read again to
 * the same bytes; a file that opens is one that was sealed to our key (its plaintext opens again after
 * sealing it anew).
 */
#include "format/age/age.h"

#include "format/age/armor.h"
#include "format/age/header.h"
#include "format/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(cond) ((cond) ? (void)0 : abort())

static const char identity[] = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";

/* The same randomness in every run. */
static void
steady(void *ctx, void *p, size_t n)
{
	uint8_t *next = ctx;

	for (size_t i = 0; i < n; i++)
		((uint8_t *)p)[i] = (*next)++;
}

static void
check_header(struct envseal_slice file)
{
	struct envseal_err err = {0};
	struct es_header h;
	struct es_file_key key = {{0}};

	if (!es_header_parse(file, &h, &err)) {
		HOLDS(err.code != ENVSEAL_OK && err.what[0] != '\0');
		return;
	}
	struct es_buf text = es_buf_make(2 * h.size + 1024);
	es_header_begin(&text);
	for (size_t i = 0; i < h.count; i++) {
		const struct es_stanza *s = &h.stanzas[i];
		/* The arguments as one piece: they are written with the blanks that they have. */
		struct envseal_slice args[] = {s->type, s->args};
		uint8_t *body = malloc(s->body + 1);
		HOLDS(body != NULL);
		es_stanza_body(s, body);
		for (size_t a = 0; a < s->count; a++)
			HOLDS(es_stanza_arg(s, a).n > 0);
		es_stanza_put(&text, args, s->count > 0 ? 2 : 1, body, s->body);
		free(body);
	}
	HOLDS(text.n + 3 == h.text.n && memcmp(text.p, h.text.p, text.n) == 0);
	/* With the MAC of some key it parses to the same stanzas, and that key fits. */
	es_header_end(&text, 0, &key);
	struct es_header again;
	HOLDS(es_header_parse(es_slice(text.p, text.n), &again, &err));
	HOLDS(again.count == h.count && again.size == h.size && es_header_mac_ok(&again, &key));
	es_header_free(&again);
	es_header_free(&h);
	es_buf_free(&text);
}

static void
check_armor(struct envseal_slice file)
{
	struct envseal_err err = {0};
	struct es_buf bytes = es_buf_make(file.n), text = es_buf_make(2 * file.n + 1024),
		      back = es_buf_make(file.n);

	if (!es_armor_is(file))
		return;
	if (es_armor_read(file, &bytes, &err)) {
		es_armor_write(es_slice(bytes.p, bytes.n), &text);
		HOLDS(es_armor_read(es_slice(text.p, text.n), &back, &err));
		HOLDS(es_slice_equal(es_slice(bytes.p, bytes.n), es_slice(back.p, back.n)));
		check_header(es_slice(bytes.p, bytes.n));
	} else {
		HOLDS(err.code == ENVSEAL_RECIPIENT && bytes.n == 0);
	}
	es_buf_free(&bytes);
	es_buf_free(&text);
	es_buf_free(&back);
}

static void
check_open(struct envseal_slice file, struct envseal_identities *ids)
{
	uint8_t next = 0;
	struct envseal_host host = {.ctx = &next, .random = steady};
	struct envseal_err err = {0};
	struct es_buf plain = es_buf_make(ES_AGE_PLAIN), sealed = es_buf_make(256 * 1024),
		      back = es_buf_make(ES_AGE_PLAIN);

	if (!es_age_open(file, ids, &plain, &err)) {
		HOLDS(plain.n == 0 && (err.code == ENVSEAL_RECIPIENT || err.code == ENVSEAL_NO_KEY));
		return;
	}
	struct envseal *es = envseal_new(&host, &err);
	struct envseal_recipients *to = envseal_recipients_new();
	HOLDS(es != NULL && to != NULL);
	HOLDS(envseal_recipients_add(
	    to, es_slice_text(envseal_identities_recipient(ids, 0)), NULL, 0, 0, &err));
	const struct es_recipient *one = es_recipients_get(to, 0);
	HOLDS(es_age_seal(es, &one, 1, es_slice(plain.p, plain.n), file.n % 2 == 0, &sealed, &err));
	HOLDS(es_age_open(es_slice(sealed.p, sealed.n), ids, &back, &err));
	HOLDS(es_slice_equal(es_slice(plain.p, plain.n), es_slice(back.p, back.n)));
	es_buf_free(&plain);
	es_buf_free(&sealed);
	es_buf_free(&back);
	envseal_recipients_free(to);
	envseal_end(es);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct envseal_identities *ids;
	struct envseal_err err = {0};

	if (ids == NULL) {
		ids = envseal_identities_new();
		HOLDS(ids != NULL && envseal_identities_add(ids, es_slice_text(identity), NULL, false, &err));
	}
	check_header(es_slice(data, size));
	check_armor(es_slice(data, size));
	check_open(es_slice(data, size), ids);
	return 0;
}
