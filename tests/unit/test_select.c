/*
 * test_select - what the six selection fields choose: names, comments, and what they cannot be applied to.
 */
#include "format/doc/select.h"

#include "format/doc/dotenv.h"
#include "tests/unit/sealing.h"

static const char names[] = "# top\nA=1\nB_unencrypted=2\n\n# public\n# more\nC=3\nD=4\n#secret\nE=5\n";

/* Which of the nodes of names are selected: '1', '0', in their order; the blank line is never. */
static const struct {
	enum envseal_selecting selecting;
	const char *selector, *want;
} cases[] = {
    {ENVSEAL_SELECT_DEFAULT, "", "1100111111"},
    {ENVSEAL_SELECT_DEFAULT, "ignored", "1100111111"},
    {ENVSEAL_UNENCRYPTED_SUFFIX, "_unencrypted", "1100111111"},
    {ENVSEAL_UNENCRYPTED_SUFFIX, "A", "1010111111"},
    {ENVSEAL_UNENCRYPTED_SUFFIX, "_UNENCRYPTED", "1110111111"},
    {ENVSEAL_ENCRYPTED_SUFFIX, "_unencrypted", "0010000000"},
    {ENVSEAL_ENCRYPTED_SUFFIX, "ed", "0010000000"},
    {ENVSEAL_ENCRYPTED_SUFFIX, "x", "0000000000"},
    {ENVSEAL_UNENCRYPTED_REGEX, "^[AC]$", "1010110111"},
    {ENVSEAL_UNENCRYPTED_REGEX, "e", "1100111111"},
    {ENVSEAL_ENCRYPTED_REGEX, "^[AC]$", "0100001000"},
    {ENVSEAL_ENCRYPTED_REGEX, "", "0110001101"},
    {ENVSEAL_ENCRYPTED_REGEX, "(?i)b_UN", "0010000000"},
    {ENVSEAL_UNENCRYPTED_COMMENT_REGEX, "public", "1110000111"},
    {ENVSEAL_UNENCRYPTED_COMMENT_REGEX, "more", "1110100111"},
    {ENVSEAL_UNENCRYPTED_COMMENT_REGEX, "^ top", "0010111111"},
    {ENVSEAL_UNENCRYPTED_COMMENT_REGEX, "nothing", "1110111111"},
    {ENVSEAL_ENCRYPTED_COMMENT_REGEX, "public", "0000011000"},
    {ENVSEAL_ENCRYPTED_COMMENT_REGEX, "more", "0000001000"},
    {ENVSEAL_ENCRYPTED_COMMENT_REGEX, "secret", "0000000001"},
    {ENVSEAL_ENCRYPTED_COMMENT_REGEX, "top|secret", "0100000001"},
    {ENVSEAL_ENCRYPTED_COMMENT_REGEX, "nothing", "0000000000"},
};

static struct es_nodes
nodes_of(const char *text, struct es_arena *arena)
{
	struct es_nodes nodes = {0};
	struct es_dotenv_reading how = {.quotes = ENVSEAL_QUOTES_LITERAL};
	struct envseal_err err = {0};
	if (!es_dotenv_read_plain(es_slice_text(text), &how, NULL, arena, &nodes, &err))
		abort();
	return nodes;
}

static void
test_cases(void)
{
	struct es_arena arena = {0};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct es_nodes nodes = nodes_of(names, &arena);
		struct envseal_plan plan = {
		    .selecting = cases[i].selecting, .selector = es_slice_text(cases[i].selector)};
		struct envseal_err err = {0};
		char got[32] = "";
		/* What was there before does not count. */
		for (size_t k = 0; k < nodes.n; k++)
			nodes.p[k].selected = k % 2 == 0;
		bool marked = es_select_mark(&plan, &nodes, &err);
		for (size_t k = 0; k < nodes.n; k++)
			got[k] = nodes.p[k].selected ? '1' : '0';
		ok(marked && strcmp(got, cases[i].want) == 0, "%s \"%s\": %s (got %s)",
		    envseal_selecting_name(cases[i].selecting), cases[i].selector, cases[i].want, got);
	}
	es_arena_free(&arena);
}

