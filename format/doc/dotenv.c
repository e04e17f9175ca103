#include "format/doc/dotenv.h"

#include "format/err.h"

static const uint8_t quote_bytes[] = {'"', '\'', '`'};
enum { QUOTES = sizeof quote_bytes };

static const char byte_order_mark[] = "\xef\xbb\xbf";

/* What may stand in front of a comment, and all that a blank line may hold. */
static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static size_t
blanks(struct envseal_slice s)
{
	size_t n = 0;
	while (n < s.n && is_blank(s.p[n]))
		n++;
	return n;
}

/* ---- names ---- */

struct envseal_slice
es_dotenv_bare_name(struct envseal_slice name)
{
	struct envseal_slice bare = es_slice_trim(name);
	if (es_slice_begins(bare, "export") && bare.n > 6 && (bare.p[6] == ' ' || bare.p[6] == '\t'))
		bare = es_slice_trim(es_slice_from(bare, 6));
	return bare;
}

enum name_byte { LETTER, DIGIT, INNER, BLANK, OTHER }; /* INNER: fine behind the first byte */

static enum name_byte
name_byte(uint8_t c)
{
	if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c >= 0x80)
		return LETTER;
	if (c >= '0' && c <= '9')
		return DIGIT;
	if (c == '.' || c == '-')
		return INNER;
	return c == ' ' || c == '\t' ? BLANK : OTHER;
}

/* A name that is no identifier and is long, or has bytes that names do not have, is likely a piece of a value. */
static bool
looks_like_data(struct envseal_slice name)
{
	enum { LONG = 32 };
	struct envseal_slice bare = es_dotenv_bare_name(name);
	bool identifier = bare.n > 0 && name_byte(bare.p[0]) == LETTER;

	for (size_t i = 0; i < bare.n; i++) {
		enum name_byte kind = name_byte(bare.p[i]);
		if (kind == OTHER)
			return true;
		if (kind == BLANK)
			identifier = false;
	}
	return !identifier && bare.n > LONG;
}

/* The last line of a base64 text ends in '=' and so looks like an entry. */
static bool
looks_like_base64(struct envseal_slice name, struct envseal_slice raw)
{
	enum { SHORT = 20 };
	bool upper = false, lower = false, digit = false;

	if (name.n < SHORT || (name.n + 1 + raw.n) % 4 != 0 || (raw.n > 0 && !es_slice_is(raw, "=")))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = name.p[i];
		if (c >= 'A' && c <= 'Z')
			upper = true;
		else if (c >= 'a' && c <= 'z')
			lower = true;
		else if (c >= '0' && c <= '9')
			digit = true;
		else
			return false;
	}
	return upper && lower && digit;
}

static bool
is_reserved(struct envseal_slice name)
{
	/* The second is the additional data under which layouts are sealed. */
	return es_slice_begins(name, "sops_") || es_slice_is(name, "sops:envseal");
}

const char *
es_dotenv_name_fault(struct envseal_slice name, bool any_name, enum envseal_code *code)
{
	*code = ENVSEAL_BAD_VALUE;
	if (es_dotenv_bare_name(name).n == 0)
		return "a name is needed";
	if (name.p[blanks(name)] == '#')
		return "a name cannot begin with '#', which begins a comment";
	if (es_slice_begins(name, byte_order_mark))
		return "a name cannot begin with a byte order mark";
	for (size_t i = 0; i < name.n; i++) {
		if (name.p[i] == '=')
			return "a name cannot have '=' in it";
		if (name.p[i] == '\n' || name.p[i] == '\r' || name.p[i] == '\0')
			return "a name cannot have a line end or a NUL in it";
	}
	if (is_reserved(name)) {
		*code = ENVSEAL_RESERVED;
		return "names that begin with \"sops_\" are kept for metadata";
	}
	if (!any_name && looks_like_data(name))
		return "this looks like data, not like a name";
	return NULL;
}

/* ---- values ---- */

void
es_dotenv_put_value(struct es_buf *out, struct envseal_slice value)
{
	while (value.n > 0) {
		size_t n = es_slice_find(value, '\n');
		es_buf_put(out, value.p, n);
		if (n == value.n)
			return;
		es_buf_put(out, "\\n", 2);
		value = es_slice_from(value, n + 1);
	}
}

