#include "format/slice.h"

#include <stdlib.h>

void
envseal_plan_free(struct envseal_plan *plan)
{
	envseal_recipients_free(plan->recipients);
	free((void *)(uintptr_t)plan->selector.p);
	memset(plan, 0, sizeof *plan);
}
