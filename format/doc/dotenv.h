/*
 * dotenv - the lines of a plain .env file: comments, names and values.
 *
 * The grammar is the lossless one: comments may be indented, lines may end in CR LF, a byte order mark may stand in
 * front, the last line end may be missing, and a quoted value may go on over several lines.  Names and values are
 * those of the SOPS dotenv store: a name is every byte before the first '=', a value every byte behind it, and the two
 * characters "\n" in it are a line feed.
 */
#ifndef ES_DOTENV_H
#define ES_DOTENV_H

#include "crypto/core/buf.h"
#include "format/doc/node.h"

/* How the plain grammar is to be read. */
struct es_dotenv_reading {
	enum envseal_quotes quotes;
	bool any_name; /* names that look like data are fine */
	const struct es_nodes
	    *base; /* an opened earlier version, which knows how its values are quoted; or NULL */
};

/* Reads a plaintext into nodes, which borrow bytes and live in arena.  Errors: ENVSEAL_SYNTAX with line and column for
 * what is neither blank, comment nor entry, for a quote with two readings and for a name that looks like data;
 * ENVSEAL_RESERVED for a name that belongs to the metadata; ENVSEAL_NO_MEMORY. */
bool es_dotenv_read_plain(struct envseal_slice bytes, const struct es_dotenv_reading *how, const char *file,
    struct es_arena *arena, struct es_nodes *nodes, struct envseal_err *err) ES_MUST_USE;

/* Checks a name that somebody wants to store.  NULL: it is fine, else what is wrong with it; *code becomes the kind of
 * error.  any_name lets pass what looks like data, never what the format cannot carry. */
const char *es_dotenv_name_fault(struct envseal_slice name, bool any_name, enum envseal_code *code);

/* The name that a program would see: without blanks round it and without "export". */
struct envseal_slice es_dotenv_bare_name(struct envseal_slice name);

/* Writes a value as it stands behind the '=': a line feed becomes the two characters "\n". */
void es_dotenv_put_value(struct es_buf *out, struct envseal_slice value);

/* The value of what stands behind an '=': the two characters "\n" become a line feed, and so does each physical line
 * end in it.  Returns raw itself when there is none.  NULL p: no memory. */
struct envseal_slice es_dotenv_value(struct envseal_slice raw, struct es_arena *arena);

/* The offset in raw, which begins with a value, where its closing quote stands if the value opens a quote that is
 * not closed in its first line; else raw.n.  *opens says whether it opens such a quote at all. */
size_t es_dotenv_closing_quote(struct envseal_slice raw, bool *opens);

#endif
