/*
 * token - the text of a sealed value: ENC[AES256_GCM,data:...,iv:...,tag:...,type:...] (SOPS, cipher and text form).
 */
#ifndef ES_TOKEN_H
#define ES_TOKEN_H

#include "crypto/gcm.h"
#include "format/slice.h"

enum { ES_TOKEN_IV = 32 }; /* bytes of the nonces that are written */

/* The parts of a token, each as it stands in base64, and the type. */
struct es_token {
	struct envseal_slice data, iv, tag, type;
};

/* Takes a text apart.  False: it is no token.  Strict: nothing before or behind it, no part empty. */
bool es_token_parse(struct envseal_slice text, struct es_token *token) ES_MUST_USE;

/* The most bytes that the plaintext of a token can have. */
size_t es_token_plain_max(const struct es_token *token);

/* Characters of the token of n bytes of plaintext, n > 0. */
size_t es_token_length(size_t n, const char *type);

enum es_token_result {
	ES_TOKEN_OPENED,
	ES_TOKEN_BAD, /* it is not authentic, or not canonical base64 */
	ES_TOKEN_NO_MEMORY, /* for a very long name */
};

/* Opens a token into plain, which has room for es_token_plain_max; *n becomes the number of bytes.  The additional
 * data is aad followed by ':' when colon is set. */
enum es_token_result es_token_open(const struct es_gcm *gcm, const struct es_token *token,
    struct envseal_slice aad, bool colon, uint8_t *plain, size_t *n) ES_MUST_USE;

/* Seals plain (n > 0) into text, which has room for es_token_length.  False: memory for a very long name or value is
 * missing. */
bool es_token_seal(const struct es_gcm *gcm, const uint8_t iv[ES_TOKEN_IV], struct envseal_slice aad,
    bool colon, struct envseal_slice plain, const char *type, char *text) ES_MUST_USE;

#endif
