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

/* An earlier sealed version of the file; all zero: there is none. */
struct version {
	struct envseal_out bytes;
	const char *name; /* what it is called in messages */
	struct envseal_doc *doc;
};

/* One file on its way. */
struct sealing {
	struct session *s;
	const char *path; /* what is read */
	const char *target; /* where the result goes; NULL: standard output */
	struct repo *repo; /* of the target, or of what stands for it; the session's */
	struct replace lock;
	struct file_id id;
	struct envseal_out bytes; /* what was read */
	struct version base; /* what it is built upon */
	struct policy policy;
	struct envseal_err *err;
};

static struct envseal_slice
slice(const struct envseal_out *out)
{
	return (struct envseal_slice){out->p, out->n};
}

/* ---- the earlier version ---- */

/* Reads an earlier version and tries to open it.  One that does not open stays, shut: its recipients and selection
 * count all the same. */
static bool
open_version(struct sealing *f, struct version *v, const char *name)
{
	struct envseal_identities *ids = session_keys(f->s, f->err);
	struct envseal_err shut = {0};

	v->name = name;
	if (ids == NULL)
		return false;
	v->doc = envseal_read_sealed(f->s->es, slice(&v->bytes), name, f->err);
	if (v->doc == NULL) {
		(void)snprintf(f->err->hint, sizeof f->err->hint, "say --no-base to go on without it");
		return false;
	}
	if (keys_open(v->doc, ids, &shut))
		return true;
	if (shut.code == ENVSEAL_NO_MEMORY)
		return cmd_fail_memory(f->err);
	diag_note("%s does not open: %s", name, shut.what);
	return true;
}

static void
version_free(struct version *v)
{
	envseal_doc_free(v->doc);
	envseal_out_free(&v->bytes);
	memset(v, 0, sizeof *v);
}

/* Takes over what was read if it is a sealed file, else forgets it. */
static bool
open_if_sealed(struct sealing *f, struct version *v, const char *name)
{
	if (envseal_look(slice(&v->bytes)) == ENVSEAL_SEALED)
		return open_version(f, v, name);
	version_free(v);
	return true;
}

/* The version that git has at rev; v stays empty when there is none that is sealed. */
static bool
load_rev(struct sealing *f, const char *rev, const char *name, struct version *v)
{
	bool exists = false;
	if (!f->repo->found)
		return true;
	return git_blob(f->repo, rev, &v->bytes, &exists, f->err) && (!exists || open_if_sealed(f, v, name));
}

static bool
load_head(struct sealing *f, struct version *v)
{
	return load_rev(f, "HEAD", "the version at HEAD", v);
}

/* The sealed original that decrypt -i kept. */
static bool
load_original(struct sealing *f, struct version *v)
{
	bool exists = false;
	return state_original_load(f->repo, &v->bytes, &exists, f->err) &&
	       (!exists || open_if_sealed(f, v, "the sealed original"));
}

/* The file that stands where the result goes, when that is not the file that is sealed. */
static bool
load_target(struct sealing *f, struct version *v)
{
	if (f->target == NULL || strcmp(f->target, f->path) == 0 || !f->lock.exists)
		return true;
	return file_read(f->target, ENVSEAL_LARGEST, FILE_REGULAR, &v->bytes, &f->id, f->err) &&
	       open_if_sealed(f, v, f->target);
}

static bool
load_given(struct sealing *f, const char *path)
{
	if (!file_read(path, ENVSEAL_LARGEST, FILE_REGULAR, &f->base.bytes, NULL, f->err) ||
	    !open_if_sealed(f, &f->base, file_label(path)))
		return false;
	return f->base.doc != NULL ||
	       cmd_fail(f->err, ENVSEAL_METADATA, file_label(path), 0, "the base is not sealed",
		   "name a sealed version of the file, or leave --base away");
}

static bool
is_text_of(const struct version *v, const struct envseal_out *bytes)
{
	if (v->doc == NULL || !envseal_doc_is_open(v->doc))
		return false;
	struct envseal_slice text = envseal_doc_text(v->doc);
	return text.n == bytes->n && (text.n == 0 || memcmp(text.p, bytes->p, text.n) == 0);
}

/* How the data key of a version compares with the one that is remembered. */
static bool
read_pin(const struct sealing *f, const struct version *v, enum state_pin *pin)
{
	char tag[17];
	*pin = STATE_PIN_NONE;
	if (v->doc == NULL || !envseal_doc_is_open(v->doc))
		return true;
	envseal_doc_tag(v->doc, tag);
	*pin = state_pin_compare(f->repo, tag);
	return *pin != STATE_PIN_NO_MEMORY || cmd_fail_memory(f->err);
}

