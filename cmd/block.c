#include "cmd/block.h"

#include "cmd/fail.h"

#include <string.h>

static const char begin[] = "# >>> envseal git install >>>";
static const char begin_joined[] = "# >>> envseal git install, behind a line that had no end >>>";
static const char end[] = "# <<< envseal git install <<<";

/* Adds the bytes of a text from one place to another. */
static void
add_part(struct bytes *b, struct envseal_slice text, size_t from, size_t till)
{
	if (from < till)
		bytes_add(b, text.p + from, till - from);
}

/* Where the block stands in a text. */
struct span {
	bool found;
	bool joined; /* the line before it had no end */
	size_t from, till; /* the end being that of its last line */
};

static size_t
line_length(struct envseal_slice text, size_t at)
{
	const uint8_t *feed = memchr(text.p + at, '\n', text.n - at);

	return feed != NULL ? (size_t)(feed - text.p) - at + 1 : text.n - at;
}

static bool
line_is(struct envseal_slice text, size_t at, size_t n, const char *mark)
{
	size_t len = strlen(mark);

	n -= n > 0 && text.p[at + n - 1] == '\n';
	n -= n > 0 && text.p[at + n - 1] == '\r';
	return n == len && memcmp(text.p + at, mark, len) == 0;
}

static bool
find(struct envseal_slice text, struct span *span, const char *file, struct envseal_err *err)
{
	size_t opened = 0, closed = 0, n;

	*span = (struct span){0};
	for (size_t at = 0; at < text.n; at += n) {
		bool joined;
		n = line_length(text, at);
		joined = line_is(text, at, n, begin_joined);
		if (joined || line_is(text, at, n, begin)) {
			opened++;
			span->joined = joined;
			span->from = at;
		} else if (line_is(text, at, n, end)) {
			closed++;
			span->till = at + n;
		}
	}
	span->found = opened == 1;
	if (opened == closed && opened <= 1 && span->from <= span->till)
		return true;
	return cmd_fail(err, ENVSEAL_CONFIG, file, 0,
	    "the marks round what envseal git install wrote do not match",
	    "remove the lines with these marks, and what is ours between them, by hand");
}

static void
add_block(struct bytes *b, const char *first, const char *lines)
{
	bytes_printf(b, "%s\n%s%s\n", first, lines, end);
}

bool
block_put(struct bytes *b, struct envseal_slice text, const char *lines, enum block_place place,
    const char *file, struct envseal_err *err)
{
	struct span span;
	bool open;

	if (!find(text, &span, file, err))
		return false;
	if (span.found) {
		add_part(b, text, 0, span.from);
		add_block(b, span.joined ? begin_joined : begin, lines);
		add_part(b, text, span.till, text.n);
		return true;
	}
	span.from = text.n;
	if (place == BLOCK_SECOND && text.n > 0)
		span.from = line_length(text, 0);
	add_part(b, text, 0, span.from);
	open = span.from > 0 && text.p[span.from - 1] != '\n';
	if (open)
		bytes_byte(b, '\n');
	add_block(b, open ? begin_joined : begin, lines);
	add_part(b, text, span.from, text.n);
	return true;
}

bool
block_drop(struct bytes *b, struct envseal_slice text, const char *file, struct envseal_err *err)
{
	struct span span;

	if (!find(text, &span, file, err))
		return false;
	if (!span.found)
		span.from = span.till = text.n;
	/* The line end that we added goes, too, unless there is a line behind it by now. */
	if (span.joined && span.till == text.n && span.from > 0)
		span.from--;
	add_part(b, text, 0, span.from);
	add_part(b, text, span.till, text.n);
	return true;
}
