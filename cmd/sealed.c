#include "cmd/sealed.h"

#include <string.h>

#include "cmd/diag.h"
#include "cmd/fail.h"
#include "cmd/git.h"
#include "cmd/keys.h"
#include "cmd/state.h"

/* Whether SOPS has put the file into another form, as it does with names that it does not take for dotenv. */
static bool
is_other_format(struct envseal_slice bytes)
{
	static const char json[] = "\"sops\": {", yaml[] = "\nsops:\n";
	return bytes.n > 0 && (memmem(bytes.p, bytes.n, json, sizeof json - 1) != NULL ||
				  memmem(bytes.p, bytes.n, yaml, sizeof yaml - 1) != NULL);
}

bool
sealed_need_repo(const char *path, const struct repo *repo, struct envseal_err *err)
{
	return repo->blocked == 0 || cmd_fail(err, ENVSEAL_INPUT, path, repo->blocked,
					 "the git repository of the file cannot be looked at",
					 "make .git readable; envseal encrypt --no-base goes on without it");
}

bool
sealed_load(
    struct sealed *f, struct session *s, const char *path, enum sealed_use use, struct envseal_err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;

	memset(f, 0, sizeof *f);
	f->path = file_label(path);
	f->repo = &s->repo;
	if (!is_stdin && !repo_find(path, &s->repo, err))
		return false;
	if (use == SEALED_CHANGE && !sealed_need_repo(f->path, &s->repo, err))
		return false;
	if (use == SEALED_CHANGE && !replace_begin(&f->lock, path, REPLACE_SEALED, REPLACE_NO_MODE, err))
		return false;
	if (!file_read(path, ENVSEAL_LARGEST, FILE_REGULAR, &f->bytes, &f->id, err))
		return false;
	struct envseal_slice bytes = {f->bytes.p, f->bytes.n};
	if (envseal_look(bytes) == ENVSEAL_PLAIN && is_other_format(bytes))
		return cmd_fail(err, ENVSEAL_METADATA, f->path, 0,
		    "SOPS has sealed this file as JSON or YAML, not as dotenv",
		    "open it with sops; it takes a file for dotenv with --input-type dotenv --output-type "
		    "dotenv");
	if (envseal_look(bytes) == ENVSEAL_PLAIN)
		return cmd_fail(err, ENVSEAL_METADATA, f->path, 0,
		    "this file is not sealed: it has no metadata of SOPS", "seal it with envseal encrypt");
	f->doc = envseal_read_sealed(s->es, bytes, f->path, err);
	return f->doc != NULL;
}

static bool
is_strict(const struct repo *repo)
{
	char value[16];
	return git_config(repo, "envseal.pin", value, sizeof value) && strcmp(value, "strict") == 0;
}

bool
sealed_check_pin(
    const char *path, const struct repo *repo, const char *tag, bool to_change, struct envseal_err *err)
{
	char origin[256];

	switch (state_pin_compare(repo, tag)) {
	case STATE_PIN_SAME:
		return true;
	case STATE_PIN_NONE:
		state_pin_store(repo, tag);
		return true;
	case STATE_PIN_NO_MEMORY:
		return cmd_fail_memory(err);
	case STATE_PIN_UNKNOWN:
		if (to_change && is_strict(repo))
			return cmd_fail(err, ENVSEAL_REFUSED, path, 0,
			    "the remembered data key of the file cannot be read",
			    "make it readable; or run envseal trust on the file");
		return true;
	case STATE_PIN_CHANGED:
		break;
	}
	git_origin(repo, origin, sizeof origin);
	if (to_change && is_strict(repo))
		return cmd_failf(err, ENVSEAL_REFUSED, path, 0,
		    "if that was meant to be, run envseal trust on the file",
		    "the data key is not the one that is remembered here; it came with %s", origin);
	diag_note("%s: the data key is not the one that is remembered here; it came with %s (envseal trust "
		  "accepts it)",
	    path, origin);
	return true;
}

