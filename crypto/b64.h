/*
 * b64 - base64 (RFC 4648, section 4), standard alphabet, strict: no white space, no foreign byte, no stray bits.
 *
 * For public text (tokens, armor, age headers): it looks up a table, so its time depends on the text.
 */
#ifndef ES_B64_H
#define ES_B64_H

#include "crypto/core/mem.h"

#include <stdint.h>

enum es_b64_padding { ES_B64_PADDED, ES_B64_BARE }; /* with '=' at the end as needed, or never with it */

/* Characters that n bytes (at most SIZE_MAX / 2) become. */
size_t es_b64_encoded(size_t n, enum es_b64_padding padding);

/* The most bytes that n characters can hold. */
size_t es_b64_decoded_max(size_t n);

/* Writes es_b64_encoded(n) characters, no NUL. */
void es_b64_encode(const uint8_t *p, size_t n, enum es_b64_padding padding, char *text);

/* Reads exactly n characters into p, which is apart from text and has room for es_b64_decoded_max(n);
 * *out becomes the number of bytes.
 * False: not canonical base64; p and *out hold nothing of use then. */
bool es_b64_decode(
    const char *text, size_t n, enum es_b64_padding padding, uint8_t *p, size_t *out) ES_MUST_USE;

#endif
