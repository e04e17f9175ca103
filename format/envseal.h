/*
 * envseal.h - libenvseal: sealed dotenv files that SOPS and age understand.
 *
 * A document is its bytes.  Reading one finds where names, values and comments stand; sealing and opening replace
 * values where they stand and touch nothing else.  The library opens no file, prints nothing and never exits: the
 * host hands in bytes, keys, a clock, and gets bytes back.
 *
 * Every function that can fail returns false (or NULL) and fills the envseal_err; what it would have returned is then
 * untouched.  Lengths are in bytes.  "Borrowed" means: must stay as it is until the object that borrows it is freed.
 * Objects belong to one thread at a time.
 */
#ifndef ENVSEAL_H
#define ENVSEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define ENVSEAL_API __attribute__((visibility("default")))
#define ENVSEAL_MUST_USE __attribute__((warn_unused_result))
#define ENVSEAL_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define ENVSEAL_API
#define ENVSEAL_MUST_USE
#define ENVSEAL_PRINTF(f, a)
#endif

/* ---- words ---------------------------------------------------------------------------------------------------- */

/* Bytes that somebody else owns. */
struct envseal_slice {
	const uint8_t *p;
	size_t n;
};

/* What went wrong.  Each has an exit status and a name in envseal_status and envseal_code_name; where SOPS knows the
 * condition the status is SOPS's (sops/cmd/sops/codes). */
enum envseal_code {
	ENVSEAL_OK,
	ENVSEAL_FOUND, /* 1: a check found something */
	ENVSEAL_METADATA, /* 1: metadata missing, doubled or malformed */
	ENVSEAL_CONFIG, /* 1: .sops.yaml cannot be used */
	ENVSEAL_NO_RULE, /* 1: no rule of .sops.yaml is for the file */
	ENVSEAL_RECIPIENT, /* 1: a recipient or an identity that cannot be used */
	ENVSEAL_NO_NAME, /* 1: the file has no such name */
	ENVSEAL_GENERIC, /* 1: anything else */
	ENVSEAL_SYNTAX, /* 2: the text is not what its format allows */
	ENVSEAL_INPUT, /* 2: a file that cannot be read */
	ENVSEAL_OUTPUT, /* 3: a file that cannot be written */
	ENVSEAL_BAD_VALUE, /* 7: a name or value that the format cannot carry */
	ENVSEAL_ENCRYPT, /* 23: values cannot be encrypted */
	ENVSEAL_DECRYPT, /* 25: a value does not open */
	ENVSEAL_MAC, /* 51: the MAC is missing or wrong, or a token was moved here from elsewhere */
	ENVSEAL_NO_CONFIG, /* 61: no .sops.yaml and no recipient */
	ENVSEAL_USAGE, /* 64: wrong usage */
	ENVSEAL_INTERNAL, /* 70: envseal is wrong */
	ENVSEAL_BUSY, /* 75: another envseal is at it, or the file changed meanwhile */
	ENVSEAL_REFUSED, /* 77: a rule of trust forbids it; the hint says how to allow it */
	ENVSEAL_NOTHING, /* 92: no value to seal */
	ENVSEAL_NO_FILE, /* 100: no file given, or it is not there */
	ENVSEAL_NO_KEY, /* 128: no identity opens the data key */
	ENVSEAL_RESERVED, /* 203: a name that is kept for metadata */
	ENVSEAL_NO_MEMORY, /* 71: no memory */
};

ENVSEAL_API int envseal_status(enum envseal_code code);
ENVSEAL_API const char *envseal_code_name(enum envseal_code code); /* "mac", "no-key": stable, for --json */

/* A place, a fact and a remedy.  All zero: no error.  Owns nothing; never holds a value or a key. */
struct envseal_err {
	enum envseal_code code;
	const char *file; /* borrowed from whoever named it; NULL: no file */
	uint32_t line, col; /* from 1; 0: no such position.  Columns count bytes */
	int sys; /* errno when a system call failed, else 0 */
	char what[240]; /* what is wrong, one sentence without a full stop */
	char hint[240]; /* what to do about it; may be empty */
};

