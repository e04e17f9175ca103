#include "format/doc/gosyntax.h"

#include "format/doc/goescape.h"
#include "format/doc/goset.h"
#include "format/doc/utf8.h"
#include "format/slice.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	LARGEST_SIZE = 200 * 1000, /* parts after repetitions are written out; Go allows 3.3 million */
	LARGEST_REPEAT = 1000, /* Go's limit, also for the product of nested counts */
};

enum flag { FOLD = 1, LINES = 2, DOT_ALL = 4, LAZY = 8 };

/* A group that is being read; the first stands for the whole pattern. */
struct level {
	unsigned flags;
	size_t begin; /* offset of its '(' */
	size_t size; /* parts so far, repetitions written out */
	size_t reps; /* the largest product of nested counts in it */
};

struct reader {
	struct envseal_slice in;
	size_t at;
	struct es_buf *out;
	size_t offset; /* of the error */
	const char *why;
	bool atom; /* something that can be repeated was just written */
	bool repeated; /* a repetition was just written */
	size_t size, reps; /* of that atom */
	size_t depth;
	struct level level[ES_GOSYNTAX_DEEPEST + 1];
};

static const char beyond_ascii[] = "(?i) with a character beyond ASCII is not supported";

/* ---- characters ---- */

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool
is_word(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_';
}

/* ---- reading and writing ---- */

static bool
fail(struct reader *r, size_t offset, const char *why)
{
	if (r->why == NULL) {
		r->offset = offset;
		r->why = why;
	}
	return false;
}

static bool
left(const struct reader *r, size_t n)
{
	return r->in.n - r->at >= n;
}

static bool
next_is(const struct reader *r, const char *text)
{
	return es_slice_begins(es_slice_from(r->in, r->at), text);
}

/* The next character; the pattern is known to be UTF-8 and not at its end. */
static uint32_t
take(struct reader *r)
{
	uint32_t c = 0;
	size_t n = 1;

	if (!es_utf8_decode(es_slice_from(r->in, r->at), &c, &n))
		n = 1;
	r->at += n;
	return c;
}

static struct level *
top(struct reader *r)
{
	return &r->level[r->depth];
}

/* Counts what was just written as one atom of that size. */
static bool
wrote_atom(struct reader *r, size_t size, size_t reps)
{
	struct level *l = top(r);

	r->atom = true;
	r->repeated = false;
	r->size = size;
	r->reps = reps;
	l->size += size;
	if (l->reps < reps)
		l->reps = reps;
	if (l->size > LARGEST_SIZE)
		return fail(r, r->at, "the expression is too large");
	return true;
}

static bool
put_assertion(struct reader *r, const char *text)
{
	es_buf_text(r->out, "(?:");
	es_buf_text(r->out, text);
	es_buf_byte(r->out, ')');
	return wrote_atom(r, 1, 1);
}

static bool
end_set(struct reader *r, const struct es_goset *set)
{
	es_goset_end(set);
	return wrote_atom(r, 1, 1);
}

/* One character that stands for itself. */
static bool
put_literal(struct reader *r, size_t offset, uint32_t c)
{
	if ((top(r)->flags & FOLD) == 0) {
		es_goset_char(r->out, c);
		return wrote_atom(r, 1, 1);
	}
	struct es_goset set;
	es_goset_begin(&set, r->out, true, false);
	if (!es_goset_range(&set, c, c))
		return fail(r, offset, beyond_ascii);
	return end_set(r, &set);
}

/* ---- escapes ---- */

/* An escape that stands for one character, at its backslash. */
static bool
read_escape(struct reader *r, uint32_t *c)
{
	size_t offset = r->at;
	const char *why = NULL;

	return es_goescape_read(r->in, &r->at, c, &why) || fail(r, offset, why);
}

/* \d \D \s \S \w \W at the backslash: the group, or NULL. */
static const struct es_goset_group *
perl_group(struct reader *r, bool *negated)
{
	if (!left(r, 2) || r->in.p[r->at] != '\\')
		return NULL;
	uint8_t letter = r->in.p[r->at + 1];
	const struct es_goset_group *group = es_goset_perl(letter | 0x20);
	if (group == NULL)
		return NULL;
	*negated = (letter & 0x20) == 0;
	r->at += 2;
	return group;
}

