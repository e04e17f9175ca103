/*
 * fuzz_dotenv - any bytes as a plaintext and as a sealed file: a byte that says how quotes and names are read, then the
 * text.
 *
 * Holds: what is read can be sealed, opens to the same bytes, names and values, and sealed over itself is itself; a value
 * that is set comes back; an error has a place that exists.
 */
#include "format/sops/open.h"

#include "format/doc/dotenv.h"
#include "format/doc/sealedenv.h"

#include <sanitizer/lsan_interface.h>
#include <stdlib.h>

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

static uint8_t next_byte;
static const struct envseal_host host = {.ctx = &next_byte, .random = steady};
static struct envseal *es;
static struct envseal_out empty; /* a sealed file without lines */
static struct envseal_doc *base; /* the same, opened: what is sealed over it needs no new data key */
static struct es_datakey key;

static void
begin(void)
{
	struct envseal_err err = {0};
	struct envseal_report report;
	struct envseal_identities *ids = envseal_identities_new();
	struct envseal_plan plan = {.recipients = envseal_recipients_new()};

	es = envseal_new(&host, &err);
	HOLDS(es != NULL && ids != NULL && plan.recipients != NULL);
	HOLDS(envseal_identities_add(ids, es_slice_text(identity), NULL, false, &err));
	HOLDS(envseal_recipients_add(
	    plan.recipients, es_slice_text(envseal_identities_recipient(ids, 0)), NULL, 0, 0, &err));
	struct envseal_doc *doc =
	    envseal_read_plain(es, es_slice("", 0), NULL, NULL, ENVSEAL_QUOTES_LITERAL, true, &err);
	struct envseal_seal how = {.plan = &plan, .allow_none = true};
	HOLDS(doc != NULL && envseal_seal(doc, &how, &empty, &report, &err));
	base = envseal_read_sealed(es, es_slice(empty.p, empty.n), NULL, &err);
	HOLDS(base != NULL && envseal_open(base, ids, &err));
	key = *base->key;
	envseal_doc_free(doc);
	envseal_recipients_free(plan.recipients);
	envseal_identities_free(ids);
}

/* Seals over something opened; it must succeed. */
static struct envseal_out
seal(struct envseal_doc *doc, const struct envseal_doc *over)
{
	struct envseal_seal how = {.plan = envseal_doc_plan(over), .base = over, .allow_none = true};
	struct envseal_report report;
	struct envseal_err err = {0};
	struct envseal_out out = {0};
	next_byte = 0;
	HOLDS(envseal_seal(doc, &how, &out, &report, &err));
	HOLDS(report.verdict == ENVSEAL_BASE_TRUSTED);
	return out;
}

static struct envseal_doc *
open_sealed(struct envseal_out sealed)
{
	struct envseal_err err = {0};
	struct envseal_doc *doc = envseal_read_sealed(es, es_slice(sealed.p, sealed.n), NULL, &err);
	HOLDS(doc != NULL && es_open_with(doc, &key, &err));
	return doc;
}

static void
check_same(const struct envseal_doc *a, const struct envseal_doc *b)
{
	struct envseal_entry x, y;
	size_t at = 0;
	for (; envseal_doc_entry(a, at, &x); at = x.place + 1) {
		HOLDS(envseal_doc_entry(b, at, &y) && x.place == y.place);
		HOLDS(
		    es_slice_equal(x.name, y.name) && es_slice_equal(x.value, y.value) && x.empty == y.empty);
	}
	HOLDS(!envseal_doc_entry(b, at, &y));
	HOLDS(es_slice_equal(envseal_doc_text(a), envseal_doc_text(b)));
}

/* Changes an opened document: its last entry gets the second half of the input as value. */
static void
check_set(struct envseal_doc *doc, struct envseal_slice bytes)
{
	struct envseal_entry entry, last = {.place = SIZE_MAX};
	struct envseal_err err = {0};
	struct envseal_slice value = es_slice_from(bytes, bytes.n / 2);

	for (size_t at = 0; envseal_doc_entry(doc, at, &entry); at = entry.place + 1)
		last = entry;
	if (last.place == SIZE_MAX || !envseal_doc_set(doc, last.place, value, &err))
		return;
	struct envseal_out out = seal(doc, doc);
	struct envseal_doc *again = open_sealed(out);
	HOLDS(envseal_doc_entry(again, last.place, &entry) && es_slice_equal(entry.value, value));
	check_same(doc, again);
	envseal_doc_free(again);
	envseal_out_free(&out);
}

static void
check_plain(struct envseal_doc *doc, struct envseal_slice bytes)
{
	struct envseal_err err = {0};
	struct envseal_out out = seal(doc, base), again;
	struct envseal_doc *opened = open_sealed(out);

	HOLDS(es_slice_equal(envseal_doc_text(opened), bytes));
	check_same(doc, opened);
	HOLDS(envseal_look(es_slice(out.p, out.n)) == ENVSEAL_SEALED);
	struct envseal_doc *fresh =
	    envseal_read_plain(es, bytes, NULL, opened, ENVSEAL_QUOTES_ASK, true, &err);
	HOLDS(fresh != NULL);
	again = seal(fresh, opened);
	HOLDS(again.n == out.n && memcmp(again.p, out.p, out.n) == 0);
	check_set(opened, bytes);
	envseal_doc_free(fresh);
	envseal_doc_free(opened);
	envseal_out_free(&out);
	envseal_out_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const enum envseal_quotes readings[] = {
	    ENVSEAL_QUOTES_ASK, ENVSEAL_QUOTES_MULTILINE, ENVSEAL_QUOTES_LITERAL};
	struct envseal_err err = {0};

	if (es == NULL) {
		__lsan_disable(); /* what stays is found through guarded memory, where the leak checker does not look */
		begin();
		__lsan_enable();
	}
	if (size == 0)
		return 0;
	struct envseal_slice bytes = es_slice(data + 1, size - 1);
	uint32_t lines = 1;
	for (size_t i = 0; i < bytes.n; i++)
		lines += bytes.p[i] == '\n';
	bool any_name = data[0] % 2 != 0;
	struct envseal_doc *doc =
	    envseal_read_plain(es, bytes, "f", NULL, readings[data[0] / 2 % 3], any_name, &err);
	if (doc != NULL)
		check_plain(doc, bytes);
	else
		HOLDS(err.code != ENVSEAL_OK && err.what[0] != '\0' && err.line > 0 && err.line <= lines &&
		      err.col > 0);
	envseal_doc_free(doc);

	struct es_arena arena = {0};
	struct es_nodes nodes = {0};
	struct es_sealedenv_metas metas;
	err = (struct envseal_err){0};
	if (!es_sealedenv_read(bytes, "f", &arena, &nodes, &metas, &err))
		HOLDS(err.code == ENVSEAL_GENERIC && err.line > 0 && err.line <= lines);
	es_arena_free(&arena);
	return 0;
}
