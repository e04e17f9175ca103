/* crypto: known answers, and what must be refused; base64 has its own program. */
#include "crypto/aead.h"
#include "crypto/gcm.h"
#include "crypto/hash.h"
#include "crypto/rand.h"
#include "crypto/x25519.h"
#include "tests/unit/tap.h"

#include <pthread.h>
#include <stdlib.h>

enum { FIELDS = 6, FIELD = 256 };

/* One line of a table in testdata/: a name and up to six fields of bytes. */
struct row {
	char name[64];
	uint8_t bytes[FIELDS][FIELD + 1];
	size_t n[FIELDS];
};

static int
digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c == 0 ? NULL : strchr(digits, c);
	return at == NULL ? -1 : (int)(at - digits);
}

/* Hexadecimal into at most max bytes; "-" is none.  Returns how many, or SIZE_MAX when the text is wrong. */
static size_t
from_hex(const char *text, uint8_t *bytes, size_t max)
{
	if (strcmp(text, "-") == 0)
		return 0;
	size_t n = strlen(text) / 2;
	if (n > max || strlen(text) % 2 != 0)
		return SIZE_MAX;
	for (size_t i = 0; i < n; i++) {
		int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
		if (high < 0 || low < 0)
			return SIZE_MAX;
		bytes[i] = (uint8_t)(high * 16 + low);
	}
	return n;
}

static bool
parse_row(char *line, size_t fields, struct row *row)
{
	memset(row, 0, sizeof *row);
	line[strcspn(line, "\n")] = 0;
	char *rest = line, *name = strsep(&rest, "\t");
	snprintf(row->name, sizeof row->name, "%s", name);
	for (size_t i = 0; i < fields; i++) {
		char *text = strsep(&rest, "\t");
		if (text == NULL || (row->n[i] = from_hex(text, row->bytes[i], FIELD)) == SIZE_MAX)
			return false;
	}
	return rest == NULL;
}

/* Runs a test over every line of a table, which must have `want` of them. */
static void
each_row(const char *path, size_t fields, unsigned want, void (*test)(const struct row *row))
{
	char line[4096];
	unsigned rows = 0, bad = 0;
	FILE *f = fopen(path, "r");
	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		struct row row;
		if (line[0] == '#')
			continue;
		rows++;
		if (parse_row(line, fields, &row))
			test(&row);
		else
			bad++;
	}
	if (f != NULL)
		fclose(f);
	ok(rows == want && bad == 0, "%s: %u lines, %u of them wrong", path, rows, bad);
}

/* Bytes for tests that need some. */
static void
pattern(uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(i * 7 + 3);
}

static bool
zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != 0)
			return false;
	}
	return true;
}

/* A key made ready by each of the two ways. */
static void (*const gcm_inits[])(struct es_gcm *, const uint8_t *) = {es_gcm_init, es_gcm_init_portable};
static const char *const gcm_names[] = {"gcm", "gcm portable"};

static void
gcm_row(const struct row *r)
{
	const uint8_t *key = r->bytes[0], *nonce = r->bytes[1], *aad = r->bytes[2], *plain = r->bytes[3];
	size_t n = r->n[3];
	if (!ok(r->n[0] == ES_GCM_KEY && r->n[4] == n && r->n[5] == ES_GCM_TAG, "gcm: %s: sizes", r->name))
		return;
	for (size_t way = 0; way < 2; way++) {
		struct es_gcm g;
		uint8_t text[FIELD], tag[ES_GCM_TAG];
		gcm_inits[way](&g, key);
		es_gcm_seal(&g, nonce, r->n[1], aad, r->n[2], plain, n, text, tag);
		is_bytes(text, n, r->bytes[4], n, "%s: %s: ciphertext", gcm_names[way], r->name);
		is_bytes(tag, sizeof tag, r->bytes[5], r->n[5], "%s: %s: tag", gcm_names[way], r->name);
		bool opened = es_gcm_open(&g, nonce, r->n[1], aad, r->n[2], text, n, tag, text);
		ok(opened && memcmp(text, plain, n) == 0, "%s: %s: opens", gcm_names[way], r->name);
	}
}

