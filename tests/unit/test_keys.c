/*
 * test_keys - bech32, recipients, identities: what is accepted, what is refused and how, and that no secret
 * is shown.
 */
#include "format/key/identity.h"

#include "format/context.h"
#include "format/key/bech32.h"
#include "format/key/lines.h"
#include "format/slice.h"
#include "tests/unit/tap.h"

#define IDENTITY "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
#define RECIPIENT "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"

static char other[64]; /* a second recipient, made at the start */
static struct envseal_out other_identity;

/* A file under testdata/age/files/keys, at most 8 KiB; used before the next call. */
static struct envseal_slice
load(const char *name)
{
	static uint8_t block[8192];
	char path[256];

	(void)snprintf(path, sizeof path, "testdata/age/files/keys/%s", name);
	FILE *f = fopen(path, "rb");
	if (!ok(f != NULL, "%s is there", path))
		return es_slice(NULL, 0);
	size_t n = fread(block, 1, sizeof block, f);
	fclose(f);
	return es_slice(block, n);
}

/* ---- bech32 ---- */

static void
bech32_texts(void)
{
	static const struct {
		const char *text, *hrp; /* NULL: invalid */
		size_t n;
	} rows[] = {
	    {"A12UEL5L", "A", 0},
	    {"a12uel5l", "a", 0},
	    {"AGE-PLUGIN-FOOBAR-1QVHULF", "AGE-PLUGIN-FOOBAR-", 0},
	    {"AGE-PLUGIN-BATCHPASS-1JCS0Q9", "AGE-PLUGIN-BATCHPASS-", 0},
	    {RECIPIENT, "age", 32},
	    {IDENTITY, "AGE-SECRET-KEY-", 32},
	    {"AGE-SECRET-KEY-PQ-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ0HGUHW",
		"AGE-SECRET-KEY-PQ-", 32},
	    {"A1G7SGD8", NULL, 0},
	    {"10a06t8", NULL, 0},
	    {"1qzzfhee", NULL, 0},
	    {"li1dgmt3", NULL, 0},
	    {"a12UEL5L", NULL, 0},
	    {"A12uel5l", NULL, 0},
	    {"a1lqfn3a", NULL, 0}, /* the checksum of bech32m */
	    {"", NULL, 0},
	    {"1", NULL, 0},
	    {"a", NULL, 0},
	    {"a1", NULL, 0},
	    {"a12uel5", NULL, 0},
	    {"a12uel5l ", NULL, 0},
	    {" a12uel5l", NULL, 0},
	    {"\x7f"
	     "12uel5l",
		NULL, 0},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		uint8_t data[64];
		char again[128];
		struct es_bech32 out;
		const char *why = "";
		bool read = es_bech32_decode(es_slice_text(rows[i].text), data, sizeof data, &out, &why);
		bool good = read == (rows[i].hrp != NULL);
		if (read && good) {
			es_bech32_encode(rows[i].hrp, data, out.n, again);
			good = es_slice_is(out.hrp, rows[i].hrp) && out.n == rows[i].n &&
			       strcmp(again, rows[i].text) == 0 &&
			       strlen(again) == es_bech32_encoded(rows[i].hrp, out.n);
		}
		ok(good, "bech32 row %zu (%s)", i, why);
	}
}

static void
bech32_round(void)
{
	uint8_t data[1300], back[1300];
	static char text[2200];
	size_t bad = 0;

	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)(i * 151 + 7);
	for (size_t n = 0; n <= sizeof data; n += n < 70 ? 1 : 41) {
		struct es_bech32 out;
		const char *why;
		const char *hrp = n % 2 == 0 ? "age1a1b" : "AGE-X1Y-";
		es_bech32_encode(hrp, data, n, text);
		bad += strlen(text) != es_bech32_encoded(hrp, n);
		bad += !es_bech32_decode(es_slice_text(text), back, sizeof back, &out, &why) || out.n != n ||
		       !es_slice_is(out.hrp, hrp) || memcmp(back, data, n) != 0;
		if (n > 0)
			bad += es_bech32_decode(es_slice_text(text), back, n - 1, &out, &why);
	}
	ok(bad == 0, "bech32: data of many lengths, HRPs with a 1 in them (%zu bad)", bad);
}

