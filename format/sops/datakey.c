#include "format/sops/datakey.h"

#include "crypto/hash.h"
#include "format/age/age.h"
#include "format/err.h"

void
es_datakey_make(const struct envseal *es, struct es_datakey *key)
{
	es_context_random(es, key->b, sizeof key->b);
}

enum attempt { OPENED, NOT_MINE, BROKEN, NO_MEMORY };

/* Tries all identities on one entry. */
static enum attempt
try_entry(const struct es_meta_age *age, struct envseal_identities *ids, struct es_datakey *key)
{
	struct es_buf plain = es_buf_make(ES_AGE_PLAIN);
	struct envseal_err err = {0};
	enum attempt result = OPENED;

	if (!es_age_open(age->enc, ids, &plain, &err))
		result = err.code == ENVSEAL_NO_KEY	 ? NOT_MINE
			 : err.code == ENVSEAL_NO_MEMORY ? NO_MEMORY
							 : BROKEN;
	else if (plain.n != sizeof key->b)
		result = BROKEN;
	else
		memcpy(key->b, plain.p, sizeof key->b);
	es_buf_free(&plain);
	return result;
}

static bool
is_ours(const struct es_meta_age *age, struct envseal_identities *ids)
{
	for (size_t i = 0; i < envseal_identities_count(ids); i++)
		if (es_slice_is(age->recipient, envseal_identities_recipient(ids, i)))
			return true;
	return false;
}

static bool
nobody_opens(const struct es_meta *meta, struct envseal_identities *ids, const char *file, uint32_t broken,
    struct envseal_err *err)
{
	if (broken != 0)
		return es_fail_at(err, ENVSEAL_NO_KEY, file, broken, 1,
		    "the wrapped data key of this recipient is broken",
		    "take back the version of this file that was committed");
	if (meta->groups > 0)
		return es_fail_at(err, ENVSEAL_NO_KEY, file, 0, 0,
		    "the data key is split among key groups, which envseal cannot put together yet",
		    "open it with sops");
	if (meta->age_n == 0)
		return es_fail_at(err, ENVSEAL_NO_KEY, file, 0, 0, "this file is sealed to no age recipient",
		    "open it with sops and the keys that it names");
	if (envseal_identities_count(ids) == 0)
		return es_fail_at(err, ENVSEAL_NO_KEY, file, 0, 0,
		    "no identity was found to open this file with",
		    "give one with --identity FILE, in SOPS_AGE_KEY_FILE, or in sops/age/keys.txt of your "
		    "configuration directory");
	if (envseal_identities_passed_over(ids) > 0)
		return es_failf_at(err, ENVSEAL_NO_KEY, file, 0, 0,
		    "open it with sops and the keys of those kinds",
		    "none of the %zu identities found opens this file; %zu of kinds that cannot be used yet "
		    "were passed over",
		    envseal_identities_count(ids), envseal_identities_passed_over(ids));
	return es_failf_at(err, ENVSEAL_NO_KEY, file, 0, 0,
	    "envseal verify shows who can; ask one of them to add you to .sops.yaml and to run envseal "
	    "updatekeys",
	    "none of the %zu identities found opens this file", envseal_identities_count(ids));
}

bool
es_datakey_open(const struct es_meta *meta, struct envseal_identities *ids, const char *file,
    struct es_datakey *key, struct envseal_err *err)
{
	uint32_t broken = 0;

	for (int ours = 1; ours >= 0 && envseal_identities_count(ids) > 0; ours--)
		for (size_t i = 0; i < meta->age_n; i++) {
			if (is_ours(&meta->age[i], ids) != (ours == 1))
				continue;
			enum attempt attempt = try_entry(&meta->age[i], ids, key);
			if (attempt == OPENED)
				return true;
			if (attempt == NO_MEMORY)
				return es_fail_memory(err);
			if (attempt == BROKEN && ours == 1 && broken == 0)
				broken = meta->age[i].line;
		}
	return nobody_opens(meta, ids, file, broken, err);
}

bool
es_datakey_wrap(const struct envseal *es, const struct es_datakey *key, const struct envseal_recipients *list,
    size_t i, struct es_arena *arena, struct es_meta_age *age, struct envseal_err *err)
{
	const struct es_recipient *to = es_recipients_get(list, i);
	struct es_buf file = es_buf_make(ES_AGE_PLAIN);
	bool ok = es_age_seal(es, &to, 1, es_slice(key->b, sizeof key->b), true, &file, err);
	if (ok) {
		const char *enc = es_arena_copy(arena, file.p, file.n);
		const char *text = es_arena_copy(arena, to->text, strlen(to->text));
		ok = enc != NULL && text != NULL;
		if (ok)
			*age = (struct es_meta_age){es_slice_text(text), es_slice(enc, file.n), 0};
		else
			es_fail_memory(err);
	}
	es_buf_free(&file);
	return ok;
}

void
es_datakey_tag(const struct es_datakey *key, char tag[17])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t digest[ES_SHA256];

	es_hkdf(key->b, sizeof key->b, NULL, 0, "envseal data key tag", digest);
	for (size_t i = 0; i < 8; i++) {
		tag[2 * i] = hex[digest[i] >> 4];
		tag[2 * i + 1] = hex[digest[i] & 15];
	}
	tag[16] = '\0';
	es_mem_wipe(digest, sizeof digest);
}
