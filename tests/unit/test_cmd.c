/* cmd/opt, cmd/help, cmd/complete, cmd/diag: the command line and what is said. */
#include "cmd/commands.h"
#include "cmd/complete.h"
#include "cmd/diag.h"
#include "cmd/help.h"
#include "cmd/opt.h"
#include "tests/unit/tap.h"

#include <limits.h>
#include <stdlib.h>

enum { A_FILE, A_KEY, A_QUIET, A_HELP, A_HOW, A_Y, A_OUT };

static const struct opt_option options[] = {
    [A_FILE] = {'f', "file", "F", NULL, OPTION_READS | OPTION_PATH, "one file"},
    [A_KEY] = {0, "key", "K", NULL, OPTION_READS | OPTION_REPEATS, "keys: 'quoted' [and] bracketed"},
    [A_QUIET] = {'q', "quiet", NULL, NULL, 0, "silent"},
    [A_HELP] = {'h', "help", NULL, NULL, 0, "help"},
    [A_HOW] = {0, "how", "H", "this that", 0, "this or that"},
    [A_Y] = {'y', NULL, NULL, NULL, 0, "only a letter"},
    [A_OUT] = {'o', "out", "O", NULL, OPTION_ONE_FILE, "output"},
};

#define BIT(x) OPT_BIT(A_##x)

static const struct opt_command commands[] = {
    {NULL, "seal", "FILE...", 1, UINT_MAX, UINT_MAX, 0,
	BIT(FILE) | BIT(KEY) | BIT(QUIET) | BIT(HELP) | BIT(HOW) | BIT(Y) | BIT(OUT), "seal files", "",
	"x seal f", NULL},
    {NULL, "put", "FILE NAME", 2, 2, 1, COMMAND_IN_PLACE | COMMAND_VALUE_STDIN, BIT(KEY) | BIT(HELP), "put",
	"", "x put f N", NULL},
    {"git", "install", "", 0, 0, 0, 0, BIT(HELP), "install", "", "x git install", NULL},
};

static const struct opt_pair pairs[] = {{A_Y, A_OUT}};

static const struct opt_table table = {
    .program = "x",
    .options = options,
    .n_options = sizeof options / sizeof options[0],
    .commands = commands,
    .n_commands = sizeof commands / sizeof commands[0],
    .pairs = pairs,
    .n_pairs = 1,
    .alone = BIT(HELP),
    .help = A_HELP,
};

/* line is a command line whose words are separated by blanks; want shows what was understood, or the error's texts. */
static const struct {
	const char *line, *want;
	enum envseal_code code;
} lines[] = {
    {"", "", ENVSEAL_OK},
    {"seal a", "seal a", ENVSEAL_OK},
    {"seal -q a", "seal -q a", ENVSEAL_OK},
    {"-q seal a b", "seal -q a b", ENVSEAL_OK},
    {"seal a -q -- -b --c", "seal -q a -b --c", ENVSEAL_OK},
    {"--file x seal a", "seal --file=x a", ENVSEAL_OK},
    {"seal --file=x=y a", "seal --file=x=y a", ENVSEAL_OK},
    {"seal -fx a", "seal --file=x a", ENVSEAL_OK},
    {"seal -f x a", "seal --file=x a", ENVSEAL_OK},
    {"seal -qyfx a", "seal -q -y --file=x a", ENVSEAL_OK},
    {"seal --file= a", "seal --file= a", ENVSEAL_OK},
    {"seal --key 1 a --key 2", "seal --key=1 --key=2 a", ENVSEAL_OK},
    {"seal -q -q a", "seal -q -q a", ENVSEAL_OK},
    {"seal -", "seal -", ENVSEAL_OK},
    {"seal --how this a", "seal --how=this a", ENVSEAL_OK},
    {"git install", "git install", ENVSEAL_OK},
    {"git", "git", ENVSEAL_OK},
    {"seal -h", "seal -h", ENVSEAL_OK},
    {"seal --help --file", "seal -h", ENVSEAL_OK},
    {"put f N", "put f N", ENVSEAL_OK},
    {"seal", "no file is given", ENVSEAL_NO_FILE},
    {"seal --file a -f b c", "--file is given twice", ENVSEAL_USAGE},
    {"seal a --file", "--file needs an argument: F", ENVSEAL_USAGE},
    {"seal a -f", "--file needs an argument: F", ENVSEAL_USAGE},
    {"seal a --quiet=1", "--quiet takes no argument", ENVSEAL_USAGE},
    {"seal a --qiet", "there is no option --qiet|did you mean --quiet?", ENVSEAL_USAGE},
    {"seal a --qui", "there is no option --qui|did you mean --quiet?", ENVSEAL_USAGE},
    {"seal a --zzz", "there is no option --zzz", ENVSEAL_USAGE},
    {"seal a --Secret-Value", "there is no such option", ENVSEAL_USAGE},
    {"seal a -z", "there is no option -z", ENVSEAL_USAGE},
    {"seal a -qz", "there is no option -z", ENVSEAL_USAGE},
    {"seel a", "there is no command seel|did you mean seal?", ENVSEAL_USAGE},
    {"SEAL-KEY a", "there is no such command|x help lists the commands", ENVSEAL_USAGE},
    {"git instal", "there is no command git instal|did you mean git install?", ENVSEAL_USAGE},
    {"install", "there is no command install|x help lists the commands", ENVSEAL_USAGE},
    {"gti", "there is no command gti|x help lists the commands", ENVSEAL_USAGE},
    {"put -q f N", "put takes no option --quiet", ENVSEAL_USAGE},
    {"-q", "x without a command takes no option --quiet", ENVSEAL_USAGE},
    {"put f", "put needs FILE NAME", ENVSEAL_USAGE},
    {"put f N secret", "put has too many operands", ENVSEAL_USAGE},
    {"put - N", "put works on files, not on standard input|name a file", ENVSEAL_USAGE},
    {"put --key - f N", "the value and --key cannot both come from standard input|give one of them as a file",
	ENVSEAL_USAGE},
    {"seal --key - --file=- a",
	"--key and --file cannot both come from standard input|give one of them as a file", ENVSEAL_USAGE},
    {"seal --key - -", "--key and FILE cannot both come from standard input|give one of them as a file",
	ENVSEAL_USAGE},
    {"seal - -", "FILE and FILE cannot both come from standard input|give one of them as a file",
	ENVSEAL_USAGE},
    {"seal --how other a", "--how takes one of: this that", ENVSEAL_USAGE},
    {"seal --how thi a", "--how takes one of: this that", ENVSEAL_USAGE},
    {"seal -y -o x a", "-y and --out exclude each other", ENVSEAL_USAGE},
    {"seal -o x a b", "--out cannot be for several files|give one FILE at a time", ENVSEAL_USAGE},
};