/* Bytes of raw at i that are a line feed in the value: "\n" written out, LF, CR LF; 0: none. */
static size_t
line_feed_at(struct envseal_slice raw, size_t i)
{
	if (raw.p[i] == '\n')
		return 1;
	bool pair = i + 1 < raw.n &&
		    ((raw.p[i] == '\\' && raw.p[i + 1] == 'n') || (raw.p[i] == '\r' && raw.p[i + 1] == '\n'));
	return pair ? 2 : 0;
}

struct envseal_slice
es_dotenv_value(struct envseal_slice raw, struct es_arena *arena)
{
	if (es_slice_find(raw, '\\') == raw.n && es_slice_find(raw, '\n') == raw.n)
		return raw;
	uint8_t *p = es_arena_alloc(arena, raw.n);
	if (p == NULL)
		return es_slice(NULL, 0);
	size_t n = 0;
	for (size_t i = 0; i < raw.n;) {
		size_t feed = line_feed_at(raw, i);
		p[n++] = feed > 0 ? '\n' : raw.p[i];
		i += feed > 0 ? feed : 1;
	}
	return es_slice(p, n);
}

/* Offset of the next such quote at or behind from that is not escaped, or s.n.  Only a double quote can be. */
static size_t
find_quote(struct envseal_slice s, size_t from, uint8_t quote)
{
	for (size_t i = from; i < s.n; i++) {
		if (s.p[i] == quote)
			return i;
		if (s.p[i] == '\\' && quote == '"')
			i++;
	}
	return s.n;
}

/* The quote that a value opens and its first line does not close; its offset in *at.  -1: none. */
static int
open_quote(struct envseal_slice line, size_t *at)
{
	*at = blanks(line);
	for (int q = 0; q < QUOTES && *at < line.n; q++)
		if (line.p[*at] == quote_bytes[q])
			return find_quote(line, *at + 1, quote_bytes[q]) == line.n ? q : -1;
	return -1;
}

size_t
es_dotenv_closing_quote(struct envseal_slice raw, bool *opens)
{
	size_t at, line_n = es_slice_find(raw, '\n');
	int q = open_quote(es_slice(raw.p, line_n), &at);
	*opens = q >= 0;
	return q < 0 ? raw.n : find_quote(raw, line_n, quote_bytes[q]);
}

/* ---- the plain grammar ---- */

struct reader {
	struct envseal_slice bytes;
	const struct es_dotenv_reading *how;
	const char *file;
	struct es_arena *arena;
	struct es_nodes *nodes;
	struct envseal_err *err;
	size_t at; /* where the current line begins */
	uint32_t line; /* its number */
	size_t closes
	    [QUOTES]; /* for each quote where the next one stands that was looked for; 0: not looked yet */
	uint32_t quote_line; /* the last line that opened a quote which it does not close; 0: none */
	size_t base_at; /* where to go on looking in the base */
	struct es_names base_names; /* its entries by name; p NULL: not needed so far */
};

/* A line without its line end, and the whole of it. */
struct line {
	struct envseal_slice content;
	struct envseal_slice whole;
};

static struct line
line_at(struct envseal_slice bytes, size_t at)
{
	struct envseal_slice rest = es_slice_from(bytes, at);
	size_t n = es_slice_find(rest, '\n');
	struct line line = {es_slice(rest.p, n), es_slice(rest.p, n < rest.n ? n + 1 : n)};
	if (n < rest.n && n > 0 && rest.p[n - 1] == '\r')
		line.content.n--;
	return line;
}

static bool
syntax(struct reader *r, size_t col, const char *what, const char *hint)
{
	return es_fail_at(r->err, ENVSEAL_SYNTAX, r->file, r->line, (uint32_t)col + 1, what, hint);
}

/* The entries of the base that have a name; sorted once, when somebody asks.  False: no memory. */
static bool
find_in_base(struct reader *r, struct envseal_slice name, const struct es_node ***same, size_t *count)
{
	*count = 0;
	if (r->how->base == NULL)
		return true;
	if (r->base_names.p == NULL && !es_nodes_index(r->how->base, r->arena, &r->base_names))
		return es_fail_memory(r->err);
	*same = es_nodes_find(&r->base_names, name, count);
	return true;
}