static bool
refuse_unicode_set(struct reader *r)
{
	if (next_is(r, "\\p") || next_is(r, "\\P"))
		return fail(
		    r, r->at, "sets by Unicode property are not supported, because they differ by version");
	return true;
}

/* [:name:] or [:^name:] at the bracket.  *found: it was one, and was added. */
static bool
read_posix_group(struct reader *r, struct es_goset *set, bool *found)
{
	struct envseal_slice rest = es_slice_from(r->in, r->at);

	*found = false;
	if (rest.n < 3 || !es_slice_begins(rest, "[:"))
		return true;
	rest = es_slice_from(rest, 2);
	size_t n = 0;
	while (n + 1 < rest.n && (rest.p[n] != ':' || rest.p[n + 1] != ']'))
		n++;
	if (n + 1 >= rest.n)
		return true;
	bool negated = n > 0 && rest.p[0] == '^';
	struct envseal_slice name = {rest.p + (negated ? 1 : 0), n - (negated ? 1 : 0)};
	const struct es_goset_group *group = es_goset_posix(name);
	if (group == NULL)
		return fail(r, r->at, "there is no such named set");
	es_goset_group(set, group, negated);
	r->at += 2 + n + 2;
	*found = true;
	return true;
}

static bool
read_set_char(struct reader *r, size_t begin, uint32_t *c)
{
	if (!left(r, 1))
		return fail(r, begin, "the set is not closed");
	if (r->in.p[r->at] == '\\')
		return read_escape(r, c);
	*c = take(r);
	return true;
}

/* A character or a range of a set. */
static bool
read_set_range(struct reader *r, size_t begin, struct es_goset *set)
{
	size_t offset = r->at;
	uint32_t lo = 0, hi;

	if (!read_set_char(r, begin, &lo))
		return false;
	hi = lo;
	if (left(r, 2) && r->in.p[r->at] == '-' && r->in.p[r->at + 1] != ']') {
		r->at++;
		if (!read_set_char(r, begin, &hi))
			return false;
		if (hi < lo)
			return fail(r, offset, "the range runs backwards");
	}
	return es_goset_range(set, lo, hi) || fail(r, r->at, beyond_ascii);
}

/* A set in brackets, at the opening one. */
static bool
read_set(struct reader *r)
{
	size_t begin = r->at++;
	struct es_goset set;
	bool negated = next_is(r, "^"), found = false;

	r->at += negated ? 1 : 0;
	es_goset_begin(&set, r->out, (top(r)->flags & FOLD) != 0, negated);
	for (bool first = true; first || !next_is(r, "]"); first = false) {
		const struct es_goset_group *group;
		bool opposite = false;

		if (!left(r, 1))
			return fail(r, begin, "the set is not closed");
		if (!read_posix_group(r, &set, &found) || !refuse_unicode_set(r))
			return false;
		if (found)
			continue;
		group = perl_group(r, &opposite);
		if (group != NULL)
			es_goset_group(&set, group, opposite);
		else if (!read_set_range(r, begin, &set))
			return false;
	}
	r->at++;
	return end_set(r, &set);
}

/* ---- what stands outside of sets ---- */

/* \Q up to \E or the end: every character stands for itself. */
static bool
read_quoted(struct reader *r)
{
	r->at += 2;
	r->atom = false;
	r->repeated = false;
	while (left(r, 1) && !next_is(r, "\\E")) {
		size_t offset = r->at;
		uint32_t c = take(r);

		if (!put_literal(r, offset, c))
			return false;
	}
	r->at += left(r, 1) ? 2 : 0;
	return true;
}

#define WORD "[0-9A-Za-z_]"

