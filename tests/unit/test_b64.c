/* crypto/b64: every length both ways, and every text that is not canonical refused. */
#include "crypto/b64.h"
#include "crypto/rand.h"
#include "tests/unit/tap.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Base64 bit by bit, to compare with. */
static size_t
slow_base64(const uint8_t *p, size_t n, bool padded, char *text)
{
	size_t chars = 0;
	for (size_t bit = 0; bit < n * 8; bit += 6) {
		unsigned v = 0;
		for (size_t i = bit; i < bit + 6; i++)
			v = v * 2 + (i < n * 8 ? (unsigned)p[i / 8] >> (7 - i % 8) & 1U : 0U);
		text[chars++] = letters[v];
	}
	while (padded && chars % 4 != 0)
		text[chars++] = '=';
	return chars;
}

static void
lengths(enum es_b64_padding padding)
{
	const char *name = padding == ES_B64_PADDED ? "padded" : "bare";
	bool sizes = true, encodes = true, decodes = true, bounds = true;
	uint8_t bytes[200], back[201];
	char want[272], text[272];
	for (size_t n = 0; n <= 200; n++) {
		es_rand(bytes, sizeof bytes);
		memset(bytes, n % 5 == 0 ? 0xff : bytes[0], n % 7);
		size_t chars = slow_base64(bytes, n, padding == ES_B64_PADDED, want);
		size_t max = es_b64_decoded_max(chars), got = 999;
		sizes = sizes && es_b64_encoded(n, padding) == chars && max >= n && max <= n + 2;
		text[chars] = 0x77;
		es_b64_encode(bytes, n, padding, text);
		encodes = encodes && memcmp(text, want, chars) == 0;
		bounds = bounds && text[chars] == 0x77;
		back[n] = 0x77;
		decodes = decodes && es_b64_decode(want, chars, padding, back, &got) && got == n;
		decodes = decodes && memcmp(back, bytes, n) == 0;
		bounds = bounds && back[n] == 0x77;
	}
	ok(sizes, "b64 %s: sizes of 0 to 200 bytes", name);
	ok(encodes, "b64 %s: encodes 0 to 200 bytes", name);
	ok(decodes, "b64 %s: decodes 0 to 200 bytes", name);
	ok(bounds, "b64 %s: nothing is written past the end", name);
	size_t got = 999;
	es_b64_encode(NULL, 0, padding, NULL);
	ok(es_b64_decode(NULL, 0, padding, NULL, &got) && got == 0, "b64 %s: nothing, by NULL", name);
}

/* Whether the decoder takes a text exactly when encoding what came out gives it back. */
static bool
agrees(const char *text, size_t n, enum es_b64_padding padding, bool canonical)
{
	uint8_t bytes[64];
	char again[96];
	size_t got = 0;
	if (!es_b64_decode(text, n, padding, bytes, &got))
		return !canonical;
	return canonical && got <= es_b64_decoded_max(n) &&
	       slow_base64(bytes, got, padding == ES_B64_PADDED, again) == n && memcmp(again, text, n) == 0;
}

static void
every_byte(enum es_b64_padding padding)
{
	const char *name = padding == ES_B64_PADDED ? "padded" : "bare";
	unsigned foreign = 0, wrong = 0;
	for (size_t n = 1; n <= 20; n++) {
		uint8_t bytes[20];
		char text[32];
		for (size_t i = 0; i < n; i++)
			bytes[i] = (uint8_t)(i * 7 + 3);
		size_t chars = slow_base64(bytes, n, padding == ES_B64_PADDED, text);
		for (size_t at = 0; at < chars; at++) {
			char right = text[at];
			for (int byte = 0; byte < 256; byte++) {
				if ((byte != 0 && strchr(letters, byte) != NULL) || (char)byte == right)
					continue;
				/* '=' for the last character may make a shorter text that is canonical. */
				if (byte == '=' && padding == ES_B64_PADDED &&
				    at + 1 == es_b64_encoded(n, ES_B64_BARE))
					continue;
				text[at] = (char)byte;
				foreign++;
				wrong += !agrees(text, chars, padding, false);
			}
			text[at] = right;
		}
	}
	ok(foreign > 40000 && wrong == 0, "b64 %s: %u foreign bytes, %u not refused", name, foreign, wrong);
}

