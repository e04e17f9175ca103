#include "cmd/keys.h"

#include "cmd/commands.h"
#include "cmd/diag.h"
#include "cmd/fail.h"
#include "cmd/os/file.h"
#include "cmd/os/proc.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	KEYS_MOST = 1024 * 1024, /* bytes of a key file */
	SOURCES = 16, /* how many are remembered for the report; more of --identity open all the same */
	FINDING = 400,
};

static struct {
	char text[SOURCES][FINDING]; /* "NAME: what was found there" */
	size_t n;
	bool told, asked;
} looked;

static void ENVSEAL_PRINTF(1, 2) remember(const char *format, ...)
{
	va_list args;

	if (looked.n == SOURCES)
		return;
	va_start(args, format);
	(void)vsnprintf(looked.text[looked.n++], FINDING, format, args);
	va_end(args);
}

static void
tell(void)
{
	if (looked.told)
		return;
	looked.told = true;
	for (size_t i = 0; i < looked.n; i++)
		diag_note("looked for keys in %s", looked.text[i]);
}

/* ---- the user's key file -------------------------------------------------------------------------------------- */

/* Places that come in question, in order: the variable, and what follows it. */
struct place {
	const char *variable, *rest;
};
static const struct place places[] = {
    {"XDG_CONFIG_HOME", "/sops/age/keys.txt"},
#ifdef __APPLE__
    {"HOME", "/Library/Application Support/sops/age/keys.txt"},
#endif
    {"HOME", "/.config/sops/age/keys.txt"},
};

bool
keys_file(size_t i, char *path, size_t n, struct envseal_err *err)
{
	static const char hint[] = "name the key file: --output for a new one, --identity to open with one";
	const char *config = getenv("XDG_CONFIG_HOME");
	size_t at = config != NULL && config[0] != '\0' ? i : i + 1;
	const char *dir = getenv(places[at].variable);
	int len;

	if (dir == NULL || dir[0] != '/')
		return cmd_failf(err, ENVSEAL_OUTPUT, NULL, 0, hint, "%s is %s", places[at].variable,
		    dir == NULL || dir[0] == '\0' ? "not set" : "not an absolute path");
	len = snprintf(path, n, "%s%s", dir, places[at].rest);
	if (len < 0 || (size_t)len >= n)
		return cmd_fail(
		    err, ENVSEAL_OUTPUT, NULL, ENAMETOOLONG, "the key file has no usable path", hint);
	return true;
}

/* ---- sources -------------------------------------------------------------------------------------------------- */

/* What an error says, on one line. */
static void
explain(const struct envseal_err *err, char *text, size_t n)
{
	char line[24] = "";

	if (err->line > 0)
		(void)snprintf(line, sizeof line, "line %u: ", (unsigned)err->line);
	(void)snprintf(text, n, "%s%s%s%s", line, err->what, err->sys != 0 ? ": " : "",
	    err->sys != 0 ? strerror(err->sys) : "");
}

/* A source that is not good and need not be. */
static void
leave_out(const char *name, const struct envseal_err *err)
{
	char text[300];

	explain(err, text, sizeof text);
	remember("%s: %s", name, text);
	diag_note("%s: %s; it is left out", name, text);
}

static void
found(const char *name, size_t n)
{
	if (n == 0)
		remember("%s: no key in it", name);
	else
		remember("%s: %zu %s", name, n,
		    n == 1 ? "key, which does not open the file" : "keys, none of which opens the file");
}

static bool
add_text(struct envseal_identities *ids, struct envseal_slice text, const char *name, bool words,
    struct envseal_err *err)
{
	size_t before = envseal_identities_count(ids);

	if (!envseal_identities_add(ids, text, name, words, err))
		return false;
	found(name, envseal_identities_count(ids) - before);
	return true;
}

static bool
add_file(struct envseal_identities *ids, const char *path, const char *name, struct envseal_err *err)
{
	struct envseal_out text = {0};
	struct file_id id;
	bool good;

	if (!file_read(path, KEYS_MOST, FILE_ANY, &text, &id, err))
		return false;
	good = add_text(ids, (struct envseal_slice){text.p, text.n}, name, false, err);
	envseal_out_free(&text);
	if (good && S_ISREG(id.mode) && (id.mode & 077) != 0 && strcmp(path, "-") != 0)
		diag_note("%s: others than you may be able to read this key; chmod 600 keeps it yours", name);
	return good;
}

