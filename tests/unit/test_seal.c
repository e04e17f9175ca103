/*
 * test_seal - sealing and opening whole documents: known files, every short text, reuse, damage, and the attacks that
 * a document must stand.
 */
#include "crypto/hash.h"
#include "format/sops/open.h"
#include "format/sops/token.h"
#include "tests/unit/sealing.h"

#include <dirent.h>

static const char cases_dir[] = "testdata/sops";
static const char golden_path[] = "testdata/sops/3.13.2/golden.env";

/* ---- the golden file ---- */

/* IV number n of the golden files. */
static void
golden_iv(unsigned n, uint8_t iv[ES_TOKEN_IV])
{
	char text[32];
	struct es_sha256 h;
	int length = snprintf(text, sizeof text, "envseal-iv-%u", n);
	es_sha256_begin(&h);
	es_sha256_add(&h, text, (size_t)length);
	es_sha256_end(&h, iv);
}

/* Finds the number of the IV that stands behind a mark in text. */
static bool
find_iv(struct envseal_slice text, const char *mark, uint8_t iv[ES_TOKEN_IV])
{
	const char *at = strstr((const char *)text.p, mark), *end = at != NULL ? strchr(at + 1, '\n') : NULL;
	struct es_token token, wanted;
	char made[256];
	uint8_t key[ES_GCM_KEY] = {0};
	struct es_gcm gcm;

	if (end == NULL ||
	    !es_token_parse(es_slice(at + strlen(mark), (size_t)(end - at) - strlen(mark)), &token))
		return false;
	es_gcm_init(&gcm, key);
	for (unsigned n = 0; n < 200; n++) {
		golden_iv(n, iv);
		if (!es_token_seal(&gcm, iv, es_slice("", 0), false, es_slice_text("x"), "str", made) ||
		    !es_token_parse(es_slice(made, es_token_length(1, "str")), &wanted))
			return false;
		if (es_slice_equal(token.iv, wanted.iv))
			return true;
	}
	return false;
}

/* A copy of text with each occurrence of from replaced by to; the caller frees it. */
static struct envseal_slice
replaced(struct envseal_slice text, const char *from, const char *to)
{
	size_t from_n = strlen(from), to_n = strlen(to), n = 0, room = text.n * (to_n + 1) + 1;
	uint8_t *p = malloc(room);
	if (p == NULL)
		abort();
	while (text.n > 0) {
		bool here = es_slice_begins(text, from);
		memcpy(p + n, here ? (const uint8_t *)to : text.p, here ? to_n : 1);
		n += here ? to_n : 1;
		text = es_slice_from(text, here ? from_n : 1);
	}
	p[n] = '\0';
	return es_slice(p, n);
}

/* The golden file is made again in two steps: sealed over it with another value, and back over that with its IVs. */
static void
test_golden(struct kit *kit)
{
	struct envseal_slice golden = load(golden_path);
	struct envseal_err err = {0};
	struct envseal_report report;
	struct envseal_doc *base = open_doc(kit, golden, &err);
	uint8_t ivs[2][ES_TOKEN_IV];

	if (!ok(base != NULL, "the golden file opens"))
		return;
	struct envseal_slice text = envseal_doc_text(base);
	static const char plain[] =
	    "# db settings\nDB_PASS=s3cret\nMULTI=line1\\nline2\nMODE_unencrypted=plain\nEMPTY=\n";
	is_bytes(text.p, text.n, plain, sizeof plain - 1, "it opens to the text that it was made of");
	struct envseal_slice other = replaced(text, "s3cret", "other");
	struct envseal_out away = seal_text(kit, other, base, &report);
	ok(report.verdict == ENVSEAL_BASE_TRUSTED && report.reused == 1 && report.sealed == 2,
	    "one of two tokens is kept");
	struct envseal_doc *changed = open_doc(kit, out_slice(away), &err);
	if (ok(changed != NULL && find_iv(golden, "\nDB_PASS=", ivs[0]) &&
		    find_iv(golden, "\nsops_mac=", ivs[1]),
		"the changed file opens, and the IVs of the golden file are known")) {
		kit->queue = ivs[0];
		kit->queue_n = sizeof ivs;
		struct envseal_out back = seal_text(kit, es_slice(plain, sizeof plain - 1), changed, &report);
		is_bytes(back.p, back.n, golden.p, golden.n,
		    "sealed with its IVs it is the golden file byte for byte");
		ok(kit->queue_n == 0, "all of the IVs went in");
		kit->queue_n = 0;
		envseal_out_free(&back);
	}
	envseal_doc_free(changed);
	envseal_doc_free(base);
	envseal_out_free(&away);
	unload(other);
	unload(golden);
}

