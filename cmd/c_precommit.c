/*
 * git pre-commit: the check before a commit.  A staged file is refused
 *
 *   - in clear, when HEAD has it sealed;
 *   - in clear and with a value, when its attributes want it sealed: `envseal`, or else `diff=envseal` (which git
 *     install sets by name) unless the name says that it is an example; `-envseal` says that it may stand in clear;
 *   - sealed, when it cannot be read (merge conflict markers above all), or a value stands in clear that its
 *     selection wants sealed.
 *
 * No key is needed, and nothing is opened.
 */
#include "cmd/cmd.h"

#include "cmd/bytes.h"
#include "cmd/diag.h"
#include "cmd/fail.h"
#include "cmd/git.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	GROUP = 32 * 1024 * 1024, /* bytes that are read from git in one go, or one blob */
	LARGEST = ENVSEAL_LARGEST - 64 * 1024, /* a larger one cannot be sealed */
	ID = 64, /* hex digits of a name of an object, at most */
};

enum wish { MAY_BE_CLEAR, WANTED };

struct staged {
	const char *path;
	char now[ID + 1], head[ID + 1]; /* blobs; empty: no such file, or not a regular one */
	enum wish wish;
	bool clear; /* staged in clear, and not empty */
	bool values; /* in clear, and not empty */
};

struct check {
	struct envseal *es;
	struct envseal_out list; /* what the paths point into */
	struct staged *files;
	size_t n;
	bool refused;
};

static void
refuse(struct check *c, const struct staged *file, uint32_t line, const char *what, const char *hint)
{
	struct envseal_err err = {0};

	cmd_fail(&err, ENVSEAL_FOUND, file->path, 0, what, hint);
	err.line = line;
	diag_error(&err);
	c->refused = true;
}

/* Asks git; a status that is not 0 is an error. */
static bool
ask(const char *const *args, struct envseal_slice input, struct envseal_out *out, struct envseal_err *err)
{
	struct git_call call = {.place = GIT_IN_HOOK, .args = args, .input = input};
	char said[GIT_SAID] = "";
	int status = 0;

	if (!git_run(&call, out, &status, said, err))
		return false;
	if (status == 0)
		return true;
	envseal_out_free(out);
	return cmd_failf(err, ENVSEAL_INPUT, NULL, 0, NULL, "git %s failed: %s", args[0], said);
}

/* ---- what is staged ------------------------------------------------------------------------------------------- */

/* What the index is compared with: HEAD, or the empty tree before the first commit. */
static bool
find_tree(char tree[ID + 1], struct envseal_err *err)
{
	static const char *const head[] = {"rev-parse", "--quiet", "--verify", "HEAD", NULL};
	static const char *const empty[] = {"hash-object", "-t", "tree", "/dev/null", NULL};
	struct git_call call = {.place = GIT_IN_HOOK, .args = head};
	struct envseal_out out = {0};
	int status = 0;

	if (!git_run(&call, &out, &status, NULL, err))
		return false;
	envseal_out_free(&out);
	if (status == 0) {
		memcpy(tree, "HEAD", sizeof "HEAD");
		return true;
	}
	if (!ask(empty, (struct envseal_slice){0}, &out, err))
		return false;
	if (out.n > 1 && out.n - 1 <= ID) {
		memcpy(tree, out.p, out.n - 1);
		tree[out.n - 1] = '\0';
	}
	envseal_out_free(&out);
	return true;
}

/* A blob of a regular file; else none. */
static void
take_blob(char to[ID + 1], const char *mode, const char *id)
{
	to[0] = '\0';
	if (strncmp(mode, "100", 3) == 0)
		(void)snprintf(to, ID + 1, "%s", id);
}

/* The records of diff-index: ":OLDMODE NEWMODE OLDID NEWID STATUS" and the path, each with a NUL. */
static bool
read_records(struct check *c, struct envseal_err *err)
{
	char *at = (char *)c->list.p, *till;
	size_t most = 0;

	if (c->list.n == 0)
		return true;
	till = at + c->list.n;
	for (const char *p = at; p < till; p++)
		most += *p == '\0';
	c->files = calloc(most / 2 + 1, sizeof *c->files);
	if (c->files == NULL)
		return cmd_fail_memory(err);
	while (at < till) {
		struct staged *file = &c->files[c->n];
		char modes[2][8], ids[2][ID + 1];
		size_t n = strnlen(at, (size_t)(till - at)) + 1;
		if (at + n >= till ||
		    sscanf(at, ":%7s %7s %64s %64s", modes[0], modes[1], ids[0], ids[1]) != 4)
			return cmd_fail(
			    err, ENVSEAL_INTERNAL, NULL, 0, "git diff-index says something unexpected", NULL);
		file->path = at + n;
		take_blob(file->head, modes[0], ids[0]);
		take_blob(file->now, modes[1], ids[1]);
		at += n;
		at += strnlen(at, (size_t)(till - at)) + 1;
		c->n++;
	}
	return true;
}

