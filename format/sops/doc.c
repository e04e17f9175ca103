#include "format/sops/doc.h"

#include "format/doc/select.h"
#include "format/err.h"
#include "format/key/recipient.h"
#include "format/sops/token.h"

static struct envseal_doc *
make(struct envseal *es, struct envseal_slice bytes, const char *file, struct envseal_err *err)
{
	struct es_arena arena = {0};
	struct envseal_doc *doc = es_arena_alloc(&arena, sizeof *doc);
	if (doc == NULL) {
		es_fail_memory(err);
		return NULL;
	}
	doc->arena = arena;
	doc->es = es;
	doc->file = file;
	doc->source = bytes;
	doc->text = es_buf_make(SIZE_MAX / 2);
	return doc;
}

void
envseal_doc_free(struct envseal_doc *doc)
{
	if (doc == NULL)
		return;
	envseal_recipients_free(doc->plan.recipients);
	es_buf_free(&doc->text);
	struct es_arena arena = doc->arena; /* the document lives in its own arena */
	es_arena_free(&arena);
}

static bool
check_size(struct envseal_slice bytes, const char *file, struct envseal_err *err)
{
	if (bytes.n <= ENVSEAL_LARGEST)
		return true;
	return es_fail_at(
	    err, ENVSEAL_INPUT, file, 0, 0, "the file is larger than 256 MiB", "seal large files with age");
}

enum envseal_state
envseal_look(struct envseal_slice bytes)
{
	return es_sealedenv_look(bytes) ? ENVSEAL_SEALED : ENVSEAL_PLAIN;
}

struct envseal_doc *
envseal_read_plain(struct envseal *es, struct envseal_slice bytes, const char *file,
    const struct envseal_doc *base, enum envseal_quotes quotes, bool any_name, struct envseal_err *err)
{
	struct es_dotenv_reading how = {
	    .quotes = quotes, .any_name = any_name, .base = base != NULL && base->open ? &base->nodes : NULL};
	struct envseal_doc *doc = make(es, bytes, file, err);

	if (doc != NULL && check_size(bytes, file, err) &&
	    es_dotenv_read_plain(bytes, &how, file, &doc->arena, &doc->nodes, err)) {
		doc->whole = es_slice(bytes.p != NULL ? bytes.p : (const uint8_t *)"", bytes.n);
		return doc;
	}
	envseal_doc_free(doc);
	return NULL;
}

/* The recipients that envseal can seal to; the others stay in the metadata alone. */
static bool
read_plan(struct envseal_doc *doc, struct envseal_err *err)
{
	doc->plan.selecting = doc->meta.selecting;
	doc->plan.selector = doc->meta.selector;
	doc->plan.mac_only_encrypted = doc->meta.mac_only_encrypted;
	doc->plan.recipients = envseal_recipients_new();
	if (doc->plan.recipients == NULL)
		return es_fail_memory(err);
	for (size_t i = 0; i < doc->meta.age_n; i++) {
		const struct es_meta_age *age = &doc->meta.age[i];
		struct envseal_err unknown = {0};
		if (!es_recipients_add_named(doc->plan.recipients, age->recipient, &unknown) &&
		    unknown.code == ENVSEAL_NO_MEMORY)
			return es_fail_memory(err);
	}
	return true;
}

struct envseal_doc *
envseal_read_sealed(struct envseal *es, struct envseal_slice bytes, const char *file, struct envseal_err *err)
{
	struct es_sealedenv_metas metas = {0};
	struct envseal_doc *doc = make(es, bytes, file, err);

	if (doc != NULL && check_size(bytes, file, err) &&
	    es_sealedenv_read(bytes, file, &doc->arena, &doc->nodes, &metas, err) &&
	    es_meta_read(&metas, file, &doc->arena, &doc->meta, err) && read_plan(doc, err) &&
	    es_select_mark(&doc->plan, &doc->nodes, err)) {
		doc->sealed = true;
		return doc;
	}
	if (err->file == NULL)
		err->file = file;
	envseal_doc_free(doc);
	return NULL;
}

/* ---- looking ---- */

struct envseal_slice
envseal_doc_text(const struct envseal_doc *doc)
{
	return doc->whole;
}

const struct envseal_plan *
envseal_doc_plan(const struct envseal_doc *doc)
{
	return &doc->plan;
}

