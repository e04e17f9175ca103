/*
 * test_tamper - what an attacker can do to a sealed document: every byte of it changed, tokens and fields moved and
 * put back, and what the MAC of SOPS cannot protect, said as such.
 */
#include "format/sops/open.h"
#include "tests/unit/sealing.h"

static const char text_a[] = "# one\n"
			     "A=alpha\n"
			     "\n"
			     "B='first\n"
			     "second'\n"
			     "C_unencrypted=clear\n"
			     "EMPTY=\n"
			     "A=again\r\n"
			     "#\n"
			     "D=\"x\\ny\"";

/* The next entry with a value at or behind *at, which moves behind it. */
static bool
next_value(const struct envseal_doc *doc, size_t *at, struct envseal_entry *entry)
{
	bool found = envseal_doc_entry(doc, *at, entry);
	for (; found && entry->value.n == 0; found = envseal_doc_entry(doc, entry->place + 1, entry))
		continue;
	*at = found ? entry->place + 1 : 0;
	return found;
}

/* Whether both have the same values in the same order, those that are sealed under the same names.  Comments, blank
 * lines, empty values and the names of values in clear are what the MAC of SOPS does not cover. */
static bool
same_values(const struct envseal_doc *a, const struct envseal_doc *b)
{
	struct envseal_entry x, y;
	size_t ax = 0, by = 0;
	for (;;) {
		bool more = next_value(a, &ax, &x);
		if (more != next_value(b, &by, &y))
			return false;
		if (!more)
			return true;
		if (!es_slice_equal(x.value, y.value) || x.sealed != y.sealed ||
		    (x.sealed && !es_slice_equal(x.name, y.name)))
			return false;
	}
}

/* ---- every byte ---- */

struct target {
	struct kit *kit;
	struct envseal_slice sealed;
	const struct envseal_doc *doc; /* opened as it was made */
	struct es_datakey key;
	unsigned long opened;
};

/* Opens damaged bytes: to the values as they were or not at all, and then nothing is shown. */
static bool
is_safe(struct target *t, struct envseal_slice bytes, bool with_identity)
{
	struct envseal_err err = {0};
	struct envseal_doc *doc = envseal_read_sealed(t->kit->es, bytes, "s", &err);
	struct envseal_entry entry;

	if (doc == NULL)
		return err.code != ENVSEAL_OK && err.what[0] != '\0';
	bool opened = with_identity ? envseal_open(doc, t->kit->ids, &err) : es_open_with(doc, &t->key, &err);
	bool safe = opened
			? same_values(doc, t->doc)
			: envseal_doc_text(doc).n == 0 && !envseal_doc_is_open(doc) && err.code != ENVSEAL_OK;
	for (size_t at = 0; !opened && envseal_doc_entry(doc, at, &entry); at = entry.place + 1)
		safe = safe && entry.value.n == 0;
	t->opened += opened;
	envseal_doc_free(doc);
	return safe;
}

static void
damage(struct target *t, struct tally *changed, struct tally *gone, struct tally *more)
{
	static const uint8_t flips[] = {0x01, 0x04, 0x20, 0x80};
	uint8_t *copy = malloc(t->sealed.n + 1);
	if (copy == NULL)
		abort();
	size_t line = 0;
	for (size_t i = 0; i < t->sealed.n; i++) {
		if (i > 0 && t->sealed.p[i - 1] == '\n')
			line = i;
		bool wrapped_key =
		    es_slice_begins(es_slice_from(t->sealed, line), "sops_age__list_0__map_enc");
		for (size_t k = 0; k < sizeof flips; k++) {
			memcpy(copy, t->sealed.p, t->sealed.n);
			copy[i] ^= flips[k];
			tally(changed, is_safe(t, es_slice(copy, t->sealed.n), wrapped_key), "changed",
			    es_slice(copy + line, 60));
		}
		memcpy(copy, t->sealed.p, i);
		memcpy(copy + i, t->sealed.p + i + 1, t->sealed.n - i - 1);
		tally(gone, is_safe(t, es_slice(copy, t->sealed.n - 1), wrapped_key), "gone",
		    es_slice(copy + line, 60));
		memcpy(copy, t->sealed.p, i);
		copy[i] = i % 2 == 0 ? '\n' : '=';
		memcpy(copy + i + 1, t->sealed.p + i, t->sealed.n - i);
		tally(more, is_safe(t, es_slice(copy, t->sealed.n + 1), wrapped_key), "more",
		    es_slice(copy + line, 60));
	}
	free(copy);
}

