#include "cmd/session.h"

#include <string.h>

#include "cmd/commands.h"
#include "cmd/diag.h"
#include "cmd/fail.h"
#include "cmd/keys.h"
#include "cmd/os/file.h"

struct envseal_identities *
session_keys(struct session *s, struct envseal_err *err)
{
	if (s->ids == NULL)
		s->ids = keys_load(s->parsed, err);
	return s->ids;
}

/* ---- the report ---- */

static struct envseal_slice
slice(const char *text)
{
	return (struct envseal_slice){(const uint8_t *)text, strlen(text)};
}

static void
member(struct session *s, const char *name)
{
	bytes_byte(&s->report, ',');
	diag_json_string(&s->report, slice(name));
	bytes_byte(&s->report, ':');
}

void
session_report(struct session *s, const char *path, const char *status)
{
	if (!s->json)
		return;
	bytes_text(&s->report, s->report.n > 0 ? "},{\"file\":" : "{\"file\":");
	diag_json_string(&s->report, slice(path));
	session_text(s, "status", status);
}

void
session_number(struct session *s, const char *name, size_t n)
{
	if (!s->json)
		return;
	member(s, name);
	bytes_printf(&s->report, "%zu", n);
}

void
session_text(struct session *s, const char *name, const char *text)
{
	if (!s->json)
		return;
	member(s, name);
	diag_json_string(&s->report, slice(text));
}

void
session_list(struct session *s, const char *name)
{
	if (!s->json)
		return;
	member(s, name);
	bytes_byte(&s->report, '[');
}

void
session_item(struct session *s, struct envseal_slice text)
{
	if (!s->json)
		return;
	if (s->report.n > 0 && s->report.p[s->report.n - 1] != '[')
		bytes_byte(&s->report, ',');
	diag_json_string(&s->report, text);
}

void
session_list_end(struct session *s)
{
	if (s->json)
		bytes_byte(&s->report, ']');
}

static bool
print_report(struct session *s, struct envseal_err *err)
{
	struct bytes all = {0};
	struct envseal_out out = {0};

	if (!s->json)
		return true;
	bytes_printf(&all, "{\"schema\":1,\"command\":\"%s\",\"files\":[", s->parsed->command->name);
	bytes_add(&all, s->report.p, s->report.n);
	bytes_text(&all, s->report.n > 0 ? "}]}\n" : "]}\n");
	if (all.state == BYTES_GOOD)
		all.state = s->report.state;
	bool ok = bytes_take(&all, &out, err) && file_to_stdout(out.p, out.n, err);
	bytes_free(&all);
	envseal_out_free(&out);
	return ok;
}

/* ---- the run ---- */

static int
fail(struct session *s, const char *path, const struct envseal_err *err)
{
	if (path != NULL && err->code != ENVSEAL_FOUND) {
		session_report(s, path, envseal_code_name(err->code));
		session_text(s, "what", err->what);
		session_number(s, "line", err->line);
	}
	diag_error(err);
	return envseal_status(err->code);
}

static int
worse(int a, int b)
{
	return a > b ? a : b;
}

int
session_files(const struct opt_parsed *parsed,
    bool (*step)(struct session *s, const char *path, struct envseal_err *err), const char *const *files,
    size_t n)
{
	struct session s = {.parsed = parsed};
	struct envseal_err err = {0};
	size_t failed = 0;
	int status = 0;

	s.dry_run = opt_has(parsed, OPT_DRY_RUN);
	s.json = opt_has(parsed, OPT_JSON);
	s.es = host_start(&s.host, &err);
	if (s.es == NULL)
		return fail(&s, NULL, &err);
	for (size_t i = 0; i < n; i++) {
		struct envseal_err one = {0};
		s.host.file = files[i];
		s.config[0] = '\0';
		memset(&s.repo, 0, sizeof s.repo);
		if (step(&s, files[i], &one))
			continue;
		status = worse(status, fail(&s, files[i], &one));
		failed++;
	}
	s.host.file = NULL;
	if (n > 1 && failed > 0)
		diag_done("%zu of %zu files failed", failed, n);
	if (!print_report(&s, &err))
		status = worse(status, fail(&s, NULL, &err));
	envseal_identities_free(s.ids);
	envseal_end(s.es);
	bytes_free(&s.report);
	return status;
}

int
session_each(const struct opt_parsed *parsed,
    bool (*step)(struct session *s, const char *path, struct envseal_err *err))
{
	return session_files(parsed, step, parsed->args, parsed->n_args);
}
