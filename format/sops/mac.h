/*
 * mac - the MAC over the values of a file (SOPS: MAC computation).
 */
#ifndef ES_MAC_H
#define ES_MAC_H

#include "format/doc/node.h"

enum { ES_MAC_TEXT = 128 }; /* upper-case hex digits */

/* The MAC of nodes over their hashed forms, in document order.  only_selected: mac_only_encrypted, entries that are not
 * selected do not count.  Entries that are fresh count only if with_fresh says so. */
void es_mac(const struct es_nodes *nodes, bool only_selected, bool with_fresh, char mac[ES_MAC_TEXT]);

#endif