/* Guarded memory: locked as far as limits allow, not in core dumps, wiped by envseal_free.  NULL: no memory. */
ENVSEAL_API void *envseal_alloc(size_t n) ENVSEAL_MUST_USE;
ENVSEAL_API void envseal_free(void *p); /* NULL is fine */

/* Bytes that the library made, in guarded memory; all zero is empty.  The caller frees them. */
struct envseal_out {
	uint8_t *p;
	size_t n;
};
ENVSEAL_API void envseal_out_free(struct envseal_out *out);

enum { ENVSEAL_LARGEST = 256 * 1024 * 1024 }; /* bytes of input that are accepted */

/* ---- the host ------------------------------------------------------------------------------------------------- */

/* What the library must not take by itself.  Any member may be NULL. */
struct envseal_host {
	void *ctx; /* handed to each of these */
	void (*random)(void *ctx, void *p, size_t n); /* for tests, on any thread; NULL: the system's */
	int64_t (*now)(void *ctx); /* seconds since 1970; NULL: the system clock */
	void (*note)(void *ctx, uint32_t line, const char *text); /* something worth saying; line 0: none */
	/* Runs fn(arg, i) for every i below n, in any order, on as many threads as is good; returns when all ran. */
	void (*parallel)(void *ctx, void (*fn)(void *arg, size_t i), void *arg, size_t n);
};

/* One library context.  Borrows host.  NULL: the system gives no randomness or memory. */
struct envseal;
ENVSEAL_API struct envseal *envseal_new(
    const struct envseal_host *host, struct envseal_err *err) ENVSEAL_MUST_USE;
ENVSEAL_API void envseal_end(struct envseal *es);

/* ---- keys ----------------------------------------------------------------------------------------------------- */

/* A new X25519 identity in the file format of age-keygen: two comment lines and the identity.  created is the local
 * time text for the first line.  recipient becomes the public half, with a NUL. */
ENVSEAL_API bool envseal_keygen(struct envseal *es, const char *created, struct envseal_out *out,
    char recipient[64], struct envseal_err *err) ENVSEAL_MUST_USE;

/* Whom to seal to: a list without repetitions, in the order given. */
struct envseal_recipients;
ENVSEAL_API struct envseal_recipients *envseal_recipients_new(void) ENVSEAL_MUST_USE;
ENVSEAL_API void envseal_recipients_free(struct envseal_recipients *list);
/* Adds the recipients of a text that separates them by commas; blanks round each are dropped.  An empty part is an
 * error.  file, line and col say where the text stands, for errors; file may be NULL. */
ENVSEAL_API bool envseal_recipients_add(struct envseal_recipients *list, struct envseal_slice text,
    const char *file, uint32_t line, uint32_t col, struct envseal_err *err) ENVSEAL_MUST_USE;
/* Adds the recipients of a recipients file: one a line, empty lines and lines that begin with '#' skipped. */
ENVSEAL_API bool envseal_recipients_add_file(struct envseal_recipients *list, struct envseal_slice bytes,
    const char *file, struct envseal_err *err) ENVSEAL_MUST_USE;
ENVSEAL_API size_t envseal_recipients_count(const struct envseal_recipients *list);
ENVSEAL_API const char *envseal_recipients_at(const struct envseal_recipients *list, size_t i);
ENVSEAL_API bool envseal_recipients_has(
    const struct envseal_recipients *list, struct envseal_slice recipient);

/* Keys to open with. */
struct envseal_identities;
ENVSEAL_API struct envseal_identities *envseal_identities_new(void) ENVSEAL_MUST_USE;
ENVSEAL_API void envseal_identities_free(struct envseal_identities *ids);
/* Adds every identity of a key file.  One bad line voids the whole text, as it does for SOPS.  words: identities may
 * stand several on a line, as in SOPS_AGE_KEY. */
