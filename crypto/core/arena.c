#include "crypto/core/arena.h"

#include <stddef.h>
#include <string.h>

enum { ALIGN = 16, FIRST = 16 * 1024, LARGEST_STEP = 4 * 1024 * 1024 };

struct es_arena_block {
	struct es_arena_block *next;
	size_t size; /* bytes behind this header */
};

_Static_assert(_Alignof(max_align_t) <= ALIGN, "blocks must suit any type");

enum { HEADER = (sizeof(struct es_arena_block) + ALIGN - 1) / ALIGN * ALIGN };

/* Puts a new block in front that holds at least n bytes; blocks double up to a limit. */
static bool
grow(struct es_arena *a, size_t n)
{
	size_t size = a->head == NULL ? FIRST : a->head->size * 2;
	if (size > LARGEST_STEP)
		size = LARGEST_STEP;
	if (size < n)
		size = n;
	struct es_arena_block *block = es_mem_alloc(HEADER + size);
	if (block == NULL)
		return false;
	block->next = a->head;
	block->size = size;
	a->head = block;
	a->used = 0;
	return true;
}

void *
es_arena_alloc(struct es_arena *a, size_t n)
{
	if (n > SIZE_MAX - HEADER - ALIGN)
		return NULL;
	n = (n + ALIGN - 1) / ALIGN * ALIGN;
	if ((a->head == NULL || a->head->size - a->used < n) && !grow(a, n))
		return NULL;
	uint8_t *p = (uint8_t *)a->head + HEADER + a->used;
	a->used += n;
	memset(p, 0, n);
	return p;
}

void *
es_arena_array(struct es_arena *a, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		return NULL;
	return es_arena_alloc(a, count * size);
}

char *
es_arena_copy(struct es_arena *a, const void *p, size_t n)
{
	if (n == SIZE_MAX)
		return NULL;
	char *copy = es_arena_alloc(a, n + 1);
	if (copy != NULL && n > 0)
		memcpy(copy, p, n);
	return copy;
}

void
es_arena_free(struct es_arena *a)
{
	while (a->head != NULL) {
		struct es_arena_block *next = a->head->next;
		es_mem_free(a->head);
		a->head = next;
	}
	a->used = 0;
}
