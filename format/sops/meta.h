/*
 * meta - the metadata of a sealed dotenv file (SOPS: metadata fields, their order, flattening, the dotenv store).
 *
 * Lines that envseal does not know are kept as they are.
 */
#ifndef ES_META_H
#define ES_META_H

#include "crypto/core/buf.h"
#include "format/doc/dotenv.h"
#include "format/doc/sealedenv.h"

/* One age recipient and the age file that wraps the data key to it. */
struct es_meta_age {
	struct envseal_slice recipient;
	struct envseal_slice enc; /* armored, with real line feeds */
	uint32_t line; /* of the recipient */
};

struct es_meta {
	struct es_sealedenv_metas lines; /* all of them, in the order of the file */
	struct es_meta_age *age;
	size_t age_n;
	struct envseal_slice modified, mac, version, layout; /* as they stand; layout may be empty */
	char modified_aad[32]; /* the time in the form that the MAC binds */
	enum envseal_selecting selecting;
	struct envseal_slice selector;
	bool mac_only_encrypted;
	size_t foreign; /* lines of key entries of other kinds */
	size_t groups; /* key groups: the data key is split; 0: it is not */
};

/* Reads the lines of metadata.  meta borrows them and lives in arena.  Errors: ENVSEAL_METADATA with the line;
 * ENVSEAL_MAC when there is none. */
bool es_meta_read(const struct es_sealedenv_metas *lines, const char *file, struct es_arena *arena,
    struct es_meta *meta, struct envseal_err *err) ES_MUST_USE;

/* Whether a field (without "sops_") belongs to a key that is not age's: KMS, PGP, Vault. */
bool es_meta_is_foreign(struct envseal_slice name) ES_MUST_USE;

/* What a file is to say. */
struct es_meta_new {
	const struct es_meta *from; /* the metadata of the file this is a new version of, or NULL */
	const struct es_meta_age *age;
	size_t age_n;
	bool age_changed; /* the age lines of from do not do any more */
	bool drop_foreign; /* nor do the key entries of other kinds */
	bool all_behind; /* no line stands before the first of data, where blank lines alone would be lost */
	struct envseal_slice modified, mac, layout; /* layout empty: none */
	const struct envseal_plan *plan; /* the selection of a file that is new */
};

enum es_meta_place { ES_META_LEADING, ES_META_TRAILING };

/* Writes the metadata that stands before the first line of data, or that behind the last: the lines of from with what
 * changed, or all fields in the order of SOPS 3.13. */
void es_meta_write(const struct es_meta_new *what, enum es_meta_place place, struct es_buf *out);

#endif
