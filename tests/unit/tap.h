/*
 * tap - the few lines a test program needs to speak TAP: results as they come, the plan at the end.
 */
#ifndef ES_TESTS_TAP_H
#define ES_TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static unsigned tap_count, tap_failed;

#if defined(__GNUC__)
#define TAP_FORMAT __attribute__((format(printf, 2, 0)))
#define TAP_PRINTF __attribute__((format(printf, 2, 3)))
#define TAP_PRINTF_5 __attribute__((format(printf, 5, 6)))
#else
#define TAP_FORMAT
#define TAP_PRINTF
#define TAP_PRINTF_5
#endif

TAP_FORMAT static inline bool
tap_result(bool good, const char *name, va_list args)
{
	tap_count++;
	tap_failed += !good;
	printf("%sok %u - ", good ? "" : "not ", tap_count);
	vprintf(name, args);
	putchar('\n');
	fflush(stdout);
	return good;
}

/* One result; the name is a printf format.  Returns cond. */
TAP_PRINTF static inline bool
ok(bool cond, const char *name, ...)
{
	va_list args;
	va_start(args, name);
	tap_result(cond, name, args);
	va_end(args);
	return cond;
}

/* Passes when both have the same length and the same bytes; says where they differ if not. */
TAP_PRINTF_5 static inline bool
is_bytes(const void *got, size_t got_n, const void *want, size_t want_n, const char *name, ...)
{
	const unsigned char *a = got, *b = want;
	size_t at = 0, least = got_n < want_n ? got_n : want_n;
	while (at < least && a[at] == b[at])
		at++;
	bool same = got_n == want_n && at == got_n;
	va_list args;
	va_start(args, name);
	tap_result(same, name, args);
	va_end(args);
	if (!same)
		printf("# got %zu bytes, want %zu; the first difference is at %zu\n", got_n, want_n, at);
	return same;
}

/* Prints the plan; the exit status of the program. */
static inline int
done(void)
{
	printf("1..%u\n", tap_count);
	return fflush(stdout) == 0 && tap_failed == 0 && tap_count > 0 ? 0 : 1;
}

#endif
