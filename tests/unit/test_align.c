/*
 * test_align - laying a text over an earlier one, against brute force on every pair of small documents.
 */
#include "format/sops/align.h"

#include "tests/unit/sealing.h"

enum { MOST = 8 };

/* A document of one-letter lines; an upper-case letter has the value of the lower-case one in another text. */
static struct es_nodes
nodes_of(const uint8_t *letters, size_t n, struct es_arena *arena)
{
	static const char texts[] = "a\nb\nc\nd\ne\nf\ng\nh\na\rb\rc\rd\re\rf\rg\rh\r";
	struct es_nodes nodes = {0};
	for (size_t i = 0; i < n; i++) {
		struct es_node *node = es_nodes_add(&nodes, arena, ES_ENTRY, 1);
		if (node == NULL)
			abort();
		bool upper = letters[i] >= 'A' && letters[i] <= 'Z';
		size_t at = (size_t)(letters[i] - (upper ? 'A' : 'a'));
		node->text = es_slice(texts + 2 * at + (upper ? 16 : 0), 2);
		node->name = es_slice("N", 1);
		node->value = es_slice(texts + 2 * at, 1);
	}
	return nodes;
}

static int64_t *
align(struct es_arena *arena, const uint8_t *a, size_t an, const uint8_t *b, size_t bn)
{
	int64_t *match;
	struct es_nodes base = nodes_of(a, an, arena), fresh = nodes_of(b, bn, arena);
	if (!es_align(&base, &fresh, arena, &match))
		abort();
	return match;
}

/* The longest common subsequence, by trying. */
static size_t
lcs(const uint8_t *a, size_t an, const uint8_t *b, size_t bn)
{
	size_t best[MOST + 1][MOST + 1] = {{0}};
	for (size_t i = 1; i <= an; i++)
		for (size_t k = 1; k <= bn; k++) {
			size_t most = best[i - 1][k] > best[i][k - 1] ? best[i - 1][k] : best[i][k - 1];
			best[i][k] = a[i - 1] == b[k - 1] ? best[i - 1][k - 1] + 1 : most;
		}
	return best[an][bn];
}

/* The longest run of matches, gaps allowed, that is in order on both sides. */
static size_t
in_order(const int64_t *match, size_t n)
{
	size_t best[MOST] = {0}, most = 0;
	for (size_t i = 0; i < n; i++) {
		if (match[i] == ES_ALIGN_NONE)
			continue;
		best[i] = 1;
		for (size_t k = 0; k < i; k++)
			if (match[k] != ES_ALIGN_NONE && match[k] < match[i] && best[k] + 1 > best[i])
				best[i] = best[k] + 1;
		most = best[i] > most ? best[i] : most;
	}
	return most;
}

/* Each line of the base is used once at most, what is matched is equal, and nothing that could be is left. */
static bool
is_sound(const uint8_t *a, size_t an, const uint8_t *b, size_t bn, const int64_t *match)
{
	bool used[MOST] = {false};
	for (size_t i = 0; i < bn; i++) {
		if (match[i] == ES_ALIGN_NONE)
			continue;
		if (match[i] < 0 || match[i] >= (int64_t)an || used[match[i]] ||
		    (a[match[i]] | 0x20) != (b[i] | 0x20))
			return false;
		used[match[i]] = true;
	}
	for (size_t i = 0; i < bn; i++)
		for (size_t k = 0; k < an && match[i] == ES_ALIGN_NONE; k++)
			if (!used[k] && (a[k] | 0x20) == (b[i] | 0x20))
				return false;
	return true;
}

static bool
has_doubles(const uint8_t *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (memchr(s + i + 1, s[i], n - i - 1) != NULL)
			return true;
	return false;
}

