#include "cmd/complete.h"

#include <string.h>

static bool
shown(const struct opt_table *table, uint64_t set, unsigned option)
{
	return (set & OPT_BIT(option)) != 0 && (table->options[option].flags & OPTION_HIDDEN) == 0;
}

/* Adds text for the inside of single quotes; fish and the other shells write a quote differently. */
static void
add_quoted(struct bytes *b, const char *text, const char *quote, const char *escaped)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			bytes_text(b, quote);
		else if (strchr(escaped, *text) != NULL)
			bytes_printf(b, "\\%c", *text);
		else
			bytes_byte(b, *text);
	}
}

/* "-r --recipient", with between the two. */
static void
add_spellings(struct bytes *b, const struct opt_option *o, const char *between)
{
	if (o->letter != 0)
		bytes_printf(b, "-%c", o->letter);
	if (o->letter != 0 && o->name != NULL)
		bytes_text(b, between);
	if (o->name != NULL)
		bytes_printf(b, "--%s", o->name);
}

/* The words that may come first (parent NULL) or after parent; each group once. */
static void
add_commands(struct bytes *b, const struct opt_table *table, const char *parent)
{
	const char *last = "";

	for (size_t i = 0; i < table->n_commands; i++) {
		const struct opt_command *c = &table->commands[i];
		const char *word = c->name;
		if (parent != NULL && (c->parent == NULL || strcmp(c->parent, parent) != 0))
			continue;
		if (parent == NULL && c->parent != NULL)
			word = c->parent;
		if (strcmp(word, last) != 0)
			bytes_printf(b, "%s%s", last[0] != '\0' ? " " : "", word);
		last = word;
	}
}

/* The words that an operand may be, when the synopsis lists them. */
static void
add_words(struct bytes *b, const struct opt_command *c)
{
	for (const char *at = c->operands; *at != '\0'; at++)
		bytes_byte(b, *at == '|' ? ' ' : *at);
}

enum operand { OPERAND_NONE, OPERAND_FILES, OPERAND_WORDS, OPERAND_COMMANDS };

static enum operand
operand_kind(const struct opt_command *c)
{
	if (c->files > 0)
		return OPERAND_FILES;
	if (strchr(c->operands, '|') != NULL)
		return OPERAND_WORDS;
	return c->operands[0] != '\0' ? OPERAND_COMMANDS : OPERAND_NONE;
}

/* A case label per group of options that take an argument. */
static void
bash_arguments(struct bytes *b, const struct opt_table *table)
{
	for (unsigned i = 0; i < table->n_options; i++) {
		const struct opt_option *o = &table->options[i];
		if (o->arg == NULL)
			continue;
		bytes_text(b, "\t");
		add_spellings(b, o, "|");
		if (o->words != NULL)
			bytes_printf(
			    b, ") COMPREPLY=($(compgen -W '%s' -- \"$cur\")); return ;;\n", o->words);
		else if ((o->flags & OPTION_PATH) != 0)
			bytes_text(b, ") COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n");
		else
			bytes_text(b, ") return ;;\n");
	}
}

static void
bash_skipped(struct bytes *b, const struct opt_table *table)
{
	const char *between = "\t\t";

	for (unsigned i = 0; i < table->n_options; i++) {
		if (table->options[i].arg == NULL)
			continue;
		bytes_text(b, between);
		add_spellings(b, &table->options[i], "|");
		between = "|";
	}
	bytes_text(b, ") ((i++)) ;;\n");
}

static void
bash_command(struct bytes *b, const struct opt_table *table, const struct opt_command *c)
{
	const char *between = "";

	bytes_printf(b, "\t'%s%s%s') options='", c->parent != NULL ? c->parent : "",
	    c->parent != NULL ? " " : "", c->name);
	for (unsigned i = 0; i < table->n_options; i++) {
		if (!shown(table, c->options, i))
			continue;
		bytes_text(b, between);
		add_spellings(b, &table->options[i], " ");
		between = " ";
	}
	bytes_text(b, "'");
	switch (operand_kind(c)) {
	case OPERAND_FILES:
		bytes_text(b, " files=1");
		break;
	case OPERAND_WORDS:
		bytes_text(b, " words='");
		add_words(b, c);
		bytes_text(b, "'");
		break;
	case OPERAND_COMMANDS:
		bytes_text(b, " words='");
		add_commands(b, table, NULL);
		bytes_text(b, "'");
		break;
	case OPERAND_NONE:
		break;
	}
	bytes_text(b, " ;;\n");
}

