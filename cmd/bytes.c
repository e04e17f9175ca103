#include "cmd/bytes.h"

#include "cmd/fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { FIRST = 4096 };

bool
bytes_room(struct bytes *b, size_t n)
{
	size_t most = b->most != 0 ? b->most : ENVSEAL_LARGEST;
	size_t cap = b->cap != 0 ? b->cap : n > FIRST ? n : FIRST;
	uint8_t *p;

	if (b->state != BYTES_GOOD)
		return false;
	if (n <= b->cap - b->n)
		return true;
	if (n > most - b->n) {
		b->state = BYTES_FULL;
		return false;
	}
	while (cap < b->n + n)
		cap *= 2;
	if (cap > most)
		cap = most;
	p = envseal_alloc(cap);
	if (p == NULL) {
		b->state = BYTES_NO_MEMORY;
		return false;
	}
	if (b->n > 0)
		memcpy(p, b->p, b->n);
	envseal_free(b->p);
	b->p = p;
	b->cap = cap;
	return true;
}

void
bytes_add(struct bytes *b, const void *p, size_t n)
{
	if (n == 0 || !bytes_room(b, n))
		return;
	memcpy(b->p + b->n, p, n);
	b->n += n;
}

void
bytes_text(struct bytes *b, const char *text)
{
	bytes_add(b, text, strlen(text));
}

void
bytes_byte(struct bytes *b, char c)
{
	bytes_add(b, &c, 1);
}

void
bytes_printf(struct bytes *b, const char *format, ...)
{
	va_list args, again;
	int n;

	va_start(args, format);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, args);
	if (n < 0) {
		b->state = BYTES_NO_MEMORY;
	} else if (bytes_room(b, (size_t)n + 1)) {
		(void)vsnprintf((char *)b->p + b->n, (size_t)n + 1, format, again);
		b->n += (size_t)n;
	}
	va_end(again);
	va_end(args);
}

ssize_t
bytes_read(struct bytes *b, int fd, size_t n)
{
	ssize_t got;

	if (!bytes_room(b, n))
		return -2;
	do
		got = read(fd, b->p + b->n, b->cap - b->n);
	while (got < 0 && errno == EINTR);
	if (got > 0)
		b->n += (size_t)got;
	return got;
}

bool
bytes_take(struct bytes *b, struct envseal_out *out, struct envseal_err *err)
{
	if (b->state == BYTES_NO_MEMORY)
		return cmd_fail_memory(err);
	if (b->state == BYTES_FULL)
		return cmd_fail(err, ENVSEAL_INTERNAL, NULL, 0, "the output is larger than 256 MiB", NULL);
	out->p = b->p;
	out->n = b->n;
	*b = (struct bytes){.most = b->most};
	return true;
}

void
bytes_free(struct bytes *b)
{
	envseal_free(b->p);
	*b = (struct bytes){.most = b->most};
}
