/*
 * doc - one document: its nodes, and what a sealed one says of itself.
 *
 * The public functions envseal_read_*, envseal_look and envseal_doc_* are here.
 */
#ifndef ES_DOC_H
#define ES_DOC_H

#include "crypto/gcm.h"
#include "format/sops/datakey.h"

struct envseal_doc {
	const struct envseal *es;
	const char *file;
	struct es_arena arena; /* everything below lives in it, or in source */
	struct envseal_slice source; /* what was read; borrowed */
	struct es_nodes nodes;
	struct es_buf text; /* the text of an opened document */
	struct envseal_slice whole; /* the plaintext with all its changes; p NULL: to be put together again */
	struct es_meta meta; /* of a sealed document */
	struct envseal_plan plan; /* what it says of recipients and selection */
	struct es_datakey *key; /* of an opened one; in the arena, as all that follows from it */
	struct es_gcm *gcm; /* the key made ready */
	bool sealed; /* was read as a sealed document */
	bool open;
	bool intact; /* open, and its MAC covers just what stands in it */
	bool layout_used; /* the layout field fitted */
	struct envseal_slice layout; /* its plaintext, if so */
	char mac[128]; /* the MAC that an opened document carries, as hex */
};

/* Puts the plaintext together after changes.  False: no memory. */
bool es_doc_settle(struct envseal_doc *doc, struct envseal_err *err) ES_MUST_USE;

/* Whether something stands in clear that should be sealed. */
bool es_doc_has_fresh(const struct envseal_doc *doc);

#endif
