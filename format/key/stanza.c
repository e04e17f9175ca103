#include "format/key/stanza.h"

#include "crypto/b64.h"
#include "format/slice.h"

enum { COLUMNS = 64, COLUMN_BYTES = 48 };

bool
es_stanza_line(struct envseal_slice *rest, struct envseal_slice *line, const char **why)
{
	size_t n = es_slice_find(*rest, '\n');

	if (n > ES_STANZA_LINE) {
		*why = "a line is longer than 64 KiB";
		return false;
	}
	if (n == rest->n) {
		*why = "it ends too early";
		return false;
	}
	*line = es_slice(rest->p, n);
	*rest = es_slice_from(*rest, n + 1);
	return true;
}

/* Splits what stands behind "-> " into type and arguments. */
static bool
split(struct envseal_slice line, struct es_stanza *s, const char **why)
{
	size_t start = 0, pieces = 0;

	for (size_t i = 0; i <= line.n; i++) {
		if (i < line.n && line.p[i] != ' ') {
			if (line.p[i] > 0x20 && line.p[i] < 0x7f)
				continue;
			*why = "a stanza has a character that is not visible ASCII";
			return false;
		}
		if (i == start) {
			*why = "a stanza has an empty argument";
			return false;
		}
		if (pieces++ == 0)
			s->type = es_slice(line.p, i);
		start = i + 1;
	}
	s->args = s->type.n < line.n ? es_slice_from(line, s->type.n + 1) : es_slice(NULL, 0);
	s->count = pieces - 1;
	return true;
}

bool
es_stanza_parse(struct envseal_slice *rest, struct es_stanza *s, const char **why)
{
	struct envseal_slice line;
	uint8_t bytes[COLUMN_BYTES];
	size_t n;

	if (!es_stanza_line(rest, &line, why))
		return false;
	if (!es_slice_begins(line, "-> ")) {
		*why = "a line is neither a stanza nor the MAC";
		return false;
	}
	if (!split(es_slice_from(line, 3), s, why))
		return false;
	s->text = es_slice(rest->p, 0);
	s->body = 0;
	do {
		if (!es_stanza_line(rest, &line, why))
			return false;
		if (line.n > COLUMNS) {
			*why = "a body line of a stanza is longer than 64 columns";
			return false;
		}
		if (!es_b64_decode((const char *)line.p, line.n, ES_B64_BARE, bytes, &n)) {
			*why = "the body of a stanza is not canonical base64, or its last line is missing";
			return false;
		}
		s->text.n += line.n + 1;
		s->body += n;
	} while (line.n == COLUMNS);
	return true;
}

struct envseal_slice
es_stanza_arg(const struct es_stanza *s, size_t i)
{
	struct envseal_slice rest = s->args;

	for (; i > 0; i--)
		rest = es_slice_from(rest, es_slice_find(rest, ' ') + 1);
	return es_slice(rest.p, es_slice_find(rest, ' '));
}

void
es_stanza_body(const struct es_stanza *s, uint8_t *p)
{
	struct envseal_slice rest = s->text;

	while (rest.n > 0) {
		size_t columns = es_slice_find(rest, '\n'), n = 0;
		/* The parser decoded this line before. */
		if (!es_b64_decode((const char *)rest.p, columns, ES_B64_BARE, p, &n))
			return;
		p += n;
		rest = es_slice_from(rest, columns + 1);
	}
}

void
es_stanza_put(
    struct es_buf *out, const struct envseal_slice *args, size_t count, const uint8_t *body, size_t n)
{
	char line[COLUMNS];

	es_buf_text(out, "->");
	for (size_t i = 0; i < count; i++) {
		es_buf_byte(out, ' ');
		es_buf_put(out, args[i].p, args[i].n);
	}
	es_buf_byte(out, '\n');
	for (; n >= COLUMN_BYTES; body += COLUMN_BYTES, n -= COLUMN_BYTES) {
		es_b64_encode(body, COLUMN_BYTES, ES_B64_BARE, line);
		es_buf_put(out, line, COLUMNS);
		es_buf_byte(out, '\n');
	}
	es_b64_encode(body, n, ES_B64_BARE, line);
	es_buf_put(out, line, es_b64_encoded(n, ES_B64_BARE));
	es_buf_byte(out, '\n');
}