/* Lengths 0 to 70 of everything at once, in place and not; the digest is that of another implementation's output. */
static void
gcm_lengths(size_t way)
{
	static const char want[] = "72fa2e7734be63fd3f6cd38b470e08c4558692763861a9355310b08a5b2508b6";
	uint8_t key[ES_GCM_KEY], bytes[256], digest[ES_SHA256], expected[ES_SHA256];
	bool same = true, opens = true, bounds = true;
	struct es_gcm g;
	struct es_sha256 all;
	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)i;
	pattern(bytes, sizeof bytes);
	gcm_inits[way](&g, key);
	es_sha256_begin(&all);
	for (size_t n = 0; n <= 70; n++) {
		const uint8_t *aad = bytes + n, *plain = bytes + n;
		size_t nonce_n = 8 + n, aad_n = n * 29 % 71;
		uint8_t apart[72] = {0}, place[72] = {0}, tag[ES_GCM_TAG], again[ES_GCM_TAG];
		apart[n] = place[n] = 0x77;
		memcpy(place, plain, n);
		es_gcm_seal(&g, bytes, nonce_n, aad, aad_n, plain, n, apart, tag);
		es_gcm_seal(&g, bytes, nonce_n, aad, aad_n, place, n, place, again);
		same = same && memcmp(apart, place, n) == 0 && memcmp(tag, again, sizeof tag) == 0;
		es_sha256_add(&all, apart, n);
		es_sha256_add(&all, tag, sizeof tag);
		uint8_t opened[72] = {0};
		opened[n] = 0x77;
		opens = opens && es_gcm_open(&g, bytes, nonce_n, aad, aad_n, apart, n, tag, opened);
		opens = opens && es_gcm_open(&g, bytes, nonce_n, aad, aad_n, place, n, tag, place);
		opens = opens && memcmp(opened, plain, n) == 0 && memcmp(place, plain, n) == 0;
		bounds = bounds && apart[n] == 0x77 && place[n] == 0x77 && opened[n] == 0x77;
	}
	es_sha256_end(&all, digest);
	from_hex(want, expected, sizeof expected);
	is_bytes(digest, sizeof digest, expected, sizeof expected, "%s: lengths 0 to 70", gcm_names[way]);
	ok(same, "%s: in place is the same as apart", gcm_names[way]);
	ok(opens, "%s: every length opens, in place and apart", gcm_names[way]);
	ok(bounds, "%s: nothing is written past the text", gcm_names[way]);

	uint8_t tag[ES_GCM_TAG];
	es_gcm_seal(&g, bytes, 32, NULL, 0, NULL, 0, NULL, tag);
	ok(es_gcm_open(&g, bytes, 32, NULL, 0, NULL, 0, tag, NULL), "%s: nothing at all, by NULL",
	    gcm_names[way]);
}

