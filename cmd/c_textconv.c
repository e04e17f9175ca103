/* textconv: shows a file for git. */
#include "cmd/cmd.h"

#include "cmd/bytes.h"
#include "cmd/diag.h"
#include "cmd/fail.h"
#include "cmd/git.h"
#include "cmd/host.h"
#include "cmd/keys.h"
#include "cmd/os/file.h"

#include <stdio.h>
#include <string.h>

enum { COMMAND_MS = 5000 };

/* What went wrong as a line of the output, which git compares like any other. */
static void
put_trouble(struct bytes *b, const struct envseal_err *err)
{
	bytes_text(b, "# envseal: ");
	if (err->line > 0)
		bytes_printf(b, "line %u: ", (unsigned)err->line);
	diag_filter(b, (struct envseal_slice){(const uint8_t *)err->what, strlen(err->what)}, false);
	if (err->sys != 0)
		bytes_printf(b, ": %s", strerror(err->sys));
	bytes_byte(b, '\n');
}

/* The command may be slow and may ask for a finger on a key, and git runs us once for every version: it is run where
 * the user has said so, and nothing else helps. */
static void
ask_if_allowed(struct envseal *es, struct envseal_slice bytes, const char *path, struct envseal_identities *ids)
{
	struct envseal_err err = {0};
	struct envseal_doc *doc;
	struct repo repo;
	bool wanted;

	if (!keys_have_command() || envseal_look(bytes) != ENVSEAL_SEALED)
		return;
	doc = envseal_read_sealed(es, bytes, path, &err);
	wanted = doc != NULL && !envseal_open(doc, ids, &err) && err.code == ENVSEAL_NO_KEY;
	envseal_doc_free(doc);
	err = (struct envseal_err){0};
	/* git runs us in the work tree; the file may be a temporary one elsewhere. */
	if (wanted && repo_find(".", &repo, &err) && git_config_is_true(&repo, "envseal.keycmd"))
		(void)!keys_ask_command(ids, COMMAND_MS);
}

/* Adds what is to be shown; false: see err. */
static bool
show(struct bytes *b, const struct opt_parsed *parsed, const char *path, struct envseal_err *err)
{
	struct envseal_identities *ids = NULL;
	struct envseal_out bytes = {0}, out = {0};
	struct host host = {.file = path};
	struct envseal *es = NULL;
	struct envseal_slice text;
	bool good = false;

	es = host_start(&host, err);
	if (es == NULL || !file_read(path, ENVSEAL_LARGEST, FILE_REGULAR, &bytes, NULL, err))
		goto out;
	text = (struct envseal_slice){bytes.p, bytes.n};
	ids = keys_load(parsed, err);
	if (ids == NULL) {
		/* A bad --identity: everything that needs none is shown all the same. */
		put_trouble(b, err);
		*err = (struct envseal_err){0};
		ids = envseal_identities_new();
	} else {
		ask_if_allowed(es, text, path, ids);
	}
	if (ids == NULL)
		cmd_fail_memory(err);
	else
		good = envseal_show(es, text, path, ids, &out, err);
	if (good && b->n > 0)
		bytes_add(b, out.p, out.n);
	else if (good)
		*b = (struct bytes){.p = out.p, .n = out.n, .cap = out.n};
	if (b->n == 0 || b->p != out.p)
		envseal_out_free(&out);
out:
	envseal_identities_free(ids);
	envseal_out_free(&bytes);
	envseal_end(es);
	return good;
}

int
cmd_textconv(const struct opt_parsed *parsed)
{
	static const char no_memory[] = "# envseal: no memory is left to show this file\n";
	struct envseal_err err = {0}, lost = {0};
	struct bytes b = {0};

	/* git runs this many times over: what is to be said stands in the output. */
	diag_quiet(true);
	if (!show(&b, parsed, parsed->args[0], &err))
		put_trouble(&b, &err);
	if (b.state != BYTES_GOOD)
		(void)!file_to_stdout(no_memory, sizeof no_memory - 1, &lost);
	else
		(void)!file_to_stdout(b.p, b.n, &lost);
	bytes_free(&b);
	/* Success whatever the file is; only output that got lost is a failure. */
	return cmd_end(&lost);
}
