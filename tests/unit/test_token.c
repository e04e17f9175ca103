/*
 * test_token - the text of a sealed value: known answers, every damage to one, and texts that are no token.
 */
#include "format/sops/token.h"

#include "crypto/hash.h"
#include "tests/unit/sealing.h"

/* The known answers of the format's description: data key 00 01 .. 1f, IV number n = SHA-256("envseal-iv-n"). */
static const struct {
	unsigned iv;
	const char *aad, *type, *plain, *text;
} known[] = {
    {0, "greeting:", "str", "hello",
	"ENC[AES256_GCM,data:h2RJyjs=,iv:MozX6iKzSST02XgLhrbRklZXUHaFHCO9wPc2d1xKqjc=,tag:L+"
	"jcBnvE7g08QS8x8EXNIA==,type:str]"},
    {1, "n:", "int", "42",
	"ENC[AES256_GCM,data:yA8=,iv:lMQY8nAenDZbmehAYgwEu9fTOXvK8N5tfbx/"
	"yGpyhns=,tag:ITemEJIjfKXO1UGjOXyoOQ==,type:int]"},
    {2, "a:b:", "int", "-3",
	"ENC[AES256_GCM,data:hz4=,iv:/gbUc4XAT4jUx194/RL5uXOoUDIUgHjshShHclgbGKM=,tag:MSoUKnCddEmUOKkgDUBE/"
	"w==,type:int]"},
    {3, "f:", "float", "1000000",
	"ENC[AES256_GCM,data:qnlHfIDsBQ==,iv:I02taN4TR826zqXwfzJgPZ9EK5D4nRpdSTaUjh+NaGk=,tag:"
	"WpRZRnh4q33LOD7y/cMWHA==,type:float]"},
    {4, "f:", "float", "3.14",
	"ENC[AES256_GCM,data:kuayXQ==,iv:Kg8C9IDMBzSMkOg8DSc0F2IJyoS3923T+B7FD8gQXtA=,tag:DF1yfmcStM/wjItqm/"
	"R4Fw==,type:float]"},
    {5, "flag:", "bool", "True",
	"ENC[AES256_GCM,data:ce2G6A==,iv:2Dgfbdka40V52RWO+eoWmhJ60+JH11Uprq9VyIyvXGc=,tag:"
	"EFJ62EUn3THb1nNogCpgWQ==,type:bool]"},
    {6, "when:", "time", "2024-01-01T00:00:00Z",
	"ENC[AES256_GCM,data:fk+sGn5vGzny9d82jvVPp5D40Cw=,iv:dG+3WLiZKiDsgZxHii5O2sZJ+brENQdaQTFcA+1FAIc=,"
	"tag:LNfV++WpZ4OB4zAW9e7KgQ==,type:time]"},
    {7, ":", "comment", " note",
	"ENC[AES256_GCM,data:yfi6UT8=,iv:crx+tOUgb/"
	"BSll5K9ITctsDw+qQNWjAtgCwdYS4tFq4=,tag:PheWqjnFKzwFTp21Wya8Ug==,type:comment]"},
    {8, "k\xc3\xa9y:", "str", "h\xc3\xa9",
	"ENC[AES256_GCM,data:1da4,iv:K9e/"
	"DJe0ev8diucXtqCaGwXsqyHb+pEZkAmD7uLgJLo=,tag:l3Nwbbc+d6X055yvH+fk0w==,type:str]"},
};

static struct es_gcm gcm;

static bool
opens(struct envseal_slice text, struct envseal_slice aad, bool colon, struct envseal_slice want)
{
	struct es_token token;
	size_t n;
	if (!es_token_parse(text, &token))
		return false;
	uint8_t *plain = malloc(es_token_plain_max(&token) + 1);
	if (plain == NULL)
		abort();
	bool same = es_token_open(&gcm, &token, aad, colon, plain, &n) == ES_TOKEN_OPENED &&
		    es_slice_equal(es_slice(plain, n), want);
	free(plain);
	return same;
}

static void
test_known(void)
{
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
		uint8_t iv[ES_SHA256];
		char label[32], text[256];
		struct es_sha256 h;
		int n = snprintf(label, sizeof label, "envseal-iv-%u", known[i].iv);
		es_sha256_begin(&h);
		es_sha256_add(&h, label, (size_t)n);
		es_sha256_end(&h, iv);
		struct envseal_slice plain = es_slice_text(known[i].plain), aad = es_slice_text(known[i].aad),
				     name = aad;
		name.n--;
		size_t length = es_token_length(plain.n, known[i].type);
		ok(es_token_seal(&gcm, iv, name, true, plain, known[i].type, text), "%s is sealed",
		    known[i].plain);
		is_bytes(
		    text, length, known[i].text, strlen(known[i].text), "%s: as it is known", known[i].plain);
		ok(opens(es_slice(text, length), aad, false, plain), "%s opens", known[i].plain);
		ok(!opens(es_slice(text, length), name, false, plain), "%s does not without the colon",
		    known[i].plain);
		struct tally t = {0, 0};
		for (size_t at = 0; at < length; at++)
			for (unsigned bit = 0; bit < 8; bit++) {
				text[at] = (char)(text[at] ^ 1 << bit);
				/* The type is what nothing protects. */
				bool typed = at >= length - strlen(known[i].type) - 1 && at < length - 1;
				tally(&t, typed || !opens(es_slice(text, length), aad, false, plain), "flip",
				    es_slice(text, length));
				text[at] = (char)(text[at] ^ 1 << bit);
			}
		tally_ok(&t, "no bit of it can be changed, but for the type");
	}
}