/* ---- files of sops ---- */

/* How many lines of a are not lines of b at the same place, for texts with the same number of lines. */
static size_t
lines_apart(struct envseal_slice a, struct envseal_slice b)
{
	size_t apart = 0;
	while (a.n > 0 || b.n > 0) {
		size_t an = es_slice_find(a, '\n'), bn = es_slice_find(b, '\n');
		apart += !es_slice_equal(es_slice(a.p, an), es_slice(b.p, bn));
		a = es_slice_from(a, an < a.n ? an + 1 : an);
		b = es_slice_from(b, bn < b.n ? bn + 1 : bn);
	}
	return apart;
}

/* A file of sops, opened, is a base: the same text gives it back, and a line more gives a file that opens. */
static void
try_as_base(struct kit *kit, const char *name, const struct envseal_doc *base, struct envseal_slice sealed)
{
	struct envseal_err err = {0};
	struct envseal_report report;
	struct envseal_out out = {0};
	struct envseal_seal how = {.plan = envseal_doc_plan(base), .base = base, .allow_none = true};
	struct envseal_slice text = envseal_doc_text(base);

	if (memchr(text.p, '\0', text.n) != NULL)
		return;
	struct envseal_doc *doc = plain_doc(kit, text, base, ENVSEAL_QUOTES_ASK);
	bool same = doc != NULL && envseal_seal(doc, &how, &out, &report, &err);
	ok(same && es_slice_equal(out_slice(out), sealed) && report.unchanged,
	    "%s: unchanged gives it back %s", name, err.what);
	envseal_doc_free(doc);
	envseal_out_free(&out);

	uint8_t *more = malloc(text.n + 16);
	if (more == NULL)
		abort();
	memcpy(more, text.p, text.n);
	size_t n = text.n + (size_t)snprintf((char *)more + text.n, 16, "%sNEW=1\n",
				text.n > 0 && text.p[text.n - 1] != '\n' ? "\n" : "");
	doc = plain_doc(kit, es_slice(more, n), base, ENVSEAL_QUOTES_ASK);
	bool done = doc != NULL && envseal_seal(doc, &how, &out, &report, &err);
	struct envseal_doc *again = done ? open_doc(kit, out_slice(out), &err) : NULL;
	ok(again != NULL && es_slice_equal(envseal_doc_text(again), es_slice(more, n)),
	    "%s: with a line more %s", name, err.what);
	envseal_doc_free(again);
	envseal_doc_free(doc);
	envseal_out_free(&out);
	free(more);
}

static void
test_case(struct kit *kit, const char *release, const char *name)
{
	char path[600];
	struct envseal_err err = {0};

	(void)snprintf(path, sizeof path, "%s/%s/%s/sealed.env", cases_dir, release, name);
	struct envseal_slice sealed = load(path);
	(void)snprintf(path, sizeof path, "%s/%s/%s/opened.env", cases_dir, release, name);
	struct envseal_slice opened = load(path);
	if (sealed.p == NULL || opened.p == NULL || strstr(name, "groups") != NULL) {
		unload(sealed);
		unload(opened);
		return;
	}
	(void)snprintf(path, sizeof path, "%s/%s", release, name);
	struct envseal_doc *doc = open_doc(kit, sealed, &err);
	if (ok(doc != NULL, "%s opens %s", path, err.what)) {
		/* Blank lines, which sops drops, are kept. */
		if (strstr(name, "blank-lines") == NULL) {
			struct envseal_slice text = envseal_doc_text(doc);
			is_bytes(text.p, text.n, opened.p, opened.n, "%s opens to what sops prints", path);
		}
		try_as_base(kit, path, doc, sealed);
	}
	envseal_doc_free(doc);
	unload(sealed);
	unload(opened);
}

