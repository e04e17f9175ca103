/*
 * sealing - what the tests of documents share: files, a host without chance, keys, and short ways to seal and open.
 */
#ifndef ES_TESTS_SEALING_H
#define ES_TESTS_SEALING_H

#include "format/envseal.h"

#include "format/slice.h"
#include "tests/unit/tap.h"

#include <stdint.h>
#include <stdlib.h>

static const char test_identity[] =
    "AGE-SECRET-KEY-1QYPQXPQ9QCRSSZG2PVXQ6RS0ZQG3YYC5Z5TPWXQERGD3C8G7RUSQGPQYEE";
static const char test_recipient[] = "age1q73he0q5yzfu3d64msd3p6rvksnrwjk3d2598mgtmlqt9wrdr37q2vrn72";

/* The bytes of a file, with a NUL behind them; the caller frees them with unload.  p NULL: there is none. */
static inline struct envseal_slice
load(const char *path)
{
	FILE *f = fopen(path, "rb");
	size_t n = 0, room = 4096;
	uint8_t *p = f != NULL ? malloc(room) : NULL;

	while (p != NULL) {
		n += fread(p + n, 1, room - n - 1, f);
		if (n < room - 1)
			break;
		p = realloc(p, room *= 2);
	}
	if (f != NULL)
		fclose(f);
	if (p != NULL)
		p[n] = '\0';
	return es_slice(p, n);
}

static inline void
unload(struct envseal_slice s)
{
	union {
		const uint8_t *given;
		uint8_t *own;
	} p = {s.p};
	free(p.own);
}

/* A host whose randomness comes from a list of blocks first and is a known stream behind it; it counts notes. */
struct kit {
	struct envseal *es;
	struct envseal_host host;
	struct envseal_identities *ids;
	struct envseal_plan plan;
	uint64_t stream;
	const uint8_t *queue; /* taken first, piece by piece */
	size_t queue_n;
	int64_t clock;
	unsigned notes;
	uint32_t note_line;
	char note[160];
};

static inline void
kit_random(void *ctx, void *p, size_t n)
{
	struct kit *kit = ctx;
	uint8_t *out = p;
	for (size_t i = 0; i < n; i++) {
		if (kit->queue_n > 0) {
			out[i] = *kit->queue++;
			kit->queue_n--;
			continue;
		}
		kit->stream = kit->stream * 6364136223846793005U + 1442695040888963407U;
		out[i] = (uint8_t)(kit->stream >> 56);
	}
}

static inline int64_t
kit_now(void *ctx)
{
	return ((struct kit *)ctx)->clock;
}

static inline void
kit_note(void *ctx, uint32_t line, const char *text)
{
	struct kit *kit = ctx;
	kit->notes++;
	kit->note_line = line;
	(void)snprintf(kit->note, sizeof kit->note, "%s", text);
}

/* Sealing to test_recipient, opening with test_identity, on 2026-01-02T03:04:05Z. */
static inline void
kit_begin(struct kit *kit)
{
	struct envseal_err err = {0};
	memset(kit, 0, sizeof *kit);
	kit->host = (struct envseal_host){.ctx = kit, .random = kit_random, .now = kit_now, .note = kit_note};
	kit->clock = 1767323045;
	kit->es = envseal_new(&kit->host, &err);
	kit->ids = envseal_identities_new();
	kit->plan.recipients = envseal_recipients_new();
	if (kit->es == NULL || kit->ids == NULL || kit->plan.recipients == NULL ||
	    !envseal_identities_add(kit->ids, es_slice_text(test_identity), NULL, false, &err) ||
	    !envseal_recipients_add(kit->plan.recipients, es_slice_text(test_recipient), NULL, 0, 0, &err))
		abort();
}

static inline void
kit_end(struct kit *kit)
{
	envseal_identities_free(kit->ids);
	envseal_recipients_free(kit->plan.recipients);
	envseal_end(kit->es);
}

/* A plaintext document in the reading that quotes says; names are free. */
static inline struct envseal_doc *
plain_doc(
    struct kit *kit, struct envseal_slice text, const struct envseal_doc *base, enum envseal_quotes quotes)
{
	struct envseal_err err = {0};
	return envseal_read_plain(kit->es, text, "p", base, quotes, true, &err);
}

/* Seals a document over a base (or NULL). */
static inline bool
seal_doc(struct kit *kit, struct envseal_doc *doc, const struct envseal_doc *base, struct envseal_out *out,
    struct envseal_report *report, struct envseal_err *err)
{
	struct envseal_seal how = {.plan = &kit->plan, .base = base, .allow_none = true};
	return envseal_seal(doc, &how, out, report, err);
}

/* Seals a text; an empty result is a failed test and says why. */
static inline struct envseal_out
seal_text(
    struct kit *kit, struct envseal_slice text, const struct envseal_doc *base, struct envseal_report *report)
{
	struct envseal_out out = {0};
	struct envseal_err err = {0};
	struct envseal_report ours;
	struct envseal_doc *doc =
	    plain_doc(kit, text, base, base != NULL ? ENVSEAL_QUOTES_ASK : ENVSEAL_QUOTES_MULTILINE);
	if (doc == NULL || !seal_doc(kit, doc, base, &out, report != NULL ? report : &ours, &err))
		ok(false, "a text is sealed: %s", err.what);
	envseal_doc_free(doc);
	return out;
}

/* Opens sealed bytes, which it borrows; NULL: they do not open, and err says why. */
static inline struct envseal_doc *
open_doc(struct kit *kit, struct envseal_slice sealed, struct envseal_err *err)
{
	struct envseal_doc *doc = envseal_read_sealed(kit->es, sealed, "s", err);
	if (doc != NULL && envseal_open(doc, kit->ids, err))
		return doc;
	envseal_doc_free(doc);
	return NULL;
}

static inline struct envseal_slice
out_slice(struct envseal_out out)
{
	return es_slice(out.p, out.n);
}

/* Counts what fails, so that a million cases are one line; shows the first few. */
struct tally {
	unsigned long cases, failed;
};

static inline bool
tally(struct tally *t, bool good, const char *what, struct envseal_slice text)
{
	t->cases++;
	if (good)
		return true;
	if (t->failed++ < 5) {
		printf("# %s: \"", what);
		for (size_t i = 0; i < text.n && i < 200; i++)
			printf(text.p[i] >= ' ' && text.p[i] < 0x7f && text.p[i] != '\\' ? "%c" : "\\x%02x",
			    text.p[i]);
		printf("\"\n");
	}
	return false;
}

static inline void
tally_ok(const struct tally *t, const char *name)
{
	ok(t->cases > 0 && t->failed == 0, "%s (%lu cases, %lu failed)", name, t->cases, t->failed);
}

/* The i-th text over an alphabet, shorter ones first; false when it is longer than longest. */
static inline bool
nth_text(const char *alphabet, size_t longest, uint64_t i, uint8_t *text, size_t *n)
{
	uint64_t base = strlen(alphabet), of_length = 1;
	for (*n = 0; i >= of_length; ++*n) {
		i -= of_length;
		of_length *= base;
	}
	for (size_t k = 0; k < *n; k++, i /= base)
		text[k] = (uint8_t)alphabet[i % base];
	return *n <= longest;
}

#endif
