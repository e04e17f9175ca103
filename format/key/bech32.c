#include "format/key/bech32.h"

#include "format/slice.h"

enum { CHECKSUM = 6, BITS = 5 };

static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/* Takes one more group of five bits into the checksum. */
static uint32_t
step(uint32_t sum, uint32_t group)
{
	static const uint32_t generator[] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
	uint32_t top = sum >> 25;

	sum = (sum & 0x1ffffff) << BITS ^ group;
	for (int i = 0; i < 5; i++)
		sum ^= generator[i] & (0U - (top >> i & 1));
	return sum;
}

static bool
is_upper(uint8_t c)
{
	return c >= 'A' && c <= 'Z';
}

static uint8_t
lower(uint8_t c)
{
	return is_upper(c) ? (uint8_t)(c | 0x20) : c;
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* The checksum after the HRP. */
static uint32_t
begin(const uint8_t *hrp, size_t n)
{
	uint32_t sum = 1;

	for (size_t i = 0; i < n; i++)
		sum = step(sum, (uint32_t)lower(hrp[i]) >> 5);
	sum = step(sum, 0);
	for (size_t i = 0; i < n; i++)
		sum = step(sum, lower(hrp[i]) & 31U);
	return sum;
}

/* The value of a data character, or 32.  Looks at the whole alphabet, whatever the character is. */
static uint32_t
group_of(uint8_t c)
{
	uint32_t group = 32;

	c = lower(c);
	for (uint32_t i = 0; i < 32; i++)
		group ^= (group ^ i) & (0U - (uint32_t)((uint8_t)alphabet[i] == c));
	return group;
}

/* Whether the characters and their case are those of bech32; *mark becomes the offset of the last '1'. */
static bool
check_shape(struct envseal_slice text, size_t *mark, const char **why)
{
	bool has_upper = false, has_lower = false;

	*mark = 0;
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];
		if (c < 33 || c > 126) {
			*why = "it has a blank or another character that cannot stand in a key";
			return false;
		}
		has_upper |= is_upper(c);
		has_lower |= c >= 'a' && c <= 'z';
		if (c == '1')
			*mark = i;
	}
	if (has_upper && has_lower) {
		*why = "it mixes upper and lower case";
		return false;
	}
	if (*mark == 0 || text.n - *mark - 1 < CHECKSUM) {
		*why = "it is cut short";
		return false;
	}
	return true;
}

/* Checks alphabet and checksum of all that stands behind the HRP. */
static bool
check_sum(struct envseal_slice hrp, struct envseal_slice rest, const char **why)
{
	uint32_t sum = begin(hrp.p, hrp.n), foreign = 0;

	for (size_t i = 0; i < rest.n; i++) {
		uint32_t group = group_of(rest.p[i]);
		foreign |= group & 32;
		sum = step(sum, group & 31);
	}
	if (foreign != 0)
		*why = "it has a character that does not occur in keys";
	else if (sum != 1)
		*why = "its checksum is wrong, so a character is wrong or missing";
	return foreign == 0 && sum == 1;
}

bool
es_bech32_decode(
    struct envseal_slice text, uint8_t *data, size_t size, struct es_bech32 *out, const char **why)
{
	size_t mark, n = 0;
	uint32_t bits = 0, kept = 0;

	if (!check_shape(text, &mark, why))
		return false;
	struct envseal_slice hrp = es_slice(text.p, mark), rest = es_slice_from(text, mark + 1);
	if (!check_sum(hrp, rest, why))
		return false;
	rest.n -= CHECKSUM;
	if (rest.n * BITS / 8 > size) {
		*why = "it is too long";
		return false;
	}
	for (size_t i = 0; i < rest.n; i++) {
		bits = (bits << BITS | group_of(rest.p[i])) & 0xfff;
		kept += BITS;
		if (kept >= 8) {
			kept -= 8;
			data[n++] = (uint8_t)(bits >> kept);
		}
	}
	bool padded = kept < BITS && (bits & ((1U << kept) - 1)) == 0;
	es_mem_wipe(&bits, sizeof bits);
	if (!padded) {
		es_mem_wipe(data, size);
		*why = "its last bits are not zero";
		return false;
	}
	out->hrp = hrp;
	out->n = n;
	return true;
}

size_t
es_bech32_encoded(const char *hrp, size_t n)
{
	return strlen(hrp) + 1 + (n * 8 + BITS - 1) / BITS + CHECKSUM;
}

void
es_bech32_encode(const char *hrp, const uint8_t *data, size_t n, char *text)
{
	size_t hrp_n = strlen(hrp), at = hrp_n + 1;
	uint32_t sum = begin((const uint8_t *)hrp, hrp_n), bits = 0, kept = 0;
	bool raise = false;

	for (size_t i = 0; i < hrp_n; i++)
		raise |= is_upper((uint8_t)hrp[i]);
	memcpy(text, hrp, hrp_n);
	text[hrp_n] = '1';
	for (size_t i = 0; i < n; i++) {
		bits = (bits << 8 | data[i]) & 0xfff;
		kept += 8;
		/* Behind the last byte, zero bits fill the last group. */
		if (i + 1 == n && kept % BITS != 0) {
			bits <<= BITS - kept % BITS;
			kept += BITS - kept % BITS;
		}
		while (kept >= BITS) {
			kept -= BITS;
			uint32_t group = bits >> kept & 31;
			sum = step(sum, group);
			text[at++] = alphabet[group];
		}
	}
	for (int i = 0; i < CHECKSUM; i++)
		sum = step(sum, 0);
	sum ^= 1;
	for (int i = 0; i < CHECKSUM; i++)
		text[at++] = alphabet[sum >> (BITS * (CHECKSUM - 1 - i)) & 31];
	text[at] = '\0';
	for (size_t i = 0; raise && i < at; i++)
		text[i] = upper(text[i]);
	es_mem_wipe(&bits, sizeof bits);
}
