/*
 * fuzz_layout - layouts and their CBOR: a byte for the reading of quotes, a text, a NUL, and edits of the layout that the
 * text has: where (modulo its length), how many bytes go, how many come, these bytes.
 *
 * Holds: a text comes back with its own layout, and has one just when it needs one; with any other layout the text reads
 * as the same lines, or the layout is refused; an item of CBOR that is read is written again as the same bytes.
 */
#include "format/doc/layout.h"

#include "format/doc/cbor.h"
#include "format/doc/dotenv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(cond) ((cond) ? (void)0 : abort())

/* A value that ends in a carriage return (stock SOPS seals those of CR LF lines) may lose it to the line end behind it. */
static struct envseal_slice
without_crs(struct envseal_slice s)
{
	while (s.n > 0 && s.p[s.n - 1] == '\r')
		s.n--;
	return s;
}

static bool
same_nodes(const struct es_nodes *a, const struct es_nodes *b)
{
	bool same = a->n == b->n;
	for (size_t i = 0; same && i < a->n; i++) {
		const struct es_node *x = &a->p[i], *y = &b->p[i];
		same = x->kind == y->kind && x->lines == y->lines && es_slice_equal(x->name, y->name) &&
		       (x->kind == ES_BLANK || es_slice_equal(without_crs(x->value), without_crs(y->value)));
	}
	return same;
}

/* The nodes as a sealed file keeps them: without their text. */
static struct es_nodes
without_text(const struct es_nodes *nodes, struct es_arena *arena)
{
	struct es_nodes bare = {0};
	for (size_t i = 0; i < nodes->n; i++) {
		struct es_node *node = es_nodes_add(&bare, arena, nodes->p[i].kind, nodes->p[i].line);
		HOLDS(node != NULL);
		*node = nodes->p[i];
		node->text = es_slice(NULL, 0);
	}
	return bare;
}

static void
check_cbor(struct envseal_slice bytes)
{
	struct es_cbor_item item;
	struct envseal_slice rest = bytes;

	while (es_cbor_next(&rest, &item)) {
		struct es_buf again = es_buf_make(SIZE_MAX / 2);
		if (item.type == ES_CBOR_UINT)
			es_cbor_put_uint(&again, item.n);
		else if (item.type == ES_CBOR_BYTES)
			es_cbor_put_bytes(&again, item.bytes.p, item.bytes.n);
		else if (item.type == ES_CBOR_ARRAY)
			es_cbor_put_array(&again, item.n);
		else if (item.type == ES_CBOR_MAP)
			es_cbor_put_map(&again, item.n);
		else
			es_cbor_put_true(&again);
		size_t used = bytes.n - rest.n;
		HOLDS(used == again.n && memcmp(bytes.p, again.p, used) == 0);
		es_buf_free(&again);
		bytes = rest;
	}
	HOLDS(rest.n == bytes.n);
}

/* Carries out the edits on a copy of the layout. */
static void
edit(struct envseal_slice layout, struct envseal_slice edits, struct es_buf *out)
{
	es_buf_put(out, layout.p, layout.n);
	while (edits.n >= 3) {
		struct es_buf next = es_buf_make(SIZE_MAX / 2);
		size_t at = edits.p[0] % (out->n + 1), gone = edits.p[1] % 16, come = edits.p[2] % 16;
		edits = es_slice_from(edits, 3);
		gone = gone < out->n - at ? gone : out->n - at;
		come = come < edits.n ? come : edits.n;
		struct envseal_slice whole = es_slice(out->p, out->n);
		es_buf_put(&next, whole.p, at);
		es_buf_put(&next, edits.p, come);
		whole = es_slice_from(whole, at + gone);
		es_buf_put(&next, whole.p, whole.n);
		edits = es_slice_from(edits, come);
		es_buf_free(out);
		*out = next;
	}
}

static void
check_edited(const struct es_nodes *plain, struct envseal_slice layout, struct es_arena *arena)
{
	struct es_nodes bare = without_text(plain, arena), again = {0};
	struct es_buf text = es_buf_make(SIZE_MAX / 2);
	struct envseal_err err = {0};
	enum es_layout_result result = es_layout_apply(layout, &bare, &text);

	HOLDS(result != ES_LAYOUT_NO_MEMORY);
	if (result == ES_LAYOUT_DONE) {
		struct es_dotenv_reading how = {.any_name = true, .base = &bare};
		HOLDS(es_dotenv_read_plain(es_slice(text.p, text.n), &how, NULL, arena, &again, &err));
		HOLDS(same_nodes(&again, plain));
	}
	es_buf_free(&text);
}

static void
check_text(const struct es_nodes *plain, struct envseal_slice bytes, struct envseal_slice edits,
    struct es_arena *arena)
{
	struct es_buf cbor = es_buf_make(SIZE_MAX / 2), changed = cbor, bare_text = cbor, text = cbor;
	struct es_nodes bare = without_text(plain, arena);

	es_layout_write(plain, &cbor);
	HOLDS(es_buf_ok(&cbor));
	check_cbor(es_slice(cbor.p, cbor.n));
	HOLDS(es_layout_apply(es_slice(NULL, 0), &bare, &bare_text) == ES_LAYOUT_DONE);
	HOLDS((cbor.n == 0) == es_slice_equal(es_slice(bare_text.p, bare_text.n), bytes));
	HOLDS(es_layout_apply(es_slice(cbor.p, cbor.n), &bare, &text) == ES_LAYOUT_DONE);
	HOLDS(es_slice_equal(es_slice(text.p, text.n), bytes));
	edit(es_slice(cbor.p, cbor.n), edits, &changed);
	check_edited(plain, es_slice(changed.p, changed.n), arena);
	es_buf_free(&cbor);
	es_buf_free(&changed);
	es_buf_free(&bare_text);
	es_buf_free(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct es_arena arena = {0};
	struct es_nodes plain = {0};
	struct envseal_err err = {0};
	static const enum envseal_quotes readings[] = {
	    ENVSEAL_QUOTES_ASK, ENVSEAL_QUOTES_MULTILINE, ENVSEAL_QUOTES_LITERAL};

	HOLDS(es_mem_start());
	if (size == 0)
		return 0;
	check_cbor(es_slice(data, size));
	struct es_dotenv_reading how = {.quotes = readings[data[0] % 3], .any_name = true};
	struct envseal_slice bytes = es_slice(data + 1, size - 1), edits = bytes;
	bytes.n = es_slice_find(bytes, '\0');
	edits = es_slice_from(edits, bytes.n < edits.n ? bytes.n + 1 : bytes.n);
	if (es_dotenv_read_plain(bytes, &how, NULL, &arena, &plain, &err))
		check_text(&plain, bytes, edits, &arena);
	else
		HOLDS(err.code != ENVSEAL_OK && err.what[0] != '\0' && err.line > 0);
	es_arena_free(&arena);
	return 0;
}
