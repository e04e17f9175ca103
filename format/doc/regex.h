/*
 * regex - regular expressions of SOPS rules: the syntax and the answers of Go's regexp package, run by PCRE2.
 *
 * The syntax is read by format/doc/gosyntax.  What the two engines may understand differently (sets that depend on the
 * version of Unicode, (?i) beyond ASCII) is refused.  Only whether there is a match is asked, so greedy and lazy
 * repetitions are the same, and groups keep nothing.
 */
#ifndef ES_REGEX_H
#define ES_REGEX_H

#include "crypto/core/mem.h"
#include "format/envseal.h"

enum { ES_REGEX_LARGEST = 16 * 1024 }; /* bytes of a pattern */

enum es_regex_result {
	ES_REGEX_NO,
	ES_REGEX_YES,
	ES_REGEX_NOT_UTF8, /* the subject is not UTF-8: no answer */
	ES_REGEX_LIMIT, /* the search took too many steps: no answer */
	ES_REGEX_NO_MEMORY, /* no answer */
};

struct es_regex;

/* Compiles a pattern; the result does not borrow it.  NULL: *offset is the byte of the pattern where it went wrong,
 * *why a sentence part such as "the group is not closed"; *why is NULL when there was no memory.  Everything that
 * Go's regexp.Compile refuses is refused. */
struct es_regex *es_regex_new(struct envseal_slice pattern, size_t *offset, const char **why) ES_MUST_USE;

/* Whether the pattern matches anywhere in the subject.  Time and memory are bounded. */
enum es_regex_result es_regex_search(const struct es_regex *regex, struct envseal_slice subject) ES_MUST_USE;

void es_regex_free(struct es_regex *regex); /* NULL is fine */

#endif
