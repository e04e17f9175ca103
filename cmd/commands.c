#include "cmd/commands.h"

#include "cmd/cmd.h"

#include <limits.h>

#define SOME(list) (sizeof(list) / sizeof((list)[0]))

static const struct opt_option options[] = {
    [OPT_RECIPIENT] = {'r', "recipient", "R", NULL, OPTION_REPEATS,
	"seal to the age recipient R instead of those of .sops.yaml"},
    [OPT_RECIPIENTS_FILE] = {'R', "recipients-file", "FILE", NULL,
	OPTION_REPEATS | OPTION_READS | OPTION_PATH, "seal to the recipients in FILE, one a line"},
    [OPT_IDENTITY] = {0, "identity", "FILE", NULL, OPTION_REPEATS | OPTION_READS | OPTION_PATH,
	"open with the keys in FILE, too"},
    [OPT_CONFIG] = {0, "config", "PATH", NULL, OPTION_PATH, "use this .sops.yaml"},
    [OPT_IN_PLACE] = {'i', "in-place", NULL, NULL, 0, "replace the file by its plaintext, mode 0600"},
    [OPT_OUTPUT] = {'o', "output", "OUT", NULL, OPTION_PATH | OPTION_ONE_FILE, "write to the file OUT"},
    [OPT_STDOUT] = {0, "stdout", NULL, NULL, OPTION_ONE_FILE, "write to standard output"},
    [OPT_MODE] = {0, "mode", "MODE", NULL, 0, "give the plaintext file this mode (octal) instead of 0600"},
    [OPT_BASE] = {0, "base", "FILE", NULL, OPTION_READS | OPTION_PATH | OPTION_ONE_FILE,
	"keep what did not change since this sealed version"},
    [OPT_NO_BASE] = {0, "no-base", NULL, NULL, 0, "keep nothing of an earlier version: a new data key"},
    [OPT_QUOTES] = {0, "quotes", "HOW", "multiline literal", 0,
	"how to read a quote that another line closes: multiline or literal"},
    [OPT_ANY_NAME] = {0, "any-name", NULL, NULL, 0, "accept names that look like data"},
    [OPT_ALLOW_NONE] = {0, "allow-none", NULL, NULL, 0, "sealing no value at all is fine"},
    [OPT_AS_IN_FILE] = {0, "as-in-file", NULL, NULL, 0,
	"seal the values that the file selects, not the rule"},
    [OPT_AS_IN_RULE] = {0, "as-in-rule", NULL, NULL, 0,
	"seal the values that the rule selects, not the file"},
    [OPT_DROP_FOREIGN] = {0, "drop-foreign", NULL, NULL, 0,
	"drop KMS, PGP and Vault keys when the data key changes"},
    [OPT_FILENAME_OVERRIDE] = {0, "filename-override", "PATH", NULL, OPTION_PATH | OPTION_ONE_FILE,
	"find the rule as if the file were PATH"},
    [OPT_RAW] = {0, "raw", NULL, NULL, 0, "keep the line end at the end of the value"},
    [OPT_ALL] = {0, "all", NULL, NULL, 0, "every line where the name stands"},
    [OPT_CLEAR] = {0, "clear", NULL, NULL, 0,
	"store the value in clear where the selection leaves it in clear"},
    [OPT_PUBLIC] = {'y', NULL, NULL, NULL, 0,
	"print the recipients of the keys in FILE or on standard input"},
    [OPT_GLOBAL] = {0, "global", NULL, NULL, 0, "for all repositories of this user"},
    [OPT_DRY_RUN] = {'n', "dry-run", NULL, NULL, 0, "say what would be done and change nothing"},
    [OPT_JSON] = {0, "json", NULL, NULL, 0, "report as JSON on standard output: names, never values"},
    [OPT_NO_INPUT] = {0, "no-input", NULL, NULL, 0, "never ask at the terminal"},
    [OPT_QUIET] = {'q', "quiet", NULL, NULL, 0, "say nothing but errors"},
    [OPT_HELP] = {'h', "help", NULL, NULL, 0, "show this"},
    [OPT_VERSION] = {0, "version", NULL, NULL, 0, "print the version"},
    [OPT_MAN] = {0, "man", NULL, NULL, OPTION_HIDDEN, "print the synopsis as a manual page has it"},
};

