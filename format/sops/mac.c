#include "format/sops/mac.h"

#include "crypto/hash.h"

/* SHA-256 of "sops": what SOPS hashes first when the MAC covers sealed values alone. */
static const uint8_t only_selected_prefix[ES_SHA256] = {0x8a, 0x3f, 0xd2, 0xad, 0x54, 0xce, 0x66, 0x52, 0x7b,
    0x10, 0x34, 0xf3, 0xd1, 0x47, 0xbe, 0x0b, 0x0b, 0x97, 0x5b, 0x3b, 0xf4, 0x4f, 0x72, 0xc6, 0xfd, 0xad,
    0xec, 0x81, 0x76, 0xf2, 0x7d, 0x69};

void
es_mac(const struct es_nodes *nodes, bool only_selected, bool with_fresh, char mac[ES_MAC_TEXT])
{
	static const char hex[] = "0123456789ABCDEF";
	struct es_sha512 h;
	uint8_t digest[ES_SHA512];

	es_sha512_begin(&h);
	if (only_selected)
		es_sha512_add(&h, only_selected_prefix, sizeof only_selected_prefix);
	for (size_t i = 0; i < nodes->n; i++) {
		const struct es_node *node = &nodes->p[i];
		if (node->kind == ES_ENTRY && (node->selected || !only_selected) &&
		    (!node->fresh || with_fresh))
			es_sha512_add(&h, node->hashed.p, node->hashed.n);
	}
	es_sha512_end(&h, digest);
	for (size_t i = 0; i < sizeof digest; i++) {
		mac[2 * i] = hex[digest[i] >> 4];
		mac[2 * i + 1] = hex[digest[i] & 15];
	}
}
