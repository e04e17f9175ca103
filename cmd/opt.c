#include "cmd/opt.h"

#include "cmd/fail.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---------------------------------------------------------------------------------------------------- */

const char *
opt_name(struct opt_name *name, const struct opt_option *option)
{
	if (option->name != NULL)
		(void)snprintf(name->text, sizeof name->text, "--%s", option->name);
	else
		(void)snprintf(name->text, sizeof name->text, "-%c", option->letter);
	return name->text;
}

/* Whether the first n bytes of word are short and plain enough to be repeated in a message. */
static bool
is_plain(const char *word, size_t n)
{
	return n > 0 && n < 24 && strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-_") >= n;
}

/* Levenshtein distance of a[0..n) and b, both below 32 bytes. */
static size_t
distance(const char *a, size_t n, const char *b)
{
	size_t row[32], m = strlen(b);

	if (n >= 32 || m >= 32)
		return 32;
	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t best = corner + (a[i - 1] != b[j - 1]);
			corner = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[m];
}

struct nearest {
	const char *name;
	size_t away;
};

static void
consider(struct nearest *best, const char *word, size_t n, const char *candidate)
{
	size_t away = distance(word, n, candidate);

	/* A long word that only begins the candidate is meant, too. */
	if (n >= 3 && strncmp(word, candidate, n) == 0)
		away = 1;
	if (away <= 1 + n / 4 && away < n && (best->name == NULL || away < best->away))
		*best = (struct nearest){candidate, away};
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

const struct opt_command *
opt_find(const struct opt_table *table, const char *word, const char *name)
{
	for (size_t i = 0; i < table->n_commands; i++) {
		const struct opt_command *c = &table->commands[i];
		if (name == NULL ? c->parent == NULL && strcmp(c->name, word) == 0
				 : same_text(c->parent, word) && strcmp(c->name, name) == 0)
			return c;
	}
	return NULL;
}

bool
opt_is_group(const struct opt_table *table, const char *word)
{
	for (size_t i = 0; i < table->n_commands; i++)
		if (table->commands[i].parent != NULL && strcmp(table->commands[i].parent, word) == 0)
			return true;
	return false;
}

bool
opt_fail_command(const struct opt_table *table, const char *parent, const char *word, struct envseal_err *err)
{
	struct nearest best = {0};
	size_t n = strlen(word);
	char hint[120];

	for (size_t i = 0; i < table->n_commands; i++) {
		const struct opt_command *c = &table->commands[i];
		if (same_text(c->parent, parent))
			consider(&best, word, n, c->name);
		else if (parent == NULL)
			consider(&best, word, n, c->parent);
	}
	if (best.name != NULL)
		(void)snprintf(hint, sizeof hint, "did you mean %s%s%s?", parent != NULL ? parent : "",
		    parent != NULL ? " " : "", best.name);
	else
		(void)snprintf(hint, sizeof hint, "%s help lists the commands", table->program);
	if (!is_plain(word, n))
		return cmd_fail(err, ENVSEAL_USAGE, NULL, 0, "there is no such command", hint);
	return cmd_failf(err, ENVSEAL_USAGE, NULL, 0, hint, "there is no command %s%s%s",
	    parent != NULL ? parent : "", parent != NULL ? " " : "", word);
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

struct scan {
	const struct opt_table *table;
	struct opt_parsed *out;
	const char *unknown; /* the first option that no command has, from its '-' on */
	char letter; /* if that is a letter within a word */
	char **argv;
	int argc, at;
};

static bool
give(struct scan *s, unsigned option, const char *value, struct envseal_err *err)
{
	const struct opt_option *o = &s->table->options[option];
	struct opt_name name;

	if (opt_has(s->out, option) && (o->flags & OPTION_REPEATS) == 0 && o->arg != NULL)
		return cmd_failf(err, ENVSEAL_USAGE, NULL, 0, NULL, "%s is given twice", opt_name(&name, o));
	s->out->bits |= OPT_BIT(option);
	s->out->given[s->out->n_given++] = (struct opt_given){option, value};
	return true;
}

/* The next word of the command line as the argument of option. */
static bool
give_next(struct scan *s, unsigned option, struct envseal_err *err)
{
	struct opt_name name;

	if (s->at + 1 < s->argc)
		return give(s, option, s->argv[++s->at], err);
	return cmd_failf(err, ENVSEAL_USAGE, NULL, 0, NULL, "%s needs an argument: %s",
	    opt_name(&name, &s->table->options[option]), s->table->options[option].arg);
}

static bool
scan_long(struct scan *s, const char *word, struct envseal_err *err)
{
	const char *value = strchr(word, '=');
	size_t n = value != NULL ? (size_t)(value - word) : strlen(word);

	for (unsigned i = 0; i < s->table->n_options; i++) {
		const struct opt_option *o = &s->table->options[i];
		if (o->name == NULL || strlen(o->name) != n - 2 || strncmp(o->name, word + 2, n - 2) != 0)
			continue;
		if (o->arg != NULL)
			return value != NULL ? give(s, i, value + 1, err) : give_next(s, i, err);
		if (value != NULL)
			return cmd_failf(
			    err, ENVSEAL_USAGE, NULL, 0, NULL, "--%s takes no argument", o->name);
		return give(s, i, NULL, err);
	}
	if (s->unknown == NULL)
		s->unknown = word;
	return true;
}

static bool
scan_letters(struct scan *s, const char *word, struct envseal_err *err)
{
	for (const char *c = word + 1; *c != '\0'; c++) {
		unsigned i = 0;
		while (i < s->table->n_options && s->table->options[i].letter != *c)
			i++;
		if (i == s->table->n_options) {
			if (s->unknown == NULL) {
				s->unknown = word;
				s->letter = *c;
			}
			return true;
		}
		if (s->table->options[i].arg != NULL)
			return c[1] != '\0' ? give(s, i, c + 1, err) : give_next(s, i, err);
		if (!give(s, i, NULL, err))
			return false;
	}
	return true;
}

/* All words: those after a mistake, too, so that the command is known. */
static void
scan_all(struct scan *s, struct envseal_err *err)
{
	bool options = true;

	for (s->at = 1; s->at < s->argc; s->at++) {
		const char *word = s->argv[s->at];
		bool good = true;
		if (!options || word[0] != '-' || word[1] == '\0')
			s->out->args[s->out->n_args++] = word;
		else if (strcmp(word, "--") == 0)
			options = false;
		else if (word[1] == '-')
			good = scan_long(s, word, err);
		else
			good = scan_letters(s, word, err);
		/* err keeps the first mistake. */
		(void)good;
	}
}

/* Takes the names of the command off the operands. */
static bool
take_command(struct opt_parsed *p, struct envseal_err *err)
{
	const struct opt_table *table = p->table;
	const char *word, *parent = NULL;

	if (p->n_args == 0)
		return true;
	word = *p->args++;
	p->n_args--;
	if (opt_is_group(table, word)) {
		p->group = parent = word;
		if (p->n_args == 0)
			return true;
		word = *p->args++;
		p->n_args--;
	}
	p->command = parent != NULL ? opt_find(table, parent, word) : opt_find(table, word, NULL);
	return p->command != NULL || opt_fail_command(table, parent, word, err);
}

/* ---- checking ------------------------------------------------------------------------------------------------- */

static uint64_t
allowed(const struct opt_parsed *p)
{
	return p->command != NULL ? p->command->options : p->table->alone;
}

static bool
fail_unknown(const struct scan *s, struct envseal_err *err)
{
	const struct opt_table *table = s->table;
	struct nearest best = {0};
	size_t n = strcspn(s->unknown, "=");
	char hint[80] = "";

	if (s->letter > ' ' && s->letter < 0x7f)
		return cmd_failf(err, ENVSEAL_USAGE, NULL, 0, NULL, "there is no option -%c", s->letter);
	if (s->letter != 0 || n <= 2 || !is_plain(s->unknown + 2, n - 2))
		return cmd_fail(err, ENVSEAL_USAGE, NULL, 0, "there is no such option", NULL);
	for (unsigned i = 0; i < table->n_options; i++)
		if (table->options[i].name != NULL && (allowed(s->out) & OPT_BIT(i)) != 0 &&
		    (table->options[i].flags & OPTION_HIDDEN) == 0)
			consider(&best, s->unknown + 2, n - 2, table->options[i].name);
	if (best.name != NULL)
		(void)snprintf(hint, sizeof hint, "did you mean --%s?", best.name);
	return cmd_failf(err, ENVSEAL_USAGE, NULL, 0, hint, "there is no option %.*s", (int)n, s->unknown);
}

static bool
is_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = words; *at != '\0'; at += strcspn(at, " "), at += strspn(at, " "))
		if (strcspn(at, " ") == n && strncmp(at, word, n) == 0)
			return true;
	return false;
}

