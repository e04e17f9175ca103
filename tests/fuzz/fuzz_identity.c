/*
 * fuzz_identity - key files from outside: identities, lists and files of recipients, bech32.
 *
 * Holds: what was accepted and written again is accepted again, to the same list; after a failure nothing was
 * added; an error never shows a piece of a secret key.
 */
#include "format/key/identity.h"

#include "format/key/bech32.h"
#include "format/slice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(cond) ((cond) ? (void)0 : abort())

/* No eight characters in a row of a text that may be secret stand in the message, but for the prefix that all
 * have. */
static void
check_quiet(struct envseal_slice text, const struct envseal_err *err)
{
	static const char prefix[] = "AGE-SECRET-KEY-1";
	enum { RUN = 8 };

	HOLDS(err->code != ENVSEAL_OK && err->what[0] != '\0');
	const uint8_t *at = text.n > 0 ? memmem(text.p, text.n, prefix, sizeof prefix - 1) : NULL;
	for (; at != NULL && at + sizeof prefix - 1 + RUN <= text.p + text.n; at++) {
		char run[RUN + 1] = "";
		memcpy(run, at + sizeof prefix - 1, RUN);
		bool letters = true;
		for (int i = 0; i < RUN; i++)
			letters =
			    letters && ((run[i] >= 'A' && run[i] <= 'Z') || (run[i] >= '0' && run[i] <= '9'));
		if (letters && (strstr(err->what, run) != NULL || strstr(err->hint, run) != NULL))
			abort();
	}
}

static void
check_identities(struct envseal_slice text, bool words)
{
	struct envseal_identities *ids = envseal_identities_new(), *again = envseal_identities_new();
	struct envseal_err err = {0};

	HOLDS(ids != NULL && again != NULL);
	if (!envseal_identities_add(ids, text, "I", words, &err)) {
		check_quiet(text, &err);
		HOLDS(envseal_identities_count(ids) == 0);
		HOLDS(err.code == ENVSEAL_RECIPIENT);
	}
	for (size_t i = 0; i < envseal_identities_count(ids) && i < 4; i++) {
		const struct es_identity *id = es_identities_get(ids, i);
		char written[ES_KEY_TEXT];
		id->kind->write_identity(id->secret, written);
		HOLDS(text.n >= strlen(written) && memmem(text.p, text.n, written, strlen(written)) != NULL);
		HOLDS(envseal_identities_add(again, es_slice_text(written), NULL, false, &err));
		HOLDS(strcmp(envseal_identities_recipient(again, i), id->recipient) == 0);
	}
	envseal_identities_free(ids);
	envseal_identities_free(again);
}

/* Writes a list as a text and reads it again. */
static void
check_list(const struct envseal_recipients *list)
{
	size_t count = envseal_recipients_count(list);
	struct envseal_recipients *again = envseal_recipients_new();
	struct envseal_err err = {0};
	struct es_buf text = es_buf_make(1024 * 1024);

	for (size_t i = 0; i < count; i++) {
		es_buf_text(&text, i > 0 ? " , " : "");
		es_buf_text(&text, envseal_recipients_at(list, i));
	}
	HOLDS(again != NULL);
	if (count > 0)
		HOLDS(envseal_recipients_add(again, es_slice(text.p, text.n), NULL, 0, 0, &err));
	HOLDS(envseal_recipients_count(again) == count);
	for (size_t i = 0; i < count; i++)
		HOLDS(strcmp(envseal_recipients_at(list, i), envseal_recipients_at(again, i)) == 0);
	envseal_recipients_free(again);
	es_buf_free(&text);
}

static void
check_recipients(struct envseal_slice text, bool is_file)
{
	struct envseal_recipients *list = envseal_recipients_new();
	struct envseal_err err = {0};

	HOLDS(list != NULL);
	bool added = is_file ? envseal_recipients_add_file(list, text, "R", &err)
			     : envseal_recipients_add(list, text, "R", 1, 1, &err);
	if (!added) {
		check_quiet(text, &err);
		HOLDS(envseal_recipients_count(list) == 0);
	}
	check_list(list);
	envseal_recipients_free(list);
}

static void
check_bech32(struct envseal_slice text)
{
	uint8_t bytes[256];
	char hrp[512], again[1024];
	struct es_bech32 out;
	const char *why = NULL;

	if (text.n >= sizeof hrp)
		return;
	if (!es_bech32_decode(text, bytes, sizeof bytes, &out, &why)) {
		HOLDS(why != NULL);
		return;
	}
	memcpy(hrp, out.hrp.p, out.hrp.n);
	hrp[out.hrp.n] = '\0';
	es_bech32_encode(hrp, bytes, out.n, again);
	HOLDS(strlen(again) == text.n && es_bech32_encoded(hrp, out.n) == text.n);
	/* The same but for the case, which an HRP without letters does not tell. */
	for (size_t i = 0; i < text.n; i++)
		HOLDS((text.p[i] | 0x20) == ((uint8_t)again[i] | 0x20));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct envseal_slice text = es_slice(data, size);

	check_identities(text, false);
	check_identities(text, true);
	check_recipients(text, false);
	check_recipients(text, true);
	check_bech32(text);
	return 0;
}
