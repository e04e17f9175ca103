#include "format/doc/layout.h"

#include "crypto/hash.h"
#include "format/doc/cbor.h"
#include "format/doc/dotenv.h"

/* Keys of the map, in the order in which they stand. */
enum { KEY_VERSION, KEY_HASH, KEY_BOM, KEY_OPEN_END, KEY_LINE_ENDS, KEY_INDENTS, KEY_WRAPS, KEYS };
enum { VERSION = 1, PART_CAP = ENVSEAL_LARGEST };
enum line_end { END_LF, END_CRLF };

static const char bom[] = "\xef\xbb\xbf";

/* ---- the hash of the lines ---- */

static void
hash_number(struct es_sha256 *h, uint64_t n)
{
	uint8_t bytes[8];
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(n >> (8 * i));
	es_sha256_add(h, bytes, sizeof bytes);
}

static void
hash_begin(struct es_sha256 *h)
{
	static const char label[] = "envseal layout 1";
	es_sha256_begin(h);
	es_sha256_add(h, label, sizeof label);
}

/* Kinds and names of all lines; values only where the layout changes how they are read. */
static void
hash_node(struct es_sha256 *h, const struct es_node *node, bool wrapped)
{
	static const char tag[] = {[ES_BLANK] = 'b', [ES_COMMENT] = 'c', [ES_ENTRY] = 'e'};
	for (uint32_t i = 0; i < node->lines; i++)
		es_sha256_add(h, &tag[node->kind], 1);
	if (node->kind != ES_ENTRY)
		return;
	hash_number(h, node->name.n);
	es_sha256_add(h, node->name.p, node->name.n);
	if (!wrapped)
		return;
	es_sha256_add(h, "v", 1);
	hash_number(h, node->value.n);
	es_sha256_add(h, node->value.p, node->value.n);
}

/* ---- writing ---- */

/* A list of the map while it is collected. */
struct part {
	struct es_buf items;
	uint64_t n;
	uint64_t next; /* the line behind the last one that was listed */
};

struct writer {
	struct part ends, indents, wraps;
	enum line_end end; /* the kind of the current run of line ends */
	uint64_t run; /* how many of them so far */
	uint64_t line; /* the current line of the sealed file */
	bool open_end;
};

static void
put_line(struct part *part, uint64_t line)
{
	es_cbor_put_uint(&part->items, line - part->next);
	part->next = line + 1;
}

static void
write_line_end(struct writer *w, enum line_end end)
{
	if (end != w->end) {
		es_cbor_put_uint(&w->ends.items, w->run);
		w->ends.n++;
		w->end = end;
		w->run = 0;
	}
	w->run++;
}

static void
write_indent(struct writer *w, const uint8_t *p, size_t n)
{
	if (n == 0)
		return;
	put_line(&w->indents, w->line);
	es_cbor_put_bytes(&w->indents.items, p, n);
	w->indents.n += 2;
}

static size_t
count_crs(struct envseal_slice s)
{
	size_t n = 0;
	while (n < s.n && s.p[s.n - n - 1] == '\r')
		n++;
	return n;
}

/* Takes the next physical line off rest, notes its line end and returns it without.  value is what ends in this line:
 * a CR of its own is none of the line end. */
static struct envseal_slice
next_line(struct writer *w, struct envseal_slice *rest, struct envseal_slice value)
{
	size_t n = es_slice_find(*rest, '\n');
	struct envseal_slice line = es_slice(rest->p, n);
	w->open_end = n == rest->n;
	if (!w->open_end) {
		bool cr = count_crs(line) > count_crs(value);
		line.n -= cr;
		write_line_end(w, cr ? END_CRLF : END_LF);
	}
	*rest = es_slice_from(*rest, w->open_end ? n : n + 1);
	return line;
}

static void
write_blank(struct writer *w, const struct es_node *node)
{
	struct envseal_slice rest = node->text;
	for (uint32_t i = 0; i < node->lines; i++, w->line++) {
		struct envseal_slice line = next_line(w, &rest, es_slice(NULL, 0));
		write_indent(w, line.p, line.n);
	}
}

static void
write_comment(struct writer *w, const struct es_node *node)
{
	struct envseal_slice rest = node->text, line = next_line(w, &rest, node->value);
	write_indent(w, line.p, es_slice_find(line, '#'));
	w->line++;
}

