#include "format/key/recipient.h"

#include "format/err.h"
#include "format/key/k_x25519.h"
#include "format/key/lines.h"
#include "format/slice.h"

#include <stdlib.h>

const struct es_kind *const es_kinds[] = {&es_k_x25519, NULL};

struct envseal_recipients {
	struct es_recipient **items; /* each one block: the struct, then its text */
	size_t count, size;
};

/* Where a text stands, for errors. */
struct place {
	const char *file;
	uint32_t line, col;
};

/* What cannot be a recipient here, but is something; the first row that fits is named. */
static const struct {
	const char *prefix;
	bool any_case;
	const char *what, *hint;
} foreign[] = {
    {"AGE-SECRET-KEY-", true, "a secret key stands where a recipient belongs",
	"give its public half: envseal keygen -y FILE; if others could see the key here, make a new one"},
    {"AGE-PLUGIN-", true, "an identity of a plugin stands where a recipient belongs",
	"give an X25519 recipient, age1..., as envseal keygen prints it"},
    {"-----BEGIN", false, "the text of a key file stands where a recipient belongs",
	"give the recipient itself; if this is a secret key and others could see it, make a new one"},
    {"age1pq1", false, "a post-quantum recipient (age1pq1...) cannot be used yet",
	"give the X25519 recipient, age1..., of an identity made by envseal keygen"},
    {"age1tag1", false, "a recipient of a hardware key (age1tag1...) cannot be used yet",
	"give an X25519 recipient, age1..., as envseal keygen prints it"},
    {"age1tagpq1", false, "a recipient of a hardware key (age1tagpq1...) cannot be used yet",
	"give an X25519 recipient, age1..., as envseal keygen prints it"},
    {"ssh-ed25519", false, "an SSH key (ssh-ed25519) cannot be used as a recipient yet",
	"give an X25519 recipient, age1..., as envseal keygen prints it"},
    {"ssh-rsa", false, "an SSH key (ssh-rsa) cannot be used as a recipient yet",
	"give an X25519 recipient, age1..., as envseal keygen prints it"},
    {"ssh-", false, "an SSH key cannot be used as a recipient", "give an X25519 recipient, age1..."},
    {"ecdsa-", false, "an SSH key cannot be used as a recipient", "give an X25519 recipient, age1..."},
    {"github:", false, "recipients are not fetched from GitHub",
	"ask the person for a recipient, age1..., as envseal keygen prints it"},
    {"AGE1", false, "the recipient is in upper case", "write it in lower case, as envseal keygen prints it"},
};

static bool
begins(struct envseal_slice text, const char *prefix, bool any_case)
{
	for (size_t i = 0; prefix[i] != '\0'; i++) {
		if (i == text.n)
			return false;
		uint8_t c = text.p[i];
		if (any_case && c >= 'a' && c <= 'z')
			c = (uint8_t)(c - 'a' + 'A');
		if (c != (uint8_t)prefix[i])
			return false;
	}
	return true;
}

/* Whether a plugin may have that name.  Anything else, and what is longer, is rather a mistyped text, which may hold
 * what must not be shown. */
static bool
is_plugin_name(struct envseal_slice name)
{
	enum { LONGEST = 24 };

	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = name.p[i];
		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '+' &&
		    c != '.')
			return false;
	}
	return name.n > 0 && name.n <= LONGEST;
}

/* Whether text is a plugin's recipient: age1NAME1...; out becomes NAME. */
static bool
is_plugin(struct envseal_slice text, struct envseal_slice *name)
{
	if (!es_slice_begins(text, "age1"))
		return false;
	size_t mark = text.n;
	while (mark > 4 && text.p[mark - 1] != '1')
		mark--;
	if (mark == 4)
		return false;
	*name = es_slice(text.p + 4, mark - 1 - 4);
	return true;
}

/* Names what the text is, if it is something that cannot be used here.  True: it may be a recipient. */
static bool
refuse_foreign(struct envseal_slice text, struct place at, struct envseal_err *err)
{
	struct envseal_slice plugin;
	struct es_err_name shown;

	for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
		if (begins(text, foreign[i].prefix, foreign[i].any_case))
			return es_fail_at(err, ENVSEAL_RECIPIENT, at.file, at.line, at.col, foreign[i].what,
			    foreign[i].hint);
	}
	if (!is_plugin(text, &plugin))
		return true;
	if (!is_plugin_name(plugin))
		return es_fail_at(err, ENVSEAL_RECIPIENT, at.file, at.line, at.col,
		    "malformed recipient: it has a 1 behind its age1",
		    "copy it again; a recipient of a plugin cannot be used yet");
	return es_failf_at(err, ENVSEAL_RECIPIENT, at.file, at.line, at.col,
	    "give an X25519 recipient, age1..., as envseal keygen prints it",
	    "a recipient of the plugin age-plugin-%s cannot be used yet", es_err_name(&shown, plugin));
}

/* Finds the kind and the key of a text. */
static bool
parse(struct envseal_slice text, struct place at, bool check, struct es_recipient *r, struct envseal_err *err)
{
	const char *why = NULL;

	if (!refuse_foreign(text, at, err))
		return false;
	for (size_t i = 0; es_kinds[i] != NULL; i++) {
		if (!es_slice_begins(text, es_kinds[i]->recipient_prefix))
			continue;
		r->kind = es_kinds[i];
		if (r->kind->read_recipient(text, r->key, &why) &&
		    (!check || r->kind->check_recipient(r->key, &why)))
			return true;
		return es_failf_at(err, ENVSEAL_RECIPIENT, at.file, at.line, at.col,
		    "copy it again from where envseal keygen or age-keygen printed it",
		    "malformed recipient: %s", why);
	}
	return es_fail_at(err, ENVSEAL_RECIPIENT, at.file, at.line, at.col, "this is not a recipient",
	    "a recipient begins with age1; envseal keygen -y FILE prints that of an identity file");
}

