/*
 * goset - sets of characters as Go's regular expressions mean them, written out for PCRE2 code point by code point.
 *
 * With fold, a set holds a letter in both cases, and as Go has it also U+017F beside s and U+212A beside k.
 */
#ifndef ES_GOSET_H
#define ES_GOSET_H

#include "crypto/core/buf.h"
#include "format/envseal.h"

/* A set that is being written.  What is beyond ASCII is written at once, the ASCII part at the end. */
struct es_goset {
	struct es_buf *out;
	bool fold;
	bool has[128];
};

/* A named set, such as [:alpha:] or \d. */
struct es_goset_group;

/* [:name:], without the brackets and colons; NULL: there is no such name. */
const struct es_goset_group *es_goset_posix(struct envseal_slice name);

/* The group of d, s or w; NULL for other letters. */
const struct es_goset_group *es_goset_perl(uint8_t letter);

/* Begins a set; negated: of what is added, the opposite.  Failures of out stick there. */
void es_goset_begin(struct es_goset *set, struct es_buf *out, bool fold, bool negated);

/* Adds the characters from lo to hi.  False: fold is asked for beyond ASCII, where engines differ. */
bool es_goset_range(struct es_goset *set, uint32_t lo, uint32_t hi) ES_MUST_USE;

/* Adds a group or its opposite. */
void es_goset_group(struct es_goset *set, const struct es_goset_group *group, bool negated);

/* Ends the set, to which something was added. */
void es_goset_end(const struct es_goset *set);

/* Writes one character that stands for itself. */
void es_goset_char(struct es_buf *out, uint32_t c);

#endif
