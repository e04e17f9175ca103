/*
 * sealedenv - the lines of a sealed .env file, in the grammar of the SOPS dotenv store.
 *
 * A comment begins with '#' in the first column, a name is every byte before the first '=', a value every byte behind
 * it.  Lines whose name begins with "sops_" are metadata, wherever they stand.
 */
#ifndef ES_SEALEDENV_H
#define ES_SEALEDENV_H

#include "format/doc/node.h"

/* A line of metadata: "sops_" NAME "=" VALUE. */
struct es_sealedenv_meta {
	struct envseal_slice name; /* without "sops_" */
	struct envseal_slice value; /* as it stands */
	uint32_t line;
	bool leading; /* stands before the first node */
};

struct es_sealedenv_metas {
	struct es_sealedenv_meta *p;
	size_t n;
};

/* Reads a sealed file: nodes have name, sealed and line, and as value what stands there.  Blank lines among the
 * metadata belong to it and are no nodes.  A file whose line ends were all turned into CR LF (git's core.autocrlf) is
 * read as if they were LF.  Errors: ENVSEAL_GENERIC with line and column. */
bool es_sealedenv_read(struct envseal_slice bytes, const char *file, struct es_arena *arena,
    struct es_nodes *nodes, struct es_sealedenv_metas *metas, struct envseal_err *err) ES_MUST_USE;

/* Whether some line has the name of a metadata field that every sealed file has. */
bool es_sealedenv_look(struct envseal_slice bytes) ES_MUST_USE;

#endif
