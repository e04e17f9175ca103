#include "format/sops/align.h"

#include <stdlib.h>

enum { DEEPEST = 24 }; /* how often a stretch is divided at lines that stand once */

/* One node of either side, while they are compared: by text, or by name and value. */
struct line {
	uint64_t hash;
	struct envseal_slice text, name;
	enum es_node_kind kind;
	int64_t base; /* its index there, or ES_ALIGN_NONE */
	int64_t fresh; /* the same on the other side */
};

struct aligner {
	const struct es_nodes *base, *fresh;
	struct es_arena *arena;
	int64_t *match; /* per node of fresh */
	bool *used; /* per node of base */
	bool by_value; /* kind, name and value are compared, not the text */
};

/* A stretch of both sides, ends excluded. */
struct stretch {
	int64_t base, base_end, fresh, fresh_end;
};

static uint64_t
hash_text(uint64_t h, struct envseal_slice s)
{
	for (size_t i = 0; i < s.n; i++)
		h = (h ^ s.p[i]) * 0x100000001b3;
	return h;
}

static bool
is_same(const struct aligner *a, int64_t base, int64_t fresh)
{
	return es_slice_equal(a->base->p[base].text, a->fresh->p[fresh].text);
}

static void
set_match(struct aligner *a, int64_t base, int64_t fresh)
{
	a->match[fresh] = base;
	a->used[base] = true;
}

/* Matches what both sides have in common at the beginning and at the end, and takes it off. */
static void
trim(struct aligner *a, struct stretch *s)
{
	while (s->base < s->base_end && s->fresh < s->fresh_end && is_same(a, s->base, s->fresh))
		set_match(a, s->base++, s->fresh++);
	while (
	    s->base < s->base_end && s->fresh < s->fresh_end && is_same(a, s->base_end - 1, s->fresh_end - 1))
		set_match(a, --s->base_end, --s->fresh_end);
}

static int
by_text(const void *x, const void *y)
{
	const struct line *a = x, *b = y;
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	if (a->text.n != b->text.n)
		return a->text.n < b->text.n ? -1 : 1;
	int order = a->text.n > 0 ? memcmp(a->text.p, b->text.p, a->text.n) : 0;
	if (order != 0)
		return order;
	if (a->name.n != b->name.n)
		return a->name.n < b->name.n ? -1 : 1;
	order = a->name.n > 0 ? memcmp(a->name.p, b->name.p, a->name.n) : 0;
	if (order != 0)
		return order;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	int64_t ka = a->base != ES_ALIGN_NONE ? a->base : a->fresh,
		kb = b->base != ES_ALIGN_NONE ? b->base : b->fresh;
	return ka < kb ? -1 : ka > kb;
}

static int
by_place(const void *x, const void *y)
{
	const struct line *a = x, *b = y;
	return a->fresh < b->fresh ? -1 : a->fresh > b->fresh;
}

static void
put_line(const struct aligner *a, const struct es_node *node, int64_t base, int64_t fresh, struct line *line)
{
	static const uint64_t start = 0xcbf29ce484222325;
	*line = (struct line){.text = node->text, .base = base, .fresh = fresh};
	if (a->by_value) {
		line->text = node->value;
		line->name = node->name;
		line->kind = node->kind;
	}
	line->hash = hash_text(hash_text(start, line->name), line->text);
}

/* The unmatched lines of a stretch, sorted by text and then by place; none if only one side has some.  NULL: no
 * memory. */
static struct line *
sorted_lines(struct aligner *a, struct stretch s, size_t *n)
{
	size_t base_n = 0, fresh_n = 0;
	for (int64_t i = s.base; i < s.base_end; i++)
		base_n += !a->used[i];
	for (int64_t i = s.fresh; i < s.fresh_end; i++)
		fresh_n += a->match[i] == ES_ALIGN_NONE;
	bool both = base_n > 0 && fresh_n > 0;
	struct line *lines = es_arena_array(a->arena, both ? base_n + fresh_n : 0, sizeof *lines);
	*n = 0;
	if (lines == NULL || !both)
		return lines;
	for (int64_t i = s.base; i < s.base_end; i++)
		if (!a->used[i])
			put_line(a, &a->base->p[i], i, ES_ALIGN_NONE, &lines[(*n)++]);
	for (int64_t i = s.fresh; i < s.fresh_end; i++)
		if (a->match[i] == ES_ALIGN_NONE)
			put_line(a, &a->fresh->p[i], ES_ALIGN_NONE, i, &lines[(*n)++]);
	if (*n > 0)
		qsort(lines, *n, sizeof *lines, by_text);
	return lines;
}

static bool
is_same_line(const struct line *a, const struct line *b)
{
	return a->hash == b->hash && a->kind == b->kind && es_slice_equal(a->text, b->text) &&
	       es_slice_equal(a->name, b->name);
}

