/*
 * cmd - the commands: what cmd/commands.c has in its table and cmd/c_*.c define.
 *
 * Each gets a checked command line, does its work, says itself what went wrong (cmd/diag.h), and returns the exit
 * status.  What it writes to standard output goes through file_to_stdout; main closes and checks it.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "cmd/opt.h"

#define CMD_VERSION "0.1.0"

int cmd_encrypt(const struct opt_parsed *parsed);
int cmd_decrypt(const struct opt_parsed *parsed);
int cmd_get(const struct opt_parsed *parsed);
int cmd_set(const struct opt_parsed *parsed);
int cmd_unset(const struct opt_parsed *parsed);
int cmd_rotate(const struct opt_parsed *parsed);
int cmd_updatekeys(const struct opt_parsed *parsed);
int cmd_verify(const struct opt_parsed *parsed);
int cmd_keygen(const struct opt_parsed *parsed);
int cmd_textconv(const struct opt_parsed *parsed);
int cmd_trust(const struct opt_parsed *parsed);
int cmd_git_install(const struct opt_parsed *parsed);
int cmd_git_uninstall(const struct opt_parsed *parsed);
int cmd_git_pre_commit(const struct opt_parsed *parsed);
int cmd_completion(const struct opt_parsed *parsed);
int cmd_version(const struct opt_parsed *parsed);
int cmd_help(const struct opt_parsed *parsed);

#endif
