/* encrypt: seals plaintext files, and what stands in clear in sealed ones. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

#include "cmd/commands.h"
#include "cmd/diag.h"
#include "cmd/fail.h"
#include "cmd/git.h"
#include "cmd/keys.h"
#include "cmd/report.h"
#include "cmd/sealed.h"
#include "cmd/state.h"

/* One file on its way. */
struct sealing {
	struct session *s;
	const char *path;   /* what is read */
	const char *target; /* where the result goes; NULL: standard output */
	struct repo repo;   /* of the target, or of what stands for it */
	struct replace lock;
	struct file_id id;
	struct envseal_out bytes;      /* what was read */
	struct envseal_out base_bytes; /* the earlier version */
	const char *base_name;	       /* what it is called in messages */
	struct envseal_doc *base;
	struct policy policy;
	struct envseal_err *err;
};

static struct envseal_slice
slice(const struct envseal_out *out)
{
	return (struct envseal_slice){out->p, out->n};
}

/* ---- the earlier version ---- */

/* Reads the earlier version and tries to open it.  One that does not open stays, shut: its recipients and selection
 * count all the same. */
static bool
open_base(struct sealing *f)
{
	struct envseal_err shut = {0};
	struct envseal_identities *ids;
	char tag[17];

	f->base = envseal_read_sealed(f->s->es, slice(&f->base_bytes), f->base_name, f->err);
	if (f->base == NULL) {
		(void)snprintf(f->err->hint, sizeof f->err->hint, "say --no-base to go on without it");
		return false;
	}
	ids = session_keys(f->s, f->err);
	if (ids == NULL)
		return false;
	if (!keys_open(f->base, ids, &shut)) {
		if (shut.code == ENVSEAL_NO_MEMORY)
			return cmd_fail_memory(f->err);
		diag_note("%s does not open: %s", f->base_name, shut.what);
		return true;
	}
	if (f->repo.path[0] == '\0')
		return true;
	envseal_doc_tag(f->base, tag);
	return sealed_check_pin(&f->repo, tag, true, f->err);
}

static void
forget_base(struct sealing *f)
{
	envseal_doc_free(f->base);
	f->base = NULL;
	envseal_out_free(&f->base_bytes);
}

/* Takes the sealed original of decrypt -i if the text is still what it opens to: then nothing has changed. */
static bool
take_unchanged_original(struct sealing *f, bool *taken)
{
	bool exists = false;
	*taken = false;
	if (!state_original_load(&f->repo, &f->base_bytes, &exists, f->err))
		return false;
	if (!exists)
		return true;
	f->base_name = "the sealed original";
	if (!open_base(f))
		return false;
	struct envseal_slice text = envseal_doc_text(f->base);
	*taken = envseal_doc_is_open(f->base) && text.n == f->bytes.n && memcmp(text.p, f->bytes.p, text.n) == 0;
	return true;
}

/* The version at HEAD, if it is sealed. */
static bool
take_head(struct sealing *f, bool *taken)
{
	struct envseal_out blob = {0};
	bool exists = false;

	*taken = false;
	if (!f->repo.found)
		return true;
	if (!git_blob(&f->repo, "HEAD", &blob, &exists, f->err))
		return false;
	*taken = exists && envseal_look(slice(&blob)) == ENVSEAL_SEALED;
	if (!*taken) {
		envseal_out_free(&blob);
		return true;
	}
	forget_base(f);
	f->base_bytes = blob;
	f->base_name = "the version at HEAD";
	return open_base(f);
}

/* The file that stands where the result goes, when that is not the file that is sealed. */
static bool
take_target(struct sealing *f)
{
	if (f->target == NULL || strcmp(f->target, f->path) == 0 || !f->lock.exists)
		return true;
	if (!file_read(f->target, ENVSEAL_LARGEST, FILE_REGULAR, &f->base_bytes, &f->id, f->err))
		return false;
	if (envseal_look(slice(&f->base_bytes)) == ENVSEAL_PLAIN) {
		envseal_out_free(&f->base_bytes);
		return true;
	}
	f->base_name = f->target;
	return open_base(f);
}

static bool
find_base(struct sealing *f)
{
	const struct opt_parsed *parsed = f->s->parsed;
	const char *given = opt_value(parsed, OPT_BASE);
	bool taken;

	if (opt_has(parsed, OPT_NO_BASE))
		return true;
	if (given != NULL) {
		if (!file_read(given, ENVSEAL_LARGEST, FILE_REGULAR, &f->base_bytes, NULL, f->err))
			return false;
		f->base_name = file_label(given);
		if (envseal_look(slice(&f->base_bytes)) == ENVSEAL_PLAIN)
			return cmd_fail(f->err, ENVSEAL_METADATA, f->base_name, 0, "the base is not sealed",
			    "name a sealed version of the file, or leave --base away");
		return open_base(f);
	}
	if (f->repo.path[0] == '\0')
		return true;
	if (!take_unchanged_original(f, &taken) || taken)
		return f->err->code == ENVSEAL_OK;
	if (!take_head(f, &taken) || taken)
		return f->err->code == ENVSEAL_OK;
	return f->base != NULL || take_target(f);
}

