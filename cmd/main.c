#include "cmd/bytes.h"
#include "cmd/cmd.h"
#include "cmd/commands.h"
#include "cmd/diag.h"
#include "cmd/fail.h"
#include "cmd/help.h"
#include "cmd/os/file.h"
#include "cmd/os/harden.h"

#include <unistd.h>

/* Writes a text that was built for standard output or for standard error. */
static bool
put(struct bytes *b, bool to_stdout, struct envseal_err *err)
{
	struct envseal_out out = {0};
	bool good = false;

	if (!bytes_take(b, &out, err))
		return false;
	if (to_stdout)
		good = file_to_stdout(out.p, out.n, err);
	else
		good = file_write_all(STDERR_FILENO, out.p, out.n);
	envseal_out_free(&out);
	return good;
}

/* A mistake: the error, and the synopsis that it is about. */
static int
misused(const struct opt_parsed *parsed, const struct envseal_err *err)
{
	struct envseal_err ignored = {0};
	struct bytes b = {0};
	bool said;

	diag_error(err);
	if (parsed->command != NULL && (err->code == ENVSEAL_USAGE || err->code == ENVSEAL_NO_FILE)) {
		help_synopsis(&b, parsed->table, parsed->command);
		said = put(&b, false, &ignored);
		(void)said;
	}
	bytes_free(&b);
	return envseal_status(err->code);
}

/* What can be answered without running a command; -1: nothing. */
static int
answer(const struct opt_parsed *parsed)
{
	bool help = opt_has(parsed, OPT_HELP);
	struct envseal_err err = {0};
	struct bytes b = {0};
	bool good;

	if (help && parsed->command != NULL)
		help_command(&b, parsed->table, parsed->command);
	else if (parsed->command != NULL)
		return -1;
	else if (opt_has(parsed, OPT_VERSION) && !help)
		return cmd_version(parsed);
	else
		help_overview(&b, parsed->table, parsed->group);
	good = put(&b, help, &err);
	bytes_free(&b);
	if (!good)
		return err.code != ENVSEAL_OK ? diag_end(&err) : envseal_status(ENVSEAL_OUTPUT);
	return help ? 0 : envseal_status(ENVSEAL_USAGE);
}

int
main(int argc, char **argv)
{
	struct envseal_err err = {0};
	struct opt_parsed parsed;
	int status;

	if (!harden_process())
		return envseal_status(ENVSEAL_INTERNAL);
	if (!opt_parse(&cmd_table, argc, argv, &parsed, &err)) {
		status = misused(&parsed, &err);
	} else {
		diag_quiet(opt_has(&parsed, OPT_QUIET));
		status = answer(&parsed);
		if (status < 0)
			status = parsed.command->run(&parsed);
	}
	opt_free(&parsed);
	/* A disk may say only now that it is full. */
	if (!file_close_stdout(&err) && status == 0)
		status = diag_end(&err);
	return status;
}