static void
describe(struct bytes *b, const struct opt_parsed *p)
{
	const char *between = "";

	if (p->command != NULL && p->command->parent != NULL)
		bytes_printf(b, "%s ", p->command->parent);
	if (p->command != NULL || p->group != NULL) {
		bytes_text(b, p->command != NULL ? p->command->name : p->group);
		between = " ";
	}
	for (size_t i = 0; i < p->n_given; i++, between = " ") {
		const struct opt_option *o = &p->table->options[p->given[i].option];
		if (o->arg != NULL)
			bytes_printf(b, "%s--%s=%s", between, o->name, p->given[i].value);
		else
			bytes_printf(b, "%s-%c", between, o->letter);
	}
	for (size_t i = 0; i < p->n_args; i++, between = " ")
		bytes_printf(b, "%s%s", between, p->args[i]);
}

static void
test_lines(void)
{
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		char copy[128], *argv[16] = {copy};
		struct envseal_err err = {0};
		struct opt_parsed p;
		struct bytes b = {0};
		int argc = 1;
		(void)snprintf(copy, sizeof copy, "%s", lines[i].line);
		for (char *word = copy; *word != '\0' && argc < 15;) {
			size_t n = strcspn(word, " ");
			argv[argc++] = word;
			if (word[n] == '\0')
				break;
			word[n] = '\0';
			word += n + 1;
		}
		if (opt_parse(&table, argc, argv, &p, &err))
			describe(&b, &p);
		else
			bytes_printf(&b, "%s%s%s", err.what, err.hint[0] != '\0' ? "|" : "", err.hint);
		ok(err.code == lines[i].code, "opt: \"%s\": code", lines[i].line);
		is_bytes(b.p, b.n, lines[i].want, strlen(lines[i].want), "opt: \"%s\"", lines[i].line);
		bytes_free(&b);
		opt_free(&p);
	}
}

/* The real table keeps its own rules. */
static void
test_table(void)
{
	bool letters = true, names = true, lists = true;

	for (size_t i = 0; i < cmd_table.n_options; i++) {
		const struct opt_option *o = &cmd_table.options[i];
		lists = lists && (o->letter != 0 || o->name != NULL) && o->help != NULL;
		for (size_t k = 0; k < i; k++) {
			const struct opt_option *q = &cmd_table.options[k];
			letters = letters && (o->letter == 0 || o->letter != q->letter);
			names =
			    names && (o->name == NULL || q->name == NULL || strcmp(o->name, q->name) != 0);
		}
	}
	ok(letters && names && lists && cmd_table.n_options <= 64, "table: options are told apart");
	for (size_t i = 0; i < cmd_table.n_commands; i++) {
		const struct opt_command *c = &cmd_table.commands[i];
		struct bytes b = {0};
		ok(opt_find(&cmd_table, c->parent != NULL ? c->parent : c->name,
		       c->parent != NULL ? c->name : NULL) == c &&
			c->run != NULL &&
			(strncmp(c->example, "envseal ", 8) == 0 || strstr(c->example, "| envseal ") != NULL),
		    "table: %s", c->name);
		help_command(&b, &cmd_table, c);
		help_mdoc(&b, &cmd_table, c);
		ok(b.state == BYTES_GOOD && b.n > 100, "table: help of %s", c->name);
		for (size_t k = 0, column = 0; k < b.n; k++) {
			column = b.p[k] == '\n' ? 0 : column + 1;
			if (column == 121)
				ok(false, "table: help of %s has a line that is too long", c->name);
		}
		bytes_free(&b);
	}
}

