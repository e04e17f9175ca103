
#include <stdio.h>

#include "format/doc/layout.h"
#include "format/doc/select.h"
#include "format/err.h"
#include "format/sops/align.h"
#include "format/sops/mac.h"
#include "format/sops/open.h"
#include "format/sops/scalar.h"
#include "format/sops/token.h"
#include "format/sops/values.h"

/* One sealing on its way from document to bytes. */
struct sealing {
	struct envseal_doc *doc;
	const struct envseal_seal *how;
	const struct envseal_doc *base; /* the one to build upon; NULL when it is not trusted */
	struct es_datakey *key;
	struct es_gcm *gcm; /* the key made ready */
	struct es_meta_new meta;
	struct envseal_report *report;
	struct envseal_err *err;
};

/* ---- what may be kept ---- */

static enum envseal_verdict
judge(const struct envseal_seal *how)
{
	if (how->base == NULL)
		return ENVSEAL_BASE_NONE;
	if (!how->base->open)
		return ENVSEAL_BASE_SHUT;
	for (size_t i = 0; i < how->base->meta.age_n; i++)
		if (how->plan != &how->base->plan &&
		    !envseal_recipients_has(how->plan->recipients, how->base->meta.age[i].recipient))
			return ENVSEAL_BASE_RECIPIENT;
	return how->new_key ? ENVSEAL_BASE_NEW_KEY : ENVSEAL_BASE_TRUSTED;
}

/* Whether the base is sealed to the very recipients that are wanted. */
static bool
has_all_wanted(const struct sealing *s)
{
	const struct envseal_recipients *wanted = s->how->plan->recipients;
	if (s->how->plan == &s->base->plan)
		return true;
	for (size_t i = 0; i < envseal_recipients_count(wanted); i++)
		if (!envseal_recipients_has(
			s->base->plan.recipients, es_slice_text(envseal_recipients_at(wanted, i))))
			return false;
	return true;
}

/* Keys that envseal cannot wrap a data key for must not be left behind with the old one. */
static bool
check_foreign(struct sealing *s)
{
	const struct envseal_doc *old = s->how->base;
	bool rewritten =
	    old != NULL && (s->base == NULL || !envseal_plan_selects_alike(s->how->plan, &old->plan));
	if (!rewritten || s->how->drop_foreign || old->meta.foreign + old->meta.groups == 0)
		return true;
	return es_fail_at(s->err, ENVSEAL_REFUSED, old->file, 0, 0,
	    old->meta.groups > 0 ? "the file is sealed to key groups, which would be lost with a new data key"
				 : "the file is sealed to keys of KMS, PGP or Vault, too, which envseal "
				   "cannot give a new data key",
	    "use sops for this, or say --drop-foreign to leave those keys out");
}

static bool
is_unchanged(const struct sealing *s)
{
	const struct es_buf *before = &s->base->text;
	/* Two values can have one text: a line feed, and the two characters that stand for it. */
	for (size_t i = 0; s->doc == s->base && i < s->doc->nodes.n; i++)
		if (s->doc->nodes.p[i].kind == ES_ENTRY && s->doc->nodes.p[i].sealed.p == NULL)
			return false;
	return s->base->intact && es_slice_equal(s->doc->whole, es_slice(before->p, before->n)) &&
	       has_all_wanted(s) && envseal_plan_selects_alike(s->how->plan, &s->base->plan);
}

/* ---- values ---- */

/* Lays doc over the base: equal lines become what they are there. */
static bool
take_over(struct sealing *s, int64_t **match)
{
	struct es_nodes *nodes = &s->doc->nodes;
	*match = NULL;
	if (s->doc == s->base)
		return true;
	for (size_t i = 0; i < nodes->n; i++)
		nodes->p[i].sealed = es_slice(NULL, 0);
	if (s->base == NULL)
		return true;
	if (!es_align(&s->base->nodes, nodes, &s->doc->arena, match))
		return es_fail_memory(s->err);
	for (size_t i = 0; i < nodes->n; i++) {
		struct es_node *node = &nodes->p[i];
		if ((*match)[i] == ES_ALIGN_NONE)
			continue;
		const struct es_node *old = &s->base->nodes.p[(*match)[i]];
		node->kind = old->kind;
		node->name = old->name;
		node->value = old->value;
		node->hashed = old->hashed;
		node->type = old->type;
	}
	return true;
}