static bool
read_backslash(struct reader *r)
{
	static const struct {
		const char *escape, *written;
	} assertions[] = {
	    {"\\A", "\\A"},
	    {"\\z", "\\z"},
	    {"\\b", "(?<=" WORD ")(?!" WORD ")|(?<!" WORD ")(?=" WORD ")"},
	    {"\\B", "(?<=" WORD ")(?=" WORD ")|(?<!" WORD ")(?!" WORD ")"},
	};
	size_t offset = r->at;
	bool negated = false;
	uint32_t c = 0;

	for (size_t i = 0; i < sizeof assertions / sizeof assertions[0]; i++) {
		if (next_is(r, assertions[i].escape)) {
			r->at += 2;
			return put_assertion(r, assertions[i].written);
		}
	}
	if (next_is(r, "\\Q"))
		return read_quoted(r);
	if (!refuse_unicode_set(r))
		return false;
	const struct es_goset_group *group = perl_group(r, &negated);
	if (group != NULL) {
		struct es_goset set;

		es_goset_begin(&set, r->out, (top(r)->flags & FOLD) != 0, false);
		es_goset_group(&set, group, negated);
		return end_set(r, &set);
	}
	return read_escape(r, &c) && put_literal(r, offset, c);
}

/* Opens a group at its '(', of which n bytes are read here. */
static bool
open_group(struct reader *r, size_t n, unsigned flags)
{
	size_t begin = r->at;

	if (r->depth == ES_GOSYNTAX_DEEPEST)
		return fail(r, begin, "groups are nested too deeply");
	r->at += n;
	r->depth++;
	*top(r) = (struct level){.flags = flags, .begin = begin, .size = 3, .reps = 1};
	r->atom = false;
	r->repeated = false;
	es_buf_text(r->out, "(?:");
	return true;
}

/* A group with a name, of which prefix bytes stand before the name. */
static bool
read_named_group(struct reader *r, size_t prefix)
{
	size_t n = 0;

	while (left(r, prefix + n + 1) && is_word(r->in.p[r->at + prefix + n]))
		n++;
	if (n == 0 || !left(r, prefix + n + 1) || r->in.p[r->at + prefix + n] != '>')
		return fail(r, r->at, "the name of a group is letters, digits and _, then >");
	return open_group(r, prefix + n + 1, top(r)->flags);
}

/* Flags or a group without memory: "(?i)", "(?i-s:", "(?:". */
static bool
read_flags(struct reader *r)
{
	static const char letters[] = "imsU";
	unsigned flags = top(r)->flags;
	bool off = false, saw = false;

	for (size_t n = 2; left(r, n + 1); n++) {
		uint8_t c = r->in.p[r->at + n];
		const char *letter = c == 0 ? NULL : strchr(letters, c);

		if (letter != NULL) {
			unsigned flag = 1U << (letter - letters);
			flags = off ? flags & ~flag : flags | flag;
			saw = true;
		} else if (c == '-' && !off) {
			off = true;
			saw = false;
		} else if ((c == ':' || c == ')') && (!off || saw)) {
			if (c == ':')
				return open_group(r, n + 1, flags);
			r->at += n + 1;
			top(r)->flags = flags;
			r->atom = false;
			r->repeated = false;
			return true;
		} else if (c == '=' || c == '!' || c == '<' || c == '>') {
			return fail(
			    r, r->at, "groups that look ahead, look behind or keep are not supported");
		} else {
			break;
		}
	}
	return fail(r, r->at, "there is no such kind of group");
}

static bool
read_open(struct reader *r)
{
	if (next_is(r, "(?P<"))
		return read_named_group(r, 4);
	if (next_is(r, "(?<") && !next_is(r, "(?<=") && !next_is(r, "(?<!"))
		return read_named_group(r, 3);
	if (next_is(r, "(?"))
		return read_flags(r);
	return open_group(r, 1, top(r)->flags);
}

static bool
read_close(struct reader *r)
{
	if (r->depth == 0)
		return fail(r, r->at, "there is no group to close");
	struct level closed = *top(r);
	r->at++;
	r->depth--;
	es_buf_byte(r->out, ')');
	return wrote_atom(r, closed.size, closed.reps);
}

/* ---- repetitions ---- */

/* A decimal number without leading zeros at *at; larger ones become LARGEST_REPEAT + 1. */
static bool
read_number(const struct reader *r, size_t *at, size_t *number)
{
	size_t begin = *at;

	*number = 0;
	while (*at < r->in.n && is_digit(r->in.p[*at])) {
		*number = *number * 10 + (size_t)(r->in.p[*at] - '0');
		if (*number > LARGEST_REPEAT)
			*number = LARGEST_REPEAT + 1;
		++*at;
	}
	return *at > begin && (r->in.p[begin] != '0' || *at == begin + 1);
}

