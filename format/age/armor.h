/*
 * armor - age files as text: PEM-like, base64 in lines of 64 columns.
 */
#ifndef ES_ARMOR_H
#define ES_ARMOR_H

#include "crypto/core/buf.h"
#include "format/envseal.h"

/* Whether the file is armored: the begin line stands in front, behind at most 1,024 bytes of white space. */
bool es_armor_is(struct envseal_slice file);

/* Appends the bytes that the armor carries.  As age 1.3.2: white space may stand in front (1,024 bytes) and
 * behind (1,023), lines end with LF or CRLF, the last may end with the text; everything else is strict.
 * out's cap limits the size; text.n always suffices.  Errors: ENVSEAL_RECIPIENT, the sentence beginning with
 * "age armor: "; out is then as it was. */
bool es_armor_read(struct envseal_slice text, struct es_buf *out, struct envseal_err *err) ES_MUST_USE;

/* Appends the armor of a file, with LF line ends, the last one included. */
void es_armor_write(struct envseal_slice file, struct es_buf *out);

#endif
