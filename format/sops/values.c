#include "format/sops/values.h"

#include "format/err.h"
#include "format/sops/scalar.h"
#include "format/sops/token.h"

enum { BATCH = 512 }; /* values that one thread takes at a time */

/* One value that is to be opened or sealed. */
struct job {
	struct es_node *node;
	struct es_token token; /* opening: the parts of the token */
	uint8_t *out; /* where the result goes */
	size_t n; /* opening: bytes of plaintext */
	enum es_token_result result;
};

struct work {
	const struct envseal *es;
	const struct es_gcm *gcm;
	struct job *jobs;
	size_t n;
};

/* Makes room for at most so many jobs as there are nodes that pass. */
static bool
work_begin(struct work *w, struct envseal_doc *doc, const struct es_gcm *gcm,
    bool (*is_job)(const struct es_node *node))
{
	size_t n = 0;
	for (size_t i = 0; i < doc->nodes.n; i++)
		n += is_job(&doc->nodes.p[i]);
	w->es = doc->es;
	w->gcm = gcm;
	w->jobs = es_arena_array(&doc->arena, n, sizeof *w->jobs);
	return w->jobs != NULL;
}

static void
work_run(struct work *w, void (*batch)(void *arg, size_t i))
{
	es_context_parallel(w->es, batch, w, (w->n + BATCH - 1) / BATCH);
}

static const char *
type_of(const struct es_node *node)
{
	if (node->kind == ES_COMMENT)
		return "comment";
	return node->type != NULL ? node->type : "str";
}

/* What goes into the token. */
static struct envseal_slice
wire_of(const struct es_node *node)
{
	return node->kind == ES_COMMENT ? node->value : node->hashed;
}

/* The key path that the additional data is made of: a comment has none. */
static struct envseal_slice
path_of(const struct es_node *node)
{
	return node->kind == ES_COMMENT ? es_slice("", 0) : node->name;
}

/* ---- opening ---- */

static void
open_batch(void *arg, size_t i)
{
	struct work *w = arg;
	size_t end = (i + 1) * BATCH < w->n ? (i + 1) * BATCH : w->n;
	for (struct job *job = &w->jobs[i * BATCH]; job < &w->jobs[end]; job++)
		job->result = es_token_open(w->gcm, &job->token, path_of(job->node), true, job->out, &job->n);
}

static bool
value_fault(struct envseal_doc *doc, const struct es_node *node, const char *what, struct envseal_err *err)
{
	struct es_err_name name;
	return es_failf_at(err, ENVSEAL_DECRYPT, doc->file, node->line, (uint32_t)node->name.n + 2,
	    "take back the version of this file that was committed", "the value of %s %s",
	    es_err_name(&name, node->name), what);
}

/* Takes the result of a job over into its node. */
static bool
adopt(struct envseal_doc *doc, struct job *job, struct envseal_err *err)
{
	struct es_node *node = job->node;
	struct envseal_slice wire = es_slice(job->out, job->n);
	bool is_comment = es_slice_is(job->token.type, "comment"), is_open = job->result == ES_TOKEN_OPENED;

	if (job->result == ES_TOKEN_NO_MEMORY)
		return es_fail_memory(err);
	if (node->kind == ES_COMMENT) {
		if (is_open && is_comment)
			node->value = wire;
		else
			es_context_note(
			    doc->es, node->line, "this comment does not open and is shown as it stands");
		return true;
	}
	if (!is_open)
		return value_fault(
		    doc, node, "does not open: it was changed, or moved here from another name or file", err);
	node->hashed = wire;
	switch (es_scalar_read(job->token.type, wire, &doc->arena, &node->value, &node->type)) {
	case ES_SCALAR_DONE:
		return true;
	case ES_SCALAR_NO_MEMORY:
		return es_fail_memory(err);
	case ES_SCALAR_BAD:
		break;
	}
	return value_fault(doc, node, "is of a type that is not known, or not written as that type is", err);
}

/* What stands in clear: a line feed in it is written out. */
static bool
read_clear(struct envseal_doc *doc, struct es_node *node, struct envseal_err *err)
{
	if (node->kind == ES_ENTRY)
		node->value = es_dotenv_value(node->sealed, &doc->arena);
	node->hashed = node->value;
	return node->value.p != NULL || es_fail_memory(err);
}

static bool
is_to_open(const struct es_node *node)
{
	return node->kind != ES_BLANK && node->selected && node->sealed.n > 0;
}