static void
test_every_byte(struct kit *kit)
{
	struct target t = {.kit = kit};
	struct envseal_err err = {0};
	struct tally changed = {0, 0}, gone = {0, 0}, more = {0, 0}, cut = {0, 0};

	for (size_t i = 0; i < sizeof t.key.b; i++)
		t.key.b[i] = (uint8_t)(i + 1);
	kit->queue = t.key.b;
	kit->queue_n = sizeof t.key.b;
	struct envseal_out out = seal_text(kit, es_slice_text(text_a), NULL, NULL);
	t.sealed = out_slice(out);
	struct envseal_doc *doc = open_doc(kit, t.sealed, &err);
	t.doc = doc;
	ok(doc != NULL && es_slice_is(envseal_doc_text(doc), text_a), "a file opens");
	ok(is_safe(&t, t.sealed, false) && is_safe(&t, t.sealed, true) && t.opened == 2,
	    "it does so with its data key, too");
	damage(&t, &changed, &gone, &more);
	tally_ok(&changed, "with a byte changed it opens to the same values or shows nothing");
	tally_ok(&gone, "with a byte gone");
	tally_ok(&more, "with a byte more");
	for (size_t n = 0; n < t.sealed.n; n++)
		tally(&cut, is_safe(&t, es_slice(t.sealed.p, n), true), "cut", es_slice(t.sealed.p, n));
	tally_ok(&cut, "cut anywhere");
	printf("# %lu of the damaged files opened\n", t.opened - 2);
	envseal_doc_free(doc);
	envseal_out_free(&out);
}

/* ---- lines that are moved ---- */

/* The file with line number from (from 0) taken out and put before line number to of what is left; to SIZE_MAX: out. */
static size_t
move_line(struct envseal_slice file, size_t from, size_t to, uint8_t *out)
{
	struct envseal_slice lines[64];
	size_t count = 0, n = 0;
	while (file.n > 0 && count < 64) {
		size_t end = es_slice_find(file, '\n') + 1;
		lines[count++] = es_slice(file.p, end);
		file = es_slice_from(file, end);
	}
	struct envseal_slice moved = lines[from];
	for (size_t i = 0, k = 0; i < count; i++) {
		if (i == from)
			continue;
		if (k++ == to) {
			memcpy(out + n, moved.p, moved.n);
			n += moved.n;
		}
		memcpy(out + n, lines[i].p, lines[i].n);
		n += lines[i].n;
	}
	return n;
}

static void
test_moved_lines(struct kit *kit)
{
	/* Lines of the sealed file: 0 A, 1 B, 2 a blank, 3 C in clear, 4 EMPTY, 5 a comment, then metadata. */
	static const struct {
		size_t from, to;
		bool opens;
		const char *name;
	} moves[] = {
	    {0, 1, false, "two values that change places"},
	    {0, SIZE_MAX, false, "a value taken out"},
	    {3, 0, false, "a value in clear moved"},
	    {3, SIZE_MAX, false, "a value in clear taken out"},
	    {4, SIZE_MAX, true, "not protected: an empty value taken out"},
	    {5, 0, true, "not protected: a comment moved"},
	    {5, SIZE_MAX, true, "not protected: a comment taken out"},
	};
	struct envseal_out out =
	    seal_text(kit, es_slice_text("A=1\nB=2\n\nC_unencrypted=3\nEMPTY=\n# c\n"), NULL, NULL);
	static uint8_t moved[8192];
	for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++) {
		struct envseal_err err = {0};
		size_t n = move_line(out_slice(out), moves[i].from, moves[i].to, moved);
		struct envseal_doc *doc = open_doc(kit, es_slice(moved, n), &err);
		ok((doc != NULL) == moves[i].opens && (doc != NULL || err.code == ENVSEAL_MAC), "%s",
		    moves[i].name);
		envseal_doc_free(doc);
	}
	envseal_out_free(&out);
}

