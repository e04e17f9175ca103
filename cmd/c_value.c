/* get, set, unset: one value of a file. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/diag.h"
#include "cmd/fail.h"
#include "cmd/os/file.h"
#include "cmd/os/tty.h"
#include "cmd/report.h"
#include "cmd/sealed.h"

static struct envseal_slice
wanted_name(const struct opt_parsed *parsed)
{
	return (struct envseal_slice){(const uint8_t *)parsed->args[1], strlen(parsed->args[1])};
}

static bool
no_name(const struct sealed *f, struct envseal_err *err)
{
	return cmd_fail(err, ENVSEAL_NO_NAME, f->path, 0, "the file has no such name",
	    "names are compared exactly, but for blanks round them and a leading export; envseal decrypt "
	    "shows them all");
}

/* ---- get ---- */

static struct envseal_entry
entry_at(const struct envseal_doc *doc, size_t place)
{
	struct envseal_entry entry = {0};
	(void)!envseal_doc_entry(doc, place, &entry);
	return entry;
}

static bool
get_value(struct session *s, const char *path, struct envseal_err *err)
{
	struct sealed f = {0};
	size_t place, count;
	bool ok = false;

	if (!sealed_load(&f, s, path, SEALED_READ, err) || !sealed_open(&f, s, err))
		goto out;
	if (!envseal_doc_find(f.doc, wanted_name(s->parsed), &place, &count)) {
		ok = no_name(&f, err);
		goto out;
	}
	struct envseal_entry entry = entry_at(f.doc, place);
	if (count > 1)
		diag_note("%s: the name stands %zu times; this is the last, in line %u", path, count,
		    (unsigned)entry.line);
	bool line_end =
	    isatty(STDOUT_FILENO) && (entry.value.n == 0 || entry.value.p[entry.value.n - 1] != '\n');
	ok = file_to_stdout(entry.value.p, entry.value.n, err) && (!line_end || file_to_stdout("\n", 1, err));
out:
	sealed_close(&f);
	return ok;
}

int
cmd_get(const struct opt_parsed *parsed)
{
	return session_files(parsed, get_value, parsed->args, 1);
}

/* ---- set and unset ---- */

/* A name that stands several times: its lines are named unless --all says that all are meant. */
static bool
check_count(const struct sealed *f, const struct opt_parsed *parsed, size_t count, struct envseal_err *err)
{
	struct envseal_entry entry;
	char lines[120] = "";
	size_t n = 0;

	if (count <= 1 || opt_has(parsed, OPT_ALL))
		return true;
	for (size_t at = 0; envseal_doc_entry(f->doc, at, &entry) && n < sizeof lines - 16;
	     at = entry.place + 1)
		if (envseal_doc_answers(f->doc, entry.place, wanted_name(parsed)))
			n += (size_t)snprintf(
			    lines + n, sizeof lines - n, "%s%u", n > 0 ? ", " : "", (unsigned)entry.line);
	return cmd_failf(err, ENVSEAL_BAD_VALUE, f->path, 0, "say --all to change every one of them",
	    "the name stands %zu times, in lines %s", count, lines);
}

/* The value that is to be stored: asked for at the terminal, or all of standard input. */
static bool
read_value(const struct opt_parsed *parsed, struct envseal_out *value, struct envseal_err *err)
{
	char prompt[160];

	if (isatty(STDIN_FILENO)) {
		if (opt_has(parsed, OPT_NO_INPUT))
			return cmd_fail(err, ENVSEAL_USAGE, NULL, 0,
			    "the value would be asked for, and --no-input forbids it",
			    "give the value on standard input");
		(void)snprintf(prompt, sizeof prompt, "Value of %.100s: ", parsed->args[1]);
		return tty_ask(prompt, "give the value on standard input", value, err);
	}
	if (!file_read("-", ENVSEAL_LARGEST, FILE_ANY, value, NULL, err))
		return false;
	if (!opt_has(parsed, OPT_RAW) && value->n > 0 && value->p[value->n - 1] == '\n') {
		value->n--;
		if (value->n > 0 && value->p[value->n - 1] == '\r')
			value->n--;
	}
	return true;
}

/* Gives the name its value wherever it stands, or adds it.  *place becomes one of its places. */
static bool
store(struct sealed *f, const struct opt_parsed *parsed, struct envseal_slice value, size_t *place,
    struct envseal_err *err)
{
	struct envseal_slice name = wanted_name(parsed);
	size_t count;