/* Decides node by node which sealed form may stay, after the selection has been made anew. */
static void
keep_tokens(struct sealing *s, const int64_t *match, const bool *was_selected)
{
	for (size_t i = 0; i < s->doc->nodes.n; i++) {
		struct es_node *node = &s->doc->nodes.p[i];
		if (match != NULL && match[i] != ES_ALIGN_NONE) {
			const struct es_node *old = &s->base->nodes.p[match[i]];
			if (!old->fresh && old->selected == node->selected)
				node->sealed = old->sealed;
		} else if (s->doc == s->base && (node->fresh || was_selected[i] != node->selected)) {
			node->sealed = es_slice(NULL, 0);
		}
		node->fresh = false;
	}
}

/* Whoever opens the file sees comments sealed: the expression must not match one then that it did not match before. */
static bool
check_triggers(struct sealing *s)
{
	const struct es_nodes *nodes = &s->doc->nodes;
	struct es_nodes seen = {.n = nodes->n, .room = nodes->n};

	if (s->how->plan->selecting != ENVSEAL_UNENCRYPTED_COMMENT_REGEX)
		return true;
	seen.p = es_arena_array(&s->doc->arena, nodes->n, sizeof *seen.p);
	if (seen.p == NULL)
		return es_fail_memory(s->err);
	for (size_t i = 0; i < nodes->n; i++) {
		seen.p[i] = nodes->p[i];
		if (nodes->p[i].kind == ES_COMMENT)
			seen.p[i].value = nodes->p[i].sealed;
	}
	if (!es_select_mark(s->how->plan, &seen, s->err))
		return false;
	for (size_t i = 0; i < nodes->n; i++)
		if (seen.p[i].selected != nodes->p[i].selected)
			return es_fail_at(s->err, ENVSEAL_ENCRYPT, s->doc->file, nodes->p[i].line, 1,
			    "unencrypted_comment_regex matches this comment when it is sealed",
			    "write an expression that matches no letters and digits of a sealed text");
	return true;
}

static bool
seal_values(struct sealing *s)
{
	struct es_nodes *nodes = &s->doc->nodes;
	bool *was_selected = es_arena_array(&s->doc->arena, nodes->n, sizeof *was_selected);
	int64_t *match;

	if (was_selected == NULL)
		return es_fail_memory(s->err);
	for (size_t i = 0; i < nodes->n; i++)
		was_selected[i] = nodes->p[i].selected;
	if (!take_over(s, &match) || !es_select_mark(s->how->plan, nodes, s->err))
		return false;
	keep_tokens(s, match, was_selected);
	for (size_t i = 0; i < nodes->n; i++)
		if (nodes->p[i].kind == ES_ENTRY) {
			bool sealed = nodes->p[i].selected && nodes->p[i].value.n > 0;
			s->report->values++;
			s->report->empty += nodes->p[i].value.n == 0;
			s->report->sealed += sealed;
			s->report->reused += sealed && nodes->p[i].sealed.p != NULL;
		}
	if (s->report->sealed == 0 && !s->how->allow_none)
		return es_fail_at(s->err, ENVSEAL_NOTHING, s->doc->file, 0, 0, "there is no value to seal",
		    "say --allow-none if that is right");
	return es_values_seal(s->doc, s->gcm, s->err) && check_triggers(s);
}

/* ---- metadata ---- */

/* A token for the metadata; lives in the arena.  p NULL: no memory. */
static struct envseal_slice
seal_field(struct sealing *s, struct envseal_slice plain, struct envseal_slice aad, bool colon)
{
	uint8_t iv[ES_TOKEN_IV];
	size_t n = es_token_length(plain.n, "str");
	char *text = es_arena_alloc(&s->doc->arena, n);

	if (text == NULL)
		return es_slice(NULL, 0);
	es_context_random(s->doc->es, iv, sizeof iv);
	return es_slice(es_token_seal(s->gcm, iv, aad, colon, plain, "str", text) ? text : NULL, n);
}

