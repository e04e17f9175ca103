/*
 * test_dotenv - the two grammars, by the tables in testdata/doc/dotenv; names, quotes and what a base decides.
 */
#include "format/doc/dotenv.h"
#include "format/doc/sealedenv.h"

#include "tests/unit/sealing.h"

/* Turns the escapes of the tables into bytes, in place; returns how many. */
static size_t
unescape(char *s)
{
	static const char from[] = "nrt0\\", to[] = "\n\r\t\0\\";
	size_t n = 0;
	for (char *p = s; *p != '\0'; p++) {
		unsigned byte;
		const char *known = p[0] == '\\' && p[1] != '\0' ? strchr(from, p[1]) : NULL;
		if (known != NULL) {
			s[n++] = to[known - from];
			p++;
		} else if (p[0] == '\\' && p[1] == 'x' && sscanf(p + 2, "%2x", &byte) == 1) {
			s[n++] = (char)byte;
			p += 3;
		} else {
			s[n++] = *p;
		}
	}
	return n;
}

static void
put_nodes(const struct es_nodes *nodes, const struct es_sealedenv_metas *metas, struct es_buf *out)
{
	char head[32];
	if (nodes->bom)
		es_buf_text(out, "M|");
	for (size_t m = 0; m < metas->n; m++)
		if (metas->p[m].leading) {
			es_buf_text(out, "m< ");
			es_buf_put(out, metas->p[m].name.p, metas->p[m].name.n);
			es_buf_byte(out, '=');
			es_buf_put(out, metas->p[m].value.p, metas->p[m].value.n);
			es_buf_byte(out, '|');
		}
	size_t put = 0;
	for (size_t i = 0; i <= nodes->n; i++) {
		/* Metadata stands where its line is. */
		for (; put < metas->n && (i == nodes->n || metas->p[put].line < nodes->p[i].line); put++) {
			if (metas->p[put].leading)
				continue;
			es_buf_text(out, "m ");
			es_buf_put(out, metas->p[put].name.p, metas->p[put].name.n);
			es_buf_byte(out, '=');
			es_buf_put(out, metas->p[put].value.p, metas->p[put].value.n);
			es_buf_byte(out, '|');
		}
		if (i == nodes->n)
			break;
		const struct es_node *node = &nodes->p[i];
		(void)snprintf(head, sizeof head, "%c%u%s", "bce"[node->kind], (unsigned)node -> line,
		    node -> kind == ES_BLANK ? "*" : " ");
		es_buf_text(out, head);
		if (node->kind == ES_BLANK) {
			(void)snprintf(head, sizeof head, "%u", (unsigned)node->lines);
			es_buf_text(out, head);
		}
		if (node->kind == ES_ENTRY) {
			es_buf_put(out, node->name.p, node->name.n);
			es_buf_byte(out, '=');
		}
		if (node->kind != ES_BLANK)
			es_buf_put(out, node->value.p, node->value.n);
		es_buf_byte(out, '|');
	}
	out->n -= out->n > 0;
}

/* What a text is read as, in the words of the tables. */
static void
read_as(const char *reading, struct envseal_slice text, struct es_buf *out)
{
	struct es_arena arena = {0};
	struct es_nodes nodes = {0};
	struct es_sealedenv_metas metas = {0};
	struct envseal_err err = {0};
	struct es_dotenv_reading how = {.any_name = strchr(reading, '+') != NULL};
	bool read;

	how.quotes = reading[0] == 'm'	 ? ENVSEAL_QUOTES_MULTILINE
		     : reading[0] == 'l' ? ENVSEAL_QUOTES_LITERAL
					 : ENVSEAL_QUOTES_ASK;
	if (reading[0] == '-')
		read = es_sealedenv_read(text, "f", &arena, &nodes, &metas, &err);
	else
		read = es_dotenv_read_plain(text, &how, "f", &arena, &nodes, &err);
	if (read) {
		put_nodes(&nodes, &metas, out);
	} else {
		char place[64];
		(void)snprintf(place, sizeof place, "!%s %u:%u", envseal_code_name(err.code),
		    (unsigned)err.line, (unsigned)err.col);
		es_buf_text(out, place);
	}
	es_arena_free(&arena);
}

static void
test_table(const char *path)
{
	FILE *f = fopen(path, "r");
	char line[1024];
	if (!ok(f != NULL, "%s is there", path))
		return;
	for (unsigned number = 1; fgets(line, sizeof line, f) != NULL; number++) {
		line[strcspn(line, "\n")] = '\0';
		char *text = strchr(line, '\t'), *want = text != NULL ? strchr(text + 1, '\t') : NULL;
		if (!ok(want != NULL, "%s:%u has three columns", path, number))
			continue;
		*text++ = '\0';
		*want++ = '\0';
		size_t want_n = unescape(want), n = unescape(text);
		uint8_t *exact = malloc(n + (n == 0)); /* so that a sanitizer sees a byte too far */
		if (exact == NULL)
			abort();
		memcpy(exact, text, n);
		struct es_buf got = es_buf_make(4096);
		read_as(line, es_slice(exact, n), &got);
		if (!is_bytes(got.p, got.n, want, want_n, "%s:%u", path, number))
			printf("# got %.*s\n", (int)got.n, (const char *)got.p);
		es_buf_free(&got);
		free(exact);
	}
	fclose(f);
}

/* ---- names ---- */

