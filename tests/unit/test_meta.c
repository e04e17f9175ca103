/*
 * test_meta - metadata: what is read, what is refused, and how it is written anew.
 */
#include "format/sops/meta.h"

#include "tests/unit/sealing.h"

#define AGE0 "sops_age__list_0__map_enc=x\nsops_age__list_0__map_recipient=r\n"
#define BASE AGE0 "sops_lastmodified=2026-01-02T03:04:05Z\nsops_mac=m\nsops_version=3.13.3\n"

static const struct {
	const char *text, *name;
	enum envseal_code code;
	uint32_t line;
} files[] = {
    {BASE, "the least that there can be", ENVSEAL_OK, 0},
    {"A=1\n", "none", ENVSEAL_METADATA, 0},
    {BASE "sops_mac=n\n", "a field twice", ENVSEAL_METADATA, 6},
    {BASE "sops_x=1\nsops_y=1\nsops_x=2\n", "an unknown field twice", ENVSEAL_METADATA, 8},
    {BASE "sops_x=1\nsops_xx=1\n", "names of which one begins with the other", ENVSEAL_OK, 0},
    {AGE0 "sops_lastmodified=2026-01-02T03:04:05Z\nsops_version=3.13.3\n", "no MAC", ENVSEAL_MAC, 0},
    {AGE0 "sops_mac=m\nsops_version=3.13.3\n", "no date", ENVSEAL_METADATA, 0},
    {AGE0 "sops_lastmodified=2026-01-02T03:04:05Z\nsops_mac=m\n", "no version", ENVSEAL_METADATA, 0},
    {AGE0 "sops_lastmodified= 2026-01-02T03:04:05Z\nsops_version=3.13.3\n", "a blank before the date",
	ENVSEAL_METADATA, 3},
    {AGE0 "sops_lastmodified=\"2026-01-02T03:04:05Z\"\nsops_version=3.13.3\n", "a quoted date",
	ENVSEAL_METADATA, 3},
    {"sops_lastmodified=2026-01-02T03:04:05Z\nsops_mac=m\nsops_version=3.13.3\n", "no key", ENVSEAL_METADATA,
	0},
    {"sops_pgp__list_0__map_enc=x\nsops_lastmodified=2026-01-02T03:04:05Z\nsops_mac=m\nsops_version=3.13.3\n",
	"a foreign key", ENVSEAL_OK, 0},
    {BASE "sops_age__list_1__map_enc=x\n", "a key without its recipient", ENVSEAL_METADATA, 0},
    {BASE "sops_age__list_2__map_enc=x\nsops_age__list_2__map_recipient=s\n", "a gap", ENVSEAL_METADATA, 0},
    {BASE "sops_age__list_999999__map_enc=x\n", "a far index", ENVSEAL_METADATA, 6},
    {BASE "sops_age__list_99999999999999999999__map_enc=x\n", "an index that is too long", ENVSEAL_OK, 0},
    {BASE "sops_age__list_00__map_enc=x\n", "an index with a leading zero", ENVSEAL_OK, 0},
    {BASE "sops_age__list_0__map_other=x\n", "an unknown member", ENVSEAL_OK, 0},
    {BASE "sops_unencrypted_suffix=\n", "an empty suffix", ENVSEAL_OK, 0},
    {BASE "sops_unencrypted_suffix=_x\nsops_encrypted_regex=y\n", "two rules", ENVSEAL_METADATA, 7},
    {BASE "sops_unencrypted_suffix=_x\nsops_encrypted_regex=\n", "two rules of which one is empty",
	ENVSEAL_OK, 0},
    {BASE "sops_mac_only_encrypted=true\n", "true", ENVSEAL_OK, 0},
    {BASE "sops_mac_only_encrypted=yes\n", "yes", ENVSEAL_METADATA, 6},
    {BASE "sops_mac_only_encrypted=tRue\n", "tRue", ENVSEAL_METADATA, 6},
};