static bool
seal_mac(struct sealing *s)
{
	char mac[ES_MAC_TEXT];
	bool only_selected = s->how->plan->mac_only_encrypted;

	es_mac(&s->doc->nodes, only_selected, true, mac);
	if (s->base != NULL && es_mem_equal(mac, s->base->mac, sizeof mac)) {
		s->meta.mac = s->base->meta.mac;
		s->meta.modified = s->base->meta.modified;
		return true;
	}
	char *text = es_arena_alloc(&s->doc->arena, 32);
	if (text == NULL)
		return es_fail_memory(s->err);
	if (!es_scalar_write_time(es_context_now(s->doc->es), text))
		return es_fail(s->err, ENVSEAL_INTERNAL, "the clock gives no time that can be written", NULL);
	s->meta.modified = es_slice_text(text);
	s->meta.mac = seal_field(s, es_slice(mac, sizeof mac), s->meta.modified, false);
	return s->meta.mac.p != NULL || es_fail_memory(s->err);
}

static bool
seal_layout(struct sealing *s)
{
	struct es_buf cbor = es_buf_make(ENVSEAL_LARGEST);
	bool ok;

	es_layout_write(&s->doc->nodes, &cbor);
	ok = es_buf_ok(&cbor) || es_fail_memory(s->err);
	struct envseal_slice layout = es_slice(cbor.p, cbor.n);
	if (ok && layout.n > 0) {
		if (s->base != NULL && s->base->layout_used && es_slice_equal(layout, s->base->layout))
			s->meta.layout = s->base->meta.layout;
		else
			s->meta.layout = seal_field(s, layout, es_slice_text(es_open_layout_path), true);
		ok = s->meta.layout.p != NULL || es_fail_memory(s->err);
	}
	s->report->layout = layout.n > 0;
	es_buf_free(&cbor);
	return ok;
}

/* Wraps the data key: entries of the base that are still right stay as they are. */
static bool
wrap_key(struct sealing *s)
{
	const struct envseal_recipients *list = s->how->plan->recipients;
	size_t n = envseal_recipients_count(list);

	s->meta.age_changed = s->base == NULL || !has_all_wanted(s);
	if (!s->meta.age_changed && s->meta.from != NULL)
		return true;
	struct es_meta_age *age = es_arena_array(&s->doc->arena, n, sizeof *age);
	if (age == NULL)
		return es_fail_memory(s->err);
	s->meta.age = age;
	s->meta.age_n = n;
	for (size_t i = 0; i < n; i++) {
		const struct es_meta_age *old = NULL;
		for (size_t k = 0; s->base != NULL && k < s->base->meta.age_n && old == NULL; k++)
			if (es_slice_is(s->base->meta.age[k].recipient, envseal_recipients_at(list, i)))
				old = &s->base->meta.age[k];
		if (old != NULL)
			age[i] = *old;
		else if (!es_datakey_wrap(s->doc->es, s->key, list, i, &s->doc->arena, &age[i], s->err))
			return false;
	}
	return true;
}

/* The metadata of the earlier version goes on, even under a new data key, unless it selects differently. */
static void
choose_metadata(struct sealing *s)
{
	const struct envseal_doc *old = s->how->base;
	s->meta.plan = s->how->plan;
	s->meta.drop_foreign = s->base == NULL;
	if (old != NULL && old->open && envseal_plan_selects_alike(s->how->plan, &old->plan))
		s->meta.from = &old->meta;
}

/* ---- bytes ---- */

static void
put_node(const struct es_node *node, struct es_buf *out)
{
	if (node->kind == ES_COMMENT)
		es_buf_byte(out, '#');
	if (node->kind == ES_ENTRY) {
		es_buf_put(out, node->name.p, node->name.n);
		es_buf_byte(out, '=');
	}
	es_buf_put(out, node->sealed.p, node->sealed.n);
	for (uint32_t i = 0; i < node->lines; i++)
		es_buf_byte(out, '\n');
}

static bool
write_file(struct sealing *s, struct es_buf *out)
{
	size_t n = 8192;
	s->meta.all_behind = true;
	for (size_t i = 0; i < s->doc->nodes.n; i++)
		s->meta.all_behind &= s->doc->nodes.p[i].kind == ES_BLANK;
	for (size_t i = 0; i < s->doc->nodes.n; i++)
		n += s->doc->nodes.p[i].name.n + s->doc->nodes.p[i].sealed.n + s->doc->nodes.p[i].lines + 1;
	if (n <= out->cap)
		es_buf_reserve(out, n);
	es_meta_write(&s->meta, ES_META_LEADING, out);
	for (size_t i = 0; i < s->doc->nodes.n; i++)
		put_node(&s->doc->nodes.p[i], out);
	es_meta_write(&s->meta, ES_META_TRAILING, out);
	if (!es_buf_ok(out) && n > ENVSEAL_LARGEST - 8192)
		return es_fail_at(s->err, ENVSEAL_BAD_VALUE, s->doc->file, 0, 0,
		    "sealed, the file would be larger than 256 MiB",
		    "split the file, or seal it whole with age");
	return es_buf_ok(out) || es_fail_memory(s->err);
}

