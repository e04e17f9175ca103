/*
 * fuzz_sealed - sealed files from outside.  The first byte says what the input is: a token; a whole file; or edits of a
 * valid file: where (two bytes, modulo its length), what (bytes go, bytes come, or a stretch of the file itself comes).
 *
 * Holds: what opens has the values of the valid file, sealed ones under their names, and sealed over itself is itself; what
 * does not open shows no value and says why; envseal_show never fails and prints no character that acts on
 * a terminal.
 */
#include "format/sops/open.h"

#include "format/sops/token.h"

#include <sanitizer/lsan_interface.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(cond) ((cond) ? (void)0 : abort())

static const char identity[] = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
static const char text[] =
    "# one\nA=alpha\n\n\nB='first\nsecond'\r\nC_unencrypted=clear\\nx\nEMPTY=\n  # in\nA=again\nD=\"x\\ny\"";

static void
steady(void *ctx, void *p, size_t n)
{
	uint8_t *next = ctx;
	for (size_t i = 0; i < n; i++)
		((uint8_t *)p)[i] = (*next)++;
}

static uint8_t next_byte = 7; /* another data key than that of the golden file */
static const struct envseal_host host = {.ctx = &next_byte, .random = steady};
static struct envseal *es;
static struct envseal_identities *ids;
static struct envseal_out valid;
static struct envseal_doc *opened; /* the valid file */

static void
begin(void)
{
	struct envseal_err err = {0};
	struct envseal_report report;
	struct envseal_plan plan = {.recipients = envseal_recipients_new()};

	es = envseal_new(&host, &err);
	ids = envseal_identities_new();
	HOLDS(es != NULL && ids != NULL && plan.recipients != NULL);
	HOLDS(envseal_identities_add(ids, es_slice_text(identity), NULL, false, &err));
	HOLDS(envseal_recipients_add(
	    plan.recipients, es_slice_text(envseal_identities_recipient(ids, 0)), NULL, 0, 0, &err));
	struct envseal_doc *doc =
	    envseal_read_plain(es, es_slice_text(text), NULL, NULL, ENVSEAL_QUOTES_MULTILINE, true, &err);
	struct envseal_seal how = {.plan = &plan};
	HOLDS(doc != NULL && envseal_seal(doc, &how, &valid, &report, &err));
	opened = envseal_read_sealed(es, es_slice(valid.p, valid.n), NULL, &err);
	HOLDS(opened != NULL && envseal_open(opened, ids, &err));
	envseal_doc_free(doc);
	envseal_recipients_free(plan.recipients);
}

/* ---- what must hold ---- */

static bool
is_known(const struct envseal_entry *entry)
{
	struct envseal_entry e;
	for (size_t at = 0; envseal_doc_entry(opened, at, &e); at = e.place + 1)
		if (es_slice_equal(e.name, entry->name) && es_slice_equal(e.value, entry->value))
			return true;
	return false;
}

/* What opened, laid under its own text, comes out as it was. */
static void
check_over_itself(struct envseal_doc *doc, struct envseal_slice bytes)
{
	struct envseal_seal how = {.plan = envseal_doc_plan(doc), .base = doc, .allow_none = true};
	struct envseal_err err = {0};
	struct envseal_report report;
	struct envseal_out out = {0};
	struct envseal_doc *plain =
	    envseal_read_plain(es, envseal_doc_text(doc), NULL, doc, ENVSEAL_QUOTES_ASK, true, &err);

	if (plain == NULL) {
		HOLDS(err.code == ENVSEAL_SYNTAX || err.code == ENVSEAL_RESERVED);
		return;
	}
	if (envseal_seal(plain, &how, &out, &report, &err)) {
		if (report.verdict == ENVSEAL_BASE_TRUSTED)
			HOLDS(out.n == bytes.n && memcmp(out.p, bytes.p, out.n) == 0);
	} else {
		HOLDS(err.code == ENVSEAL_RECIPIENT || err.code == ENVSEAL_REFUSED);
	}
	envseal_out_free(&out);
	envseal_doc_free(plain);
}

/* The MAC covers all values, one behind the other. */
static void
check_values(const struct envseal_doc *doc)
{
	struct es_buf all[2] = {es_buf_make(SIZE_MAX / 2), es_buf_make(SIZE_MAX / 2)};
	const struct envseal_doc *docs[] = {opened, doc};
	struct envseal_entry e;
	for (int i = 0; i < 2; i++)
		for (size_t at = 0; envseal_doc_entry(docs[i], at, &e); at = e.place + 1)
			es_buf_put(&all[i], e.value.p, e.value.n);
	HOLDS(es_slice_equal(es_slice(all[0].p, all[0].n), es_slice(all[1].p, all[1].n)));
	es_buf_free(&all[0]);
	es_buf_free(&all[1]);
}

