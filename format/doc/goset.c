#include "format/doc/goset.h"

#include "format/slice.h"

#include <stdio.h>

enum {
	LARGEST_CHAR = 0x10ffff,
	LONG_S = 0x17f, /* folds to s */
	KELVIN = 0x212a, /* folds to k */
};

/* A named set of ASCII characters: pairs of first and last. */
struct es_goset_group {
	const char *name;
	uint8_t n;
	uint8_t r[8];
};

static const struct es_goset_group posix_groups[] = {
    {"alnum", 6, {'0', '9', 'A', 'Z', 'a', 'z'}},
    {"alpha", 4, {'A', 'Z', 'a', 'z'}},
    {"ascii", 2, {0, 0x7f}},
    {"blank", 4, {'\t', '\t', ' ', ' '}},
    {"cntrl", 4, {0, 0x1f, 0x7f, 0x7f}},
    {"digit", 2, {'0', '9'}},
    {"graph", 2, {'!', '~'}},
    {"lower", 2, {'a', 'z'}},
    {"print", 2, {' ', '~'}},
    {"punct", 8, {'!', '/', ':', '@', '[', '`', '{', '~'}},
    {"space", 4, {'\t', '\r', ' ', ' '}},
    {"upper", 2, {'A', 'Z'}},
    {"word", 8, {'0', '9', 'A', 'Z', '_', '_', 'a', 'z'}},
    {"xdigit", 6, {'0', '9', 'A', 'F', 'a', 'f'}},
};

static const struct es_goset_group perl_groups[] = {
    {"d", 2, {'0', '9'}},
    {"s", 6, {'\t', '\n', '\f', '\r', ' ', ' '}},
    {"w", 8, {'0', '9', 'A', 'Z', '_', '_', 'a', 'z'}},
};

static const struct es_goset_group *
find(const struct es_goset_group *groups, size_t n, struct envseal_slice name)
{
	for (size_t i = 0; i < n; i++)
		if (es_slice_is(name, groups[i].name))
			return &groups[i];
	return NULL;
}

const struct es_goset_group *
es_goset_posix(struct envseal_slice name)
{
	return find(posix_groups, sizeof posix_groups / sizeof posix_groups[0], name);
}

const struct es_goset_group *
es_goset_perl(uint8_t letter)
{
	return find(perl_groups, sizeof perl_groups / sizeof perl_groups[0], es_slice(&letter, 1));
}

void
es_goset_char(struct es_buf *out, uint32_t c)
{
	char text[16];

	(void)snprintf(text, sizeof text, "\\x{%x}", c);
	es_buf_text(out, text);
}

static void
put_range(struct es_buf *out, uint32_t lo, uint32_t hi)
{
	if (lo > hi)
		return;
	es_goset_char(out, lo);
	if (lo < hi) {
		es_buf_byte(out, '-');
		es_goset_char(out, hi);
	}
}

void
es_goset_begin(struct es_goset *set, struct es_buf *out, bool fold, bool negated)
{
	memset(set, 0, sizeof *set);
	set->out = out;
	set->fold = fold;
	es_buf_text(out, negated ? "[^" : "[");
}

void
es_goset_end(const struct es_goset *set)
{
	for (uint32_t lo = 0; lo < 128; lo++) {
		uint32_t hi = lo;

		if (!set->has[lo])
			continue;
		while (hi + 1 < 128 && set->has[hi + 1])
			hi++;
		put_range(set->out, lo, hi);
		lo = hi;
	}
	es_buf_byte(set->out, ']');
}

static void
fold_ascii(bool has[128])
{
	for (uint32_t c = 'a'; c <= 'z'; c++)
		has[c] = has[c - 'a' + 'A'] = has[c] || has[c - 'a' + 'A'];
}

bool
es_goset_range(struct es_goset *set, uint32_t lo, uint32_t hi)
{
	if (set->fold && hi >= 0x80)
		return false;
	for (uint32_t c = lo; c <= hi && c < 0x80; c++)
		set->has[c] = true;
	if (hi >= 0x80)
		put_range(set->out, lo < 0x80 ? 0x80 : lo, hi);
	if (set->fold) {
		fold_ascii(set->has);
		if (lo <= 'k' && hi >= 'K' && set->has['k'])
			es_goset_char(set->out, KELVIN);
		if (lo <= 's' && hi >= 'S' && set->has['s'])
			es_goset_char(set->out, LONG_S);
	}
	return true;
}

void
es_goset_group(struct es_goset *set, const struct es_goset_group *group, bool negated)
{
	bool has[128] = {false};

	for (size_t i = 0; i < group->n; i += 2)
		for (uint32_t c = group->r[i]; c <= group->r[i + 1]; c++)
			has[c] = true;
	if (set->fold)
		fold_ascii(has);
	for (size_t c = 0; c < 128; c++)
		set->has[c] = set->has[c] || has[c] != negated;

	bool long_s = (set->fold && has['s']) != negated;
	bool kelvin = (set->fold && has['k']) != negated;
	if (negated) {
		put_range(set->out, 0x80, LONG_S - 1);
		put_range(set->out, LONG_S + 1, KELVIN - 1);
		put_range(set->out, KELVIN + 1, LARGEST_CHAR);
	}
	if (long_s)
		es_goset_char(set->out, LONG_S);
	if (kelvin)
		es_goset_char(set->out, KELVIN);
}