ENVSEAL_API bool envseal_identities_add(struct envseal_identities *ids, struct envseal_slice text,
    const char *file, bool words, struct envseal_err *err) ENVSEAL_MUST_USE;
ENVSEAL_API size_t envseal_identities_count(const struct envseal_identities *ids);
/* How many identities of other kinds (plugins, post-quantum) were passed over. */
ENVSEAL_API size_t envseal_identities_passed_over(const struct envseal_identities *ids);
/* The public half of identity i, in guarded memory of the list. */
ENVSEAL_API const char *envseal_identities_recipient(struct envseal_identities *ids, size_t i);

/* ---- rules ---------------------------------------------------------------------------------------------------- */

enum envseal_selecting {
	ENVSEAL_SELECT_DEFAULT, /* nothing said: unencrypted_suffix with _unencrypted */
	ENVSEAL_UNENCRYPTED_SUFFIX,
	ENVSEAL_ENCRYPTED_SUFFIX,
	ENVSEAL_UNENCRYPTED_REGEX,
	ENVSEAL_ENCRYPTED_REGEX,
	ENVSEAL_UNENCRYPTED_COMMENT_REGEX,
	ENVSEAL_ENCRYPTED_COMMENT_REGEX,
};

/* What is to be sealed, and to whom: from .sops.yaml, from the command line, or as a sealed file has it.  Data; the
 * texts and the list belong to whoever made the plan. */
struct envseal_plan {
	struct envseal_recipients *recipients; /* NULL: the rule names no recipients */
	enum envseal_selecting selecting;
	struct envseal_slice selector; /* the suffix or the regular expression */
	bool mac_only_encrypted;
	uint32_t rule; /* which rule of .sops.yaml, from 1; 0: none */
	uint32_t line; /* where it stands */
};

/* Finds the rule of a .sops.yaml (bytes, called file in errors) that is for path (relative to its directory, or
 * absolute when outside).  Fills plan; free it with envseal_plan_free.  plan->rule stays 0 when there are no
 * creation_rules at all.  Errors: ENVSEAL_CONFIG, ENVSEAL_NO_RULE. */
ENVSEAL_API bool envseal_rules_find(struct envseal *es, struct envseal_slice bytes, const char *file,
    struct envseal_slice path, struct envseal_plan *plan, struct envseal_err *err) ENVSEAL_MUST_USE;
ENVSEAL_API void envseal_plan_free(struct envseal_plan *plan);
/* Whether both select the same values. */
ENVSEAL_API bool envseal_plan_selects_alike(const struct envseal_plan *a, const struct envseal_plan *b);
/* "unencrypted_suffix", ...: the name of the field. */
ENVSEAL_API const char *envseal_selecting_name(enum envseal_selecting selecting);

/* ---- documents ------------------------------------------------------------------------------------------------ */

enum envseal_state {
	ENVSEAL_PLAIN, /* no metadata */
	ENVSEAL_SEALED, /* has metadata of SOPS; perhaps broken */
};
/* What the bytes are, without reading them closely. */
ENVSEAL_API enum envseal_state envseal_look(struct envseal_slice bytes);

struct envseal_doc;
ENVSEAL_API void envseal_doc_free(struct envseal_doc *doc); /* NULL is fine */

/* How a quote that another line closes is to be read. */
enum envseal_quotes {
	ENVSEAL_QUOTES_ASK, /* as the base has it, else an error that names both lines */
	ENVSEAL_QUOTES_MULTILINE, /* the value goes on to the closing quote */
	ENVSEAL_QUOTES_LITERAL, /* every line stands for itself */
};

/* Reads a plaintext.  Borrows bytes.  base, an opened earlier version or NULL, decides how quotes are read where it
 * knows.  any_name accepts names that look like data.  Errors: ENVSEAL_SYNTAX, ENVSEAL_RESERVED, each with line and
 * column. */