/* Every pair of last characters: canonical only when the bits beyond the last byte are zero. */
static void
stray_bits(void)
{
	unsigned wrong = 0;
	for (size_t a = 0; a < 64; a++) {
		for (size_t b = 0; b < 64; b++) {
			char two[] = {'A', 'b', '0', '/', letters[a], letters[b], '=', '=', 0};
			char three[] = {'A', 'b', '0', '/', 'Q', letters[a], letters[b], '=', 0};
			wrong += !agrees(two, 8, ES_B64_PADDED, b % 16 == 0);
			wrong += !agrees(two, 6, ES_B64_BARE, b % 16 == 0);
			wrong += !agrees(three, 8, ES_B64_PADDED, b % 4 == 0);
			wrong += !agrees(three, 7, ES_B64_BARE, b % 4 == 0);
		}
	}
	ok(wrong == 0, "b64: stray bits are refused, all others taken (%u wrong)", wrong);
}

static void
refuses(void)
{
	static const struct refused {
		enum es_b64_padding padding;
		const char *text;
	} refused[] = {
	    {ES_B64_PADDED, "A"},
	    {ES_B64_PADDED, "AA"},
	    {ES_B64_PADDED, "AAA"},
	    {ES_B64_PADDED, "="},
	    {ES_B64_PADDED, "=="},
	    {ES_B64_PADDED, "==="},
	    {ES_B64_PADDED, "===="},
	    {ES_B64_PADDED, "A==="},
	    {ES_B64_PADDED, "AA="},
	    {ES_B64_PADDED, "AA=A"},
	    {ES_B64_PADDED, "A=AA"},
	    {ES_B64_PADDED, "=AAA"},
	    {ES_B64_PADDED, "AAAA="},
	    {ES_B64_PADDED, "AAAA=="},
	    {ES_B64_PADDED, "AAAA==="},
	    {ES_B64_PADDED, "AAAA===="},
	    {ES_B64_PADDED, "AA==AAAA"},
	    {ES_B64_PADDED, "AAA=AAAA"},
	    {ES_B64_PADDED, "AA==AA=="},
	    {ES_B64_PADDED, "AB=="},
	    {ES_B64_PADDED, "AAB="},
	    {ES_B64_PADDED, "AA==\n"},
	    {ES_B64_PADDED, "AAA\n"},
	    {ES_B64_PADDED, " AAA"},
	    {ES_B64_PADDED, "AAAA\n"},
	    {ES_B64_PADDED, "AA\r\n"},
	    {ES_B64_PADDED, "AA-_"},
	    {ES_B64_PADDED, "AAAAA"},
	    {ES_B64_BARE, "A"},
	    {ES_B64_BARE, "AA=="},
	    {ES_B64_BARE, "AAA="},
	    {ES_B64_BARE, "AB"},
	    {ES_B64_BARE, "AAB"},
	    {ES_B64_BARE, "AAAAA"},
	    {ES_B64_BARE, "AAAA="},
	    {ES_B64_BARE, "AA="},
	    {ES_B64_BARE, "="},
	    {ES_B64_BARE, "===="},
	    {ES_B64_BARE, "AA-_"},
	    {ES_B64_BARE, "AA\n"},
	    {ES_B64_BARE, "A A"},
	};
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		uint8_t bytes[16];
		size_t n;
		ok(!es_b64_decode(refused[i].text, strlen(refused[i].text), refused[i].padding, bytes, &n),
		    "b64: refused %zu", i);
	}
	uint8_t bytes[16];
	size_t n;
	ok(!es_b64_decode("AA\0A", 4, ES_B64_PADDED, bytes, &n), "b64: NUL is foreign");

	/* What stands behind the text must not be looked at: a cut text has valid characters there. */
	static const char many[] = "AAAAAAAAAAAAAAAAA";
	unsigned wrong = 0;
	for (size_t cut = 0; cut <= 16; cut++) {
		wrong += es_b64_decode(many, cut, ES_B64_PADDED, bytes, &n) != (cut % 4 == 0);
		wrong += es_b64_decode(many, cut, ES_B64_BARE, bytes, &n) != (cut % 4 != 1);
	}
	ok(wrong == 0, "b64: of a cut text only whole groups are taken");
}

int
main(void)
{
	if (!ok(es_mem_start(), "starts"))
		return done();
	lengths(ES_B64_PADDED);
	lengths(ES_B64_BARE);
	every_byte(ES_B64_PADDED);
	every_byte(ES_B64_BARE);
	stray_bits();
	refuses();
	return done();
}
