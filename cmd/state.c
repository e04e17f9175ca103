#include "cmd/state.h"

#include "cmd/diag.h"
#include "cmd/fail.h"
#include "cmd/os/dirs.h"
#include "cmd/os/replace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	PART = 200, /* bytes of a name; a few less than file systems take */
	TAG = 16, /* hex digits */
	PIN_MOST = 64,
};

static const char pins[] = "pins", originals[] = "originals";

/* ---- where ---------------------------------------------------------------------------------------------------- */

static bool
add(char path[PATH_MAX], size_t *n, const char *text)
{
	size_t len = strlen(text);

	if (*n + len >= PATH_MAX)
		return false;
	memcpy(path + *n, text, len + 1);
	*n += len;
	return true;
}

/* The user's state directory; false: there is none. */
static bool
add_user_state(char path[PATH_MAX], size_t *n)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state != NULL && state[0] == '/')
		return add(path, n, state);
	return home != NULL && home[0] == '/' && add(path, n, home) && add(path, n, "/.local/state");
}

static bool
add_name(char path[PATH_MAX], size_t *n, const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
	char text[4] = "";
	size_t part = 0;

	for (; *name != '\0'; name++) {
		if (strchr(plain, *name) != NULL)
			(void)snprintf(text, sizeof text, "%c", *name);
		else
			(void)snprintf(text, sizeof text, "%%%02x", (unsigned)(unsigned char)*name);
		if (part + strlen(text) > PART) {
			if (!add(path, n, "+/"))
				return false;
			part = 0;
		}
		if (!add(path, n, text))
			return false;
		part += strlen(text);
	}
	return true;
}

/* The file that remembers.  False: nowhere. */
static bool
locate(const struct repo *repo, const char *kind, char path[PATH_MAX])
{
	const char *name = repo->found ? repo_relative(repo) : repo->path;
	size_t n = 0;

	path[0] = '\0';
	if (name[0] == '\0')
		return false;
	if (repo->found ? !add(path, &n, kind == pins ? repo->common : repo->dir) : !add_user_state(path, &n))
		return false;
	return add(path, &n, "/envseal/") && add(path, &n, kind) && add(path, &n, "/") &&
	       add_name(path, &n, name);
}

static bool
store(const char *path, struct envseal_slice bytes, struct envseal_err *err)
{
	struct replace r = {0};
	bool good;

	if (!dirs_make(path, 0700))
		return cmd_fail(
		    err, ENVSEAL_OUTPUT, path, errno, "cannot create the directory of the file", NULL);
	good = replace_begin(&r, path, REPLACE_PLAIN, REPLACE_NO_MODE, err) &&
	       replace_commit(&r, NULL, bytes, err);
	replace_abort(&r);
	return good;
}

/* ---- the data key --------------------------------------------------------------------------------------------- */

static enum state_pin
compare(const char *path, const char *tag, bool say)
{
	enum state_pin found = STATE_PIN_UNKNOWN;
	struct envseal_err err = {0};
	struct envseal_out text = {0};

	if (!file_read(path, PIN_MOST, FILE_REGULAR, &text, NULL, &err)) {
		if (err.code == ENVSEAL_NO_FILE || err.code == ENVSEAL_NO_MEMORY)
			return err.code == ENVSEAL_NO_FILE ? STATE_PIN_NONE : STATE_PIN_NO_MEMORY;
		if (say)
			diag_note("%s: the remembered data key cannot be read: %s%s%s", path, err.what,
			    err.sys != 0 ? ": " : "", err.sys != 0 ? strerror(err.sys) : "");
		return found;
	}
	if (text.n == TAG + 1 && text.p[TAG] == '\n')
		found = memcmp(text.p, tag, TAG) == 0 ? STATE_PIN_SAME : STATE_PIN_CHANGED;
	else if (say)
		diag_note("%s: this is not what envseal wrote", path);
	envseal_out_free(&text);
	return found;
}

enum state_pin
state_pin_compare(const struct repo *repo, const char *tag)
{
	char path[PATH_MAX];

	return locate(repo, pins, path) ? compare(path, tag, true) : STATE_PIN_NONE;
}

void
state_pin_store(const struct repo *repo, const char *tag)
{
	struct envseal_err err = {0};
	char path[PATH_MAX], line[TAG + 2];

	if (repo->path[0] == '\0')
		return;
	if (!locate(repo, pins, path)) {
		diag_note("%s: its data key is not remembered: there is no place for it", repo->path);
		return;
	}
	enum state_pin known = compare(path, tag, false);
	if (known == STATE_PIN_NO_MEMORY)
		diag_note("%s: its data key is not remembered: no memory is left", repo->path);
	if (known == STATE_PIN_NO_MEMORY || known == STATE_PIN_SAME)
		return;
	(void)snprintf(line, sizeof line, "%.16s\n", tag);
	if (!store(path, (struct envseal_slice){(const uint8_t *)line, strlen(line)}, &err))
		diag_note("%s: its data key is not remembered: %s: %s%s%s", repo->path, path, err.what,
		    err.sys != 0 ? ": " : "", err.sys != 0 ? strerror(err.sys) : "");
}

/* ---- the original --------------------------------------------------------------------------------------------- */

static bool
fail_original(const struct repo *repo, enum envseal_code code, const struct envseal_err *why,
    const char *path, const char *what, struct envseal_err *err)
{
	return cmd_failf(err, code, repo->path[0] != '\0' ? repo->path : NULL, why->sys,
	    why->hint[0] != '\0' ? why->hint : NULL, "%s (%.60s): %.90s", what, path, why->what);
}

bool
state_original_store(const struct repo *repo, struct envseal_slice bytes, struct envseal_err *err)
{
	struct envseal_err why = {0};
	char path[PATH_MAX];

	if (!locate(repo, originals, path))
		return cmd_fail(err, ENVSEAL_OUTPUT, repo->path, 0,
		    "there is no place to keep the sealed original",
		    "set HOME or XDG_STATE_HOME, or write the plaintext to another file with --output");
	return store(path, bytes, &why) ||
	       fail_original(repo, why.code, &why, path, "the sealed original cannot be kept", err);
}

bool
state_original_load(const struct repo *repo, struct envseal_out *bytes, bool *exists, struct envseal_err *err)
{
	struct envseal_err why = {0};
	char path[PATH_MAX];

	*exists = false;
	if (!locate(repo, originals, path))
		return true;
	*exists = file_read(path, ENVSEAL_LARGEST, FILE_REGULAR, bytes, NULL, &why);
	if (*exists || why.code == ENVSEAL_NO_FILE)
		return true;
	return fail_original(
	    repo, why.code, &why, path, "the sealed original that was kept cannot be read", err);
}

void
state_original_drop(const struct repo *repo)
{
	char path[PATH_MAX];

	if (locate(repo, originals, path) && unlink(path) != 0 && errno != ENOENT && errno != ENOTDIR)
		diag_note("%s: cannot be removed: %s", path, strerror(errno));
}

void
state_original_undo(const struct repo *repo)
{
	char path[PATH_MAX];
	char *slash;

	state_original_drop(repo);
	if (!locate(repo, originals, path))
		return;
	while ((slash = strrchr(path, '/')) != NULL && strcmp(slash + 1, "envseal") != 0) {
		*slash = '\0';
		if (rmdir(path) != 0)
			break;
	}
}