static void
test_every_pair(const char *alphabet, size_t longest, bool unique)
{
	struct tally sound = {0, 0}, ordered = {0, 0}, same = {0, 0};
	uint8_t a[16], b[16];
	size_t an, bn;
	struct es_arena arena = {0};

	for (uint64_t i = 0; nth_text(alphabet, longest, i, a, &an); i++) {
		for (uint64_t k = 0; nth_text(alphabet, longest, k, b, &bn); k++) {
			if (unique && (has_doubles(a, an) || has_doubles(b, bn)))
				continue;
			const int64_t *match = align(&arena, a, an, b, bn);
			tally(&sound, is_sound(a, an, b, bn, match), "sound", es_slice(b, bn));
			if (unique)
				tally(&ordered, in_order(match, bn) == lcs(a, an, b, bn), "order",
				    es_slice(b, bn));
			for (size_t x = 0; i == k && x < bn; x++)
				tally(&same, match[x] == (int64_t)x, "same", es_slice(b, bn));
		}
		es_arena_free(&arena);
	}
	tally_ok(&sound, "each line is used once, and all that can be is");
	if (unique)
		tally_ok(&ordered, "of lines that stand once as many as brute force finds keep their order");
	tally_ok(&same, "the same document is matched line by line");
}

/* Documents and what each line of the second is in the first; '-': nothing. */
static const struct {
	const char *base, *fresh, *match, *name;
} cases[] = {
    {"abc", "abc", "012", "equal"},
    {"abc", "hbc", "-12", "one changed"},
    {"aaa", "aa", "01", "the last of equal lines gone"},
    {"aba", "ab", "01", "the end gone"},
    {"aabaa", "abaa", "0234", "one of doubles gone"},
    {"abcde", "eabcd", "40123", "a line moved to the front"},
    {"ab", "ba", "10", "two lines that change places"},
    {"abab", "abcab", "01-23", "a line between doubles"},
    {"abc", "Abc", "012", "a line in another form"},
    {"aA", "Aa", "10", "the same value in two forms, moved: by text first"},
    {"a", "AA", "0-", "one line for two in another form"},
    {"AB", "ab", "01", "all in another form"},
    {"", "ab", "--", "no base"},
    {"ab", "", "", "no text"},
};

static void
test_cases(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct es_arena arena = {0};
		size_t n = strlen(cases[i].fresh);
		const int64_t *match = align(&arena, (const uint8_t *)cases[i].base, strlen(cases[i].base),
		    (const uint8_t *)cases[i].fresh, n);
		char got[16] = "";
		for (size_t k = 0; k < n; k++)
			got[k] = match[k] == ES_ALIGN_NONE ? '-' : (char)('0' + match[k]);
		ok(strcmp(got, cases[i].match) == 0, "%s: %s (got %s)", cases[i].name, cases[i].match, got);
		es_arena_free(&arena);
	}
}

/* Many lines: k changes leave exactly k lines without a match, wherever they are. */
static void
test_many(void)
{
	enum { LINES = 20000 };
	static char text[LINES][16];
	struct es_arena arena = {0};
	struct es_nodes nodes[2] = {{0}, {0}};
	struct tally t = {0, 0};
	int64_t *match;

	for (int side = 0; side < 2; side++)
		for (unsigned i = 0; i < LINES; i++) {
			struct es_node *node = es_nodes_add(&nodes[side], &arena, ES_ENTRY, i);
			if (node == NULL)
				abort();
			/* Every third line is one of a hundred that stand often. */
			int n = snprintf(text[i], sizeof text[i], "%u\n", i % 3 == 0 ? i % 100 : i);
			node->text = es_slice(text[i], (size_t)n);
			node->value =
			    es_slice(side == 1 && i % 1000 == 500 ? "other" : text[i], (size_t)n - 1);
			if (side == 1 && i % 1000 == 500)
				node->text = es_slice_text("changed\n");
		}
	if (!es_align(&nodes[0], &nodes[1], &arena, &match))
		abort();
	for (unsigned i = 0; i < LINES; i++)
		tally(&t, match[i] == (i % 1000 == 500 ? ES_ALIGN_NONE : (int64_t)i), "line",
		    es_slice(NULL, 0));
	tally_ok(&t, "twenty changes among 20000 lines leave twenty lines");
	es_arena_free(&arena);
}

int
main(void)
{
	if (!es_mem_start())
		return 1;
	test_cases();
	test_every_pair("abc", 5, false);
	test_every_pair("abA", 4, false);
	test_every_pair("abcd", 4, true);
	test_many();
	return done();
}
