#include "cmd/diag.h"

#include "cmd/os/file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A path of 4096 bytes of which each is escaped, and what is said of it. */
enum { TEXT_MOST = 2048, MESSAGE_MOST = 5 * 4096 };

static bool is_quiet;

void
diag_quiet(bool quiet)
{
	is_quiet = quiet;
}

/* ---- characters ----------------------------------------------------------------------------------------------- */

/* The length of the UTF-8 sequence at text, at most n bytes, and its code point; 0: none. */
static size_t
decode(const uint8_t *text, size_t n, uint32_t *point)
{
	static const struct {
		uint8_t mask, lead;
		uint32_t least;
	} forms[] = {{0x80, 0x00, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

	for (size_t k = 0; k < 4 && k < n; k++) {
		uint32_t c = text[0] & (uint8_t)~forms[k].mask;
		if ((text[0] & forms[k].mask) != forms[k].lead)
			continue;
		for (size_t i = 1; i <= k; i++) {
			if ((text[i] & 0xc0) != 0x80)
				return 0;
			c = c << 6 | (text[i] & 0x3f);
		}
		*point = c;
		return c < forms[k].least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : k + 1;
	}
	return 0;
}

static bool
must_escape(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} hidden[] = {
	    {0x00, 0x1f},
	    {0x7f, 0x9f},
	    {0xad, 0xad},
	    {0x61c, 0x61c},
	    {0x180e, 0x180e},
	    {0x200b, 0x200f},
	    {0x2028, 0x202e},
	    {0x2060, 0x206f},
	    {0xfeff, 0xfeff},
	    {0xfff9, 0xfffb},
	    {0xe0000, 0xe007f},
	};

	for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
		if (c >= hidden[i].from && c <= hidden[i].to)
			return true;
	return false;
}

void
diag_filter(struct bytes *b, struct envseal_slice text, bool lines)
{
	uint32_t c = 0;
	size_t k;

	for (size_t i = 0; i < text.n; i += k) {
		k = decode(text.p + i, text.n - i, &c);
		if (k == 0) {
			bytes_printf(b, "\\x%02x", text.p[i]);
			k = 1;
		} else if (!must_escape(c) || (c == '\n' && lines)) {
			bytes_add(b, text.p + i, k);
		} else if (c < 0x80) {
			bytes_printf(b, "\\x%02x", (unsigned)c);
		} else {
			bytes_printf(b, "\\u{%04x}", (unsigned)c);
		}
	}
}

static void
json_escape(struct bytes *b, uint32_t c)
{
	if (c == '\n')
		bytes_text(b, "\\n");
	else if (c == '\t')
		bytes_text(b, "\\t");
	else if (c == '\r')
		bytes_text(b, "\\r");
	else if (c < 0x10000)
		bytes_printf(b, "\\u%04x", (unsigned)c);
	else
		bytes_printf(b, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((c - 0x10000) >> 10)),
		    (unsigned)(0xdc00 + ((c - 0x10000) & 0x3ff)));
}

void
diag_json_string(struct bytes *b, struct envseal_slice text)
{
	uint32_t c = 0;
	size_t k;

	bytes_byte(b, '"');
	for (size_t i = 0; i < text.n; i += k) {
		k = decode(text.p + i, text.n - i, &c);
		if (k == 0) {
			bytes_text(b, "\xef\xbf\xbd");
			k = 1;
		} else if (c == '"' || c == '\\') {
			bytes_byte(b, '\\');
			bytes_byte(b, (char)c);
		} else if (must_escape(c)) {
			json_escape(b, c);
		} else {
			bytes_add(b, text.p + i, k);
		}
	}
	bytes_byte(b, '"');
}

/* ---- messages ------------------------------------------------------------------------------------------------- */

static void
add_filtered(struct bytes *b, const char *text)
{
	diag_filter(b, (struct envseal_slice){(const uint8_t *)text, strlen(text)}, false);
}

/* Messages are built on the stack, so that they can be said when there is no memory; what is longer is cut. */
struct message {
	struct bytes b;
	uint8_t room[MESSAGE_MOST];
};

static void
begin(struct message *m)
{
	m->b = (struct bytes){.p = m->room, .cap = sizeof m->room - 1, .most = sizeof m->room - 1};
}

static void
emit(struct message *m)
{
	bool sent;

	m->room[m->b.n++] = '\n';
	sent = file_write_all(STDERR_FILENO, m->room, m->b.n);
	/* There is nowhere left to complain when this fails. */
	(void)sent;
}

void
diag_error(const struct envseal_err *err)
{
	struct message m;

	if (err->code == ENVSEAL_OUTPUT && err->sys == EPIPE && err->file != NULL &&
	    strcmp(err->file, "<stdout>") == 0)
		return;
	begin(&m);
	bytes_text(&m.b, "envseal: ");
	if (err->file != NULL) {
		add_filtered(&m.b, err->file);
		if (err->line > 0)
			bytes_printf(&m.b, ":%u", (unsigned)err->line);
		if (err->line > 0 && err->col > 0)
			bytes_printf(&m.b, ":%u", (unsigned)err->col);
		bytes_text(&m.b, ": ");
	}
	add_filtered(&m.b, err->what);
	if (err->sys != 0) {
		bytes_text(&m.b, ": ");
		add_filtered(&m.b, strerror(err->sys));
	}
	if (err->hint[0] != '\0') {
		bytes_text(&m.b, "\nhint: ");
		add_filtered(&m.b, err->hint);
	}
	emit(&m);
}

int
diag_end(const struct envseal_err *err)
{
	if (err->code != ENVSEAL_OK)
		diag_error(err);
	return envseal_status(err->code);
}

static void ENVSEAL_PRINTF(2, 0) say(const char *prefix, const char *format, va_list args)
{
	char text[TEXT_MOST];
	struct message m;

	if (is_quiet)
		return;
	(void)vsnprintf(text, sizeof text, format, args);
	begin(&m);
	bytes_text(&m.b, prefix);
	add_filtered(&m.b, text);
	emit(&m);
}

void
diag_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("envseal: note: ", format, args);
	va_end(args);
}

void
diag_done(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say("envseal: ", format, args);
	va_end(args);
}