/* Every bit of the tag, the text, the additional data and the nonce counts. */
static void
gcm_refuses(size_t way)
{
	enum { NONCE = 32, AAD = 9, TEXT = 37 };
	static const struct part {
		const char *name;
		size_t at, n;
	} parts[] = {{"tag", 0, 16}, {"ciphertext", 16, TEXT}, {"additional data", 16 + TEXT, AAD},
	    {"nonce", 16 + TEXT + AAD, NONCE}};
	uint8_t all[16 + TEXT + AAD + NONCE], plain[TEXT], out[TEXT];
	uint8_t *tag = all, *text = all + 16, *aad = text + TEXT, *nonce = aad + AAD;
	struct es_gcm g;
	pattern(all, sizeof all);
	pattern(plain, sizeof plain);
	gcm_inits[way](&g, all);
	es_gcm_seal(&g, nonce, NONCE, aad, AAD, plain, TEXT, text, tag);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		unsigned refused = 0, wiped = 0;
		for (size_t bit = parts[i].at * 8; bit < (parts[i].at + parts[i].n) * 8; bit++) {
			memset(out, 0xaa, sizeof out);
			all[bit / 8] ^= (uint8_t)(1U << bit % 8);
			refused += !es_gcm_open(&g, nonce, NONCE, aad, AAD, text, TEXT, tag, out);
			wiped += zero(out, sizeof out);
			all[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
		ok(refused == parts[i].n * 8, "%s: every bit of the %s counts", gcm_names[way],
		    parts[i].name);
		ok(wiped == refused, "%s: and nothing comes out", gcm_names[way]);
	}
	unsigned refused = 0;
	for (size_t n = 0; n < TEXT; n++)
		refused += !es_gcm_open(&g, nonce, NONCE, aad, AAD, text, n, tag, out);
	for (size_t n = 0; n < AAD; n++)
		refused += !es_gcm_open(&g, nonce, NONCE, aad, n, text, TEXT, tag, out);
	for (size_t n = 1; n < NONCE; n++)
		refused += !es_gcm_open(&g, nonce, n, aad, AAD, text, TEXT, tag, out);
	ok(refused == TEXT + AAD + NONCE - 1, "%s: nothing opens when cut short", gcm_names[way]);
	ok(es_gcm_open(&g, nonce, NONCE, aad, AAD, text, TEXT, tag, out), "%s: whole, it opens",
	    gcm_names[way]);
	all[0] ^= 1;
	ok(!es_gcm_open(&g, nonce, NONCE, aad, AAD, text, TEXT, tag, text) && zero(text, TEXT),
	    "%s: refused in place, the text is zeroed", gcm_names[way]);
}

static struct es_gcm shared_key;

/* Seals and opens under the shared key; returns NULL when all went well. */
static void *
gcm_worker(void *number)
{
	uint8_t *seed = number, nonce[32], text[60], tag[ES_GCM_TAG];
	for (unsigned i = 0; i < 2000; i++) {
		memset(nonce, *seed, sizeof nonce);
		nonce[0] = (uint8_t)i;
		nonce[1] = (uint8_t)(i >> 8);
		memset(text, *seed, sizeof text);
		es_gcm_seal(&shared_key, nonce, sizeof nonce, seed, 1, text, sizeof text, text, tag);
		if (!es_gcm_open(&shared_key, nonce, sizeof nonce, seed, 1, text, sizeof text, tag, text))
			return seed;
		for (size_t k = 0; k < sizeof text; k++) {
			if (text[k] != *seed)
				return seed;
		}
	}
	return NULL;
}

static void
gcm_threads(void)
{
	pthread_t threads[4];
	uint8_t seeds[4] = {1, 2, 3, 4}, key[ES_GCM_KEY];
	bool good = true;
	pattern(key, sizeof key);
	es_gcm_init(&shared_key, key);
	const struct es_gcm before = shared_key;
	for (size_t i = 0; i < 4; i++) {
		if (pthread_create(&threads[i], NULL, gcm_worker, &seeds[i]) != 0) {
			ok(false, "gcm: a thread starts");
			exit(done());
		}
	}
	for (size_t i = 0; i < 4; i++) {
		void *failed = &seeds[i];
		good = pthread_join(threads[i], &failed) == 0 && failed == NULL && good;
	}
	ok(good, "gcm: four threads share one key");
	is_bytes(&shared_key, sizeof shared_key, &before, sizeof before,
	    "gcm: sealing and opening leave the key alone");
}

static void
is_digest(const uint8_t *got, const char *want, const char *name)
{
	uint8_t bytes[64];
	size_t n = from_hex(want, bytes, sizeof bytes);
	is_bytes(got, n, bytes, n, "%s", name);
}

/* SHA-2 of a text, given in pieces of `step` bytes. */
static void
sha2(const void *text, size_t n, size_t step, uint8_t *d256, uint8_t *d512)
{
	const uint8_t *p = text;
	struct es_sha256 a;
	struct es_sha512 b;
	es_sha256_begin(&a);
	es_sha512_begin(&b);
	for (size_t at = 0; at < n; at += step) {
		size_t piece = n - at < step ? n - at : step;
		es_sha256_add(&a, p + at, piece);
		es_sha512_add(&b, p + at, piece);
		es_sha256_add(&a, NULL, 0);
		es_sha512_add(&b, NULL, 0);
	}
	es_sha256_end(&a, d256);
	es_sha512_end(&b, d512);
	ok(zero((const uint8_t *)&a, sizeof a) && zero((const uint8_t *)&b, sizeof b),
	    "sha2: %zu by %zu: wiped", n, step);
}

static void
hashes(void)
{
	static const struct known {
		const char *text, *d256, *d512;
	} known[] = {
	    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
		"47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"},
	    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		"2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	};
	uint8_t d256[ES_SHA256], d512[ES_SHA512], bytes[1000];
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		sha2(known[i].text, strlen(known[i].text), 64, d256, d512);
		is_digest(d256, known[i].d256, "sha256: known");
		is_digest(d512, known[i].d512, "sha512: known");
	}
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)i;
	static const size_t steps[] = {1, 7, 63, 64, 65, 128, 129, 1000};
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		sha2(bytes, sizeof bytes, steps[i], d256, d512);
		is_digest(d256, "a8af099bf2e878609558dbf69d8f88f4a31040a8cf84b549a0cfa912f12ffc3f",
		    "sha256: in pieces");
		is_digest(d512,
		    "6cd2eda9bf9c0597129029b0054b81e433f6b8b7b499a75eb705efd74bac1941"
		    "49835b1d1a14c48be696e4d588456d512a22eae7aa1b57be2b56eae7d35e08cb",
		    "sha512: in pieces");
	}
}

