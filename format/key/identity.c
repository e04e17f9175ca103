#include "format/key/identity.h"

#include "crypto/core/arena.h"
#include "format/context.h"
#include "format/err.h"
#include "format/key/k_x25519.h"
#include "format/key/lines.h"
#include "format/slice.h"

#include <stdlib.h>

struct envseal_identities {
	struct es_arena arena;
	struct es_identity *items; /* in the arena */
	size_t count, size;
	size_t passed_over; /* identities of kinds that cannot be used here */
};

/* What stands in key files and is no identity that can be used; the first row that fits is named. */
static const struct {
	const char *prefix;
	const char *what, *hint;
} foreign[] = {
    {"age-secret-key-", "the identity is in lower case",
	"write it in upper case, as envseal keygen makes it"},
    {"age-plugin-", "the identity is in lower case, and one of a plugin cannot be used yet",
	"use an X25519 identity, AGE-SECRET-KEY-1..., as envseal keygen makes it"},
    {"age1", "a recipient stands where an identity belongs",
	"give the file with the secret key, AGE-SECRET-KEY-1..."},
    {"ssh-", "an SSH public key stands where an identity belongs",
	"give a file with an X25519 identity, AGE-SECRET-KEY-1..."},
    {"-----BEGIN", "a key in another form stands among the identities",
	"give files with lines AGE-SECRET-KEY-1... only"},
    {" ", "a blank stands in front of the identity",
	"begin the line with the identity, or with # for a comment"},
    {"\t", "a blank stands in front of the identity",
	"begin the line with the identity, or with # for a comment"},
    {"#", "a comment stands behind an identity", "give the comment a line of its own"},
};

/* Whole files that are recognised by how they begin.  The first lines may be empty. */
static const struct {
	const char *prefix;
	const char *what, *hint;
} whole[] = {
    {"age-encryption", "an encrypted identity file cannot be used yet",
	"let age open it, for example --identity <(age -d FILE)"},
    {"-----BEGIN AGE", "an encrypted identity file cannot be used yet",
	"let age open it, for example --identity <(age -d FILE)"},
    {"-----BEGIN", "an SSH private key cannot be used as an identity yet",
	"use an X25519 identity, AGE-SECRET-KEY-1..., as envseal keygen makes it"},
    {"\xff\xfe", "the identity file is UTF-16 text", "save it as UTF-8"},
    {"\xfe\xff", "the identity file is UTF-16 text", "save it as UTF-8"},
};

static bool
is_space(uint8_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* False, with the error, when the text is not a list of identities at all. */
static bool
check_whole(struct envseal_slice text, const char *file, struct envseal_err *err)
{
	if (text.n > ES_LINES_LARGEST)
		return es_fail_at(
		    err, ENVSEAL_RECIPIENT, file, 0, 0, "the identity file is longer than 16 MiB", NULL);
	while (text.n > 0 && is_space(text.p[0]))
		text = es_slice_from(text, 1);
	for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
		if (es_slice_begins(text, whole[i].prefix))
			return es_fail_at(err, ENVSEAL_RECIPIENT, file, 0, 0, whole[i].what, whole[i].hint);
	}
	return true;
}

/* A new, empty place at the end of the list, not counted yet. */
static struct es_identity *
next_place(struct envseal_identities *ids, struct envseal_err *err)
{
	if (ids->count == ES_IDENTITIES_MOST) {
		es_failf(err, ENVSEAL_RECIPIENT, "give fewer", "more than %d identities", ES_IDENTITIES_MOST);
		return NULL;
	}
	if (ids->count == ids->size) {
		size_t size = ids->size == 0 ? 8 : ids->size * 2;
		struct es_identity *items = es_arena_array(&ids->arena, size, sizeof *items);
		if (items == NULL) {
			es_fail_memory(err);
			return NULL;
		}
		if (ids->count > 0) {
			memcpy(items, ids->items, ids->count * sizeof *items);
			es_mem_wipe(ids->items, ids->count * sizeof *items);
		}
		ids->items = items;
		ids->size = size;
	}
	struct es_identity *id = &ids->items[ids->count];
	memset(id, 0, sizeof *id);
	return id;
}

/* Identities that age knows and that cannot be used here: they are passed over, so that the others in a file serve. */
static bool
is_other_kind(struct envseal_slice text)
{
	return es_slice_begins(text, "AGE-PLUGIN-") || es_slice_begins(text, "AGE-SECRET-KEY-PQ-1");
}

/* Adds one identity. */
static bool
add(struct envseal_identities *ids, struct envseal_slice text, const char *file, uint32_t line, uint32_t col,
    struct envseal_err *err)
{
	const char *why = NULL;

