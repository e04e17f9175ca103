#include "format/doc/sealedenv.h"

#include "format/err.h"

struct reader {
	const char *file;
	struct es_arena *arena;
	struct es_nodes *nodes;
	struct envseal_err *err;
	uint32_t line; /* the number of the current line */
	size_t behind_meta; /* how many nodes stand before the last line of metadata */
};

static bool
is_meta(struct envseal_slice line)
{
	return es_slice_begins(line, "sops_");
}

/* Fields that every sealed file has; one of them is enough, so that a broken file is not taken for a plaintext. */
static bool
is_telling(struct envseal_slice line)
{
	static const char *const telling[] = {
	    "sops_mac=", "sops_version=", "sops_lastmodified=", "sops_age__list_"};
	for (size_t i = 0; i < sizeof telling / sizeof telling[0]; i++)
		if (es_slice_begins(line, telling[i]))
			return true;
	return false;
}

/* Offset of the first line that begins with "sops_" at or behind from, which is the start of a line or inside a line
 * that does not count any more; bytes.n if there is none. */
static size_t
find_meta(struct envseal_slice bytes, size_t from)
{
	while (from < bytes.n) {
		struct envseal_slice rest = es_slice_from(bytes, from);
		if (is_meta(rest) && (from == 0 || bytes.p[from - 1] == '\n'))
			return from;
		size_t n = es_slice_find(rest, '\n');
		from += n < rest.n ? n + 1 : n;
	}
	return bytes.n;
}

bool
es_sealedenv_look(struct envseal_slice bytes)
{
	for (size_t at = find_meta(bytes, 0); at < bytes.n; at = find_meta(bytes, at + 5))
		if (is_telling(es_slice_from(bytes, at)))
			return true;
	return false;
}

static size_t
count_metas(struct envseal_slice bytes)
{
	size_t n = 0;
	for (size_t at = find_meta(bytes, 0); at < bytes.n; at = find_meta(bytes, at + 5))
		n++;
	return n;
}

static bool
read_sealed_line(struct reader *r, struct envseal_slice line, struct es_sealedenv_metas *metas)
{
	size_t equals = es_slice_find(line, '=');
	bool comment = line.n > 0 && line.p[0] == '#';

	if (line.n > 0 && !comment && equals == line.n) {
		bool conflict = es_slice_begins(line, "<<<<<<<") || es_slice_begins(line, ">>>>>>>");
		return es_fail_at(r->err, ENVSEAL_GENERIC, r->file, r->line, 1,
		    conflict ? "a merge conflict marker stands here"
			     : "this line is neither NAME=VALUE nor a comment nor blank",
		    conflict ? "take one side whole (git checkout --ours or --theirs), then make the other "
			       "change again"
			     : "take back the version of this file that was committed");
	}
	if (is_meta(line)) {
		struct es_sealedenv_meta *meta = &metas->p[metas->n++];
		meta->name = es_slice(line.p + 5, equals - 5);
		meta->value = es_slice_from(line, equals + 1);
		meta->line = r->line;
		meta->leading = r->nodes->n == 0;
		return true;
	}
	enum es_node_kind kind = line.n == 0 ? ES_BLANK : comment ? ES_COMMENT : ES_ENTRY;
	struct es_node *above = r->nodes->n > r->behind_meta ? &r->nodes->p[r->nodes->n - 1] : NULL;
	if (kind == ES_BLANK && above != NULL && above->kind == ES_BLANK) {
		above->lines++;
		return true;
	}
	struct es_node *node = es_nodes_add(r->nodes, r->arena, kind, r->line);
	if (node == NULL)
		return es_fail_memory(r->err);
	if (kind == ES_ENTRY)
		node->name = es_slice(line.p, equals);
	node->sealed = es_slice_from(line, kind == ES_ENTRY ? equals + 1 : comment ? 1 : 0);
	node->value = node->sealed;
	return true;
}

/* Takes out the nodes behind the last line of metadata if they are blank lines alone. */
static void
drop_blanks(struct reader *r, const struct es_sealedenv_metas *metas)
{
	if (metas->n > 0 && r->nodes->n == r->behind_meta + 1 && r->nodes->p[r->behind_meta].kind == ES_BLANK)
		r->nodes->n--;
}

/* Whether the first line of metadata ends in CR LF: then a checkout has converted the whole file. */
static bool
is_converted(struct envseal_slice bytes)
{
	struct envseal_slice meta = es_slice_from(bytes, find_meta(bytes, 0));
	size_t n = es_slice_find(meta, '\n');
	return n > 0 && n < meta.n && meta.p[n - 1] == '\r';
}

bool
es_sealedenv_read(struct envseal_slice bytes, const char *file, struct es_arena *arena,
    struct es_nodes *nodes, struct es_sealedenv_metas *metas, struct envseal_err *err)
{
	struct reader r = {.file = file, .arena = arena, .nodes = nodes, .err = err, .line = 1};
	size_t n;
	bool converted = is_converted(bytes);

	metas->n = 0;
	metas->p = es_arena_array(arena, count_metas(bytes), sizeof *metas->p);
	if (metas->p == NULL || !es_nodes_reserve(nodes, arena, es_nodes_estimate(bytes)))
		return es_fail_memory(err);
	for (; bytes.n > 0; bytes = es_slice_from(bytes, n < bytes.n ? n + 1 : n), r.line++) {
		n = es_slice_find(bytes, '\n');
		struct envseal_slice line = es_slice(bytes.p, n);
		if (converted && line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (is_meta(line))
			drop_blanks(&r, metas);
		if (!read_sealed_line(&r, line, metas))
			return false;
		if (is_meta(line))
			r.behind_meta = nodes->n;
	}
	drop_blanks(&r, metas);
	return true;
}