/* Every change of one character is noticed: that is what the checksum is for. */
static void
bech32_damage(void)
{
	size_t bad = 0;

	for (size_t i = 0; i < strlen(RECIPIENT); i++) {
		for (int c = 0; c < 256; c++) {
			char text[] = RECIPIENT;
			uint8_t data[32];
			struct es_bech32 out;
			const char *why;
			if (text[i] == (char)c)
				continue;
			text[i] = (char)c;
			bad += es_bech32_decode(
				   es_slice(text, strlen(RECIPIENT)), data, sizeof data, &out, &why) &&
			       es_slice_is(out.hrp, "age");
		}
	}
	ok(bad == 0, "bech32: every changed character is refused (%zu bad)", bad);
}

/* ---- recipients ---- */

static void
recipients_refused(void)
{
	static const struct {
		const char *name, *text, *says;
	} rows[] = {
	    {"identity", IDENTITY, "secret key"},
	    {"identity in lower case", "age-secret-key-1gfpyysjz", "secret key"},
	    {"identity in mixed case", "Age-Secret-Key-1gfpyysjz", "secret key"},
	    {"plugin identity", "AGE-PLUGIN-FOOBAR-1QVHULF", "plugin"},
	    {"post-quantum", "age1pq1vzavuh6y346evs", "age1pq1"},
	    {"tag", "age1tag1qwe0kafsjrar4txm6heqnhpfuggzr0gvznz7fvygxrlq90u5mq2pysxtw6h", "age1tag1"},
	    {"tagpq", "age1tagpq1qwe0kafsjrar4tx", "age1tagpq1"},
	    {"plugin", "age1yubikey1qwe0kafsjrar4tx", "age-plugin-yubikey"},
	    {"plugin with a path", "age1../../x1qwe0kaf", "malformed"},
	    {"plugin with an escape", "age1\x1b[0m1qwe0kaf", "malformed"},
	    {"secret in a plugin's name", "age1AGE-SECRET-KEY-1GFPYYSJZ1qwe0kaf", "malformed"},
	    {"secret between others", "age1\nGFPYYSJZ1qwe0kaf", "malformed"},
	    {"plugin with a long name", "age1aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1qwe0kaf", "malformed"},
	    {"plugin without a name", "age11qwe0kafsjrar4tx", "malformed"},
	    {"ssh-ed25519", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICFS comment", "ssh-ed25519"},
	    {"ssh-rsa", "ssh-rsa AAAAB3NzaC1yc2E=", "ssh-rsa"},
	    {"ssh-dss", "ssh-dss AAAAB3NzaC1yc2E=", "SSH"},
	    {"github", "github:somebody", "GitHub"},
	    {"upper case", "AGE1ZVKYG2LQZRAA2LNJVQEJ32NKUU0UES2S82HZRYE869XEEXVN73EQUNUJWJ", "upper case"},
	    {"mixed case", "age1Zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj", "mixes"},
	    {"Age1", "Age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj", "not a recipient"},
	    {"cut", "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujw", "checksum"},
	    {"very short", "age1zvk", "cut short"},
	    {"with a comment", RECIPIENT " # me", "blank"},
	    {"31 bytes", "age1qqqsyqcyq5rqwzqfpg9scrgwpugpzysnzs23v9ccrydpk8qarc0spy3ks3", "malformed"},
	    {"0", "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqs4klpp", "malformed"},
	    {"empty", "", "missing"},
	    {"blanks", " \t ", "missing"},
	    {"word", "alice", "not a recipient"},
	    {"PEM", "-----BEGIN OPENSSH PRIVATE KEY-----", "key file"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct envseal_recipients *list = envseal_recipients_new();
		struct envseal_err err = {0};
		bool added = envseal_recipients_add(list, es_slice_text(rows[i].text), "F", 3, 7, &err);
		ok(!added && err.code == ENVSEAL_RECIPIENT && strstr(err.what, rows[i].says) != NULL &&
			err.hint[0] != '\0' && envseal_recipients_count(list) == 0 && err.line == 3 &&
			strcmp(err.file, "F") == 0,
		    "recipient refused, %s: %s", rows[i].name, err.what);
		ok(strstr(err.what, "GFPYY") == NULL && strstr(err.hint, "GFPYY") == NULL &&
			strstr(err.what, "gfpyy") == NULL,
		    "and it does not show a secret");
		envseal_recipients_free(list);
	}
}

static void
low_order(void)
{
	/* The points of small order (RFC 7748 has them all as zero secrets), the last with bit 255 set. */
	static const char *const points[] = {
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"};

	for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
		uint8_t point[ES_KEY];
		char text[ES_KEY_TEXT];
		struct envseal_recipients *list = envseal_recipients_new();
		struct envseal_err err = {0};
		for (size_t k = 0; k < ES_KEY; k++) {
			unsigned byte = 0;
			(void)sscanf(points[i] + 2 * k, "%2x", &byte);
			point[k] = (uint8_t)byte;
		}
		es_bech32_encode("age", point, sizeof point, text);
		ok(!envseal_recipients_add(list, es_slice_text(text), NULL, 0, 0, &err) &&
			strstr(err.what, "low order") != NULL,
		    "a recipient of low order is refused (%zu)", i);
		es_bech32_encode("age", point, sizeof point - 1, text);
		memset(&err, 0, sizeof err);
		ok(!envseal_recipients_add(list, es_slice_text(text), NULL, 0, 0, &err) &&
			strstr(err.what, "length") != NULL,
		    "31 bytes are refused (%zu)", i);
		envseal_recipients_free(list);
	}
}

static void
recipients_list(void)
{
	struct envseal_recipients *list = envseal_recipients_new();
	struct envseal_err err = {0};
	char text[512];

	(void)snprintf(text, sizeof text, " %s ,\t%s,\n%s", RECIPIENT, other, RECIPIENT);
	ok(envseal_recipients_add(list, es_slice_text(text), NULL, 0, 0, &err),
	    "three, one of them twice: %s", err.what);
	ok(envseal_recipients_count(list) == 2 && strcmp(envseal_recipients_at(list, 0), RECIPIENT) == 0 &&
		strcmp(envseal_recipients_at(list, 1), other) == 0,
	    "the first of each counts, in order");
	ok(envseal_recipients_has(list, es_slice_text(other)) &&
		!envseal_recipients_has(list, es_slice_text("age1")) &&
		!envseal_recipients_has(list, es_slice_text("")),
	    "has");
	ok(es_recipients_get(list, 1)->kind == es_kinds[0] &&
		es_recipients_get(list, 1)->text == envseal_recipients_at(list, 1),
	    "get");
	(void)snprintf(text, sizeof text, "%s, age1x", other);
	ok(!envseal_recipients_add(list, es_slice_text(text), "F", 2, 10, &err) && err.line == 2 &&
		err.col == 10 + 64,
	    "the column of the second of a list (%u)", err.col);
	ok(envseal_recipients_count(list) == 2, "a failure leaves the list as it was");
	memset(&err, 0, sizeof err);
	(void)snprintf(text, sizeof text, "%s,\n  age1x", RECIPIENT);
	ok(!envseal_recipients_add(list, es_slice_text(text), "F", 2, 10, &err) && err.line == 3 &&
		err.col == 3,
	    "the place behind a line feed (%u:%u)", err.line, err.col);
	memset(&err, 0, sizeof err);
	(void)snprintf(text, sizeof text, "%s,", RECIPIENT);
	ok(!envseal_recipients_add(list, es_slice_text(text), NULL, 0, 0, &err),
	    "a comma at the end is an error");
	envseal_recipients_free(list);
}

static void
recipients_files(void)
{
	static const struct {
		const char *name, *text;
		size_t count; /* 0: refused */
		uint32_t line;
		const char *says;
	} rows[] = {
	    {"one", RECIPIENT, 1, 0, ""},
	    {"LF", "# me\n\n" RECIPIENT "\n", 1, 0, ""},
	    {"CRLF", "# me\r\n\r\n" RECIPIENT "\r\n", 1, 0, ""},
	    {"BOM", "\xef\xbb\xbf" RECIPIENT "\n", 1, 0, ""},
	    {"BOM and comment", "\xef\xbb\xbf# x\n" RECIPIENT "\n", 1, 0, ""},
	    {"trailing blanks", RECIPIENT " \t \r\n  \n", 1, 0, ""},
	    {"twice", RECIPIENT "\n" RECIPIENT "\n", 1, 0, ""},
	    {"empty", "", 0, 0, "no recipient"},
	    {"comments only", "# x\n\n", 0, 0, "no recipient"},
	    {"leading blank", "# x\n " RECIPIENT "\n", 0, 2, "blank"},
	    {"two CR", RECIPIENT "\r\r\n", 0, 1, "blank"},
	    {"inline comment", "\n" RECIPIENT " # me\n", 0, 2, "blank"},
	    {"list", "\n\n" RECIPIENT "," RECIPIENT "\n", 0, 3, "malformed"},
	    {"identity", RECIPIENT "\n" IDENTITY "\n", 0, 2, "secret key"},
	    {"second BOM", RECIPIENT "\n\xef\xbb\xbf" RECIPIENT "\n", 0, 2, "not a recipient"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct envseal_recipients *list = envseal_recipients_new();
		struct envseal_err err = {0};
		bool added = envseal_recipients_add_file(list, es_slice_text(rows[i].text), "R", &err);
		ok(added == (rows[i].count > 0) && envseal_recipients_count(list) == rows[i].count &&
			err.line == rows[i].line && strstr(err.what, rows[i].says) != NULL &&
			strstr(err.what, "GFPYY") == NULL,
		    "recipients file, %s: %s", rows[i].name, err.what);
		envseal_recipients_free(list);
	}
	struct envseal_recipients *list = envseal_recipients_new();
	struct envseal_err err = {0};
	ok(envseal_recipients_add_file(list, load("recipients.txt"), "R", &err) &&
		envseal_recipients_count(list) == 2,
	    "recipients.txt");
	ok(!envseal_recipients_add_file(list, load("recipients-pq.txt"), "R", &err) &&
		strstr(err.what, "age1pq1") != NULL,
	    "recipients-pq.txt: %s", err.what);
	memset(&err, 0, sizeof err);
	ok(!envseal_recipients_add_file(list, load("github.keys"), "R", &err) &&
		strstr(err.what, "SSH") != NULL,
	    "github.keys: %s", err.what);
	ok(envseal_recipients_count(list) == 2, "and the list is as it was");
	envseal_recipients_free(list);
}

/* More than a list takes is an error, and so is a file that is too long. */
static void
recipients_limits(void)
{
	struct envseal_recipients *list = envseal_recipients_new();
	struct envseal_err err = {0};
	bool added = true;
	size_t n = 0;

	for (; added && n < 5000; n++) {
		uint8_t key[ES_KEY] = {9, (uint8_t)n, (uint8_t)(n >> 8), 1};
		char text[ES_KEY_TEXT];
		es_bech32_encode("age", key, sizeof key, text);
		added = envseal_recipients_add(list, es_slice_text(text), NULL, 0, 0, &err);
	}
	ok(!added && n == ES_RECIPIENTS_MOST + 1 && strstr(err.what, "4096") != NULL, "the list has a limit");
	uint8_t *large = calloc(1, ES_LINES_LARGEST + 1);
	if (large != NULL) {
		memset(large, '#', ES_LINES_LARGEST + 1);
		memset(&err, 0, sizeof err);
		ok(!envseal_recipients_add_file(list, es_slice(large, ES_LINES_LARGEST + 1), "R", &err) &&
			strstr(err.what, "16 MiB") != NULL,
		    "a recipients file has a limit");
		struct envseal_identities *ids = envseal_identities_new();
		memset(&err, 0, sizeof err);
		ok(!envseal_identities_add(ids, es_slice(large, ES_LINES_LARGEST + 1), "I", false, &err) &&
			strstr(err.what, "16 MiB") != NULL,
		    "an identity file has a limit");
		envseal_identities_free(ids);
	}
	free(large);
	envseal_recipients_free(list);
}

/* ---- identities ---- */

static void
identity_texts(void)
{
	static const struct {
		const char *name, *text;
		bool words;
		size_t count;
		uint32_t line, col; /* of the error; line 0 with says: the whole file */
		const char *says; /* NULL: accepted */
	} rows[] = {
	    {"one", IDENTITY, false, 1, 0, 0, NULL},
	    {"keygen", "# created: x\n# public key: y\n" IDENTITY "\n", false, 1, 0, 0, NULL},
	    {"CRLF", "# x\r\n\r\n" IDENTITY "\r\n", false, 1, 0, 0, NULL},
	    {"BOM", "\xef\xbb\xbf" IDENTITY, false, 1, 0, 0, NULL},
	    {"trailing blanks", IDENTITY " \t\r\n   \n", false, 1, 0, 0, NULL},
	    {"comment with any bytes", "#\xff\xfe\x01\n" IDENTITY, false, 1, 0, 0, NULL},
	    {"twice", IDENTITY "\n" IDENTITY, false, 2, 0, 0, NULL},
	    {"empty", "", false, 0, 0, 0, NULL},
	    {"comments", "# x\n\n", false, 0, 0, 0, NULL},
	    {"words", IDENTITY " " IDENTITY "\t" IDENTITY "\n" IDENTITY, true, 4, 0, 0, NULL},
	    {"words with other space", "  " IDENTITY "\v" IDENTITY "\f\r" IDENTITY, true, 3, 0, 0, NULL},
	    {"words with a comment line", "# a b\n" IDENTITY, true, 1, 0, 0, NULL},
	    {"words and a comment behind", "\n" IDENTITY " # x", true, 0, 2, 76, "comment"},
	    {"words and an indented comment", " # x\n" IDENTITY, true, 0, 1, 2, "comment"},
	    {"two on a line, not words", IDENTITY " " IDENTITY, false, 0, 1, 1, "blank"},
	    {"comment behind", IDENTITY " # x", false, 0, 1, 1, "blank"},
	    {"leading blank", "\n " IDENTITY, false, 0, 2, 1, "blank"},
	    {"leading tab", "\t" IDENTITY, false, 0, 1, 1, "blank"},
	    {"second BOM", IDENTITY "\n\xef\xbb\xbf" IDENTITY, false, 0, 2, 1, "not an identity"},
	    {"recipient", IDENTITY "\n" RECIPIENT, false, 0, 2, 1, "recipient"},
	    {"lower case", "age-secret-key-1gfpyysjzgfpyysjz", false, 0, 1, 1, "lower case"},
	    {"mixed case", "AGE-SECRET-KEY-1gFPYYSJZGFPYYSJZGFPYYSJZ", false, 0, 1, 1, "mixes"},
	    {"checksum", "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEQ", false,
		0, 1, 1, "checksum"},
	    {"Kelvin",
		"AGE-SECRET-\xe2\x84\xaa"
		"EY-1GFPYYSJZGFPYYSJZGFPYYSJZ",
		false, 0, 1, 1, "not an identity"},
	    {"Kelvin inside", "AGE-SECRET-KEY-1GFPYYSJZGFPYY\xe2\x84\xaaSJZGFPYYSJZ", false, 0, 1, 1,
		"character"},
	    {"plugin, passed over", "AGE-PLUGIN-FOOBAR-1QVHULF\n" IDENTITY, false, 1, 0, 0, NULL},
	    {"post-quantum, passed over", IDENTITY "\nAGE-SECRET-KEY-PQ-1GFPYYSJZGFPYYSJZ", false, 1, 0, 0,
		NULL},
	    {"nothing else", "AGE-PLUGIN-FOOBAR-1QVHULF\n", false, 0, 0, 0, NULL},
	    {"ssh", "ssh-ed25519 AAAA", false, 0, 1, 1, "SSH"},
	    {"encrypted", "age-encryption.org/v1\n-> scrypt", false, 0, 0, 0, "encrypted identity file"},
	    {"encrypted, armored", " \n-----BEGIN AGE ENCRYPTED FILE-----\n", false, 0, 0, 0,
		"encrypted identity file"},
	    {"encrypted, appended", IDENTITY "\n-----BEGIN AGE ENCRYPTED FILE-----\n", false, 0, 2, 1,
		"another form"},
	    {"SSH private key", "-----BEGIN OPENSSH PRIVATE KEY-----\nGFPYY\n", false, 0, 0, 0,
		"SSH private key"},
	    {"UTF-16",
		"\xff\xfe"
		"A",
		false, 0, 0, 0, "UTF-16"},
	    {"good, then bad", IDENTITY "\n" IDENTITY "\nGFPYYSJZ\n", false, 0, 3, 1, "not an identity"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct envseal_identities *ids = envseal_identities_new();
		struct envseal_err err = {0};
		bool added =
		    envseal_identities_add(ids, es_slice_text(rows[i].text), "I", rows[i].words, &err);
		bool good = added == (rows[i].says == NULL) && envseal_identities_count(ids) == rows[i].count;
		if (rows[i].says != NULL)
			good = good && err.code == ENVSEAL_RECIPIENT &&
			       strstr(err.what, rows[i].says) != NULL && err.line == rows[i].line &&
			       err.col == rows[i].col && err.hint[0] != '\0';
		ok(good, "identities, %s: %u:%u %s", rows[i].name, err.line, err.col, err.what);
		ok(strstr(err.what, "GFPYY") == NULL && strstr(err.hint, "GFPYY") == NULL &&
			strstr(err.what, "gfpyy") == NULL,
		    "and nothing of it is shown");
		if (added && rows[i].count > 0)
			ok(strcmp(envseal_identities_recipient(ids, rows[i].count - 1), RECIPIENT) == 0,
			    "and its public half");
		envseal_identities_free(ids);
	}
}

static void
identity_files(void)
{
	static const struct {
		const char *name, *says;
		uint32_t line;
	} rows[] = {{"x25519-a.txt", NULL, 0}, {"x25519-b.txt", NULL, 0}, {"x25519-stranger.txt", NULL, 0},
	    {"x25519-a-locked.txt.age", "encrypted", 0}, {"commented-locked.age", "encrypted", 0},
	    {"ssh_ed25519", "SSH", 0}, {"ssh_rsa2048_pem", "SSH", 0}, {"recipients.txt", "recipient", 3}};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct envseal_identities *ids = envseal_identities_new();
		struct envseal_err err = {0};
		struct envseal_slice text = load(rows[i].name);
		bool added = envseal_identities_add(ids, text, rows[i].name, false, &err);
		ok(rows[i].says == NULL
			? added && envseal_identities_count(ids) == 1
			: !added && strstr(err.what, rows[i].says) != NULL && err.line == rows[i].line,
		    "%s: line %u, %s", rows[i].name, err.line, err.what);
		if (added) {
			/* age-keygen wrote the public half into the second line. */
			char line[128];
			int n = snprintf(
			    line, sizeof line, "\n# public key: %s\n", envseal_identities_recipient(ids, 0));
			ok(n > 0 && memmem(text.p, text.n, line, (size_t)n) != NULL, "%s: the public half",
			    rows[i].name);
		}
		envseal_identities_free(ids);
	}
	static const char *const kinds[] = {"hybrid-a.txt", "hybrid-a-plugin.txt"};
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		struct envseal_identities *ids = envseal_identities_new();
		struct envseal_err err = {0};
		ok(envseal_identities_add(ids, load(kinds[i]), kinds[i], false, &err) &&
			envseal_identities_count(ids) == 0 && envseal_identities_passed_over(ids) == 1,
		    "%s: passed over, and counted", kinds[i]);
		envseal_identities_free(ids);
	}
}

/* Many identities, over several blocks of memory; what failed is rolled back. */
static void
identity_many(void)
{
	struct envseal_identities *ids = envseal_identities_new();
	struct envseal_err err = {0};
	struct envseal_slice own = es_slice(other_identity.p, other_identity.n);
	bool added = true;

	for (size_t i = 0; i < ES_IDENTITIES_MOST && added; i++)
		added = envseal_identities_add(
		    ids, i % 2 == 0 ? own : es_slice_text(IDENTITY), NULL, false, &err);
	ok(added && envseal_identities_count(ids) == ES_IDENTITIES_MOST,
	    "as many identities as a list takes");
	const char *first = envseal_identities_recipient(ids, 0);
	ok(strcmp(first, other) == 0 && strcmp(envseal_identities_recipient(ids, 4095), RECIPIENT) == 0,
	    "the first and the last");
	ok(envseal_identities_recipient(ids, 0) == first, "the public half is kept");
	ok(!envseal_identities_add(ids, own, NULL, false, &err) && strstr(err.what, "4096") != NULL &&
		envseal_identities_count(ids) == ES_IDENTITIES_MOST,
	    "one more is refused");
	envseal_identities_free(ids);
	envseal_identities_free(NULL);
	envseal_recipients_free(NULL);
}

/* ---- making keys, and the context ---- */

static void
all_42(void *ctx, void *p, size_t n)
{
	*(size_t *)ctx += n;
	memset(p, 0x42, n);
}

static void
keygen(void)
{
	static const char want[] =
	    "# created: 2021-01-02T15:30:45+01:00\n# public key: " RECIPIENT "\n" IDENTITY "\n";
	size_t drawn = 0;
	struct envseal_host host = {.ctx = &drawn, .random = all_42};
	struct envseal_err err = {0};
	struct envseal *es = envseal_new(&host, &err);
	struct envseal_out out = {0};
	char recipient[64];

	ok(envseal_keygen(es, "2021-01-02T15:30:45+01:00", &out, recipient, &err), "keygen");
	is_bytes(out.p, out.n, want, sizeof want - 1, "keygen: three lines, as age-keygen writes them");
	ok(strcmp(recipient, RECIPIENT) == 0 && drawn == 32, "keygen: recipient, and 32 bytes drawn");
	envseal_out_free(&out);
	envseal_end(es);
}

static int64_t
fixed_now(void *ctx)
{
	(void)ctx;
	return 1234567890;
}

static void
take_note(void *ctx, uint32_t line, const char *text)
{
	(void)text;
	*(uint32_t *)ctx = line;
}

static void
mark_one(void *arg, size_t i)
{
	((char *)arg)[i]++;
}

static void
backwards(void *ctx, void (*fn)(void *arg, size_t i), void *arg, size_t n)
{
	(void)ctx;
	while (n-- > 0)
		fn(arg, n);
}

static void
context(void)
{
	uint32_t noted = 0;
	struct envseal_host host = {
	    .ctx = &noted, .now = fixed_now, .note = take_note, .parallel = backwards};
	struct envseal_err err = {0};
	struct envseal *given = envseal_new(&host, &err), *bare = envseal_new(NULL, &err);
	char ran[5] = {0};

	es_context_note(given, 7, "x");
	es_context_note(bare, 8, "x");
	ok(noted == 7, "notes reach a host that listens");
	ok(es_context_now(given) == 1234567890 && es_context_now(bare) > 1600000000, "the clock");
	es_context_parallel(given, mark_one, ran, 5);
	es_context_parallel(bare, mark_one, ran, 5);
	is_bytes(ran, 5, "\2\2\2\2\2", 5, "everything runs once");
	envseal_end(given);
	envseal_end(bare);
	envseal_end(NULL);
}

int
main(void)
{
	struct envseal_err err = {0};
	struct envseal *es = envseal_new(NULL, &err);

	if (!ok(es != NULL && envseal_keygen(es, "now", &other_identity, other, &err), "a key is made"))
		return done();
	bech32_texts();
	bech32_round();
	bech32_damage();
	recipients_refused();
	low_order();
	recipients_list();
	recipients_files();
	recipients_limits();
	identity_texts();
	identity_files();
	identity_many();
	keygen();
	context();
	envseal_out_free(&other_identity);
	envseal_end(es);
	return done();
}
