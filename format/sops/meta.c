#include "format/sops/meta.h"

#include <stdio.h>

#include "format/err.h"
#include "format/sops/scalar.h"

/* The version that is written into new files: the SOPS release whose format this is. */
static const char compatible[] = "3.13.3";

static const char list_mark[] = "__list_";
static const char map_mark[] = "__map_";

/* ---- reading ---- */

struct reader {
	const struct es_sealedenv_metas *lines;
	const char *file;
	struct es_arena *arena;
	struct es_meta *meta;
	struct envseal_err *err;
};

static bool
fault(struct reader *r, uint32_t line, const char *what)
{
	return es_fail_at(r->err, ENVSEAL_METADATA, r->file, line, line == 0 ? 0 : 1, what,
	    "take back the version of this file that was committed");
}

/* Fields of one value each, and where their text goes. */
struct field {
	const char *name;
	bool (*read)(struct reader *r, const struct es_sealedenv_meta *line);
};

static bool
read_modified(struct reader *r, const struct es_sealedenv_meta *line)
{
	r->meta->modified = line->value;
	if (!es_scalar_time(line->value, r->meta->modified_aad))
		return fault(r, line->line, "sops_lastmodified is not a time like 2026-01-31T12:00:00Z");
	return true;
}

/* Takes a number off the front, without a sign or leading zeros. */
static bool
take_number(struct envseal_slice *s)
{
	size_t n = 0;
	while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9')
		n++;
	if (n == 0 || (n > 1 && s->p[0] == '0'))
		return false;
	*s = es_slice_from(*s, n);
	return true;
}

static bool
is_semver(struct envseal_slice s)
{
	if (es_slice_begins(s, "v"))
		s = es_slice_from(s, 1);
	for (int i = 0; i < 3; i++) {
		if (i > 0 && !es_slice_begins(s, "."))
			return false;
		s = es_slice_from(s, i > 0);
		if (!take_number(&s))
			return false;
	}
	if (s.n > 0 && s.p[0] != '-' && s.p[0] != '+')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];
		bool fine = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			    c == '-' || c == '.' || c == '+';
		if (!fine)
			return false;
	}
	return s.n != 1;
}

static bool
read_version(struct reader *r, const struct es_sealedenv_meta *line)
{
	r->meta->version = line->value;
	if (!is_semver(line->value))
		return fault(r, line->line, "sops_version is not a version like 3.13.3");
	return true;
}

static bool
read_mac(struct reader *r, const struct es_sealedenv_meta *line)
{
	r->meta->mac = line->value;
	return true;
}

static bool
read_layout(struct reader *r, const struct es_sealedenv_meta *line)
{
	r->meta->layout = line->value;
	return true;
}

static bool
read_mac_only(struct reader *r, const struct es_sealedenv_meta *line)
{
	static const char *const yes[] = {"true", "True", "TRUE", "t", "T", "1"};
	static const char *const no[] = {"false", "False", "FALSE", "f", "F", "0", ""};
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		if (es_slice_is(line->value, yes[i])) {
			r->meta->mac_only_encrypted = true;
			return true;
		}
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		if (es_slice_is(line->value, no[i]))
			return true;
	return fault(r, line->line, "sops_mac_only_encrypted is neither true nor false");
}

static const struct field fields[] = {
    {"lastmodified", read_modified},
    {"mac", read_mac},
    {"version", read_version},
    {"envseal", read_layout},
    {"mac_only_encrypted", read_mac_only},
};

/* Keys of kinds that envseal has no part in.  Older releases wrote some of them as an empty scalar. */
static const char *const foreign_kinds[] = {"kms", "pgp", "gcp_kms", "azure_kv", "hc_vault", "hckms"};

bool
es_meta_is_foreign(struct envseal_slice name)
{
	for (size_t i = 0; i < sizeof foreign_kinds / sizeof foreign_kinds[0]; i++) {
		size_t n = strlen(foreign_kinds[i]);
		if (es_slice_begins(name, foreign_kinds[i]) &&
		    es_slice_begins(es_slice_from(name, n), list_mark))
			return true;
	}
	return false;
}

/* Takes PREFIX and a list index off name.  False: it does not begin so. */
static bool
take_index(struct envseal_slice *name, const char *prefix, size_t *index)
{
	struct envseal_slice s = *name;
	if (!es_slice_begins(s, prefix))
		return false;
	s = es_slice_from(s, strlen(prefix));
	struct envseal_slice number = s;
	if (!take_number(&s) || number.n - s.n > 6)
		return false;
	*index = 0;
	for (size_t i = 0; i < number.n - s.n; i++)
		*index = *index * 10 + (size_t)(number.p[i] - '0');
	*name = s;
	return true;
}

