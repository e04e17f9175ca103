/* es_regex over testdata/policy/regex.tsv, and its limits. */
#include "tests/unit/tap.h"

#include "format/doc/regex.h"
#include "format/slice.h"

#include <stdlib.h>

enum { LINE = 4096 };

static int
digit(char c)
{
	return c >= 'A' ? c - 'A' + 10 : c - '0';
}

/* Replaces %XX by the byte, in place; a lone '%' is an empty text. */
static struct envseal_slice
unescape(char *text)
{
	size_t n = 0;

	if (strcmp(text, "%") == 0)
		return es_slice(text, 0);
	for (const char *p = text; *p != '\0'; p++, n++) {
		if (*p == '%' && p[1] != '\0' && p[2] != '\0') {
			text[n] = (char)(digit(p[1]) << 4 | digit(p[2]));
			p += 2;
		} else {
			text[n] = *p;
		}
	}
	return es_slice(text, n);
}

static void
answer(struct envseal_slice pattern, struct envseal_slice subject, char *text, size_t size)
{
	static const char *const names[] = {"no", "yes", "utf8", "limit", "memory"};
	size_t offset = 99;
	const char *why = NULL;
	struct es_regex *regex = es_regex_new(pattern, &offset, &why);

	if (regex == NULL)
		(void)snprintf(text, size, "error %zu %s", offset, why == NULL ? "no memory" : why);
	else
		(void)snprintf(text, size, "%s", names[es_regex_search(regex, subject)]);
	es_regex_free(regex);
}

static void
test_line(char *line)
{
	char shown[64], got[256], *save = NULL;
	char *pattern = strtok_r(line, "\t", &save), *subject = strtok_r(NULL, "\t", &save);
	char *want = strtok_r(NULL, "\t", &save);

	if (pattern == NULL || subject == NULL || want == NULL) {
		ok(false, "a case has three fields");
		return;
	}
	(void)snprintf(shown, sizeof shown, "%.28s for %.28s", pattern, subject);
	answer(unescape(pattern), unescape(subject), got, sizeof got);
	bool error = strncmp(want, "error ", 6) == 0;
	if (!ok(error ? strncmp(got, want, strlen(want)) == 0 : strcmp(got, want) == 0, "%s: %s", shown,
		want))
		printf("# got: %s\n", got);
}

static void
test_table(void)
{
	FILE *f = fopen("testdata/policy/regex.tsv", "r");
	static char line[LINE];
	size_t count = 0;

	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' && line[1] == ' ')
			continue;
		test_line(line);
		count++;
	}
	if (f != NULL)
		fclose(f);
	ok(count >= 240, "there are cases: %zu", count);
}

/* A pattern of count times part, a middle, and count times end. */
static void
test_long(const char *part, const char *middle, const char *end, size_t count, const char *want)
{
	size_t p = strlen(part), m = strlen(middle), e = strlen(end);
	char *text = malloc((p + e) * count + m + 1), got[256];

	if (text == NULL)
		exit(1);
	for (size_t i = 0; i < count; i++) {
		memcpy(text + i * p, part, p);
		memcpy(text + count * p + m + i * e, end, e);
	}
	memcpy(text + count * p, middle, m);
	answer(es_slice(text, (p + e) * count + m), es_slice_text("aaa"), got, sizeof got);
	if (!ok(strncmp(got, want, strlen(want)) == 0, "%zu times %s: %s", count, part, want))
		printf("# got: %s\n", got);
	free(text);
}

/* A search of a long subject ends, whatever it answers. */
static void
test_large_subject(void)
{
	enum { N = 1024 * 1024 };
	char *text = malloc(N);
	size_t offset = 0;
	const char *why = NULL;
	struct es_regex *regex = es_regex_new(es_slice_text("a[ab]*(a|b)*[ac]\\z"), &offset, &why);

	if (text == NULL || regex == NULL)
		exit(1);
	memset(text, 'a', N);
	text[N - 1] = 'x';
	enum es_regex_result result = es_regex_search(regex, es_slice(text, N));
	ok(result == ES_REGEX_LIMIT || result == ES_REGEX_NO, "a hopeless search of 1 MiB ends");
	es_regex_free(regex);
	free(text);
}

int
main(void)
{
	if (!es_mem_start())
		return 1;
	test_table();
	test_long("(", "a", ")", 100, "yes");
	test_long("(", "a", ")", 101, "error 100 groups are nested too deeply");
	test_long("x", "", "", ES_REGEX_LARGEST, "no");
	test_long("x", "", "", ES_REGEX_LARGEST + 1, "error 16384 the expression is longer");
	test_long("[^\\W\\D]|", "a", "", 200, "yes");
	test_long("(?:ab){1000}|", "a", "", 100, "error");
	test_large_subject();
	es_regex_free(NULL);
	return done();
}
