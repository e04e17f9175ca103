#include "format/envseal.h"

#include "crypto/hash.h"
#include "format/doc/select.h"
#include "format/doc/utf8.h"
#include "format/err.h"
#include "format/sops/doc.h"

enum {
	TAG = 8
}; /* bytes of a hash that stand for a sealed text: enough that nobody finds another with the same */

/* ---- text that a terminal may see ---- */

static void
put_hex(struct es_buf *out, const uint8_t *p, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	for (size_t i = 0; i < n; i++) {
		es_buf_byte(out, (uint8_t)hex[p[i] >> 4]);
		es_buf_byte(out, (uint8_t)hex[p[i] & 15]);
	}
}

/* Characters that act on the terminal, turn the direction of text, or cannot be seen. */
static bool
is_unseen(uint32_t c)
{
	static const uint32_t ranges[][2] = {{0, 8}, {10, 31}, {0x7f, 0x9f}, {0xad, 0xad}, {0x61c, 0x61c},
	    {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb},
	    {0xe0000, 0xe007f}};
	for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
		if (c >= ranges[i][0] && c <= ranges[i][1])
			return true;
	return false;
}

/* A backslash is doubled where it would else read as the beginning of what stands for an unseen character. */
static void
put_character(struct es_buf *out, struct envseal_slice s, size_t n, uint32_t c)
{
	if (n == 0) {
		es_buf_text(out, "\\x");
		put_hex(out, s.p, 1);
	} else if (is_unseen(c)) {
		uint8_t bytes[] = {(uint8_t)(c >> 16), (uint8_t)(c >> 8), (uint8_t)c};
		es_buf_text(out, c > 0xffff ? "\\U" : c > 0xff ? "\\u" : "\\x");
		put_hex(out, bytes + (c > 0xffff ? 0 : c > 0xff ? 1 : 2), c > 0xffff ? 3 : c > 0xff ? 2 : 1);
	} else {
		if (c == '\\' && s.n > 1 && memchr("xuU\\", s.p[1], 4) != NULL)
			es_buf_byte(out, '\\');
		es_buf_put(out, s.p, n);
	}
}

/* Copies text; line feeds stay, carriage returns before them too are made visible. */
static void
put_text(struct es_buf *out, struct envseal_slice s)
{
	while (s.n > 0) {
		uint32_t c = 0;
		size_t n = 0;
		if (!es_utf8_decode(s, &c, &n))
			n = 0;
		if (c == '\n' && n == 1)
			es_buf_byte(out, '\n');
		else
			put_character(out, s, n, c);
		s = es_slice_from(s, n > 0 ? n : 1);
	}
}

/* ---- sealed text ---- */

static void
put_sealed(struct es_buf *out, struct envseal_slice text)
{
	struct es_sha256 h;
	uint8_t digest[ES_SHA256];

	es_sha256_begin(&h);
	es_sha256_add(&h, text.p, text.n);
	es_sha256_end(&h, digest);
	es_buf_text(out, "<sealed ");
	put_hex(out, digest, TAG);
	es_buf_byte(out, '>');
}

/* What stands behind a name or a '#': in clear only if it was left in clear on purpose. */
static void
put_shut(struct es_buf *out, const struct es_node *node)
{
	for (uint32_t i = 1; i < node->lines; i++)
		es_buf_byte(out, '\n');
	if (node->kind == ES_COMMENT)
		es_buf_byte(out, '#');
	if (node->kind == ES_ENTRY) {
		put_text(out, node->name);
		es_buf_byte(out, '=');
	}
	if (node->selected && node->sealed.n > 0)
		put_sealed(out, node->sealed);
	else
		put_text(out, node->sealed);
	es_buf_byte(out, '\n');
}

/* A file that cannot be taken apart: names as far as there are any, nothing else. */
static void
put_broken(struct es_buf *out, struct envseal_slice bytes)
{
	while (bytes.n > 0) {
		size_t n = es_slice_find(bytes, '\n');
		struct envseal_slice line = es_slice(bytes.p, n);
		size_t equals = es_slice_find(line, '=');
		bool comment = n > 0 && line.p[0] == '#';
		bool marker = es_slice_begins(line, "<<<<<<<") || es_slice_begins(line, "=======") ||
			      es_slice_begins(line, ">>>>>>>") || es_slice_begins(line, "|||||||");
		size_t clear = marker ? n : comment ? 1 : equals < n ? equals + 1 : 0;
		if (!es_slice_begins(line, "sops_")) {
			put_text(out, es_slice(line.p, clear));
			if (clear < n)
				put_sealed(out, es_slice_from(line, clear));
			es_buf_byte(out, '\n');
		}
		bytes = es_slice_from(bytes, n < bytes.n ? n + 1 : n);
	}
}

