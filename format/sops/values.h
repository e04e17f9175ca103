/*
 * values - all tokens of a document at once: values are independent, so they are spread over the host's threads.
 */
#ifndef ES_VALUES_H
#define ES_VALUES_H

#include "format/sops/doc.h"

/* Opens every token of a sealed document with doc->gcm: value and hashed of its nodes become what the tokens hold.
 * accept_fresh: values that stand in clear where they should be sealed are marked fresh, else they are an error.
 * Comments that do not open are kept as they stand, and noted.  Errors: ENVSEAL_DECRYPT with line and name. */
bool es_values_open(struct envseal_doc *doc, bool accept_fresh, struct envseal_err *err) ES_MUST_USE;

/* Gives every node that has no sealed form one, under the key of gcm: a token if it is selected and has a value, else the value
 * as it stands in clear.  What is made lives in doc's arena. */
bool es_values_seal(struct envseal_doc *doc, const struct es_gcm *gcm, struct envseal_err *err) ES_MUST_USE;

#endif
