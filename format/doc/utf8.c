#include "format/doc/utf8.h"

#include "format/slice.h"

bool
es_utf8_decode(struct envseal_slice s, uint32_t *c, size_t *n)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint8_t first = s.p[0];

	*n = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
	if (*n == 0 || *n > s.n)
		return false;
	*c = *n == 1 ? first : first & (0x7fU >> *n);
	for (size_t i = 1; i < *n; i++) {
		if ((s.p[i] & 0xc0) != 0x80)
			return false;
		*c = *c << 6 | (s.p[i] & 0x3f);
	}
	return *c >= least[*n] && *c <= 0x10ffff && (*c < 0xd800 || *c > 0xdfff);
}

size_t
es_utf8_valid(struct envseal_slice s)
{
	size_t at = 0, n = 0;
	uint32_t c = 0;

	while (at < s.n && es_utf8_decode(es_slice_from(s, at), &c, &n))
		at += n;
	return at;
}
