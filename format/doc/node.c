#include "format/doc/node.h"

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
	if (nodes->n == nodes->room && !es_nodes_reserve(nodes, arena, nodes->room < 16 ? 32 : nodes->room * 2))
		return NULL;
	struct es_node *node = &nodes->p[nodes->n++];
	memset(node, 0, sizeof *node);
	node->kind = kind;
	node->line = line;
	node->lines = 1;
	return node;
}