/* Lists, of the line feeds of a wrapped value, those that are written as "\n". */
static void
write_wrap(struct writer *w, struct envseal_slice raw)
{
	struct es_buf escaped = es_buf_make(PART_CAP);
	uint64_t feed = 0, n = 0, next = 0;

	for (size_t i = 0; i < raw.n; i++) {
		bool written = i + 1 < raw.n && raw.p[i] == '\\' && raw.p[i + 1] == 'n';
		if (written) {
			es_cbor_put_uint(&escaped, feed - next);
			next = feed + 1;
			n++;
			i++;
		}
		feed += written || raw.p[i] == '\n';
	}
	put_line(&w->wraps, w->line);
	es_cbor_put_array(&w->wraps.items, n);
	es_buf_put(&w->wraps.items, escaped.p, escaped.n);
	w->wraps.items.failed |= escaped.failed;
	w->wraps.n += 2;
	es_buf_free(&escaped);
}

/* Whether the value of an entry goes on over several lines. */
static bool
is_wrapped(const struct es_node *node)
{
	return node->kind == ES_ENTRY && es_slice_find(node->text, '\n') + 1 < node->text.n;
}

static void
write_entry(struct writer *w, const struct es_node *node)
{
	struct envseal_slice rest = es_slice_from(node->text, node->name.n + 1), raw = rest;

	while (es_slice_find(rest, '\n') + 1 < rest.n)
		(void)next_line(w, &rest, es_slice(NULL, 0));
	(void)next_line(w, &rest, node->value);
	raw.n -= !w->open_end;
	if (is_wrapped(node))
		write_wrap(w, raw);
	w->line++;
}

static void
hash_nodes(const struct es_nodes *nodes, uint8_t digest[ES_SHA256])
{
	struct es_sha256 h;
	hash_begin(&h);
	for (size_t i = 0; i < nodes->n; i++)
		hash_node(&h, &nodes->p[i], is_wrapped(&nodes->p[i]));
	es_sha256_end(&h, digest);
}

static void
put_map(struct writer *w, const struct es_nodes *nodes, struct es_buf *out)
{
	uint8_t digest[ES_SHA256];
	const struct part *parts[] = {&w->ends, &w->indents, &w->wraps};
	uint64_t fields = 2U + nodes->bom + w->open_end;

	for (size_t i = 0; i < 3; i++)
		fields += parts[i]->n > 0;
	if (fields == 2)
		return;
	hash_nodes(nodes, digest);
	es_cbor_put_map(out, fields);
	es_cbor_put_uint(out, KEY_VERSION);
	es_cbor_put_uint(out, VERSION);
	es_cbor_put_uint(out, KEY_HASH);
	es_cbor_put_bytes(out, digest, sizeof digest);
	if (nodes->bom) {
		es_cbor_put_uint(out, KEY_BOM);
		es_cbor_put_true(out);
	}
	if (w->open_end) {
		es_cbor_put_uint(out, KEY_OPEN_END);
		es_cbor_put_true(out);
	}
	for (size_t i = 0; i < 3; i++) {
		if (parts[i]->n == 0)
			continue;
		es_cbor_put_uint(out, KEY_LINE_ENDS + i);
		es_cbor_put_array(out, parts[i]->n);
		es_buf_put(out, parts[i]->items.p, parts[i]->items.n);
		out->failed |= parts[i]->items.failed;
	}
}

void
es_layout_write(const struct es_nodes *nodes, struct es_buf *cbor)
{
	struct writer w = {.end = END_LF};
	w.ends.items = w.indents.items = w.wraps.items = es_buf_make(PART_CAP);

	for (size_t i = 0; i < nodes->n; i++) {
		const struct es_node *node = &nodes->p[i];
		if (node->kind == ES_BLANK)
			write_blank(&w, node);
		else if (node->kind == ES_COMMENT)
			write_comment(&w, node);
		else
			write_entry(&w, node);
	}
	put_map(&w, nodes, cbor);
	es_buf_free(&w.ends.items);
	es_buf_free(&w.indents.items);
	es_buf_free(&w.wraps.items);
}

/* ---- reading ---- */

/* Goes through a list of the map line by line. */
struct cursor {
	struct envseal_slice rest; /* items not yet taken */
	uint64_t left; /* how many */
	uint64_t next; /* the first line that the next item can be for */
};

struct reader {
	struct envseal_slice hash;
	bool bom, open_end;
	struct cursor ends, indents, wraps;
	enum line_end end; /* kind of the current run */
	uint64_t run; /* how many of it are left; in the last run: no end */
	bool last_run;
	uint64_t line;
	struct es_buf *out;
};

static bool
take(struct cursor *c, enum es_cbor_type type, struct es_cbor_item *item)
{
	if (c->left == 0 || !es_cbor_next(&c->rest, item) || item->type != type)
		return false;
	c->left--;
	return true;
}