static void
check_open(struct envseal_slice bytes, bool edited)
{
	struct envseal_err err = {0};
	struct envseal_entry e;
	struct envseal_doc *doc = envseal_read_sealed(es, bytes, "f", &err);
	const struct envseal_doc *known = opened;

	if (doc == NULL) {
		HOLDS(err.code != ENVSEAL_OK && err.what[0] != '\0');
		return;
	}
	bool is_open =
	    edited ? envseal_open_edited(doc, ids, &known, 1, &err) : es_open_with(doc, opened->key, &err);
	HOLDS(is_open == envseal_doc_is_open(doc) && is_open == (err.code == ENVSEAL_OK));
	if (!is_open)
		HOLDS(envseal_doc_text(doc).n == 0);
	for (size_t at = 0; envseal_doc_entry(doc, at, &e); at = e.place + 1)
		HOLDS(is_open ? !e.sealed || is_known(&e) : e.value.n == 0);
	if (is_open && !edited) {
		check_values(doc);
		check_over_itself(doc, bytes);
	}
	envseal_doc_free(doc);
}

/* Whether text is UTF-8 with no control character but TAB and LF, and none that turns its direction. */
static void
check_shown(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint32_t c = p[i];
		size_t more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
		HOLDS((c < 0x80 || c >= 0xc2) && c < 0xf5 && more < n - i);
		c &= more == 0 ? 0x7f : 0x3f >> more;
		for (size_t k = 1; k <= more; k++) {
			HOLDS((p[i + k] & 0xc0) == 0x80);
			c = c << 6 | (p[i + k] & 0x3f);
		}
		HOLDS(c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7f) || c >= 0xa0);
		HOLDS(!(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069) && c != 0x200e &&
		      c != 0x200f && c != 0x61c);
		i += more + 1;
	}
}

static void
check_show(struct envseal_slice bytes, bool with_key)
{
	static struct envseal_identities *nobody;
	struct envseal_out out = {0};
	struct envseal_err err = {0};

	if (nobody == NULL)
		nobody = envseal_identities_new();
	HOLDS(nobody != NULL);
	HOLDS(envseal_show(es, bytes, "f", with_key ? ids : nobody, &out, &err));
	HOLDS(err.code == ENVSEAL_OK);
	check_shown(out.p, out.n);
	envseal_out_free(&out);
}

static void
check_token(struct envseal_slice bytes)
{
	struct es_token token;
	struct es_gcm gcm;
	size_t n;

	if (!es_token_parse(bytes, &token))
		return;
	HOLDS(token.data.n > 0 && token.iv.n > 0 && token.tag.n > 0 && token.type.n > 0);
	uint8_t *plain = malloc(es_token_plain_max(&token) + 1);
	HOLDS(plain != NULL);
	es_gcm_init(&gcm, opened->key->b);
	/* Tokens of the valid file are among the seeds: they are all that can open, under their names. */
	if (es_token_open(&gcm, &token, es_slice_text("A"), true, plain, &n) == ES_TOKEN_OPENED)
		HOLDS((n == 5 && (memcmp(plain, "alpha", n) == 0 || memcmp(plain, "again", n) == 0)));
	free(plain);
}

/* ---- edits ---- */

static void
edit(struct envseal_slice edits, struct es_buf *out)
{
	es_buf_put(out, valid.p, valid.n);
	while (edits.n >= 5) {
		struct es_buf next = es_buf_make(SIZE_MAX / 2);
		size_t at = ((size_t)edits.p[0] << 8 | edits.p[1]) % (out->n + 1), gone = edits.p[2],
		       come = edits.p[3];
		bool own = edits.p[4] % 2 != 0;
		edits = es_slice_from(edits, 5);
		gone = gone < out->n - at ? gone : out->n - at;
		es_buf_put(&next, out->p, at);
		if (own && edits.n >= 2) {
			size_t from = ((size_t)edits.p[0] << 8 | edits.p[1]) % valid.n;
			es_buf_put(&next, valid.p + from, come < valid.n - from ? come : valid.n - from);
			edits = es_slice_from(edits, 2);
		} else {
			come = come < edits.n ? come : edits.n;
			es_buf_put(&next, edits.p, come);
			edits = es_slice_from(edits, come);
		}
		struct envseal_slice behind = es_slice_from(es_slice(out->p, out->n), at + gone);
		es_buf_put(&next, behind.p, behind.n);
		es_buf_free(out);
		*out = next;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (es == NULL) {
		__lsan_disable(); /* what stays is found through guarded memory, where the leak checker does not look */
		begin();
		__lsan_enable();
	}
	if (size == 0)
		return 0;
	struct envseal_slice rest = es_slice(data + 1, size - 1);
	struct es_buf file = es_buf_make(SIZE_MAX / 2);
	if (data[0] % 8 == 0)
		check_token(rest);
	if (data[0] % 8 < 3)
		es_buf_put(&file, rest.p, rest.n);
	else
		edit(rest, &file);
	struct envseal_slice bytes = es_slice(file.p, file.n);
	check_open(bytes, false);
	if (data[0] % 8 == 4)
		check_open(bytes, true);
	if (data[0] % 4 < 2)
		check_show(bytes, data[0] % 8 == 5);
	es_buf_free(&file);
	return 0;
}
