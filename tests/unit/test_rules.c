/* The rules of .sops.yaml over the cases of testdata/policy, and what hostile YAML costs. */
#include "tests/unit/tap.h"

#include "format/doc/yaml.h"
#include "format/slice.h"

#include <stdlib.h>

enum { PEOPLE = 4, LINE = 1024 };

static char people[PEOPLE][80]; /* the recipients called a, b, c, d */

/* What the library noted, "LINE:TEXT" each, parted by '|'. */
struct notes {
	char text[2048];
};

static void
take_note(void *ctx, uint32_t line, const char *text)
{
	struct notes *notes = ctx;
	size_t n = strlen(notes->text);

	(void)snprintf(notes->text + n, sizeof notes->text - n, "%s%u:%s", n > 0 ? "|" : "", line, text);
}

static struct envseal_slice
read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes = malloc(64 * 1024);
	struct envseal_slice s = {bytes, 0};

	if (f != NULL && bytes != NULL)
		s.n = fread(bytes, 1, 64 * 1024, f);
	if (f == NULL)
		printf("Bail out! %s cannot be read\n", path);
	if (f == NULL || bytes == NULL)
		exit(1);
	fclose(f);
	return s;
}

static void
free_slice(struct envseal_slice s)
{
	free((void *)(uintptr_t)s.p);
}

static void
read_people(void)
{
	struct envseal_slice rest = read_file("testdata/policy/recipients.tsv"), all = rest;

	for (size_t i = 0; i < PEOPLE && rest.n > 0; i++) {
		size_t n = es_slice_find(rest, '\n');
		(void)snprintf(people[i], sizeof people[i], "%.*s", (int)(n - 2), (const char *)rest.p + 2);
		rest = es_slice_from(rest, n < rest.n ? n + 1 : n);
	}
	free_slice(all);
}

/* The plan or the error, in the words of cases.tsv. */
static void
describe(const struct envseal_plan *plan, char *text, size_t size)
{
	char to[64] = "-";
	size_t n = 0;

	if (plan->rule == 0) {
		(void)snprintf(text, size, "none");
		return;
	}
	for (size_t i = 0; plan->recipients != NULL && i < envseal_recipients_count(plan->recipients); i++) {
		size_t who = 0;

		while (who < PEOPLE && strcmp(people[who], envseal_recipients_at(plan->recipients, i)) != 0)
			who++;
		n += (size_t)snprintf(to + n, sizeof to - n, "%s%c", n > 0 ? "," : "", "abcd?"[who]);
	}
	(void)snprintf(text, size, "rule %u %s%s%.*s mac=%s to=%s", plan->rule,
	    plan->selecting == ENVSEAL_SELECT_DEFAULT ? "default" : envseal_selecting_name(plan->selecting),
	    plan->selecting == ENVSEAL_SELECT_DEFAULT ? "" : ":", (int)plan->selector.n,
	    plan->selector.n > 0 ? (const char *)plan->selector.p : "",
	    plan->mac_only_encrypted ? "yes" : "no", to);
}

/* Whether got begins with each of the beginnings in want, part by part. */
static bool
notes_fit(char *got, char *want)
{
	char *g = NULL, *w = NULL, *got_part, *want_part;

	if (strcmp(want, "-") == 0)
		return got[0] == '\0';
	got_part = strtok_r(got, "|", &g);
	want_part = strtok_r(want, "|", &w);
	while (got_part != NULL && want_part != NULL) {
		if (strncmp(got_part, want_part, strlen(want_part)) != 0)
			return false;
		got_part = strtok_r(NULL, "|", &g);
		want_part = strtok_r(NULL, "|", &w);
	}
	return got_part == NULL && want_part == NULL;
}

static void
test_case(char *line)
{
	char *field[5], *save = NULL, path[200], got[LINE];
	struct notes notes = {""};
	struct envseal_host host = {.ctx = &notes, .note = take_note};
	struct envseal_err err = {.code = ENVSEAL_OK};
	struct envseal_plan plan = {.recipients = NULL};

	for (size_t i = 0; i < 5; i++) {
		field[i] = strtok_r(i == 0 ? line : NULL, "\t", &save);
		if (field[i] == NULL) {
			ok(false, "a case has five fields");
			return;
		}
	}
	(void)snprintf(path, sizeof path, "testdata/policy/%s.yaml", field[0]);
	struct envseal_slice bytes = read_file(path);
	struct envseal *es = envseal_new(&host, &err);
	bool error = strncmp(field[2], "error ", 6) == 0;
	bool found =
	    es != NULL && envseal_rules_find(es, bytes, ".sops.yaml", es_slice_text(field[1]), &plan, &err);

	if (found)
		describe(&plan, got, sizeof got);
	else
		(void)snprintf(got, sizeof got, "error %u:%u %s", err.line, err.col, err.what);
	bool same = error ? strncmp(got, field[2], strlen(field[2])) == 0 : strcmp(got, field[2]) == 0;
	if (!ok(same && found == (err.code == ENVSEAL_OK), "%s for %s", field[0], field[1]))
		printf("# got:  %s\n# want: %s\n", got, field[2]);
	if (!found) {
		bool unmatched = strstr(err.what, "no creation rule is for") != NULL;
		bool code = unmatched ? err.code == ENVSEAL_NO_RULE
				      : err.code == ENVSEAL_CONFIG || err.code == ENVSEAL_RECIPIENT;
		ok(code && plan.recipients == NULL && plan.selector.p == NULL,
		    "%s for %s: the code fits, the plan is left alone", field[0], field[1]);
	}
	char said[sizeof notes.text];
	memcpy(said, notes.text, sizeof said);
	if (!ok(notes_fit(notes.text, field[3]), "%s for %s: notes", field[0], field[1]))
		printf("# got: %s\n", said);
	envseal_plan_free(&plan);
	envseal_end(es);
	free_slice(bytes);
}

