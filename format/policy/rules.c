/* The functions of the public header about .sops.yaml; the file's syntax is format/doc/yaml's matter. */
#include "format/context.h"
#include "format/doc/regex.h"
#include "format/doc/yaml.h"
#include "format/err.h"
#include "format/slice.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* One reading of a .sops.yaml.  The first mistake becomes the error, the others are notes. */
struct reading {
	struct envseal *es;
	const char *file;
	struct envseal_err *err;
	struct es_yaml yaml;
};

/* Keys that SOPS knows; what looks like a misspelling of one is pointed out.  Each list ends with NULL. */
static const char *const top_keys[] = {"creation_rules", "destination_rules", "stores", NULL};
static const char *const rule_keys[] = {"path_regex", "age", "pgp", "kms", "gcp_kms", "hckms",
    "azure_keyvault", "hc_vault_transit_uri", "plugins", "timeout", "aws_profile", "key_groups",
    "shamir_threshold", "unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex",
    "unencrypted_comment_regex", "encrypted_comment_regex", "mac_only_encrypted", NULL};
static const char *const group_keys[] = {
    "merge", "age", "pgp", "kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault", "plugins", NULL};

/* Those of them that name keys of other kinds, in a rule or in a group. */
static const char *const foreign_keys[] = {
    "pgp", "kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault_transit_uri", "hc_vault", "plugins"};

/* ---- mistakes ---- */

static bool
report(struct reading *r, const struct envseal_err *mistake)
{
	if (r->err->code == ENVSEAL_OK)
		*r->err = *mistake;
	else if (mistake->code != ENVSEAL_NO_MEMORY)
		es_context_note(r->es, mistake->line, mistake->what);
	return false;
}

/* Returns false.  node says where; NULL: nowhere. */
static bool fail(struct reading *r, const struct es_yaml_node *node, const char *hint, const char *what, ...)
    ENVSEAL_PRINTF(4, 5);

static bool
fail(struct reading *r, const struct es_yaml_node *node, const char *hint, const char *what, ...)
{
	struct envseal_err mistake = {.code = ENVSEAL_OK};
	char text[sizeof mistake.what];
	uint32_t line = 0, col = 0;
	va_list args;

	va_start(args, what);
	(void)vsnprintf(text, sizeof text, what, args);
	va_end(args);
	if (node != NULL)
		es_yaml_place(&r->yaml, node->begin, &line, &col);
	es_fail_at(&mistake, ENVSEAL_CONFIG, r->file, line, col, text, hint);
	return report(r, &mistake);
}

static bool
fail_memory(struct reading *r)
{
	return es_fail_memory(r->err);
}

/* Changes of single characters that make a of b, up to more than anybody cares for. */
static size_t
distance(struct envseal_slice a, const char *b)
{
	enum { LONGEST = 40 };
	size_t row[LONGEST + 1], n = strlen(b);

	if (a.n > LONGEST || n > LONGEST)
		return LONGEST;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best = diagonal + (a.p[i - 1] != (uint8_t)b[j - 1]);

			diagonal = row[j];
			if (best > row[j] + 1)
				best = row[j] + 1;
			if (best > row[j - 1] + 1)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[n];
}

static bool
looks_like(struct envseal_slice key, const char *known)
{
	size_t n = strlen(known);

	if (key.n > n && es_slice_begins(key, known) && (key.p[n] == '_' || key.p[n] == '-'))
		return true;
	return distance(key, known) <= (n > 5 ? 2 : 1);
}

/* Notes keys of a mapping that look like misspellings. */
static void
note_misspelled(struct reading *r, const struct es_yaml_node *map, const char *const known[])
{
	for (const struct es_yaml_item *i = map->items; i != NULL; i = i->next) {
		const char *meant = NULL;
		size_t k = 0;

		if (i->key->kind != ES_YAML_SCALAR)
			continue;
		for (; known[k] != NULL && !es_slice_is(i->key->text, known[k]); k++)
			if (meant == NULL && looks_like(i->key->text, known[k]))
				meant = known[k];
		if (known[k] != NULL || meant == NULL)
			continue;
		struct es_err_name name;
		char text[200];
		uint32_t line, col;
		es_yaml_place(&r->yaml, i->key->begin, &line, &col);
		(void)snprintf(text, sizeof text,
		    "the key '%s' is not known and ignored; perhaps %s is meant",
		    es_err_name(&name, i->key->text), meant);
		es_context_note(r->es, line, text);
	}
}

/* ---- fields ---- */

/* The text of a field; empty when it is missing or null. */
static bool
read_text(struct reading *r, const struct es_yaml_node *rule, const char *key, struct envseal_slice *text)
{
	const struct es_yaml_node *node = es_yaml_get(rule, key);

	*text = es_slice("", 0);
	if (es_yaml_is_null(node))
		return true;
	if (node->kind != ES_YAML_SCALAR)
		return fail(r, node, "write one text behind the key", "%s is not a text", key);
	*text = node->text;
	return true;
}