static void
test_refused(void)
{
	static const struct {
		enum envseal_selecting selecting;
		const char *selector, *text;
		enum envseal_code code;
		uint32_t line;
	} bad[] = {
	    {ENVSEAL_ENCRYPTED_REGEX, "(", "A=1\n", ENVSEAL_CONFIG, 0},
	    {ENVSEAL_UNENCRYPTED_REGEX, "a{2", "A=1\n", ENVSEAL_OK, 0},
	    {ENVSEAL_UNENCRYPTED_REGEX, "[z-a]", "A=1\n", ENVSEAL_CONFIG, 0},
	    {ENVSEAL_UNENCRYPTED_COMMENT_REGEX, "(?=x)", "A=1\n", ENVSEAL_CONFIG, 0},
	    {ENVSEAL_ENCRYPTED_SUFFIX, "x", "B\xff=1\n#\xff\n", ENVSEAL_OK, 0},
	    {ENVSEAL_ENCRYPTED_REGEX, "x", "A=\xff\n#\xff\n", ENVSEAL_OK, 0},
	};
	struct es_arena arena = {0};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct es_nodes nodes = nodes_of(bad[i].text, &arena);
		struct envseal_plan plan = {
		    .selecting = bad[i].selecting, .selector = es_slice_text(bad[i].selector)};
		struct envseal_err err = {0};
		bool marked = es_select_mark(&plan, &nodes, &err);
		ok(marked == (bad[i].code == ENVSEAL_OK) && err.code == bad[i].code &&
			err.line == bad[i].line,
		    "%s \"%s\": %s %s", envseal_selecting_name(bad[i].selecting), bad[i].selector,
		    envseal_code_name(err.code), err.what);
	}
	es_arena_free(&arena);
}

static void
test_alike(void)
{
	struct envseal_plan a = {.selecting = ENVSEAL_SELECT_DEFAULT};
	struct envseal_plan b = {
	    .selecting = ENVSEAL_UNENCRYPTED_SUFFIX, .selector = es_slice_text("_unencrypted")};
	ok(envseal_plan_selects_alike(&a, &b) && envseal_plan_selects_alike(&b, &a),
	    "the default is the suffix that it stands for");
	b.mac_only_encrypted = true;
	ok(!envseal_plan_selects_alike(&a, &b), "what the MAC covers counts");
	b = (struct envseal_plan){
	    .selecting = ENVSEAL_ENCRYPTED_SUFFIX, .selector = es_slice_text("_unencrypted")};
	ok(!envseal_plan_selects_alike(&a, &b), "the kind counts");
	b = (struct envseal_plan){
	    .selecting = ENVSEAL_UNENCRYPTED_SUFFIX, .selector = es_slice_text("_unencrypte")};
	ok(!envseal_plan_selects_alike(&a, &b), "the text counts");
}

/* Bytes that are not UTF-8 match as U+FFFD, as they do for SOPS. */
static void
test_not_utf8(void)
{
	static const struct {
		enum envseal_selecting selecting;
		const char *selector, *text, *want;
	} odd[] = {
	    {ENVSEAL_ENCRYPTED_REGEX, "^B.$", "A=1\nB\xff=1\n", "01"},
	    {ENVSEAL_ENCRYPTED_REGEX, "^B\\x{fffd}$", "B\xff=1\nB\xef\xbf\xbd=2\n", "11"},
	    {ENVSEAL_ENCRYPTED_REGEX, "^B..$", "B\xe2\x82=1\nB\xff=1\n", "10"},
	    {ENVSEAL_ENCRYPTED_REGEX, "\\xff", "B\xff=1\n", "0"},
	    {ENVSEAL_UNENCRYPTED_COMMENT_REGEX, "^.$", "#\xff\nA=1\n", "00"},
	    {ENVSEAL_ENCRYPTED_SUFFIX, "\xff", "B\xff=1\n", "1"},
	};
	struct es_arena arena = {0};
	for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
		struct es_nodes nodes = nodes_of(odd[i].text, &arena);
		struct envseal_plan plan = {
		    .selecting = odd[i].selecting, .selector = es_slice_text(odd[i].selector)};
		struct envseal_err err = {0};
		char got[8] = "";
		bool marked = es_select_mark(&plan, &nodes, &err);
		for (size_t k = 0; k < nodes.n; k++)
			got[k] = nodes.p[k].selected ? '1' : '0';
		ok(marked && strcmp(got, odd[i].want) == 0, "what is not UTF-8, case %zu: %s (got %s) %s", i,
		    odd[i].want, got, err.what);
	}
	es_arena_free(&arena);
}

int
main(void)
{
	if (!es_mem_start())
		return 1;
	test_cases();
	test_refused();
	test_alike();
	test_not_utf8();
	return done();
}