static bool
list_staged(struct check *c, struct envseal_err *err)
{
	char tree[ID + 1] = "";
	const char *const args[] = {"diff-index", "--cached", "--no-renames", "--ignore-submodules=all",
	    "--diff-filter=ACMT", "-z", "--full-index", tree, "--", NULL};

	return find_tree(tree, err) && ask(args, (struct envseal_slice){0}, &c->list, err) &&
	       read_records(c, err);
}

/* Whether a part of the name, cut at dots, dashes and underscores, says that it is for show. */
static bool
is_example(const char *path)
{
	static const char *const words[] = {"example", "sample", "template", "dist"};
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	size_t n;

	for (; *name != '\0'; name += n + (name[n] != '\0')) {
		n = strcspn(name, ".-_");
		for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
			if (strlen(words[i]) == n && strncasecmp(name, words[i], n) == 0)
				return true;
	}
	return false;
}

/* The next text with a NUL; NULL: there is none. */
static const char *
take_text(const struct envseal_out *out, size_t *at)
{
	const char *text;
	size_t n;

	if (*at >= out->n)
		return NULL;
	text = (const char *)out->p + *at;
	n = strnlen(text, out->n - *at);
	*at += n + 1;
	return *at <= out->n ? text : NULL;
}

/* Asks for two attributes of each path; git answers "PATH ATTRIBUTE VALUE", each with a NUL, in the same order. */
static bool
read_wishes(struct check *c, struct envseal_err *err)
{
	static const char *const args[] = {"check-attr", "-z", "--stdin", "envseal", "diff", NULL};
	struct envseal_out out = {0}, paths = {0};
	struct bytes b = {0};
	size_t at = 0;
	bool good;

	for (size_t i = 0; i < c->n; i++)
		bytes_add(&b, c->files[i].path, strlen(c->files[i].path) + 1);
	good = bytes_take(&b, &paths, err) && ask(args, (struct envseal_slice){paths.p, paths.n}, &out, err);
	for (size_t i = 0; good && i < c->n; i++) {
		const char *values[2] = {NULL, NULL};
		for (size_t k = 0; k < 6; k++)
			values[k / 3] = take_text(&out, &at);
		good = values[0] != NULL && values[1] != NULL;
		if (!good)
			cmd_fail(
			    err, ENVSEAL_INTERNAL, NULL, 0, "git check-attr says something unexpected", NULL);
		else if (strcmp(values[0], "unspecified") != 0)
			c->files[i].wish = strcmp(values[0], "unset") == 0 ? MAY_BE_CLEAR : WANTED;
		else if (strcmp(values[1], "envseal") == 0 && !is_example(c->files[i].path))
			c->files[i].wish = WANTED;
	}
	bytes_free(&b);
	envseal_out_free(&paths);
	envseal_out_free(&out);
	return good;
}

/* ---- blobs ---------------------------------------------------------------------------------------------------- */

/* Which blob of a file is looked at; NULL: none. */
typedef const char *pick(const struct staged *file);
typedef void look(struct check *c, struct staged *file, struct envseal_slice bytes);

/* Takes a line "ID blob SIZE"; false: it is none. */
static bool
take_header(const struct envseal_out *out, size_t *at, size_t *size)
{
	const uint8_t *feed = *at < out->n ? memchr(out->p + *at, '\n', out->n - *at) : NULL;
	char line[ID + 40], digits[20];
	size_t n;

	if (feed == NULL || (n = (size_t)(feed - out->p) - *at) >= sizeof line)
		return false;
	memcpy(line, out->p + *at, n);
	line[n] = '\0';
	*at += n + 1;
	if (sscanf(line, "%*64[0-9a-f] blob %19[0-9]", digits) != 1)
		return false;
	*size = strtoull(digits, NULL, 10);
	return true;
}

static bool
fail_blob(struct envseal_err *err)
{
	return cmd_fail(err, ENVSEAL_INPUT, NULL, 0, "git cannot read a staged file, or the one at HEAD",
	    "put the repository right, or commit with --no-verify");
}

/* The blobs of files from to till, one name a line. */
static bool
ask_blobs(const struct check *c, size_t from, size_t till, pick *which, const char *const *args,
    struct envseal_out *out, struct envseal_err *err)
{
	struct envseal_out names = {0};
	struct bytes b = {0};
	bool good;

	for (size_t i = from; i < till; i++)
		if (which(&c->files[i]) != NULL)
			bytes_printf(&b, "%s\n", which(&c->files[i]));
	good = bytes_take(&b, &names, err) && ask(args, (struct envseal_slice){names.p, names.n}, out, err);
	bytes_free(&b);
	envseal_out_free(&names);
	return good;
}

/* Looks at the files from to till, which git prints in one go. */
static bool
look_at_group(struct check *c, size_t from, size_t till, pick *which, look *at_it, struct envseal_err *err)
{
	static const char *const args[] = {"cat-file", "--batch", NULL};
	struct envseal_out out = {0};
	size_t at = 0, size = 0;
	bool good;

	good = ask_blobs(c, from, till, which, args, &out, err);
	for (size_t i = from; good && i < till; i++) {
		if (which(&c->files[i]) == NULL)
			continue;
		good = (take_header(&out, &at, &size) && size < out.n - at) || fail_blob(err);
		if (good)
			at_it(c, &c->files[i], (struct envseal_slice){out.p + at, size});
		at += size + 1;
	}
	envseal_out_free(&out);
	return good;
}