/* What the base says of a value: its text is there, at best behind the last one that was, or its name is there with a
 * quote that is not closed in its line. */
static bool
ask_base(struct reader *r, struct envseal_slice name, struct envseal_slice literal,
    struct envseal_slice multiline, enum envseal_quotes *quotes)
{
	const struct es_nodes *base = r->how->base;
	const struct es_node **same;
	size_t count;

	if (!find_in_base(r, name, &same, &count))
		return false;
	for (size_t i = 0; i < 2 * count; i++) {
		const struct es_node *node = same[i < count ? i : i - count];
		bool is_multiline = es_slice_equal(node->text, multiline);
		if ((i < count && node < &base->p[r->base_at]) ||
		    (!is_multiline && !es_slice_equal(node->text, literal)))
			continue;
		r->base_at = (size_t)(node - base->p) + 1;
		*quotes = is_multiline ? ENVSEAL_QUOTES_MULTILINE : ENVSEAL_QUOTES_LITERAL;
		return true;
	}
	for (size_t i = 0; i < count && *quotes == ENVSEAL_QUOTES_ASK; i++) {
		bool opens;
		struct envseal_slice raw = es_slice_from(same[i]->text, name.n + 1);
		if (es_dotenv_closing_quote(raw, &opens) < raw.n)
			*quotes = ENVSEAL_QUOTES_MULTILINE;
		else if (opens)
			*quotes = ENVSEAL_QUOTES_LITERAL;
	}
	return true;
}

static uint32_t
count_lines(struct envseal_slice s)
{
	uint32_t n = 0;
	for (size_t at = es_slice_find(s, '\n'); at < s.n; at = es_slice_find(s, '\n')) {
		n++;
		s = es_slice_from(s, at + 1);
	}
	return n;
}

/* Decides how far an entry reaches: *line grows when its value goes on over several lines. */
static bool
extend_over_quote(struct reader *r, struct envseal_slice name, struct line *line)
{
	size_t at;
	int q = open_quote(es_slice_from(line->content, name.n + 1), &at);
	if (q < 0 || r->how->quotes == ENVSEAL_QUOTES_LITERAL)
		return true;
	r->quote_line = r->line;
	size_t next = r->at + line->whole.n;
	if (r->closes[q] < next)
		r->closes[q] = find_quote(r->bytes, next, quote_bytes[q]);
	if (r->closes[q] == r->bytes.n)
		return true; /* nothing closes it: there is only one reading */
	struct line last = line_at(r->bytes, r->closes[q]);
	size_t end = r->closes[q] + last.whole.n;
	struct line all = {es_slice(line->content.p, end - r->at - (last.whole.n - last.content.n)),
	    es_slice(line->whole.p, end - r->at)};
	enum envseal_quotes quotes = r->how->quotes;
	if (quotes == ENVSEAL_QUOTES_ASK && !ask_base(r, name, line->whole, all.whole, &quotes))
		return false;
	if (quotes == ENVSEAL_QUOTES_ASK) {
		uint32_t closing = r->line + count_lines(es_slice(line->whole.p, r->closes[q] - r->at));
		es_failf_at(r->err, ENVSEAL_SYNTAX, r->file, r->line, (uint32_t)(name.n + 1 + at) + 1,
		    "say --quotes multiline if the value goes on to there, --quotes literal if every line "
		    "stands for itself",
		    "the quote that line %u opens is closed in line %u, which can be read in two ways",
		    (unsigned)r->line, (unsigned)closing);
		return false;
	}
	if (quotes == ENVSEAL_QUOTES_MULTILINE)
		*line = all;
	return true;
}

static bool
check_name(struct reader *r, struct envseal_slice name, struct envseal_slice raw)
{
	if (is_reserved(name))
		return es_fail_at(r->err, ENVSEAL_RESERVED, r->file, r->line, 1,
		    "names that begin with \"sops_\" are kept for metadata",
		    "rename it, or take the line out");
	if (r->how->any_name || (!looks_like_data(name) && !looks_like_base64(name, raw)))
		return true;
	/* What stands in an earlier version is readable there anyway. */
	const struct es_node **same;
	size_t count;
	if (!find_in_base(r, name, &same, &count))
		return false;
	if (count > 0)
		return true;
	if (r->quote_line != 0)
		return syntax(r, 0,
		    "the text before '=' looks like data, not like a name, and a quote is open above",
		    "names stay readable: say --quotes multiline if this line belongs to a quoted value, "
		    "--any-name if it is a name");
	return syntax(r, 0, "the text before '=' looks like data, not like a name",
	    "names stay readable: put the value into one line, or say --any-name if this is a name");
}

