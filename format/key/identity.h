/*
 * identity - keys to open with.
 *
 * The public functions envseal_identities_* and envseal_keygen are here.  A text without any identity
 * (comments only) adds nothing and is no error, as for SOPS; who needs one compares the count.
 */
#ifndef ES_IDENTITY_H
#define ES_IDENTITY_H

#include "format/key/recipient.h"

enum { ES_IDENTITIES_MOST = 4096 }; /* in one list */

/* Lives in the guarded memory of its list. */
struct es_identity {
	const struct es_kind *kind;
	bool derived; /* the next two are set */
	uint8_t key[ES_KEY];
	char recipient[ES_KEY_TEXT];
	uint8_t secret[ES_KEY];
};

/* Identity i, below envseal_identities_count, its public half derived (once: later calls cost nothing).
 * Borrowed from the list until identities are added to it. */
const struct es_identity *es_identities_get(struct envseal_identities *ids, size_t i);

/* The kind of identity i alone, at no cost. */
const struct es_kind *es_identities_kind(const struct envseal_identities *ids, size_t i);

#endif