/* ---- changes by text ---- */

/* file with the first occurrence of from replaced by to. */
static struct envseal_slice
changed(struct envseal_slice file, const char *from, const char *to, char *room)
{
	const uint8_t *at = memmem(file.p, file.n, from, strlen(from));
	if (at == NULL)
		abort();
	size_t before = (size_t)(at - file.p), n = before;
	memcpy(room, file.p, before);
	memcpy(room + n, to, strlen(to));
	n += strlen(to);
	memcpy(room + n, at + strlen(from), file.n - before - strlen(from));
	return es_slice(room, n + file.n - before - strlen(from));
}

static void
test_changed_text(struct kit *kit)
{
	static const struct {
		const char *from, *to, *name;
		enum envseal_code want; /* ENVSEAL_OK: it opens */
	} changes[] = {
	    {"\nB=", "\nX=", "a token under another name", ENVSEAL_DECRYPT},
	    {"C_unencrypted=3", "C_unencrypted=4", "a value in clear", ENVSEAL_MAC},
	    {"C_unencrypted=3", "C_unencrypted=ENC[x]", "a value in clear that looks sealed", ENVSEAL_MAC},
	    {"EMPTY=", "EMPTY=x", "an empty value gets one", ENVSEAL_DECRYPT},
	    {"sops_mac=", "sops_mac=\nsops_x=", "the MAC taken out", ENVSEAL_MAC},
	    {"sops_mac=", "sops_nac=", "the MAC renamed", ENVSEAL_MAC},
	    {"2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z", "the date", ENVSEAL_MAC},
	    {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.5+00:00", "not protected: the spelling of the date",
		ENVSEAL_OK},
	    {"2026-01-02T03:04:05Z", "yesterday", "no date", ENVSEAL_METADATA},
	    {"sops_unencrypted_suffix=_unencrypted",
		"sops_unencrypted_suffix=", "not protected: the suffix that is the default", ENVSEAL_OK},
	    {"sops_unencrypted_suffix=_unencrypted", "sops_unencrypted_suffix=d",
		"not protected: a suffix that chooses the same", ENVSEAL_OK},
	    {"sops_unencrypted_suffix=", "sops_encrypted_suffix=",
		"a rule that wants what is in clear sealed", ENVSEAL_DECRYPT},
	    {"sops_unencrypted_suffix=_unencrypted", "sops_unencrypted_regex=^[AC]",
		"a rule that makes a token a text", ENVSEAL_MAC},
	    {"sops_unencrypted_suffix=_unencrypted", "sops_encrypted_regex=^B",
		"a rule that makes another one", ENVSEAL_MAC},
	    {"sops_unencrypted_suffix=_unencrypted", "sops_unencrypted_regex=(", "a rule that is none",
		ENVSEAL_CONFIG},
	    {"sops_version=", "sops_mac_only_encrypted=true\nsops_version=", "a MAC over sealed values only",
		ENVSEAL_MAC},
	    {"sops_version=", "sops_version=3.7.3\nsops_version=", "a field twice", ENVSEAL_METADATA},
	    {"sops_version=", "sops_unknown=x\nsops_version=", "not protected: an unknown field", ENVSEAL_OK},
	    {"sops_version=3", "sops_version=x", "no version", ENVSEAL_METADATA},
	    {"age__list_0__map_enc", "age__list_1__map_enc", "a gap among the recipients", ENVSEAL_METADATA},
	    {"\nEMPTY=", "\nMORE=\nEMPTY=", "not protected: an empty value more", ENVSEAL_OK},
	    {"\n#ENC", "\n# text\n#ENC", "not protected: a comment more", ENVSEAL_OK},
	    {"\nB=", "\n<<<<<<< HEAD\nB=", "a conflict marker", ENVSEAL_GENERIC},
	    {",type:str]", ",type:int]", "not protected: the type of a token that suits its value",
		ENVSEAL_OK},
	    {",type:str]", ",type:bool]", "a type that does not suit the value", ENVSEAL_DECRYPT},
	    {",type:str]", ",type:comment]", "a value as a comment", ENVSEAL_DECRYPT},
	    {",type:str]", ",type:str] ", "a blank behind a token", ENVSEAL_DECRYPT},
	};
	struct envseal_out out =
	    seal_text(kit, es_slice_text("A=1\nB=2\n\nC_unencrypted=3\nEMPTY=\n# c\n"), NULL, NULL);
	static char room[8192];
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		struct envseal_err err = {0};
		struct envseal_slice file = changed(out_slice(out), changes[i].from, changes[i].to, room);
		struct envseal_doc *doc = open_doc(kit, file, &err);
		ok((doc != NULL) == (changes[i].want == ENVSEAL_OK) && err.code == changes[i].want,
		    "%s: %s %s", changes[i].name, envseal_code_name(changes[i].want), err.what);
		envseal_doc_free(doc);
	}
	envseal_out_free(&out);
}

