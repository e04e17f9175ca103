/*
 * diag - everything that is said to people, on standard error; and JSON strings.
 *
 * One message is one write(2).  What comes from outside (file names above all) is filtered: control characters,
 * bidirectional controls, line and paragraph separators, invisible format characters and bytes that are no UTF-8 are
 * shown as \xNN or \u{NNNN}.  No colour.
 */
#ifndef CMD_DIAG_H
#define CMD_DIAG_H

#include "cmd/bytes.h"
#include "format/envseal.h"

/* After diag_quiet(true), notes and success lines are not shown.  Errors always are.  Belongs to the process. */
void diag_quiet(bool quiet);

/* "envseal: FILE:LINE:COL: what: errno's text", then "hint: ..." if there is one.  A reader of our output that went
 * away (EPIPE on <stdout>) is not worth a line. */
void diag_error(const struct envseal_err *err);

/* Ends a command: shows err, if it is one, and returns its exit status. */
int diag_end(const struct envseal_err *err);

/* "envseal: note: ..." and "envseal: ...", unless quiet. */
void diag_note(const char *format, ...) ENVSEAL_PRINTF(1, 2);
void diag_done(const char *format, ...) ENVSEAL_PRINTF(1, 2);

/* Adds text with the filter above; a line feed passes when lines is true. */
void diag_filter(struct bytes *b, struct envseal_slice text, bool lines);

/* Adds a JSON string with its quotes.  ASCII controls and the characters of the filter are escaped as \uNNNN, bytes
 * that are no UTF-8 become U+FFFD. */
void diag_json_string(struct bytes *b, struct envseal_slice text);

#endif