/* How many lines from i on have the same text; *base_n of them are of the base. */
static size_t
run_of(const struct line *lines, size_t n, size_t i, size_t *base_n)
{
	size_t run = 0;
	*base_n = 0;
	while (i + run < n && is_same_line(&lines[i + run], &lines[i])) {
		*base_n += lines[i + run].base != ES_ALIGN_NONE;
		run++;
	}
	return run;
}

/* Brings the texts that stand once on each side to the front, as pairs in the order of fresh. */
static size_t
keep_unique(struct line *lines, size_t n)
{
	size_t kept = 0, run, base_n;
	for (size_t i = 0; i < n; i += run) {
		run = run_of(lines, n, i, &base_n);
		if (run != 2 || base_n != 1)
			continue;
		struct line pair = lines[i];
		if (pair.base == ES_ALIGN_NONE)
			pair.base = lines[i + 1].base;
		else
			pair.fresh = lines[i + 1].fresh;
		lines[kept++] = pair;
	}
	if (kept > 0)
		qsort(lines, kept, sizeof *lines, by_place);
	return kept;
}

/* Of pairs in the order of fresh, the longest selection that is in the order of base as well: patience sorting.
 * Leaves it at the front and returns its length, or -1 for want of memory. */
static int64_t
keep_increasing(struct aligner *a, struct line *pairs, size_t n)
{
	size_t *tops = es_arena_array(a->arena, n, sizeof *tops); /* per pile the index of its top */
	int64_t *below = es_arena_array(a->arena, n, sizeof *below);
	size_t piles = 0;

	if (tops == NULL || below == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		size_t low = 0, high = piles;
		while (low < high) {
			size_t middle = (low + high) / 2;
			if (pairs[tops[middle]].base < pairs[i].base)
				low = middle + 1;
			else
				high = middle;
		}
		below[i] = low > 0 ? (int64_t)tops[low - 1] : -1;
		tops[low] = i;
		piles += low == piles;
	}
	int64_t at = piles > 0 ? (int64_t)tops[piles - 1] : -1;
	for (size_t i = piles; i > 0; i--, at = below[at])
		tops[i - 1] = (size_t)at;
	for (size_t i = 0; i < piles; i++)
		pairs[i] = pairs[tops[i]];
	return (int64_t)piles;
}

static bool
align_stretch(struct aligner *a, struct stretch s, int depth)
{
	size_t n;

	trim(a, &s);
	if (s.base == s.base_end || s.fresh == s.fresh_end || depth == DEEPEST)
		return true;
	struct line *pairs = sorted_lines(a, s, &n);
	if (pairs == NULL)
		return false;
	int64_t kept = keep_increasing(a, pairs, keep_unique(pairs, n));
	if (kept <= 0)
		return kept == 0;
	struct stretch gap = {s.base, 0, s.fresh, 0};
	for (int64_t i = 0; i <= kept; i++) {
		gap.base_end = i < kept ? pairs[i].base : s.base_end;
		gap.fresh_end = i < kept ? pairs[i].fresh : s.fresh_end;
		if (!align_stretch(a, gap, depth + 1))
			return false;
		if (i < kept)
			set_match(a, pairs[i].base, pairs[i].fresh);
		gap.base = gap.base_end + 1;
		gap.fresh = gap.fresh_end + 1;
	}
	return true;
}

/* What is left is matched wherever it stands, the first with the first. */
static bool
match_moved(struct aligner *a)
{
	struct stretch all = {0, (int64_t)a->base->n, 0, (int64_t)a->fresh->n};
	size_t n, run, base_n;
	struct line *lines = sorted_lines(a, all, &n);

	if (lines == NULL)
		return false;
	for (size_t i = 0; i < n; i += run) {
		run = run_of(lines, n, i, &base_n);
		size_t base = i, fresh = i;
		for (;;) {
			while (base < i + run && lines[base].base == ES_ALIGN_NONE)
				base++;
			while (fresh < i + run && lines[fresh].fresh == ES_ALIGN_NONE)
				fresh++;
			if (base == i + run || fresh == i + run)
				break;
			set_match(a, lines[base++].base, lines[fresh++].fresh);
		}
	}
	return true;
}

bool
es_align(const struct es_nodes *base, const struct es_nodes *fresh, struct es_arena *arena, int64_t **match)
{
	struct aligner a = {.base = base, .fresh = fresh, .arena = arena};
	struct stretch all = {0, (int64_t)base->n, 0, (int64_t)fresh->n};

	a.match = es_arena_array(arena, fresh->n, sizeof *a.match);
	a.used = es_arena_array(arena, base->n, sizeof *a.used);
	if (a.match == NULL || a.used == NULL)
		return false;
	for (size_t i = 0; i < fresh->n; i++)
		a.match[i] = ES_ALIGN_NONE;
	*match = a.match;
	if (!align_stretch(&a, all, 0) || !match_moved(&a))
		return false;
	/* Another line end, indent or way to write a line feed changes no value. */
	a.by_value = true;
	return match_moved(&a);
}
