/*
 * test_age - age files: known answers, the vectors of C2SP, files of other programs, and every small damage.
 */
#include "format/age/age.h"

#include "crypto/hash.h"
#include "format/age/armor.h"
#include "format/age/header.h"
#include "format/slice.h"
#include "tests/unit/tap.h"

#include <dirent.h>

static const char known_identity[] =
    "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX";
static const char known_recipient[] = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj";
static const char hello[] = "hello, age\n";

/* The classes of failures, by what the error says. */
static const char *
class_of(bool opened, const struct envseal_err *err)
{
	static const struct {
		const char *begins, *name;
	} sentences[] = {{"age armor: ", "armor"}, {"age header: ", "header"}, {"age MAC: ", "mac"},
	    {"age payload: ", "payload"}};

	if (opened)
		return err->code == ENVSEAL_OK ? "ok" : "opened with an error";
	if (err->code == ENVSEAL_NO_KEY)
		return "nomatch";
	for (size_t i = 0; err->code == ENVSEAL_RECIPIENT && i < sizeof sentences / sizeof sentences[0];
	     i++) {
		if (strncmp(err->what, sentences[i].begins, strlen(sentences[i].begins)) == 0)
			return sentences[i].name;
	}
	return "none";
}

/* The bytes of a file under testdata/age; the caller frees them. */
static struct envseal_slice
load(const char *folder, const char *name)
{
	char path[512];
	static uint8_t block[256 * 1024];

	(void)snprintf(path, sizeof path, "testdata/age/%s/%s", folder, name);
	FILE *f = fopen(path, "rb");
	if (f == NULL) {
		ok(false, "%s is there", path);
		return es_slice(NULL, 0);
	}
	size_t n = fread(block, 1, sizeof block, f);
	fclose(f);
	uint8_t *copy = malloc(n + 1);
	if (copy == NULL)
		abort();
	memcpy(copy, block, n);
	return es_slice(copy, n);
}

static void
unload(struct envseal_slice s)
{
	union {
		const uint8_t *given;
		uint8_t *own;
	} p = {s.p};

	free(p.own);
}