/* A key file that fails while it is read (a disk, too many open files) may be the one that counts: going on without it
 * would seal everything anew.  Always returns false, for the caller to return, if it is so. */
static bool
is_passing(const char *name, const struct envseal_err *why, struct envseal_err *err)
{
	static const int passing[] = {0, ENOENT, ENOTDIR, EACCES, EPERM, EISDIR, ELOOP, ENAMETOOLONG};

	if (why->code == ENVSEAL_NO_MEMORY)
		return cmd_fail_memory(err);
	for (size_t i = 0; i < sizeof passing / sizeof passing[0]; i++)
		if (why->sys == passing[i])
			return true;
	return cmd_failf(err, why->code, NULL, why->sys, "try again, or leave it out",
	    "the keys in %s cannot be read", name);
}

static bool
add_variables(struct envseal_identities *ids, struct envseal_err *err)
{
	const char *key = getenv("SOPS_AGE_KEY"), *file = getenv("SOPS_AGE_KEY_FILE");
	struct envseal_err why = {0};
	char name[300];

	if (key == NULL)
		remember("SOPS_AGE_KEY: not set");
	else if (!add_text(ids, (struct envseal_slice){(const uint8_t *)key, strlen(key)}, "SOPS_AGE_KEY",
		     true, &why))
		leave_out("SOPS_AGE_KEY", &why);
	if (why.code == ENVSEAL_NO_MEMORY)
		return cmd_fail_memory(err);
	why = (struct envseal_err){0};
	if (file == NULL || file[0] == '\0') {
		remember("SOPS_AGE_KEY_FILE: %s", file == NULL ? "not set" : "empty");
		return true;
	}
	(void)snprintf(name, sizeof name, "SOPS_AGE_KEY_FILE (%s)", file);
	if (add_file(ids, file, name, &why))
		return true;
	if (!is_passing(name, &why, err))
		return false;
	leave_out(name, &why);
	return true;
}

static bool
add_user_files(struct envseal_identities *ids, struct envseal_err *err)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < KEYS_FILES; i++) {
		struct envseal_err why = {0};
		if (!keys_file(i, path, sizeof path, &why)) {
			if (i == 0)
				remember("the key file of the user: %s", why.what);
			continue;
		}
		if (add_file(ids, path, path, &why))
			continue;
		if (why.code == ENVSEAL_NO_FILE)
			remember("%s: not there", path);
		else if (is_passing(path, &why, err))
			leave_out(path, &why);
		else
			return false;
	}
	return true;
}

struct envseal_identities *
keys_load(const struct opt_parsed *parsed, struct envseal_err *err)
{
	struct envseal_identities *ids = envseal_identities_new();
	const char *path;
	bool good = ids != NULL;
	size_t at = 0;

	if (ids == NULL)
		cmd_fail_memory(err);
	while (good && (path = opt_next(parsed, OPT_IDENTITY, &at)) != NULL)
		good = add_file(ids, path, file_label(path), err);
	good = good && add_variables(ids, err) && add_user_files(ids, err);
	if (good)
		return ids;
	envseal_identities_free(ids);
	return NULL;
}

/* ---- the command ---------------------------------------------------------------------------------------------- */

/* Where a reader of words stands. */
struct splitter {
	const char *at;
	char *out; /* has room for what is read */
	bool begun; /* a word */
};

/* Takes the text between quotes, the first being behind us; in double ones a backslash quotes what follows it. */
static bool
take_quoted(struct splitter *s, char quote)
{
	for (s->begun = true; *s->at != quote; *s->out++ = *s->at++) {
		if (quote == '"' && *s->at == '\\')
			s->at++;
		if (*s->at == '\0')
			return false;
	}
	s->at++;
	return true;
}

