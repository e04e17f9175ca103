#include "format/doc/select.h"

#include "crypto/core/buf.h"
#include "format/doc/regex.h"
#include "format/doc/utf8.h"
#include "format/err.h"

/* What the six fields have in common: whether a match seals or leaves in clear, and how a match is found. */
struct kind {
	const char *name;
	bool seals; /* a match is sealed; else all but a match is */
	bool regex;
	bool comments; /* comments decide, not names */
};

static const struct kind kinds[] = {
    [ENVSEAL_SELECT_DEFAULT] = {"unencrypted_suffix", false, false, false},
    [ENVSEAL_UNENCRYPTED_SUFFIX] = {"unencrypted_suffix", false, false, false},
    [ENVSEAL_ENCRYPTED_SUFFIX] = {"encrypted_suffix", true, false, false},
    [ENVSEAL_UNENCRYPTED_REGEX] = {"unencrypted_regex", false, true, false},
    [ENVSEAL_ENCRYPTED_REGEX] = {"encrypted_regex", true, true, false},
    [ENVSEAL_UNENCRYPTED_COMMENT_REGEX] = {"unencrypted_comment_regex", false, true, true},
    [ENVSEAL_ENCRYPTED_COMMENT_REGEX] = {"encrypted_comment_regex", true, true, true},
};

const char *
envseal_selecting_name(enum envseal_selecting selecting)
{
	return kinds[selecting].name;
}

void
es_select_resolve(
    const struct envseal_plan *plan, enum envseal_selecting *selecting, struct envseal_slice *selector)
{
	*selecting = plan->selecting;
	*selector = plan->selector;
	if (plan->selecting == ENVSEAL_SELECT_DEFAULT) {
		*selecting = ENVSEAL_UNENCRYPTED_SUFFIX;
		*selector = es_slice_text("_unencrypted");
	}
}

bool
envseal_plan_selects_alike(const struct envseal_plan *a, const struct envseal_plan *b)
{
	enum envseal_selecting selecting[2];
	struct envseal_slice selector[2];

	es_select_resolve(a, &selecting[0], &selector[0]);
	es_select_resolve(b, &selecting[1], &selector[1]);
	return selecting[0] == selecting[1] && es_slice_equal(selector[0], selector[1]) &&
	       a->mac_only_encrypted == b->mac_only_encrypted;
}

struct marker {
	const struct kind *kind;
	struct envseal_slice selector;
	struct es_regex *regex; /* NULL for a suffix */
	struct es_nodes *nodes;
	struct envseal_err *err;
};

/* Searches a text that is not UTF-8 as Go does: each byte that belongs to no character counts as U+FFFD. */
static enum es_regex_result
search_mended(const struct es_regex *regex, struct envseal_slice text)
{
	struct es_buf mended = es_buf_make(SIZE_MAX / 2);
	enum es_regex_result result = ES_REGEX_NO_MEMORY;

	while (text.n > 0) {
		size_t good = es_utf8_valid(text);
		es_buf_put(&mended, text.p, good);
		if (good < text.n)
			es_buf_text(&mended, "\xef\xbf\xbd");
		text = es_slice_from(text, good < text.n ? good + 1 : good);
	}
	if (es_buf_ok(&mended))
		result = es_regex_search(regex, es_slice(mended.p, mended.n));
	es_buf_free(&mended);
	return result;
}

static bool
matches(struct marker *m, const struct es_node *node, struct envseal_slice text, bool *match)
{
	if (m->regex == NULL) {
		*match = es_slice_ends(text, m->selector);
		return true;
	}
	enum es_regex_result result = es_regex_search(m->regex, text);
	if (result == ES_REGEX_NOT_UTF8)
		result = search_mended(m->regex, text);
	*match = result == ES_REGEX_YES;
	if (result == ES_REGEX_NO_MEMORY)
		return es_fail_memory(m->err);
	if (result == ES_REGEX_LIMIT)
		return es_failf_at(m->err, ENVSEAL_CONFIG, NULL, node->line, 1, "make the expression simpler",
		    "%s takes too long on this line", m->kind->name);
	return true;
}

/* A name decides for its own value; comments, which have no name, are sealed unless only matches are. */
static bool
mark_by_name(struct marker *m)
{
	for (size_t i = 0; i < m->nodes->n; i++) {
		struct es_node *node = &m->nodes->p[i];
		bool match = false;
		if (node->kind == ES_ENTRY && !matches(m, node, node->name, &match))
			return false;
		node->selected = node->kind != ES_BLANK && match == m->kind->seals;
	}
	return true;
}

/* Comments decide for the comments that follow and the next entry.  A comment that leaves things in clear does so for
 * itself, too; one that seals stays readable itself. */
static bool
mark_by_comment(struct marker *m)
{
	bool active = false;
	for (size_t i = 0; i < m->nodes->n; i++) {
		struct es_node *node = &m->nodes->p[i];
		bool before = active, match = false;
		node->selected = false;
		if (node->kind == ES_BLANK)
			continue;
		if (node->kind == ES_COMMENT && !matches(m, node, node->value, &match))
			return false;
		active = active || match;
		node->selected = m->kind->seals ? before : !active;
		if (node->kind == ES_ENTRY)
			active = false;
	}
	return true;
}

bool
es_select_mark(const struct envseal_plan *plan, struct es_nodes *nodes, struct envseal_err *err)
{
	struct marker m = {.nodes = nodes, .err = err};
	enum envseal_selecting selecting;
	size_t offset;
	const char *why = NULL;

	es_select_resolve(plan, &selecting, &m.selector);
	m.kind = &kinds[selecting];
	if (m.kind->regex) {
		m.regex = es_regex_new(m.selector, &offset, &why);
		if (m.regex == NULL && why == NULL)
			return es_fail_memory(err);
		if (m.regex == NULL)
			return es_failf(err, ENVSEAL_CONFIG, "correct the expression", "%s at byte %zu: %s",
			    m.kind->name, offset + 1, why);
	}
	bool ok = m.kind->comments ? mark_by_comment(&m) : mark_by_name(&m);
	es_regex_free(m.regex);
	return ok;
}
