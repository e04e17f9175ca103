/*
 * test_layout - the layout of a document: round trip, nothing written that is not needed, and what is hostile refused.
 */
#include "format/doc/layout.h"

#include "crypto/hash.h"
#include "format/doc/cbor.h"
#include "format/doc/dotenv.h"
#include "format/doc/sealedenv.h"
#include "tests/unit/sealing.h"

static const char alphabet[] = "A=#\n\r \"\\n";

/* A document in memory that is used again and again. */
struct bench {
	struct es_arena arena;
	struct es_nodes plain, sealed;
	struct es_buf cbor, file, text;
	unsigned uses;
};

static void
bench_begin(struct bench *b)
{
	memset(b, 0, sizeof *b);
	b->cbor = b->file = b->text = es_buf_make(SIZE_MAX / 2);
}

static void
bench_clear(struct bench *b)
{
	memset(&b->plain, 0, sizeof b->plain);
	memset(&b->sealed, 0, sizeof b->sealed);
	b->cbor.n = b->file.n = b->text.n = 0;
	if (++b->uses % 2048 == 0)
		es_arena_free(&b->arena);
}

static void
bench_end(struct bench *b)
{
	es_buf_free(&b->cbor);
	es_buf_free(&b->file);
	es_buf_free(&b->text);
	es_arena_free(&b->arena);
}

static bool
read_text(struct bench *b, struct envseal_slice text, enum envseal_quotes quotes, const struct es_nodes *base,
    struct es_nodes *nodes)
{
	struct es_dotenv_reading how = {.quotes = quotes, .any_name = true, .base = base};
	struct envseal_err err = {0};
	memset(nodes, 0, sizeof *nodes);
	return es_dotenv_read_plain(text, &how, NULL, &b->arena, nodes, &err);
}

/* What a sealed file keeps of nodes when nothing is selected: read by the sealed grammar into b->sealed. */
static bool
through_file(struct bench *b, const struct es_nodes *nodes)
{
	struct es_sealedenv_metas metas;
	struct envseal_err err = {0};

	b->file.n = 0;
	memset(&b->sealed, 0, sizeof b->sealed);
	for (size_t i = 0; i < nodes->n; i++) {
		const struct es_node *node = &nodes->p[i];
		if (node->kind == ES_COMMENT)
			es_buf_byte(&b->file, '#');
		if (node->kind == ES_ENTRY) {
			es_buf_put(&b->file, node->name.p, node->name.n);
			es_buf_byte(&b->file, '=');
		}
		es_dotenv_put_value(&b->file, node->value);
		for (uint32_t k = 0; k < node->lines; k++)
			es_buf_byte(&b->file, '\n');
	}
	es_buf_text(&b->file, "sops_mac=x\n");
	if (!es_sealedenv_read(es_slice(b->file.p, b->file.n), NULL, &b->arena, &b->sealed, &metas, &err))
		return false;
	for (size_t i = 0; i < b->sealed.n; i++)
		if (b->sealed.p[i].kind == ES_ENTRY)
			b->sealed.p[i].value = es_dotenv_value(b->sealed.p[i].sealed, &b->arena);
	return metas.n == 1;
}

static bool
same_nodes(const struct es_nodes *a, const struct es_nodes *b)
{
	bool same = a->n == b->n;
	for (size_t i = 0; same && i < a->n; i++) {
		const struct es_node *x = &a->p[i], *y = &b->p[i];
		same = x->kind == y->kind && x->lines == y->lines && es_slice_equal(x->name, y->name) &&
		       (x->kind == ES_BLANK || es_slice_equal(x->value, y->value));
	}
	return same;
}

static struct envseal_slice
apply(struct bench *b, struct envseal_slice layout, enum es_layout_result *result)
{
	b->text.n = 0;
	*result = es_layout_apply(layout, &b->sealed, &b->text);
	return es_slice(b->text.p, b->text.n);
}

/* One text in one reading: it comes back, and the layout is there just when it is needed. */
static void
round_trip(struct bench *b, struct envseal_slice text, enum envseal_quotes quotes, struct tally tallies[3])
{
	enum es_layout_result result;
	struct es_nodes again;

	bench_clear(b);
	if (!read_text(b, text, quotes, NULL, &b->plain))
		return;
	es_layout_write(&b->plain, &b->cbor);
	struct envseal_slice cbor = es_slice(b->cbor.p, b->cbor.n);
	if (!tally(
		&tallies[0], through_file(b, &b->plain) && same_nodes(&b->plain, &b->sealed), "nodes", text))
		return;
	bool carried = es_slice_equal(apply(b, es_slice(NULL, 0), &result), text) && result == ES_LAYOUT_DONE;
	tally(&tallies[1], carried == (cbor.n == 0), "minimal", text);
	struct envseal_slice back = apply(b, cbor, &result);
	if (!tally(&tallies[0], result == ES_LAYOUT_DONE && es_slice_equal(back, text), "text", text))
		return;
	tally(&tallies[2],
	    read_text(b, back, ENVSEAL_QUOTES_ASK, &b->sealed, &again) && same_nodes(&again, &b->plain),
	    "read again", text);
}