ENVSEAL_API struct envseal_doc *envseal_read_plain(struct envseal *es, struct envseal_slice bytes,
    const char *file, const struct envseal_doc *base, enum envseal_quotes quotes, bool any_name,
    struct envseal_err *err) ENVSEAL_MUST_USE;

/* Reads a sealed file: structure and metadata, no key needed.  Borrows bytes and file.  Errors: ENVSEAL_METADATA,
 * ENVSEAL_SYNTAX. */
ENVSEAL_API struct envseal_doc *envseal_read_sealed(struct envseal *es, struct envseal_slice bytes,
    const char *file, struct envseal_err *err) ENVSEAL_MUST_USE;

/* Opens the data key, every value and the MAC.  After a failure the document shows no value.  Errors: ENVSEAL_NO_KEY,
 * ENVSEAL_DECRYPT, ENVSEAL_MAC. */
ENVSEAL_API bool envseal_open(
    struct envseal_doc *doc, struct envseal_identities *ids, struct envseal_err *err) ENVSEAL_MUST_USE;

/* Opens a file that was sealed and then edited: values may stand in clear where they should be sealed.  It is accepted
 * when what is sealed in it still verifies by itself, or when each of its tokens stands under the same name in one of n
 * other versions of the file that are open.  Those that are not open, or NULL, do not count.  Values in clear count as
 * new.  Errors: as envseal_open; ENVSEAL_MAC names the token that is not known. */
ENVSEAL_API bool envseal_open_edited(struct envseal_doc *doc, struct envseal_identities *ids,
    const struct envseal_doc *const *known, size_t n, struct envseal_err *err) ENVSEAL_MUST_USE;

/* The plaintext of a plain or opened document, with its own line ends; borrowed from doc until it is changed. */
ENVSEAL_API struct envseal_slice envseal_doc_text(const struct envseal_doc *doc);

/* What a sealed document says of itself, or how a plain one is to be sealed.  Borrowed from doc. */
ENVSEAL_API const struct envseal_plan *envseal_doc_plan(const struct envseal_doc *doc);
ENVSEAL_API bool envseal_doc_is_open(const struct envseal_doc *doc);
/* lastmodified and version as the file has them; empty for a plain document. */
ENVSEAL_API struct envseal_slice envseal_doc_modified(const struct envseal_doc *doc);
ENVSEAL_API struct envseal_slice envseal_doc_version(const struct envseal_doc *doc);
/* How many lines of key entries it has that are not age's (KMS, PGP, Vault); they are kept, not used. */
ENVSEAL_API size_t envseal_doc_foreign(const struct envseal_doc *doc);
/* A tag of the data key: 16 hex digits and a NUL, the same for the same key and useless for finding it.  The document
 * must be open. */
ENVSEAL_API void envseal_doc_tag(const struct envseal_doc *doc, char tag[17]);

/* The age recipients of a sealed document as the file spells them, also of kinds that envseal cannot seal to. */
ENVSEAL_API size_t envseal_doc_recipients(const struct envseal_doc *doc);
ENVSEAL_API struct envseal_slice envseal_doc_recipient(const struct envseal_doc *doc, size_t i);

/* One name and its value. */
struct envseal_entry {
	size_t place; /* among the lines of the document; what the functions below take */
	struct envseal_slice name; /* as it stands before the '=' */
	struct envseal_slice
	    value; /* as SOPS understands it: line feeds are real; empty unless plain or opened */
	uint32_t line; /* in the bytes that were read */
	bool selected; /* the selection wants it sealed */
	bool sealed; /* stands as a token in the bytes that were read */
	bool empty; /* has no value, which nothing protects */
};
/* The first entry at or behind a place; false: there is none.  All of them:
 * for (size_t at = 0; envseal_doc_entry(doc, at, &entry); at = entry.place + 1) */
ENVSEAL_API bool envseal_doc_entry(
    const struct envseal_doc *doc, size_t from, struct envseal_entry *entry) ENVSEAL_MUST_USE;