bool
envseal_doc_is_open(const struct envseal_doc *doc)
{
	return doc->open;
}

struct envseal_slice
envseal_doc_modified(const struct envseal_doc *doc)
{
	return doc->meta.modified;
}

struct envseal_slice
envseal_doc_version(const struct envseal_doc *doc)
{
	return doc->meta.version;
}

size_t
envseal_doc_foreign(const struct envseal_doc *doc)
{
	return doc->meta.foreign;
}

void
envseal_doc_tag(const struct envseal_doc *doc, char tag[17])
{
	es_datakey_tag(doc->key, tag);
}

bool
es_doc_has_fresh(const struct envseal_doc *doc)
{
	for (size_t i = 0; i < doc->nodes.n; i++)
		if (doc->nodes.p[i].fresh)
			return true;
	return false;
}

size_t
envseal_doc_recipients(const struct envseal_doc *doc)
{
	return doc->meta.age_n;
}

struct envseal_slice
envseal_doc_recipient(const struct envseal_doc *doc, size_t i)
{
	return doc->meta.age[i].recipient;
}

bool
envseal_doc_entry(const struct envseal_doc *doc, size_t from, struct envseal_entry *entry)
{
	while (from < doc->nodes.n && doc->nodes.p[from].kind != ES_ENTRY)
		from++;
	if (from >= doc->nodes.n)
		return false;
	const struct es_node *node = &doc->nodes.p[from];
	memset(entry, 0, sizeof *entry);
	entry->place = from;
	entry->name = node->name;
	entry->line = node->line;
	entry->selected = node->selected;
	entry->empty = node->value.n == 0;
	struct es_token token;
	entry->sealed = doc->sealed && node->selected && !node->fresh && es_token_parse(node->sealed, &token);
	if (doc->open || !doc->sealed)
		entry->value = node->value;
	return true;
}

bool
envseal_doc_answers(const struct envseal_doc *doc, size_t place, struct envseal_slice name)
{
	const struct es_node *node = &doc->nodes.p[place];
	return node->kind == ES_ENTRY &&
	       es_slice_equal(es_dotenv_bare_name(node->name), es_dotenv_bare_name(name));
}

bool
envseal_doc_selects(const struct envseal_doc *doc, size_t place)
{
	return doc->nodes.p[place].selected;
}

bool
envseal_doc_find(const struct envseal_doc *doc, struct envseal_slice name, size_t *place, size_t *count)
{
	size_t found = 0;

	for (size_t at = 0; at < doc->nodes.n; at++) {
		if (envseal_doc_answers(doc, at, name)) {
			found++;
			*place = at;
		}
	}
	*count = found;
	return found > 0;
}

/* ---- changing ---- */

bool
es_doc_settle(struct envseal_doc *doc, struct envseal_err *err)
{
	size_t n = doc->nodes.bom ? 3 : 0;

	if (doc->whole.p != NULL)
		return true;
	for (size_t i = 0; i < doc->nodes.n; i++)
		n += doc->nodes.p[i].text.n;
	uint8_t *p = es_arena_alloc(&doc->arena, n);
	if (p == NULL)
		return es_fail_memory(err);
	doc->whole = es_slice(p, n);
	if (doc->nodes.bom) {
		memcpy(p, "\xef\xbb\xbf", 3);
		p += 3;
	}
	for (size_t i = 0; i < doc->nodes.n; i++) {
		struct es_node *node = &doc->nodes.p[i];
		if (node->text.n > 0)
			memcpy(p, node->text.p, node->text.n);
		node->text.p = p;
		p += node->text.n;
	}
	return true;
}

/* The line end that a text has: LF, CR LF or none. */
static struct envseal_slice
line_end(struct envseal_slice text)
{
	if (es_slice_ends(text, es_slice_text("\r\n")))
		return es_slice_text("\r\n");
	return es_slice_text(es_slice_ends(text, es_slice_text("\n")) ? "\n" : "");
}

/* Gives an entry a value and the text that goes with it. */
static bool
assign(struct envseal_doc *doc, struct es_node *node, struct envseal_slice value, struct envseal_slice end,
    struct envseal_err *err)
{
	struct es_buf line = es_buf_make(SIZE_MAX / 2);
	const char *copy = es_arena_copy(&doc->arena, value.p, value.n), *text = NULL;

