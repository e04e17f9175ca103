/*
 * block - lines of ours between two marks in a file of the user's, to be found and taken out again.
 */
#ifndef CMD_BLOCK_H
#define CMD_BLOCK_H

#include "cmd/bytes.h"

enum block_place {
	BLOCK_LAST, /* at the end of the file */
	BLOCK_SECOND, /* behind the first line */
};

/* Writes the text with the block in it, whose lines are given, each with its end; where there is one already, in its
 * place.  Error: ENVSEAL_CONFIG, a mark stands without the other. */
bool block_put(struct bytes *b, struct envseal_slice text, const char *lines, enum block_place place,
    const char *file, struct envseal_err *err) ENVSEAL_MUST_USE;

/* Writes the text without the block, which is what block_put was given, byte for byte.  Error: as above. */
bool block_drop(
    struct bytes *b, struct envseal_slice text, const char *file, struct envseal_err *err) ENVSEAL_MUST_USE;

#endif