static void
test_every_short_text(size_t longest)
{
	static const char *const modes[] = {"ask", "multiline", "literal"};
	uint8_t text[16];
	size_t n;
	struct bench b;

	bench_begin(&b);
	for (int mode = ENVSEAL_QUOTES_ASK; mode <= ENVSEAL_QUOTES_LITERAL; mode++) {
		struct tally tallies[3] = {{0, 0}};
		char name[96];
		for (uint64_t i = 0; nth_text(alphabet, longest, i, text, &n); i++)
			round_trip(&b, es_slice(text, n), (enum envseal_quotes)mode, tallies);
		static const char *const what[] = {
		    "comes back", "has a layout just when it needs one", "reads again as the same lines"};
		for (int k = 0; k < 3; k++) {
			(void)snprintf(name, sizeof name, "%s: every text up to %zu characters %s",
			    modes[mode], longest, what[k]);
			tally_ok(&tallies[k], name);
		}
	}
	bench_end(&b);
}

/* ---- hostile layouts ---- */

static const char rich[] = "\xef\xbb\xbf"
			   "# top\r\n"
			   "\t# indented\r\n"
			   "A='first\r\n"
			   "second\\n third\n"
			   "last' tail\n"
			   "  \n\n"
			   "B=2\r\n"
			   " \r\n"
			   "C=\"x\ny\"\n"
			   "D=no end";

static void
prepare(struct bench *b, const char *text)
{
	bench_clear(b);
	if (!read_text(b, es_slice_text(text), ENVSEAL_QUOTES_MULTILINE, NULL, &b->plain) ||
	    !through_file(b, &b->plain))
		abort();
	es_layout_write(&b->plain, &b->cbor);
	if (!es_buf_ok(&b->cbor))
		abort();
}

/* A changed layout is refused, or what it gives reads as the same lines. */
static bool
is_harmless(struct bench *b, struct envseal_slice layout)
{
	enum es_layout_result result;
	struct es_nodes again;
	uint8_t *exact = malloc(layout.n + 1); /* so that a sanitizer sees a byte too far */
	if (exact == NULL)
		abort();
	memcpy(exact, layout.p, layout.n);
	struct envseal_slice text = apply(b, es_slice(exact, layout.n), &result);
	bool fine = result == ES_LAYOUT_MISFIT ||
		    (result == ES_LAYOUT_DONE && read_text(b, text, ENVSEAL_QUOTES_ASK, &b->sealed, &again) &&
			same_nodes(&again, &b->plain));
	free(exact);
	return fine;
}

static void
test_damage(void)
{
	struct tally flips = {0, 0}, cuts = {0, 0}, longer = {0, 0};
	enum es_layout_result result;
	struct bench b;
	uint8_t copy[512];

	bench_begin(&b);
	prepare(&b, rich);
	size_t n = b.cbor.n;
	if (n == 0 || n > sizeof copy - 1)
		abort();
	struct envseal_slice text = apply(&b, es_slice(b.cbor.p, n), &result);
	is_bytes(
	    text.p, text.n, rich, sizeof rich - 1, "a document with all that a layout can say comes back");
	for (size_t i = 0; i < n; i++)
		for (unsigned c = 0; c < 256; c++) {
			if (c == b.cbor.p[i])
				continue;
			memcpy(copy, b.cbor.p, n);
			copy[i] = (uint8_t)c;
			tally(&flips, is_harmless(&b, es_slice(copy, n)), "flip", es_slice(copy, n));
		}
	tally_ok(&flips, "every byte changed in every way does no harm");
	for (size_t i = 1; i < n; i++) {
		apply(&b, es_slice(b.cbor.p, i), &result);
		tally(&cuts, result == ES_LAYOUT_MISFIT, "cut", es_slice(b.cbor.p, i));
	}
	tally_ok(&cuts, "cut anywhere it is refused");
	for (unsigned c = 0; c < 256; c++) {
		memcpy(copy, b.cbor.p, n);
		copy[n] = (uint8_t)c;
		apply(&b, es_slice(copy, n + 1), &result);
		tally(&longer, result == ES_LAYOUT_MISFIT, "longer", es_slice(copy, n + 1));
	}
	tally_ok(&longer, "with a byte behind it, it is refused");
	bench_end(&b);
}

