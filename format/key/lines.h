/*
 * lines - the lines of key files: of identities, of recipients.
 *
 * Lines end with LF or CRLF.  Skipped: empty lines and those that begin with '#'.  Forgiven: a UTF-8 byte
 * order mark in front, blanks at the end of a line.  Everything else is the caller's to refuse.
 */
#ifndef ES_LINES_H
#define ES_LINES_H

#include "format/envseal.h"

enum { ES_LINES_LARGEST = 16 * 1024 * 1024 }; /* bytes of a key file */

struct es_lines {
	struct envseal_slice rest;
	uint32_t number; /* of the line that was returned last, from 1 */
};

/* Starts before the first line of text, which is borrowed. */
struct es_lines es_lines_begin(struct envseal_slice text);

/* The next line that counts, without its end.  False: there is none left. */
bool es_lines_next(struct es_lines *lines, struct envseal_slice *line);

#endif
