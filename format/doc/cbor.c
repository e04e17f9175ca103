#include "format/doc/cbor.h"

#include <cbor.h>

enum { LONGEST_HEAD = 9 };

static void
put(struct es_buf *out, size_t (*encode)(size_t, unsigned char *, size_t), uint64_t n)
{
	unsigned char head[LONGEST_HEAD];
	es_buf_put(out, head, encode((size_t)n, head, sizeof head));
}

static size_t
encode_uint(size_t n, unsigned char *p, size_t size)
{
	return cbor_encode_uint(n, p, size);
}

void
es_cbor_put_uint(struct es_buf *out, uint64_t n)
{
	put(out, encode_uint, n);
}

void
es_cbor_put_bytes(struct es_buf *out, const void *p, size_t n)
{
	put(out, cbor_encode_bytestring_start, n);
	es_buf_put(out, p, n);
}

void
es_cbor_put_array(struct es_buf *out, uint64_t n)
{
	put(out, cbor_encode_array_start, n);
}

void
es_cbor_put_map(struct es_buf *out, uint64_t n)
{
	put(out, cbor_encode_map_start, n);
}

void
es_cbor_put_true(struct es_buf *out)
{
	unsigned char head[1];
	es_buf_put(out, head, cbor_encode_bool(true, head, sizeof head));
}

/* What a callback saw. */
struct seen {
	struct es_cbor_item *item;
	bool any;
};

static void
see(void *ctx, enum es_cbor_type type, uint64_t n)
{
	struct seen *seen = ctx;
	seen->item->type = type;
	seen->item->n = n;
	seen->any = true;
}

static void
see_uint8(void *ctx, uint8_t n)
{
	see(ctx, ES_CBOR_UINT, n);
}

static void
see_uint16(void *ctx, uint16_t n)
{
	see(ctx, ES_CBOR_UINT, n);
}

static void
see_uint32(void *ctx, uint32_t n)
{
	see(ctx, ES_CBOR_UINT, n);
}

static void
see_uint64(void *ctx, uint64_t n)
{
	see(ctx, ES_CBOR_UINT, n);
}

static void
see_bytes(void *ctx, cbor_data data, size_t n)
{
	struct seen *seen = ctx;
	seen->item->bytes = es_slice(data, n);
	see(ctx, ES_CBOR_BYTES, n);
}

static void
see_array(void *ctx, size_t n)
{
	see(ctx, ES_CBOR_ARRAY, n);
}

static void
see_map(void *ctx, size_t n)
{
	see(ctx, ES_CBOR_MAP, n);
}

static void
see_bool(void *ctx, bool value)
{
	if (value)
		see(ctx, ES_CBOR_TRUE, 0);
}

/* Bytes of the shortest head that says n. */
static size_t
head_length(uint64_t n)
{
	return n < 24 ? 1 : n <= UINT8_MAX ? 2 : n <= UINT16_MAX ? 3 : n <= UINT32_MAX ? 5 : 9;
}

bool
es_cbor_next(struct envseal_slice *rest, struct es_cbor_item *item)
{
	struct seen seen = {.item = item};
	struct cbor_callbacks callbacks = cbor_empty_callbacks;

	if (rest->n == 0)
		return false;
	memset(item, 0, sizeof *item);
	callbacks.uint8 = see_uint8;
	callbacks.uint16 = see_uint16;
	callbacks.uint32 = see_uint32;
	callbacks.uint64 = see_uint64;
	callbacks.byte_string = see_bytes;
	callbacks.array_start = see_array;
	callbacks.map_start = see_map;
	callbacks.boolean = see_bool;
	struct cbor_decoder_result result = cbor_stream_decode(rest->p, rest->n, &callbacks, &seen);
	if (result.status != CBOR_DECODER_FINISHED || !seen.any)
		return false;
	if (result.read != head_length(item->n) + item->bytes.n)
		return false;
	*rest = es_slice_from(*rest, result.read);
	return true;
}
