/*
 * select - which values and comments are to be sealed (SOPS: the six selection fields and where they apply).
 */
#ifndef ES_SELECT_H
#define ES_SELECT_H

#include "format/doc/node.h"

/* Sets selected on every node.  Comments count with the text they have in node->value at that time, as SOPS does it:
 * plaintext when sealing, what stands in the file when opening.  Only the selection in plan is looked at.
 * Errors: ENVSEAL_CONFIG for a regular expression that cannot be used. */
bool es_select_mark(
    const struct envseal_plan *plan, struct es_nodes *nodes, struct envseal_err *err) ES_MUST_USE;

/* The selection with the default spelled out: never ENVSEAL_SELECT_DEFAULT. */
void es_select_resolve(
    const struct envseal_plan *plan, enum envseal_selecting *selecting, struct envseal_slice *selector);

#endif
