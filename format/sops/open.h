/*
 * open - from a sealed document to its text: values, layout, MAC.
 *
 * The public functions envseal_open and envseal_open_edited are here.
 */
#ifndef ES_OPEN_H
#define ES_OPEN_H

#include "format/sops/doc.h"

/* The additional data under which layouts are sealed, without the colon at its end. */
extern const char es_open_layout_path[];

/* Opens a document whose data key is known.  Errors as envseal_open, but for ENVSEAL_NO_KEY. */
bool es_open_with(struct envseal_doc *doc, const struct es_datakey *key, struct envseal_err *err) ES_MUST_USE;

#endif
