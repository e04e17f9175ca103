/*
 * cbor - the small part of CBOR that envseal writes, deterministically encoded (RFC 8949, section 4.2), by libcbor.
 *
 * Definite lengths, shortest integers, and nothing else than unsigned integers, byte strings, arrays, maps and true.
 */
#ifndef ES_CBOR_H
#define ES_CBOR_H

#include "crypto/core/buf.h"
#include "format/slice.h"

enum es_cbor_type { ES_CBOR_UINT, ES_CBOR_BYTES, ES_CBOR_ARRAY, ES_CBOR_MAP, ES_CBOR_TRUE };

struct es_cbor_item {
	enum es_cbor_type type;
	uint64_t n; /* the integer, or how many items (of a map: pairs) follow */
	struct envseal_slice bytes; /* of a byte string; borrowed from the input */
};

/* Appends one item; the items of an array or map follow as calls of their own. */
void es_cbor_put_uint(struct es_buf *out, uint64_t n);
void es_cbor_put_bytes(struct es_buf *out, const void *p, size_t n);
void es_cbor_put_array(struct es_buf *out, uint64_t n);
void es_cbor_put_map(struct es_buf *out, uint64_t n);
void es_cbor_put_true(struct es_buf *out);

/* Takes the first item off rest.  False: it ends too early, is of another type, or is not encoded in the one allowed
 * way.  Counts are not checked against what follows: allocate from what was read, never from a count. */
bool es_cbor_next(struct envseal_slice *rest, struct es_cbor_item *item) ES_MUST_USE;

#endif
