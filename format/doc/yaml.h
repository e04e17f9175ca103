/*
 * yaml - one YAML document as a small tree, read with libyaml: for .sops.yaml, not for documents that are sealed.
 *
 * Anchors, aliases, merge keys ("<<") and duplicate keys are treated as go-yaml v3 treats them.  Of several documents
 * the first is used; a syntax error in any is an error.  Hostile input costs bounded time: size, depth, the number of
 * nodes when every alias is written out, and the work spent on keys and anchors all have limits.
 */
#ifndef ES_YAML_H
#define ES_YAML_H

#include "crypto/core/arena.h"
#include "format/envseal.h"

enum {
	ES_YAML_LARGEST = 1024 * 1024, /* bytes of input */
	ES_YAML_DEEPEST = 100, /* lists and mappings inside each other */
	ES_YAML_MOST = 100 * 1000, /* nodes of the document, each alias counted as what it stands for */
};

enum es_yaml_kind { ES_YAML_SCALAR, ES_YAML_LIST, ES_YAML_MAP };

struct es_yaml_node {
	enum es_yaml_kind kind;
	bool plain; /* a scalar without quotes, block style or string tag */
	bool open; /* still being read */
	struct envseal_slice text; /* of a scalar */
	size_t begin, end; /* where it stands, as offsets into the bytes; of a list or mapping, only begin */
	struct es_yaml_item *items; /* of a list or mapping, in order; merged keys come last */
	size_t count; /* how many */
	size_t weight; /* nodes in it, aliases written out, itself included */
};

struct es_yaml_item {
	struct es_yaml_item *next;
	const struct es_yaml_node *key; /* NULL in a list */
	const struct es_yaml_node *value;
};

/* All zero is an empty one. */
struct es_yaml {
	struct envseal_slice bytes; /* borrowed */
	struct es_arena arena; /* owns every node */
	const struct es_yaml_node *root; /* NULL: no document */
};

/* Reads bytes, called file in errors, which hold places and at most names of keys.  The caller frees yaml, also after
 * a failure.  Errors: ENVSEAL_CONFIG, ENVSEAL_NO_MEMORY. */
bool es_yaml_read(
    struct es_yaml *yaml, struct envseal_slice bytes, const char *file, struct envseal_err *err) ES_MUST_USE;

/* Wipes and frees what yaml owns. */
void es_yaml_free(struct es_yaml *yaml);

/* The value of a key of a mapping; NULL: no such key, or not a mapping. */
const struct es_yaml_node *es_yaml_get(const struct es_yaml_node *map, const char *key);

/* Whether a node is absent (NULL) or one of the words that YAML reads as null. */
bool es_yaml_is_null(const struct es_yaml_node *node);

/* Line and column, from 1 and in bytes, of an offset into the bytes. */
void es_yaml_place(const struct es_yaml *yaml, size_t offset, uint32_t *line, uint32_t *col);

#endif
