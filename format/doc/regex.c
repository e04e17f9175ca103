#include "format/doc/regex.h"

#include "format/doc/gosyntax.h"
#include "format/doc/utf8.h"
#include "format/slice.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdlib.h>

enum {
	LARGEST_WRITTEN = 8 * 1024 * 1024, /* bytes of the translated pattern */
	MOST_STEPS = 10 * 1000 * 1000,
	MOST_HEAP = 20 * 1000, /* KiB */
};

static const uint64_t MOST_WORK = UINT64_C(4000000000); /* steps times bytes of the subject */

struct es_regex {
	uint8_t *text; /* a plain text to be found; NULL: code is used */
	size_t n;
	bool at_start, at_end; /* of the text */
	pcre2_code *code;
};

/* Compiles what was written.  False: *why, or no memory when that is NULL. */
static bool
compile(const struct es_buf *written, struct es_regex *regex, const char **why)
{
	pcre2_compile_context *how = pcre2_compile_context_create(NULL);
	PCRE2_SIZE where = 0;
	int code = 0;
	bool good = false;

	if (how == NULL || !es_buf_ok(written))
		goto out;
	if (pcre2_set_newline(how, PCRE2_NEWLINE_LF) != 0)
		goto out;
	regex->code = pcre2_compile(written->p, written->n,
	    PCRE2_UTF | PCRE2_ANCHORED | PCRE2_NEVER_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE,
	    &code, &where, how);
	good = regex->code != NULL;
	if (!good && code != PCRE2_ERROR_HEAP_FAILED)
		*why = "the expression is too large";
out:
	pcre2_compile_context_free(how);
	return good;
}

/* What does not stand for itself, or may not. */
static bool
is_meta(uint8_t c)
{
	return c != 0 && strchr("\\.+*?()|[]{}^$", c) != NULL;
}

/* Recognises a text that stands for itself, perhaps between ^ and $, and keeps it: most rules are no more, and a
 * search for it needs no engine.  *plain: it was one.  False: no memory. */
static bool
keep_plain(struct envseal_slice in, struct es_regex *regex, bool *plain)
{
	size_t i = 0, n = 0;
	uint8_t *text = malloc(in.n + 1);

	*plain = false;
	if (text == NULL)
		return false;
	regex->at_start = in.n > 0 && in.p[0] == '^';
	if (regex->at_start)
		i++;
	for (; i < in.n; i++) {
		uint8_t c = in.p[i];

		if (c == '$' && i + 1 == in.n) {
			regex->at_end = true;
			break;
		}
		if (c == '\\' && i + 1 < in.n && is_meta(in.p[i + 1]))
			c = in.p[++i];
		else if (is_meta(c))
			break;
		text[n++] = c;
	}
	*plain = i == in.n || regex->at_end;
	if (*plain) {
		regex->text = text;
		regex->n = n;
	} else {
		free(text);
	}
	return true;
}

struct es_regex *
es_regex_new(struct envseal_slice pattern, size_t *offset, const char **why)
{
	struct es_regex *regex = NULL, *result = NULL;
	struct es_buf written = es_buf_make(LARGEST_WRITTEN);
	bool plain = false;

	*why = NULL;
	*offset = ES_REGEX_LARGEST;
	if (pattern.n > ES_REGEX_LARGEST)
		*why = "the expression is longer than 16384 bytes";
	else if ((*offset = es_utf8_valid(pattern)) < pattern.n)
		*why = "the expression is not UTF-8";
	if (*why != NULL)
		return NULL;
	*offset = 0;
	regex = calloc(1, sizeof *regex);
	if (regex == NULL || !keep_plain(pattern, regex, &plain))
		goto out;
	if (!plain) {
		/* PCRE2 counts steps anew for each place where it starts, so the search for the place is made a part of
		 * the one match that starts at the beginning. */
		es_buf_text(&written, "(?s:.*?)(?:");
		if (!es_gosyntax_write(pattern, &written, offset, why))
			goto out;
		es_buf_byte(&written, ')');
		if (!compile(&written, regex, why))
			goto out;
	}
	result = regex;
	regex = NULL;
out:
	es_buf_free(&written);
	es_regex_free(regex);
	return result;
}

static bool
search_plain(const struct es_regex *regex, struct envseal_slice subject)
{
	struct envseal_slice text = {regex->text, regex->n};

	if (text.n > subject.n)
		return false;
	if (regex->at_start && regex->at_end)
		return es_slice_equal(subject, text);
	if (regex->at_end)
		return es_slice_ends(subject, text);
	if (regex->at_start)
		return es_slice_equal(es_slice(subject.p, text.n), text);
	return text.n == 0 || memmem(subject.p, subject.n, text.p, text.n) != NULL;
}

enum es_regex_result
es_regex_search(const struct es_regex *regex, struct envseal_slice subject)
{
	if (es_utf8_valid(subject) < subject.n)
		return ES_REGEX_NOT_UTF8;
	if (regex->text != NULL)
		return search_plain(regex, subject) ? ES_REGEX_YES : ES_REGEX_NO;
	pcre2_match_data *data = pcre2_match_data_create(1, NULL);
	pcre2_match_context *limits = pcre2_match_context_create(NULL);
	int found = PCRE2_ERROR_NOMEMORY;
	/* One step may look at the whole subject, so a long one gets fewer of them. */
	uint64_t steps = MOST_WORK / ((uint64_t)subject.n + 1);
	if (data != NULL && limits != NULL &&
	    pcre2_set_match_limit(limits, steps < MOST_STEPS ? (uint32_t)steps : MOST_STEPS) == 0 &&
	    pcre2_set_depth_limit(limits, MOST_STEPS) == 0 && pcre2_set_heap_limit(limits, MOST_HEAP) == 0)
		found = pcre2_match(
		    regex->code, subject.n > 0 ? subject.p : (PCRE2_SPTR) "", subject.n, 0, 0, data, limits);
	pcre2_match_context_free(limits);
	pcre2_match_data_free(data);
	if (found >= 0)
		return ES_REGEX_YES;
	return found == PCRE2_ERROR_NOMATCH    ? ES_REGEX_NO
	       : found == PCRE2_ERROR_NOMEMORY ? ES_REGEX_NO_MEMORY
					       : ES_REGEX_LIMIT;
}

void
es_regex_free(struct es_regex *regex)
{
	if (regex == NULL)
		return;
	free(regex->text);
	pcre2_code_free(regex->code);
	free(regex);
}
