/*
 * unguard - a library to preload that switches protections of envseal off, so that tests can show that they would see
 * what these keep from being seen.
 *
 *	UNGUARD=core		it may dump core
 *	UNGUARD=core,dump	and what is to be left out of the dump is not
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int
off(const char *what)
{
	const char *list = getenv("UNGUARD");

	return list != NULL && strstr(list, what) != NULL;
}

int
prctl(int option, ...)
{
	unsigned long a[4];
	va_list list;

	va_start(list, option);
	for (int i = 0; i < 4; i++)
		a[i] = va_arg(list, unsigned long);
	va_end(list);
	if (option == PR_SET_DUMPABLE && off("core"))
		return 0;
	return (int)syscall(SYS_prctl, option, a[0], a[1], a[2], a[3]);
}

int
setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
	if (resource == RLIMIT_CORE && off("core"))
		return 0;
	return (int)syscall(SYS_prlimit64, 0, resource, limit, NULL);
}

int
madvise(void *p, size_t n, int advice)
{
	if (advice == MADV_DONTDUMP && off("dump"))
		return 0;
	return (int)syscall(SYS_madvise, p, n, advice);
}