/* ---- the layout field ---- */

/* The whole line of a field; room holds it. */
static const char *
field_line(struct envseal_slice file, const char *name, char *room)
{
	const uint8_t *at = memmem(file.p, file.n, name, strlen(name));
	if (at == NULL)
		abort();
	size_t n = es_slice_find(es_slice_from(file, (size_t)(at - file.p)), '\n');
	memcpy(room, at, n);
	room[n] = '\0';
	return room;
}

/* What opens when the layout of one text stands in the file of another, both under the same data key. */
static void
replay(struct kit *kit, const char *old, const char *new, const char *want, const char *name)
{
	static char old_line[4096], new_line[8192], room[16384];
	struct envseal_err err = {0};
	struct envseal_out first = seal_text(kit, es_slice_text(old), NULL, NULL);
	struct envseal_doc *base = open_doc(kit, out_slice(first), &err);
	struct envseal_out second = seal_text(kit, es_slice_text(new), base, NULL);

	field_line(out_slice(first), "sops_envseal=", old_line);
	struct envseal_slice file;
	if (memmem(second.p, second.n, "sops_envseal=", 13) != NULL)
		file = changed(out_slice(second), field_line(out_slice(second), "sops_envseal=", new_line),
		    old_line, room);
	else {
		(void)snprintf(new_line, sizeof new_line, "%s\nsops_lastmodified=", old_line);
		file = changed(out_slice(second), "sops_lastmodified=", new_line, room);
	}
	kit->notes = 0;
	struct envseal_doc *doc = open_doc(kit, file, &err);
	ok(doc != NULL && es_slice_is(envseal_doc_text(doc), want) && kit->notes == 1, "%s %s", name,
	    err.what);
	envseal_doc_free(doc);
	envseal_doc_free(base);
	envseal_out_free(&first);
	envseal_out_free(&second);
}