/* ---- selection ---- */

/* Which selection counts when the file and the rule differ has to be said. */
static bool
settle_selection(struct sealing *f, const struct envseal_plan *in_file)
{
	char file[160], rule[160];
	struct envseal_plan *plan = &f->policy.plan;

	if (in_file == NULL || envseal_plan_selects_alike(plan, in_file) || opt_has(f->s->parsed, OPT_AS_IN_RULE))
		return true;
	if (!opt_has(f->s->parsed, OPT_AS_IN_FILE)) {
		policy_selection_text(in_file, file, sizeof file);
		policy_selection_text(plan, rule, sizeof rule);
		return cmd_failf(f->err, ENVSEAL_REFUSED, f->path, 0,
		    "say --as-in-rule or --as-in-file, whichever is meant", "the file selects by %.60s, %.60s by %.60s", file,
		    plan->rule > 0 ? "the rule" : "without a rule envseal", rule);
	}
	return true;
}

/* The plan to seal by: recipients of the policy, selection as settled.  Borrows from both. */
static struct envseal_plan
settled_plan(const struct sealing *f, const struct envseal_plan *in_file)
{
	struct envseal_plan plan = f->policy.plan;
	if (in_file != NULL && opt_has(f->s->parsed, OPT_AS_IN_FILE)) {
		plan.selecting = in_file->selecting;
		plan.selector = in_file->selector;
		plan.mac_only_encrypted = in_file->mac_only_encrypted;
	}
	return plan;
}

/* ---- writing ---- */

static bool
deliver(struct sealing *f, const struct envseal_out *out, const struct envseal_report *report)
{
	bool in_place = f->target != NULL && strcmp(f->target, f->path) == 0;

	if (f->s->dry_run)
		return true;
	if (f->target == NULL)
		return file_to_stdout(out->p, out->n, f->err);
	if (!replace_commit(&f->lock, in_place || f->id.ino != 0 ? &f->id : NULL, slice(out), f->err))
		return false;
	state_pin_store(&f->repo, report->tag);
	if (in_place)
		state_original_drop(&f->repo);
	return true;
}

static enum envseal_quotes
quotes_of(const struct opt_parsed *parsed)
{
	const char *value = opt_value(parsed, OPT_QUOTES);
	if (value == NULL)
		return ENVSEAL_QUOTES_ASK;
	return strcmp(value, "multiline") == 0 ? ENVSEAL_QUOTES_MULTILINE : ENVSEAL_QUOTES_LITERAL;
}

static bool
seal_plain(struct sealing *f)
{
	const struct opt_parsed *parsed = f->s->parsed;
	struct envseal_out out = {0};
	struct envseal_report report;
	bool ok = false;

	if (!policy_need_recipients(&f->policy, &f->repo, f->err) || !find_base(f))
		return false;
	const struct envseal_plan *in_file = f->base != NULL ? envseal_doc_plan(f->base) : NULL;
	if (!settle_selection(f, in_file))
		return false;
	struct envseal_plan plan = settled_plan(f, in_file);
	struct envseal_doc *doc = envseal_read_plain(f->s->es, slice(&f->bytes), file_label(f->path), f->base,
	    quotes_of(parsed), opt_has(parsed, OPT_ANY_NAME), f->err);
	if (doc == NULL)
		return false;
	struct envseal_seal how = {.plan = &plan,
	    .base = f->base,
	    .allow_none = opt_has(parsed, OPT_ALLOW_NONE),
	    .drop_foreign = opt_has(parsed, OPT_DROP_FOREIGN)};
	if (envseal_seal(doc, &how, &out, &report, f->err) && deliver(f, &out, &report)) {
		report_sealed(f->s, file_label(f->path), doc, &plan, &f->policy, &report);
		ok = true;
	}
	envseal_doc_free(doc);
	envseal_out_free(&out);
	return ok;
}

/* ---- files that are sealed already ---- */

/* Opens the file, which may have been edited.  *intact: nothing in it is new. */
static bool
open_resealed(struct sealing *f, struct envseal_doc **doc, bool *intact)
{
	struct envseal_identities *ids = session_keys(f->s, f->err);
	struct envseal_err first = {0};
	bool taken;

	if (ids == NULL)
		return false;
	*intact = keys_open(*doc, ids, &first);
	if (*intact)
		return true;
	if (first.code != ENVSEAL_DECRYPT && first.code != ENVSEAL_MAC) {
		*f->err = first;
		return false;
	}
	envseal_doc_free(*doc);
	*doc = envseal_read_sealed(f->s->es, slice(&f->bytes), file_label(f->path), f->err);
	if (*doc == NULL)
		return false;
	if (opt_value(f->s->parsed, OPT_BASE) != NULL ? !find_base(f)
						       : f->repo.path[0] != '\0' && !take_head(f, &taken))
		return false;
	return keys_open_edited(*doc, ids, f->base, f->err);
}