/* Whether the next item of a list is for this line; takes its line number if so. */
static bool
is_for(struct cursor *c, uint64_t line)
{
	struct cursor ahead = *c;
	struct es_cbor_item item;
	if (!take(&ahead, ES_CBOR_UINT, &item) || line < c->next || item.n != line - c->next)
		return false;
	*c = ahead;
	c->next = line + 1;
	return true;
}

/* Takes an array off rest and leaves a cursor over its items, each of which must be of the types given in turn; nested
 * arrays hold integers. */
static bool
read_list(struct envseal_slice *rest, const enum es_cbor_type *types, size_t types_n, struct cursor *list)
{
	struct es_cbor_item item;
	if (!es_cbor_next(rest, &item) || item.type != ES_CBOR_ARRAY || item.n == 0 || item.n % types_n != 0)
		return false;
	list->left = item.n;
	list->rest = *rest;
	for (uint64_t i = 0; i < list->left; i++) {
		if (!es_cbor_next(rest, &item) || item.type != types[i % types_n])
			return false;
		for (uint64_t k = item.type == ES_CBOR_ARRAY ? item.n : 0; k > 0; k--)
			if (!es_cbor_next(rest, &item) || item.type != ES_CBOR_UINT)
				return false;
	}
	return true;
}

static bool
read_field(struct reader *r, uint64_t key, struct envseal_slice *rest)
{
	static const enum es_cbor_type ends[] = {ES_CBOR_UINT};
	static const enum es_cbor_type indents[] = {ES_CBOR_UINT, ES_CBOR_BYTES};
	static const enum es_cbor_type wraps[] = {ES_CBOR_UINT, ES_CBOR_ARRAY};
	struct es_cbor_item item;

	if (key == KEY_LINE_ENDS)
		return read_list(rest, ends, 1, &r->ends);
	if (key == KEY_INDENTS)
		return read_list(rest, indents, 2, &r->indents);
	if (key == KEY_WRAPS)
		return read_list(rest, wraps, 2, &r->wraps);
	if (!es_cbor_next(rest, &item))
		return false;
	if (key == KEY_VERSION)
		return item.type == ES_CBOR_UINT && item.n == VERSION;
	if (key == KEY_HASH) {
		r->hash = item.bytes;
		return item.type == ES_CBOR_BYTES && item.n == ES_SHA256;
	}
	r->bom |= key == KEY_BOM;
	r->open_end |= key == KEY_OPEN_END;
	return item.type == ES_CBOR_TRUE;
}

static bool
read_map(struct reader *r, struct envseal_slice cbor)
{
	struct es_cbor_item map, key;
	uint64_t least = 0;

	if (!es_cbor_next(&cbor, &map) || map.type != ES_CBOR_MAP)
		return false;
	for (uint64_t i = 0; i < map.n; i++, least = key.n + 1) {
		if (!es_cbor_next(&cbor, &key) || key.type != ES_CBOR_UINT || key.n < least || key.n >= KEYS)
			return false;
		/* The version and the hash are there, and something behind them. */
		if (i <= KEY_HASH && key.n != i)
			return false;
		if (!read_field(r, key.n, &cbor))
			return false;
	}
	return map.n > 2 && cbor.n == 0;
}

/* Moves to the next run of line ends; the last one has no end. */
static bool
next_run(struct reader *r)
{
	struct es_cbor_item item;
	r->last_run = r->ends.left == 0;
	if (r->last_run)
		return true;
	if (!take(&r->ends, ES_CBOR_UINT, &item))
		return false;
	r->run = item.n;
	return true;
}

static bool
put_line_end(struct reader *r)
{
	while (!r->last_run && r->run == 0) {
		r->end = r->end == END_LF ? END_CRLF : END_LF;
		if (!next_run(r) || (!r->last_run && r->run == 0))
			return false;
	}
	r->run -= !r->last_run;
	es_buf_text(r->out, r->end == END_LF ? "\n" : "\r\n");
	return true;
}

static bool
put_indent(struct reader *r)
{
	struct es_cbor_item item;
	if (!is_for(&r->indents, r->line))
		return true;
	if (!take(&r->indents, ES_CBOR_BYTES, &item) || item.n == 0)
		return false;
	for (size_t i = 0; i < item.bytes.n; i++)
		if (memchr(" \t\r\v\f", item.bytes.p[i], 5) == NULL)
			return false;
	es_buf_put(r->out, item.bytes.p, item.bytes.n);
	return true;
}