/* Sorts a node out: either it becomes a job, or it stands in clear. */
static bool
sort_out(
    struct envseal_doc *doc, struct work *w, struct es_node *node, bool accept_fresh, struct envseal_err *err)
{
	if (node->kind == ES_BLANK)
		return true;
	if (!is_to_open(node))
		return read_clear(doc, node, err);
	struct job *job = &w->jobs[w->n];
	if (es_token_parse(node->sealed, &job->token)) {
		job->node = node;
		w->n++;
		return true;
	}
	if (node->kind == ES_ENTRY && es_slice_begins(node->sealed, "ENC["))
		return value_fault(doc, node, "is a sealed value that was cut or changed", err);
	if (node->kind == ES_ENTRY && !accept_fresh)
		return value_fault(doc, node, "is not sealed, although it should be", err);
	if (node->kind == ES_COMMENT && !accept_fresh)
		es_context_note(doc->es, node->line, "this comment stands in clear");
	node->fresh = accept_fresh;
	return read_clear(doc, node, err);
}

bool
es_values_open(struct envseal_doc *doc, bool accept_fresh, struct envseal_err *err)
{
	struct work w = {0};
	size_t room = 0;

	if (!work_begin(&w, doc, doc->gcm, is_to_open))
		return es_fail_memory(err);
	for (size_t i = 0; i < doc->nodes.n; i++)
		if (!sort_out(doc, &w, &doc->nodes.p[i], accept_fresh, err))
			return false;
	for (size_t i = 0; i < w.n; i++)
		room += es_token_plain_max(&w.jobs[i].token);
	uint8_t *out = es_arena_alloc(&doc->arena, room);
	if (out == NULL)
		return es_fail_memory(err);
	for (size_t i = 0; i < w.n; i++) {
		w.jobs[i].out = out;
		out += es_token_plain_max(&w.jobs[i].token);
	}
	work_run(&w, open_batch);
	for (size_t i = 0; i < w.n; i++)
		if (!adopt(doc, &w.jobs[i], err))
			return false;
	return true;
}

/* ---- sealing ---- */

static void
seal_batch(void *arg, size_t i)
{
	struct work *w = arg;
	uint8_t ivs[BATCH][ES_TOKEN_IV];
	size_t end = (i + 1) * BATCH < w->n ? (i + 1) * BATCH : w->n;

	es_context_random(w->es, ivs, (end - i * BATCH) * sizeof ivs[0]);
	for (size_t k = i * BATCH; k < end; k++) {
		struct job *job = &w->jobs[k];
		bool ok = es_token_seal(w->gcm, ivs[k - i * BATCH], path_of(job->node), true,
		    wire_of(job->node), type_of(job->node), (char *)job->out);
		job->result = ok ? ES_TOKEN_OPENED : ES_TOKEN_NO_MEMORY;
	}
}

static bool
is_to_seal(const struct es_node *node)
{
	return node->kind != ES_BLANK && node->sealed.p == NULL && node->selected && node->value.n > 0;
}

static bool
write_clear(struct envseal_doc *doc, struct es_node *node)
{
	struct es_buf text = es_buf_make(SIZE_MAX / 2);
	node->sealed = node->hashed = node->value;
	node->type = NULL;
	if (node->value.n == 0)
		node->sealed = es_slice("", 0);
	else if (es_slice_find(node->value, '\n') < node->value.n) {
		es_dotenv_put_value(&text, node->value);
		const char *copy = es_buf_ok(&text) ? es_arena_copy(&doc->arena, text.p, text.n) : NULL;
		node->sealed = es_slice(copy, copy != NULL ? text.n : 0);
	}
	es_buf_free(&text);
	return node->sealed.p != NULL;
}

bool
es_values_seal(struct envseal_doc *doc, const struct es_gcm *gcm, struct envseal_err *err)
{
	struct work w = {0};
	size_t room = 0;

	if (!work_begin(&w, doc, gcm, is_to_seal))
		return es_fail_memory(err);
	for (size_t i = 0; i < doc->nodes.n; i++) {
		struct es_node *node = &doc->nodes.p[i];
		if (node->kind == ES_BLANK || node->sealed.p != NULL)
			continue;
		if (is_to_seal(node)) {
			room += es_token_length(wire_of(node).n, type_of(node));
			w.jobs[w.n++].node = node;
		} else if (!write_clear(doc, node)) {
			return es_fail_memory(err);
		}
	}
	uint8_t *out = es_arena_alloc(&doc->arena, room);
	if (out == NULL)
		return es_fail_memory(err);
	for (size_t i = 0; i < w.n; i++) {
		size_t n = es_token_length(wire_of(w.jobs[i].node).n, type_of(w.jobs[i].node));
		w.jobs[i].out = out;
		w.jobs[i].node->sealed = es_slice(out, n);
		out += n;
	}
	work_run(&w, seal_batch);
	for (size_t i = 0; i < w.n; i++)
		if (w.jobs[i].result == ES_TOKEN_NO_MEMORY)
			return es_fail_memory(err);
	return true;
}
