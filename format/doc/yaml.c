#include "format/doc/yaml.h"

#include "format/err.h"
#include "format/slice.h"

#include <yaml.h>

/* Comparisons of keys and anchors that a document may cost; each can be made to grow with the square of its size. */
enum { MOST_WORK = 4 * 1000 * 1000 };

static const char simplify[] = "write the file with fewer aliases and simpler structure";

struct anchor {
	struct anchor *next;
	struct envseal_slice name;
	const struct es_yaml_node *node;
};

/* A list or mapping that is being read. */
struct frame {
	struct es_yaml_node *node;
	struct es_yaml_item **tail;
	const struct es_yaml_node *key; /* waits for its value */
};

struct composer {
	struct es_yaml *yaml;
	const char *file;
	struct envseal_err *err;
	struct anchor *anchors; /* newest first */
	size_t chars, byte; /* libyaml counts characters: a place known in both */
	size_t work;
	size_t documents;
	size_t depth;
	struct frame stack[ES_YAML_DEEPEST];
};

/* ---- places and errors ---- */

void
es_yaml_place(const struct es_yaml *yaml, size_t offset, uint32_t *line, uint32_t *col)
{
	size_t start = 0;

	*line = 1;
	for (size_t i = 0; i < offset && i < yaml->bytes.n; i++) {
		if (yaml->bytes.p[i] == '\n') {
			++*line;
			start = i + 1;
		}
	}
	*col = (uint32_t)(offset - start + 1);
}

static bool
fail(struct composer *c, size_t offset, const char *what, const char *hint)
{
	uint32_t line, col;

	es_yaml_place(c->yaml, offset, &line, &col);
	return es_fail_at(c->err, ENVSEAL_CONFIG, c->file, line, col, what, hint);
}

static bool
is_inside(uint8_t byte)
{
	return (byte & 0xc0) == 0x80;
}

/* The offset of a mark.  Marks come nearly in order, so the known place is moved, forward or back. */
static size_t
offset_of(struct composer *c, size_t chars)
{
	struct envseal_slice in = c->yaml->bytes;

	for (; c->chars < chars && c->byte < in.n; c->chars++)
		for (c->byte++; c->byte < in.n && is_inside(in.p[c->byte]);)
			c->byte++;
	for (; c->chars > chars && c->byte > 0; c->chars--)
		for (c->byte--; c->byte > 0 && is_inside(in.p[c->byte]);)
			c->byte--;
	return c->byte;
}

static bool
fail_parser(struct composer *c, const yaml_parser_t *parser)
{
	if (parser->error == YAML_MEMORY_ERROR)
		return es_fail_memory(c->err);
	size_t offset = parser->error == YAML_READER_ERROR ? parser->problem_offset
							   : offset_of(c, parser->problem_mark.index);
	uint32_t line, col;

	es_yaml_place(c->yaml, offset < c->yaml->bytes.n ? offset : c->yaml->bytes.n, &line, &col);
	return es_failf_at(c->err, ENVSEAL_CONFIG, c->file, line, col, "correct the YAML there",
	    "this is not YAML: %s", parser->problem == NULL ? "it cannot be read" : parser->problem);
}

static bool
spend(struct composer *c, size_t offset)
{
	if (c->work++ < MOST_WORK)
		return true;
	return fail(c, offset, "the file has too many keys, anchors or merges", simplify);
}

/* ---- nodes ---- */

static struct es_yaml_node *
make_node(struct composer *c, enum es_yaml_kind kind, const yaml_event_t *event)
{
	struct es_yaml_node *node = es_arena_alloc(&c->yaml->arena, sizeof *node);

	if (node == NULL) {
		es_fail_memory(c->err);
		return NULL;
	}
	node->kind = kind;
	node->weight = 1;
	node->begin = offset_of(c, event->start_mark.index);
	node->end = kind == ES_YAML_SCALAR ? offset_of(c, event->end_mark.index) : node->begin;
	return node;
}

/* Remembers node under the anchor of its event, if there is one. */
static bool
set_anchor(struct composer *c, const yaml_char_t *name, const struct es_yaml_node *node)
{
	if (name == NULL)
		return true;
	size_t n = strlen((const char *)name);
	struct anchor *anchor = es_arena_alloc(&c->yaml->arena, sizeof *anchor);
	char *copy = es_arena_copy(&c->yaml->arena, name, n);

	if (anchor == NULL || copy == NULL)
		return es_fail_memory(c->err);
	*anchor = (struct anchor){c->anchors, es_slice(copy, n), node};
	c->anchors = anchor;
	return true;
}