/* Looks at the blob that which picks of each file, in groups that memory can hold. */
static bool
look_at_blobs(struct check *c, pick *which, look *at_it, struct envseal_err *err)
{
	static const char *const args[] = {"cat-file", "--batch-check", NULL};
	struct envseal_out out = {0};
	size_t at = 0, size = 0, sum = 0, from = 0, i;
	bool good;

	good = ask_blobs(c, 0, c->n, which, args, &out, err);
	for (i = 0; good && i < c->n; i++) {
		if (which(&c->files[i]) == NULL)
			continue;
		good = take_header(&out, &at, &size) || fail_blob(err);
		if (good && (size > LARGEST || sum + size > GROUP)) {
			good = look_at_group(c, from, i, which, at_it, err);
			from = i;
			sum = 0;
		}
		if (size > LARGEST)
			from = i + 1;
		else
			sum += size;
	}
	if (good)
		good = look_at_group(c, from, i, which, at_it, err);
	envseal_out_free(&out);
	return good;
}

/* ---- checks --------------------------------------------------------------------------------------------------- */

static void
check_sealed(struct check *c, const struct staged *file, struct envseal_slice bytes)
{
	static const char hint[] = "envseal encrypt FILE seals it; then git add FILE";
	struct envseal_err err = {0};
	struct envseal_doc *doc = envseal_read_sealed(c->es, bytes, file->path, &err);
	struct envseal_entry entry;
	uint32_t line = 0;
	size_t clear = 0;
	char what[80];

	if (doc == NULL) {
		diag_error(&err);
		c->refused = true;
		return;
	}
	for (size_t at = 0; envseal_doc_entry(doc, at, &entry); at = entry.place + 1) {
		if (entry.selected && !entry.sealed && !entry.empty)
			line = clear++ == 0 ? entry.line : line;
	}
	if (clear > 0) {
		(void)snprintf(what, sizeof what,
		    clear == 1 ? "a value stands in clear" : "%zu values stand in clear, here the first",
		    clear);
		refuse(c, file, line, what, hint);
	}
	envseal_doc_free(doc);
}

/* Whether there is anything that one would seal; what cannot be read counts. */
static bool
has_values(struct check *c, struct envseal_slice bytes)
{
	struct envseal_err err = {0};
	struct envseal_doc *doc =
	    envseal_read_plain(c->es, bytes, NULL, NULL, ENVSEAL_QUOTES_LITERAL, true, &err);
	struct envseal_entry entry;
	bool has = doc == NULL;

	for (size_t at = 0; !has && envseal_doc_entry(doc, at, &entry); at = entry.place + 1)
		has = entry.value.n > 0;
	envseal_doc_free(doc);
	return has;
}

static void
look_at_staged(struct check *c, struct staged *file, struct envseal_slice bytes)
{
	if (envseal_look(bytes) == ENVSEAL_SEALED) {
		check_sealed(c, file, bytes);
		return;
	}
	file->clear = bytes.n > 0;
	file->values = file->wish == WANTED && has_values(c, bytes);
}

static void
look_at_head(struct check *c, struct staged *file, struct envseal_slice bytes)
{
	if (envseal_look(bytes) != ENVSEAL_SEALED)
		return;
	refuse(c, file, 0, "staged in clear, and HEAD has it sealed",
	    "envseal encrypt FILE seals it, then git add FILE; git commit --no-verify commits it in clear");
	file->values = false;
}

static const char *
pick_staged(const struct staged *file)
{
	return file->now[0] != '\0' ? file->now : NULL;
}

static const char *
pick_head_of_clear(const struct staged *file)
{
	return file->clear && file->head[0] != '\0' ? file->head : NULL;
}

static bool
check_all(struct check *c, struct envseal_err *err)
{
	if (!list_staged(c, err))
		return false;
	if (c->n == 0)
		return true;
	c->es = envseal_new(NULL, err);
	if (c->es == NULL || !read_wishes(c, err) || !look_at_blobs(c, pick_staged, look_at_staged, err) ||
	    !look_at_blobs(c, pick_head_of_clear, look_at_head, err))
		return false;
	for (size_t i = 0; i < c->n; i++)
		if (c->files[i].values)
			refuse(c, &c->files[i], 0, "staged in clear",
			    "envseal encrypt FILE seals it, then git add FILE; if it may stand in clear, say "
			    "so in "
			    ".gitattributes: FILE -envseal");
	return true;
}

int
cmd_git_pre_commit(const struct opt_parsed *parsed)
{
	struct envseal_err err = {0};
	struct check c = {0};
	int status;

	(void)parsed;
	status = check_all(&c, &err) && c.refused ? envseal_status(ENVSEAL_FOUND) : diag_end(&err);
	envseal_end(c.es);
	free(c.files);
	envseal_out_free(&c.list);
	return status;
}
