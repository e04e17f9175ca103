/* rotate, updatekeys, trust: who can open a file, and with which data key. */
#include "cmd/cmd.h"

#include <string.h>

#include "cmd/commands.h"
#include "cmd/diag.h"
#include "cmd/fail.h"
#include "cmd/keys.h"
#include "cmd/report.h"
#include "cmd/sealed.h"
#include "cmd/state.h"

/* A recipient of a kind that envseal cannot seal to would lose the file with a new data key. */
static bool
check_kinds(const struct sealed *f, struct envseal_err *err)
{
	const struct envseal_recipients *known = envseal_doc_plan(f->doc)->recipients;
	for (size_t i = 0; i < envseal_doc_recipients(f->doc); i++) {
		struct envseal_slice one = envseal_doc_recipient(f->doc, i);
		if (!envseal_recipients_has(known, one))
			return cmd_failf(err, ENVSEAL_REFUSED, f->path, 0, "rotate this file with sops",
			    "recipient %zu of the file is of a kind that envseal cannot seal to yet", i + 1);
	}
	return true;
}

static bool
rotate_file(struct session *s, const char *path, struct envseal_err *err)
{
	struct policy policy = {0};
	struct sealed f = {0};
	struct envseal_report report;
	bool ok = sealed_load(&f, s, path, SEALED_CHANGE, err) && policy_find(&policy, s, err) &&
		  sealed_check_recipients(&f, &policy, err) && check_kinds(&f, err) &&
		  sealed_open(&f, s, err);

	if (ok) {
		struct envseal_seal how = {.plan = envseal_doc_plan(f.doc),
		    .base = f.doc,
		    .new_key = true,
		    .allow_none = true,
		    .drop_foreign = opt_has(s->parsed, OPT_DROP_FOREIGN)};
		ok = sealed_write(&f, s, &how, &report, err);
		if (ok)
			report_sealed(s, path, f.doc, how.plan, NULL, &report);
	}
	policy_free(&policy);
	sealed_close(&f);
	return ok;
}

int
cmd_rotate(const struct opt_parsed *parsed)
{
	return session_each(parsed, rotate_file);
}

/* ---- updatekeys ---- */

/* Says who comes and who goes; returns how many. */
static size_t
say_changes(const struct sealed *f, const struct policy *policy)
{
	const struct envseal_recipients *wanted = policy->plan.recipients,
					*now = envseal_doc_plan(f->doc)->recipients;
	size_t n = 0;
	for (size_t i = 0; i < envseal_doc_recipients(f->doc); i++) {
		struct envseal_slice one = envseal_doc_recipient(f->doc, i);
		if (envseal_recipients_has(wanted, one))
			continue;
		diag_done("%s: - %.*s", f->path, (int)one.n, (const char *)one.p);
		n++;
	}
	for (size_t i = 0; i < envseal_recipients_count(wanted); i++) {
		const char *one = envseal_recipients_at(wanted, i);
		if (envseal_recipients_has(now, (struct envseal_slice){(const uint8_t *)one, strlen(one)}))
			continue;
		diag_done("%s: + %s", f->path, one);
		n++;
	}
	return n;
}

/* The recipients of the rule, the selection of the file. */
static bool
update_file(struct session *s, const char *path, struct envseal_err *err)
{
	struct policy policy = {0};
	struct sealed f = {0};
	struct envseal_report report;
	bool ok = sealed_load(&f, s, path, SEALED_CHANGE, err) && policy_find(&policy, s, err) &&
		  policy_need_recipients(&policy, s, f.path, err);

	if (ok && say_changes(&f, &policy) == 0) {
		diag_done("%s: the recipients are those of %s already", f.path, policy.source);
		session_report(s, path, "unchanged");
	} else if (ok && sealed_open(&f, s, err)) {
		struct envseal_plan plan = *envseal_doc_plan(f.doc);
		struct envseal_seal how = {.plan = &plan,
		    .base = f.doc,
		    .allow_none = true,
		    .drop_foreign = opt_has(s->parsed, OPT_DROP_FOREIGN)};
		plan.recipients = policy.plan.recipients;
		ok = sealed_write(&f, s, &how, &report, err);
		if (ok)
			report_sealed(s, path, f.doc, &plan, &policy, &report);
	} else {
		ok = false;
	}
	policy_free(&policy);
	sealed_close(&f);
	return ok;
}

int
cmd_updatekeys(const struct opt_parsed *parsed)
{
	return session_each(parsed, update_file);
}

/* ---- trust ---- */

static bool
trust_file(struct session *s, const char *path, struct envseal_err *err)
{
	struct envseal_identities *ids = session_keys(s, err);
	struct sealed f = {0};
	char tag[17];
	bool ok = ids != NULL && sealed_load(&f, s, path, SEALED_READ, err) &&
		  sealed_need_repo(f.path, f.repo, err) && keys_open(f.doc, ids, err);

	if (ok) {
		envseal_doc_tag(f.doc, tag);
		if (!s->dry_run)
			state_pin_store(f.repo, tag);
		enum state_pin now = s->dry_run ? STATE_PIN_SAME : state_pin_compare(f.repo, tag);
		if (now == STATE_PIN_NO_MEMORY)
			ok = cmd_fail_memory(err);
		else if (now != STATE_PIN_SAME)
			ok = cmd_fail(err, ENVSEAL_OUTPUT, f.path, 0, "its data key cannot be remembered",
			    "see the note above");
	}
	if (ok) {
		diag_done("%s: its data key %s %s", path, tag,
		    s->dry_run ? "would be trusted" : "is trusted from now on");
	}
	sealed_close(&f);
	return ok;
}

int
cmd_trust(const struct opt_parsed *parsed)
{
	return session_each(parsed, trust_file);
}
