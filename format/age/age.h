/*
 * age - whole age files in memory, sealed and opened; the plaintext is short (one chunk).
 */
#ifndef ES_AGE_H
#define ES_AGE_H

#include "format/key/identity.h"
#include "format/key/recipient.h"

enum { ES_AGE_PLAIN = 65536 }; /* the longest plaintext, in bytes */

/* Appends an age file for count recipients (1 to ES_HEADER_RECIPIENTS), its stanzas in their order.
 * Randomness is drawn in this order: file key (16 bytes), one ephemeral key (32) for each recipient, payload
 * nonce (16).  Errors: ENVSEAL_RECIPIENT, ENVSEAL_NO_MEMORY; out is then as it was, or failed. */
bool es_age_seal(const struct envseal *es, const struct es_recipient *const *to, size_t count,
    struct envseal_slice plain, bool armored, struct es_buf *out, struct envseal_err *err) ES_MUST_USE;

/* Opens a file, armored or not, with the first identity that fits, and appends its plaintext.  Errors:
 * ENVSEAL_NO_KEY when the file is well-formed but for none of the identities, ENVSEAL_NO_MEMORY, else
 * ENVSEAL_RECIPIENT, the sentence beginning with "age armor: ", "age header: ", "age MAC: " or
 * "age payload: ".  plain is then as it was. */
bool es_age_open(struct envseal_slice file, struct envseal_identities *ids, struct es_buf *plain,
    struct envseal_err *err) ES_MUST_USE;

#endif