static void
hex_sha256(struct envseal_slice s, char hex[2 * ES_SHA256 + 1])
{
	struct es_sha256 h;
	uint8_t digest[ES_SHA256];

	es_sha256_begin(&h);
	es_sha256_add(&h, s.p, s.n);
	es_sha256_end(&h, digest);
	for (size_t i = 0; i < sizeof digest; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static struct envseal_identities *
identities_of(struct envseal_slice text)
{
	struct envseal_err err = {0};
	struct envseal_identities *ids = envseal_identities_new();

	if (ids == NULL || !envseal_identities_add(ids, text, "keys", false, &err)) {
		ok(false, "the identities load: %s", err.what);
		abort();
	}
	return ids;
}

/* ---- known answers ---- */

/* A source of "random" bytes that is known beforehand. */
struct script {
	const uint8_t *p;
	size_t n;
	bool short_of;
};

static void
scripted(void *ctx, void *p, size_t n)
{
	struct script *s = ctx;

	if (n > s->n) {
		s->short_of = true;
		memset(p, 0, n);
		return;
	}
	memcpy(p, s->p, n);
	s->p += n;
	s->n -= n;
}

static void
seal_known(bool armored, const char *name)
{
	uint8_t random[64];
	for (size_t i = 0; i < 16; i++)
		random[i] = (uint8_t)i;
	for (size_t i = 0; i < 32; i++)
		random[16 + i] = (uint8_t)i;
	for (size_t i = 0; i < 16; i++)
		random[48 + i] = (uint8_t)(0xf0 + i);
	struct script script = {random, sizeof random, false};
	struct envseal_host host = {.ctx = &script, .random = scripted};
	struct envseal_err err = {0};
	struct envseal *es = envseal_new(&host, &err);
	struct envseal_recipients *list = envseal_recipients_new();
	struct es_buf out = es_buf_make(4096);
	struct envseal_slice want = load("known", name);

	bool sealed = envseal_recipients_add(list, es_slice_text(known_recipient), NULL, 0, 0, &err);
	const struct es_recipient *to = sealed ? es_recipients_get(list, 0) : NULL;
	sealed = sealed && es_age_seal(es, &to, 1, es_slice_text(hello), armored, &out, &err);
	ok(sealed && !script.short_of && script.n == 0, "%s: sealed with exactly the randomness it needs",
	    name);
	is_bytes(out.p, out.n, want.p, want.n, "%s: byte for byte", name);
	unload(want);
	es_buf_free(&out);
	envseal_recipients_free(list);
	envseal_end(es);
}

static void
open_known(const char *name)
{
	struct envseal_identities *ids = identities_of(es_slice_text(known_identity));
	struct envseal_slice file = load("known", name);
	struct es_buf plain = es_buf_make(4096);
	struct envseal_err err = {0};

	es_buf_text(&plain, "before:");
	ok(es_age_open(file, ids, &plain, &err), "%s: opens", name);
	is_bytes(plain.p, plain.n, "before:hello, age\n", 18, "%s: the plaintext is appended", name);
	es_buf_free(&plain);
	plain = es_buf_make(5);
	ok(!es_age_open(file, ids, &plain, &err) && strcmp(class_of(false, &err), "payload") == 0 &&
		plain.n == 0,
	    "%s: a plaintext that does not fit is refused", name);
	es_buf_free(&plain);
	unload(file);
	envseal_identities_free(ids);
}

/* ---- vectors ---- */

struct vector {
	char expect[32], payload[80], name[64];
	struct envseal_identities *ids;
};

/* Reads the lines in front of a vector; file becomes the age file. */
static bool
read_vector(struct envseal_slice *file, struct vector *v)
{
	while (file->n > 0 && file->p[0] != '\n') {
		char line[512] = "";
		size_t n = es_slice_find(*file, '\n');
		if (n == file->n || n >= sizeof line)
			return false;
		memcpy(line, file->p, n);
		*file = es_slice_from(*file, n + 1);
		if (sscanf(line, "expect: %31[^\n]", v->expect) == 1 ||
		    sscanf(line, "payload: %79s", v->payload) == 1)
			continue;
		if (strncmp(line, "identity: AGE-SECRET-KEY-1", 26) == 0) {
			struct envseal_err err = {0};
			if (!envseal_identities_add(v->ids, es_slice_text(line + 10), NULL, false, &err))
				return false;
		} else if (strncmp(line, "identity: ", 10) != 0 && strncmp(line, "file key: ", 10) != 0 &&
			   strncmp(line, "passphrase: ", 12) != 0 && strncmp(line, "armored: yes", 12) != 0 &&
			   strncmp(line, "comment: ", 9) != 0) {
			return false; /* a key that is not known */
		}
	}
	if (file->n > 0)
		*file = es_slice_from(*file, 1);
	return v->expect[0] != '\0';
}

/* What the vectors call a class. */
static bool
expects(const char *expect, const char *class)
{
	static const char *const names[][2] = {{"success", "ok"}, {"header failure", "header"},
	    {"no match", "nomatch"}, {"HMAC failure", "mac"}, {"payload failure", "payload"},
	    {"armor failure", "armor"}};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcmp(expect, names[i][0]) == 0)
			return strcmp(class, names[i][1]) == 0;
	}
	return false;
}

static void
run_vector(const char *name)
{
	/* Armor is found by its begin line; where that is spoilt, the file is not an age file at all. */
	static const char *const either[] = {
	    "armor_garbage_leading", "armor_lowercase", "armor_whitespace_begin", "armor_wrong_type"};
	struct envseal_slice whole = load("cctv", name), file = whole;
	struct vector v = {.ids = envseal_identities_new()};
	struct es_buf plain = es_buf_make(ES_AGE_PLAIN);
	struct envseal_err err = {0};
	char sum[2 * ES_SHA256 + 1];

	if (v.ids == NULL || !read_vector(&file, &v)) {
		ok(false, "cctv %s: has a form that is known", name);
		goto out;
	}
	bool opened = es_age_open(file, v.ids, &plain, &err);
	const char *class = class_of(opened, &err);
	for (size_t i = 0; i < sizeof either / sizeof either[0]; i++) {
		if (strcmp(name, either[i]) == 0 && strcmp(class, "header") == 0)
			class = "armor";
	}
	ok(expects(v.expect, class), "cctv %s: %s (%s)", name, v.expect, class);
	hex_sha256(es_slice(plain.p, plain.n), sum);
	if (opened)
		ok(strcmp(sum, v.payload) == 0, "cctv %s: the plaintext", name);
	else
		ok(plain.n == 0 && err.what[0] != '\0', "cctv %s: nothing is released", name);
out:
	es_buf_free(&plain);
	envseal_identities_free(v.ids);
	unload(whole);
}

