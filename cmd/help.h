/*
 * help - texts made from the tables of commands and options.
 */
#ifndef CMD_HELP_H
#define CMD_HELP_H

#include "cmd/bytes.h"
#include "cmd/opt.h"

/* "usage: envseal encrypt [-n] ... FILE...", wrapped. */
void help_synopsis(struct bytes *b, const struct opt_table *table, const struct opt_command *command);
/* Synopsis, explanation, options, an example. */
void help_command(struct bytes *b, const struct opt_table *table, const struct opt_command *command);
/* The list of commands; of one group only when group is not NULL. */
void help_overview(struct bytes *b, const struct opt_table *table, const char *group);
/* The synopsis in mdoc, as the manual page must have it. */
void help_mdoc(struct bytes *b, const struct opt_table *table, const struct opt_command *command);

#endif
