/*
 * complete - completion scripts for shells, made from the tables of commands and options.
 */
#ifndef CMD_COMPLETE_H
#define CMD_COMPLETE_H

#include "cmd/bytes.h"
#include "cmd/opt.h"

/* shell is "bash", "zsh" or "fish"; false: another. */
bool complete_script(struct bytes *b, const struct opt_table *table, const char *shell) ENVSEAL_MUST_USE;

#endif
