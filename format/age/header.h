/*
 * header - the header of an age file: intro, stanzas, MAC.
 *
 * Errors: ENVSEAL_RECIPIENT, the sentence beginning with "age header: ".
 */
#ifndef ES_HEADER_H
#define ES_HEADER_H

#include "format/key/recipient.h"
#include "format/key/stanza.h"

enum {
	ES_HEADER_LARGEST = 4 * 1024 * 1024, /* bytes of a header that is read */
	ES_HEADER_STANZAS = 16384, /* stanzas of a header that is read */
	ES_HEADER_RECIPIENTS = 1024, /* stanzas of a header that is written: what age reads */
	ES_HEADER_MAC = 32,
};

struct es_header {
	struct es_stanza *stanzas; /* views of the file's bytes */
	size_t count;
	struct envseal_slice text; /* what the MAC is over: from the first byte through "---" */
	size_t size; /* bytes of the header, the last LF included */
	uint8_t mac[ES_HEADER_MAC];
};

/* Parses the header at the front of a file.  On success the caller calls es_header_free and keeps the file's
 * bytes until then. */
bool es_header_parse(struct envseal_slice file, struct es_header *h, struct envseal_err *err) ES_MUST_USE;

void es_header_free(struct es_header *h);

/* Whether the MAC is the one that this file key makes; in constant time. */
bool es_header_mac_ok(const struct es_header *h, const struct es_file_key *key) ES_MUST_USE;

/* Writing: begin, then the stanzas (es_stanza_put), then end, which appends the MAC line over everything from
 * offset start of out, where begin stood. */
void es_header_begin(struct es_buf *out);
void es_header_end(struct es_buf *out, size_t start, const struct es_file_key *key);

#endif