static void
test_layout_field(struct kit *kit)
{
	replay(kit, "A='x\ny'\nB=1\n", "A='x\\nEVIL=y'\nB=1\n", "A='x\\nEVIL=y'\nB=1\n",
	    "an old layout makes no line of a line feed that was written out");
	replay(kit, "A='x\ny'\nB=1\n", "B=1\nA='x\\ny'\n", "B=1\nA='x\\ny'\n",
	    "an old layout and another order");
	replay(kit, "A=1\r\nB=2\r\n", "A=1\r\nB=2\r\nC=3\r\n", "A=1\nB=2\nC=3\n",
	    "an old layout and a line more");

	static char room[8192], line[4096], field[8192];
	struct envseal_err err = {0};
	struct envseal_out out = seal_text(kit, es_slice_text("A=1\r\n"), NULL, NULL);
	field_line(out_slice(out), "sops_mac=", line);
	/* Tokens of the file itself in its place: none was sealed for it. */
	static const char *const others[] = {"sops_mac=", "A="};
	for (size_t i = 0; i < 2; i++) {
		field_line(out_slice(out), others[i], line);
		(void)snprintf(field, sizeof field, "sops_envseal=%s\nsops_old=", line + strlen(others[i]));
		err = (struct envseal_err){0};
		struct envseal_doc *doc =
		    open_doc(kit, changed(out_slice(out), "sops_envseal=", field, room), &err);
		ok(doc == NULL && err.code == ENVSEAL_MAC, "the token of %s as layout is refused", others[i]);
		envseal_doc_free(doc);
	}
	err = (struct envseal_err){0};
	struct envseal_doc *doc =
	    open_doc(kit, changed(out_slice(out), "sops_envseal=", "sops_envseal=x\nsops_old=", room), &err);
	ok(doc == NULL && err.code == ENVSEAL_MAC, "a text as layout is refused");
	envseal_doc_free(doc);
	envseal_out_free(&out);
}

/* ---- bases and edited files ---- */

static enum envseal_verdict
verdict_over(struct kit *kit, const struct envseal_doc *base, bool new_key, size_t *reused)
{
	struct envseal_err err = {0};
	struct envseal_report report = {0};
	struct envseal_out out = {0};
	struct envseal_seal how = {.plan = &kit->plan, .base = base, .new_key = new_key};
	struct envseal_doc *doc = plain_doc(kit, es_slice_text("A=1\nB=3\n"), base, ENVSEAL_QUOTES_ASK);
	ok(doc != NULL && envseal_seal(doc, &how, &out, &report, &err), "it is sealed %s", err.what);
	*reused = report.reused;
	envseal_doc_free(doc);
	envseal_out_free(&out);
	return report.verdict;
}

static void
test_bases(struct kit *kit)
{
	static const char stranger[] = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
	static char room[8192];
	struct envseal_err err = {0};
	size_t reused;
	struct envseal_out out = seal_text(kit, es_slice_text("A=1\nB=2\n"), NULL, NULL);
	struct envseal_doc *base = open_doc(kit, out_slice(out), &err);

	ok(verdict_over(kit, base, false, &reused) == ENVSEAL_BASE_TRUSTED && reused == 1,
	    "an opened base gives its token");
	ok(verdict_over(kit, base, true, &reused) == ENVSEAL_BASE_NEW_KEY && reused == 0,
	    "under a new key none is kept");
	envseal_doc_free(base);
	base = envseal_read_sealed(kit->es, out_slice(out), "s", &err);
	ok(verdict_over(kit, base, false, &reused) == ENVSEAL_BASE_SHUT && reused == 0,
	    "nor of a base that is shut");
	envseal_doc_free(base);
	/* A recipient that only the metadata names, as one who left does. */
	(void)snprintf(room, sizeof room / 2,
	    "sops_age__list_1__map_enc=x\nsops_age__list_1__map_recipient=%s\nsops_lastmodified=", stranger);
	base =
	    open_doc(kit, changed(out_slice(out), "sops_lastmodified=", room, room + sizeof room / 2), &err);
	ok(base != NULL && verdict_over(kit, base, false, &reused) == ENVSEAL_BASE_RECIPIENT && reused == 0,
	    "nor of one that somebody reads who is not wanted");
	envseal_doc_free(base);
	base = open_doc(kit,
	    changed(
		out_slice(out), "sops_mac=ENC[AES256_GCM,data:", "sops_mac=ENC[AES256_GCM,data:AAAA", room),
	    &err);
	ok(base == NULL && err.code == ENVSEAL_MAC, "one whose MAC is wrong does not open");
	envseal_doc_free(base);
	envseal_out_free(&out);
}

