#include "format/sops/open.h"

#include "format/doc/layout.h"
#include "format/err.h"
#include "format/sops/mac.h"
#include "format/sops/token.h"
#include "format/sops/values.h"

const char es_open_layout_path[] = "sops:envseal";

static const char committed[] = "take back the version of this file that was committed";

/* Opens a token of the metadata into *plain, which lives in the arena; its p is NULL when it is not authentic.
 * False: no memory. */
static bool
open_field(struct envseal_doc *doc, struct envseal_slice text, struct envseal_slice aad, bool colon,
    struct envseal_slice *plain)
{
	struct es_token token;
	size_t n = 0;

	*plain = es_slice(NULL, 0);
	if (!es_token_parse(text, &token) || !es_slice_is(token.type, "str"))
		return true;
	uint8_t *p = es_arena_alloc(&doc->arena, es_token_plain_max(&token));
	enum es_token_result result =
	    p != NULL ? es_token_open(doc->gcm, &token, aad, colon, p, &n) : ES_TOKEN_NO_MEMORY;
	if (result == ES_TOKEN_OPENED)
		*plain = es_slice(p, n);
	return result != ES_TOKEN_NO_MEMORY;
}

/* Puts the text of the opened nodes together: with the layout that the file carries if it fits. */
static bool
lay_out(struct envseal_doc *doc, struct envseal_err *err)
{
	struct envseal_slice layout = {NULL, 0};
	if (doc->meta.layout.n > 0) {
		if (!open_field(doc, doc->meta.layout, es_slice_text(es_open_layout_path), true, &layout))
			return es_fail_memory(err);
		if (layout.p == NULL)
			return es_fail_at(err, ENVSEAL_MAC, doc->file, 0, 0,
			    "the layout field sops_envseal does not authenticate", committed);
	}
	enum es_layout_result result = es_layout_apply(layout, &doc->nodes, &doc->text);
	if (result == ES_LAYOUT_MISFIT && layout.n > 0) {
		es_context_note(
		    doc->es, 0, "the layout field was made for another version of this file and is ignored");
		layout.n = 0;
		es_buf_free(&doc->text);
		result = es_layout_apply(layout, &doc->nodes, &doc->text);
	}
	if (result != ES_LAYOUT_DONE)
		return es_fail_memory(err);
	doc->layout_used = layout.n > 0;
	doc->layout = layout;
	doc->whole = es_slice(doc->text.p != NULL ? doc->text.p : (const uint8_t *)"", doc->text.n);
	return true;
}

/* The MAC that the file carries.  p NULL: there is none that authenticates.  False: no memory. */
static bool
stored_mac(struct envseal_doc *doc, struct envseal_slice *mac)
{
	if (!open_field(doc, doc->meta.mac, es_slice_text(doc->meta.modified_aad), false, mac))
		return false;
	if (mac->n != ES_MAC_TEXT)
		*mac = es_slice(NULL, 0);
	return true;
}

/* Opens values and layout; doc->key holds the data key. */
static bool
begin(struct envseal_doc *doc, bool accept_fresh, struct envseal_err *err)
{
	es_buf_free(&doc->text); /* of an earlier try */
	doc->gcm = es_arena_alloc(&doc->arena, sizeof *doc->gcm);
	if (doc->gcm == NULL)
		return es_fail_memory(err);
	es_gcm_init(doc->gcm, doc->key->b);
	return es_values_open(doc, accept_fresh, err) && lay_out(doc, err);
}

/* After a failure nothing of what was opened can be seen. */
static bool
finish(struct envseal_doc *doc, bool ok)
{
	doc->open = ok;
	if (!ok) {
		doc->intact = false;
		doc->whole = es_slice(NULL, 0);
		es_buf_free(&doc->text);
	}
	return ok;
}

/* Opens a document as it is to be: nothing in clear that should be sealed, and a MAC over just what is there. */
static bool
open_strictly(struct envseal_doc *doc, struct envseal_err *err)
{
	if (!begin(doc, false, err))
		return false;
	struct envseal_slice mac;
	if (!stored_mac(doc, &mac))
		return es_fail_memory(err);
	es_mac(&doc->nodes, doc->meta.mac_only_encrypted, true, doc->mac);
	if (mac.p == NULL)
		return es_fail_at(err, ENVSEAL_MAC, doc->file, 0, 0,
		    "the MAC does not open: it or sops_lastmodified was changed", committed);
	if (!es_mem_equal(mac.p, doc->mac, ES_MAC_TEXT))
		return es_fail_at(err, ENVSEAL_MAC, doc->file, 0, 0,
		    "the MAC is not that of these values: some were taken out, moved, or put back from an "
		    "older version",
		    committed);
	doc->intact = true;
	return true;
}

bool
es_open_with(struct envseal_doc *doc, const struct es_datakey *key, struct envseal_err *err)
{
	doc->key = es_arena_alloc(&doc->arena, sizeof *doc->key);
	if (doc->key == NULL)
		return es_fail_memory(err);
	*doc->key = *key;
	return finish(doc, open_strictly(doc, err));
}

