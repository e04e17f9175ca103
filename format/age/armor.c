#include "format/age/armor.h"

#include "crypto/b64.h"
#include "format/err.h"
#include "format/slice.h"

enum { COLUMNS = 64, COLUMN_BYTES = 48, WHITE_BEFORE = 1024, WHITE_BEHIND = 1023 };

static const char begin_line[] = "-----BEGIN AGE ENCRYPTED FILE-----";
static const char end_line[] = "-----END AGE ENCRYPTED FILE-----";

/* Bytes of the white space character (Unicode's White_Space, in UTF-8) at the front of s, or 0. */
static size_t
white(struct envseal_slice s)
{
	static const char *const wide[] = {"\xc2\x85", "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\xa8",
	    "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

	if (s.n == 0)
		return 0;
	if (s.p[0] == ' ' || (s.p[0] >= '\t' && s.p[0] <= '\r'))
		return 1;
	if (s.n >= 3 && s.p[0] == 0xe2 && s.p[1] == 0x80 && s.p[2] >= 0x80 && s.p[2] <= 0x8a)
		return 3;
	for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
		if (es_slice_begins(s, wide[i]))
			return strlen(wide[i]);
	}
	return 0;
}

static struct envseal_slice
skip_white(struct envseal_slice s)
{
	for (size_t n; (n = white(s)) > 0;)
		s = es_slice_from(s, n);
	return s;
}

bool
es_armor_is(struct envseal_slice file)
{
	size_t most = WHITE_BEFORE + strlen(begin_line);

	if (file.n > most)
		file.n = most;
	return es_slice_begins(skip_white(file), begin_line);
}

static bool
bad(struct envseal_err *err, const char *why)
{
	return es_failf(err, ENVSEAL_RECIPIENT, "the text was cut or changed on its way: copy the file again",
	    "age armor: %s", why);
}

/* Takes a line off the front of rest, without LF or CRLF.  False: nothing is left. */
static bool
take_line(struct envseal_slice *rest, struct envseal_slice *line)
{
	if (rest->n == 0)
		return false;
	size_t n = es_slice_find(*rest, '\n');
	*line = es_slice(rest->p, n);
	*rest = es_slice_from(*rest, n < rest->n ? n + 1 : n);
	if (n > 0 && line->p[n - 1] == '\r')
		line->n--;
	return true;
}

/* Takes white lines and the begin line. */
static bool
read_begin(struct envseal_slice *rest, struct envseal_err *err)
{
	struct envseal_slice line;

	for (size_t skipped = 0; take_line(rest, &line); skipped += line.n + 1) {
		if (skipped > WHITE_BEFORE)
			return bad(err, "too much white space stands in front");
		if (es_slice_is(line, begin_line))
			return true;
		if (skip_white(line).n > 0)
			return bad(err, "the first line is not the begin line");
	}
	return bad(err, "the begin line is missing");
}

/* Checks what stands behind the end line. */
static bool
check_behind(struct envseal_slice rest, struct envseal_err *err)
{
	struct envseal_slice near = rest;

	if (near.n > WHITE_BEHIND + 1)
		near.n = WHITE_BEHIND + 1;
	if (skip_white(near).n > 0)
		return bad(err, "something stands behind the end line");
	if (rest.n > WHITE_BEHIND)
		return bad(err, "too much white space stands behind the end line");
	return true;
}

/* Takes the data lines and the end line, and appends the data. */
static bool
read_lines(struct envseal_slice *rest, struct es_buf *out, struct envseal_err *err)
{
	struct envseal_slice line;
	uint8_t bytes[COLUMN_BYTES];
	bool last = false;

	while (take_line(rest, &line)) {
		size_t n = 0;
		if (es_slice_is(line, end_line))
			return true;
		if (last)
			return bad(err, "a line that is not the end line follows a short line");
		if (line.n == 0)
			return bad(err, "a line is empty");
		if (line.n > COLUMNS)
			return bad(err, "a line is longer than 64 columns");
		if (!es_b64_decode((const char *)line.p, line.n, ES_B64_PADDED, bytes, &n))
			return bad(err, "a line is not canonical base64");
		es_buf_put(out, bytes, n);
		last = n < COLUMN_BYTES;
	}
	return bad(err, "the end line is missing");
}

bool
es_armor_read(struct envseal_slice text, struct es_buf *out, struct envseal_err *err)
{
	size_t before = out->n;
	bool read = false;

	es_buf_reserve(out, es_b64_decoded_max(text.n) < out->cap - out->n ? es_b64_decoded_max(text.n) : 0);
	if (!read_begin(&text, err) || !read_lines(&text, out, err) || !check_behind(text, err))
		goto out;
	if (!es_buf_ok(out)) {
		es_fail_memory(err);
		goto out;
	}
	read = true;
out:
	if (!read)
		out->n = before;
	return read;
}

void
es_armor_write(struct envseal_slice file, struct es_buf *out)
{
	char line[COLUMNS + 1];

	es_buf_reserve(out, sizeof begin_line + sizeof end_line + es_b64_encoded(file.n, ES_B64_PADDED) +
				(file.n + COLUMN_BYTES - 1) / COLUMN_BYTES);
	es_buf_text(out, begin_line);
	es_buf_byte(out, '\n');
	while (file.n > 0) {
		size_t n = file.n < COLUMN_BYTES ? file.n : COLUMN_BYTES;
		size_t columns = es_b64_encoded(n, ES_B64_PADDED);
		es_b64_encode(file.p, n, ES_B64_PADDED, line);
		line[columns] = '\n';
		es_buf_put(out, line, columns + 1);
		file = es_slice_from(file, n);
	}
	es_buf_text(out, end_line);
	es_buf_byte(out, '\n');
}
