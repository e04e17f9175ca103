#!/usr/bin/env python3
"""Dotenv documents of every shape, made from a seed.

    gen.py SEED [lossless|stock]            prints a document
    gen.py SEED [lossless|stock] canonical  prints what SOPS shows of it once envseal has sealed it
    gen.py SEED [lossless|stock] options    prints the options of `envseal encrypt` that it needs

A document is made as a list of lines with known parts and then written down, so what it means is known without reading
it.  lossless documents have all that envseal gives back byte for byte.  stock documents are those that real sops can
seal by itself.  The same seed gives the same document, whatever the version of Python.
"""

import sys

BOM = b"\xef\xbb\xbf"
QUOTES = b"\"'`"
BLANKS = b" \t\r\v\f"


class Random:
    """xorshift64*: the module random of Python may change what it makes of a seed."""

    def __init__(self, seed):
        self.state = (seed * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03) & (2**64 - 1) or 1
        for _ in range(8):
            self.bits()

    def bits(self):
        x = self.state
        x ^= x >> 12
        x ^= (x << 25) & (2**64 - 1)
        x ^= x >> 27
        self.state = x
        return ((x * 0x2545F4914F6CDD1D) & (2**64 - 1)) >> 32

    def below(self, n):
        return self.bits() * n >> 32

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def chance(self, percent):
        return self.below(100) < percent

    def pick(self, items):
        return items[self.below(len(items))]

    def bytes(self, n, alphabet):
        return bytes(alphabet[self.below(len(alphabet))] for _ in range(n))


class Line:
    """kind is blank, comment or entry.  raw: behind the '#' or the '='.  wraps: raw goes on over several lines."""

    def __init__(self, kind, indent=b"", name=b"", raw=b"", eol=b"\n", wraps=False):
        self.kind, self.indent, self.name, self.raw, self.eol, self.wraps = kind, indent, name, raw, eol, wraps

    def content(self):
        if self.kind == "blank":
            return self.indent
        if self.kind == "comment":
            return self.indent + b"#" + self.raw
        return self.name + b"=" + self.raw

    def value(self):
        """What SOPS takes the value to be: "\\n" and line ends are line feeds."""
        value = self.raw
        if self.wraps:
            value = value.replace(b"\r\n", b"\n")
        return value.replace(b"\\n", b"\n")

    def copy(self, **changes):
        line = Line(self.kind, self.indent, self.name, self.raw, self.eol, self.wraps)
        line.__dict__.update(changes)
        return line


class Document:
    def __init__(self):
        self.bom = False
        self.open_end = False  # the last line has no line end
        self.lines = []
        self.quotes = None  # what --quotes must say
        self.any_name = False

    def text(self):
        parts = [BOM if self.bom else b""]
        for i, line in enumerate(self.lines):
            parts.append(line.content())
            if not (self.open_end and i + 1 == len(self.lines)):
                parts.append(line.eol)
        return b"".join(parts)

    def canonical(self):
        """What `sops decrypt` prints of the sealed document: names and values, layout and blank lines aside."""
        return b"".join(canonical(line) for line in self.lines)

    def options(self):
        return (["--quotes", self.quotes] if self.quotes else []) + (["--any-name"] if self.any_name else [])

    def entries(self):
        return [i for i, line in enumerate(self.lines) if line.kind == "entry"]

    def copy(self):
        other = Document()
        other.__dict__.update(self.__dict__)
        other.lines = [line.copy() for line in self.lines]
        return other


def canonical(line):
    if line.kind == "blank":
        return b""
    if line.kind == "comment":
        return b"#" + line.raw + b"\n"
    return line.name + b"=" + line.value().replace(b"\n", b"\\n") + b"\n"


def as_sops_prints(text):
    """What sops itself makes of a plaintext that it accepts: blank lines go, a missing final line end comes."""
    lines = text.split(b"\n")
    return b"".join(line + b"\n" for line in lines if line)


# ---- names ----------------------------------------------------------------------------------------------------------

WORDS = [b"DB", b"PASS", b"URL", b"API", b"KEY", b"TOKEN", b"host", b"Port", b"A", b"B", b"_", b"MAIL", b"s3", b"X1",
         "NAÏVE".encode(), "СЕКРЕТ".encode(), "名".encode(), b"MODE", b"USER", b"path"]
LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DIGITS = b"0123456789"
NAME_BYTES = LETTERS + DIGITS + b"_.-"
VALUE_BYTES = LETTERS + DIGITS + b" =#$\\/:@.-_+!%&*()[]{}<>?,;|~^\"'`\t"
ODD_NAMES = [b"", b" ", b"a b", b" A", b"\tA", b"A ", b"export A", b"export  B", b"\texport C", b"2fast", b"-x", b".x",
             b"\xff\xfe", b"\xc3", b"exportA", b"a.b.c", b"a-b", b"SOPS_X", b"sops", b" sops_x", b"\xc2\xa0A"]
DATA_LIKE = [b"a:b", b"A/B", b"a[0]", b"\"q\"", b"'q'", b"A+B", b"x;y", b"A\rB", b"A\vB", b"$X", b"<A>", b"a,b", b"ENC[x",
             b"not a name but a sentence of forty letters", b"a" * 60 + b" " + b"b" * 60]


def name(r):
    if r.chance(7):
        return r.pick(ODD_NAMES)
    if r.chance(12):
        return b"export " + r.pick(WORDS)
    if r.chance(10):
        return r.pick(LETTERS.decode()).encode() + r.bytes(r.between(0, 40), NAME_BYTES)
    text = b"_".join(r.pick(WORDS) for _ in range(r.between(1, 3)))
    if r.chance(8):
        text += b"_unencrypted"
    if r.chance(6):
        text += r.pick([b".x", b"-y", b".", b"-"])
    return text


# ---- values ---------------------------------------------------------------------------------------------------------

SPECIAL = [b"", b" ", b"\t", b"  two blanks", b"trailing ", b"=", b"==", b"a=b==c", b"#", b"x # not a comment", b"$HOME",
           b"${A:-b}", b"$(id)", b"`id`", b"\"quoted\"", b"'single'", b"\"a\\\"b\"", b"\"\"", b"''", b"\\", b"\\\\", b"\\n",
           b"\\\\n", b"a\\nb\\n", b"\\r\\n", b"\\t", b"\\x41", b"\\\\\\n", b"n\\", b"\"-----BEGIN\\nKEY\\n-----END\"", b"\xff",
           b"\x80\x81", "€ 9".encode(), "né\u0301".encode(), "\u202eabc".encode(), b"\x1b[31mred", b"\x01\x7f", b"a\rb",
           b"\r", b"a\r", b"ENC[", b"ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]", b"ENC[AES256_GCM,data:x]",
           b"007", b"1.50", b"true", b"null", b"<nil>", b"{\"a\": 1}", b"[1, 2]", b"smtp://u:p@h:25/?a=b&c=d", b"\xef\xbb\xbfx",
           b"sops_mac=x", b"\"it's\"", b"'say \"x\"'", b"\"", b"'", b"it's", b"5' 6\"", b"\"open", b"'open", b" \"open"]


def value(r, allow_cr):
    if r.chance(40):
        text = r.pick(SPECIAL)
    elif r.chance(3):
        text = r.bytes(r.between(1, 300), bytes(b for b in range(1, 256) if b != 10))
    else:
        text = r.bytes(r.between(0, 60), VALUE_BYTES)
    if r.below(1000) < 6:
        text = (text or b"x") + r.bytes(64, VALUE_BYTES) * r.between(16, 1600)
    return text if allow_cr else text.replace(b"\r", b"")


def opens_quote(raw):
    """The quote that raw opens and does not close, else None.  A backslash hides what is behind it from '"' alone."""
    text = raw.lstrip(BLANKS)
    if not text or text[0] not in QUOTES:
        return None
    quote, i = text[0], 1
    while i < len(text):
        if text[i] == quote:
            return None
        i += 2 if text[i:i + 1] == b"\\" and quote == 0x22 else 1
    return quote


def wrapped(r, eols):
    """A quoted value over several lines."""
    quote = r.pick([b'"', b"'", b"`"])
    lines = []
    for _ in range(r.between(2, 6)):
        line = r.pick([b"", b"MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", b"A=1", b"# no comment", b"  indented", b"\\n", b"x\\ny",
                       b"-----BEGIN KEY-----", b"tail==", "ü".encode(), b"sops_x=1", r.bytes(r.between(0, 30), VALUE_BYTES)])
        line = line.replace(quote, b"")
        if line.endswith(b"\\"):
            line += b"."
        if quote == b'"' and r.chance(20):
            line += b'\\"x'
        lines.append(line)
    text = r.pick([b"", b" "]) + quote + lines[0]
    for line in lines[1:]:
        text += eols(r) + line
    return text + quote + r.pick([b"", b"", b" ", b" # behind", b"x"])


# ---- documents ------------------------------------------------------------------------------------------------------

