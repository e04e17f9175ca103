/* Says which rule of a config is for a path: show_rule CONFIG PATH.  One line each for the rule, the selection and each
 * recipient, in the words of a sealed dotenv file; "rule 0" when there are no rules; "error" and what on a mistake. */
#include "format/envseal.h"

#include <stdio.h>
#include <string.h>

enum { LARGEST = 1024 * 1024 };

int
main(int argc, char **argv)
{
	static uint8_t bytes[LARGEST];
	struct envseal_err err = {.code = ENVSEAL_OK};
	struct envseal_plan plan = {.recipients = NULL};
	FILE *f = argc == 3 ? fopen(argv[1], "rb") : NULL;

	if (f == NULL)
		return 64;
	struct envseal_slice config = {bytes, fread(bytes, 1, sizeof bytes, f)};
	struct envseal_slice path = {(const uint8_t *)argv[2], strlen(argv[2])};
	fclose(f);
	struct envseal *es = envseal_new(NULL, &err);
	if (es == NULL)
		return 70;
	if (!envseal_rules_find(es, config, argv[1], path, &plan, &err)) {
		printf("error %s:%u:%u: %s\n", argv[1], err.line, err.col, err.what);
	} else {
		printf("rule %u\n", plan.rule);
		if (plan.selecting == ENVSEAL_SELECT_DEFAULT)
			puts("unencrypted_suffix=_unencrypted");
		else
			printf("%s=%.*s\n", envseal_selecting_name(plan.selecting), (int)plan.selector.n,
			    (const char *)plan.selector.p);
		if (plan.mac_only_encrypted)
			puts("mac_only_encrypted=true");
		for (size_t i = 0; plan.recipients != NULL && i < envseal_recipients_count(plan.recipients);
		     i++)
			printf("recipient=%s\n", envseal_recipients_at(plan.recipients, i));
		envseal_plan_free(&plan);
	}
	envseal_end(es);
	return 0;
}