/* Opens the result as a stranger would and compares it with what was to be sealed. */
static bool
prove(struct sealing *s, const struct es_buf *out)
{
	struct envseal quiet = *s->doc->es;
	struct envseal_err err = {0};

	quiet.host.note = NULL;
	struct envseal_doc *doc = envseal_read_sealed(&quiet, es_slice(out->p, out->n), s->doc->file, &err);
	bool same =
	    doc != NULL && es_open_with(doc, s->key, &err) && es_slice_equal(doc->whole, s->doc->whole);
	envseal_doc_free(doc);
	if (same || err.code == ENVSEAL_NO_MEMORY)
		return same || es_fail_memory(s->err);
	return es_failf_at(s->err, ENVSEAL_INTERNAL, s->doc->file, 0, 0,
	    "nothing was written; please report this, without the file",
	    "the sealed file would not open to the same text: %s",
	    err.code == ENVSEAL_OK ? "it differs" : err.what);
}

static bool
copy_base(struct sealing *s, struct es_buf *out)
{
	struct envseal_slice source = s->base->source;
	if (s->doc != s->base && !es_select_mark(s->how->plan, &s->doc->nodes, s->err))
		return false;
	for (size_t i = 0; i < s->base->nodes.n; i++) {
		const struct es_node *node = &s->base->nodes.p[i];
		if (node->kind != ES_ENTRY)
			continue;
		s->report->values++;
		s->report->empty += node->value.n == 0;
		s->report->sealed += node->selected && node->value.n > 0;
	}
	s->report->reused = s->report->sealed;
	s->report->unchanged = true;
	s->report->layout = s->base->layout_used;
	es_buf_put(out, source.p, source.n);
	return es_buf_ok(out) || es_fail_memory(s->err);
}

static bool
make_key(struct sealing *s)
{
	s->key = es_arena_alloc(&s->doc->arena, sizeof *s->key);
	s->gcm = es_arena_alloc(&s->doc->arena, sizeof *s->gcm);
	if (s->key == NULL || s->gcm == NULL)
		return es_fail_memory(s->err);
	if (s->base != NULL)
		*s->key = *s->base->key;
	else
		es_datakey_make(s->doc->es, s->key);
	es_gcm_init(s->gcm, s->key->b);
	es_datakey_tag(s->key, s->report->tag);
	return true;
}

static bool
seal(struct sealing *s, struct es_buf *out)
{
	if (!es_doc_settle(s->doc, s->err) || !check_foreign(s) || !make_key(s))
		return false;
	if (s->base != NULL && is_unchanged(s))
		return copy_base(s, out);
	choose_metadata(s);
	return seal_values(s) && seal_mac(s) && seal_layout(s) && wrap_key(s) && write_file(s, out) &&
	       prove(s, out);
}

bool
envseal_seal(struct envseal_doc *doc, const struct envseal_seal *how, struct envseal_out *out,
    struct envseal_report *report, struct envseal_err *err)
{
	struct es_buf bytes = es_buf_make(ENVSEAL_LARGEST);
	struct sealing s = {.doc = doc, .how = how, .report = report, .err = err};

	memset(report, 0, sizeof *report);
	if (how->plan->recipients == NULL || envseal_recipients_count(how->plan->recipients) == 0)
		return es_fail_at(err, ENVSEAL_RECIPIENT, doc->file, 0, 0, "there is nobody to seal to",
		    "name recipients with -r or in .sops.yaml");
	report->verdict = judge(how);
	if (report->verdict == ENVSEAL_BASE_TRUSTED)
		s.base = how->base;
	if (!seal(&s, &bytes)) {
		es_buf_free(&bytes);
		return false;
	}
	out->p = bytes.p;
	out->n = bytes.n;
	return true;
}