	es_buf_put(&line, node->name.p, node->name.n);
	es_buf_byte(&line, '=');
	es_dotenv_put_value(&line, value);
	es_buf_put(&line, end.p, end.n);
	if (copy != NULL && es_buf_ok(&line))
		text = es_arena_copy(&doc->arena, line.p, line.n);
	if (text != NULL) {
		node->value = es_slice(copy, value.n);
		node->hashed = node->value;
		node->type = NULL;
		node->text = es_slice(text, line.n);
		node->sealed = es_slice(NULL, 0);
		doc->whole.p = NULL;
	}
	es_buf_free(&line);
	return text != NULL ? es_doc_settle(doc, err) : es_fail_memory(err);
}

static bool
check_value(const struct envseal_doc *doc, struct envseal_slice value, struct envseal_err *err)
{
	if (es_slice_find(value, '\0') == value.n)
		return true;
	return es_fail_at(err, ENVSEAL_BAD_VALUE, doc->file, 0, 0,
	    "the value has a NUL byte, which a dotenv file cannot carry",
	    "encode it first, for instance in base64");
}

/* In clear the two characters "\\n" are a line feed; a token can hold them. */
static bool
check_clear(const struct envseal_doc *doc, const struct es_node *node, struct envseal_err *err)
{
	static const char written[] = "\\n";
	bool has =
	    node->value.n > 0 && memmem(node->value.p, node->value.n, written, sizeof written - 1) != NULL;
	if (node->selected || !has)
		return true;
	return es_fail_at(err, ENVSEAL_BAD_VALUE, doc->file, node->line, 0,
	    "a value that stands in clear cannot have a backslash followed by n, which would be a line feed",
	    "seal the value, or write it in another way");
}

bool
envseal_doc_set(struct envseal_doc *doc, size_t place, struct envseal_slice value, struct envseal_err *err)
{
	struct es_node *node = &doc->nodes.p[place];
	if (es_slice_equal(node->value, value) && es_slice_equal(node->hashed, value))
		return true;
	return check_value(doc, value, err) && assign(doc, node, value, line_end(node->text), err) &&
	       check_clear(doc, node, err);
}

/* Gives the last line a line end if it has none, and says which one lines have here. */
static bool
close_last_line(struct envseal_doc *doc, struct envseal_slice *end, struct envseal_err *err)
{
	size_t n = doc->nodes.n;

	*end = es_slice_text("\n");
	if (n == 0)
		return true;
	struct es_node *last = &doc->nodes.p[n - 1];
	if (line_end(last->text).n > 0) {
		*end = line_end(last->text);
		return true;
	}
	if (n > 1)
		*end = line_end(doc->nodes.p[n - 2].text);
	uint8_t *text = es_arena_alloc(&doc->arena, last->text.n + end->n);
	if (text == NULL)
		return es_fail_memory(err);
	memcpy(text, last->text.p, last->text.n);
	memcpy(text + last->text.n, end->p, end->n);
	last->text = es_slice(text, last->text.n + end->n);
	return true;
}

bool
envseal_doc_add(struct envseal_doc *doc, struct envseal_slice name, struct envseal_slice value, bool any_name,
    struct envseal_err *err)
{
	enum envseal_code code;
	const char *fault = es_dotenv_name_fault(name, any_name, &code);
	struct envseal_slice end;

	if (fault != NULL)
		return es_fail_at(err, code, doc->file, 0, 0, fault,
		    code == ENVSEAL_RESERVED ? "choose another name"
					     : "names are made of letters, digits and '_'");
	if (!check_value(doc, value, err) || !close_last_line(doc, &end, err))
		return false;
	struct es_node *node = es_nodes_add(&doc->nodes, &doc->arena, ES_ENTRY, 0);
	const char *copy = es_arena_copy(&doc->arena, name.p, name.n);
	if (node == NULL || copy == NULL)
		return es_fail_memory(err);
	node->name = es_slice(copy, name.n);
	return assign(doc, node, value, end, err) && es_select_mark(&doc->plan, &doc->nodes, err) &&
	       check_clear(doc, node, err);
}

bool
envseal_doc_unset(struct envseal_doc *doc, size_t place, struct envseal_err *err)
{
	struct es_node *node = &doc->nodes.p[place];
	memmove(node, node + 1, (doc->nodes.n - place - 1) * sizeof *node);
	doc->nodes.n--;
	doc->whole.p = NULL;
	return es_doc_settle(doc, err);
}
