/*
 * node - what a document consists of: runs of blank lines, comments and entries, in document order.
 *
 * A node knows its plaintext (with its own line ends), what SOPS takes its value to be, and how that value stands in
 * a sealed file.  Plain and opened documents have the same nodes; that is what lets one be laid over the other.
 */
#ifndef ES_NODE_H
#define ES_NODE_H

#include "crypto/core/arena.h"
#include "format/slice.h"

enum es_node_kind { ES_BLANK, ES_COMMENT, ES_ENTRY };

struct es_node {
	enum es_node_kind kind;
	bool selected; /* the selection wants the value sealed */
	bool fresh; /* stands in clear in a sealed file where it should be sealed */
	uint32_t line; /* where it begins in the bytes that were read, from 1; 0: added since */
	uint32_t lines; /* of a blank node: how many lines it is, one behind the other; else 1 */
	struct envseal_slice text; /* the plaintext, line ends included; empty while the document is shut */
	struct envseal_slice name; /* of an entry, all bytes before the '=' */
	struct envseal_slice value; /* of an entry: line feeds are real; of a comment: all behind the '#' */
	struct envseal_slice
	    hashed; /* what a token holds and the MAC covers: value, or its canonical form by type */
	const char *type; /* of a token that is no text: "int", "float", "bool", "time"; else NULL */
	struct envseal_slice
	    sealed; /* how the value stands in a sealed file, a token or clear text; p NULL: not yet */
};

/* All zero is an empty list. */
struct es_nodes {
	struct es_node *p;
	size_t n;
	size_t room;
	bool bom; /* a byte order mark stands before the first node */
};

/* Appends a node, all zero but for kind and line, and returns it; valid until the next call.  NULL: no memory.  The
 * list lives in the arena. */
struct es_node *es_nodes_add(
    struct es_nodes *nodes, struct es_arena *arena, enum es_node_kind kind, uint32_t line) ES_MUST_USE;

/* Makes room for n nodes in all, so that adding them moves nothing.  False: no memory. */
bool es_nodes_reserve(struct es_nodes *nodes, struct es_arena *arena, size_t n) ES_MUST_USE;

/* The entries of a document by name; those of one name in document order.  Good until nodes come or go. */
struct es_names {
	const struct es_node **p;
	size_t n;
};

/* Sorts the entries of nodes into names, which lives in the arena.  False: no memory. */
bool es_nodes_index(const struct es_nodes *nodes, struct es_arena *arena, struct es_names *names) ES_MUST_USE;

/* The entries that have just this name: *count of them from where the result points to; 0: none. */
const struct es_node **es_nodes_find(const struct es_names *names, struct envseal_slice name, size_t *count);

/* How many nodes the lines of bytes become at the most: all empty lines in a row are one. */
size_t es_nodes_estimate(struct envseal_slice bytes);

#endif