static bool
read_entry(struct reader *r, struct line *line)
{
	size_t equals = es_slice_find(line->content, '=');
	if (es_slice_begins(line->content, "<<<<<<< "))
		return syntax(r, 0, "a merge conflict marker stands here", "finish the merge first");
	if (equals == line->content.n)
		return syntax(r, 0, "this line is neither NAME=VALUE nor a comment nor blank",
		    r->quote_line != 0
			? "a quote is open above: say --quotes multiline if this line belongs to it"
			: "write NAME=VALUE, or put '#' in front of it");
	struct envseal_slice name = es_slice(line->content.p, equals);
	if (!extend_over_quote(r, name, line))
		return false;
	struct envseal_slice raw = es_slice_from(line->content, equals + 1);
	if (!check_name(r, name, raw))
		return false;
	struct es_node *node = es_nodes_add(r->nodes, r->arena, ES_ENTRY, r->line);
	if (node == NULL)
		return es_fail_memory(r->err);
	node->name = name;
	node->value = es_dotenv_value(raw, r->arena);
	node->hashed = node->value;
	node->text = line->whole;
	return node->value.p != NULL || es_fail_memory(r->err);
}

static bool
read_line(struct reader *r, struct line *line)
{
	size_t indent = blanks(line->content);
	if (indent < line->content.n && line->content.p[indent] != '#')
		return read_entry(r, line);
	enum es_node_kind kind = indent == line->content.n ? ES_BLANK : ES_COMMENT;
	struct es_node *above = r->nodes->n > 0 ? &r->nodes->p[r->nodes->n - 1] : NULL;
	if (kind == ES_BLANK && above != NULL && above->kind == ES_BLANK) {
		above->text.n += line->whole.n;
		above->lines++;
		return true;
	}
	struct es_node *node = es_nodes_add(r->nodes, r->arena, kind, r->line);
	if (node == NULL)
		return es_fail_memory(r->err);
	node->text = line->whole;
	if (kind == ES_COMMENT)
		node->value = es_slice_from(line->content, indent + 1);
	return true;
}

static bool
refuse_nul(struct reader *r)
{
	size_t at = es_slice_find(r->bytes, '\0');
	if (at == r->bytes.n)
		return true;
	struct envseal_slice before = es_slice(r->bytes.p, at);
	r->line = 1 + count_lines(before);
	size_t col = 0;
	while (col < at && before.p[at - col - 1] != '\n')
		col++;
	return syntax(
	    r, col, "there is a NUL byte, so this is not a dotenv file", "seal binary files with age");
}

/* To stock SOPS a byte order mark is a part of the first name, and so it is in what it has sealed. */
static bool
is_named_with_mark(const struct es_nodes *base)
{
	return base != NULL && base->n > 0 && !base->bom && base->p[0].kind == ES_ENTRY &&
	       es_slice_begins(base->p[0].name, byte_order_mark);
}

bool
es_dotenv_read_plain(struct envseal_slice bytes, const struct es_dotenv_reading *how, const char *file,
    struct es_arena *arena, struct es_nodes *nodes, struct envseal_err *err)
{
	struct reader r = {
	    .bytes = bytes, .how = how, .file = file, .arena = arena, .nodes = nodes, .err = err, .line = 1};

	if (!refuse_nul(&r))
		return false;
	if (!es_nodes_reserve(nodes, arena, es_nodes_estimate(bytes)))
		return es_fail_memory(err);
	nodes->bom = es_slice_begins(bytes, byte_order_mark) && !is_named_with_mark(how->base);
	if (nodes->bom)
		r.at = sizeof byte_order_mark - 1;
	while (r.at < bytes.n) {
		struct line line = line_at(bytes, r.at);
		if (!read_line(&r, &line))
			return false;
		r.at += line.whole.n;
		r.line += count_lines(line.whole);
	}
	return true;
}