static void
test_names(void)
{
	static const struct {
		const char *name;
		bool any;
		enum envseal_code code; /* ENVSEAL_OK: fine */
	} names[] = {
	    {"A", false, ENVSEAL_OK},
	    {"a.b-c_1", false, ENVSEAL_OK},
	    {"export A", false, ENVSEAL_OK},
	    {"", true, ENVSEAL_BAD_VALUE},
	    {" ", true, ENVSEAL_BAD_VALUE},
	    {"#A", true, ENVSEAL_BAD_VALUE},
	    {" #A", true, ENVSEAL_BAD_VALUE},
	    {"A=B", true, ENVSEAL_BAD_VALUE},
	    {"A\nB", true, ENVSEAL_BAD_VALUE},
	    {"A\rB", true, ENVSEAL_BAD_VALUE},
	    {"\xef\xbb\xbf"
	     "A",
		true, ENVSEAL_BAD_VALUE},
	    {"sops_x", true, ENVSEAL_RESERVED},
	    {"sops:envseal", true, ENVSEAL_RESERVED},
	    {"sops", false, ENVSEAL_OK},
	    {"A/B", false, ENVSEAL_BAD_VALUE},
	    {"A/B", true, ENVSEAL_OK},
	    {"\t#", true, ENVSEAL_BAD_VALUE},
	};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		enum envseal_code code;
		const char *fault = es_dotenv_name_fault(es_slice_text(names[i].name), names[i].any, &code);
		ok((fault == NULL) == (names[i].code == ENVSEAL_OK) &&
			(fault == NULL || code == names[i].code),
		    "name %zu: %s", i, fault != NULL ? fault : "fine");
	}
	static const char *const bare[][2] = {{"A", "A"}, {" A\t", "A"}, {"export A", "A"},
	    {"export\t A ", "A"}, {"exportA", "exportA"}, {"export", "export"}, {"export ", "export"},
	    {"", ""}};
	for (size_t i = 0; i < sizeof bare / sizeof bare[0]; i++)
		ok(es_slice_is(es_dotenv_bare_name(es_slice_text(bare[i][0])), bare[i][1]),
		    "\"%s\" answers to \"%s\"", bare[i][0], bare[i][1]);
}

/* ---- what a base decides ---- */

static void
test_base(void)
{
	static const struct {
		const char *base, *text;
		enum envseal_quotes base_quotes;
		const char *want, *name;
	} cases[] = {
	    {"A='x\ny'\n", "A='x\ny'\n", ENVSEAL_QUOTES_MULTILINE, "e1 A='x\ny'", "the same text"},
	    {"A='x\ny'\n", "A='x\nz\nw'\n", ENVSEAL_QUOTES_MULTILINE, "e1 A='x\nz\nw'",
		"a changed value under the same name"},
	    {"A='x\nB=y'\n", "A='x\nB=y'\n", ENVSEAL_QUOTES_LITERAL, "e1 A='x|e2 B=y'", "the same lines"},
	    {"A='x\nB=y'\n", "A='z\nB=y'\n", ENVSEAL_QUOTES_LITERAL, "e1 A='z|e2 B=y'",
		"a changed line under the same name"},
	    {"A='x\ny'\n", "B='x\ny'\n", ENVSEAL_QUOTES_MULTILINE, "!syntax 1:3",
		"a name that it does not know"},
	    {"A=1\n", "A='x\ny'\n", ENVSEAL_QUOTES_MULTILINE, "!syntax 1:3", "a value that had no quote"},
	    {"A='x\ny'\nA='x\nB=y'\n", "A='x\ny'\n", ENVSEAL_QUOTES_MULTILINE, "e1 A='x\ny'",
		"a name that stands twice"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct es_arena arena = {0};
		struct es_nodes base = {0}, nodes = {0};
		struct es_sealedenv_metas none = {0};
		struct envseal_err err = {0};
		struct es_buf got = es_buf_make(4096);
		struct es_dotenv_reading how = {.quotes = cases[i].base_quotes}, over = {.base = &base};
		if (!es_dotenv_read_plain(es_slice_text(cases[i].base), &how, "b", &arena, &base, &err))
			abort();
		if (es_dotenv_read_plain(es_slice_text(cases[i].text), &over, "f", &arena, &nodes, &err))
			put_nodes(&nodes, &none, &got);
		else
			es_buf_text(&got, err.code == ENVSEAL_SYNTAX && err.line == 1 && err.col == 3
					      ? "!syntax 1:3"
					      : err.what);
		is_bytes(got.p, got.n, cases[i].want, strlen(cases[i].want), "base: %s", cases[i].name);
		es_buf_free(&got);
		es_arena_free(&arena);
	}
}

static void
test_look(void)
{
	static const struct {
		const char *text;
		enum envseal_state state;
	} texts[] = {
	    {"", ENVSEAL_PLAIN},
	    {"A=1\n", ENVSEAL_PLAIN},
	    {"sops_x=1\n", ENVSEAL_PLAIN},
	    {"#sops_mac=1\n", ENVSEAL_PLAIN},
	    {" sops_mac=1\n", ENVSEAL_PLAIN},
	    {"A=sops_mac=1\n", ENVSEAL_PLAIN},
	    {"sops_mac=", ENVSEAL_SEALED},
	    {"A=1\nsops_version=3.13.3\n", ENVSEAL_SEALED},
	    {"A=1\r\nsops_lastmodified=x\r\n", ENVSEAL_SEALED},
	    {"sops_x=1\nsops_age__list_0__map_enc=x", ENVSEAL_SEALED},
	    {"sops_", ENVSEAL_PLAIN},
	    {"sops_sops_mac=1", ENVSEAL_PLAIN},
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		ok(envseal_look(es_slice_text(texts[i].text)) == texts[i].state, "look, case %zu", i);
}

int
main(void)
{
	if (!es_mem_start())
		return 1;
	test_table("testdata/doc/dotenv/plain.tsv");
	test_table("testdata/doc/dotenv/sealed.tsv");
	test_names();
	test_base();
	test_look();
	return done();
}
