/*
 * commands - the one table of commands and options.
 */
#ifndef CMD_COMMANDS_H
#define CMD_COMMANDS_H

#include "cmd/opt.h"

/* The options, in the order in which help lists them. */
enum {
	OPT_RECIPIENT,
	OPT_RECIPIENTS_FILE,
	OPT_IDENTITY,
	OPT_CONFIG,
	OPT_IN_PLACE,
	OPT_OUTPUT,
	OPT_STDOUT,
	OPT_MODE,
	OPT_BASE,
	OPT_NO_BASE,
	OPT_QUOTES,
	OPT_ANY_NAME,
	OPT_ALLOW_NONE,
	OPT_AS_IN_FILE,
	OPT_AS_IN_RULE,
	OPT_DROP_FOREIGN,
	OPT_FILENAME_OVERRIDE,
	OPT_RAW,
	OPT_ALL,
	OPT_CLEAR,
	OPT_PUBLIC,
	OPT_GLOBAL,
	OPT_DRY_RUN,
	OPT_JSON,
	OPT_NO_INPUT,
	OPT_QUIET,
	OPT_HELP,
	OPT_VERSION,
	OPT_MAN,
};

extern const struct opt_table cmd_table;

#endif