static const struct es_yaml_node *
find_anchor(struct composer *c, const yaml_event_t *event)
{
	const char *name = (const char *)event->data.alias.anchor;
	size_t offset = offset_of(c, event->start_mark.index);

	for (const struct anchor *a = c->anchors; a != NULL; a = a->next) {
		if (!spend(c, offset))
			return NULL;
		if (!es_slice_is(a->name, name))
			continue;
		if (a->node->open) {
			fail(c, offset, "an alias stands inside of what it stands for",
			    "write out what is meant");
			return NULL;
		}
		return a->node;
	}
	fail(c, offset, "there is no anchor of this name before the alias",
	    "correct the name, or add the anchor");
	return NULL;
}

/* Only tags that say what is read anyway are accepted.  *text: the scalar is a string whatever it looks like. */
static bool
check_tag(
    struct composer *c, const yaml_event_t *event, const yaml_char_t *tag, const char *expected, bool *text)
{
	static const char prefix[] = "tag:yaml.org,2002:";
	const char *name = (const char *)tag;

	*text = false;
	if (tag == NULL || strcmp(name, "!") == 0) {
		*text = tag != NULL;
		return true;
	}
	if (strncmp(name, prefix, sizeof prefix - 1) == 0) {
		name += sizeof prefix - 1;
		*text = strcmp(name, "str") == 0;
		if (strcmp(name, expected) == 0)
			return true;
	}
	return fail(c, offset_of(c, event->start_mark.index), "this tag is not supported", "remove the tag");
}

static bool
same_key(const struct es_yaml_node *a, const struct es_yaml_node *b)
{
	return a->kind == ES_YAML_SCALAR && b->kind == ES_YAML_SCALAR && es_slice_equal(a->text, b->text);
}

/* *found: the mapping in frame f has such a key already. */
static bool
find_key(struct composer *c, const struct frame *f, const struct es_yaml_node *key,
    const struct es_yaml_node **found)
{
	*found = NULL;
	for (const struct es_yaml_item *i = f->node->items; i != NULL; i = i->next) {
		if (!spend(c, key->begin))
			return false;
		if (same_key(i->key, key)) {
			*found = i->key;
			return true;
		}
	}
	return true;
}

static bool
append(struct composer *c, struct frame *f, const struct es_yaml_node *key, const struct es_yaml_node *value)
{
	struct es_yaml_item *item = es_arena_alloc(&c->yaml->arena, sizeof *item);

	if (item == NULL)
		return es_fail_memory(c->err);
	item->key = key;
	item->value = value;
	*f->tail = item;
	f->tail = &item->next;
	f->node->count++;
	f->node->weight += value->weight + (key == NULL ? 0 : key->weight);
	if (f->node->weight > ES_YAML_MOST)
		return fail(
		    c, value->begin, "the file is too large when its aliases are written out", simplify);
	return true;
}

static bool
fail_duplicate(struct composer *c, const struct es_yaml_node *key, const struct es_yaml_node *first)
{
	struct es_err_name name;
	uint32_t line, col, line1, col1;

	es_yaml_place(c->yaml, key->begin, &line, &col);
	es_yaml_place(c->yaml, first->begin, &line1, &col1);
	return es_failf_at(c->err, ENVSEAL_CONFIG, c->file, line, col, "remove one of the two",
	    "the key '%s' stands here for the second time, first at %u:%u", es_err_name(&name, key->text),
	    line1, col1);
}

/* Gives a complete node to the list or mapping that is being read, or makes it the root. */
static bool
add(struct composer *c, const struct es_yaml_node *node)
{
	const struct es_yaml_node *first = NULL;

	if (c->depth == 0) {
		if (c->documents == 1)
			c->yaml->root = node;
		return true;
	}
	struct frame *f = &c->stack[c->depth - 1];
	if (f->node->kind == ES_YAML_LIST)
		return append(c, f, NULL, node);
	if (f->key == NULL) {
		f->key = node;
		if (!find_key(c, f, node, &first))
			return false;
		return first == NULL || fail_duplicate(c, node, first);
	}
	const struct es_yaml_node *key = f->key;
	f->key = NULL;
	return append(c, f, key, node);
}

/* ---- merge keys ---- */

static bool
is_merge(const struct es_yaml_node *key)
{
	return key->plain && es_slice_is(key->text, "<<");
}

/* Adds the keys of a mapping that frame f does not have yet. */
static bool
merge_map(struct composer *c, struct frame *f, const struct es_yaml_node *map, size_t offset)
{
	if (map->kind != ES_YAML_MAP)
		return fail(
		    c, offset, "'<<' takes a mapping or a list of mappings", "correct what stands behind it");
	for (const struct es_yaml_item *i = map->items; i != NULL; i = i->next) {
		const struct es_yaml_node *first;

		if (!spend(c, offset) || !find_key(c, f, i->key, &first))
			return false;
		if (first == NULL && !append(c, f, i->key, i->value))
			return false;
	}
	return true;
}