static struct es_regex *
compile(struct reading *r, const struct es_yaml_node *node, const char *key)
{
	const char *why = NULL;
	size_t offset = 0;
	struct es_regex *regex = es_regex_new(node->text, &offset, &why);

	if (regex == NULL && why == NULL)
		fail_memory(r);
	else if (regex == NULL)
		fail(r, node, "regular expressions follow the RE2 syntax of Go, as in SOPS",
		    "%s is not a usable regular expression: %s (at its byte %zu)", key, why, offset + 1);
	return regex;
}

static bool
is_one_of(struct envseal_slice text, const char *const words[])
{
	for (size_t i = 0; words[i] != NULL; i++)
		if (es_slice_is(text, words[i]))
			return true;
	return false;
}

/* The words that go-yaml takes for a bool where one is expected. */
static bool
read_bool(struct reading *r, const struct es_yaml_node *rule, const char *key, bool *value)
{
	static const char *const core_yes[] = {"true", "True", "TRUE", NULL};
	static const char *const core_no[] = {"false", "False", "FALSE", NULL};
	static const char *const yes[] = {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON", NULL};
	static const char *const no[] = {"n", "N", "no", "No", "NO", "off", "Off", "OFF", NULL};
	const struct es_yaml_node *node = es_yaml_get(rule, key);

	*value = false;
	if (es_yaml_is_null(node))
		return true;
	if (node->kind == ES_YAML_SCALAR) {
		*value = is_one_of(node->text, yes) || (node->plain && is_one_of(node->text, core_yes));
		if (*value || is_one_of(node->text, no) || (node->plain && is_one_of(node->text, core_no)))
			return true;
	}
	return fail(r, node, "write true or false", "%s is neither true nor false", key);
}

static bool
check_threshold(struct reading *r, const struct es_yaml_node *rule)
{
	const struct es_yaml_node *node = es_yaml_get(rule, "shamir_threshold");

	if (es_yaml_is_null(node))
		return true;
	if (node->kind != ES_YAML_SCALAR || !node->plain || node->text.n == 0)
		return fail(r, node, "write 1 or remove the key", "shamir_threshold is not a number");
	for (size_t i = 0; i < node->text.n; i++)
		if (node->text.p[i] < '0' || node->text.p[i] > '9')
			return fail(r, node, "write 1 or remove the key", "shamir_threshold is not a number");
	if (node->text.n > 1 || node->text.p[0] > '1')
		return fail(r, node, "use one group of recipients, or sops for these files",
		    "a shamir_threshold above 1 is not supported yet");
	return true;
}

/* The plan owns its selector. */
static bool
set_selector(struct envseal_plan *plan, enum envseal_selecting selecting, struct envseal_slice text)
{
	uint8_t *copy = malloc(text.n);
	if (copy == NULL)
		return false;
	memcpy(copy, text.p, text.n);
	plan->selecting = selecting;
	plan->selector = es_slice(copy, text.n);
	/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): envseal_plan_free frees it, through a cast. */
	return true;
}

static bool
read_selection(struct reading *r, const struct es_yaml_node *rule, struct envseal_plan *plan)
{
	const char *first = NULL;
	bool good = true;

	for (enum envseal_selecting s = ENVSEAL_UNENCRYPTED_SUFFIX; s <= ENVSEAL_ENCRYPTED_COMMENT_REGEX;
	     s++) {
		const char *key = envseal_selecting_name(s);
		const struct es_yaml_node *node = es_yaml_get(rule, key);
		struct envseal_slice text;

		if (!read_text(r, rule, key, &text)) {
			good = false;
			continue;
		}
		if (text.n == 0)
			continue;
		if (first != NULL) {
			good =
			    fail(r, node, "keep one of them", "%s stands beside %s in one rule", key, first);
			continue;
		}
		first = key;
		if (s >= ENVSEAL_UNENCRYPTED_REGEX) {
			struct es_regex *regex = compile(r, node, key);
			good = regex != NULL && good;
			es_regex_free(regex);
		}
		if (!set_selector(plan, s, text))
			return fail_memory(r);
	}
	return good;
}

/* ---- recipients ---- */

static bool
is_nothing(const struct es_yaml_node *node)
{
	return es_yaml_is_null(node) || (node->kind == ES_YAML_SCALAR ? node->text.n : node->count) == 0;
}

static bool
check_foreign(struct reading *r, const struct es_yaml_node *map)
{
	bool good = true;

	for (size_t i = 0; i < sizeof foreign_keys / sizeof foreign_keys[0]; i++) {
		const struct es_yaml_node *node = es_yaml_get(map, foreign_keys[i]);

		if (!is_nothing(node))
			good = fail(r, node, "name age recipients only, or use sops for these files",
			    "the rule asks for %s keys, and envseal seals to age recipients only",
			    foreign_keys[i]);
	}
	return good;
}