bool
sealed_open(struct sealed *f, struct session *s, struct envseal_err *err)
{
	struct envseal_identities *ids = session_keys(s, err);
	char tag[17];

	if (ids == NULL || !keys_open(f->doc, ids, err))
		return false;
	if (f->repo->path[0] == '\0')
		return true;
	envseal_doc_tag(f->doc, tag);
	return sealed_check_pin(f->path, f->repo, tag, f->lock.path != NULL, err);
}

bool
sealed_check_recipients(const struct sealed *f, const struct policy *policy, struct envseal_err *err)
{
	if (policy->plan.recipients == NULL)
		return true;
	for (size_t i = 0; i < envseal_doc_recipients(f->doc); i++) {
		struct envseal_slice recipient = envseal_doc_recipient(f->doc, i);
		if (!envseal_recipients_has(policy->plan.recipients, recipient))
			return cmd_failf(err, ENVSEAL_REFUSED, f->path, 0,
			    "envseal updatekeys takes them out; or add them to the rule",
			    "the file is sealed to %.*s, whom %s does not name", (int)recipient.n,
			    (const char *)recipient.p, policy->source);
	}
	return true;
}

/* The first recipient of a version whom the document does not have; p NULL: there is none. */
static struct envseal_slice
first_leaver(const struct envseal_doc *before, const struct envseal_doc *now)
{
	for (size_t i = 0; i < envseal_doc_recipients(before); i++) {
		struct envseal_slice one = envseal_doc_recipient(before, i);
		bool stays = false;
		for (size_t k = 0; k < envseal_doc_recipients(now) && !stays; k++) {
			struct envseal_slice other = envseal_doc_recipient(now, k);
			stays = one.n == other.n && memcmp(one.p, other.p, one.n) == 0;
		}
		if (!stays)
			return one;
	}
	return (struct envseal_slice){0};
}

bool
sealed_has_leaver(const struct sealed *f, struct session *s, bool *leaver, struct envseal_err *err)
{
	struct envseal_out blob = {0};
	struct envseal_err shut = {0};
	struct envseal_doc *head = NULL;
	struct envseal_slice gone = {0};
	bool exists = false, ok;
	char tags[2][17];

	*leaver = false;
	ok = git_blob(f->repo, "HEAD", &blob, &exists, err);
	if (ok && exists && envseal_look((struct envseal_slice){blob.p, blob.n}) == ENVSEAL_SEALED)
		head = envseal_read_sealed(
		    s->es, (struct envseal_slice){blob.p, blob.n}, "the version at HEAD", &shut);
	if (head != NULL)
		gone = first_leaver(head, f->doc);
	if (gone.p != NULL && envseal_open(head, s->ids, &shut)) {
		envseal_doc_tag(head, tags[0]);
		envseal_doc_tag(f->doc, tags[1]);
		*leaver = strcmp(tags[0], tags[1]) == 0;
	}
	if (*leaver)
		diag_note("%s: %.*s is no recipient any more, but has the data key from the version at HEAD; "
			  "a new one is taken",
		    f->path, (int)gone.n, (const char *)gone.p);
	envseal_doc_free(head);
	envseal_out_free(&blob);
	return shut.code == ENVSEAL_NO_MEMORY ? cmd_fail_memory(err) : ok;
}

bool
sealed_write(struct sealed *f, struct session *s, const struct envseal_seal *how,
    struct envseal_report *report, struct envseal_err *err)
{
	struct envseal_out out = {0};
	bool ok = envseal_seal(f->doc, how, &out, report, err);

	if (ok && !report->unchanged && !s->dry_run) {
		ok = replace_commit(&f->lock, &f->id, (struct envseal_slice){out.p, out.n}, err);
		if (ok)
			state_pin_store(f->repo, report->tag);
	}
	envseal_out_free(&out);
	return ok;
}

void
sealed_close(struct sealed *f)
{
	envseal_doc_free(f->doc);
	envseal_out_free(&f->bytes);
	replace_abort(&f->lock);
	memset(f, 0, sizeof *f);
}