static void
test_files_of_sops(struct kit *kit)
{
	DIR *releases = opendir(cases_dir);
	struct envseal_slice keys = load("testdata/sops/3.13.2/keys.txt");
	struct envseal_err err = {0};

	if (!ok(releases != NULL && keys.p != NULL &&
		    envseal_identities_add(kit->ids, keys, "keys", false, &err),
		"the files of sops are there"))
		return;
	for (struct dirent *r = readdir(releases); r != NULL; r = readdir(releases)) {
		char path[600];
		(void)snprintf(path, sizeof path, "%s/%s", cases_dir, r->d_name);
		DIR *cases = r->d_name[0] >= '0' && r->d_name[0] <= '9' ? opendir(path) : NULL;
		if (cases == NULL)
			continue;
		for (struct dirent *c = readdir(cases); c != NULL; c = readdir(cases))
			if (c->d_name[0] != '.')
				test_case(kit, r->d_name, c->d_name);
		closedir(cases);
	}
	closedir(releases);
	unload(keys);
}

/* ---- every short text, through a whole sealed file ---- */

static void
test_every_short_text(struct kit *kit, size_t longest)
{
	static const char alphabet[] = "A=#\n\r \"\\n";
	struct tally back = {0, 0}, bits = {0, 0};
	uint8_t text[16];
	size_t n;

	for (uint64_t i = 0; nth_text(alphabet, longest, i, text, &n); i++) {
		struct envseal_out out = {0}, again = {0};
		struct envseal_report report;
		struct envseal_err err = {0};
		enum envseal_quotes quotes = i % 2 == 0 ? ENVSEAL_QUOTES_MULTILINE : ENVSEAL_QUOTES_LITERAL;
		struct envseal_doc *doc = plain_doc(kit, es_slice(text, n), NULL, quotes), *opened = NULL;
		if (doc == NULL)
			continue;
		if (seal_doc(kit, doc, NULL, &out, &report, &err))
			opened = open_doc(kit, out_slice(out), &err);
		bool same = opened != NULL && es_slice_equal(envseal_doc_text(opened), es_slice(text, n));
		tally(&back, same, err.what, es_slice(text, n));
		if (same) {
			struct envseal_doc *fresh =
			    plain_doc(kit, es_slice(text, n), opened, ENVSEAL_QUOTES_ASK);
			tally(&bits,
			    fresh != NULL && seal_doc(kit, fresh, opened, &again, &report, &err) &&
				es_slice_equal(out_slice(out), out_slice(again)),
			    err.what, es_slice(text, n));
			envseal_doc_free(fresh);
		}
		envseal_out_free(&out);
		envseal_out_free(&again);
		envseal_doc_free(doc);
		envseal_doc_free(opened);
	}
	tally_ok(&back, "every short text comes back out of its sealed file");
	tally_ok(&bits, "sealed over that file it is that file");
}

/* ---- reuse ---- */

static const struct {
	const char *before, *after, *name;
	size_t lines; /* that differ, metadata excluded; SIZE_MAX: not compared */
	size_t sealed, reused;
} edits[] = {
    {"A=1\nB=2\nC=3\n", "A=1\nB=x\nC=3\n", "one value", 1, 3, 2},
    {"A=1\nB=2\nC=3\n", "A=x\nB=2\nC=y\n", "two values", 2, 3, 1},
    {"A=1\nB=2\nC=3\n", "C=3\nA=1\nB=2\n", "a line that moved", SIZE_MAX, 3, 3},
    {"A=1\nA=1\nA=1\n", "A=1\nA=1\n", "one of equal lines goes", SIZE_MAX, 2, 2},
    {"A=1\nA=1\n", "A=1\nA=1\nA=1\n", "one of equal lines comes", SIZE_MAX, 3, 2},
    {"#x\nA=1\n#x\n", "#x\nA=2\n#x\n", "between equal comments", 1, 1, 0},
    {"A=1\nB=2\n", "A=2\nB=1\n", "values that change places", 2, 2, 0},
    {"A='x\ny'\nB=2\n", "A='x\ny'\nB=3\n", "beside a value of two lines", 1, 2, 1},
    {"A=1\r\nB=2\r\n", "A=1\r\nB=3\r\n", "among CR LF", 1, 2, 1},
    {"A=1\n", "A=1\n\n", "a blank line at the end", SIZE_MAX, 1, 1},
    {"A=1", "A=1\nB=2\n", "behind a last line without its end", SIZE_MAX, 2, 1},
    {"A=1\r\nB=2\r\n", "A=1\nB=2\n", "line ends alone", 0, 2, 2},
    {" # x\nA=1\n", "# x\nA=1\n", "an indent alone", 0, 1, 1},
    {"A='x\ny'\n", "A='x\\ny'\n", "a line end in quotes that is written out", 0, 1, 1},
};