static void
bash(struct bytes *b, const struct opt_table *table)
{
	bytes_printf(b, "# completions of %s for bash\n_%s() {\n", table->program, table->program);
	bytes_text(b, "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
		      "\tlocal command= options= words= files= i\n"
		      "\tCOMPREPLY=()\n"
		      "\tcase $prev in\n");
	bash_arguments(b, table);
	bytes_text(b, "\tesac\n"
		      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		      "\t\tcase ${COMP_WORDS[i]} in\n");
	bash_skipped(b, table);
	bytes_text(b, "\t\t-*) ;;\n"
		      "\t\t*) case $command in\n");
	for (size_t i = 0; i < table->n_commands; i++) {
		const struct opt_command *c = &table->commands[i];
		if (c->parent != NULL && (i == 0 || table->commands[i - 1].parent == NULL))
			bytes_printf(
			    b, "\t\t\t%s) command=\"%s ${COMP_WORDS[i]}\" ;;\n", c->parent, c->parent);
	}
	bytes_text(b, "\t\t\t'') command=${COMP_WORDS[i]} ;;\n"
		      "\t\t\tesac ;;\n"
		      "\t\tesac\n"
		      "\tdone\n"
		      "\tcase $command in\n"
		      "\t'') words='");
	add_commands(b, table, NULL);
	bytes_text(b, "' options='--help --version' ;;\n");
	for (size_t i = 0; i < table->n_commands; i++) {
		const struct opt_command *c = &table->commands[i];
		if (c->parent != NULL && (i == 0 || table->commands[i - 1].parent == NULL)) {
			bytes_printf(b, "\t%s) words='", c->parent);
			add_commands(b, table, c->parent);
			bytes_text(b, "' ;;\n");
		}
		bash_command(b, table, c);
	}
	bytes_text(b, "\tesac\n"
		      "\tif [[ $cur == -* ]]; then\n"
		      "\t\tCOMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
		      "\telif [[ -n $files ]]; then\n"
		      "\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
		      "\telse\n"
		      "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		      "\tfi\n"
		      "}\n");
	bytes_printf(b, "complete -o filenames -F _%s %s\n", table->program, table->program);
}

static void
zsh_describe(struct bytes *b, const struct opt_table *table, const char *parent, const char *tabs)
{
	const char *last = "";

	bytes_printf(b, "%slist=(\n", tabs);
	for (size_t i = 0; i < table->n_commands; i++) {
		const struct opt_command *c = &table->commands[i];
		const char *word = parent == NULL && c->parent != NULL ? c->parent : c->name;
		if ((parent != NULL && (c->parent == NULL || strcmp(c->parent, parent) != 0)) ||
		    strcmp(word, last) == 0)
			continue;
		last = word;
		bytes_printf(b, "%s\t'%s:", tabs, word);
		add_quoted(b, parent == NULL && c->parent != NULL ? "more commands" : c->brief, "'\\''", ":");
		bytes_text(b, "'\n");
	}
	bytes_printf(b, "%s)\n%s_describe command list\n", tabs, tabs);
}

static void
zsh_option(struct bytes *b, const struct opt_option *o)
{
	bool repeats = (o->flags & OPTION_REPEATS) != 0;

	bytes_text(b, " \\\n\t\t\t");
	if (o->letter != 0 && o->name != NULL) {
		if (repeats)
			bytes_text(b, "'*'");
		else
			bytes_printf(b, "'(-%c --%s)'", o->letter, o->name);
		bytes_printf(b, "{-%c,--%s}'", o->letter, o->name);
	} else {
		bytes_printf(b, "'%s", repeats ? "*" : "");
		add_spellings(b, o, "");
	}
	bytes_byte(b, '[');
	add_quoted(b, o->help, "'\\''", "[]:");
	bytes_byte(b, ']');
	if (o->arg != NULL && o->words != NULL)
		bytes_printf(b, ":%s:(%s)", o->arg, o->words);
	else if (o->arg != NULL)
		bytes_printf(b, ":%s:%s", o->arg, (o->flags & OPTION_PATH) != 0 ? "_files" : " ");
	bytes_byte(b, '\'');
}

static void
zsh_command(struct bytes *b, const struct opt_table *table, const struct opt_command *c)
{
	bytes_printf(b, "\t\t%s) _arguments -s", c->name);
	for (unsigned i = 0; i < table->n_options; i++)
		if (shown(table, c->options, i))
			zsh_option(b, &table->options[i]);
	switch (operand_kind(c)) {
	case OPERAND_FILES:
		bytes_text(b, " \\\n\t\t\t'*:file:_files'");
		break;
	case OPERAND_WORDS:
		bytes_text(b, " \\\n\t\t\t'*:word:(");
		add_words(b, c);
		bytes_text(b, ")'");
		break;
	case OPERAND_COMMANDS:
		bytes_text(b, " \\\n\t\t\t'*:command:(");
		add_commands(b, table, NULL);
		bytes_text(b, ")'");
		break;
	case OPERAND_NONE:
		break;
	}
	bytes_text(b, " ;;\n");
}

