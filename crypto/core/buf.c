#include "crypto/core/buf.h"

#include <string.h>

struct es_buf
es_buf_make(size_t cap)
{
	struct es_buf b = {.cap = cap};
	return b;
}

void
es_buf_reserve(struct es_buf *b, size_t n)
{
	if (b->failed || (b->p != NULL && b->size - b->n >= n))
		return;
	if (n > b->cap - b->n) {
		b->failed = true;
		return;
	}
	size_t size = b->size < 512 ? 1024 : b->size > b->cap / 2 ? b->cap : b->size * 2;
	if (size < b->n + n)
		size = b->n + n;
	if (size > b->cap)
		size = b->cap;
	uint8_t *p = es_mem_alloc(size);
	if (p == NULL) {
		b->failed = true;
		return;
	}
	if (b->p != NULL)
		memcpy(p, b->p, b->n);
	es_mem_free(b->p);
	b->p = p;
	b->size = size;
}

uint8_t *
es_buf_space(struct es_buf *b, size_t n)
{
	es_buf_reserve(b, n);
	if (b->failed)
		return NULL;
	uint8_t *space = b->p + b->n;
	b->n += n;
	return space;
}

void
es_buf_put(struct es_buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	uint8_t *space = es_buf_space(b, n);
	if (space != NULL)
		memcpy(space, p, n);
}

void
es_buf_byte(struct es_buf *b, uint8_t byte)
{
	es_buf_put(b, &byte, 1);
}

void
es_buf_text(struct es_buf *b, const char *text)
{
	es_buf_put(b, text, strlen(text));
}

bool
es_buf_ok(const struct es_buf *b)
{
	return !b->failed;
}

void
es_buf_free(struct es_buf *b)
{
	es_mem_free(b->p);
	*b = es_buf_make(b->cap);
}
