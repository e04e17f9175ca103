/*
 * slice - small operations on bytes that somebody else owns.
 */
#ifndef ES_SLICE_H
#define ES_SLICE_H

#include "format/envseal.h"

#include <string.h>

static inline struct envseal_slice
es_slice(const void *p, size_t n)
{
	struct envseal_slice s = {p, n};
	return s;
}

static inline struct envseal_slice
es_slice_text(const char *text)
{
	return es_slice(text, strlen(text));
}

/* From offset from (at most n) to the end. */
static inline struct envseal_slice
es_slice_from(struct envseal_slice s, size_t from)
{
	return es_slice(from > 0 ? s.p + from : s.p, s.n - from);
}

static inline bool
es_slice_equal(struct envseal_slice a, struct envseal_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool
es_slice_is(struct envseal_slice s, const char *text)
{
	return es_slice_equal(s, es_slice_text(text));
}

static inline bool
es_slice_begins(struct envseal_slice s, const char *prefix)
{
	size_t n = strlen(prefix);
	return s.n >= n && (n == 0 || memcmp(s.p, prefix, n) == 0);
}

static inline bool
es_slice_ends(struct envseal_slice s, struct envseal_slice suffix)
{
	return s.n >= suffix.n && (suffix.n == 0 || memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

/* Offset of the first such byte, or s.n. */
static inline size_t
es_slice_find(struct envseal_slice s, uint8_t byte)
{
	const uint8_t *at = s.n > 0 ? memchr(s.p, byte, s.n) : NULL;
	return at == NULL ? s.n : (size_t)(at - s.p);
}

/* Without blanks (space, tab) at either end. */
static inline struct envseal_slice
es_slice_trim(struct envseal_slice s)
{
	while (s.n > 0 && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = es_slice_from(s, 1);
	while (s.n > 0 && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

#endif