static bool
read_selector(struct reader *r, const struct es_sealedenv_meta *line, bool *is_one)
{
	*is_one = false;
	for (int i = ENVSEAL_UNENCRYPTED_SUFFIX; i <= ENVSEAL_ENCRYPTED_COMMENT_REGEX; i++)
		if (es_slice_is(line->name, envseal_selecting_name((enum envseal_selecting)i))) {
			*is_one = true;
			if (line->value.n == 0)
				return true;
			if (r->meta->selecting != ENVSEAL_SELECT_DEFAULT)
				return fault(
				    r, line->line, "two fields say what is encrypted; only one may be there");
			r->meta->selecting = (enum envseal_selecting)i;
			r->meta->selector = es_dotenv_value(line->value, r->arena);
			return r->meta->selector.p != NULL || es_fail_memory(r->err);
		}
	return true;
}

static bool
read_age(struct reader *r, const struct es_sealedenv_meta *line, struct envseal_slice member, size_t index)
{
	if (index >= r->lines->n)
		return fault(r, line->line, "the list of age keys has a gap");
	struct es_meta_age *age = &r->meta->age[index];
	if (index >= r->meta->age_n)
		r->meta->age_n = index + 1;
	if (es_slice_is(member, "__map_recipient")) {
		age->recipient = line->value;
		age->line = line->line;
	} else if (es_slice_is(member, "__map_enc")) {
		age->enc = es_dotenv_value(line->value, r->arena);
		if (age->enc.p == NULL)
			return es_fail_memory(r->err);
	}
	return true;
}

static bool
read_line(struct reader *r, const struct es_sealedenv_meta *line)
{
	struct envseal_slice name = line->name;
	size_t index;
	bool is_selector;

	for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
		if (es_slice_is(name, fields[i].name))
			return fields[i].read(r, line);
	if (!read_selector(r, line, &is_selector))
		return false;
	if (is_selector)
		return true;
	if (take_index(&name, "age__list_", &index))
		return read_age(r, line, name, index);
	if (take_index(&name, "key_groups__list_", &index) && index >= r->meta->groups)
		r->meta->groups = index + 1;
	r->meta->foreign += es_meta_is_foreign(line->name);
	return true;
}

/* Lines of the same name, found by sorting; SOPS refuses them, and so do we. */
static int
by_name(const void *a, const void *b)
{
	const struct es_sealedenv_meta *const *x = a, *const *y = b;
	size_t n = (*x)->name.n < (*y)->name.n ? (*x)->name.n : (*y)->name.n;
	int order = n > 0 ? memcmp((*x)->name.p, (*y)->name.p, n) : 0;
	if (order != 0)
		return order;
	if ((*x)->name.n != (*y)->name.n)
		return (*x)->name.n < (*y)->name.n ? -1 : 1;
	return (*x)->line < (*y)->line ? -1 : (*x)->line > (*y)->line;
}

static bool
refuse_doubles(struct reader *r)
{
	const struct es_sealedenv_meta **sorted = es_arena_array(r->arena, r->lines->n, sizeof *sorted);
	if (sorted == NULL)
		return es_fail_memory(r->err);
	for (size_t i = 0; i < r->lines->n; i++)
		sorted[i] = &r->lines->p[i];
	qsort(sorted, r->lines->n, sizeof *sorted, by_name);
	for (size_t i = 1; i < r->lines->n; i++)
		if (es_slice_equal(sorted[i - 1]->name, sorted[i]->name))
			return fault(r, sorted[i]->line, "this field of the metadata stands twice");
	return true;
}

static bool
check_whole(struct reader *r)
{
	const struct es_meta *meta = r->meta;
	if (meta->modified.p == NULL)
		return fault(r, 0, "the metadata has no sops_lastmodified");
	if (meta->version.p == NULL)
		return fault(r, 0, "the metadata has no sops_version");
	if (meta->mac.n == 0)
		return es_fail_at(r->err, ENVSEAL_MAC, r->file, 0, 0, "the file has no MAC",
		    "take back the version of this file that was committed");
	for (size_t i = 0; i < meta->age_n; i++)
		if (meta->age[i].recipient.p == NULL || meta->age[i].enc.p == NULL)
			return fault(r, meta->age[i].line,
			    "the list of age keys has a gap, or a key without recipient or enc");
	if (meta->age_n == 0 && meta->foreign == 0 && meta->groups == 0)
		return fault(r, 0, "the metadata names no key that opens this file");
	return true;
}

bool
es_meta_read(const struct es_sealedenv_metas *lines, const char *file, struct es_arena *arena,
    struct es_meta *meta, struct envseal_err *err)
{
	struct reader r = {lines, file, arena, meta, err};

	memset(meta, 0, sizeof *meta);
	meta->lines = *lines;
	if (lines->n == 0)
		return fault(&r, 0, "there is no metadata of SOPS: this file is not sealed");
	meta->age = es_arena_array(arena, lines->n, sizeof *meta->age);
	if (meta->age == NULL)
		return es_fail_memory(err);
	if (!refuse_doubles(&r))
		return false;
	for (size_t i = 0; i < lines->n; i++)
		if (!read_line(&r, &lines->p[i]))
			return false;
	return check_whole(&r);
}

