/*
 * stanza - one recipient stanza of an age header: type, arguments, body.
 *
 * Strict: single spaces, visible ASCII, LF, canonical base64 without padding in lines of 64 columns, closed
 * by a line that is shorter.  Nothing is copied: a stanza is a view of the header text.
 */
#ifndef ES_STANZA_H
#define ES_STANZA_H

#include "crypto/core/buf.h"
#include "format/envseal.h"

enum { ES_STANZA_LINE = 64 * 1024 }; /* the longest line that is read, without its LF */

struct es_stanza {
	struct envseal_slice type; /* the first argument */
	struct envseal_slice
	    args; /* the others, with one space between each two; empty when there are none */
	size_t count; /* of args */
	struct envseal_slice text; /* the body as base64 lines, each with its LF */
	size_t body; /* bytes of the body */
};

/* Takes a line up to LF off the front of rest; line is without it.  False: there is no LF, or it is too far;
 * *why is a static fact. */
bool es_stanza_line(struct envseal_slice *rest, struct envseal_slice *line, const char **why) ES_MUST_USE;

/* Takes one stanza off the front of rest.  False: *why is a static fact, and rest stands anywhere. */
bool es_stanza_parse(struct envseal_slice *rest, struct es_stanza *s, const char **why) ES_MUST_USE;

/* Argument i, below s->count. */
struct envseal_slice es_stanza_arg(const struct es_stanza *s, size_t i);

/* Decodes the body into p, which has room for s->body bytes. */
void es_stanza_body(const struct es_stanza *s, uint8_t *p);

/* Appends a stanza: count texts, the first of them its type, and a body of n bytes. */
void es_stanza_put(
    struct es_buf *out, const struct envseal_slice *args, size_t count, const uint8_t *body, size_t n);

#endif
