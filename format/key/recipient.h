/*
 * recipient - whom files are sealed to, and the table of the kinds of keys there are.
 *
 * The public functions envseal_recipients_* are here.
 */
#ifndef ES_RECIPIENT_H
#define ES_RECIPIENT_H

#include "crypto/core/buf.h"
#include "format/envseal.h"

enum {
	ES_KEY = 32, /* bytes of a public or a secret key */
	ES_KEY_TEXT = 80, /* room for the text of either, with its NUL */
	ES_RECIPIENTS_MOST = 4096, /* in one list */
};

/* What an age file's stanzas wrap.  Secret: wipe it. */
struct es_file_key {
	uint8_t b[16];
};

struct es_kind;

/* One recipient; never changes once it is made. */
struct es_recipient {
	const struct es_kind *kind;
	const char *text; /* as people write it, with a NUL */
	uint8_t key[ES_KEY];
};

enum es_unwrap {
	ES_UNWRAP_OPENED,
	ES_UNWRAP_NOT_MINE, /* the stanza is for another key */
	ES_UNWRAP_MALFORMED, /* the stanza breaks the rules of its type: the whole header is bad */
};

struct es_identity;
struct es_stanza;

/* One kind of keys.  A function that fails sets *why to a static fact that says nothing of the content. */
struct es_kind {
	const char *name; /* for messages */
	const char *stanza; /* the type of its stanzas */
	const char *recipient_prefix; /* how the text of a recipient begins */
	const char *identity_prefix; /* and of an identity */

	bool (*read_recipient)(struct envseal_slice text, uint8_t key[ES_KEY], const char **why) ES_MUST_USE;
	/* Whether something can be sealed to a key at all; costs as much as sealing does. */
	bool (*check_recipient)(const uint8_t key[ES_KEY], const char **why) ES_MUST_USE;
	bool (*read_identity)(
	    struct envseal_slice text, uint8_t secret[ES_KEY], const char **why) ES_MUST_USE;
	/* Makes the public half of a secret key, and its text. */
	void (*derive)(const uint8_t secret[ES_KEY], uint8_t key[ES_KEY], char text[ES_KEY_TEXT]);
	/* Writes a secret key as text. */
	void (*write_identity)(const uint8_t secret[ES_KEY], char text[ES_KEY_TEXT]);
	/* Appends the stanza that hands file_key to the recipient. */
	bool (*wrap)(const struct envseal *es, const struct es_recipient *to,
	    const struct es_file_key *file_key, struct es_buf *out, const char **why) ES_MUST_USE;
	/* Tries one stanza of its type; the identity was derived.  file_key is set when it opened. */
	enum es_unwrap (*unwrap)(const struct es_identity *identity, const struct es_stanza *s,
	    struct es_file_key *file_key, const char **why) ES_MUST_USE;
};

/* The kinds, ended by NULL. */
extern const struct es_kind *const es_kinds[];

/* Adds the one recipient that a sealed file names, without the costly check: wrapping makes it anyway. */
bool es_recipients_add_named(
    struct envseal_recipients *list, struct envseal_slice text, struct envseal_err *err) ES_MUST_USE;

/* Recipient i of a list, below envseal_recipients_count; borrowed from the list. */
const struct es_recipient *es_recipients_get(const struct envseal_recipients *list, size_t i);

#endif
