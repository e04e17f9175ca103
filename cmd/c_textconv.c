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
ask_if_allowed(
    struct envseal *es, struct envseal_slice bytes, const char *path, struct envseal_identities *ids)
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

/* What is shown: lines of our own, then the file. */
struct shown {
	struct bytes head;
	struct envseal_out file;
};

static void
show(struct shown *shown, const struct opt_parsed *parsed, const char *path)
{
	struct envseal_identities *ids = NULL;
	struct host host = {.file = path};
	struct envseal_out bytes = {0};
	struct envseal_err err = {0};
	struct envseal *es;
	struct envseal_slice text;

	es = host_start(&host, &err);
	if (es == NULL || !file_read(path, ENVSEAL_LARGEST, FILE_REGULAR, &bytes, NULL, &err))
		goto out;
	text = (struct envseal_slice){bytes.p, bytes.n};
	ids = keys_load(parsed, &err);
	if (ids != NULL) {
		ask_if_allowed(es, text, path, ids);
	} else {
		/* A bad --identity: the file is shown all the same, sealed. */
		put_trouble(&shown->head, &err);
		err = (struct envseal_err){0};
		ids = envseal_identities_new();
	}
	if (ids == NULL)
		cmd_fail_memory(&err);
	else
		(void)!envseal_show(es, text, path, ids, &shown->file, &err);
out:
	if (err.code != ENVSEAL_OK)
		put_trouble(&shown->head, &err);
	envseal_identities_free(ids);
	envseal_out_free(&bytes);
	envseal_end(es);
}

int
cmd_textconv(const struct opt_parsed *parsed)
{
	static const char no_memory[] = "# envseal: no memory is left to show this file\n";
	struct envseal_err lost = {0};
	struct shown shown = {0};

	/* git runs this many times over: what is to be said stands in the output. */
	diag_quiet(true);
	show(&shown, parsed, parsed->args[0]);
	if (shown.head.state != BYTES_GOOD)
		(void)!file_to_stdout(no_memory, sizeof no_memory - 1, &lost);
	else if (file_to_stdout(shown.head.p, shown.head.n, &lost))
		(void)!file_to_stdout(shown.file.p, shown.file.n, &lost);
	bytes_free(&shown.head);
	envseal_out_free(&shown.file);
	/* Success whatever the file is; only output that got lost is a failure. */
	return diag_end(&lost);
}