COMMENTS = [b"", b" a comment", b"no blank", b" A=1", b"#", b"  ", b" \\n", b"!", b" ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:comment]",
            b"ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:comment]", b"ENC[", b" \xff\xfe", " ünïcode".encode(), b" trailing ",
            b" same", b" same", b"export A=1", b" 'open", b"\t", b" cr\rin it"]


def line_ends(r, style):
    if style == "mixed":
        return b"\r\n" if r.chance(50) else b"\n"
    return b"\r\n" if style == "crlf" else b"\n"


def document(seed, mode="lossless"):
    r = Random(seed * 2 + (mode == "stock"))
    doc = Document()
    lossless = mode == "lossless"
    style = r.pick(["lf", "lf", "lf", "crlf", "mixed"]) if lossless else "lf"
    multiline = lossless and r.chance(20)
    noisy = r.chance(50)
    pool = [name(r) for _ in range(r.between(2, 12))]
    if r.chance(6):
        pool += [r.pick(DATA_LIKE), r.pick(DATA_LIKE)]
    size = r.pick([1, 2, 4, 8, 8, 16, 16, 30]) + r.below(4)
    for _ in range(size):
        eol = line_ends(r, style)
        kind = r.below(100)
        if kind < 12:
            indent = r.bytes(r.between(1, 4), BLANKS) if lossless and r.chance(30) else b""
            doc.lines.append(Line("blank", indent, eol=eol))
        elif kind < 35:
            indent = r.bytes(r.between(1, 5), b" \t") if lossless and r.chance(30) else b""
            if lossless and noisy and r.chance(4):
                indent = r.bytes(r.between(1, 4), BLANKS)
            doc.lines.append(Line("comment", indent, raw=r.pick(COMMENTS), eol=eol))
        elif multiline and kind < 50:
            raw = wrapped(r, lambda r: line_ends(r, style))
            doc.lines.append(Line("entry", name=r.pick(pool), raw=raw, eol=eol, wraps=True))
        else:
            text = r.pick(pool) if noisy or r.chance(30) else name(r)
            doc.lines.append(Line("entry", name=text, raw=value(r, True), eol=eol))
    if r.chance(15):
        doc.lines += [Line("blank", eol=line_ends(r, style)) for _ in range(r.between(1, 4))]
    if not doc.entries() or r.chance(90) and not any(is_sealed_by_default(line) for line in doc.lines):
        doc.lines.append(Line("entry", name=b"LAST", raw=b"one value", eol=line_ends(r, style)))
    doc.open_end = r.chance(15)
    if r.chance(8) and (lossless or doc.lines[0].kind == "entry"):
        doc.bom = True  # to sops it is part of the first name
    if not lossless and r.chance(10):
        # An entry to sops, a comment here.
        doc.lines.insert(r.below(len(doc.lines)) + doc.bom, Line("comment", b"  ", raw=b" c=" + r.bytes(3, DIGITS)))
    settle(doc, r)
    return doc


def is_sealed_by_default(line):
    return line.kind == "entry" and line.raw != b"" and not line.name.endswith(b"_unencrypted")


def settle(doc, r):
    """Writes down each line as it will be read: a CR before the LF belongs to the line end, and so on."""
    if any(line.wraps for line in doc.lines):
        doc.quotes = "multiline"
        for line in doc.lines:
            if line.kind == "entry" and not line.wraps and opens_quote(line.raw) is not None:
                line.raw = b"x" + line.raw
    for i, line in enumerate(doc.lines):
        last = doc.open_end and i + 1 == len(doc.lines)
        if line.kind == "blank" and last and line.indent == b"":
            doc.lines[i] = line = Line("entry", name=b"END", raw=b"e")
        if line.kind == "entry" and line.name[:1] == b"#":
            line.name = b"N" + line.name
        if not last and line.content().endswith(b"\r"):
            take_cr(line)
    if doc.lines and doc.lines[0].kind == "entry" and doc.lines[0].name.startswith(BOM) and not doc.bom:
        doc.lines[0].name = b"N"
    doc.any_name = any(line.kind == "entry" and needs_any_name(line) for line in doc.lines)
    if doc.quotes is None and any(line.kind == "entry" and opens_quote(line.raw) is not None for line in doc.lines):
        # One stray quote that nothing closes has one reading; otherwise it must be said.
        text, at = doc.text(), len(BOM) if doc.bom else 0
        for line in doc.lines:
            end = at + len(line.content()) + len(line.eol)
            quote = opens_quote(line.raw) if line.kind == "entry" else None
            if quote is not None and (bytes([quote]) in text[end:] or r.chance(30)):
                doc.quotes = "literal"
            at = end


