/*
 * test_scalar - the types of sealed values: what each may hold and how it stands in a dotenv file.
 */
#include "format/sops/scalar.h"

#include "tests/unit/sealing.h"

/* value NULL: refused. */
static const struct {
	const char *type, *wire, *value;
} values[] = {
    {"str", "", ""},
    {"str", "a\tb", "a\tb"},
    {"str", "1.0", "1.0"},
    {"bytes", "\xff", "\xff"},
    {"int", "0", "0"},
    {"int", "-1", "-1"},
    {"int", "8080", "8080"},
    {"int", "9223372036854775807", "9223372036854775807"},
    {"int", "-9223372036854775808", "-9223372036854775808"},
    {"int", "9223372036854775808", NULL},
    {"int", "-9223372036854775809", NULL},
    {"int", "10000000000000000000", NULL},
    {"int", "", NULL},
    {"int", "-", NULL},
    {"int", "-0", NULL},
    {"int", "007", NULL},
    {"int", "+1", NULL},
    {"int", "1 ", NULL},
    {"int", "1.0", NULL},
    {"int", "0x1F", NULL},
    {"int", "1_000", NULL},
    {"int", "\xd9\xa1", NULL},
    {"float", "1", "1.0"},
    {"float", "3.14", "3.14"},
    {"float", "100000", "100000.0"},
    {"float", "1000000", "1E+06"},
    {"float", "123456789.5", "1.234567895E+08"},
    {"float", "0.00001", "1E-05"},
    {"float", "0.0001", "0.0001"},
    {"float", "0.0000001", "1E-07"},
    {"float", "1000000000000000000000", "1E+21"},
    {"float", "-20000000000", "-2E+10"},
    {"float", "-0", "-0.0"},
    {"float", "0", "0.0"},
    {"float", "1234567.5", "1.2345675E+06"},
    {"float", "999999.5", "999999.5"},
    {"float", "-0.00012", "-0.00012"},
    {"float", "0.000012", "1.2E-05"},
    {"float", "NaN", "NaN"},
    {"float", "+Inf", "+Inf"},
    {"float", "-Inf", "-Inf"},
    {"float", "Inf", NULL},
    {"float", "nan", NULL},
    {"float", "1.50", NULL},
    {"float", "1.", NULL},
    {"float", ".5", NULL},
    {"float", "1e5", NULL},
    {"float", "01", NULL},
    {"float", "", NULL},
    {"float", "-", NULL},
    {"float", "1.2.3", NULL},
    {"float", "0.0", NULL},
    {"float", "0x1p4", NULL},
    {"bool", "True", "true"},
    {"bool", "False", "false"},
    {"bool", "true", NULL},
    {"bool", "1", NULL},
    {"bool", "", NULL},
    {"bool", "TRUE", NULL},
    {"time", "2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"},
    {"time", "2001-12-14T21:59:43.1-05:00", "2001-12-14T21:59:43-05:00"},
    {"time", "2006-01-02T15:04:05+07:06", "2006-01-02T15:04:05+07:06"},
    {"time", "2024-01-01", NULL},
    {"time", "", NULL},
    {"comment", "x", NULL},
    {"", "x", NULL},
    {"Str", "x", NULL},
    {"string", "x", NULL},
    {"null", "", NULL},
};

static const struct {
	const char *text, *canonical;
} times[] = {
    {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"},
    {"2026-01-02T03:04:05.5+00:00", "2026-01-02T03:04:05Z"},
    {"2026-01-02T03:04:05,123456789123Z", "2026-01-02T03:04:05Z"},
    {"2026-01-02T03:04:05-00:00", "2026-01-02T03:04:05Z"},
    {"2026-01-02T03:04:05+23:59", "2026-01-02T03:04:05+23:59"},
    {"0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"},
    {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
    {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
    {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
    {"1900-02-29T00:00:00Z", NULL},
    {"2023-02-29T00:00:00Z", NULL},
    {"2024-04-31T00:00:00Z", NULL},
    {"2024-00-01T00:00:00Z", NULL},
    {"2024-13-01T00:00:00Z", NULL},
    {"2024-01-00T00:00:00Z", NULL},
    {"2024-01-01T24:00:00Z", NULL},
    {"2024-01-01T00:60:00Z", NULL},
    {"2024-01-01T00:00:60Z", NULL},
    {"2024-01-01T00:00:00", NULL},
    {"2024-01-01T00:00:00.Z", NULL},
    {"2024-01-01T00:00:00.5", NULL},
    {"2024-01-01T00:00:00+0000", NULL},
    {"2024-01-01T00:00:00+24:00", NULL},
    {"2024-01-01T00:00:00+00:60", NULL},
    {"2024-01-01T00:00:00+00:00Z", NULL},
    {"2024-01-01T00:00:00ZZ", NULL},
    {"2024-01-01 00:00:00Z", NULL},
    {"2024-01-01t00:00:00z", NULL},
    {" 2024-01-01T00:00:00Z", NULL},
    {"2024-01-01T00:00:00+", NULL},
    {"2024-01-01T00:00:00+0", NULL},
    {"2024-1-1T00:00:00Z", NULL},
    {"", NULL},
    {"12024-01-01T00:00:00Z", NULL},
    {"2024-01-01T00:00:00Z\r", NULL},
    {"-024-01-01T00:00:00Z", NULL},
};

/* A copy without a byte behind it, so that a sanitizer sees one read too far. */
static uint8_t *
exact(const char *text)
{
	uint8_t *p = malloc(strlen(text) + (text[0] == '\0'));
	if (p == NULL)
		abort();
	memcpy(p, text, strlen(text));
	return p;
}

int
main(void)
{
	struct es_arena arena = {0};

	if (!es_mem_start())
		return 1;
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		struct envseal_slice value;
		const char *name;
		uint8_t *wire = exact(values[i].wire);
		enum es_scalar_result result = es_scalar_read(es_slice_text(values[i].type),
		    es_slice(wire, strlen(values[i].wire)), &arena, &value, &name);
		if (values[i].value == NULL)
			ok(result == ES_SCALAR_BAD, "%s \"%s\" is refused", values[i].type, values[i].wire);
		else
			ok(result == ES_SCALAR_DONE && es_slice_is(value, values[i].value) &&
				(name == NULL) == (values[i].type[0] == 's' || values[i].type[1] == 'y'),
			    "%s \"%s\" stands as \"%s\"", values[i].type, values[i].wire, values[i].value);
		free(wire);
	}
	for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
		char canonical[32] = "";
		uint8_t *text = exact(times[i].text);
		bool read = es_scalar_time(es_slice(text, strlen(times[i].text)), canonical);
		ok(read == (times[i].canonical != NULL) &&
			(!read || strcmp(canonical, times[i].canonical) == 0),
		    "time \"%s\": %s", times[i].text, read ? canonical : "none");
		free(text);
	}
	/* Numbers longer than any that a double has. */
	static char longest[1024];
	struct envseal_slice value;
	const char *name;
	memset(longest, '1', sizeof longest);
	ok(es_scalar_read(es_slice_text("float"), es_slice(longest, sizeof longest), &arena, &value, &name) ==
		ES_SCALAR_BAD,
	    "a float of a thousand digits is refused");
	ok(es_scalar_read(es_slice_text("float"), es_slice(longest, 309), &arena, &value, &name) ==
		    ES_SCALAR_DONE &&
		es_slice_ends(value, es_slice_text("E+308")),
	    "one of 309 digits is not");
	es_arena_free(&arena);
	return done();
}
