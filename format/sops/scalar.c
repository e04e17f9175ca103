#include "format/sops/scalar.h"

#include <stdio.h>

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* ---- times ---- */

/* Reads exactly n digits at *at; -1: there are none. */
static int
digits(struct envseal_slice s, size_t *at, size_t n)
{
	int value = 0;
	for (size_t i = 0; i < n; i++, ++*at) {
		if (*at >= s.n || !is_digit(s.p[*at]))
			return -1;
		value = value * 10 + (s.p[*at] - '0');
	}
	return value;
}

static bool
literal(struct envseal_slice s, size_t *at, char c)
{
	return *at < s.n && s.p[(*at)++] == (uint8_t)c;
}

static int
days_in_month(int year, int month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return days[month - 1] + (month == 2 && leap);
}

static bool
read_date(struct envseal_slice s, size_t *at)
{
	int year = digits(s, at, 4);
	bool ok = literal(s, at, '-');
	int month = digits(s, at, 2);
	ok = literal(s, at, '-') && ok;
	int day = digits(s, at, 2);
	return ok && year >= 0 && month >= 1 && month <= 12 && day >= 1 && day <= days_in_month(year, month);
}

static bool
read_clock(struct envseal_slice s, size_t *at)
{
	int hour = digits(s, at, 2);
	bool ok = literal(s, at, ':');
	int minute = digits(s, at, 2);
	ok = literal(s, at, ':') && ok;
	int second = digits(s, at, 2);
	return ok && hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
}

static bool
read_fraction(struct envseal_slice s, size_t *at)
{
	if (*at >= s.n || (s.p[*at] != '.' && s.p[*at] != ','))
		return true;
	size_t begin = ++*at;
	while (*at < s.n && is_digit(s.p[*at]))
		++*at;
	return *at > begin;
}

bool
es_scalar_time(struct envseal_slice text, char canonical[32])
{
	enum { DATE_AND_CLOCK = 19 };
	size_t at = 0;

	if (!read_date(text, &at) || !literal(text, &at, 'T') || !read_clock(text, &at) ||
	    !read_fraction(text, &at) || at >= text.n)
		return false;
	struct envseal_slice zone = es_slice_from(text, at);
	int hour = 0, minute = 0;
	if (!es_slice_is(zone, "Z")) {
		bool sign = zone.p[0] == '+' || zone.p[0] == '-';
		at = 1;
		hour = digits(zone, &at, 2);
		bool colon = literal(zone, &at, ':');
		minute = digits(zone, &at, 2);
		if (!sign || !colon || hour < 0 || hour > 23 || minute < 0 || minute > 59 || at != zone.n)
			return false;
	}
	memcpy(canonical, text.p, DATE_AND_CLOCK);
	if (hour == 0 && minute == 0)
		zone = es_slice_text("Z");
	memcpy(canonical + DATE_AND_CLOCK, zone.p, zone.n);
	canonical[DATE_AND_CLOCK + zone.n] = '\0';
	return true;
}

