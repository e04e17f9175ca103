#include "cmd/report.h"

#include <stdio.h>
#include <string.h>

#include "cmd/diag.h"

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void
say_recipients(const struct envseal_plan *plan, const struct policy *policy)
{
	size_t n = envseal_recipients_count(plan->recipients);
	if (policy == NULL || policy->source == NULL)
		diag_done("  for %zu recipient%s, as in the file:", n, plural(n));
	else if (policy->ruled && policy->plan.rule > 0)
		diag_done("  for %zu recipient%s, by rule %u of %s:", n, plural(n),
		    (unsigned)policy->plan.rule, policy->source);
	else
		diag_done("  for %zu recipient%s, by %s:", n, plural(n), policy->source);
	for (size_t i = 0; i < n; i++)
		diag_done("    %s", envseal_recipients_at(plan->recipients, i));
}

/* "12 values sealed, 11 of them kept as they were, 1 empty": what there is none of is not said. */
static void
say_values(struct session *s, const char *path, const struct envseal_report *report)
{
	char kept[64] = "", empty[64] = "";
	if (report->verdict == ENVSEAL_BASE_TRUSTED)
		(void)snprintf(kept, sizeof kept, ", %zu of them kept as they were", report->reused);
	if (report->empty > 0)
		(void)snprintf(empty, sizeof empty, ", %zu empty", report->empty);
	diag_done("%s: %s%zu value%s sealed%s%s", path, s->dry_run ? "would have " : "", report->sealed,
	    plural(report->sealed), kept, empty);
}

/* Why an earlier version was not built upon. */
static void
say_verdict(const char *path, const struct envseal_report *report)
{
	static const char *const why[] = {
	    [ENVSEAL_BASE_NONE] = NULL,
	    [ENVSEAL_BASE_TRUSTED] = NULL,
	    [ENVSEAL_BASE_SHUT] = "the earlier version does not open or does not verify",
	    [ENVSEAL_BASE_RECIPIENT] =
		"the earlier version can be read by somebody who is no recipient any more",
	    [ENVSEAL_BASE_NEW_KEY] = "as asked for",
	};
	if (why[report->verdict] != NULL)
		diag_done("%s: new data key, every value sealed anew: %s", path, why[report->verdict]);
}

/* Names that stay readable with their values. */
static void
say_clear(struct session *s, const char *path, const struct envseal_doc *doc)
{
	struct envseal_entry entry;

	session_list(s, "clear");
	for (size_t at = 0; envseal_doc_entry(doc, at, &entry); at = entry.place + 1) {
		if (entry.selected || entry.empty)
			continue;
		diag_done("%s: left in clear: %.*s", path, (int)entry.name.n, (const char *)entry.name.p);
		session_item(s, entry.name);
	}
	session_list_end(s);
}

static void
report_numbers(
    struct session *s, const char *path, const struct envseal_plan *plan, const struct envseal_report *report)
{
	session_report(s, path, report->unchanged ? "unchanged" : s->dry_run ? "would-change" : "sealed");
	session_number(s, "values", report->values);
	session_number(s, "sealed", report->sealed);
	session_number(s, "kept", report->reused);
	session_number(s, "empty", report->empty);
	session_text(s, "data_key", report->tag);
	session_list(s, "recipients");
	for (size_t i = 0; i < envseal_recipients_count(plan->recipients); i++) {
		const char *one = envseal_recipients_at(plan->recipients, i);
		session_item(s, (struct envseal_slice){(const uint8_t *)one, strlen(one)});
	}
	session_list_end(s);
}

void
report_sealed(struct session *s, const char *path, const struct envseal_doc *doc,
    const struct envseal_plan *plan, const struct policy *policy, const struct envseal_report *report)
{
	report_numbers(s, path, plan, report);
	if (report->unchanged) {
		diag_done("%s: nothing to change: %zu value%s sealed", path, report->sealed,
		    plural(report->sealed));
	} else {
		say_verdict(path, report);
		say_values(s, path, report);
		say_recipients(plan, policy);
	}
	say_clear(s, path, doc);
}