static struct envseal_slice
data_of(struct envseal_out sealed)
{
	const uint8_t *meta = memmem(sealed.p, sealed.n, "sops_age__list_0", 16);
	return es_slice(sealed.p, meta != NULL ? (size_t)(meta - sealed.p) : 0);
}

static void
test_edits(struct kit *kit)
{
	for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
		struct envseal_err err = {0};
		struct envseal_report report;
		struct envseal_out before = seal_text(kit, es_slice_text(edits[i].before), NULL, NULL);
		struct envseal_doc *base = open_doc(kit, out_slice(before), &err);
		if (!ok(base != NULL, "the text before %s opens", edits[i].name))
			continue;
		struct envseal_out after = seal_text(kit, es_slice_text(edits[i].after), base, &report);
		ok(report.sealed == edits[i].sealed && report.reused == edits[i].reused,
		    "%s: %zu sealed, %zu kept (got %zu, %zu)", edits[i].name, edits[i].sealed,
		    edits[i].reused, report.sealed, report.reused);
		if (edits[i].lines != SIZE_MAX) {
			size_t apart = lines_apart(data_of(before), data_of(after));
			ok(apart == edits[i].lines, "%s: %zu lines differ (got %zu)", edits[i].name,
			    edits[i].lines, apart);
		}
		struct envseal_doc *opened = open_doc(kit, out_slice(after), &err);
		ok(opened != NULL && es_slice_is(envseal_doc_text(opened), edits[i].after), "%s: opens %s",
		    edits[i].name, err.what);
		envseal_doc_free(opened);
		envseal_doc_free(base);
		envseal_out_free(&before);
		envseal_out_free(&after);
	}
}

/* ---- changes ---- */

static void
test_changes(struct kit *kit)
{
	static const struct {
		const char *text, *value, *want;
	} sets[] = {
	    {"A=1\nB=2\n", "x", "A=x\nB=2\n"},
	    {"A=1\r\nB=2\r\n", "x", "A=x\r\nB=2\r\n"},
	    {"A=1\nB=2\n", "x\ny", "A=x\\ny\nB=2\n"},
	    {"A=1\nB=2\n", "x\r", "A=x\r\nB=2\n"},
	    {"A=1\r\nB=2\n", "x\r", "A=x\r\r\nB=2\n"},
	    {"A='1\n2'\nB=2\n", "3", "A=3\nB=2\n"},
	    {"A=1", "", "A="},
	    {"A=1", "'", "A='"},
	};
	for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
		struct envseal_err err = {0};
		struct envseal_report report;
		struct envseal_out before = seal_text(kit, es_slice_text(sets[i].text), NULL, NULL),
				   after = {0};
		struct envseal_doc *doc = open_doc(kit, out_slice(before), &err);
		bool done = doc != NULL && envseal_doc_set(doc, 0, es_slice_text(sets[i].value), &err) &&
			    seal_doc(kit, doc, doc, &after, &report, &err);
		struct envseal_doc *opened = done ? open_doc(kit, out_slice(after), &err) : NULL;
		struct envseal_entry entry;
		ok(opened != NULL && es_slice_is(envseal_doc_text(opened), sets[i].want) &&
			envseal_doc_entry(opened, 0, &entry) && es_slice_is(entry.value, sets[i].value),
		    "set, case %zu %s", i, err.what);
		envseal_doc_free(opened);
		envseal_doc_free(doc);
		envseal_out_free(&before);
		envseal_out_free(&after);
	}
}