/* ---- writing ---- */

static void
put_field(struct es_buf *out, const char *name, struct envseal_slice value)
{
	es_buf_text(out, "sops_");
	es_buf_text(out, name);
	es_buf_byte(out, '=');
	es_dotenv_put_value(out, value);
	es_buf_byte(out, '\n');
}

static void
put_age(const struct es_meta_new *what, struct es_buf *out)
{
	for (size_t i = 0; i < what->age_n; i++) {
		char name[64];
		(void)snprintf(name, sizeof name, "age%s%zu%senc", list_mark, i, map_mark);
		put_field(out, name, what->age[i].enc);
		(void)snprintf(name, sizeof name, "age%s%zu%srecipient", list_mark, i, map_mark);
		put_field(out, name, what->age[i].recipient);
	}
}

/* All fields of a new file, in the order of their names. */
static void
put_new(const struct es_meta_new *what, struct es_buf *out)
{
	const struct envseal_plan *plan = what->plan;
	enum envseal_selecting selecting = plan->selecting;
	struct envseal_slice selector = plan->selector;

	if (selecting == ENVSEAL_SELECT_DEFAULT) {
		selecting = ENVSEAL_UNENCRYPTED_SUFFIX;
		selector = es_slice_text("_unencrypted");
	}
	const char *selection = envseal_selecting_name(selecting);
	bool early =
	    selection[0] == 'e'; /* encrypted_... stands before lastmodified, unencrypted_... behind mac */
	put_age(what, out);
	if (early)
		put_field(out, selection, selector);
	if (what->layout.n > 0)
		put_field(out, "envseal", what->layout);
	put_field(out, "lastmodified", what->modified);
	put_field(out, "mac", what->mac);
	if (plan->mac_only_encrypted)
		put_field(out, "mac_only_encrypted", es_slice_text("true"));
	if (!early)
		put_field(out, selection, selector);
	put_field(out, "version", es_slice_text(compatible));
}

static bool
is_age(struct envseal_slice name)
{
	return es_slice_begins(name, "age__list_");
}

/* What belongs to a data key that is split among groups. */
static bool
is_group(struct envseal_slice name)
{
	return es_slice_begins(name, "key_groups__list_") || es_slice_is(name, "shamir_threshold");
}

/* Whether a line of the earlier metadata is left out of the new one. */
static bool
is_dropped(const struct es_meta_new *what, struct envseal_slice name)
{
	return es_slice_is(name, "envseal") || (what->age_changed && is_age(name)) ||
	       (what->drop_foreign && (es_meta_is_foreign(name) || is_group(name)));
}

/* Whether name stands behind "envseal" in alphabetical order: there the layout goes in. */
static bool
is_behind_layout(struct envseal_slice name)
{
	static const char envseal[] = "envseal";
	size_t n = name.n < sizeof envseal - 1 ? name.n : sizeof envseal - 1;
	int order = memcmp(name.p, envseal, n);
	return order > 0 || (order == 0 && name.n > sizeof envseal - 1);
}

static void
put_line(const struct es_meta_new *what, const struct es_sealedenv_meta *line, struct es_buf *out)
{
	struct envseal_slice value = line->value;
	if (es_slice_is(line->name, "mac"))
		value = what->mac;
	if (es_slice_is(line->name, "lastmodified"))
		value = what->modified;
	es_buf_text(out, "sops_");
	es_buf_put(out, line->name.p, line->name.n);
	es_buf_byte(out, '=');
	es_buf_put(out, value.p, value.n);
	es_buf_byte(out, '\n');
}

void
es_meta_write(const struct es_meta_new *what, enum es_meta_place place, struct es_buf *out)
{
	if (what->from == NULL) {
		if (place == ES_META_TRAILING)
			put_new(what, out);
		return;
	}
	const struct es_sealedenv_metas *lines = &what->from->lines;
	bool age_done = !what->age_changed, layout_done = what->layout.n == 0;
	for (size_t i = 0; i < lines->n; i++) {
		const struct es_sealedenv_meta *line = &lines->p[i];
		bool here = (line->leading && !what->all_behind) == (place == ES_META_LEADING);
		if (!age_done && is_age(line->name)) {
			age_done = true;
			if (here)
				put_age(what, out);
		}
		if (!layout_done && is_behind_layout(line->name)) {
			layout_done = true;
			if (here)
				put_field(out, "envseal", what->layout);
		}
		if (here && !is_dropped(what, line->name))
			put_line(what, line, out);
	}
	if (place == ES_META_LEADING)
		return;
	if (!age_done)
		put_age(what, out);
	if (!layout_done)
		put_field(out, "envseal", what->layout);
}