static void
hmac_row(const struct row *r)
{
	uint8_t mac[ES_SHA256];
	es_hmac_sha256(r->bytes[0], r->n[0], r->bytes[1], r->n[1], mac);
	is_bytes(mac, sizeof mac, r->bytes[2], r->n[2], "hmac: %s", r->name);
	if (r->n[0] == 0 && r->n[1] == 0) {
		es_hmac_sha256(NULL, 0, NULL, 0, mac);
		is_bytes(mac, sizeof mac, r->bytes[2], r->n[2], "hmac: %s, by NULL", r->name);
	}
}

static void
hkdf_row(const struct row *r)
{
	static const uint8_t zeros[32];
	uint8_t okm[ES_SHA256];
	/* A row is zeroed, so info ends with NUL. */
	const char *info = (const char *)r->bytes[2];
	es_hkdf(r->bytes[0], r->n[0], r->bytes[1], r->n[1], info, okm);
	is_bytes(okm, sizeof okm, r->bytes[3], r->n[3], "hkdf: %s", r->name);
	if (r->n[1] == 0) {
		es_hkdf(r->bytes[0], r->n[0], NULL, 0, info, okm);
		is_bytes(okm, sizeof okm, r->bytes[3], r->n[3], "hkdf: %s, salt NULL", r->name);
		es_hkdf(r->bytes[0], r->n[0], zeros, sizeof zeros, info, okm);
		is_bytes(okm, sizeof okm, r->bytes[3], r->n[3], "hkdf: %s, salt of zeros", r->name);
	}
}