/* A value whose line feeds are line ends, but for those that the list names. */
static bool
put_wrapped(struct reader *r, struct envseal_slice value)
{
	struct es_cbor_item list;
	if (!take(&r->wraps, ES_CBOR_ARRAY, &list))
		return false;
	struct cursor escaped = {.rest = r->wraps.rest, .left = list.n};
	size_t begin = r->out->n, breaks = 0;
	for (uint64_t feed = 0;; feed++) {
		size_t n = es_slice_find(value, '\n');
		es_buf_put(r->out, value.p, n);
		if (n == value.n)
			break;
		if (is_for(&escaped, feed)) {
			es_buf_text(r->out, "\\n");
		} else {
			breaks++;
			/* A CR of the value before a line end that is LF would read as CR LF. */
			if (!put_line_end(r) || (n > 0 && value.p[n - 1] == '\r' && r->end == END_LF))
				return false;
		}
		value = es_slice_from(value, n + 1);
	}
	r->wraps.rest = escaped.rest;
	if (escaped.left > 0 || breaks == 0 || r->out->failed)
		return false;
	/* It must read back as this one value: the quote it opens is closed in its last line, and not before. */
	bool opens;
	struct envseal_slice raw = es_slice(r->out->p + begin, r->out->n - begin);
	size_t closing = es_dotenv_closing_quote(raw, &opens);
	return opens && closing < raw.n &&
	       es_slice_find(es_slice_from(raw, closing), '\n') == raw.n - closing;
}

static bool
put_node(struct reader *r, const struct es_node *node, bool last)
{
	for (uint32_t i = 0; i < node->lines; i++, r->line++) {
		if (node->kind != ES_ENTRY && !put_indent(r))
			return false;
		if (node->kind == ES_COMMENT) {
			es_buf_byte(r->out, '#');
			es_dotenv_put_value(r->out, node->value);
		} else if (node->kind == ES_ENTRY) {
			es_buf_put(r->out, node->name.p, node->name.n);
			es_buf_byte(r->out, '=');
			if (!is_for(&r->wraps, r->line))
				es_dotenv_put_value(r->out, node->value);
			else if (!put_wrapped(r, node->value))
				return false;
		}
		bool open = r->open_end && last && i + 1 == node->lines;
		if (!open && !put_line_end(r))
			return false;
	}
	return true;
}

/* Whether the hash in the layout is that of these nodes. */
static bool
hash_fits(const struct reader *r, const struct es_nodes *nodes)
{
	struct es_sha256 h;
	uint8_t digest[ES_SHA256];
	struct cursor wraps = r->wraps;
	uint64_t line = 0;

	hash_begin(&h);
	for (size_t i = 0; i < nodes->n; i++) {
		struct es_cbor_item item = {0};
		bool wrapped = is_for(&wraps, line);
		if (wrapped && !take(&wraps, ES_CBOR_ARRAY, &item))
			wrapped = false;
		for (uint64_t k = item.n; k > 0; k--)
			if (!es_cbor_next(&wraps.rest, &item))
				break;
		hash_node(&h, &nodes->p[i], wrapped);
		line += nodes->p[i].lines;
	}
	es_sha256_end(&h, digest);
	return es_mem_equal(digest, r->hash.p, sizeof digest);
}

static size_t
estimate(const struct es_nodes *nodes)
{
	size_t n = sizeof bom;
	for (size_t i = 0; i < nodes->n; i++)
		n += nodes->p[i].name.n + nodes->p[i].value.n + 2 + nodes->p[i].lines;
	return n;
}

enum es_layout_result
es_layout_apply(struct envseal_slice layout, struct es_nodes *nodes, struct es_buf *out)
{
	struct reader r = {.out = out};

	if (layout.n > 0 && (!read_map(&r, layout) || !hash_fits(&r, nodes)))
		return ES_LAYOUT_MISFIT;
	if (!next_run(&r))
		return ES_LAYOUT_MISFIT;
	es_buf_reserve(out, estimate(nodes));
	if (r.bom)
		es_buf_text(out, bom);
	for (size_t i = 0; i < nodes->n; i++) {
		size_t begin = out->n;
		if (!put_node(&r, &nodes->p[i], i + 1 == nodes->n))
			return es_buf_ok(out) ? ES_LAYOUT_MISFIT : ES_LAYOUT_NO_MEMORY;
		nodes->p[i].text.n = out->n - begin;
	}
	if (!es_buf_ok(out))
		return ES_LAYOUT_NO_MEMORY;
	if (r.indents.left > 0 || r.wraps.left > 0 || r.ends.left > 0 || !r.last_run ||
	    (r.open_end && nodes->n == 0))
		return ES_LAYOUT_MISFIT;
	const uint8_t *at = out->p + (r.bom ? 3 : 0);
	for (size_t i = 0; i < nodes->n; at += nodes->p[i++].text.n)
		nodes->p[i].text.p = at;
	nodes->bom = r.bom;
	return ES_LAYOUT_DONE;
}
