/* keygen: makes a key file, or prints the recipients of one. */
#include "cmd/cmd.h"

#include "cmd/bytes.h"
#include "cmd/commands.h"
#include "cmd/diag.h"
#include "cmd/fail.h"
#include "cmd/keys.h"
#include "cmd/os/dirs.h"
#include "cmd/os/file.h"
#include "cmd/os/replace.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* "2026-01-02T15:04:05Z".  Reckoned here: libc reads the time zone first, even for UTC, and says nothing when that
 * fails. */
static void
time_text(char *text, size_t n, int64_t now)
{
	/* Days from 1 March of the year 0: the leap day comes last, so months and years are plain divisions. */
	int64_t days = now / 86400 + 719468, seconds = now % 86400;
	int64_t era = days / 146097, day = days % 146097;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t yday = day - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * yday + 2) / 153;

	(void)snprintf(text, n, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)(year + era * 400 + (month >= 10)),
	    (int)(month < 10 ? month + 3 : month - 9), (int)(yday - (153 * month + 2) / 5 + 1),
	    (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
}

static bool
make_directories(const char *path, struct envseal_err *err)
{
	return dirs_make(path, 0700) ||
	       cmd_fail(err, ENVSEAL_OUTPUT, path, errno, "cannot create the directory of the file",
		   "say where the key goes with --output FILE");
}

static bool
store(const char *path, const struct envseal_out *key, struct envseal_err *err)
{
	struct envseal_slice bytes = {key->p, key->n};
	struct replace r = {0};
	bool good = false;

	if (!replace_begin(&r, path, REPLACE_PLAIN, REPLACE_NO_MODE, err))
		return false;
	if (r.exists)
		cmd_fail(err, ENVSEAL_OUTPUT, path, EEXIST, "a key is never written over another file",
		    "choose another file with --output; envseal keygen -y FILE prints the recipients of this "
		    "one");
	else
		good = replace_commit(&r, NULL, bytes, err);
	replace_abort(&r);
	return good;
}

static bool
make_key(struct envseal_out *key, char recipient[64], struct envseal_err *err)
{
	struct envseal *es = envseal_new(NULL, err);
	char created[80];
	bool good = false;

	time_text(created, sizeof created, (int64_t)time(NULL));
	if (es != NULL)
		good = envseal_keygen(es, created, key, recipient, err);
	envseal_end(es);
	return good;
}

static bool
make_and_store(const char *path, struct envseal_err *err)
{
	char recipient[64], line[68];
	struct envseal_out key = {0};
	bool to_stdout = strcmp(path, "-") == 0;
	bool good = false;
	int n;

	if (!make_key(&key, recipient, err))
		goto out;
	if (to_stdout) {
		good = file_to_stdout(key.p, key.n, err);
		if (good)
			diag_note("the recipient is %s", recipient);
		goto out;
	}
	if (!store(path, &key, err))
		goto out;
	diag_done("the key is in %s; its recipient:", path);
	n = snprintf(line, sizeof line, "%s\n", recipient);
	good = file_to_stdout(line, (size_t)n, err);
out:
	envseal_out_free(&key);
	return good;
}

static bool
print_recipients(const char *path, struct envseal_err *err)
{
	struct envseal_identities *ids = envseal_identities_new();
	struct envseal_out text = {0}, lines = {0};
	struct bytes b = {0};
	bool good = false;

	if (ids == NULL) {
		cmd_fail_memory(err);
		goto out;
	}
	if (!file_read(path, 1024 * 1024, FILE_ANY, &text, NULL, err))
		goto out;
	if (!envseal_identities_add(
		ids, (struct envseal_slice){text.p, text.n}, file_label(path), false, err))
		goto out;
	for (size_t i = 0; i < envseal_identities_count(ids); i++)
		bytes_printf(&b, "%s\n", envseal_identities_recipient(ids, i));
	good = bytes_take(&b, &lines, err) && file_to_stdout(lines.p, lines.n, err);
out:
	bytes_free(&b);
	envseal_out_free(&lines);
	envseal_out_free(&text);
	envseal_identities_free(ids);
	return good;
}

int
cmd_keygen(const struct opt_parsed *parsed)
{
	const char *file = parsed->n_args > 0 ? parsed->args[0] : "-";
	const char *path = opt_value(parsed, OPT_OUTPUT);
	struct envseal_err err = {0};
	char found[PATH_MAX];

	if (opt_has(parsed, OPT_PUBLIC))
		(void)!print_recipients(file, &err);
	else if (parsed->n_args > 0)
		cmd_fail(&err, ENVSEAL_USAGE, NULL, 0, "a new key takes no FILE",
		    "name the file with --output FILE; -y FILE prints the recipients of a key file");
	else if (path != NULL || (keys_file(0, found, sizeof found, &err) && make_directories(found, &err)))
		(void)!make_and_store(path != NULL ? path : found, &err);
	return diag_end(&err);
}