static void
vectors(void)
{
	DIR *dir = opendir("testdata/age/cctv");
	size_t count = 0;

	if (!ok(dir != NULL, "the vectors are there"))
		return;
	for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
		if (e->d_name[0] != '.') {
			run_vector(e->d_name);
			count++;
		}
	}
	closedir(dir);
	ok(count == 90, "there are 90 vectors (%zu)", count);
}

/* ---- files of other programs ---- */

static void
run_case(const char *row)
{
	char name[64], keys[64], class[16], want[80], sum[2 * ES_SHA256 + 1];
	size_t size;

	if (!ok(sscanf(row, "%63[^\t]\t%63[^\t]\t%15[^\t]\t%zu\t%79[^\t]", name, keys, class, &size, want) ==
		    5,
		"a row of cases.tsv is understood"))
		return;
	struct envseal_slice file = load("files", name), text = load("files", keys);
	struct envseal_identities *ids = identities_of(text);
	struct es_buf plain = es_buf_make(ES_AGE_PLAIN);
	struct envseal_err err = {0};

	bool opened = es_age_open(file, ids, &plain, &err);
	ok(strcmp(class_of(opened, &err), class) == 0, "%s with %s: %s (%s)", name, keys, class, err.what);
	hex_sha256(es_slice(plain.p, plain.n), sum);
	ok(opened ? plain.n == size && strcmp(sum, want) == 0 : plain.n == 0, "%s with %s: the plaintext",
	    name, keys);
	es_buf_free(&plain);
	envseal_identities_free(ids);
	unload(file);
	unload(text);
}

static void
cases(void)
{
	struct envseal_slice table = load("files", "cases.tsv"), rest = table;
	size_t count = 0;

	while (rest.n > 0) {
		char row[512] = "";
		size_t n = es_slice_find(rest, '\n');
		memcpy(row, rest.p, n < sizeof row ? n : sizeof row - 1);
		run_case(row);
		rest = es_slice_from(rest, n < rest.n ? n + 1 : n);
		count++;
	}
	ok(count == 28, "there are 28 cases (%zu)", count);
	unload(table);
}

/* ---- damage ---- */

/* Opens a damaged file; the right plaintext is fine (white space may change), another one never. */
static bool
harmless(struct envseal_slice file, struct envseal_identities *ids, bool may_open)
{
	struct es_buf plain = es_buf_make(4096);
	struct envseal_err err = {0};
	bool opened = es_age_open(file, ids, &plain, &err);
	bool good = opened ? may_open && es_slice_is(es_slice(plain.p, plain.n), hello)
			   : plain.n == 0 && strcmp(class_of(false, &err), "none") != 0;

	es_buf_free(&plain);
	return good;
}

static void
damage(const char *name, bool armored)
{
	struct envseal_identities *ids = identities_of(es_slice_text(known_identity));
	struct envseal_slice file = load("known", name);
	uint8_t *copy = malloc(file.n + 1);
	size_t bad = 0;

	if (copy == NULL)
		abort();
	for (size_t i = 0; i < file.n; i++) {
		for (int change = 1; change < 256; change = change < 128 ? change * 2 : 256 + change) {
			memcpy(copy, file.p, file.n);
			copy[i] ^= (uint8_t)change;
			bad += !harmless(es_slice(copy, file.n), ids, armored);
		}
		memcpy(copy, file.p, file.n);
		copy[i] = (uint8_t)~copy[i];
		bad += !harmless(es_slice(copy, file.n), ids, armored);
	}
	ok(bad == 0, "%s: every flipped bit (%zu bad)", name, bad);
	bad = 0;
	for (size_t n = 0; n < file.n; n++) {
		uint8_t *cut = malloc(n + 1); /* its own block, so that a read behind the end shows */
		if (cut == NULL)
			abort();
		memcpy(cut, file.p, n);
		bad += !harmless(es_slice(cut, n), ids, armored && n + 1 == file.n);
		free(cut);
	}
	ok(bad == 0, "%s: every truncation (%zu bad)", name, bad);
	bad = 0;
	for (size_t i = 0; i <= file.n; i++) {
		memcpy(copy, file.p, i);
		copy[i] = i % 2 == 0 ? 'A' : '\n';
		memcpy(copy + i + 1, file.p + i, file.n - i);
		bad += !harmless(es_slice(copy, file.n + 1), ids, armored);
	}
	ok(bad == 0, "%s: every inserted byte (%zu bad)", name, bad);
	free(copy);
	unload(file);
	envseal_identities_free(ids);
}

