/*
 * bech32 - the text form of age keys: BIP 173 (checksum constant 1) of any length, strict, case folded in
 * ASCII only.
 *
 * The data may be secret: its time depends on lengths only, and nothing of it is left behind on the stack.
 */
#ifndef ES_BECH32_H
#define ES_BECH32_H

#include "crypto/core/mem.h"
#include "format/envseal.h"

struct es_bech32 {
	struct envseal_slice hrp; /* the part before the last '1', as it is written; borrowed from the text */
	size_t n; /* bytes of data */
};

/* Reads text into data, which has room for size bytes.  False: *why is a fact, to be said after
 * "malformed key:" (static, says nothing of the content), and data holds none of it.  Whose HRP it is, and in
 * which case it must be written, the caller decides by comparing hrp. */
bool es_bech32_decode(struct envseal_slice text, uint8_t *data, size_t size, struct es_bech32 *out,
    const char **why) ES_MUST_USE;

/* Characters of the text of n bytes, without the NUL. */
size_t es_bech32_encoded(const char *hrp, size_t n);

/* Writes the text and a NUL; all in upper case when hrp is in upper case. */
void es_bech32_encode(const char *hrp, const uint8_t *data, size_t n, char *text);

#endif