static const struct {
	const char *text, *name;
} bad[] = {
    {"", "nothing"},
    {"ENC[", "the beginning"},
    {"ENC[AES256_GCM,data:,iv:QQ==,tag:QQ==,type:str]", "no data"},
    {"ENC[AES256_GCM,data:QQ==,iv:,tag:QQ==,type:str]", "no IV"},
    {"ENC[AES256_GCM,data:QQ==,iv:QQ==,tag:,type:str]", "no tag"},
    {"ENC[AES256_GCM,data:QQ==,iv:QQ==,tag:QQ==,type:]", "no type"},
    {"ENC[AES256_GCM,data:QQ==,iv:QQ==,tag:QQ==]", "no field of the type"},
    {"ENC[AES256_GCM,data:QQ==,iv:QQ==,tag:QQ==,type:str", "no bracket"},
    {"ENC[AES256_GCM,data:QQ==,iv:QQ==,tag:QQ==,type:str] ", "a blank behind"},
    {"ENC[AES256_GCM,data:QQ==,iv:QQ==,tag:QQ==,type:str]]", "a bracket behind"},
    {" ENC[AES256_GCM,data:QQ==,iv:QQ==,tag:QQ==,type:str]", "a blank in front"},
    {"ENC[AES256_GCM,data:QQ==,tag:QQ==,iv:QQ==,type:str]", "another order"},
    {"ENC[AES256_GCM,data:Q,Q==,iv:QQ==,tag:QQ==,type:str]", "a comma in the data"},
    {"ENC[AES256_CBC,data:QQ==,iv:QQ==,tag:QQ==,type:str]", "another cipher"},
    {"enc[AES256_GCM,data:QQ==,iv:QQ==,tag:QQ==,type:str]", "lower case"},
};

static void
test_parse(void)
{
	struct es_token token;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		ok(!es_token_parse(es_slice_text(bad[i].text), &token), "no token: %s", bad[i].name);
	struct envseal_slice whole = es_slice_text(known[0].text);
	struct tally t = {0, 0};
	for (size_t n = 0; n < whole.n; n++)
		tally(&t, !es_token_parse(es_slice(whole.p, n), &token), "cut", es_slice(whole.p, n));
	tally_ok(&t, "cut anywhere it is none");
}

/* Parts that are well formed and of odd lengths: refused, never too long for their room. */
static void
test_lengths(void)
{
	struct tally t = {0, 0};
	static char text[4096], part[1024];
	memset(part, 'A', sizeof part);
	for (int n = 4; n < 400; n += 4)
		for (int which = 0; which < 3; which++) {
			int len = snprintf(text, sizeof text,
			    "ENC[AES256_GCM,data:%.*s,iv:%.*s,tag:%.*s,type:str]", which == 0 ? n : 4, part,
			    which == 1 ? n : 4, part, which == 2 ? n : 24, part);
			tally(&t,
			    !opens(es_slice(text, (size_t)len), es_slice_text("A"), true, es_slice_text("")),
			    "length", es_slice(text, (size_t)len));
		}
	tally_ok(&t, "parts of every length are read safely");
}

/* Values and names of all lengths round those where other memory is taken. */
static void
test_sizes(void)
{
	static uint8_t big[4096], iv[ES_TOKEN_IV];
	static char text[8192];
	struct tally t = {0, 0};
	for (size_t i = 0; i < sizeof big; i++)
		big[i] = (uint8_t)(i * 7);
	for (size_t n = 1; n<2100; n += n> 40 && n < 1000 ? 97 : 1)
		for (size_t name = 250; name < 262; name += 3) {
			struct envseal_slice plain = es_slice(big, n), aad = es_slice(big + 1, name);
			bool sealed = es_token_seal(&gcm, iv, aad, true, plain, "str", text);
			tally(&t,
			    sealed && opens(es_slice(text, es_token_length(n, "str")), aad, true, plain),
			    "size", es_slice(NULL, 0));
		}
	tally_ok(&t, "values and names of all sizes come back");
}

int
main(void)
{
	uint8_t key[ES_GCM_KEY];
	if (!es_mem_start())
		return 1;
	for (size_t i = 0; i < sizeof key; i++)
		key[i] = (uint8_t)i;
	es_gcm_init(&gcm, key);
	test_known();
	test_parse();
	test_lengths();
	test_sizes();
	return done();
}
