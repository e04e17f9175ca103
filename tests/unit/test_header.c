/*
 * test_header - the grammar of age headers, stanzas and armor, row by row and at their limits.
 */
#include "format/age/header.h"

#include "format/age/armor.h"
#include "format/slice.h"
#include "tests/unit/tap.h"

/* ---- header ---- */

/* Whether it parses; an error must say that it is one of the header. */
static const char *
header_class(const char *text, size_t n, const char **what)
{
	static struct envseal_err err;
	struct es_header h;

	memset(&err, 0, sizeof err);
	bool parsed = es_header_parse(es_slice(text, n), &h, &err);
	if (parsed)
		es_header_free(&h);
	*what = err.what;
	if (parsed)
		return "ok";
	return err.code == ENVSEAL_RECIPIENT && strncmp(err.what, "age header: ", 12) == 0 ? "header"
											   : "none";
}

static void
headers(void)
{
#define V1 "age-encryption.org/v1\n"
#define MAC "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
	static const struct {
		const char *name, *text;
		size_t n;
		const char *class;
	} rows[] = {
#define ROW(name, text, class) {name, text, sizeof text - 1, class}
	    ROW("smallest", V1 "-> a\n\n" MAC, "ok"),
	    ROW("no stanza", V1 MAC, "header"),
	    ROW("no body", V1 "-> a\n" MAC, "header"),
	    ROW("version 1234", "age-encryption.org/v1234\n-> a\n\n" MAC, "header"),
	    ROW("version with a blank", "age-encryption.org/v1 \n-> a\n\n" MAC, "header"),
	    ROW("intro with CR", "age-encryption.org/v1\r\n-> a\n\n" MAC, "header"),
	    ROW("intro with NUL", "age-encryption.org/v1\0\n-> a\n\n" MAC, "header"),
	    ROW("intro alone", V1, "header"),
	    ROW("two blanks", V1 "-> a  b\n\n" MAC, "header"),
	    ROW("blank at the end", V1 "-> a \n\n" MAC, "header"),
	    ROW("blank in front", V1 "->  a\n\n" MAC, "header"),
	    ROW("no argument", V1 "-> \n\n" MAC, "header"),
	    ROW("bare arrow", V1 "->\n\n" MAC, "header"),
	    ROW("tab", V1 "-> a\tb\n\n" MAC, "header"),
	    ROW("NUL in an argument", V1 "-> a\0b\n\n" MAC, "header"),
	    ROW("DEL in an argument", V1 "-> a\x7f\n\n" MAC, "header"),
	    ROW("0x80 in an argument", V1 "-> a\x80\n\n" MAC, "header"),
	    ROW("0xff in an argument", V1 "-> a\xff\n\n" MAC, "header"),
	    ROW("NUL in a body", V1 "-> a\nAA\0A\n" MAC, "header"),
	    ROW("padding in a body", V1 "-> a\nAA==\n" MAC, "header"),
	    ROW("spare bits in a body", V1 "-> a\nAB\n" MAC, "header"),
	    ROW("fine body", V1 "-> a\nAA\n" MAC, "ok"),
	    ROW("two short lines", V1 "-> a\nAA\nAA\n" MAC, "header"),
	    ROW("48 bytes",
		V1 "-> a\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\n" MAC, "ok"),
	    ROW("48 bytes without the empty line",
		V1 "-> a\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n" MAC, "header"),
	    ROW("65 columns",
		V1 "-> a\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\n" MAC,
		"header"),
	    ROW("MAC with spare bits", V1 "-> a\n\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB\n",
		"header"),
	    ROW("MAC too short", V1 "-> a\n\n--- AAAA\n", "header"),
	    ROW("MAC without LF", V1 "-> a\n\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "header"),
	    ROW("MAC with NUL", V1 "-> a\n\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0\n", "header"),
	    ROW("--->", V1 "-> a\n\n--->\n", "header"),
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *what;
		const char *class = header_class(rows[i].text, rows[i].n, &what);
		ok(strcmp(class, rows[i].class) == 0, "header, %s: %s (%s)", rows[i].name, rows[i].class,
		    what);
	}
}

/* Puts stanzas into a header until it has count of them, each with one argument of arg_n bytes. */
static bool
limit(size_t count, size_t arg_n, const char *sentence)
{
	struct es_buf text = es_buf_make(64 * 1024 * 1024), arg = es_buf_make(1024 * 1024);
	struct envseal_err err = {0};
	struct es_header h;

	for (size_t i = 0; i < arg_n; i++)
		es_buf_byte(&arg, 'x');
	struct envseal_slice args[] = {es_slice_text("a"), es_slice(arg.p, arg.n)};
	es_header_begin(&text);
	for (size_t i = 0; i < count; i++)
		es_stanza_put(&text, args, arg_n > 0 ? 2 : 1, NULL, 0);
	es_buf_text(&text, MAC);
	bool parsed = es_header_parse(es_slice(text.p, text.n), &h, &err);
	bool good = parsed
			? sentence == NULL && h.count == count && h.size == text.n && h.text.n == text.n - 45
			: sentence != NULL && strstr(err.what, sentence) != NULL;
	if (parsed)
		es_header_free(&h);
	es_buf_free(&text);
	es_buf_free(&arg);
	return good;
}

static void
limits(void)
{
	ok(limit(16384, 0, NULL), "header: 16384 stanzas");
	ok(limit(16385, 0, "16384"), "header: 16385 stanzas are too many");
	ok(limit(1, 60 * 1024, NULL), "header: an argument of 60 KiB");
	ok(limit(1, 64 * 1024, "64 KiB"), "header: a line of more than 64 KiB is refused");
	ok(limit(65, 64 * 1024 - 64, "4 MiB"), "header: more than 4 MiB is refused");
	ok(limit(60, 64 * 1024 - 64, NULL), "header: less than 4 MiB is read");
}

/* Bodies of every length up to 200 come back, and the text is stable. */
static void
stanzas(void)
{
	uint8_t body[400], back[400];
	size_t bad = 0;

	for (size_t i = 0; i < sizeof body; i++)
		body[i] = (uint8_t)(i * 37 + 11);
	for (size_t n = 0; n <= 400; n += n < 200 ? 1 : 8) {
		struct envseal_slice args[] = {es_slice_text("type"),
		    es_slice_text("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"), es_slice_text("c")};
		struct es_buf text = es_buf_make(4096);
		struct es_stanza s;
		const char *why = NULL;
		es_stanza_put(&text, args, 3, body, n);
		struct envseal_slice rest = es_slice(text.p, text.n);
		bool good = es_stanza_parse(&rest, &s, &why) && rest.n == 0 && s.count == 2 && s.body == n &&
			    es_slice_is(s.type, "type") && es_slice_equal(es_stanza_arg(&s, 0), args[1]) &&
			    es_slice_is(es_stanza_arg(&s, 1), "c");
		if (good) {
			es_stanza_body(&s, back);
			good = n == 0 || memcmp(back, body, n) == 0;
		}
		bad += !good;
		es_buf_free(&text);
	}
	ok(bad == 0, "stanza: bodies of many lengths (%zu bad)", bad);
}

/* ---- armor ---- */

static void
armors(void)
{
	uint8_t bytes[300];
	size_t bad = 0;

	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 73 + 5);
	for (size_t n = 0; n <= sizeof bytes; n++) {
		struct es_buf text = es_buf_make(4096), back = es_buf_make(4096);
		struct envseal_err err = {0};
		es_armor_write(es_slice(bytes, n), &text);
		struct envseal_slice armor = es_slice(text.p, text.n);
		bad += !es_armor_is(armor) || !es_armor_read(armor, &back, &err) || back.n != n ||
		       (n > 0 && memcmp(back.p, bytes, n) != 0);
		bad += text.n != 34 + 1 + 32 + 1 + (n + 2) / 3 * 4 + (n + 47) / 48;
		es_buf_free(&text);
		es_buf_free(&back);
	}
	ok(bad == 0, "armor: every length up to 300 (%zu bad)", bad);
}

int
main(void)
{
	if (!ok(es_mem_start(), "libsodium starts"))
		return done();
	headers();
	limits();
	stanzas();
	armors();
	return done();
}
