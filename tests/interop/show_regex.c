/* Reads pairs of a pattern and a subject as goregex writes them and says what es_regex answers: "yes", "no",
 * "error OFFSET WHY", "utf8", "limit" or "memory". */
#include "format/doc/regex.h"
#include "format/slice.h"

#include <stdio.h>
#include <stdlib.h>

static int
digit(char c)
{
	return c >= 'a' ? c - 'a' + 10 : c - '0';
}

/* Turns hexadecimal digits in place into the bytes that they stand for; "-" is empty. */
static struct envseal_slice
unhex(char *text)
{
	size_t n = strlen(text) / 2;

	for (size_t i = 0; i < n; i++)
		text[i] = (char)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
	return es_slice(text, n);
}

int
main(void)
{
	static const char *const names[] = {"no", "yes", "utf8", "limit", "memory"};
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (!es_mem_start())
		return 70;
	while ((n = getline(&line, &size, stdin)) > 0) {
		size_t offset = 0;
		const char *why = NULL;
		char *subject = strchr(line, ' ');

		line[n - 1] = '\0';
		if (subject == NULL)
			return 64;
		*subject++ = '\0';
		struct es_regex *regex = es_regex_new(unhex(line), &offset, &why);
		if (regex == NULL)
			printf("error %zu %s\n", offset, why == NULL ? "no memory" : why);
		else
			puts(names[es_regex_search(regex, unhex(subject))]);
		es_regex_free(regex);
	}
	free(line);
	return 0;
}