static void
test_made(void)
{
	static const char synopsis[] =
	    "usage: x seal [-f F] [--key K]... [-q] [-h] [--how H] [-y] [-o O] FILE...\n";
	static const char mdoc[] =
	    ".Nm x seal\n.Op Fl f Ar F\n.Oo Fl -key Ar K Oc Ns ...\n.Op Fl q\n.Op Fl h\n"
	    ".Op Fl -how Ar H\n.Op Fl y\n.Op Fl o Ar O\n.Ar FILE ...\n";
	static const char *const shells[] = {"bash", "zsh", "fish"};
	struct bytes b = {0};

	help_synopsis(&b, &table, &commands[0]);
	is_bytes(b.p, b.n, synopsis, sizeof synopsis - 1, "help: synopsis");
	bytes_free(&b);
	help_mdoc(&b, &table, &commands[0]);
	is_bytes(b.p, b.n, mdoc, sizeof mdoc - 1, "help: mdoc");
	bytes_free(&b);
	for (size_t i = 0; i < 3; i++) {
		ok(complete_script(&b, &table, shells[i]) && b.state == BYTES_GOOD &&
			memmem(b.p, b.n, "install", 7) != NULL && memmem(b.p, b.n, "how", 3) != NULL,
		    "completion: %s", shells[i]);
		bytes_free(&b);
	}
	ok(!complete_script(&b, &table, "tcsh"), "completion: no other shell");
	bytes_free(&b);
}

#define TEXT(s)                                                                                              \
	{                                                                                                    \
		(const uint8_t *)(s), sizeof(s) - 1                                                          \
	}

static void
test_filter(void)
{
	static const struct {
		struct envseal_slice in;
		const char *shown, *json;
	} cases[] = {
	    {TEXT("plain.env"), "plain.env", "\"plain.env\""},
	    {TEXT("a\tb\nc\x1b[0m"), "a\\x09b\\x0ac\\x1b[0m", "\"a\\tb\\nc\\u001b[0m\""},
	    {TEXT("\"q\\"), "\"q\\", "\"\\\"q\\\\\""},
	    {TEXT("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f", "\"gr\xc3\xbc\xc3\x9f\""},
	    {TEXT("\xe2\x80\xae"
		  "txt"),
		"\\u{202e}txt", "\"\\u202etxt\""},
	    {TEXT("\xc2\x85\xe2\x81\xa6\xef\xbb\xbf"), "\\u{0085}\\u{2066}\\u{feff}",
		"\"\\u0085\\u2066\\ufeff\""},
	    {TEXT("\xf3\xa0\x80\x81"), "\\u{e0001}", "\"\\udb40\\udc01\""},
	    {TEXT("\xf0\x9f\x94\x92"), "\xf0\x9f\x94\x92", "\"\xf0\x9f\x94\x92\""},
	    {TEXT("\xc0\x80\xed\xa0\x80\xff"), "\\xc0\\x80\\xed\\xa0\\x80\\xff",
		"\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
	    {TEXT("cut\xe2\x80"), "cut\\xe2\\x80", "\"cut\xef\xbf\xbd\xef\xbf\xbd\""},
	    {TEXT("\0"), "\\x00", "\"\\u0000\""},
	    {TEXT("\x7f"), "\\x7f", "\"\\u007f\""},
	};
	struct bytes b = {0};

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		diag_filter(&b, cases[i].in, false);
		is_bytes(b.p, b.n, cases[i].shown, strlen(cases[i].shown), "filter: case %zu", i);
		bytes_free(&b);
		diag_json_string(&b, cases[i].in);
		is_bytes(b.p, b.n, cases[i].json, strlen(cases[i].json), "json: case %zu", i);
		bytes_free(&b);
	}
	diag_filter(&b, (struct envseal_slice)TEXT("a\nb\r"), true);
	is_bytes(b.p, b.n, "a\nb\\x0d", 7, "filter: lines");
	bytes_free(&b);
}

int
main(void)
{
	test_lines();
	test_table();
	test_made();
	test_filter();
	return done();
}