/* Seals what stands in clear and should not; the rest keeps its bytes. */
static bool
seal_rest(struct sealing *f, struct envseal_doc *doc)
{
	struct sealed view = {.path = file_label(f->path), .doc = doc};
	const struct envseal_plan *in_file = envseal_doc_plan(doc);
	struct envseal_plan plan = *in_file;
	struct envseal_out out = {0};
	struct envseal_report report;
	char tag[17];
	bool ok = false;

	envseal_doc_tag(doc, tag);
	if (!sealed_check_recipients(&view, &f->policy, f->err) ||
	    (f->repo.path[0] != '\0' && !sealed_check_pin(&f->repo, tag, true, f->err)))
		return false;
	if (f->policy.plan.rule > 0 && !settle_selection(f, in_file))
		return false;
	if (f->policy.plan.rule > 0 && opt_has(f->s->parsed, OPT_AS_IN_RULE)) {
		plan.selecting = f->policy.plan.selecting;
		plan.selector = f->policy.plan.selector;
		plan.mac_only_encrypted = f->policy.plan.mac_only_encrypted;
	}
	bool same = envseal_plan_selects_alike(&plan, in_file);
	struct envseal_seal how = {.plan = same ? in_file : &plan,
	    .base = doc,
	    .allow_none = true,
	    .drop_foreign = opt_has(f->s->parsed, OPT_DROP_FOREIGN)};
	if (envseal_seal(doc, &how, &out, &report, f->err) && deliver(f, &out, &report)) {
		report_sealed(f->s, file_label(f->path), doc, &plan, &f->policy, &report);
		ok = true;
	}
	envseal_out_free(&out);
	return ok;
}

/* Whether every value that should be sealed is, as far as one can see without a key. */
static bool
looks_complete(const struct envseal_doc *doc)
{
	struct envseal_entry entry;
	for (size_t at = 0; envseal_doc_entry(doc, at, &entry); at = entry.place + 1)
		if (entry.selected && !entry.sealed && !entry.empty)
			return false;
	return true;
}

static bool
seal_again(struct sealing *f)
{
	struct envseal_doc *doc = envseal_read_sealed(f->s->es, slice(&f->bytes), file_label(f->path), f->err);
	bool complete = doc != NULL && looks_complete(doc), intact = false, ok = false;

	if (doc == NULL)
		return false;
	if (!open_resealed(f, &doc, &intact)) {
		if (f->err->code == ENVSEAL_NO_KEY && complete) {
			memset(f->err, 0, sizeof *f->err);
			diag_done("%s: sealed already; not checked, for no key opens it", f->path);
			session_report(f->s, f->path, "unchecked");
			ok = true;
		}
	} else {
		ok = seal_rest(f, doc);
	}
	envseal_doc_free(doc);
	return ok;
}

/* ---- one file ---- */

static bool
begin(struct sealing *f)
{
	const struct opt_parsed *parsed = f->s->parsed;
	const char *output = opt_value(parsed, OPT_OUTPUT), *name = opt_value(parsed, OPT_FILENAME_OVERRIDE);
	bool is_stdin = strcmp(f->path, "-") == 0;
	bool to_stdout = opt_has(parsed, OPT_STDOUT) || (output != NULL && strcmp(output, "-") == 0) || (is_stdin && output == NULL);

	f->target = to_stdout ? NULL : output != NULL ? output : f->path;
	if (name == NULL)
		name = f->target != NULL ? f->target : f->path;
	if (strcmp(name, "-") != 0 && !repo_find(name, &f->repo, f->err))
		return false;
	if (strcmp(name, "-") == 0 && !opt_has(parsed, OPT_RECIPIENT) && !opt_has(parsed, OPT_RECIPIENTS_FILE))
		return cmd_fail(f->err, ENVSEAL_USAGE, NULL, 0, "standard input has no name to find a rule by",
		    "say --filename-override PATH, or name recipients with -r");
	if (f->target != NULL && !f->s->dry_run &&
	    !replace_begin(&f->lock, f->target, REPLACE_SEALED, REPLACE_NO_MODE, f->err))
		return false;
	bool in_place = f->target != NULL && strcmp(f->target, f->path) == 0;
	return file_read(f->path, ENVSEAL_LARGEST, FILE_REGULAR, &f->bytes, in_place ? &f->id : NULL, f->err) &&
	    policy_find(&f->policy, parsed, f->s->es, &f->repo, f->err);
}

static bool
encrypt_file(struct session *s, const char *path, struct envseal_err *err)
{
	struct sealing f = {.s = s, .path = path, .err = err};
	bool ok = begin(&f) && (envseal_look(slice(&f.bytes)) == ENVSEAL_SEALED ? seal_again(&f) : seal_plain(&f));

	policy_free(&f.policy);
	envseal_doc_free(f.base);
	envseal_out_free(&f.base_bytes);
	envseal_out_free(&f.bytes);
	replace_abort(&f.lock);
	return ok;
}

int
cmd_encrypt(const struct opt_parsed *parsed)
{
	return session_each(parsed, encrypt_file);
}