static void
zsh(struct bytes *b, const struct opt_table *table)
{
	const char *parent = NULL;

	bytes_printf(b, "#compdef %s\n_%s() {\n\tlocal -a list\n\tif (( CURRENT == 2 )); then\n",
	    table->program, table->program);
	zsh_describe(b, table, NULL, "\t\t");
	bytes_text(b, "\t\treturn\n\tfi\n\tshift words\n\t(( CURRENT-- ))\n\tcase $words[1] in\n");
	for (size_t i = 0; i < table->n_commands; i++) {
		const struct opt_command *c = &table->commands[i];
		if (parent != NULL && c->parent == NULL)
			bytes_text(b, "\t\tesac ;;\n");
		if (parent == NULL && c->parent != NULL) {
			bytes_printf(b, "\t%s)\n\t\tif (( CURRENT == 2 )); then\n", c->parent);
			zsh_describe(b, table, c->parent, "\t\t\t");
			bytes_text(b, "\t\t\treturn\n\t\tfi\n\t\tshift words\n\t\t(( CURRENT-- ))\n\t\tcase "
				      "$words[1] in\n");
		}
		parent = c->parent;
		zsh_command(b, table, c);
	}
	bytes_printf(b,
	    "%s\tesac\n}\nif [ \"$funcstack[1]\" = _%s ]; then _%s \"$@\"; else compdef _%s %s; fi\n",
	    parent != NULL ? "\t\tesac ;;\n" : "", table->program, table->program, table->program,
	    table->program);
}

/* The condition under which c is the command. */
static void
fish_condition(struct bytes *b, const struct opt_table *table, const struct opt_command *c)
{
	bytes_printf(b, "complete -c %s -n '__fish_seen_subcommand_from %s", table->program,
	    c->parent != NULL ? c->parent : c->name);
	if (c->parent != NULL)
		bytes_printf(b, "; and __fish_seen_subcommand_from %s", c->name);
	bytes_text(b, "'");
}

static void
fish_command(struct bytes *b, const struct opt_table *table, const struct opt_command *c)
{
	enum operand kind = operand_kind(c);

	if (c->parent == NULL) {
		bytes_printf(
		    b, "complete -c %s -n __fish_use_subcommand -a %s -d '", table->program, c->name);
	} else {
		bytes_printf(b,
		    "complete -c %s -n '__fish_seen_subcommand_from %s; and not __fish_seen_subcommand_from ",
		    table->program, c->parent);
		add_commands(b, table, c->parent);
		bytes_printf(b, "' -a %s -d '", c->name);
	}
	add_quoted(b, c->brief, "\\'", "\\");
	bytes_text(b, "'\n");
	for (unsigned i = 0; i < table->n_options; i++) {
		const struct opt_option *o = &table->options[i];
		if (!shown(table, c->options, i))
			continue;
		fish_condition(b, table, c);
		if (o->letter != 0)
			bytes_printf(b, " -s %c", o->letter);
		if (o->name != NULL)
			bytes_printf(b, " -l %s", o->name);
		if (o->arg != NULL)
			bytes_text(b, (o->flags & OPTION_PATH) != 0 ? " -r -F" : " -x");
		if (o->words != NULL)
			bytes_printf(b, " -a '%s'", o->words);
		bytes_text(b, " -d '");
		add_quoted(b, o->help, "\\'", "\\");
		bytes_text(b, "'\n");
	}
	if (kind == OPERAND_NONE)
		return;
	fish_condition(b, table, c);
	bytes_text(b, kind == OPERAND_FILES ? " -F" : " -a '");
	if (kind == OPERAND_WORDS)
		add_words(b, c);
	else if (kind == OPERAND_COMMANDS)
		add_commands(b, table, NULL);
	bytes_text(b, kind == OPERAND_FILES ? "\n" : "'\n");
}

static void
fish(struct bytes *b, const struct opt_table *table)
{
	const char *group = "";

	bytes_printf(b, "# completions of %s for fish\ncomplete -c %s -f\n", table->program, table->program);
	for (size_t i = 0; i < table->n_commands; i++) {
		const struct opt_command *c = &table->commands[i];
		if (c->parent != NULL && strcmp(c->parent, group) != 0) {
			group = c->parent;
			bytes_printf(
			    b, "complete -c %s -n __fish_use_subcommand -a %s\n", table->program, group);
		}
		fish_command(b, table, c);
	}
}

bool
complete_script(struct bytes *b, const struct opt_table *table, const char *shell)
{
	static const struct {
		const char *name;
		void (*make)(struct bytes *b, const struct opt_table *table);
	} shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

	for (size_t i = 0; i < sizeof shells / sizeof shells[0]; i++) {
		if (strcmp(shells[i].name, shell) != 0)
			continue;
		shells[i].make(b, table);
		return true;
	}
	return false;
}
