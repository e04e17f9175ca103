/*
 * bytes - a buffer in guarded memory that grows up to a limit; what it outgrows is wiped.
 *
 * Adding returns nothing: the first failure is remembered, later additions do nothing, and bytes_take reports it.
 */
#ifndef CMD_BYTES_H
#define CMD_BYTES_H

#include "format/envseal.h"

#include <sys/types.h>

enum bytes_state { BYTES_GOOD, BYTES_FULL, BYTES_NO_MEMORY };

/* All zero but for most is empty. */
struct bytes {
	uint8_t *p;
	size_t n; /* bytes in it */
	size_t cap; /* bytes that p has room for */
	size_t most; /* never more than so many bytes; 0: ENVSEAL_LARGEST */
	enum bytes_state state;
};

void bytes_add(struct bytes *b, const void *p, size_t n);
void bytes_text(struct bytes *b, const char *text);
void bytes_byte(struct bytes *b, char c);
void bytes_printf(struct bytes *b, const char *format, ...) ENVSEAL_PRINTF(2, 3);

/* Room for at least n more bytes at b->p + b->n; the caller fills it and adds to b->n.  False: see b->state. */
bool bytes_room(struct bytes *b, size_t n) ENVSEAL_MUST_USE;

/* read(2) into the room that is left, at least n bytes of it; again after an interruption.  Returns as read(2) does,
 * or -2 when there is no room: see b->state. */
ssize_t bytes_read(struct bytes *b, int fd, size_t n);

/* Moves what was gathered to out, which the caller frees; b is empty then.  An earlier failure is the error:
 * ENVSEAL_NO_MEMORY, or ENVSEAL_INTERNAL for a full buffer (who expects one looks at b->state first). */
bool bytes_take(struct bytes *b, struct envseal_out *out, struct envseal_err *err) ENVSEAL_MUST_USE;

void bytes_free(struct bytes *b);

#endif