def take_cr(line):
    """The CR at the end of a line is part of its line end."""
    if line.eol == b"\r\n":
        return  # CR CR LF: one of them stays
    line.eol = b"\r\n"
    if line.kind == "blank":
        line.indent = line.indent[:-1]
    else:
        line.raw = line.raw[:-1]


def needs_any_name(line):
    bare = line.name.strip(b" \t")
    if bare[:7] in (b"export ", b"export\t"):
        bare = bare[6:].strip(b" \t")
    letters = LETTERS + b"_" + bytes(range(0x80, 0x100))
    if any(c not in letters + DIGITS + b".- \t" for c in bare):
        return True
    identifier = bare != b"" and bare[0] in letters and not any(c in b" \t" for c in bare)
    if not identifier and len(bare) > 32:
        return True
    # The last line of a base64 text, with one or two '='.
    whole = len(line.name) + 1 + len(line.raw)
    return (len(line.name) >= 20 and whole % 4 == 0 and line.raw in (b"", b"=") and
            all(c in LETTERS + DIGITS for c in line.name) and
            all(any(c in line.name for c in kind) for kind in (LETTERS[:26], LETTERS[26:], DIGITS)))


# ---- changes --------------------------------------------------------------------------------------------------------

def change_values(doc, seed):
    """The document with k other values or comments, each of one line; and the indices of what changed."""
    r = Random(seed * 3 + 1)
    new = doc.copy()
    last = len(doc.lines) - 1
    able = [i for i, line in enumerate(doc.lines)
            if (line.kind == "comment" or is_sealed_by_default(line)) and not line.wraps]
    changed = []
    for n in range(min(len(able), r.between(1, 4))):
        i = able.pop(r.below(len(able)))
        new.lines[i].raw = b"changed %d %08x" % (n, r.bits()) + (b"" if i == last else r.pick([b"", b" = # $x", b"\\n"]))
        changed.append(i)
    return new, sorted(changed)


def change_lines(doc, seed):
    """The document with lines put in, taken out and moved; and how many there are of the first two.

    The last line of a document without a final line end stays where it is."""
    r = Random(seed * 3 + 2)
    new = doc.copy()
    tail = [new.lines.pop()] if doc.open_end else []
    # A BOM before a name would become that of the file, were the line to come first.
    able = [i for i, line in enumerate(new.lines) if line.kind != "blank" and not line.name.startswith(BOM)]
    removed = 0
    for _ in range(r.between(0, 2)):
        if len(able) > 2:
            i = able.pop(r.below(len(able)))
            new.lines[i] = None
            removed += 1
    for _ in range(r.between(0, 2)):
        if len(able) > 2:
            i = able.pop(r.below(len(able)))
            line = new.lines[i]
            new.lines[i] = None
            new.lines.insert(r.below(len(new.lines) + 1), line)
            able = [k for k, l in enumerate(new.lines) if l is not None and l.kind != "blank" and not l.name.startswith(BOM)]
    new.lines = [line for line in new.lines if line is not None]
    added = r.between(0, 3)
    for n in range(added):
        line = Line("entry", name=b"NEW_%d" % n, raw=b"new %08x" % r.bits())
        if r.chance(30):
            line = Line("comment", raw=b" new %08x" % r.bits())
        new.lines.insert(r.below(len(new.lines) + 1), line)
    new.lines += tail
    return new, added, removed


def change_layout(doc, seed):
    """The same names, values and comments with other line ends, another beginning and end, other indents."""
    r = Random(seed * 3)
    new = doc.copy()
    to = r.pick([b"\n", b"\r\n"])
    for i, line in enumerate(new.lines):
        end = doc.open_end and i + 1 == len(new.lines)
        if not end and not line.content().endswith(b"\r"):
            line.eol = to
        if line.kind == "comment" and r.chance(30):
            line.indent = r.pick([b"", b" ", b"\t"])
    last = new.lines[-1]
    if last.kind != "blank" and not last.content().endswith(b"\r"):
        new.open_end = r.chance(50)
    first = new.lines[0]
    if first.kind != "entry" or not first.name.startswith(BOM):
        new.bom = r.chance(30)
    return new


def main():
    seed = int(sys.argv[1])
    mode = sys.argv[2] if len(sys.argv) > 2 else "lossless"
    what = sys.argv[3] if len(sys.argv) > 3 else "text"
    doc = document(seed, mode)
    if what == "options":
        print(" ".join(doc.options()))
    else:
        sys.stdout.buffer.write(doc.canonical() if what == "canonical" else doc.text())


if __name__ == "__main__":
    main()