/* ---- who can read it ---- */

static void
put_readers(struct es_buf *out, const struct envseal_doc *doc)
{
	enum envseal_selecting selecting;
	struct envseal_slice selector;

	es_buf_text(out, "# ---- who can read this file ----\n");
	for (size_t i = 0; i < doc->meta.age_n; i++) {
		es_buf_text(out, "# recipient: ");
		put_text(out, doc->meta.age[i].recipient);
		es_buf_byte(out, '\n');
	}
	for (size_t i = 0; i < doc->meta.lines.n; i++) {
		const struct es_sealedenv_meta *line = &doc->meta.lines.p[i];
		if (!es_meta_is_foreign(line->name))
			continue;
		es_buf_text(out, "# other key: ");
		put_text(out, line->name);
		es_buf_byte(out, ' ');
		put_sealed(out, line->value);
		es_buf_byte(out, '\n');
	}
	es_select_resolve(&doc->plan, &selecting, &selector);
	es_buf_text(out, "# selection: ");
	es_buf_text(out, envseal_selecting_name(selecting));
	es_buf_byte(out, ' ');
	put_text(out, selector);
	es_buf_text(out, doc->plan.mac_only_encrypted ? ", the MAC covers sealed values only\n" : "\n");
	if (doc->open) {
		char tag[17];
		envseal_doc_tag(doc, tag);
		es_buf_text(out, "# data key: ");
		es_buf_text(out, tag);
		es_buf_byte(out, '\n');
	}
}

static void
put_sentence(struct es_buf *out, const char *head, const struct envseal_err *err)
{
	es_buf_text(out, head);
	put_text(out, es_slice_text(err->what));
	es_buf_byte(out, '\n');
}

/* False: no memory. */
static bool
put_document(struct es_buf *out, struct envseal_doc *doc, struct envseal_identities *ids)
{
	struct envseal_err err = {0};
	bool opened = envseal_identities_count(ids) > 0 && envseal_open(doc, ids, &err);
	if (err.code == ENVSEAL_NO_MEMORY)
		return false;
	if (!opened && err.code != ENVSEAL_OK && err.code != ENVSEAL_NO_KEY)
		put_sentence(out,
		    err.code == ENVSEAL_MAC ? "# MAC INVALID, nothing is opened: "
					    : "# BROKEN, nothing is opened: ",
		    &err);
	if (doc->open) {
		put_text(out, doc->whole);
		if (doc->whole.n > 0 && doc->whole.p[doc->whole.n - 1] != '\n')
			es_buf_text(out, "\n");
	} else {
		for (size_t i = 0; i < doc->nodes.n; i++)
			put_shut(out, &doc->nodes.p[i]);
	}
	put_readers(out, doc);
	return true;
}

bool
envseal_show(struct envseal *es, struct envseal_slice bytes, const char *file, struct envseal_identities *ids,
    struct envseal_out *out, struct envseal_err *err)
{
	struct es_buf text = es_buf_make(SIZE_MAX / 2);
	struct envseal_err broken = {0};
	bool enough = true;

	if (envseal_look(bytes) == ENVSEAL_PLAIN) {
		put_text(&text, bytes);
	} else {
		struct envseal_doc *doc = envseal_read_sealed(es, bytes, file, &broken);
		if (doc != NULL) {
			enough = put_document(&text, doc, ids);
		} else if (broken.code == ENVSEAL_NO_MEMORY) {
			enough = false;
		} else {
			put_sentence(&text, "# BROKEN, shown sealed: ", &broken);
			put_broken(&text, bytes);
		}
		envseal_doc_free(doc);
	}
	if (!enough || !es_buf_ok(&text)) {
		es_buf_free(&text);
		return es_fail_memory(err);
	}
	out->p = text.p;
	out->n = text.n;
	return true;
}
