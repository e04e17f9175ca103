#include "cmd/policy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/commands.h"
#include "cmd/fail.h"
#include "cmd/os/file.h"

static const char name[] = ".sops.yaml";

enum { LARGEST_CONFIG = 1024 * 1024 };

static struct envseal_slice
slice(const char *text)
{
	return (struct envseal_slice){(const uint8_t *)text, strlen(text)};
}

/* Whether a directory outside a repository may be trusted to hold the rules. */
static bool
is_own(const char *dir)
{
	struct stat st;
	return stat(dir, &st) == 0 && st.st_uid == geteuid() && (st.st_mode & S_IWOTH) == 0;
}

/* Walks up from the directory of the file.  Leaves config empty when there is none. */
static bool
search(char *config, const struct repo *repo, struct envseal_err *err)
{
	char dir[PATH_MAX];
	(void)snprintf(dir, sizeof dir, "%s", repo->path);
	for (;;) {
		char *slash = strrchr(dir, '/');
		if (slash == NULL)
			return true;
		*slash = '\0';
		const char *here = slash == dir ? "/" : dir;
		if (!repo->found && !is_own(here))
			return true;
		int n = snprintf(config, PATH_MAX, "%s/%s", dir, name);
		if (n < 0 || n >= PATH_MAX)
			return cmd_fail(
			    err, ENVSEAL_INPUT, repo->path, ENAMETOOLONG, "the path is too long", NULL);
		if (access(config, F_OK) == 0)
			return true;
		config[0] = '\0';
		if (slash == dir || (repo->found && strcmp(dir, repo->top) == 0))
			return true;
	}
}

/* The absolute path of a .sops.yaml that was named. */
static bool
named(char *config, const char *path, struct envseal_err *err)
{
	if (realpath(path, config) != NULL)
		return true;
	config[0] = '\0';
	return cmd_fail(err, errno == ENOENT ? ENVSEAL_NO_CONFIG : ENVSEAL_INPUT, path, errno,
	    "the configuration cannot be opened", "check --config and SOPS_CONFIG");
}

/* The path that rules are matched with: relative to the directory of the configuration if it is below it. */
static struct envseal_slice
candidate(const char *config, const char *path)
{
	size_t n = (size_t)(strrchr(config, '/') - config) + 1;
	return slice(strncmp(config, path, n) == 0 ? path + n : path);
}

/* Reads the rule for the file.  That none is for it is kept for later: not everybody needs one. */
static bool
read_rule(struct policy *policy, struct session *s, struct envseal_err *err)
{
	const char *file = s->host.file;
	struct envseal_out bytes = {0};

	if (!file_read(s->config, LARGEST_CONFIG, FILE_REGULAR, &bytes, NULL, err))
		return false;
	s->host.file = s->config;
	bool ok = envseal_rules_find(s->es, (struct envseal_slice){bytes.p, bytes.n}, s->config,
	    candidate(s->config, s->repo.path), &policy->plan, err);
	s->host.file = file;
	envseal_out_free(&bytes);
	if (ok || err->code != ENVSEAL_NO_RULE)
		return ok;
	policy->missing = *err;
	memset(err, 0, sizeof *err);
	return true;
}

static bool
add_files(struct envseal_recipients *list, const struct opt_parsed *parsed, struct envseal_err *err)
{
	const char *file;
	for (size_t at = 0; (file = opt_next(parsed, OPT_RECIPIENTS_FILE, &at)) != NULL;) {
		struct envseal_out bytes = {0};
		bool ok = file_read(file, LARGEST_CONFIG, FILE_ANY, &bytes, NULL, err) &&
			  envseal_recipients_add_file(
			      list, (struct envseal_slice){bytes.p, bytes.n}, file_label(file), err);
		envseal_out_free(&bytes);
		if (!ok)
			return false;
	}
	return true;
}

/* The recipients of the command line or the environment take the place of the rule's. */
static bool
override(struct policy *policy, struct session *s, struct envseal_err *err)
{
	const struct opt_parsed *parsed = s->parsed;
	const char *recipient, *variable = getenv("SOPS_AGE_RECIPIENTS");
	bool options = opt_has(parsed, OPT_RECIPIENT) || opt_has(parsed, OPT_RECIPIENTS_FILE);

	policy->ruled = !options && (variable == NULL || variable[0] == '\0');
	policy->source = options ? "-r" : policy->ruled ? s->config : "SOPS_AGE_RECIPIENTS";
	if (policy->ruled)
		return true;
	envseal_recipients_free(policy->plan.recipients);
	policy->plan.recipients = envseal_recipients_new();
	if (policy->plan.recipients == NULL)
		return cmd_fail_memory(err);
	if (!options)
		return envseal_recipients_add(
		    policy->plan.recipients, slice(variable), "SOPS_AGE_RECIPIENTS", 0, 0, err);
	for (size_t at = 0; (recipient = opt_next(parsed, OPT_RECIPIENT, &at)) != NULL;)
		if (!envseal_recipients_add(policy->plan.recipients, slice(recipient), "-r", 0, 0, err))
			return false;
	return add_files(policy->plan.recipients, parsed, err);
}

bool
policy_find(struct policy *policy, struct session *s, struct envseal_err *err)
{
	const char *given = opt_value(s->parsed, OPT_CONFIG), *variable = getenv("SOPS_CONFIG");

	memset(policy, 0, sizeof *policy);
	if (given == NULL && variable != NULL && variable[0] != '\0')
		given = variable;
	if (given != NULL ? !named(s->config, given, err) : !search(s->config, &s->repo, err))
		return false;
	if (s->config[0] != '\0' && !read_rule(policy, s, err))
		return false;
	return override(policy, s, err);
}

void
policy_free(struct policy *policy)
{
	envseal_plan_free(&policy->plan);
}

bool
policy_need_recipients(
    const struct policy *policy, const struct session *s, const char *file, struct envseal_err *err)
{
	if (policy->plan.recipients != NULL && envseal_recipients_count(policy->plan.recipients) > 0)
		return true;
	if (s->config[0] == '\0')
		return cmd_fail(err, ENVSEAL_NO_CONFIG, file, 0,
		    "no .sops.yaml says to whom this file is to be sealed",
		    s->repo.found
			? "write one with a creation rule, or name recipients with -r"
			: "name recipients with -r; outside a git repository .sops.yaml must stand in a "
			  "directory of your own");
	if (policy->missing.code != ENVSEAL_OK) {
		*err = policy->missing;
		return false;
	}
	return cmd_fail(err, ENVSEAL_CONFIG, s->config, 0, "the rule for this file names no recipient",
	    "add age: to the rule, or name recipients with -r");
}

void
policy_selection_text(const struct envseal_plan *plan, char *text, size_t n)
{
	if (plan->selecting == ENVSEAL_SELECT_DEFAULT)
		(void)snprintf(text, n, "unencrypted_suffix _unencrypted");
	else
		(void)snprintf(text, n, "%s %.*s", envseal_selecting_name(plan->selecting),
		    (int)plan->selector.n, (const char *)plan->selector.p);
}