/* ---- white space round armor ---- */

/* The known armor with count copies of a white character in front and behind. */
static const char *
armor_between(const char *white, size_t before, size_t behind)
{
	static struct envseal_err err;
	struct envseal_identities *ids = identities_of(es_slice_text(known_identity));
	struct envseal_slice file = load("known", "x25519-armor.age");
	struct es_buf text = es_buf_make(64 * 1024), plain = es_buf_make(4096);

	memset(&err, 0, sizeof err);
	for (size_t i = 0; i < before; i++)
		es_buf_text(&text, white);
	if (before > 0)
		text.p[text.n - 1] = '\n';
	es_buf_put(&text, file.p, file.n);
	for (size_t i = 0; i < behind; i++)
		es_buf_text(&text, white);
	bool opened = es_age_open(es_slice(text.p, text.n), ids, &plain, &err);
	es_buf_free(&text);
	es_buf_free(&plain);
	unload(file);
	envseal_identities_free(ids);
	return class_of(opened, &err);
}

static void
white_space(void)
{
	ok(strcmp(armor_between(" ", 1024, 1023), "ok") == 0, "armor: 1024 blanks before, 1023 behind");
	ok(strcmp(armor_between("\n", 1024, 1023), "ok") == 0, "armor: 1024 line feeds before, 1023 behind");
	ok(strcmp(armor_between("\n", 1025, 0), "header") == 0, "armor: 1025 line feeds before are too many");
	ok(strcmp(armor_between("\n", 0, 1024), "armor") == 0, "armor: 1024 line feeds behind are too many");
	ok(strcmp(armor_between("\xc2\xa0", 0, 10), "ok") == 0, "armor: no-break spaces behind");
	ok(strcmp(armor_between("\xe2\x80\x83", 0, 10), "ok") == 0, "armor: em spaces behind");
	ok(strcmp(armor_between("\xef\xbb\xbf", 0, 1), "armor") == 0,
	    "armor: a byte order mark behind is refused");
}

/* ---- sealing ---- */

