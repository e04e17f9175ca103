/* Any pattern and any subject: a pattern, a NUL, a subject.  What is accepted must give an answer that agrees with
 * itself: the same twice, and yes for the same pattern as one alternative of two. */
#include "format/doc/regex.h"
#include "format/slice.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_error(size_t offset, const char *why, size_t n)
{
	if (why == NULL || why[0] == '\0' || offset > n)
		abort();
}

/* The answer of "(?:pattern)|(?:pattern)" must be that of the pattern, if it is small enough for both. */
static void
check_doubled(struct envseal_slice pattern, struct envseal_slice subject, enum es_regex_result expected)
{
	char text[600];
	size_t offset = 0;
	const char *why = NULL;

	if (pattern.n > 250 || memchr(pattern.p, '\\', pattern.n) != NULL)
		return; /* an open \Q would swallow what is added */
	size_t n = (size_t)snprintf(text, sizeof text, "(?:%.*s)|(?:%.*s)", (int)pattern.n,
	    (const char *)pattern.p, (int)pattern.n, (const char *)pattern.p);
	struct es_regex *regex = es_regex_new(es_slice(text, n), &offset, &why);
	if (regex == NULL) {
		check_error(offset, why, n);
		return;
	}
	enum es_regex_result result = es_regex_search(regex, subject);
	if (result != expected && result != ES_REGEX_LIMIT && expected != ES_REGEX_LIMIT)
		abort();
	es_regex_free(regex);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct envseal_slice all = {data, size};
	size_t n = es_slice_find(all, 0), offset = 0;
	struct envseal_slice pattern = {data, n}, subject = es_slice_from(all, n < size ? n + 1 : n);
	const char *why = NULL;

	if (!es_mem_start())
		abort();
	struct es_regex *regex = es_regex_new(pattern, &offset, &why);
	if (regex == NULL) {
		check_error(offset, why, pattern.n);
		return 0;
	}
	enum es_regex_result result = es_regex_search(regex, subject);
	if (result == ES_REGEX_NO_MEMORY || es_regex_search(regex, subject) != result)
		abort();
	check_doubled(pattern, subject, result);
	es_regex_free(regex);
	return 0;
}
