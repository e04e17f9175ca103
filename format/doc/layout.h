/*
 * layout - what the SOPS dotenv store cannot carry, so that a file comes back byte for byte.
 *
 * Line ends other than LF, a missing last one, a byte order mark, blanks before comments and in blank lines, and line
 * ends inside quoted values.  It travels as one CBOR map (docs/envseal-layout.cddl), sealed in the metadata.  It holds
 * a hash of the lines it was made for, so that an old one has no effect on a newer file.
 */
#ifndef ES_LAYOUT_H
#define ES_LAYOUT_H

#include "crypto/core/buf.h"
#include "format/doc/node.h"

/* Writes the layout of nodes, which have their text, as CBOR; writes nothing when SOPS can carry all of it.  A buffer
 * that failed says so by es_buf_ok. */
void es_layout_write(const struct es_nodes *nodes, struct es_buf *cbor);

enum es_layout_result {
	ES_LAYOUT_DONE,
	ES_LAYOUT_MISFIT, /* it was made for other lines, or is no layout that envseal writes */
	ES_LAYOUT_NO_MEMORY,
};

/* Gives every node of an opened document its text, in out (which must stay as it is while nodes are used): as layout
 * says, or as SOPS would print it when layout is empty.  After a misfit the texts mean nothing, and out holds what
 * was written so far. */
enum es_layout_result es_layout_apply(
    struct envseal_slice layout, struct es_nodes *nodes, struct es_buf *out) ES_MUST_USE;

#endif
