#include "cmd/help.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH = 88, OPTION_WIDTH = 30 };

static bool
shown(const struct opt_table *table, const struct opt_command *command, unsigned option)
{
	return (command->options & OPT_BIT(option)) != 0 &&
	       (table->options[option].flags & OPTION_HIDDEN) == 0;
}

/* "encrypt", "git install". */
static void
add_name(struct bytes *b, const struct opt_command *command)
{
	if (command->parent != NULL)
		bytes_printf(b, "%s ", command->parent);
	bytes_text(b, command->name);
}

/* Adds " text", on a new line if it would be too long; *column is where the line ends. */
static void
add_wrapped(struct bytes *b, const char *text, size_t *column)
{
	size_t n = strlen(text);

	if (*column + 1 + n > WIDTH) {
		bytes_text(b, "\n         ");
		*column = 9;
	}
	bytes_printf(b, " %s", text);
	*column += n + 1;
}

void
help_synopsis(struct bytes *b, const struct opt_table *table, const struct opt_command *command)
{
	size_t begin = b->n, column;
	char text[80];

	bytes_printf(b, "usage: %s ", table->program);
	add_name(b, command);
	column = b->n - begin;
	for (unsigned i = 0; i < table->n_options; i++) {
		const struct opt_option *o = &table->options[i];
		struct opt_name name;
		if (!shown(table, command, i))
			continue;
		if (o->letter != 0)
			(void)snprintf(name.text, sizeof name.text, "-%c", o->letter);
		else
			opt_name(&name, o);
		(void)snprintf(text, sizeof text, "[%s%s%s]%s", name.text, o->arg != NULL ? " " : "",
		    o->arg != NULL ? o->arg : "", (o->flags & OPTION_REPEATS) != 0 ? "..." : "");
		add_wrapped(b, text, &column);
	}
	if (command->operands[0] != '\0')
		add_wrapped(b, command->operands, &column);
	bytes_byte(b, '\n');
}

static void
add_option(struct bytes *b, const struct opt_option *o)
{
	char left[64];
	int n = 0;

	if (o->letter != 0)
		n = snprintf(left, sizeof left, "-%c%s", o->letter, o->name != NULL ? ", " : "");
	else
		n = snprintf(left, sizeof left, "    ");
	(void)snprintf(left + n, sizeof left - (size_t)n, "%s%s%s%s", o->name != NULL ? "--" : "",
	    o->name != NULL ? o->name : "", o->arg != NULL ? " " : "", o->arg != NULL ? o->arg : "");
	bytes_printf(b, "  %-*s %s%s\n", OPTION_WIDTH, left, o->help,
	    (o->flags & OPTION_REPEATS) != 0 ? " (repeatable)" : "");
}

void
help_command(struct bytes *b, const struct opt_table *table, const struct opt_command *command)
{
	help_synopsis(b, table, command);
	bytes_byte(b, '\n');
	add_name(b, command);
	bytes_printf(b, ": %s.\n", command->brief);
	if (command->more[0] != '\0')
		bytes_printf(b, "%s\n", command->more);
	bytes_text(b, "\noptions:\n");
	for (unsigned i = 0; i < table->n_options; i++)
		if (shown(table, command, i))
			add_option(b, &table->options[i]);
	bytes_printf(b, "\nexample:\n  %s\n", command->example);
}

void
help_overview(struct bytes *b, const struct opt_table *table, const char *group)
{
	bytes_printf(b, "usage: %s %s%sCOMMAND [options] [FILE...]\n\ncommands:\n", table->program,
	    group != NULL ? group : "", group != NULL ? " " : "");
	for (size_t i = 0; i < table->n_commands; i++) {
		const struct opt_command *c = &table->commands[i];
		char name[40];
		if (group != NULL && (c->parent == NULL || strcmp(c->parent, group) != 0))
			continue;
		(void)snprintf(name, sizeof name, "%s%s%s", c->parent != NULL ? c->parent : "",
		    c->parent != NULL ? " " : "", c->name);
		bytes_printf(b, "  %-16s %s\n", name, c->brief);
	}
	bytes_printf(
	    b, "\n%s help COMMAND explains one; \"-\" is standard input or output.\n", table->program);
}

/* "[FILE...]" is ".Op Ar FILE ...", "FILE NAME" ".Ar FILE NAME", "bash|zsh" ".Cm bash | zsh". */
static void
mdoc_operands(struct bytes *b, const char *operands)
{
	bool optional = operands[0] == '[';
	bool words = strchr(operands, '|') != NULL;

	if (operands[0] == '\0')
		return;
	bytes_printf(b, ".%s%s ", optional ? "Op " : "", words ? "Cm" : "Ar");
	for (const char *c = operands; *c != '\0'; c++) {
		if (strncmp(c, "...", 3) == 0) {
			bytes_text(b, " ...");
			c += 2;
		} else if (*c == '|') {
			bytes_text(b, " | ");
		} else if (*c != '[' && *c != ']') {
			bytes_byte(b, *c);
		}
	}
	bytes_byte(b, '\n');
}

void
help_mdoc(struct bytes *b, const struct opt_table *table, const struct opt_command *command)
{
	bytes_printf(b, ".Nm %s ", table->program);
	add_name(b, command);
	bytes_byte(b, '\n');
	for (unsigned i = 0; i < table->n_options; i++) {
		const struct opt_option *o = &table->options[i];
		bool repeats = (o->flags & OPTION_REPEATS) != 0;
		if (!shown(table, command, i))
			continue;
		bytes_text(b, repeats ? ".Oo Fl " : ".Op Fl ");
		if (o->letter != 0)
			bytes_byte(b, o->letter);
		else
			bytes_printf(b, "-%s", o->name);
		if (o->arg != NULL)
			bytes_printf(b, " Ar %s", o->arg);
		bytes_text(b, repeats ? " Oc Ns ...\n" : "\n");
	}
	mdoc_operands(b, command->operands);
}
