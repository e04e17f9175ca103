#include "format/doc/node.h"

#include <stdlib.h>

bool
es_nodes_reserve(struct es_nodes *nodes, struct es_arena *arena, size_t n)
{
	if (n <= nodes->room)
		return true;
	struct es_node *p = es_arena_array(arena, n, sizeof *p);
	if (p == NULL)
		return false;
	if (nodes->n > 0)
		memcpy(p, nodes->p, nodes->n * sizeof *p);
	nodes->p = p;
	nodes->room = n;
	return true;
}

struct es_node *
es_nodes_add(struct es_nodes *nodes, struct es_arena *arena, enum es_node_kind kind, uint32_t line)
{
	if (nodes->n == nodes->room &&
	    !es_nodes_reserve(nodes, arena, nodes->room < 16 ? 32 : nodes->room * 2))
		return NULL;
	struct es_node *node = &nodes->p[nodes->n++];
	memset(node, 0, sizeof *node);
	node->kind = kind;
	node->line = line;
	node->lines = 1;
	return node;
}

static int
compare_names(struct envseal_slice a, struct envseal_slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;
	return order != 0 ? order : a.n < b.n ? -1 : a.n > b.n;
}

static int
by_name_and_place(const void *a, const void *b)
{
	const struct es_node *const *x = a, *const *y = b;
	int order = compare_names((*x)->name, (*y)->name);
	return order != 0 ? order : *x < *y ? -1 : *x > *y;
}

bool
es_nodes_index(const struct es_nodes *nodes, struct es_arena *arena, struct es_names *names)
{
	names->n = 0;
	names->p = es_arena_array(arena, nodes->n, sizeof *names->p);
	if (names->p == NULL)
		return false;
	for (size_t i = 0; i < nodes->n; i++)
		if (nodes->p[i].kind == ES_ENTRY)
			names->p[names->n++] = &nodes->p[i];
	if (names->n > 0)
		qsort(names->p, names->n, sizeof *names->p, by_name_and_place);
	return true;
}

const struct es_node **
es_nodes_find(const struct es_names *names, struct envseal_slice name, size_t *count)
{
	size_t low = 0, high = names->n;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (compare_names(names->p[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (*count = 0; low + *count < names->n && es_slice_equal(names->p[low + *count]->name, name);)
		++*count;
	return *count > 0 ? names->p + low : NULL;
}

size_t
es_nodes_estimate(struct envseal_slice bytes)
{
	size_t n = 0;
	bool was_empty = false;
	while (bytes.n > 0) {
		size_t end = es_slice_find(bytes, '\n');
		bool empty = end == 0 || (end == 1 && bytes.p[0] == '\r');
		n += !(empty && was_empty);
		was_empty = empty;
		bytes = es_slice_from(bytes, end < bytes.n ? end + 1 : end);
	}
	return n;
}
