/* version, help, completion: what the program says of itself. */
#include "cmd/cmd.h"

#include "cmd/bytes.h"
#include "cmd/commands.h"
#include "cmd/complete.h"
#include "cmd/diag.h"
#include "cmd/fail.h"
#include "cmd/help.h"
#include "cmd/os/file.h"

/* Writes b to standard output and ends. */
static int
finish(struct bytes *b, struct envseal_err *err)
{
	struct envseal_out out = {0};

	if (err->code == ENVSEAL_OK && bytes_take(b, &out, err))
		(void)!file_to_stdout(out.p, out.n, err);
	envseal_out_free(&out);
	bytes_free(b);
	return diag_end(err);
}

int
cmd_version(const struct opt_parsed *parsed)
{
	struct envseal_err err = {0};
	struct bytes b = {0};

	if (opt_has(parsed, OPT_JSON))
		bytes_text(&b, "{\"schema\":1,\"program\":\"envseal\",\"version\":\"" CMD_VERSION
			       "\",\"sops\":\"3.13\"}\n");
	else
		bytes_text(&b, "envseal " CMD_VERSION "\n");
	return finish(&b, &err);
}

int
cmd_completion(const struct opt_parsed *parsed)
{
	struct envseal_err err = {0};
	struct bytes b = {0};

	if (!complete_script(&b, parsed->table, parsed->args[0]))
		cmd_fail(&err, ENVSEAL_USAGE, NULL, 0, "there are completions for bash, zsh and fish", NULL);
	return finish(&b, &err);
}

int
cmd_help(const struct opt_parsed *parsed)
{
	const struct opt_table *table = parsed->table;
	bool group = parsed->n_args > 0 && opt_is_group(table, parsed->args[0]);
	const struct opt_command *command = NULL;
	struct envseal_err err = {0};
	struct bytes b = {0};
	size_t words = group ? 2 : 1;

	if (parsed->n_args > words) {
		cmd_fail(&err, ENVSEAL_USAGE, NULL, 0, "help explains one command at a time", NULL);
		return finish(&b, &err);
	}
	if (parsed->n_args == words) {
		command = opt_find(table, parsed->args[0], group ? parsed->args[1] : NULL);
		if (command == NULL)
			opt_fail_command(
			    table, group ? parsed->args[0] : NULL, parsed->args[words - 1], &err);
	}
	if (command == NULL)
		help_overview(&b, table, group ? parsed->args[0] : NULL);
	else if (opt_has(parsed, OPT_MAN))
		help_mdoc(&b, table, command);
	else
		help_command(&b, table, command);
	return finish(&b, &err);
}