/* Reads one word, which it ends with a NUL; s->begun false: there is none.  False: a quote is not closed. */
static bool
take_word(struct splitter *s)
{
	s->begun = false;
	for (; *s->at != '\0'; s->at++) {
		if (strchr(" \t\r\n", *s->at) != NULL) {
			if (s->begun)
				break;
		} else if (*s->at == '#' && !s->begun) {
			s->at += strcspn(s->at, "\n");
			if (*s->at == '\0')
				break;
		} else if (*s->at == '\'' || *s->at == '"') {
			char quote = *s->at++;
			if (!take_quoted(s, quote))
				return false;
			s->at--;
		} else {
			if (*s->at == '\\' && *++s->at == '\0')
				return false;
			*s->out++ = *s->at;
			s->begun = true;
		}
	}
	*s->out++ = '\0';
	return true;
}

/* Splits a command line by the quoting rules of a shell, and nothing else of a shell.  words, NULL at the end, points
 * into text, which has room for the whole line. */
static bool
split(const char *line, char *text, const char **words, struct envseal_err *err)
{
	struct splitter s = {.at = line, .out = text};
	size_t n = 0;

	for (;;) {
		words[n] = s.out;
		if (!take_word(&s))
			return cmd_fail(
			    err, ENVSEAL_CONFIG, NULL, 0, "a quote or a backslash is left open", NULL);
		if (!s.begun)
			break;
		n++;
	}
	words[n] = NULL;
	return n > 0 || cmd_fail(err, ENVSEAL_CONFIG, NULL, 0, "no command is in it", NULL);
}

static bool
run_command(const char *const *words, struct envseal_identities *ids, int limit_ms, struct envseal_err *err)
{
	/* Without a limit a person is there, whom the command may tell something. */
	struct proc what = {.argv = words,
	    .most = KEYS_MOST,
	    .limit_ms = limit_ms,
	    .errors = limit_ms > 0 ? PROC_ERRORS_DROP : PROC_ERRORS_PASS};
	struct proc_result result = {0};
	bool good;

	if (!proc_run(&what, &result, err))
		return false;
	good = result.status == 0 ||
	       cmd_failf(err, ENVSEAL_GENERIC, NULL, 0, NULL, "it ended with status %d", result.status);
	good = good && add_text(ids, (struct envseal_slice){result.out.p, result.out.n}, "SOPS_AGE_KEY_CMD",
			   false, err);
	proc_result_free(&result);
	return good;
}

bool
keys_have_command(void)
{
	return getenv("SOPS_AGE_KEY_CMD") != NULL && !looked.asked;
}

bool
keys_ask_command(struct envseal_identities *ids, int limit_ms)
{
	const char *line = getenv("SOPS_AGE_KEY_CMD");
	size_t before = envseal_identities_count(ids), n;
	struct envseal_err err = {0};
	const char **words;
	char *text;

	if (looked.asked)
		return false;
	looked.asked = true;
	if (line == NULL || line[0] == '\0') {
		remember("SOPS_AGE_KEY_CMD: %s", line == NULL ? "not set" : "empty");
		return false;
	}
	/* No more words than every second byte begins, and one NUL behind each. */
	n = strlen(line) + 2;
	text = envseal_alloc(n * 2);
	words = envseal_alloc((n / 2 + 2) * sizeof *words);
	if (text == NULL || words == NULL)
		cmd_fail_memory(&err);
	else if (split(line, text, words, &err))
		(void)!run_command(words, ids, limit_ms, &err);
	if (err.code != ENVSEAL_OK)
		leave_out("SOPS_AGE_KEY_CMD", &err);
	envseal_free(text);
	envseal_free(words);
	return envseal_identities_count(ids) > before;
}

/* ---- opening -------------------------------------------------------------------------------------------------- */

bool
keys_open(struct envseal_doc *doc, struct envseal_identities *ids, struct envseal_err *err)
{
	if (envseal_open(doc, ids, err))
		return true;
	if (err->code == ENVSEAL_NO_KEY && keys_ask_command(ids, 0)) {
		*err = (struct envseal_err){0};
		if (envseal_open(doc, ids, err))
			return true;
	}
	if (err->code == ENVSEAL_NO_KEY)
		tell();
	return false;
}
