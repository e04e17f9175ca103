#include "crypto/b64.h"

#include <string.h>

/* What no character of the alphabet has: a bit above the six that count. */
#define NO 0x40

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The six bits of each character, or NO. */
/* clang-format off */
static const uint8_t value[256] = {
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, 62, NO, NO, NO, 63,
	52, 53, 54, 55, 56, 57, 58, 59, 60, 61, NO, NO, NO, NO, NO, NO,
	NO, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
	15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, NO, NO, NO, NO, NO,
	NO, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40,
	41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
	NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO, NO,
};
/* clang-format on */

size_t
es_b64_encoded(size_t n, enum es_b64_padding padding)
{
	size_t rest = n % 3;
	size_t tail = rest == 0 ? 0 : padding == ES_B64_PADDED ? 4 : rest + 1;
	return n / 3 * 4 + tail;
}

size_t
es_b64_decoded_max(size_t n)
{
	return n / 4 * 3 + n % 4 * 3 / 4;
}

/* Three bytes become four characters. */
static void
encode_group(const uint8_t *p, char *text)
{
	uint32_t bits = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
	char group[4] = {
	    alphabet[bits >> 18], alphabet[bits >> 12 & 63], alphabet[bits >> 6 & 63], alphabet[bits & 63]};
	memcpy(text, group, sizeof group);
}

void
es_b64_encode(const uint8_t *p, size_t n, enum es_b64_padding padding, char *text)
{
	for (; n >= 3; n -= 3, p += 3, text += 4)
		encode_group(p, text);
	if (n == 0)
		return;
	const uint8_t last[3] = {p[0], n == 2 ? p[1] : 0, 0};
	char group[4];
	encode_group(last, group);
	if (padding == ES_B64_PADDED)
		memset(group + n + 1, '=', 3 - n);
	memcpy(text, group, padding == ES_B64_PADDED ? 4 : n + 1);
}

/* Four characters become three bytes.  Returns the bits of all four values, so that NO shows. */
static uint32_t
decode_group(const char *text, uint8_t *p)
{
	uint32_t a = value[(uint8_t)text[0]], b = value[(uint8_t)text[1]];
	uint32_t c = value[(uint8_t)text[2]], d = value[(uint8_t)text[3]];
	uint32_t bits = a << 18 | b << 12 | c << 6 | d;
	p[0] = (uint8_t)(bits >> 16);
	p[1] = (uint8_t)(bits >> 8);
	p[2] = (uint8_t)bits;
	return a | b | c | d;
}

bool
es_b64_decode(const char *text, size_t n, enum es_b64_padding padding, uint8_t *p, size_t *out)
{
	uint8_t *start = p;
	if (padding == ES_B64_PADDED) {
		if (n % 4 != 0)
			return false;
		/* What is left of the last group decides how many bytes there are; a third '=' is foreign. */
		for (int pads = 0; pads < 2 && n > 0 && text[n - 1] == '='; pads++)
			n--;
	}
	uint32_t seen = 0;
	size_t groups = n / 4;
	for (size_t i = 0; i < groups; i++, text += 4, p += 3)
		seen |= decode_group(text, p);
	size_t rest = n % 4;
	if (rest == 1)
		return false;
	if (rest > 0) {
		/* The bits that the characters have beyond whole bytes must be zero. */
		char group[4] = {text[0], text[1], rest == 3 ? text[2] : 'A', 'A'};
		uint8_t last[3];
		seen |= decode_group(group, last);
		if (last[rest - 1] != 0)
			return false;
		memcpy(p, last, rest - 1);
		p += rest - 1;
	}
	*out = (size_t)(p - start);
	return (seen & NO) == 0;
}
