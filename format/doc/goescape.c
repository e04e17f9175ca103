#include "format/doc/goescape.h"

#include "format/slice.h"

enum { LARGEST_CHAR = 0x10ffff };

static bool
is_octal(struct envseal_slice in, size_t at)
{
	return at < in.n && in.p[at] >= '0' && in.p[at] <= '7';
}

static bool
is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* What follows \x: two digits, or any number of them in braces.  Returns what is wrong, or NULL. */
static const char *
read_hex(struct envseal_slice in, size_t *at, uint32_t *c)
{
	bool braces = *at < in.n && in.p[*at] == '{';
	size_t digits = 0;

	*at += braces ? 1 : 0;
	for (*c = 0; *at < in.n && (braces || digits < 2); digits++, ++*at) {
		int value = hex_value(in.p[*at]);

		if (value < 0)
			break;
		*c = *c * 16 + (uint32_t)value;
		if (*c > LARGEST_CHAR)
			return "there is no such character";
	}
	if (braces ? digits == 0 || *at == in.n || in.p[*at] != '}' : digits != 2)
		return "\\x needs two hexadecimal digits, or digits in braces";
	*at += braces ? 1 : 0;
	return NULL;
}

static const char *
read_escape(struct envseal_slice in, size_t *at, uint32_t *c)
{
	static const char letters[] = "afnrtv", codes[] = "\a\f\n\r\t\v";

	++*at;
	if (*at == in.n)
		return "a backslash ends the expression";
	uint8_t e = in.p[(*at)++];
	const char *letter = e == 0 ? NULL : strchr(letters, e);
	if (letter != NULL) {
		*c = (uint8_t)codes[letter - letters];
	} else if (e == 'x') {
		return read_hex(in, at, c);
	} else if (e == '0' || (e >= '1' && e <= '7' && is_octal(in, *at))) {
		*c = (uint32_t)(e - '0');
		for (int i = 0; i < 2 && is_octal(in, *at); i++)
			*c = *c * 8 + (uint32_t)(in.p[(*at)++] - '0');
	} else if (e >= '1' && e <= '9') {
		return "back references are not supported";
	} else if (e >= 0x80 || is_letter(e)) {
		return "there is no such escape";
	} else {
		*c = e;
	}
	return NULL;
}

bool
es_goescape_read(struct envseal_slice in, size_t *at, uint32_t *c, const char **why)
{
	*why = read_escape(in, at, c);
	if (*why == NULL && *c >= 0xd800 && *c <= 0xdfff)
		*why = "a surrogate is not a character";
	return *why == NULL;
}
