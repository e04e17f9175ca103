/* decrypt: opens files, to standard output, into another file, or in place. */
#include "cmd/cmd.h"

#include <string.h>

#include "cmd/commands.h"
#include "cmd/diag.h"
#include "cmd/fail.h"
#include "cmd/git.h"
#include "cmd/sealed.h"
#include "cmd/state.h"

/* The octal mode of --mode, or REPLACE_NO_MODE. */
static bool
read_mode(const struct opt_parsed *parsed, int *mode, struct envseal_err *err)
{
	const char *text = opt_value(parsed, OPT_MODE);
	size_t n = text != NULL ? strlen(text) : 0;

	*mode = REPLACE_NO_MODE;
	if (text == NULL)
		return true;
	*mode = 0;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '7' || n > 4)
			return cmd_fail(
			    err, ENVSEAL_USAGE, NULL, 0, "--mode takes an octal number such as 0640", NULL);
		*mode = *mode * 8 + (text[i] - '0');
	}
	if (n == 0 || *mode > 0777)
		return cmd_fail(
		    err, ENVSEAL_USAGE, NULL, 0, "--mode takes an octal number such as 0640", NULL);
	return true;
}

/* Asked before anything is replaced: what git knows of the file. */
static const char *
advice(const struct repo *repo)
{
	struct envseal_err err = {0};
	bool tracked = false;

	if (!repo->found)
		return NULL;
	if (!git_is_tracked(repo, &tracked, &err))
		return "git could not be asked whether it tracks this file: do not commit the plaintext";
	return tracked ? "it is tracked by git and lies here in plaintext now: seal it with envseal encrypt "
			 "before you commit"
		       : NULL;
}

/* Writes the text over the sealed file, whose bytes are kept where envseal remembers things. */
static bool
open_in_place(struct sealed *f, struct session *s, struct envseal_slice text, struct envseal_err *err)
{
	struct envseal_slice sealed = {f->bytes.p, f->bytes.n};
	if (s->dry_run)
		return true;
	if (!sealed_need_repo(f->path, f->repo, err))
		return false;
	const char *note = advice(f->repo);
	if (!replace_may(&f->lock, err) || !state_original_store(f->repo, sealed, err))
		return false;
	if (!replace_commit(&f->lock, &f->id, text, err)) {
		state_original_undo(f->repo);
		return false;
	}
	if (note != NULL)
		diag_note("%s: %s", f->path, note);
	return true;
}

static bool
write_output(const char *path, int mode, struct envseal_slice text, struct envseal_err *err)
{
	struct replace r = {0};
	bool ok = replace_begin(&r, path, REPLACE_PLAIN, mode, err) && replace_commit(&r, NULL, text, err);
	replace_abort(&r);
	return ok;
}

/* As sealed_load, but what comes over the file is plaintext. */
static bool
load(struct sealed *f, struct session *s, const char *path, int mode, struct envseal_err *err)
{
	if (!opt_has(s->parsed, OPT_IN_PLACE))
		return sealed_load(f, s, path, SEALED_READ, err);
	memset(f, 0, sizeof *f);
	struct replace lock = {0};
	bool ok =
	    replace_begin(&lock, path, REPLACE_PLAIN, mode, err) && sealed_load(f, s, path, SEALED_READ, err);
	f->lock = lock;
	return ok;
}

static bool
decrypt_file(struct session *s, const char *path, struct envseal_err *err)
{
	const char *output = opt_value(s->parsed, OPT_OUTPUT);
	bool in_place = opt_has(s->parsed, OPT_IN_PLACE), ok = false;
	struct sealed f = {0};
	int mode;

	if (in_place && strcmp(path, "-") == 0)
		return cmd_fail(err, ENVSEAL_USAGE, NULL, 0, "standard input cannot be replaced in place",
		    "leave --in-place away");
	if (read_mode(s->parsed, &mode, err) && load(&f, s, path, mode, err) && sealed_open(&f, s, err)) {
		struct envseal_slice text = envseal_doc_text(f.doc);
		bool to_stdout = !in_place && (output == NULL || strcmp(output, "-") == 0);
		ok = to_stdout	? s->dry_run || file_to_stdout(text.p, text.n, err)
		     : in_place ? open_in_place(&f, s, text, err)
				: s->dry_run || write_output(output, mode, text, err);
		if (ok && !to_stdout)
			diag_done("%s: %s", in_place ? path : output,
			    s->dry_run ? "would be written in plaintext" : "is plaintext now");
	}
	sealed_close(&f);
	return ok;
}

int
cmd_decrypt(const struct opt_parsed *parsed)
{
	struct envseal_err err = {0};
	if (parsed->n_args > 1 && !opt_has(parsed, OPT_IN_PLACE)) {
		cmd_fail(&err, ENVSEAL_USAGE, NULL, 0, "several files cannot go to one place",
		    "decrypt one after the other, or all of them with --in-place");
		return diag_end(&err);
	}
	return session_each(parsed, decrypt_file);
}