/* {n}, {n,} or {n,m} at the brace; *end becomes the offset behind it.  False: a brace that stands for itself. */
static bool
parse_count(const struct reader *r, size_t *min, size_t *max, bool *open, size_t *end)
{
	size_t at = r->at + 1;

	*open = false;
	if (!read_number(r, &at, min))
		return false;
	*max = *min;
	if (at < r->in.n && r->in.p[at] == ',') {
		at++;
		if (at < r->in.n && r->in.p[at] == '}')
			*open = true;
		else if (!read_number(r, &at, max))
			return false;
	}
	if (at >= r->in.n || r->in.p[at] != '}')
		return false;
	*end = at + 1;
	return true;
}

/* Ends a repetition that was written: the atom now has that size and those counts. */
static bool
repeat_atom(struct reader *r, size_t offset, size_t size, size_t reps)
{
	if (r->repeated)
		return fail(r, offset, "a repetition cannot be repeated");
	if (!r->atom)
		return fail(r, offset, "there is nothing to repeat");
	if (next_is(r, "?"))
		r->at++;
	top(r)->size -= r->size;
	if (!wrote_atom(r, size, reps))
		return false;
	r->repeated = true;
	return true;
}

static bool
read_count(struct reader *r)
{
	size_t offset = r->at, min = 0, max = 0, end = 0;
	bool open = false;

	if (!parse_count(r, &min, &max, &open, &end)) {
		r->at++;
		return put_literal(r, offset, '{');
	}
	if (min > LARGEST_REPEAT || max > LARGEST_REPEAT || (!open && min > max))
		return fail(r, offset, "a count is larger than 1000, or the second smaller than the first");
	size_t times = open ? min : max;
	size_t reps = times == 0 && !open ? 0 : (times == 0 ? 1 : times) * r->reps;
	if (reps > LARGEST_REPEAT)
		return fail(r, offset, "nested counts multiply to more than 1000");
	r->at = end;
	char text[32];
	if (open)
		(void)snprintf(text, sizeof text, "{%zu,}", min);
	else
		(void)snprintf(text, sizeof text, "{%zu,%zu}", min, max);
	es_buf_text(r->out, text);
	return repeat_atom(r, offset, times * (r->size + 1) + 2, reps);
}

/* ---- the whole ---- */

static bool
read_one(struct reader *r)
{
	size_t offset = r->at;
	unsigned flags = top(r)->flags;
	uint8_t c = r->in.p[r->at];

	switch (c) {
	case '\\':
		return read_backslash(r);
	case '[':
		return read_set(r);
	case '(':
		return read_open(r);
	case ')':
		return read_close(r);
	case '{':
		return read_count(r);
	case '*':
	case '+':
	case '?':
		r->at++;
		es_buf_byte(r->out, c);
		return repeat_atom(r, offset, r->size + 2, r->reps);
	case '|':
		r->at++;
		es_buf_byte(r->out, '|');
		top(r)->size += 2;
		r->atom = false;
		r->repeated = false;
		return true;
	case '^':
		r->at++;
		return put_assertion(r, flags & LINES ? "(?<![^\\x{a}])" : "\\A");
	case '$':
		r->at++;
		return put_assertion(r, flags & LINES ? "(?![^\\x{a}])" : "\\z");
	case '.':
		r->at++;
		es_buf_text(r->out, flags & DOT_ALL ? "[\\x{0}-\\x{10ffff}]" : "[^\\x{a}]");
		return wrote_atom(r, 1, 1);
	default:
		return put_literal(r, offset, take(r));
	}
}

static bool
translate(struct reader *r)
{
	*top(r) = (struct level){.size = 1, .reps = 1};
	while (left(r, 1))
		if (!read_one(r))
			return false;
	if (r->depth > 0)
		return fail(r, top(r)->begin, "the group is not closed");
	return true;
}

bool
es_gosyntax_write(struct envseal_slice pattern, struct es_buf *out, size_t *offset, const char **why)
{
	struct reader *r = calloc(1, sizeof *r);

	*offset = 0;
	*why = NULL;
	if (r == NULL)
		return false;
	r->in = pattern;
	r->out = out;
	bool good = translate(r);
	*offset = r->offset;
	*why = r->why;
	free(r);
	return good;
}