/* Adds one recipient, a part of what node says, with the place where that part stands in the file. */
static bool
add_recipient(
    struct reading *r, struct envseal_plan *plan, const struct es_yaml_node *node, struct envseal_slice part)
{
	struct envseal_slice source = {r->yaml.bytes.p + node->begin, node->end - node->begin};
	const uint8_t *at = part.n > 0 ? memmem(source.p, source.n, part.p, part.n) : NULL;
	struct envseal_err mistake = {.code = ENVSEAL_OK};
	uint32_t line, col;

	if (plan->recipients == NULL)
		plan->recipients = envseal_recipients_new();
	if (plan->recipients == NULL)
		return fail_memory(r);
	es_yaml_place(&r->yaml, node->begin + (at == NULL ? 0 : (size_t)(at - source.p)), &line, &col);
	if (envseal_recipients_add(plan->recipients, part, r->file, line, col, &mistake))
		return true;
	return report(r, &mistake);
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Adds recipients that commas separate.  Empty parts are skipped, if that is asked for. */
static bool
add_text(struct reading *r, struct envseal_plan *plan, const struct es_yaml_node *node, bool skip_empty)
{
	struct envseal_slice rest = node->text;
	bool good = true, last = false;

	while (!last) {
		size_t n = es_slice_find(rest, ',');
		struct envseal_slice part = {rest.p, n};

		last = n == rest.n;
		rest = es_slice_from(rest, last ? n : n + 1);
		while (part.n > 0 && is_blank(part.p[0]))
			part = es_slice_from(part, 1);
		while (part.n > 0 && is_blank(part.p[part.n - 1]))
			part.n--;
		if (part.n > 0 || !skip_empty)
			good = add_recipient(r, plan, node, part) && good;
	}
	return good;
}

/* Adds the recipients of the field age: a list, or, if that is allowed, one text. */
static bool
add_age(struct reading *r, struct envseal_plan *plan, const struct es_yaml_node *map, bool text)
{
	const struct es_yaml_node *age = es_yaml_get(map, "age");
	bool good = true;

	if (es_yaml_is_null(age))
		return true;
	if (text && age->kind == ES_YAML_SCALAR)
		return add_text(r, plan, age, true);
	if (age->kind != ES_YAML_LIST)
		return fail(r, age, "write a list of recipients",
		    text ? "age is neither a text nor a list"
			 : "age is not a list, as it must be in a group");
	for (const struct es_yaml_item *i = age->items; i != NULL; i = i->next) {
		if (i->value->kind != ES_YAML_SCALAR)
			good = fail(r, i->value, "write a list of recipients", "a recipient is not a text");
		else if (text || !is_nothing(i->value))
			good = add_text(r, plan, i->value, false) && good;
	}
	return good;
}

/* Adds the recipients of a group: first those of the groups merged into it.  Depth is bounded by that of the YAML,
 * the number of visits by its count of nodes with every alias written out. */
static bool
add_group(struct reading *r, struct envseal_plan *plan, const struct es_yaml_node *group)
{
	const struct es_yaml_node *merge = es_yaml_get(group, "merge");
	bool good = true;

	if (es_yaml_is_null(group))
		return true;
	if (group->kind != ES_YAML_MAP)
		return fail(
		    r, group, "write keys such as age: behind it", "a group of keys is not a mapping");
	note_misspelled(r, group, group_keys);
	if (!es_yaml_is_null(merge)) {
		if (merge->kind != ES_YAML_LIST)
			return fail(r, merge, "write a list of groups", "merge is not a list");
		for (const struct es_yaml_item *i = merge->items; i != NULL; i = i->next)
			good = add_group(r, plan, i->value) && good;
	}
	good = add_age(r, plan, group, false) && good;
	return check_foreign(r, group) && good;
}

/* Whom a rule names: its one group, or else the keys that stand in it directly.  Null groups do not count. */
static bool
read_recipients(struct reading *r, const struct es_yaml_node *rule, struct envseal_plan *plan)
{
	const struct es_yaml_node *groups = es_yaml_get(rule, "key_groups"), *group = NULL;
	size_t count = 0;

	if (!es_yaml_is_null(groups) && groups->kind != ES_YAML_LIST)
		return fail(r, groups, "write a list with one group", "key_groups is not a list");
	for (const struct es_yaml_item *i = groups == NULL ? NULL : groups->items; i != NULL; i = i->next) {
		if (es_yaml_is_null(i->value))
			continue;
		group = i->value;
		count++;
	}
	if (group == NULL) {
		bool good = add_age(r, plan, rule, true);
		return check_foreign(r, rule) && good;
	}
	if (count > 1)
		return fail(r, groups, "put all recipients into one group, or use sops for these files",
		    "key_groups has %zu groups, and more than one is not supported yet", count);
	if (es_yaml_get(rule, "age") != NULL)
		es_context_note(
		    r->es, plan->line, "the rule has key_groups, so its own age: is ignored, as SOPS does");
	return add_group(r, plan, group);
}

/* ---- rules ---- */

/* Whether a rule is for path.  False only on a mistake. */
static bool
match(struct reading *r, const struct es_yaml_node *rule, struct envseal_slice path, bool *matches)
{
	const struct es_yaml_node *node = es_yaml_get(rule, "path_regex");
	struct envseal_slice pattern;
	struct es_err_name name;

	*matches = false;
	if (es_yaml_is_null(
		rule)) /* SOPS takes an empty list item for no rule, not for one that fits everything */
		return true;
	if (rule->kind != ES_YAML_MAP)
		return fail(
		    r, rule, "write keys such as path_regex: and age: behind it", "a rule is not a mapping");
	if (!read_text(r, rule, "path_regex", &pattern))
		return false;
	if (pattern.n == 0) {
		*matches = true;
		return true;
	}
	struct es_regex *regex = compile(r, node, "path_regex");
	if (regex == NULL)
		return false;
	enum es_regex_result result = es_regex_search(regex, path);
	es_regex_free(regex);
	switch (result) {
	case ES_REGEX_YES:
	case ES_REGEX_NO:
		*matches = result == ES_REGEX_YES;
		return true;
	case ES_REGEX_NOT_UTF8:
		return fail(r, node, "rename the file or directory",
		    "path_regex cannot be applied to '%s', which is not UTF-8", es_err_name(&name, path));
	case ES_REGEX_LIMIT:
		return fail(r, node, "write a simpler expression", "path_regex takes too long to search '%s'",
		    es_err_name(&name, path));
	case ES_REGEX_NO_MEMORY:
		break;
	}
	return fail_memory(r);
}

/* Reads the matching rule into plan.  Every part is read, so that all its mistakes are told. */
static bool
read_rule(struct reading *r, const struct es_yaml_node *rule, struct envseal_plan *plan)
{
	bool good = read_selection(r, rule, plan);

	note_misspelled(r, rule, rule_keys);
	good = read_bool(r, rule, "mac_only_encrypted", &plan->mac_only_encrypted) && good;
	good = check_threshold(r, rule) && good;
	return read_recipients(r, rule, plan) && good;
}

static bool
find(struct reading *r, struct envseal_slice path, struct envseal_plan *plan)
{
	const struct es_yaml_node *root = r->yaml.root, *rules = es_yaml_get(root, "creation_rules");
	struct es_err_name name;

	if (!es_yaml_is_null(root) && root->kind != ES_YAML_MAP)
		return fail(r, root, "begin with creation_rules:", "the file is not a mapping");
	if (!es_yaml_is_null(root))
		note_misspelled(r, root, top_keys);
	if (es_yaml_is_null(rules))
		return true;
	if (rules->kind != ES_YAML_LIST)
		return fail(
		    r, rules, "write a list of rules, each behind '- '", "creation_rules is not a list");
	uint32_t number = 0, col;
	for (const struct es_yaml_item *i = rules->items; i != NULL; i = i->next) {
		bool matches;

		number++;
		if (!match(r, i->value, path, &matches))
			return false;
		if (!matches)
			continue;
		plan->rule = number;
		es_yaml_place(&r->yaml, i->value->begin, &plan->line, &col);
		return read_rule(r, i->value, plan);
	}
	uint32_t line;
	es_yaml_place(&r->yaml, rules->begin, &line, &col);
	return es_failf_at(r->err, ENVSEAL_NO_RULE, r->file, line, col,
	    "the first rule whose path_regex is found in the path is used; add one, or correct one",
	    "no creation rule is for '%s'", es_err_name(&name, path));
}

bool
envseal_rules_find(struct envseal *es, struct envseal_slice bytes, const char *file,
    struct envseal_slice path, struct envseal_plan *plan, struct envseal_err *err)
{
	struct reading r = {.es = es, .file = file, .err = err};
	struct envseal_plan found = {.recipients = NULL};
	bool good = es_yaml_read(&r.yaml, bytes, file, err) && find(&r, path, &found);

	es_yaml_free(&r.yaml);
	if (good) {
		*plan = found;
		return true;
	}
	envseal_plan_free(&found);
	return false;
}

void
envseal_plan_free(struct envseal_plan *plan)
{
	envseal_recipients_free(plan->recipients);
	free((void *)(uintptr_t)plan->selector.p); /* read_selection's copy */
	memset(plan, 0, sizeof *plan);
}