static bool
grow(struct envseal_recipients *list)
{
	if (list->count < list->size)
		return true;
	size_t size = list->size == 0 ? 8 : list->size * 2;
	struct es_recipient **items = realloc(list->items, size * sizeof(struct es_recipient *));
	if (items == NULL)
		return false;
	list->items = items;
	list->size = size;
	return true;
}

/* Adds one recipient, unless it is there. */
static bool
add(struct envseal_recipients *list, struct envseal_slice text, struct place at, bool check,
    struct envseal_err *err)
{
	struct es_recipient r = {0};

	if (!parse(text, at, check, &r, err))
		return false;
	for (size_t i = 0; i < list->count; i++) {
		if (es_slice_is(text, list->items[i]->text))
			return true;
	}
	if (list->count == ES_RECIPIENTS_MOST)
		return es_failf_at(err, ENVSEAL_RECIPIENT, at.file, at.line, at.col, "name fewer",
		    "more than %d recipients", ES_RECIPIENTS_MOST);
	if (!grow(list))
		return es_fail_memory(err);
	struct es_recipient *copy = malloc(sizeof *copy + text.n + 1);
	if (copy == NULL)
		return es_fail_memory(err);
	char *letters = (char *)(copy + 1);
	memcpy(letters, text.p, text.n);
	letters[text.n] = '\0';
	*copy = r;
	copy->text = letters;
	list->items[list->count++] = copy;
	return true;
}

bool
es_recipients_add_named(struct envseal_recipients *list, struct envseal_slice text, struct envseal_err *err)
{
	struct place nowhere = {0};
	return add(list, text, nowhere, false, err);
}

/* Takes away what was added after the list had count recipients. */
static void
cut(struct envseal_recipients *list, size_t count)
{
	while (list->count > count)
		free(list->items[--list->count]);
}

struct envseal_recipients *
envseal_recipients_new(void)
{
	return calloc(1, sizeof(struct envseal_recipients));
}

void
envseal_recipients_free(struct envseal_recipients *list)
{
	if (list == NULL)
		return;
	cut(list, 0);
	free(list->items);
	free(list);
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Moves the place behind the first n bytes of text. */
static void
advance(struct place *at, const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n' && at->line > 0) {
			at->line++;
			at->col = at->col > 0 ? 1 : 0;
		} else if (at->col > 0) {
			at->col++;
		}
	}
}

bool
envseal_recipients_add(struct envseal_recipients *list, struct envseal_slice text, const char *file,
    uint32_t line, uint32_t col, struct envseal_err *err)
{
	size_t before = list->count;
	struct place at = {file, line, col};

	for (;;) {
		size_t comma = es_slice_find(text, ','), skip = 0, end = comma;
		while (skip < end && is_blank(text.p[skip]))
			skip++;
		while (end > skip && is_blank(text.p[end - 1]))
			end--;
		struct place here = at;
		advance(&here, text.p, skip);
		bool added = end > skip ? add(list, es_slice(text.p + skip, end - skip), here, true, err)
					: es_fail_at(err, ENVSEAL_RECIPIENT, at.file, at.line, at.col,
					      "a recipient is missing",
					      "put one between the commas, or take a comma away");
		if (!added) {
			cut(list, before);
			return false;
		}
		if (comma == text.n)
			return true;
		advance(&at, text.p, comma + 1);
		text = es_slice_from(text, comma + 1);
	}
}

bool
envseal_recipients_add_file(
    struct envseal_recipients *list, struct envseal_slice bytes, const char *file, struct envseal_err *err)
{
	size_t before = list->count;
	struct es_lines lines = es_lines_begin(bytes);
	struct envseal_slice line;
	bool added = true, any = false;

	if (bytes.n > ES_LINES_LARGEST)
		return es_fail_at(
		    err, ENVSEAL_RECIPIENT, file, 0, 0, "the recipients file is longer than 16 MiB", NULL);
	while (added && es_lines_next(&lines, &line)) {
		struct place at = {file, lines.number, 1};
		any = true;
		added =
		    line.p[0] == ' ' || line.p[0] == '\t'
			? es_fail_at(err, ENVSEAL_RECIPIENT, file, at.line, 1,
			      "a blank stands in front of the recipient", "begin the line with the recipient")
			: add(list, line, at, true, err);
	}
	if (added && !any)
		added = es_fail_at(err, ENVSEAL_RECIPIENT, file, 0, 0,
		    "the recipients file names no recipient", "write one recipient, age1..., on each line");
	if (!added)
		cut(list, before);
	return added;
}

size_t
envseal_recipients_count(const struct envseal_recipients *list)
{
	return list->count;
}

const char *
envseal_recipients_at(const struct envseal_recipients *list, size_t i)
{
	return list->items[i]->text;
}

bool
envseal_recipients_has(const struct envseal_recipients *list, struct envseal_slice recipient)
{
	for (size_t i = 0; i < list->count; i++) {
		if (es_slice_is(recipient, list->items[i]->text))
			return true;
	}
	return false;
}

const struct es_recipient *
es_recipients_get(const struct envseal_recipients *list, size_t i)
{
	return list->items[i];
}
