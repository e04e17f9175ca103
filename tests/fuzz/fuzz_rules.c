/* Any bytes as .sops.yaml: a path, a NUL, the file; without a NUL the path is ".env".  A plan or an error comes out,
 * never both, with a place that exists and a selector that compiles; freed memory is the sanitizer's matter. */
#include "format/envseal.h"
#include "format/slice.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t
lines_of(struct envseal_slice bytes)
{
	uint32_t lines = 1;

	for (size_t i = 0; i < bytes.n; i++)
		lines += bytes.p[i] == '\n';
	return lines;
}

static void
check_note(void *ctx, uint32_t line, const char *text)
{
	if (text[0] == '\0' || line > *(const uint32_t *)ctx)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct envseal_slice bytes = {data, size}, path = es_slice_text(".env");
	size_t n = es_slice_find(bytes, 0);

	if (n < size) {
		path = es_slice(data, n);
		bytes = es_slice_from(bytes, n + 1);
	}
	uint32_t lines = lines_of(bytes);
	struct envseal_host host = {.ctx = &lines, .note = check_note};
	struct envseal_err err = {.code = ENVSEAL_OK};
	struct envseal_plan plan = {.recipients = NULL};
	struct envseal *es = envseal_new(&host, &err);

	if (es == NULL)
		abort();
	if (envseal_rules_find(es, bytes, "f", path, &plan, &err)) {
		bool selects = plan.selecting != ENVSEAL_SELECT_DEFAULT;
		if (err.code != ENVSEAL_OK || selects != (plan.selector.n > 0) || plan.line > lines ||
		    (plan.rule == 0 && plan.recipients != NULL) ||
		    (plan.recipients != NULL && envseal_recipients_count(plan.recipients) == 0))
			abort();
	} else if (err.code == ENVSEAL_OK || err.what[0] == '\0' || err.line == 0 || err.line > lines ||
		   err.col == 0 || plan.selector.p != NULL) {
		abort();
	}
	envseal_plan_free(&plan);
	envseal_end(es);
	return 0;
}
