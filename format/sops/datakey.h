/*
 * datakey - the 32 bytes that seal the values of one file, wrapped to each of its recipients as a small age file.
 */
#ifndef ES_DATAKEY_H
#define ES_DATAKEY_H

#include "format/context.h"
#include "format/sops/meta.h"

/* Secret: keep it in guarded memory. */
struct es_datakey {
	uint8_t b[32];
};

/* A new one. */
void es_datakey_make(const struct envseal *es, struct es_datakey *key);

/* Opens the data key with the first identity that fits any recipient of the file.  Identities whose own recipient is
 * named in the file are tried on that entry first.  Errors: ENVSEAL_NO_KEY. */
bool es_datakey_open(const struct es_meta *meta, struct envseal_identities *ids, const char *file,
    struct es_datakey *key, struct envseal_err *err) ES_MUST_USE;

/* Wraps the data key for recipient i of list: fills age, whose texts live in arena.  Errors: ENVSEAL_RECIPIENT,
 * ENVSEAL_NO_MEMORY. */
bool es_datakey_wrap(const struct envseal *es, const struct es_datakey *key,
    const struct envseal_recipients *list, size_t i, struct es_arena *arena, struct es_meta_age *age,
    struct envseal_err *err) ES_MUST_USE;

/* A name for the key that says nothing about it: 16 hex digits and a NUL. */
void es_datakey_tag(const struct es_datakey *key, char tag[17]);

#endif