static enum envseal_code
open_edited(struct kit *kit, struct envseal_slice file, const struct envseal_doc *known, const char *want)
{
	struct envseal_err err = {0};
	struct envseal_doc *doc = envseal_read_sealed(kit->es, file, "s", &err);
	bool opened = doc != NULL && envseal_open_edited(doc, kit->ids, &known, 1, &err);
	bool right =
	    opened ? es_slice_is(envseal_doc_text(doc), want) : doc != NULL && envseal_doc_text(doc).n == 0;
	envseal_doc_free(doc);
	return right ? err.code : ENVSEAL_INTERNAL;
}

static void
test_edited(struct kit *kit)
{
	static char room[8192], old_b[4096], new_b[4096];
	struct envseal_err err = {0};
	struct envseal_out first = seal_text(kit, es_slice_text("A=1\nB=2\n"), NULL, NULL);
	struct envseal_doc *base = open_doc(kit, out_slice(first), &err);
	struct envseal_out second = seal_text(kit, es_slice_text("A=1\nB=3\n"), base, NULL);
	struct envseal_doc *known = open_doc(kit, out_slice(second), &err);
	struct envseal_slice file = changed(
	    out_slice(second), "sops_age__list_0__map_enc", "NEW=clear\nsops_age__list_0__map_enc", room);

	ok(open_edited(kit, file, NULL, "A=1\nB=3\nNEW=clear\n") == ENVSEAL_OK,
	    "a line in clear more is accepted");
	struct envseal_doc *strict = open_doc(kit, file, &err);
	ok(strict == NULL && err.code == ENVSEAL_DECRYPT, "but not as a sealed file");
	field_line(out_slice(first), "B=", old_b);
	field_line(out_slice(second), "B=", new_b);
	file = changed(out_slice(second), new_b, old_b, room);
	ok(open_edited(kit, file, NULL, "") == ENVSEAL_MAC, "an old token put back is refused");
	ok(open_edited(kit, file, known, "") == ENVSEAL_MAC, "also beside a version that has another");
	ok(open_edited(kit, file, base, "A=1\nB=2\n") == ENVSEAL_OK, "unless a version that verifies has it");
	file = changed(out_slice(second), new_b, "B=clear", room);
	ok(open_edited(kit, file, NULL, "") == ENVSEAL_MAC,
	    "a value in clear instead of a token, without a version that verifies");
	ok(open_edited(kit, file, known, "A=1\nB=clear\n") == ENVSEAL_OK, "and with one");
	file =
	    changed(out_slice(second), new_b, "B=ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]", room);
	ok(open_edited(kit, file, known, "") == ENVSEAL_DECRYPT, "a token of the attacker's own");
	envseal_doc_free(base);
	envseal_doc_free(known);
	envseal_out_free(&first);
	envseal_out_free(&second);
}

/* A failure leaves the document usable: the right identity opens it afterwards. */
static void
test_again(struct kit *kit)
{
	struct envseal_err err = {0};
	struct envseal_identities *none = envseal_identities_new();
	struct envseal_out out = seal_text(kit, es_slice_text("A=1\n"), NULL, NULL);
	struct envseal_doc *doc = envseal_read_sealed(kit->es, out_slice(out), "s", &err);

	ok(doc != NULL && !envseal_open(doc, none, &err) && err.code == ENVSEAL_NO_KEY &&
		envseal_doc_text(doc).n == 0,
	    "without an identity it does not open");
	for (int i = 0; i < 2; i++) {
		err = (struct envseal_err){0};
		ok(envseal_open(doc, kit->ids, &err) && es_slice_is(envseal_doc_text(doc), "A=1\n"),
		    "with one it opens then, time %d", i);
	}
	envseal_doc_free(doc);
	envseal_identities_free(none);
	envseal_out_free(&out);
}

int
main(void)
{
	struct kit kit;

	kit_begin(&kit);
	test_moved_lines(&kit);
	test_changed_text(&kit);
	test_layout_field(&kit);
	test_bases(&kit);
	test_edited(&kit);
	test_again(&kit);
	test_every_byte(&kit);
	kit_end(&kit);
	return done();
}