static const struct {
	const char *version;
	bool fine;
} versions[] = {{"3.13.3", true}, {"v3.0.0", true}, {"3.13.2+x", true}, {"3.13.2-rc.1+a.b", true},
    {"3.13", false}, {"3", false}, {"", false}, {"3.13.3 ", false}, {"03.1.1", false}, {"3.1.01", false},
    {"3.1.1-", false}, {"3.1.1+", false}, {"3.1.1.1", false}, {"vv3.1.1", false}, {"3.1.1\r", false},
    {"3.1.1-a_b", false}, {"x", false}};

/* Texts and what is taken from them, in one arena. */
struct parsed {
	struct es_arena arena;
	struct es_sealedenv_metas lines;
	struct es_meta meta;
	struct envseal_err err;
};

static bool
parse(struct parsed *p, const char *text)
{
	struct es_nodes nodes = {0};
	memset(p, 0, sizeof *p);
	if (!es_sealedenv_read(es_slice_text(text), "f", &p->arena, &nodes, &p->lines, &p->err))
		abort();
	return es_meta_read(&p->lines, "f", &p->arena, &p->meta, &p->err);
}

static void
test_read(void)
{
	struct parsed p;
	for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
		bool read = parse(&p, files[i].text);
		ok(read == (files[i].code == ENVSEAL_OK) && p.err.code == files[i].code &&
			p.err.line == files[i].line,
		    "%s: %s %s", files[i].name, envseal_code_name(p.err.code), p.err.what);
		es_arena_free(&p.arena);
	}
	for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
		char text[256];
		(void)snprintf(text, sizeof text,
		    AGE0 "sops_lastmodified=2026-01-02T03:04:05Z\nsops_mac=m\nsops_version=%s\nsops_x=1\n",
		    versions[i].version);
		ok(parse(&p, text) == versions[i].fine, "version \"%s\"", versions[i].version);
		es_arena_free(&p.arena);
	}
	ok(parse(&p,
	       BASE "sops_encrypted_regex=^a\\nb\nsops_mac_only_encrypted=1\nsops_kms__list_0__map_enc=y\n"
		    "sops_kms__list_0__map_arn=z\nsops_key_groups__list_1__map_age__list_0__map_enc=y\nsops_"
		    "envseal=l\n"),
	    "a file with much in it");
	ok(p.meta.age_n == 1 && es_slice_is(p.meta.age[0].recipient, "r") &&
		es_slice_is(p.meta.age[0].enc, "x") && p.meta.age[0].line == 2,
	    "its recipient");
	ok(p.meta.selecting == ENVSEAL_ENCRYPTED_REGEX && es_slice_is(p.meta.selector, "^a\nb") &&
		p.meta.mac_only_encrypted,
	    "its rule");
	ok(p.meta.foreign == 2 && p.meta.groups == 2, "its lines of a foreign key, and its groups");
	ok(es_slice_is(p.meta.layout, "l") && es_slice_is(p.meta.mac, "m") &&
		strcmp(p.meta.modified_aad, "2026-01-02T03:04:05Z") == 0,
	    "its layout, MAC and date");
	es_arena_free(&p.arena);
}

/* ---- writing ---- */

static void
is_written(const struct es_meta_new *what, const char *leading, const char *trailing, const char *name)
{
	struct es_buf a = es_buf_make(65536), b = es_buf_make(65536);
	es_meta_write(what, ES_META_LEADING, &a);
	es_meta_write(what, ES_META_TRAILING, &b);
	if (!is_bytes(a.p, a.n, leading, strlen(leading), "%s: before the data", name))
		printf("# got %.*s\n", (int)a.n, (const char *)a.p);
	if (!is_bytes(b.p, b.n, trailing, strlen(trailing), "%s: behind the data", name))
		printf("# got %.*s\n", (int)b.n, (const char *)b.p);
	es_buf_free(&a);
	es_buf_free(&b);
}

