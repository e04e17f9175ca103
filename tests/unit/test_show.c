/*
 * test_show - what git shows of a file: values or tags, who can read it, and nothing that acts on a terminal.
 */
#include "tests/unit/sealing.h"

static const char readers[] = "# ---- who can read this file ----\n"
			      "# recipient: age1q73he0q5yzfu3d64msd3p6rvksnrwjk3d2598mgtmlqt9wrdr37q2vrn72\n"
			      "# selection: unencrypted_suffix _unencrypted\n";

/* Shows bytes; the caller frees the result, which has a NUL behind it. */
static char *
show(struct kit *kit, struct envseal_slice bytes, bool with_key)
{
	struct envseal_out out = {0};
	struct envseal_err err = {0};
	struct envseal_identities *nobody = envseal_identities_new();
	if (nobody == NULL || !envseal_show(kit->es, bytes, "f", with_key ? kit->ids : nobody, &out, &err))
		abort();
	char *text = malloc(out.n + 1);
	if (text == NULL)
		abort();
	if (out.n > 0)
		memcpy(text, out.p, out.n);
	text[out.n] = '\0';
	envseal_out_free(&out);
	envseal_identities_free(nobody);
	return text;
}

/* Lines that a marked place of want stands for: '@' is 16 hex digits. */
static bool
is_like(const char *got, const char *want)
{
	for (; *want != '\0'; want++) {
		if (*want != '@') {
			if (*got++ != *want)
				return false;
			continue;
		}
		if (strspn(got, "0123456789abcdef") != 16)
			return false;
		got += 16;
	}
	return *got == '\0';
}

static void
is_shown(struct kit *kit, struct envseal_slice bytes, bool with_key, const char *want, const char *name)
{
	char *got = show(kit, bytes, with_key);
	if (!ok(is_like(got, want), "%s", name))
		printf("# got:\n%s# want:\n%s", got, want);
	free(got);
}

static void
test_files(struct kit *kit)
{
	static const char text[] = "# note\nA=1\n\n\nB='x\ny'\r\nC_unencrypted=clear\nEMPTY=\n#\nD=4";
	char want[1024];
	struct envseal_out out = seal_text(kit, es_slice_text(text), NULL, NULL);

	(void)snprintf(want, sizeof want,
	    "# note\nA=1\n\n\nB='x\ny'\\x0d\nC_unencrypted=clear\nEMPTY=\n#\nD=4\n%s# data key: @\n",
	    readers);
	is_shown(kit, out_slice(out), true, want, "with a key: values, and who can read them");
	(void)snprintf(want, sizeof want,
	    "#<sealed @>\nA=<sealed @>\n\n\nB=<sealed @>\nC_unencrypted=clear\nEMPTY=\n#\nD=<sealed @>\n%s",
	    readers);
	is_shown(kit, out_slice(out), false, want, "without one: tags");
	char *once = show(kit, out_slice(out), false), *twice = show(kit, out_slice(out), false);
	ok(strcmp(once, twice) == 0, "twice it is the same");
	ok(strstr(once, "2026") == NULL && strstr(once, "ENC[") == NULL, "no date and no token are shown");
	free(once);
	free(twice);

	/* A wrong MAC: the file is shown sealed under a line that says so. */
	uint8_t *copy = malloc(out.n);
	if (copy == NULL)
		abort();
	memcpy(copy, out.p, out.n);
	uint8_t *date = memmem(copy, out.n, "2026-01-02T03:04:05Z", 20);
	if (date != NULL)
		date[18] = '6';
	char *got = show(kit, es_slice(copy, out.n), true);
	ok(date != NULL && strncmp(got, "# MAC INVALID", 13) == 0 && strstr(got, "\nA=<sealed ") != NULL &&
		strstr(got, "A=1") == NULL,
	    "a file whose MAC is wrong is shown sealed");
	free(got);
	/* A token that does not open. */
	memcpy(copy, out.p, out.n);
	uint8_t *token = memmem(copy, out.n, "\nA=ENC[AES256_GCM,data:", 23);
	if (token != NULL)
		token[23] = token[23] == 'A' ? 'B' : 'A';
	got = show(kit, es_slice(copy, out.n), true);
	ok(token != NULL && strncmp(got, "# BROKEN", 8) == 0 && strstr(got, "D=4") == NULL,
	    "one with a broken value, too");
	free(got);
	/* Cut behind the first line of metadata. */
	uint8_t *behind = memmem(out.p, out.n, "sops_lastmodified", 17);
	got = show(kit, es_slice(out.p, (size_t)(behind - out.p)), true);
	ok(strncmp(got, "# BROKEN, shown sealed: ", 24) == 0 && strstr(got, "\nA=<sealed ") != NULL &&
		strstr(got, "clear") == NULL,
	    "a file without half its metadata is shown by names");
	free(got);
	free(copy);
	envseal_out_free(&out);
}