static void
test_cases(void)
{
	struct envseal_slice all = read_file("testdata/policy/cases.tsv"), rest = all;
	size_t count = 0;

	while (rest.n > 0) {
		char line[LINE];
		size_t n = es_slice_find(rest, '\n');

		(void)snprintf(line, sizeof line, "%.*s", (int)n, (const char *)rest.p);
		if (line[0] != '#' && line[0] != '\0') {
			test_case(line);
			count++;
		}
		rest = es_slice_from(rest, n < rest.n ? n + 1 : n);
	}
	ok(count >= 90, "there are cases: %zu", count);
	free_slice(all);
}

/* ---- hostile YAML ---- */

/* Reads text made of head, count times part, and tail; what must be the beginning of the error. */
static void
test_refused(const char *name, const char *head, const char *part, size_t count, const char *what)
{
	size_t h = strlen(head), p = strlen(part);
	char *text = malloc(h + p * count + 1);
	struct envseal_err err = {.code = ENVSEAL_OK};
	struct es_yaml yaml;

	if (text == NULL)
		exit(1);
	memcpy(text, head, h);
	for (size_t i = 0; i < count; i++)
		memcpy(text + h + i * p, part, p);
	bool read = es_yaml_read(&yaml, es_slice(text, h + p * count), "f", &err);
	es_yaml_free(&yaml);
	free(text);
	if (!ok(!read && err.code == ENVSEAL_CONFIG && strncmp(err.what, what, strlen(what)) == 0,
		"%s is refused", name))
		printf("# got: %s\n", err.what);
}

static void
test_hostile(void)
{
	char laughs[2048], keys[64 * 1024];
	size_t n = (size_t)snprintf(laughs, sizeof laughs, "a0: &a0 [x, x, x, x, x, x, x, x, x]\n");

	for (int i = 1; i < 12; i++)
		n += (size_t)snprintf(laughs + n, sizeof laughs - n,
		    "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i, i, i - 1, i - 1,
		    i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	test_refused(
	    "a bomb of aliases", laughs, "", 0, "the file is too large when its aliases are written out");
	n = 0;
	for (int i = 0; i < 5000; i++)
		n += (size_t)snprintf(keys + n, sizeof keys - n, "k%d: 1\n", i);
	test_refused("a mapping of 5000 keys", keys, "", 0, "the file has too many keys");
	test_refused("deep nesting", "", "[", 5000, "lists and mappings are nested too deeply");
	test_refused("deep nesting in blocks", "", "- ", 400, "lists and mappings are nested too deeply");
	test_refused("many anchors", "x: &x 1\ny: [", "&y 1,*x,", 100 * 1000, "the file has too many keys");
	test_refused("many nodes", "x: [", "1,", 200 * 1000, "the file is too large when");
	test_refused("a large file", "", "#", ES_YAML_LARGEST + 1, "the file is larger than 1 MiB");
	test_refused("UTF-16", "\xff\xfe", "a", 1, "this is not YAML");
	test_refused("a control character", "a: \x01", "b", 1, "this is not YAML");
	test_refused("a merge of itself", "a: &a\n  <<: *a\n", "", 0, "an alias stands inside");
}

static void
test_plans(void)
{
	struct envseal_plan none = {.recipients = NULL}, suffix = none, other = none, regex = none;

	suffix.selecting = ENVSEAL_UNENCRYPTED_SUFFIX;
	suffix.selector = es_slice_text("_unencrypted");
	other.selecting = ENVSEAL_UNENCRYPTED_SUFFIX;
	other.selector = es_slice_text("_clear");
	regex.selecting = ENVSEAL_UNENCRYPTED_REGEX;
	regex.selector = es_slice_text("_clear");
	ok(envseal_plan_selects_alike(&none, &suffix),
	    "no selection is unencrypted_suffix with _unencrypted");
	ok(envseal_plan_selects_alike(&suffix, &none), "and the other way round");
	ok(!envseal_plan_selects_alike(&none, &other), "another suffix selects otherwise");
	ok(!envseal_plan_selects_alike(&regex, &other), "a regex is not a suffix");
	envseal_plan_free(&none);
	ok(none.recipients == NULL, "an empty plan can be freed");
}

int
main(void)
{
	struct envseal_err err = {.code = ENVSEAL_OK};
	struct envseal *es = envseal_new(NULL, &err);

	read_people();
	test_cases();
	test_hostile();
	test_plans();
	struct envseal_plan plan = {.recipients = NULL};
	ok(!envseal_rules_find(es, es_slice_text("creation_rules: [{path_regex: 'a.*b'}]"), NULL,
	       es_slice("\xff", 1), &plan, &err) &&
		strstr(err.what, "not UTF-8") != NULL,
	    "a path that is not UTF-8 under a regex is an error");
	envseal_end(es);
	return done();
}
