/*
 * k_x25519 - the kind X25519: age1... and AGE-SECRET-KEY-1...
 */
#ifndef ES_K_X25519_H
#define ES_K_X25519_H

#include "format/key/recipient.h"

extern const struct es_kind es_k_x25519;

#endif