static void
test_new(void)
{
	struct es_meta_age age[] = {
	    {es_slice_text("r0"), es_slice_text("e\n0"), 0}, {es_slice_text("r1"), es_slice_text("e1"), 0}};
	struct envseal_plan plan = {.selecting = ENVSEAL_SELECT_DEFAULT};
	struct es_meta_new what = {.age = age,
	    .age_n = 2,
	    .age_changed = true,
	    .modified = es_slice_text("t"),
	    .mac = es_slice_text("m"),
	    .plan = &plan};
	is_written(&what, "",
	    "sops_age__list_0__map_enc=e\\n0\nsops_age__list_0__map_recipient=r0\nsops_age__list_1__map_enc="
	    "e1\n"
	    "sops_age__list_1__map_recipient=r1\nsops_lastmodified=t\nsops_mac=m\nsops_unencrypted_suffix=_"
	    "unencrypted\n"
	    "sops_version=3.13.3\n",
	    "a new file");
	plan = (struct envseal_plan){.selecting = ENVSEAL_ENCRYPTED_REGEX,
	    .selector = es_slice_text("^a"),
	    .mac_only_encrypted = true};
	what.age_n = 1;
	what.layout = es_slice_text("l");
	is_written(&what, "",
	    "sops_age__list_0__map_enc=e\\n0\nsops_age__list_0__map_recipient=r0\nsops_encrypted_regex=^"
	    "a\nsops_envseal=l\n"
	    "sops_lastmodified=t\nsops_mac=m\nsops_mac_only_encrypted=true\nsops_version=3.13.3\n",
	    "with all fields");
}

static void
test_over(void)
{
	struct es_meta_age age[] = {{es_slice_text("s"), es_slice_text("f"), 0}};
	struct parsed p;
	if (!parse(&p, AGE0 "A=1\nsops_envseal=old\nsops_lastmodified=2026-01-02T03:04:05Z\nsops_mac=m\nsops_"
			    "pgp__list_0__map_enc=p\n"
			    "sops_unknown=a\\nb\nsops_version=3.9.4\n"))
		abort();
	struct es_meta_new what = {
	    .from = &p.meta, .modified = es_slice_text("t"), .mac = es_slice_text("n")};
	is_written(&what, AGE0,
	    "sops_lastmodified=t\nsops_mac=n\nsops_pgp__list_0__map_enc=p\nsops_unknown=a\\nb\nsops_version="
	    "3.9.4\n",
	    "a new version without a layout");
	what.layout = es_slice_text("new");
	what.age = age;
	what.age_n = 1;
	what.age_changed = true;
	what.drop_foreign = true;
	is_written(&what, "sops_age__list_0__map_enc=f\nsops_age__list_0__map_recipient=s\n",
	    "sops_envseal=new\nsops_lastmodified=t\nsops_mac=n\nsops_unknown=a\\nb\nsops_version=3.9.4\n",
	    "with other recipients, without foreign keys");
	what.all_behind = true;
	is_written(&what, "",
	    "sops_age__list_0__map_enc=f\nsops_age__list_0__map_recipient=s\nsops_envseal=new\nsops_"
	    "lastmodified=t\nsops_mac=n\n"
	    "sops_unknown=a\\nb\nsops_version=3.9.4\n",
	    "all behind the data");
	es_arena_free(&p.arena);
	/* Without an age entry one is added at the end. */
	if (!parse(&p, "A=1\nsops_azure_kv__list_0__map_enc=p\nsops_lastmodified=2026-01-02T03:04:05Z\nsops_"
		       "mac=m\nsops_version=3.9.4\n"))
		abort();
	what.from = &p.meta;
	what.all_behind = what.drop_foreign = false;
	is_written(&what, "",
	    "sops_azure_kv__list_0__map_enc=p\nsops_envseal=new\nsops_lastmodified=t\nsops_mac=n\nsops_"
	    "version=3.9.4\n"
	    "sops_age__list_0__map_enc=f\nsops_age__list_0__map_recipient=s\n",
	    "what was not there is added");
	es_arena_free(&p.arena);
}

int
main(void)
{
	if (!es_mem_start())
		return 1;
	test_read();
	test_new();
	test_over();
	return done();
}