/* What sealing refuses, and metadata in front. */
static void
test_refused(struct kit *kit)
{
	struct envseal_err err = {0};
	struct envseal_report report;
	struct envseal_out out = {0}, again = {0};
	struct envseal_plan by_comment = {.recipients = kit->plan.recipients,
	    .selecting = ENVSEAL_UNENCRYPTED_COMMENT_REGEX,
	    .selector = es_slice_text("[0-9]")};
	struct envseal_seal how = {.plan = &by_comment};
	struct envseal_doc *doc =
	    plain_doc(kit, es_slice_text("# 1\nA=1\n# none\nB=1\n"), NULL, ENVSEAL_QUOTES_LITERAL);

	ok(doc != NULL && !envseal_seal(doc, &how, &out, &report, &err) && err.code == ENVSEAL_ENCRYPT &&
		err.line == 3,
	    "an expression that matches a comment once it is sealed is refused: %s", err.what);
	err = (struct envseal_err){0};
	by_comment.selector = es_slice_text("^ 1$");
	ok(envseal_seal(doc, &how, &out, &report, &err) && report.sealed == 1, "one that does not is fine %s",
	    err.what);
	envseal_out_free(&out);
	envseal_doc_free(doc);

	err = (struct envseal_err){0};
	how = (struct envseal_seal){.plan = &kit->plan};
	doc = plain_doc(kit, es_slice_text("A=\n"), NULL, ENVSEAL_QUOTES_LITERAL);
	ok(doc != NULL && !envseal_seal(doc, &how, &out, &report, &err) && err.code == ENVSEAL_NOTHING,
	    "nothing to seal is refused");
	envseal_doc_free(doc);

	/* In a file without lines all metadata leads; blank lines that come stay in front of it. */
	out = seal_text(kit, es_slice_text(""), NULL, NULL);
	struct envseal_doc *base = open_doc(kit, out_slice(out), &err);
	again = seal_text(kit, es_slice_text("\n\n"), base, NULL);
	struct envseal_doc *opened = open_doc(kit, out_slice(again), &err);
	ok(opened != NULL && es_slice_is(envseal_doc_text(opened), "\n\n"),
	    "blank lines over a file without lines come back");
	envseal_doc_free(opened);
	envseal_doc_free(base);
	envseal_out_free(&out);
	envseal_out_free(&again);
}

/* A line feed and the two characters that stand for it are two values with one text. */
static void
test_two_values(struct kit *kit)
{
	struct envseal_err err = {0};
	struct envseal_report report;
	struct envseal_entry entry;
	struct envseal_out out = seal_text(kit, es_slice_text("A=x\\ny\n"), NULL, NULL), after = {0};
	struct envseal_doc *doc = open_doc(kit, out_slice(out), &err), *again = NULL;

	ok(doc != NULL && envseal_doc_entry(doc, 0, &entry) && es_slice_is(entry.value, "x\ny"),
	    "a line feed is read");
	if (envseal_doc_set(doc, 0, es_slice_text("x\\ny"), &err) &&
	    seal_doc(kit, doc, doc, &after, &report, &err))
		again = open_doc(kit, out_slice(after), &err);
	ok(again != NULL && envseal_doc_entry(again, 0, &entry) && es_slice_is(entry.value, "x\\ny") &&
		!report.unchanged,
	    "two characters instead of it are sealed %s", err.what);
	envseal_doc_free(again);
	envseal_doc_free(doc);
	envseal_out_free(&out);
	envseal_out_free(&after);
}

int
main(int argc, char **argv)
{
	struct kit kit;

	kit_begin(&kit);
	test_golden(&kit);
	test_files_of_sops(&kit);
	test_edits(&kit);
	test_changes(&kit);
	test_refused(&kit);
	test_two_values(&kit);
	test_every_short_text(&kit, argc > 1 ? strtoul(argv[1], NULL, 10) : 3);
	kit_end(&kit);
	return done();
}