/* The earlier version to build upon: the one at HEAD, else the sealed original, else what stands at the target.  The
 * original goes first when the text is still its text, and when it has the data key that is remembered and HEAD has
 * not: then it was rotated and not committed yet. */
static bool
choose_version(struct sealing *f)
{
	struct version original = {0}, head = {0};
	enum state_pin pins[2] = {STATE_PIN_NONE, STATE_PIN_NONE};
	bool ok = load_original(f, &original) && (is_text_of(&original, &f->bytes) || load_head(f, &head)) &&
		  read_pin(f, &original, &pins[0]) && read_pin(f, &head, &pins[1]);
	bool rotated = pins[0] == STATE_PIN_SAME && pins[1] == STATE_PIN_CHANGED;
	bool newer = original.doc != NULL && (head.doc == NULL || rotated);

	if (ok)
		f->base = newer ? original : head;
	if (!ok || !newer)
		version_free(&original);
	if (!ok || newer)
		version_free(&head);
	return ok && (f->base.doc != NULL || load_target(f, &f->base));
}

static bool
find_base(struct sealing *f)
{
	const char *given = opt_value(f->s->parsed, OPT_BASE);
	char tag[17];

	if (opt_has(f->s->parsed, OPT_NO_BASE))
		return true;
	if (!sealed_need_repo(file_label(f->path), f->repo, f->err))
		return false;
	if (given != NULL ? !load_given(f, given) : f->repo->path[0] != '\0' && !choose_version(f))
		return false;
	/* The data key of a version that was named is the user's choice. */
	if (given != NULL || f->base.doc == NULL || !envseal_doc_is_open(f->base.doc) ||
	    f->repo->path[0] == '\0')
		return true;
	envseal_doc_tag(f->base.doc, tag);
	return sealed_check_pin(file_label(f->path), f->repo, tag, true, f->err);
}

/* ---- selection ---- */

