/* verify: checks sealed files, with a key or without. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/diag.h"
#include "cmd/fail.h"
#include "cmd/git.h"
#include "cmd/keys.h"
#include "cmd/os/file.h"
#include "cmd/sealed.h"

/* What was found in one file. */
struct findings {
	struct session *s;
	const char *path;
	size_t faults; /* things that are not as the rule wants them */
	size_t sealed, clear, empty;
	bool torn; /* a value stands in clear that should be sealed: the file does not open */
	bool opened;
};

static void
fault(struct findings *found, const char *what)
{
	found->faults++;
	diag_done("%s: %s", found->path, what);
}

static void
count_values(struct findings *found, const struct envseal_doc *doc)
{
	struct envseal_entry entry;
	for (size_t at = 0; envseal_doc_entry(doc, at, &entry); at = entry.place + 1) {
		found->sealed += entry.sealed;
		found->empty += entry.empty;
		found->clear += !entry.sealed && !entry.empty;
		if (entry.selected && !entry.sealed && !entry.empty) {
			found->faults++;
			diag_done("%s:%u: %.*s stands in clear and should be sealed", found->path,
			    (unsigned)entry.line, (int)entry.name.n, (const char *)entry.name.p);
		}
	}
}

/* Holds what the file says of itself against the rule. */
static bool
compare_with_rule(struct findings *found, const struct sealed *f, struct envseal_err *err)
{
	const struct envseal_plan *plan = envseal_doc_plan(f->doc);
	struct policy policy;
	bool ok = policy_find(&policy, found->s, err);

	if (ok && policy.plan.rule > 0 && policy.plan.recipients != NULL) {
		struct envseal_err strangers = {0};
		if (!sealed_check_recipients(f, &policy, &strangers))
			fault(found, strangers.what);
		for (size_t i = 0; i < envseal_recipients_count(policy.plan.recipients); i++) {
			const char *one = envseal_recipients_at(policy.plan.recipients, i);
			char text[256];
			(void)snprintf(text, sizeof text, "not sealed to %.120s, whom the rule names", one);
			if (!envseal_recipients_has(
				plan->recipients, (struct envseal_slice){(const uint8_t *)one, strlen(one)}))
				fault(found, text);
		}
		if (!envseal_plan_selects_alike(plan, &policy.plan))
			fault(found, "the file selects other values than the rule");
	}
	policy_free(&policy);
	return ok;
}

/* Opens the file if a key does; that none does is no fault. */
static bool
try_open(struct findings *found, struct sealed *f, struct envseal_err *err)
{
	struct envseal_identities *ids = session_keys(found->s, err);
	struct envseal_err shut = {0};

	if (ids == NULL)
		return false;
	found->opened = keys_open(f->doc, ids, &shut);
	if (found->opened || shut.code == ENVSEAL_NO_KEY) {
		/* A line is named when it is our own recipient whose wrapped data key is broken. */
		if (shut.line != 0) {
			found->faults++;
			diag_done("%s:%u: %s", found->path, (unsigned)shut.line, shut.what);
		}
		return true;
	}
	*err = shut;
	return false;
}

static void
say(const struct findings *found, const struct sealed *f)
{
	struct envseal_slice modified = envseal_doc_modified(f->doc);
	size_t recipients = envseal_doc_recipients(f->doc);

	session_report(found->s, found->path, found->faults > 0 ? "found" : "ok");
	session_text(found->s, "checked", found->opened ? "all" : "structure");
	session_number(found->s, "sealed", found->sealed);
	session_number(found->s, "clear", found->clear);
	session_number(found->s, "empty", found->empty);
	session_number(found->s, "recipients", recipients);
	session_number(found->s, "faults", found->faults);
	diag_done("%s: %s; %zu sealed, %zu in clear, %zu empty; %zu recipient%s; sealed %.*s; %s",
	    found->path, found->faults > 0 ? "not as it should be" : "ok", found->sealed, found->clear,
	    found->empty, recipients, recipients == 1 ? "" : "s", (int)modified.n, (const char *)modified.p,
	    found->opened ? "the MAC and every value verify"
	    : found->torn ? "values were not checked"
			  : "no key here opens it: values were not checked");
}

static bool
verify_file(struct session *s, const char *path, struct envseal_err *err)
{
	struct findings found = {.s = s, .path = path};
	struct sealed f = {0};
	bool ok = sealed_load(&f, s, path, SEALED_READ, err);

	if (ok) {
		count_values(&found, f.doc);
		found.torn = found.faults > 0;
		ok = sealed_need_repo(f.path, f.repo, err) &&
		     (f.repo->path[0] == '\0' || compare_with_rule(&found, &f, err)) &&
		     (found.torn || try_open(&found, &f, err));
	}
	if (ok)
		say(&found, &f);
	if (ok && found.faults > 0)
		ok = cmd_failf(err, ENVSEAL_FOUND, f.path, 0,
		    "envseal updatekeys and envseal encrypt put it right",
		    "%zu thing%s not as the rule wants it", found.faults,
		    found.faults == 1 ? " is" : "s are");
	sealed_close(&f);
	return ok;
}

/* Whether a file name is one of dotenv files: .env, .env.*, *.env, *.env.* */
static bool
is_dotenv_name(const char *path)
{
	const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
	for (const char *at = strstr(base, ".env"); at != NULL; at = strstr(at + 1, ".env"))
		if (at[4] == '\0' || at[4] == '.')
			return true;
	return false;
}

static bool
is_sealed_file(const char *path)
{
	struct envseal_err err = {0};
	struct envseal_out bytes = {0};
	bool sealed = file_read(path, ENVSEAL_LARGEST, FILE_REGULAR, &bytes, NULL, &err) &&
		      envseal_look((struct envseal_slice){bytes.p, bytes.n}) == ENVSEAL_SEALED;
	envseal_out_free(&bytes);
	return sealed;
}

/* All sealed files that git tracks here. */
static int
verify_all(const struct opt_parsed *parsed)
{
	struct envseal_out names = {0};
	struct envseal_err err = {0};
	const char **files = NULL;
	size_t n = 0;
	int status;

	if (!git_files(&names, &err))
		return diag_end(&err);
	files = calloc(names.n + 1, sizeof *files);
	if (files == NULL) {
		cmd_fail_memory(&err);
		envseal_out_free(&names);
		return diag_end(&err);
	}
	for (const char *at = (const char *)names.p, *end = at + names.n; at < end; at += strlen(at) + 1)
		if (is_dotenv_name(at) && is_sealed_file(at))
			files[n++] = at;
	if (n == 0) {
		cmd_fail(&err, ENVSEAL_NO_FILE, NULL, 0, "git tracks no sealed dotenv file here",
		    "name files, or seal one first");
		status = diag_end(&err);
	} else {
		status = session_files(parsed, verify_file, files, n);
	}
	free(files);
	envseal_out_free(&names);
	return status;
}

int
cmd_verify(const struct opt_parsed *parsed)
{
	return parsed->n_args > 0 ? session_each(parsed, verify_file) : verify_all(parsed);
}