/* Not by gmtime, which reads the time zones of the machine. */
bool
es_scalar_write_time(int64_t seconds, char text[32])
{
	enum { DAY = 86400 };
	int64_t days = seconds / DAY, rest = seconds % DAY;
	int year = 1970, month = 1;

	if (seconds < 0 || seconds > (int64_t)DAY * 366 * 8000)
		return false;
	for (; days >= 365 + (days_in_month(year, 2) == 29); year++)
		days -= 365 + (days_in_month(year, 2) == 29);
	for (; days >= days_in_month(year, month); month++)
		days -= days_in_month(year, month);
	(void)snprintf(text, 32, "%04d-%02d-%02dT%02d:%02d:%02dZ", year, month, (int)days + 1,
	    (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
	return year <= 9999;
}

static enum es_scalar_result
read_time(struct envseal_slice wire, struct es_arena *arena, struct envseal_slice *value)
{
	char canonical[32];
	if (!es_scalar_time(wire, canonical))
		return ES_SCALAR_BAD;
	char *copy = es_arena_copy(arena, canonical, strlen(canonical));
	if (copy == NULL)
		return ES_SCALAR_NO_MEMORY;
	*value = es_slice_text(copy);
	return ES_SCALAR_DONE;
}

/* ---- numbers ---- */

/* Whether s is -?(0|[1-9][0-9]*)(.[0-9]*[1-9])?, the second part only if a fraction is allowed. */
static bool
is_number(struct envseal_slice s, bool fraction)
{
	size_t i = s.n > 0 && s.p[0] == '-' ? 1 : 0, whole = i;
	while (i < s.n && is_digit(s.p[i]))
		i++;
	if (i == whole || (s.p[whole] == '0' && i - whole > 1))
		return false;
	if (i == s.n)
		return true;
	if (!fraction || s.p[i] != '.' || i + 1 == s.n || s.p[s.n - 1] == '0')
		return false;
	for (i++; i < s.n; i++)
		if (!is_digit(s.p[i]))
			return false;
	return true;
}

static enum es_scalar_result
read_int(struct envseal_slice wire, struct es_arena *arena, struct envseal_slice *value)
{
	static const char largest[] = "9223372036854775807", smallest[] = "-9223372036854775808";
	(void)arena;
	(void)value;
	const char *limit = wire.n > 0 && wire.p[0] == '-' ? smallest : largest;
	bool fits =
	    is_number(wire, false) && !es_slice_is(wire, "-0") &&
	    (wire.n < strlen(limit) || (wire.n == strlen(limit) && memcmp(wire.p, limit, wire.n) <= 0));
	return fits ? ES_SCALAR_DONE : ES_SCALAR_BAD;
}

/* The value in the form d.dddE+XX, from its digits (without leading and trailing zeros) and the power of ten of the
 * first.  Writes into out, which has room for digits_n + 8. */
static size_t
scientific(char *out, bool negative, const char *all, size_t digits_n, int power)
{
	size_t n = 0;
	if (negative)
		out[n++] = '-';
	out[n++] = all[0];
	if (digits_n > 1) {
		out[n++] = '.';
		memcpy(out + n, all + 1, digits_n - 1);
		n += digits_n - 1;
	}
	return n + (size_t)snprintf(out + n, 8, "E%c%02d", power < 0 ? '-' : '+', power < 0 ? -power : power);
}

/* SOPS prints floats in a text file in scientific form when the power of ten is below -4 or above 5, else as they are
 * hashed, with ".0" behind whole numbers. */
static enum es_scalar_result
read_float(struct envseal_slice wire, struct es_arena *arena, struct envseal_slice *value)
{
	enum { LONGEST = 400 }; /* a double has at most 309 digits before the point */
	char all[LONGEST];
	size_t digits_n = 0, point;
	bool negative = wire.n > 0 && wire.p[0] == '-';
	int power = 0;

	if (es_slice_is(wire, "NaN") || es_slice_is(wire, "+Inf") || es_slice_is(wire, "-Inf"))
		return ES_SCALAR_DONE;
	if (wire.n > LONGEST || !is_number(wire, true))
		return ES_SCALAR_BAD;
	char *out = es_arena_alloc(arena, wire.n + 8);
	if (out == NULL)
		return ES_SCALAR_NO_MEMORY;
	point = es_slice_find(wire, '.');
	for (size_t i = negative; i < wire.n; i++) {
		if (wire.p[i] == '.' || (digits_n == 0 && wire.p[i] == '0'))
			continue;
		if (digits_n == 0)
			power = i < point ? (int)(point - i) - 1 : (int)point - (int)i;
		all[digits_n++] = (char)wire.p[i];
	}
	while (digits_n > 0 && all[digits_n - 1] == '0')
		digits_n--;
	size_t n = wire.n;
	memcpy(out, wire.p, wire.n);
	if (digits_n > 0 && (power < -4 || power > 5)) {
		n = scientific(out, negative, all, digits_n, power);
	} else if (point == wire.n) {
		memcpy(out + n, ".0", 2);
		n += 2;
	}
	*value = es_slice(out, n);
	return ES_SCALAR_DONE;
}

static enum es_scalar_result
read_bool(struct envseal_slice wire, struct es_arena *arena, struct envseal_slice *value)
{
	(void)arena;
	if (!es_slice_is(wire, "True") && !es_slice_is(wire, "False"))
		return ES_SCALAR_BAD;
	*value = es_slice_text(wire.p[0] == 'T' ? "true" : "false");
	return ES_SCALAR_DONE;
}

static enum es_scalar_result
read_text(struct envseal_slice wire, struct es_arena *arena, struct envseal_slice *value)
{
	(void)wire;
	(void)arena;
	(void)value;
	return ES_SCALAR_DONE;
}

enum es_scalar_result
es_scalar_read(struct envseal_slice type, struct envseal_slice wire, struct es_arena *arena,
    struct envseal_slice *value, const char **name)
{
	static const struct {
		const char *name;
		enum es_scalar_result (*read)(
		    struct envseal_slice, struct es_arena *, struct envseal_slice *);
	} types[] = {
	    {"str", read_text},
	    {"int", read_int},
	    {"float", read_float},
	    {"bool", read_bool},
	    {"time", read_time},
	    {"bytes", read_text},
	};

	*value = wire;
	*name = NULL;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (es_slice_is(type, types[i].name)) {
			*name = types[i].read == read_text ? NULL : types[i].name;
			return types[i].read(wire, arena, value);
		}
	return ES_SCALAR_BAD;
}