static void
test_broken(struct kit *kit)
{
	is_shown(kit, es_slice_text("A=1\nB\nsops_mac=x\n"), true,
	    "# BROKEN, shown sealed: this line is neither NAME=VALUE nor a comment nor blank\nA=<sealed "
	    "@>\n<sealed @>\n",
	    "a line without '='");
	is_shown(kit,
	    es_slice_text("<<<<<<< HEAD\nA=1\n||||||| x\n=======\nA=2\n>>>>>>> b\nsops_mac=x\n#c\n"), true,
	    "# BROKEN, shown sealed: a merge conflict marker stands here\n<<<<<<< HEAD\nA=<sealed "
	    "@>\n||||||| x\n=======\nA=<sealed @>\n"
	    ">>>>>>> b\n#<sealed @>\n",
	    "conflict markers");
	is_shown(kit, es_slice_text("A=1\n\nsops_mac=x"), true,
	    "# BROKEN, shown sealed: the metadata has no sops_lastmodified\nA=<sealed @>\n\n",
	    "no metadata but a MAC");
}

static void
test_characters(struct kit *kit)
{
	static const struct {
		const char *text, *shown;
	} texts[] = {
	    {"A=1\n", "A=1\n"},
	    {"", ""},
	    {"A=\t\n", "A=\t\n"},
	    {"\x1b[2J", "\\x1b[2J"},
	    {"\r\n", "\\x0d\n"},
	    {"\x7f", "\\x7f"},
	    {"\xc2\x9b", "\\x9b"},
	    {"\xff", "\\xff"},
	    {"\xc0\x8a", "\\xc0\\x8a"},
	    {"\xe2\x80\xae", "\\u202e"},
	    {"\xe2\x81\xa6", "\\u2066"},
	    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},
	    {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
	    {"\xf3\xa0\x80\x81", "\\U0e0001"},
	    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
	    {"k\xc3\xa9y", "k\xc3\xa9y"},
	    {"\\x1b", "\\\\x1b"},
	    {"\\n", "\\n"},
	    {"\\", "\\"},
	    {"\\\\", "\\\\\\"},
	    {"\xef\xbb\xbf", "\\ufeff"},
	    {"\xe2\x80", "\\xe2\\x80"},
	    {"\xc2\xad", "\\xad"},
	    {"\xd8\x9c", "\\u061c"},
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		char *got = show(kit, es_slice_text(texts[i].text), true);
		if (!ok(strcmp(got, texts[i].shown) == 0, "a plaintext, case %zu", i))
			printf("# got %s want %s\n", got, texts[i].shown);
		free(got);
	}
	/* Every byte, alone and between others: nothing below a blank comes out but TAB and LF. */
	struct tally t = {0, 0};
	for (unsigned a = 0; a < 256; a++)
		for (unsigned b = 0; b < 256; b++) {
			uint8_t bytes[] = {'A', '=', (uint8_t)a, (uint8_t)b, 'x'};
			struct envseal_out out = {0};
			struct envseal_err err = {0};
			bool shown = envseal_show(
				 kit->es, es_slice(bytes, sizeof bytes), NULL, kit->ids, &out, &err),
			     clean = true;
			for (size_t i = 0; i < out.n; i++)
				clean = clean && (out.p[i] >= ' ' || out.p[i] == '\t' || out.p[i] == '\n') &&
					out.p[i] != 0x7f;
			tally(&t, shown && clean, "bytes", es_slice(bytes, sizeof bytes));
			envseal_out_free(&out);
		}
	tally_ok(&t, "no two bytes put a control character on the terminal");
}

int
main(void)
{
	struct kit kit;

	kit_begin(&kit);
	test_files(&kit);
	test_broken(&kit);
	test_characters(&kit);
	kit_end(&kit);
	return done();
}