static bool
check_options(const struct opt_parsed *p, struct envseal_err *err)
{
	const struct opt_command *c = p->command;
	struct opt_name name, other;

	for (size_t i = 0; i < p->n_given; i++) {
		const struct opt_option *o = &p->table->options[p->given[i].option];
		const char *value = p->given[i].value;
		opt_name(&name, o);
		if ((allowed(p) & OPT_BIT(p->given[i].option)) == 0)
			return cmd_failf(err, ENVSEAL_USAGE, NULL, 0, NULL, "%s%s%s%s takes no option %s",
			    c == NULL || c->parent == NULL ? "" : c->parent,
			    c == NULL || c->parent == NULL ? "" : " ",
			    c == NULL ? p->table->program : c->name, c == NULL ? " without a command" : "",
			    name.text);
		if (o->words != NULL && value != NULL && !is_word(o->words, value))
			return cmd_failf(
			    err, ENVSEAL_USAGE, NULL, 0, NULL, "%s takes one of: %s", name.text, o->words);
		if ((o->flags & OPTION_ONE_FILE) != 0 && p->n_args > 1)
			return cmd_failf(err, ENVSEAL_USAGE, NULL, 0, "give one FILE at a time",
			    "%s cannot be for several files", name.text);
	}
	for (size_t i = 0; i < p->table->n_pairs; i++) {
		const struct opt_pair *pair = &p->table->pairs[i];
		if (opt_has(p, pair->a) && opt_has(p, pair->b))
			return cmd_failf(err, ENVSEAL_USAGE, NULL, 0, NULL, "%s and %s exclude each other",
			    opt_name(&name, &p->table->options[pair->a]),
			    opt_name(&other, &p->table->options[pair->b]));
	}
	return true;
}

