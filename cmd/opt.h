/*
 * opt - commands and options as tables, and the parser that reads a command line by them.
 *
 * An option means the same in every command that has it, so there is one table of options; a command lists those it
 * takes.  Options may stand anywhere before "--".  Help, synopses for the manual and completions are made from the
 * same tables (cmd/help.h, cmd/complete.h).
 */
#ifndef CMD_OPT_H
#define CMD_OPT_H

#include "format/envseal.h"

struct opt_parsed;

enum opt_option_flags {
	OPTION_REPEATS = 1, /* may be given several times */
	OPTION_READS = 2, /* its argument is a file that is read; "-" is standard input */
	OPTION_PATH = 4, /* its argument is a file name in any case (completions) */
	OPTION_ONE_FILE = 8, /* only with at most one FILE */
	OPTION_HIDDEN = 16, /* not in help, manual and completions */
};

struct opt_option {
	char letter; /* 0: none */
	const char *name; /* without "--"; NULL: only the letter */
	const char *arg; /* what its argument is called; NULL: takes none */
	const char *words; /* the words that the argument may be, separated by blanks; NULL: anything */
	unsigned flags; /* of enum opt_option_flags */
	const char *help; /* one line */
};

enum opt_command_flags {
	COMMAND_IN_PLACE = 1, /* changes files: "-" is no FILE */
	COMMAND_VALUE_STDIN = 2, /* reads a value from standard input */
};

struct opt_command {
	const char *parent; /* "git" for "git install"; NULL: none */
	const char *name;
	const char
	    *operands; /* as in the synopsis: "FILE...", "FILE NAME", "[FILE...]", "bash|zsh|fish", "" */
	unsigned least, most; /* how many operands */
	unsigned files; /* how many of them, from the first, are files that are read; UINT_MAX: all */
	unsigned flags; /* of enum opt_command_flags */
	uint64_t options; /* OPT_BIT of each that it takes */
	const char *brief; /* one line, begins in lower case, without a full stop */
	const char *more; /* what help adds: whole sentences */
	const char *example; /* one line that runs */
	int (*run)(const struct opt_parsed *parsed);
};

/* Two options that exclude each other. */
struct opt_pair {
	unsigned char a, b;
};

struct opt_table {
	const char *program;
	const struct opt_option *options; /* at most 64; their index is their number */
	size_t n_options;
	const struct opt_command *commands;
	size_t n_commands;
	const struct opt_pair *pairs;
	size_t n_pairs;
	uint64_t alone; /* options that may stand without a command */
	unsigned help; /* the option that asks for help: nothing else is checked then */
};

#define OPT_BIT(option) ((uint64_t)1 << (option))

struct opt_given {
	unsigned option;
	const char *value; /* NULL for options without an argument */
};

/* What a command line says.  The texts are argv's. */
struct opt_parsed {
	const struct opt_table *table;
	const struct opt_command *command; /* NULL: none was named */
	const char *group; /* "git" when only a parent was named */
	uint64_t bits; /* OPT_BIT of each that was given */
	struct opt_given *given; /* in the order of the command line */
	size_t n_given;
	const char **args; /* operands */
	size_t n_args;
	void *memory;
};

/* Reads argv[1...].  After a failure parsed->command may be set, for the synopsis to show; free parsed in any case.
 * Errors: ENVSEAL_USAGE; ENVSEAL_NO_FILE where a FILE is missing; ENVSEAL_NO_MEMORY.  A message names options and
 * commands, never operands or arguments. */
bool opt_parse(const struct opt_table *table, int argc, char **argv, struct opt_parsed *parsed,
    struct envseal_err *err) ENVSEAL_MUST_USE;
void opt_free(struct opt_parsed *parsed);

bool opt_has(const struct opt_parsed *parsed, unsigned option);
/* The argument of an option that does not repeat; NULL when it was not given. */
const char *opt_value(const struct opt_parsed *parsed, unsigned option);
/* Walks through a repeated option; *at begins at 0.  NULL: no more. */
const char *opt_next(const struct opt_parsed *parsed, unsigned option, size_t *at);

/* The command with these names, name NULL when there is one word only; NULL: none. */
const struct opt_command *opt_find(const struct opt_table *table, const char *word, const char *name);
/* Whether word is the parent of commands. */
bool opt_is_group(const struct opt_table *table, const char *word);

/* "unknown command", with the nearest as hint; word is named if it looks like a command. */
bool opt_fail_command(
    const struct opt_table *table, const char *parent, const char *word, struct envseal_err *err);

/* "--output" or "-y". */
struct opt_name {
	char text[32];
};
const char *opt_name(struct opt_name *name, const struct opt_option *option);

#endif