/* Replaces a merge key by the keys that it brings; what stands in the mapping itself wins, then what comes first. */
static bool
merge(struct composer *c, struct frame *f)
{
	struct es_yaml_item **at = &f->node->items;

	while (*at != NULL && !is_merge((*at)->key))
		at = &(*at)->next;
	if (*at == NULL)
		return true;
	const struct es_yaml_item *item = *at;
	if (f->tail == &(*at)->next)
		f->tail = at;
	*at = item->next;
	f->node->count--;
	if (item->value->kind != ES_YAML_LIST)
		return merge_map(c, f, item->value, item->key->begin);
	for (const struct es_yaml_item *i = item->value->items; i != NULL; i = i->next)
		if (!merge_map(c, f, i->value, item->key->begin))
			return false;
	return true;
}

/* ---- events ---- */

static bool
read_scalar(struct composer *c, const yaml_event_t *event)
{
	struct es_yaml_node *node = make_node(c, ES_YAML_SCALAR, event);
	bool text = false;

	if (node == NULL || !check_tag(c, event, event->data.scalar.tag, "str", &text))
		return false;
	char *copy = es_arena_copy(&c->yaml->arena, event->data.scalar.value, event->data.scalar.length);
	if (copy == NULL)
		return es_fail_memory(c->err);
	node->text = es_slice(copy, event->data.scalar.length);
	node->plain = !text && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	return set_anchor(c, event->data.scalar.anchor, node) && add(c, node);
}

static bool
read_start(struct composer *c, const yaml_event_t *event)
{
	bool map = event->type == YAML_MAPPING_START_EVENT, text;
	const yaml_char_t *anchor =
	    map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
	const yaml_char_t *tag = map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
	struct es_yaml_node *node = make_node(c, map ? ES_YAML_MAP : ES_YAML_LIST, event);

	if (node == NULL || !check_tag(c, event, tag, map ? "map" : "seq", &text) ||
	    !set_anchor(c, anchor, node))
		return false;
	if (c->depth == ES_YAML_DEEPEST)
		return fail(c, node->begin, "lists and mappings are nested too deeply", simplify);
	node->open = true;
	c->stack[c->depth++] = (struct frame){node, &node->items, NULL};
	return true;
}

static bool
read_end(struct composer *c)
{
	struct frame *f = &c->stack[c->depth - 1];

	if (f->node == NULL)
		return fail(c, 0, "a list or mapping ends that never began", simplify);
	if (f->node->kind == ES_YAML_MAP && !merge(c, f))
		return false;
	f->node->open = false;
	c->depth--;
	return add(c, f->node);
}

static bool
read_event(struct composer *c, const yaml_event_t *event)
{
	const struct es_yaml_node *node;

	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		c->documents++;
		c->anchors = NULL;
		return true;
	case YAML_ALIAS_EVENT:
		node = find_anchor(c, event);
		return node != NULL && add(c, node);
	case YAML_SCALAR_EVENT:
		return read_scalar(c, event);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return read_start(c, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return read_end(c);
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		break;
	}
	return true;
}

bool
es_yaml_read(struct es_yaml *yaml, struct envseal_slice bytes, const char *file, struct envseal_err *err)
{
	struct composer c = {.yaml = yaml, .file = file, .err = err};
	yaml_parser_t parser;
	bool good = true, end = false;

	*yaml = (struct es_yaml){.bytes = bytes};
	if (bytes.n > ES_YAML_LARGEST)
		return fail(&c, 0, "the file is larger than 1 MiB", "remove what is not needed");
	if (!yaml_parser_initialize(&parser))
		return es_fail_memory(err);
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, bytes.n > 0 ? bytes.p : (const unsigned char *)"", bytes.n);
	while (good && !end) {
		yaml_event_t event;

		if (!yaml_parser_parse(&parser, &event)) {
			good = fail_parser(&c, &parser);
			break;
		}
		end = event.type == YAML_STREAM_END_EVENT;
		good = read_event(&c, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return good;
}

void
es_yaml_free(struct es_yaml *yaml)
{
	es_arena_free(&yaml->arena);
	yaml->root = NULL;
}

/* ---- looking ---- */

const struct es_yaml_node *
es_yaml_get(const struct es_yaml_node *map, const char *key)
{
	if (map == NULL || map->kind != ES_YAML_MAP)
		return NULL;
	for (const struct es_yaml_item *i = map->items; i != NULL; i = i->next)
		if (i->key->kind == ES_YAML_SCALAR && es_slice_is(i->key->text, key))
			return i->value;
	return NULL;
}

bool
es_yaml_is_null(const struct es_yaml_node *node)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL"};

	if (node == NULL)
		return true;
	if (node->kind != ES_YAML_SCALAR || !node->plain)
		return false;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (es_slice_is(node->text, words[i]))
			return true;
	return false;
}