/* Layouts of "A=1" without its line end, in hex; HH stands for the hash. */
static const struct {
	const char *hex, *name;
	enum es_layout_result want;
} written[] = {
    {"a300010158 20HH 03f5", "as envseal writes it", ES_LAYOUT_DONE},
    {"bf00010158 20HH 03f5ff", "a map of indefinite length", ES_LAYOUT_MISFIT},
    {"b80300010158 20HH 03f5", "a map with a long head", ES_LAYOUT_MISFIT},
    {"a30000010158 20HH 03f5", "version 0", ES_LAYOUT_MISFIT},
    {"a300020158 20HH 03f5", "version 2", ES_LAYOUT_MISFIT},
    {"a30018010158 20HH 03f5", "a version with a long head", ES_LAYOUT_MISFIT},
    {"a31800010158 20HH 03f5", "a key with a long head", ES_LAYOUT_MISFIT},
    {"a3000101590020HH 03f5", "a length with a long head", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 03f4", "false", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 03f6", "null", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 0301", "a number instead of true", ES_LAYOUT_MISFIT},
    {"a30158 20HH 000103f5", "keys out of order", ES_LAYOUT_MISFIT},
    {"a400010158 20HH 03f503f5", "a key twice", ES_LAYOUT_MISFIT},
    {"a400010158 20HH 03f502f5", "keys that descend", ES_LAYOUT_MISFIT},
    {"a200010158 20HH", "nothing but version and hash", ES_LAYOUT_MISFIT},
    {"a2000103f5", "no hash", ES_LAYOUT_MISFIT},
    {"a20158 20HH 03f5", "no version", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 07f5", "an unknown key", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 20f5", "a negative key", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 6103f5", "a text as key", ES_LAYOUT_MISFIT},
    {"a300010178 20HH 03f5", "the hash as a text", ES_LAYOUT_MISFIT},
    {"a30001015f58 20HH ff03f5", "the hash in pieces", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 0480", "an empty list of line ends", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 048100", "the first line ends in CR LF", ES_LAYOUT_DONE},
    {"a300010158 20HH 04820001", "the same with the run's length", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 048101", "a run of the lines that there are", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 04820000", "an empty run", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 049f00ff", "a list of indefinite length", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 049bffffffffffffffff00", "a list of 2^64-1 items", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 049b000000010000000000", "a list of 2^32 items", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 0482001bffffffffffffffff", "a run of 2^64-1 lines", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 05820041 20", "an indent for an entry", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 05820741 20", "an indent behind the last line", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 058100", "an indent without blanks", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 0582005bffffffffffffffff20", "an indent of 2^64-1 bytes", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 06820080", "an entry that goes on without a line feed", ES_LAYOUT_MISFIT},
    {"a300010158 20HH 0682009bffffffffffffffff", "an entry with 2^64-1 line feeds", ES_LAYOUT_MISFIT},
    {"a30001015bffffffffffffffffHH 03f5", "a hash of 2^64-1 bytes", ES_LAYOUT_MISFIT},
    {"bbffffffffffffffff00010158 20HH 03f5", "a map of 2^64-1 pairs", ES_LAYOUT_MISFIT},
    {"80", "a list", ES_LAYOUT_MISFIT},
    {"a0", "an empty map", ES_LAYOUT_MISFIT},
    {"c1a300010158 20HH 03f5", "a tag", ES_LAYOUT_MISFIT},
    {"f5", "true", ES_LAYOUT_MISFIT},
};

static size_t
from_hex(const char *hex, const uint8_t *hash, uint8_t *out)
{
	size_t n = 0;
	for (; *hex != '\0'; hex += 2) {
		while (*hex == ' ')
			hex++;
		unsigned byte;
		if (hex[0] == 'H') {
			memcpy(out + n, hash, ES_SHA256);
			n += ES_SHA256;
		} else if (sscanf(hex, "%2x", &byte) == 1) {
			out[n++] = (uint8_t)byte;
		} else {
			abort();
		}
	}
	return n;
}

static void
test_written(void)
{
	struct bench b;
	uint8_t hash[ES_SHA256], layout[256];
	enum es_layout_result result;

	bench_begin(&b);
	prepare(&b, "A=1");
	if (b.cbor.n != 3 + 2 + 1 + sizeof hash + 2 - 1 + 0U && b.cbor.n < 6 + sizeof hash)
		abort();
	memcpy(hash, b.cbor.p + 6, sizeof hash);
	for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
		size_t n = from_hex(written[i].hex, hash, layout);
		uint8_t *exact = malloc(n);
		if (exact == NULL)
			abort();
		memcpy(exact, layout, n);
		apply(&b, es_slice(exact, n), &result);
		ok(result == written[i].want, "%s is %s", written[i].name,
		    written[i].want == ES_LAYOUT_DONE ? "fine" : "refused");
		free(exact);
	}
	size_t n = from_hex(written[0].hex, hash, layout);
	is_bytes(b.cbor.p, b.cbor.n, layout, n, "the layout is encoded in the one allowed way");
	bench_end(&b);
}

/* ---- layouts of other documents ---- */

static const struct {
	const char *made_for, *used_on, *name;
	bool fits;
} moved[] = {
    {"A=1\r\n", "A=2\n", "a changed value that it does not touch", true},
    {"A=1\r\n", "B=1\n", "a changed name", false},
    {"A=1\r\n", "A=1\nB=2\n", "a line more", false},
    {"A=1\r\nB=2\n", "B=2\nA=1\n", "another order", false},
    {"A=1\r\n#x\n", "A=1\n\n", "a comment that became a blank line", false},
    {"A='x\ny'\n", "A='x\\ny'\n", "the same value in another form", true},
    {"A='x\ny'\n", "A='x\\nB=y'\n", "a changed value that it wraps", false},
    {"A='x\ny'\nB=1\n", "A='x\\ny'\nB=2\n", "a changed value beside the one that it wraps", true},
    {"A='x\ny'\nB=1\n", "A=1\nB='x\\ny'\n", "the value under another name", false},
    {"\n  \nA=1\n", "\n\nA=1\n", "blank lines without their blanks", true},
    {"\n  \nA=1\n", "\nA=1\n", "a blank line less", false},
};

static void
test_moved(void)
{
	enum es_layout_result result;
	for (size_t i = 0; i < sizeof moved / sizeof moved[0]; i++) {
		struct bench b, other;
		bench_begin(&b);
		bench_begin(&other);
		prepare(&b, moved[i].used_on);
		prepare(&other, moved[i].made_for);
		apply(&b, es_slice(other.cbor.p, other.cbor.n), &result);
		ok((result == ES_LAYOUT_DONE) == moved[i].fits, "a layout and %s: %s", moved[i].name,
		    moved[i].fits ? "it fits" : "it is ignored");
		bench_end(&b);
		bench_end(&other);
	}
}

/* ---- the parts of CBOR ---- */

static void
test_cbor(void)
{
	static const uint64_t numbers[] = {
	    0, 1, 23, 24, 255, 256, 65535, 65536, UINT32_MAX, (uint64_t)UINT32_MAX + 1, UINT64_MAX};
	struct es_cbor_item item;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		struct es_buf b = es_buf_make(64);
		es_cbor_put_uint(&b, numbers[i]);
		es_cbor_put_true(&b);
		struct envseal_slice rest = es_slice(b.p, b.n);
		ok(es_cbor_next(&rest, &item) && item.type == ES_CBOR_UINT && item.n == numbers[i] &&
			es_cbor_next(&rest, &item) && item.type == ES_CBOR_TRUE && rest.n == 0,
		    "%llu is written and read", (unsigned long long)numbers[i]);
		es_buf_free(&b);
	}
	/* Each first byte: what is not among the five kinds is refused, and nothing is taken off. */
	struct tally t = {0, 0};
	for (unsigned c = 0; c < 256; c++) {
		uint8_t bytes[] = {(uint8_t)c, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
		struct envseal_slice rest = es_slice(bytes, sizeof bytes);
		unsigned major = c >> 5, low = c & 31;
		bool fine = c == 0xf5 || ((major == 0 || major == 4 || major == 5) && low <= 27) ||
			    (major == 2 && low <= 9);
		bool took = es_cbor_next(&rest, &item);
		tally(&t, took == fine && (took || rest.n == sizeof bytes), "first byte", es_slice(bytes, 1));
	}
	tally_ok(&t, "every first byte is taken or refused as it should be");
}

int
main(int argc, char **argv)
{
	if (!es_mem_start())
		return 1;
	/* A number says how long the texts are; 8 takes many minutes. */
	test_every_short_text(argc > 1 ? strtoul(argv[1], NULL, 10) : 5);
	test_damage();
	test_written();
	test_moved();
	test_cbor();
	return done();
}