/* The last entry that answers to name: equal to it, or equal but for blanks round it and a leading "export".
 * *count becomes how many do.  False: none. */
ENVSEAL_API bool envseal_doc_find(
    const struct envseal_doc *doc, struct envseal_slice name, size_t *place, size_t *count) ENVSEAL_MUST_USE;

/* Whether the entry at a place answers to name, and whether the document's selection wants it sealed. */
ENVSEAL_API bool envseal_doc_answers(const struct envseal_doc *doc, size_t place, struct envseal_slice name);
ENVSEAL_API bool envseal_doc_selects(const struct envseal_doc *doc, size_t place);

/* Changes of a plain or opened document; they take effect when it is sealed.  Places move when entries come or go.
 * Errors: ENVSEAL_BAD_VALUE, ENVSEAL_RESERVED. */
ENVSEAL_API bool envseal_doc_set(struct envseal_doc *doc, size_t place, struct envseal_slice value,
    struct envseal_err *err) ENVSEAL_MUST_USE;
ENVSEAL_API bool envseal_doc_add(struct envseal_doc *doc, struct envseal_slice name,
    struct envseal_slice value, bool any_name, struct envseal_err *err) ENVSEAL_MUST_USE;
ENVSEAL_API bool envseal_doc_unset(
    struct envseal_doc *doc, size_t place, struct envseal_err *err) ENVSEAL_MUST_USE;

/* ---- sealing -------------------------------------------------------------------------------------------------- */

/* Why an earlier version is not built upon. */
enum envseal_verdict {
	ENVSEAL_BASE_NONE, /* there is none */
	ENVSEAL_BASE_TRUSTED, /* its data key and its tokens are kept */
	ENVSEAL_BASE_SHUT, /* it is not open, or its MAC is not valid */
	ENVSEAL_BASE_RECIPIENT, /* somebody can read it who is not wanted any more */
	ENVSEAL_BASE_NEW_KEY, /* a new data key was asked for */
};

struct envseal_seal {
	const struct envseal_plan *plan; /* to whom, and what */
	const struct envseal_doc *base; /* an opened earlier version, or NULL; may be the document itself */
	bool new_key; /* a new data key even if the base is trusted */
	bool allow_none; /* sealing no value at all is fine */
	bool drop_foreign; /* key entries of other kinds go when the data key changes */
};

struct envseal_report {
	enum envseal_verdict verdict;
	size_t values; /* entries */
	size_t sealed; /* of them: stand sealed in the result */
	size_t reused; /* of them: with the token of the base */
	size_t empty; /* of them: without a value, which nothing protects */
	bool unchanged; /* the result is the base, byte for byte */
	bool layout; /* the result has the field sops_envseal */
	char tag[17]; /* of the data key that the result has */
};

/* Seals doc, a plain or opened document.  Where the base is trusted and its text equals doc's, its bytes are kept.
 * The result was opened again in memory and compared before this returns.  report may not be NULL.
 * Errors: ENVSEAL_NOTHING, ENVSEAL_REFUSED (foreign keys), ENVSEAL_RECIPIENT, ENVSEAL_INTERNAL. */
ENVSEAL_API bool envseal_seal(struct envseal_doc *doc, const struct envseal_seal *how,
    struct envseal_out *out, struct envseal_report *report, struct envseal_err *err) ENVSEAL_MUST_USE;

/* What git shows of a file: values if ids open it, else names with a tag of each token, and then who can read it.
 * Never fails on what the bytes are: a broken file is shown sealed, under a line that says what is wrong with it.
 * Control and bidirectional characters are escaped.  False: no memory. */
ENVSEAL_API bool envseal_show(struct envseal *es, struct envseal_slice bytes, const char *file,
    struct envseal_identities *ids, struct envseal_out *out, struct envseal_err *err) ENVSEAL_MUST_USE;

#ifdef __cplusplus
}
#endif

#endif