/* ---- edited files ---- */

static int
by_name_and_token(const void *a, const void *b)
{
	const struct es_node *const *x = a, *const *y = b;
	const struct envseal_slice pairs[2][2] = {{(*x)->name, (*y)->name}, {(*x)->sealed, (*y)->sealed}};
	for (int i = 0; i < 2; i++) {
		if (pairs[i][0].n != pairs[i][1].n)
			return pairs[i][0].n < pairs[i][1].n ? -1 : 1;
		int order = pairs[i][0].n > 0 ? memcmp(pairs[i][0].p, pairs[i][1].p, pairs[i][0].n) : 0;
		if (order != 0)
			return order;
	}
	return 0;
}

/* Versions whose tokens are known to belong to the file. */
struct known {
	const struct envseal_doc *const *docs;
	size_t n;
};

static bool
is_usable(const struct envseal_doc *doc)
{
	return doc != NULL && doc->open;
}

/* Their sealed entries, sorted.  NULL: no memory. */
static const struct es_node **
sort_known(struct envseal_doc *doc, struct known known, size_t *n)
{
	size_t room = 0;
	for (size_t i = 0; i < known.n; i++)
		room += is_usable(known.docs[i]) ? known.docs[i]->nodes.n : 0;
	const struct es_node **sorted = es_arena_array(&doc->arena, room, sizeof *sorted);
	*n = 0;
	if (sorted == NULL)
		return NULL;
	for (size_t i = 0; i < known.n; i++) {
		const struct envseal_doc *one = known.docs[i];
		for (size_t k = 0; is_usable(one) && k < one->nodes.n; k++)
			if (one->nodes.p[k].kind == ES_ENTRY && one->nodes.p[k].selected)
				sorted[(*n)++] = &one->nodes.p[k];
	}
	if (*n > 0)
		qsort(sorted, *n, sizeof *sorted, by_name_and_token);
	return sorted;
}

/* The first entry whose token does not stand under its name in any known version; NULL: there is none. */
static const struct es_node *
find_stranger(const struct envseal_doc *doc, const struct es_node **sorted, size_t n)
{
	for (size_t i = 0; i < doc->nodes.n; i++) {
		const struct es_node *node = &doc->nodes.p[i];
		if (node->kind != ES_ENTRY || !node->selected || node->fresh || node->sealed.n == 0)
			continue;
		if (n == 0 || bsearch(&node, sorted, n, sizeof *sorted, by_name_and_token) == NULL)
			return node;
	}
	return NULL;
}

/* Tokens may get a new MAC only when they are known to belong here: what is sealed verifies by itself, or each token
 * stands under its name in a version whose MAC is valid. */
static bool
check_edited(struct envseal_doc *doc, struct known known, struct envseal_err *err)
{
	struct envseal_slice mac;
	char computed[ES_MAC_TEXT];
	size_t n;

	if (!stored_mac(doc, &mac))
		return es_fail_memory(err);
	es_mac(&doc->nodes, doc->meta.mac_only_encrypted, false, computed);
	if (mac.p != NULL)
		memcpy(doc->mac, mac.p, ES_MAC_TEXT);
	if (es_mem_equal(doc->mac, computed, ES_MAC_TEXT)) {
		doc->intact = !es_doc_has_fresh(doc);
		return true;
	}
	const struct es_node **sorted = sort_known(doc, known, &n);
	if (sorted == NULL)
		return es_fail_memory(err);
	const struct es_node *stranger = find_stranger(doc, sorted, n);
	if (stranger == NULL && n > 0)
		return true;
	if (stranger == NULL)
		return es_fail_at(err, ENVSEAL_MAC, doc->file, 0, 0,
		    "the MAC is not that of what is sealed here", committed);
	struct es_err_name name;
	return es_failf_at(err, ENVSEAL_MAC, doc->file, stranger->line, 1,
	    "take the line from the committed version, name a version that has it with --base, or set the "
	    "value anew",
	    "the MAC is not that of what is sealed here, and the token of %s is in no version that verifies",
	    es_err_name(&name, stranger->name));
}

static bool
find_key(struct envseal_doc *doc, struct envseal_identities *ids, struct envseal_err *err)
{
	doc->key = es_arena_alloc(&doc->arena, sizeof *doc->key);
	return doc->key != NULL ? es_datakey_open(&doc->meta, ids, doc->file, doc->key, err)
				: es_fail_memory(err);
}

bool
envseal_open(struct envseal_doc *doc, struct envseal_identities *ids, struct envseal_err *err)
{
	return finish(doc, find_key(doc, ids, err) && open_strictly(doc, err));
}

bool
envseal_open_edited(struct envseal_doc *doc, struct envseal_identities *ids,
    const struct envseal_doc *const *known, size_t n, struct envseal_err *err)
{
	struct known versions = {known, n};
	return finish(
	    doc, find_key(doc, ids, err) && begin(doc, true, err) && check_edited(doc, versions, err));
}