/* Key, nonce and text of RFC 8439, section 2.8.2, without its additional data. */
static void
aead(void)
{
	static const char text[] =
	    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
	    "future, sunscreen would be it.";
	static const char want[] =
	    "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69"
	    "da92728b1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad67594"
	    "5585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b61166a23a4681fd59456aea1d29f82477216";
	enum { N = sizeof text - 1, SEALED = N + ES_AEAD_TAG };
	static const uint8_t nonce[ES_AEAD_NONCE] = {
	    7, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47};
	uint8_t key[ES_AEAD_KEY], plain[N], sealed[SEALED], expected[SEALED], out[N];
	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)(0x80 + i);
	memcpy(plain, text, N);
	size_t expected_n = from_hex(want, expected, sizeof expected);
	es_aead_seal(key, nonce, plain, N, sealed);
	is_bytes(sealed, SEALED, expected, expected_n, "aead: known answer");
	ok(es_aead_open(key, nonce, sealed, SEALED, out) && memcmp(out, plain, N) == 0, "aead: opens");

	unsigned refused = 0, wiped = 0;
	for (size_t bit = 0; bit < SEALED * 8; bit++) {
		memset(out, 0xaa, sizeof out);
		sealed[bit / 8] ^= (uint8_t)(1U << bit % 8);
		refused += !es_aead_open(key, nonce, sealed, SEALED, out);
		wiped += zero(out, sizeof out);
		sealed[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	ok(refused == SEALED * 8 && wiped == refused, "aead: every bit counts, and nothing comes out");
	refused = 0;
	for (size_t n = 0; n < SEALED; n++)
		refused += !es_aead_open(key, nonce, sealed, n, out);
	ok(refused == SEALED, "aead: nothing opens when cut short");
	memcpy(sealed, plain, N);
	es_aead_seal(key, nonce, sealed, N, sealed);
	is_bytes(sealed, SEALED, expected, expected_n, "aead: sealed in place");
	ok(es_aead_open(key, nonce, sealed, SEALED, sealed) && memcmp(sealed, plain, N) == 0,
	    "aead: opened in place");

	uint8_t tag[ES_AEAD_TAG];
	es_aead_seal(key, nonce, NULL, 0, tag);
	is_digest(tag, "a0784d7a4716f3feb4f64e7f4b39bf04", "aead: nothing, sealed");
	ok(es_aead_open(key, nonce, tag, sizeof tag, NULL), "aead: nothing, opened");
	tag[15] ^= 0x80;
	ok(!es_aead_open(key, nonce, tag, sizeof tag, NULL), "aead: nothing, with a wrong tag");
}

static void
x25519_row(const struct row *r)
{
	uint8_t secret[ES_X25519];
	bool shared = es_x25519_shared(secret, r->bytes[0], r->bytes[1]);
	if (r->n[2] == 0) {
		ok(!shared, "x25519: %s is refused", r->name);
		return;
	}
	ok(shared, "x25519: %s", r->name);
	is_bytes(secret, sizeof secret, r->bytes[2], r->n[2], "x25519: %s: secret", r->name);
	static const uint8_t base[ES_X25519] = {9};
	if (memcmp(r->bytes[1], base, sizeof base) == 0) {
		es_x25519_public(secret, r->bytes[0]);
		is_bytes(secret, sizeof secret, r->bytes[2], r->n[2], "x25519: %s: public", r->name);
	}
}

static void
x25519(void)
{
	uint8_t a[ES_X25519], b[ES_X25519], point[ES_X25519];
	/* The iteration of RFC 7748, section 5.2. */
	uint8_t k[ES_X25519] = {9}, u[ES_X25519] = {9}, next[ES_X25519];
	bool good = true;
	for (int i = 0; i < 1000; i++) {
		good = good && es_x25519_shared(next, k, u);
		memcpy(u, k, sizeof u);
		memcpy(k, next, sizeof k);
		if (i == 0)
			is_digest(k, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079",
			    "x25519: once");
	}
	is_digest(
	    k, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51", "x25519: 1000 times");
	ok(good, "x25519: none of them refused");

	es_rand(a, sizeof a);
	es_rand(b, sizeof b);
	es_x25519_public(point, a);
	good = es_x25519_shared(k, b, point);
	es_x25519_public(point, b);
	good = es_x25519_shared(u, a, point) && good;
	ok(good && memcmp(k, u, sizeof k) == 0, "x25519: both sides agree");
}

static void
rand_bytes(void)
{
	uint8_t a[1000] = {0}, b[32], seen[256] = {0};
	size_t kinds = 0;
	es_rand(a + 1, sizeof a - 2);
	ok(a[0] == 0 && a[sizeof a - 1] == 0, "rand: fills what it was told, no more");
	for (size_t i = 1; i < sizeof a - 1; i++)
		kinds += seen[a[i]]++ == 0;
	ok(kinds > 200, "rand: 998 bytes have %zu values", kinds);
	es_rand(b, sizeof b);
	ok(memcmp(a + 1, b, sizeof b) != 0, "rand: twice is not the same");
	es_rand(NULL, 0);
	ok(true, "rand: nothing, by NULL");
}

int
main(void)
{
	if (!ok(es_mem_start(), "starts"))
		return done();
	each_row("testdata/crypto/gcm.tsv", 6, 19, gcm_row);
	for (size_t way = 0; way < 2; way++) {
		gcm_lengths(way);
		gcm_refuses(way);
	}
	gcm_threads();
	hashes();
	each_row("testdata/crypto/hmac.tsv", 3, 10, hmac_row);
	each_row("testdata/crypto/hkdf.tsv", 4, 4, hkdf_row);
	aead();
	each_row("testdata/crypto/x25519.tsv", 3, 23, x25519_row);
	x25519();
	rand_bytes();
	return done();
}