static bool
check_operands(const struct opt_parsed *p, struct envseal_err *err)
{
	const struct opt_command *c = p->command;

	if (p->n_args < c->least && p->n_args == 0 && c->files > 0)
		return cmd_fail(err, ENVSEAL_NO_FILE, NULL, 0, "no file is given", NULL);
	if (p->n_args < c->least)
		return cmd_failf(err, ENVSEAL_USAGE, NULL, 0, NULL, "%s needs %s", c->name, c->operands);
	if (p->n_args > c->most)
		return cmd_failf(err, ENVSEAL_USAGE, NULL, 0, NULL, "%s has too many operands", c->name);
	for (size_t i = 0; i < p->n_args; i++)
		if (p->args[i][0] == '\0')
			return cmd_failf(err, ENVSEAL_USAGE, NULL, 0, "is a variable of the shell empty?",
			    "operand %zu is empty", i + 1);
	for (size_t i = 0; i < p->n_args && i < c->files && (c->flags & COMMAND_IN_PLACE) != 0; i++)
		if (strcmp(p->args[i], "-") == 0)
			return cmd_failf(err, ENVSEAL_USAGE, NULL, 0, "name a file",
			    "%s works on files, not on standard input", c->name);
	return true;
}

/* At most one thing can be read from standard input. */
static bool
check_stdin(const struct opt_parsed *p, struct envseal_err *err)
{
	struct opt_name name;
	char first[32] = "", now[32];
	size_t n = p->n_given + p->n_args;

	if ((p->command->flags & COMMAND_VALUE_STDIN) != 0)
		(void)snprintf(first, sizeof first, "the value");
	for (size_t i = 0; i < n; i++) {
		if (i < p->n_given) {
			const struct opt_option *o = &p->table->options[p->given[i].option];
			const char *value = p->given[i].value;
			if ((o->flags & OPTION_READS) == 0 || value == NULL || strcmp(value, "-") != 0)
				continue;
			(void)snprintf(now, sizeof now, "%s", opt_name(&name, o));
		} else {
			if (i - p->n_given >= p->command->files || strcmp(p->args[i - p->n_given], "-") != 0)
				continue;
			(void)snprintf(now, sizeof now, "FILE");
		}
		if (first[0] != '\0')
			return cmd_failf(err, ENVSEAL_USAGE, NULL, 0, "give one of them as a file",
			    "%s and %s cannot both come from standard input", first, now);
		memcpy(first, now, sizeof first);
	}
	return true;
}

bool
opt_parse(
    const struct opt_table *table, int argc, char **argv, struct opt_parsed *parsed, struct envseal_err *err)
{
	struct scan s = {.table = table, .out = parsed, .argv = argv, .argc = argc};
	size_t letters = 0;
	bool known;

	*parsed = (struct opt_parsed){.table = table};
	/* A word may hold as many options as it has letters. */
	for (int i = 0; i < argc; i++)
		letters += strlen(argv[i]) + 1;
	parsed->memory = calloc(letters + (size_t)argc + 1, sizeof *parsed->given + sizeof *parsed->args);
	if (parsed->memory == NULL)
		return cmd_fail_memory(err);
	parsed->given = parsed->memory;
	parsed->args = (const char **)(void *)(parsed->given + letters + (size_t)argc + 1);
	scan_all(&s, err);
	known = take_command(parsed, err);
	if (opt_has(parsed, table->help) && known && s.unknown == NULL) {
		*err = (struct envseal_err){0};
		return true;
	}
	if (!known || err->code != ENVSEAL_OK)
		return false;
	if (s.unknown != NULL)
		return fail_unknown(&s, err);
	if (!check_options(parsed, err))
		return false;
	return parsed->command == NULL || (check_operands(parsed, err) && check_stdin(parsed, err));
}

void
opt_free(struct opt_parsed *parsed)
{
	free(parsed->memory);
	*parsed = (struct opt_parsed){0};
}

/* ---- asking --------------------------------------------------------------------------------------------------- */

bool
opt_has(const struct opt_parsed *parsed, unsigned option)
{
	return (parsed->bits & OPT_BIT(option)) != 0;
}

const char *
opt_next(const struct opt_parsed *parsed, unsigned option, size_t *at)
{
	while (*at < parsed->n_given)
		if (parsed->given[(*at)++].option == option)
			return parsed->given[*at - 1].value;
	return NULL;
}

const char *
opt_value(const struct opt_parsed *parsed, unsigned option)
{
	size_t at = 0;

	return opt_next(parsed, option, &at);
}