#define B(name) OPT_BIT(OPT_##name)
#define COMMON (B(NO_INPUT) | B(QUIET) | B(HELP))

static const struct opt_command commands[] = {
    {NULL, "encrypt", "FILE...", 1, UINT_MAX, UINT_MAX, 0,
	COMMON | B(RECIPIENT) | B(RECIPIENTS_FILE) | B(IDENTITY) | B(CONFIG) | B(OUTPUT) | B(STDOUT) |
	    B(BASE) | B(NO_BASE) | B(QUOTES) | B(ANY_NAME) | B(ALLOW_NONE) | B(AS_IN_FILE) | B(AS_IN_RULE) |
	    B(DROP_FOREIGN) | B(FILENAME_OVERRIDE) | B(DRY_RUN) | B(JSON),
	"seal the values of files, in place",
	"Names stay readable. Recipients are those of the first matching rule in .sops.yaml, or of -r and "
	"-R.\n"
	"What did not change since the sealed version in git (or --base) keeps its bytes.\n"
	"In a file that is sealed already, values in clear are sealed and the rest stays.",
	"envseal encrypt .env.production", cmd_encrypt},
    {NULL, "decrypt", "FILE...", 1, UINT_MAX, UINT_MAX, 0,
	COMMON | B(IDENTITY) | B(IN_PLACE) | B(OUTPUT) | B(MODE) | B(DRY_RUN),
	"open files, to standard output",
	"Nothing is written before every value and the MAC have proved to be good.\n"
	"Keys are found as SOPS finds them: SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, SOPS_AGE_KEY_CMD and the key "
	"file of\n"
	"the user; --identity adds more.",
	"envseal decrypt .env.production", cmd_decrypt},
    {NULL, "get", "FILE NAME", 2, 2, 1, 0, COMMON | B(IDENTITY), "print one value",
	"A name that stands several times has the last of its values, as in the environment.",
	"envseal get .env.production DATABASE_URL", cmd_get},
    {NULL, "set", "FILE NAME", 2, 2, 1, COMMAND_IN_PLACE | COMMAND_VALUE_STDIN,
	COMMON | B(IDENTITY) | B(CONFIG) | B(RAW) | B(ALL) | B(CLEAR) | B(ANY_NAME) | B(AS_IN_FILE),
	"change or add one value",
	"The value is asked for at the terminal, without echo, or read from standard input, where one line "
	"end at\n"
	"its end is dropped. It is never taken from the command line.",
	"head -c 24 /dev/urandom | base64 | envseal set .env.production API_KEY", cmd_set},
    {NULL, "unset", "FILE NAME", 2, 2, 1, COMMAND_IN_PLACE, COMMON | B(IDENTITY) | B(CONFIG) | B(ALL),
	"remove one name and its value", "The other lines keep their bytes.",
	"envseal unset .env.production API_KEY", cmd_unset},
    {NULL, "rotate", "FILE...", 1, UINT_MAX, UINT_MAX, COMMAND_IN_PLACE,
	COMMON | B(IDENTITY) | B(CONFIG) | B(DROP_FOREIGN) | B(DRY_RUN) | B(JSON),
	"take a new data key, for the same recipients",
	"Every value is sealed anew. Values that somebody has read stay read: change those at their origin.",
	"envseal rotate .env.production", cmd_rotate},
    {NULL, "updatekeys", "FILE...", 1, UINT_MAX, UINT_MAX, COMMAND_IN_PLACE,
	COMMON | B(IDENTITY) | B(CONFIG) | B(DROP_FOREIGN) | B(DRY_RUN) | B(JSON),
	"make the recipients those of .sops.yaml",
	"Adding somebody keeps the data key. Removing anybody takes a new one in the same step.",
	"envseal updatekeys .env.production", cmd_updatekeys},
    {NULL, "verify", "[FILE...]", 0, UINT_MAX, UINT_MAX, 0, COMMON | B(IDENTITY) | B(CONFIG) | B(JSON),
	"check sealed files",
	"Without a key: structure, rule and recipients. With one: the MAC and every value, too. Prints no "
	"value.\n"
	"Without FILE: every sealed file that git tracks here.",
	"envseal verify .env.production", cmd_verify},
    {NULL, "keygen", "[FILE]", 0, 1, 1, 0, COMMON | B(OUTPUT) | B(PUBLIC),
	"make a key, or print its public half",
	"The key goes to OUT, or to the key file where SOPS and envseal look for it, never over another "
	"file.\n"
	"Its public half, the recipient, is printed: it goes into .sops.yaml.",
	"envseal keygen --output team-lead.key", cmd_keygen},
    {NULL, "textconv", "FILE", 1, 1, 1, 0, COMMON | B(IDENTITY), "show a file for git diff",
	"git runs this; envseal git install sets it up. It always succeeds and never asks.\n"
	"With a key it shows the values, and then who can read the file; without one a tag of each sealed "
	"value.",
	"envseal textconv .env.production", cmd_textconv},
    {NULL, "trust", "FILE...", 1, UINT_MAX, UINT_MAX, COMMAND_IN_PLACE, COMMON | B(IDENTITY) | B(DRY_RUN),
	"accept the data key that a file has now",
	"envseal remembers the data key of each file, so that one planted by somebody else does not go "
	"unseen.\n"
	"With envseal.pin = strict in git's configuration the file is not changed before this.",
	"envseal trust .env.production", cmd_trust},
    {"git", "install", "", 0, 0, 0, 0, COMMON | B(GLOBAL), "set up git diff and the check before a commit",
	"Sealed files are shown by envseal in git diff, log and show. A commit that would put a sealed file "
	"into the\n"
	"history in clear is refused. It sets diff.envseal.textconv, and diff.envseal.cachetextconv to "
	"false, and adds\n"
	"  info/attributes   diff=envseal -text for .env, .env.*, *.env and *.env.*\n"
	"  info/exclude      .envseal-*.tmp\n"
	"  hooks/pre-commit  envseal git pre-commit || exit",
	"envseal git install", cmd_git_install},
    {"git", "uninstall", "", 0, 0, 0, 0, COMMON | B(GLOBAL), "undo git install",
	"Removes only what git install wrote.", "envseal git uninstall", cmd_git_uninstall},
    {"git", "pre-commit", "", 0, 0, 0, 0, COMMON, "refuse staged files in clear that should be sealed",
	"The hook that git install writes runs this. Refused are files in clear that HEAD or their "
	"attributes want\n"
	"sealed, sealed files that cannot be read, and values in clear that should be sealed. It needs no "
	"key.\n"
	"In .gitattributes 'FILE -envseal' lets FILE stand in clear, and 'FILE envseal' wants it sealed "
	"whatever its name.",
	"envseal git pre-commit", cmd_git_pre_commit},
    {NULL, "completion", "bash|zsh|fish", 1, 1, 0, 0, COMMON, "print completions for a shell",
	"For bash: eval \"$(envseal completion bash)\". For zsh and fish save it where they look for "
	"completions.",
	"envseal completion bash", cmd_completion},
    {NULL, "version", "", 0, 0, 0, 0, COMMON | B(JSON), "print the version", "", "envseal version",
	cmd_version},
    {NULL, "help", "[COMMAND...]", 0, 2, 0, 0, COMMON | B(MAN), "explain a command", "",
	"envseal help encrypt", cmd_help},
};

static const struct opt_pair pairs[] = {
    {OPT_OUTPUT, OPT_STDOUT},
    {OPT_OUTPUT, OPT_IN_PLACE},
    {OPT_OUTPUT, OPT_PUBLIC},
    {OPT_BASE, OPT_NO_BASE},
    {OPT_AS_IN_FILE, OPT_AS_IN_RULE},
    {OPT_STDOUT, OPT_JSON},
};

const struct opt_table cmd_table = {
    .program = "envseal",
    .options = options,
    .n_options = SOME(options),
    .commands = commands,
    .n_commands = SOME(commands),
    .pairs = pairs,
    .n_pairs = SOME(pairs),
    .alone = B(HELP) | B(VERSION) | B(QUIET) | B(NO_INPUT),
    .help = OPT_HELP,
};