static void
seal_and_open(void)
{
	static uint8_t plain[ES_AGE_PLAIN + 1];
	static const size_t sizes[] = {0, 1, 32, 33, 65535, 65536};
	struct envseal_err err = {0};
	struct envseal *es = envseal_new(NULL, &err);
	struct envseal_out key = {0};
	struct envseal_identities *ids = envseal_identities_new();
	struct envseal_recipients *list = envseal_recipients_new();
	char recipient[64];
	const struct es_recipient *to[2] = {NULL, NULL};

	memset(plain, 0x5a, sizeof plain);
	ok(envseal_keygen(es, "now", &key, recipient, &err) &&
		envseal_identities_add(ids, es_slice(key.p, key.n), NULL, false, &err) &&
		envseal_recipients_add(list, es_slice_text(known_recipient), NULL, 0, 0, &err) &&
		envseal_recipients_add(list, es_slice_text(recipient), NULL, 0, 0, &err),
	    "a new key is made and used");
	for (size_t i = 0; i < 2; i++)
		to[i] = es_recipients_get(list, i);
	for (size_t i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
		struct envseal_slice text = es_slice(plain, sizes[i / 2]);
		struct es_buf file = es_buf_make(200000), back = es_buf_make(ES_AGE_PLAIN);
		bool done_right = es_age_seal(es, to, 2, text, i % 2 == 0, &file, &err) &&
				  es_armor_is(es_slice(file.p, file.n)) == (i % 2 == 0) &&
				  es_age_open(es_slice(file.p, file.n), ids, &back, &err) &&
				  es_slice_equal(es_slice(back.p, back.n), text);
		ok(done_right, "%zu bytes, %s, for two: opened by the second (%s)", text.n,
		    i % 2 == 0 ? "armored" : "binary", err.what);
		es_buf_free(&file);
		es_buf_free(&back);
	}
	struct es_buf none = es_buf_make(200000), tiny = es_buf_make(100);
	ok(!es_age_seal(es, to, 2, es_slice(plain, sizeof plain), false, &none, &err) && none.n == 0 &&
		err.code == ENVSEAL_RECIPIENT,
	    "a plaintext of more than 64 KiB is refused");
	memset(&err, 0, sizeof err);
	ok(!es_age_seal(es, to, 0, es_slice_text(hello), false, &none, &err) && err.code == ENVSEAL_RECIPIENT,
	    "no recipient is refused");
	memset(&err, 0, sizeof err);
	ok(!es_age_seal(es, to, 1025, es_slice_text(hello), false, &none, &err) &&
		err.code == ENVSEAL_RECIPIENT,
	    "1025 recipients are refused");
	memset(&err, 0, sizeof err);
	ok(!es_age_seal(es, to, 2, es_slice_text(hello), true, &tiny, &err) && tiny.n == 0 &&
		err.code == ENVSEAL_NO_MEMORY,
	    "an output that does not fit is an error");
	es_buf_free(&none);
	es_buf_free(&tiny);
	envseal_out_free(&key);
	envseal_recipients_free(list);
	envseal_identities_free(ids);
	envseal_end(es);
}

/* The known file with a passphrase stanza beside its own: refused whoever asks. */
static void
passphrase_beside(void)
{
	struct envseal_identities *ids = identities_of(es_slice_text(known_identity));
	struct es_file_key key;
	struct es_buf text = es_buf_make(4096), plain = es_buf_make(4096);
	struct envseal_slice file = load("known", "x25519.age");
	struct envseal_slice args[] = {
	    es_slice_text("scrypt"), es_slice_text("AAECAwQFBgcICQoLDA0ODw"), es_slice_text("10")};
	uint8_t body[32] = {0};

	for (int with = 0; with < 2; with++) {
		struct envseal_err err = {0};
		for (size_t i = 0; i < sizeof key.b; i++)
			key.b[i] = (uint8_t)i;
		es_buf_put(&text, file.p, file.n - 27 - 16 - 48);
		args[0] = es_slice_text(with != 0 ? "scrypt" : "Scrypt");
		es_stanza_put(&text, args, 3, body, sizeof body);
		es_header_end(&text, 0, &key);
		es_buf_put(&text, file.p + file.n - 27 - 16, 27 + 16);
		bool opened = es_age_open(es_slice(text.p, text.n), ids, &plain, &err);
		ok(strcmp(class_of(opened, &err), with != 0 ? "header" : "ok") == 0,
		    "a stanza %s beside ours: %s", with != 0 ? "scrypt" : "Scrypt", err.what);
		es_buf_free(&text);
		es_buf_free(&plain);
	}
	unload(file);
	envseal_identities_free(ids);
}

/* A secret key given as a file to open is not shown. */
static void
secret_as_file(void)
{
	struct envseal_identities *ids = identities_of(es_slice_text(known_identity));
	struct es_buf plain = es_buf_make(4096);
	struct envseal_err err = {0};

	ok(!es_age_open(es_slice_text(known_identity), ids, &plain, &err), "an identity is no age file");
	ok(strstr(err.what, "SECRET") == NULL && strstr(err.what, "GFPYY") == NULL &&
		strstr(err.hint, "GFPYY") == NULL,
	    "and is not shown");
	es_buf_free(&plain);
	envseal_identities_free(ids);
}

int
main(void)
{
	if (!ok(es_mem_start(), "libsodium starts"))
		return done();
	seal_known(false, "x25519.age");
	seal_known(true, "x25519-armor.age");
	open_known("x25519.age");
	open_known("x25519-armor.age");
	vectors();
	cases();
	damage("x25519.age", false);
	damage("x25519-armor.age", true);
	white_space();
	seal_and_open();
	passphrase_beside();
	secret_as_file();
	return done();
}