/* Which selection counts when the file and the rule differ has to be said. */
static bool
settle_selection(struct sealing *f, const struct envseal_plan *in_file)
{
	char file[160], rule[160];
	struct envseal_plan *plan = &f->policy.plan;

	if (in_file == NULL || envseal_plan_selects_alike(plan, in_file) ||
	    opt_has(f->s->parsed, OPT_AS_IN_RULE))
		return true;
	if (!opt_has(f->s->parsed, OPT_AS_IN_FILE)) {
		policy_selection_text(in_file, file, sizeof file);
		policy_selection_text(plan, rule, sizeof rule);
		return cmd_failf(f->err, ENVSEAL_REFUSED, f->path, 0,
		    "say --as-in-rule or --as-in-file, whichever is meant",
		    "the file selects by %.60s, %.60s by %.60s", file,
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
	state_pin_store(f->repo, report->tag);
	if (in_place)
		state_original_drop(f->repo);
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

	if (!policy_need_recipients(&f->policy, f->s, file_label(f->path), f->err) || !find_base(f))
		return false;
	const struct envseal_plan *in_file = f->base.doc != NULL ? envseal_doc_plan(f->base.doc) : NULL;
	if (!settle_selection(f, in_file))
		return false;
	struct envseal_plan plan = settled_plan(f, in_file);
	struct envseal_doc *doc = envseal_read_plain(f->s->es, slice(&f->bytes), file_label(f->path),
	    f->base.doc, quotes_of(parsed), opt_has(parsed, OPT_ANY_NAME), f->err);
	if (doc == NULL)
		return false;
	struct envseal_seal how = {.plan = &plan,
	    .base = f->base.doc,
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

/* Opens the file as an edited one.  Its tokens may be those of the base that was named, else of HEAD, of the index, and
 * of what is being merged. */
static bool
open_edited(struct sealing *f, struct envseal_doc *doc, struct envseal_identities *ids)
{
	enum { REVS = 3 };
	static const char *const revs[REVS][2] = {{"HEAD", "the version at HEAD"},
	    {"", "the version in the index"}, {"MERGE_HEAD", "the version that is being merged"}};
	const char *given = opt_value(f->s->parsed, OPT_BASE);
	struct version versions[REVS] = {0};
	const struct envseal_doc *known[REVS + 1] = {NULL};
	bool ok = given == NULL || load_given(f, given);

	for (size_t i = 0; ok && given == NULL && i < REVS; i++) {
		ok = load_rev(f, revs[i][0], revs[i][1], &versions[i]);
		known[i] = versions[i].doc;
	}
	known[REVS] = f->base.doc;
	ok = ok && envseal_open_edited(doc, ids, known, REVS + 1, f->err);
	for (size_t i = 0; i < REVS; i++)
		version_free(&versions[i]);
	return ok;
}

/* Opens a sealed file.  *intact: nothing in it is new. */
static bool
open_resealed(struct sealing *f, struct envseal_doc **doc, bool *intact)
{
	struct envseal_identities *ids = session_keys(f->s, f->err);
	struct envseal_err first = {0};

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
	return *doc != NULL && open_edited(f, *doc, ids);
}

/* Seals what stands in clear and should not; the rest keeps its bytes. */
static bool
seal_rest(struct sealing *f, struct envseal_doc *doc, bool intact)
{
	struct sealed view = {.path = file_label(f->path), .repo = f->repo, .doc = doc};
	const struct envseal_plan *in_file = envseal_doc_plan(doc);
	struct envseal_plan plan = *in_file;
	struct envseal_out out = {0};
	struct envseal_report report;
	char tag[17];
	bool ok = false;

	envseal_doc_tag(doc, tag);
	if (!sealed_check_recipients(&view, &f->policy, f->err) ||
	    (f->repo->path[0] != '\0' && !sealed_check_pin(file_label(f->path), f->repo, tag, true, f->err)))
		return false;
	if (f->policy.plan.rule > 0 && !settle_selection(f, in_file))
		return false;
	if (f->policy.plan.rule > 0 && opt_has(f->s->parsed, OPT_AS_IN_RULE)) {
		plan.selecting = f->policy.plan.selecting;
		plan.selector = f->policy.plan.selector;
		plan.mac_only_encrypted = f->policy.plan.mac_only_encrypted;
	}
	bool same = envseal_plan_selects_alike(&plan, in_file), leaver = false;
	if (!intact && !sealed_has_leaver(&view, f->s, &leaver, f->err))
		return false;
	struct envseal_seal how = {.plan = same ? in_file : &plan,
	    .base = doc,
	    .new_key = leaver,
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
	struct envseal_doc *doc =
	    envseal_read_sealed(f->s->es, slice(&f->bytes), file_label(f->path), f->err);
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
		ok = seal_rest(f, doc, intact);
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
	bool to_stdout = opt_has(parsed, OPT_STDOUT) || (output != NULL && strcmp(output, "-") == 0) ||
			 (is_stdin && output == NULL);

	f->target = to_stdout ? NULL : output != NULL ? output : f->path;
	if (name == NULL)
		name = f->target != NULL ? f->target : f->path;
	if (strcmp(name, "-") != 0 && !repo_find(name, f->repo, f->err))
		return false;
	if (strcmp(name, "-") == 0 && !opt_has(parsed, OPT_RECIPIENT) &&
	    !opt_has(parsed, OPT_RECIPIENTS_FILE))
		return cmd_fail(f->err, ENVSEAL_USAGE, NULL, 0,
		    "standard input has no name to find a rule by",
		    "say --filename-override PATH, or name recipients with -r");
	if (f->target != NULL && !f->s->dry_run &&
	    !replace_begin(&f->lock, f->target, REPLACE_SEALED, REPLACE_NO_MODE, f->err))
		return false;
	bool in_place = f->target != NULL && strcmp(f->target, f->path) == 0;
	return file_read(
		   f->path, ENVSEAL_LARGEST, FILE_REGULAR, &f->bytes, in_place ? &f->id : NULL, f->err) &&
	       policy_find(&f->policy, f->s, f->err);
}

static bool
encrypt_file(struct session *s, const char *path, struct envseal_err *err)
{
	struct sealing f = {.s = s, .path = path, .repo = &s->repo, .err = err};
	bool ok =
	    begin(&f) && (envseal_look(slice(&f.bytes)) == ENVSEAL_SEALED ? seal_again(&f) : seal_plain(&f));

	policy_free(&f.policy);
	version_free(&f.base);
	envseal_out_free(&f.bytes);
	replace_abort(&f.lock);
	return ok;
}

int
cmd_encrypt(const struct opt_parsed *parsed)
{
	return session_each(parsed, encrypt_file);
}