	if (!envseal_doc_find(f->doc, name, place, &count))
		return envseal_doc_add(f->doc, name, value, opt_has(parsed, OPT_ANY_NAME), err) &&
		       envseal_doc_find(f->doc, name, place, &count);
	struct envseal_entry entry;
	for (size_t at = 0; envseal_doc_entry(f->doc, at, &entry); at = entry.place + 1)
		if (envseal_doc_answers(f->doc, entry.place, name) &&
		    !envseal_doc_set(f->doc, entry.place, value, err))
			return false;
	return true;
}

static bool
check_selection(const struct sealed *f, const struct policy *policy, const struct opt_parsed *parsed,
    struct envseal_err *err)
{
	char file[160], rule[160];

	if (policy->plan.rule == 0 || opt_has(parsed, OPT_AS_IN_FILE) ||
	    envseal_plan_selects_alike(&policy->plan, envseal_doc_plan(f->doc)))
		return true;
	policy_selection_text(envseal_doc_plan(f->doc), file, sizeof file);
	policy_selection_text(&policy->plan, rule, sizeof rule);
	return cmd_failf(err, ENVSEAL_REFUSED, f->path, 0,
	    "say --as-in-file if that is right, or seal the file by the rule",
	    "the file selects by %.60s, the rule by %.60s", file, rule);
}

/* Loads and opens the file, and checks all that can be checked before a value is asked for. */
static bool
begin(struct sealed *f, struct session *s, const char *path, struct policy *policy, struct envseal_err *err)
{
	size_t place, count;
	if (!sealed_load(f, s, path, SEALED_CHANGE, err) || !policy_find(policy, s, err) ||
	    !sealed_open(f, s, err))
		return false;
	return !envseal_doc_find(f->doc, wanted_name(s->parsed), &place, &count) ||
	       check_count(f, s->parsed, count, err);
}

static bool
write_back(struct sealed *f, struct session *s, bool new_key, struct envseal_err *err)
{
	struct envseal_seal how = {
	    .plan = envseal_doc_plan(f->doc), .base = f->doc, .new_key = new_key, .allow_none = true};
	struct envseal_report report;
	if (!sealed_write(f, s, &how, &report, err))
		return false;
	if (report.unchanged)
		diag_done("%s: nothing to change", f->path);
	else
		diag_done("%s: changed; %zu of %zu sealed values kept as they were", f->path, report.reused,
		    report.sealed);
	return true;
}

static bool
set_value(struct session *s, const char *path, struct envseal_err *err)
{
	struct envseal_out value = {0};
	struct policy policy = {0};
	struct sealed f = {0};
	size_t place;
	bool leaver, ok = false;

	if (!begin(&f, s, path, &policy, err) || !sealed_check_recipients(&f, &policy, err) ||
	    !check_selection(&f, &policy, s->parsed, err) || !read_value(s->parsed, &value, err) ||
	    !store(&f, s->parsed, (struct envseal_slice){value.p, value.n}, &place, err))
		goto out;
	if (!envseal_doc_selects(f.doc, place) && value.n > 0 && !opt_has(s->parsed, OPT_CLEAR)) {
		cmd_fail(err, ENVSEAL_REFUSED, f.path, 0,
		    "this value would be stored in clear, as the file selects",
		    "say --clear if everybody may read it");
		goto out;
	}
	ok = sealed_has_leaver(&f, s, &leaver, err) && write_back(&f, s, leaver, err);
out:
	envseal_out_free(&value);
	policy_free(&policy);
	sealed_close(&f);
	return ok;
}

int
cmd_set(const struct opt_parsed *parsed)
{
	return session_files(parsed, set_value, parsed->args, 1);
}

static bool
unset_value(struct session *s, const char *path, struct envseal_err *err)
{
	struct policy policy = {0};
	struct sealed f = {0};
	size_t place, count;
	bool ok = false;

	if (!begin(&f, s, path, &policy, err))
		goto out;
	if (!envseal_doc_find(f.doc, wanted_name(s->parsed), &place, &count)) {
		ok = no_name(&f, err);
		goto out;
	}
	do {
		if (!envseal_doc_unset(f.doc, place, err))
			goto out;
	} while (envseal_doc_find(f.doc, wanted_name(s->parsed), &place, &count));
	ok = write_back(&f, s, false, err);
out:
	policy_free(&policy);
	sealed_close(&f);
	return ok;
}

int
cmd_unset(const struct opt_parsed *parsed)
{
	return session_files(parsed, unset_value, parsed->args, 1);
}
