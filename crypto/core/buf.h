/*
 * buf - bytes that grow, up to a cap, with a failure that sticks.
 *
 * Writers put and put and ask once at the end whether it went well.  Memory is guarded (core/mem.h); when a buffer
 * grows, the old block is wiped.
 */
#ifndef ES_CORE_BUF_H
#define ES_CORE_BUF_H

#include "crypto/core/mem.h"

#include <stdint.h>

struct es_buf {
	uint8_t *p; /* the bytes so far; NULL while empty; valid until the next put */
	size_t n; /* how many */
	size_t size; /* how many fit before it grows */
	size_t cap; /* never more than this */
	bool failed; /* no memory, or the cap was reached: puts do nothing from then on */
};

/* An empty buffer that never holds more than cap bytes. */
struct es_buf es_buf_make(size_t cap);

/* Makes room for n more bytes at once, so that the puts that follow do not move the block. */
void es_buf_reserve(struct es_buf *b, size_t n);

/* Appends; n may be 0, then p is not looked at.  p must not point into the buffer itself: it may move. */
void es_buf_put(struct es_buf *b, const void *p, size_t n);
void es_buf_byte(struct es_buf *b, uint8_t byte);

/* Appends a text that ends with NUL, without the NUL. */
void es_buf_text(struct es_buf *b, const char *text);

/* n bytes at the end for the caller to fill (not initialised), valid until the next put; NULL when the buffer
 * failed. */
uint8_t *es_buf_space(struct es_buf *b, size_t n);

/* Whether every put so far succeeded. */
bool es_buf_ok(const struct es_buf *b) ES_MUST_USE;

/* Wipes and frees; the buffer is empty again and keeps its cap. */
void es_buf_free(struct es_buf *b);

#endif