	if (is_other_kind(text)) {
		ids->passed_over++;
		return true;
	}
	for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
		if (es_slice_begins(text, foreign[i].prefix))
			return es_fail_at(
			    err, ENVSEAL_RECIPIENT, file, line, col, foreign[i].what, foreign[i].hint);
	}
	for (size_t i = 0; es_kinds[i] != NULL; i++) {
		if (!es_slice_begins(text, es_kinds[i]->identity_prefix))
			continue;
		struct es_identity *id = next_place(ids, err);
		if (id == NULL)
			return false;
		id->kind = es_kinds[i];
		if (!id->kind->read_identity(text, id->secret, &why))
			return es_failf_at(err, ENVSEAL_RECIPIENT, file, line, col,
			    "restore it from where it was made", "malformed identity: %s", why);
		ids->count++;
		return true;
	}
	return es_fail_at(err, ENVSEAL_RECIPIENT, file, line, col, "this is not an identity",
	    "each line is empty, a comment that begins with #, or an identity AGE-SECRET-KEY-1...");
}

/* Adds every word of a line. */
static bool
add_words(struct envseal_identities *ids, struct envseal_slice line, const char *file, uint32_t number,
    struct envseal_err *err)
{
	for (size_t at = 0; at < line.n;) {
		size_t end = at;
		while (end < line.n && !is_space(line.p[end]))
			end++;
		if (end > at &&
		    !add(ids, es_slice(line.p + at, end - at), file, number, (uint32_t)at + 1, err))
			return false;
		at = end + 1;
	}
	return true;
}

struct envseal_identities *
envseal_identities_new(void)
{
	return es_mem_start() ? calloc(1, sizeof(struct envseal_identities)) : NULL;
}

void
envseal_identities_free(struct envseal_identities *ids)
{
	if (ids == NULL)
		return;
	es_arena_free(&ids->arena);
	free(ids);
}

bool
envseal_identities_add(struct envseal_identities *ids, struct envseal_slice text, const char *file,
    bool words, struct envseal_err *err)
{
	size_t before = ids->count;
	struct es_lines lines = es_lines_begin(text);
	struct envseal_slice line;

	if (!check_whole(lines.rest, file, err))
		return false;
	while (es_lines_next(&lines, &line)) {
		bool added = words ? add_words(ids, line, file, lines.number, err)
				   : add(ids, line, file, lines.number, 1, err);
		if (!added && ids->items != NULL)
			es_mem_wipe(ids->items + before, (ids->count - before) * sizeof *ids->items);
		if (!added) {
			ids->count = before;
			return false;
		}
	}
	return true;
}

size_t
envseal_identities_count(const struct envseal_identities *ids)
{
	return ids->count;
}

size_t
envseal_identities_passed_over(const struct envseal_identities *ids)
{
	return ids->passed_over;
}

const struct es_identity *
es_identities_get(struct envseal_identities *ids, size_t i)
{
	struct es_identity *id = &ids->items[i];

	if (!id->derived) {
		id->kind->derive(id->secret, id->key, id->recipient);
		id->derived = true;
	}
	return id;
}

const struct es_kind *
es_identities_kind(const struct envseal_identities *ids, size_t i)
{
	return ids->items[i].kind;
}

const char *
envseal_identities_recipient(struct envseal_identities *ids, size_t i)
{
	return es_identities_get(ids, i)->recipient;
}

bool
envseal_keygen(struct envseal *es, const char *created, struct envseal_out *out, char recipient[64],
    struct envseal_err *err)
{
	const struct es_kind *kind = &es_k_x25519;
	struct es_buf text = es_buf_make(4096);
	uint8_t secret[ES_KEY], key[ES_KEY];
	char public_text[ES_KEY_TEXT], secret_text[ES_KEY_TEXT];
	bool made = false;

	es_context_random(es, secret, sizeof secret);
	kind->derive(secret, key, public_text);
	kind->write_identity(secret, secret_text);
	es_mem_wipe(secret, sizeof secret);
	es_buf_text(&text, "# created: ");
	es_buf_text(&text, created);
	es_buf_text(&text, "\n# public key: ");
	es_buf_text(&text, public_text);
	es_buf_byte(&text, '\n');
	es_buf_text(&text, secret_text);
	es_buf_byte(&text, '\n');
	es_mem_wipe(secret_text, sizeof secret_text);
	if (!es_buf_ok(&text)) {
		es_fail_memory(err);
		goto out;
	}
	memcpy(recipient, public_text, strlen(public_text) + 1); /* 62 characters */
	out->p = text.p;
	out->n = text.n;
	text = es_buf_make(0);
	made = true;
out:
	es_buf_free(&text);
	return made;
}
