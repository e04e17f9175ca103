#!/usr/bin/env python3
"""The checks of generated.sh: generated.py FIRST COUNT WORKERS DIRECTORY

Takes the documents FIRST to FIRST+COUNT-1 of gen.py through envseal and real sops.  Prints one line for each kind of
check, "ok" or "not ok"; a document that failed is left in DIRECTORY/failed/SEED with what was made of it.
"""

import collections
import json
import multiprocessing
import os
import shutil
import subprocess
import sys

import gen

RECIPIENT = os.environ["RECIPIENT"]
DOTENV = ["--input-type", "dotenv", "--output-type", "dotenv"]

# How the values of a document are selected: by -r alone, or by the rule of a .sops.yaml.  The last member says whether
# a changed line leaves the selection of the others alone.
RULES = {
    "default": ("", True),
    "encrypted-regex": ("encrypted_regex: '[A-M]|[a-z]'", True),
    "unencrypted-regex": ("unencrypted_regex: '^(A|B|MODE)'", True),
    "encrypted-suffix": ("encrypted_suffix: S", True),
    "mac-only": ("encrypted_regex: '[A-M]|[a-z]'\n    mac_only_encrypted: true", True),
    "unencrypted-comment": ("unencrypted_comment_regex: '^ a comment$|no blank'", False),
    "encrypted-comment": ("encrypted_comment_regex: '^ a comment$|no blank'", False),
}

CHECKS = {
    "back": "envseal encrypt, then decrypt: the same bytes",
    "sops": "sops opens it with the same names and values",
    "get": "envseal get prints the value that SOPS means",
    "verify": "envseal verify finds nothing",
    "set": "after sops set, envseal opens it with the new value",
    "again": "decrypt -i, then encrypt: the sealed file, bit for bit",
    "values": "k changed values: k lines, the MAC, the date",
    "lines": "lines put in, taken out, moved: the others keep their bytes",
    "layout": "other line ends and indents: every token stays",
    "theirs": "sealed by sops: envseal opens it as sops does",
    "theirs-again": "sealed by sops, decrypt -i, encrypt: bit for bit",
}


class Failure(Exception):
    pass


def run(*command, stdin=b"", status=0):
    done = subprocess.run([str(word) for word in command], input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=120)
    if done.returncode != status:
        raise Failure("status %d, want %d: %s\n%s" % (done.returncode, status, " ".join(map(str, command)),
                                                      done.stderr.decode(errors="replace")))
    return done.stdout


def want(got, wanted, what):
    if got != wanted:
        at = next((i for i, (a, b) in enumerate(zip(got, wanted)) if a != b), min(len(got), len(wanted)))
        raise Failure("%s differs at byte %d:\n got  %r\n want %r" % (what, at, got[max(0, at - 40):at + 80],
                                                                   wanted[max(0, at - 40):at + 80]))


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def read(path):
    with open(path, "rb") as f:
        return f.read()


# ---- sealed files, line by line -------------------------------------------------------------------------------------

def parts(sealed):
    """Its lines without metadata and blank ones, and its metadata by name."""
    lines, metadata = [], {}
    for line in sealed.split(b"\n"):
        if line.startswith(b"sops_"):
            field, _, text = line.partition(b"=")
            metadata[field[5:].decode()] = text
        elif line:
            lines.append(line)
    return lines, metadata


def differences(old, new):
    """How many lines came, and how many went."""
    old, new = collections.Counter(old), collections.Counter(new)
    return sum((new - old).values()), sum((old - new).values())


def changed_metadata(old, new):
    return {field for field in set(old) | set(new) if old.get(field) != new.get(field)}


def check_metadata(old, new, mac_changed, layout_may):
    """mac_changed: True, False, or None for either.  The date is that of the second, which may be the same."""
    changed = changed_metadata(old, new)
    allowed = {"mac", "lastmodified"} if mac_changed is not False else set()
    if layout_may:
        allowed.add("envseal")
    if not changed <= allowed:
        raise Failure("metadata that should stay did not: %s" % sorted(changed - allowed))
    if mac_changed and "mac" not in changed:
        raise Failure("the MAC stayed the same")


# ---- one document ---------------------------------------------------------------------------------------------------

def mode_of(seed):
    return "stock" if seed % 2 else "lossless"


class Trial:
    def __init__(self, seed, where):
        self.seed, self.where = seed, where
        self.r = gen.Random(seed * 7 + 3)
        self.mode = mode_of(seed)
        self.doc = gen.document(seed, self.mode)
        self.rule = "default" if self.r.chance(70) else self.r.pick(sorted(RULES))
        self.options = ["-r", RECIPIENT]
        if self.rule != "default":
            self.options = ["--config", os.path.dirname(where) + "/" + self.rule + ".yaml"]
        # Which values a rule selects is no question of these documents; that some stay is none either.
        self.options.append("--allow-none")
        os.makedirs(where)
        self.plain, self.sealed = self.path("plain.env"), self.path("f.env")
        write(self.plain, self.doc.text())
        self.ran, self.failures = [], []

    def path(self, file):
        return os.path.join(self.where, file)

    def check(self, kind, function):
        self.ran.append(kind)
        try:
            function()
            return True
        except (Failure, subprocess.TimeoutExpired, OSError) as failure:
            self.failures.append((kind, str(failure)))
            return False

    def seal(self, text, *more, quotes=True, to=None):
        """Seals text in f.env in place, or into another file."""
        write(to or self.sealed, text)
        options = self.doc.options()
        if not quotes:
            options = [word for word in options if word == "--any-name"]
        elif self.doc.quotes is None and any(l.kind == "entry" and gen.opens_quote(l.raw) for l in self.doc.lines):
            options = options + ["--quotes", "literal"]
        run("envseal", "encrypt", *self.options, *options, *more, to or self.sealed)

    def back(self):
        write(self.sealed, self.doc.text())
        run("envseal", "encrypt", *self.options, *self.doc.options(), self.sealed)
        shutil.copyfile(self.sealed, self.path("sealed.env"))
        want(run("envseal", "decrypt", self.sealed), self.doc.text(), "what envseal decrypt prints")

    def sops(self):
        want(run("sops", "decrypt", *DOTENV, self.sealed), self.doc.canonical(), "what sops decrypt prints")

    def get(self):
        line = self.doc.lines[self.r.pick(self.doc.entries())]
        bare = bare_name(line.name)
        wanted = [l for l in self.doc.lines if l.kind == "entry" and (l.name == line.name or bare_name(l.name) == bare)]
        if bare == b"":
            return  # an operand that is empty is taken for a mistake
        want(run("envseal", "get", "--", self.sealed, os.fsdecode(bare)), wanted[-1].value(), "what envseal get prints")

    def verify(self):
        config = self.options if self.rule != "default" else []
        run("envseal", "verify", *[word for word in config if word != "--allow-none"], self.sealed)

    def set(self):
        shutil.copyfile(self.path("sealed.env"), self.path("set.env"))
        value = "set é \"x\"\n\\ $ = # %d" % self.seed
        lines = [line for line in self.doc.lines if line.kind != "blank"]
        able = [i for i, line in enumerate(lines) if line.kind == "entry" and is_simple(line.name) and
                not any(l.kind == "entry" and l.name == line.name for l in lines[:i])]
        if able:
            i = self.r.pick(able)
            lines[i] = gen.Line("entry", name=lines[i].name, raw=value.replace("\n", "\\n").encode())
        else:
            i = len(lines)
            lines.append(gen.Line("entry", name=b"SET_NEW", raw=value.replace("\n", "\\n").encode()))
        run("sops", "set", *DOTENV, self.path("set.env"), '["%s"]' % lines[i].name.decode(), json.dumps(value))
        wanted = b"".join(gen.canonical(line) for line in lines)
        want(run("envseal", "decrypt", self.path("set.env")), wanted, "after sops set, what envseal decrypt prints")

    def again(self):
        run("envseal", "decrypt", "-i", self.sealed)
        want(read(self.sealed), self.doc.text(), "the file opened in place")
        self.seal(self.doc.text(), quotes=False)
        want(read(self.sealed), read(self.path("sealed.env")), "the file sealed again")

    def reseal(self, new):
        """The new text over the sealed file: by --base or over the file opened in place."""
        if self.r.chance(50):
            changed = self.path("changed.env")
            self.seal(new.text(), "--base", self.path("sealed.env"), to=changed)
        else:
            changed = self.sealed
            shutil.copyfile(self.path("sealed.env"), changed)
            run("envseal", "decrypt", "-i", changed)
            self.seal(new.text())
        want(run("envseal", "decrypt", changed), new.text(), "the changed file")
        if self.r.chance(40):
            want(run("sops", "decrypt", *DOTENV, changed), new.canonical(), "the changed file, opened by sops")
        return parts(read(self.path("sealed.env"))), parts(read(changed))

    def values(self):
        new, changed = gen.change_values(self.doc, self.seed)
        if not changed:
            return
        (old_lines, old_meta), (new_lines, new_meta) = self.reseal(new)
        # Of equal lines side by side nobody can say which one was changed: lines are counted.
        came, went = differences(old_lines, new_lines)
        if (came, went) != (len(changed), len(changed)):
            raise Failure("%d lines changed, but %d sealed lines came and %d went" % (len(changed), came, went))
        mac_changed = any(self.doc.lines[i].kind == "entry" for i in changed)
        if mac_changed and self.rule != "default":
            mac_changed = None
        check_metadata(old_meta, new_meta, mac_changed, False)

    def lines(self):
        new, added, removed = gen.change_lines(self.doc, self.seed)
        (old_lines, old_meta), (new_lines, new_meta) = self.reseal(new)
        came, went = differences(old_lines, new_lines)
        if (came, went) != (added, removed):
            raise Failure("%d lines were put in and %d taken out, but %d sealed lines came and %d went" %
                          (added, removed, came, went))
        check_metadata(old_meta, new_meta, None, True)

    def layout(self):
        new = gen.change_layout(self.doc, self.seed)
        if new.text() == self.doc.text():
            return
        (old_lines, old_meta), (new_lines, new_meta) = self.reseal(new)
        if differences(old_lines, new_lines) != (0, 0):
            raise Failure("%d of %d sealed lines changed" % (differences(old_lines, new_lines)[0], len(old_lines)))
        check_metadata(old_meta, new_meta, False, True)

    def theirs(self):
        options = ["--age", RECIPIENT] if self.rule == "default" else []
        config = [] if self.rule == "default" else ["--config", self.options[1]]
        sealed = run("sops", *config, "encrypt", *options, *DOTENV, self.plain)
        write(self.path("theirs.env"), sealed)
        write(self.path("theirs-sealed.env"), sealed)
        opened = run("sops", "decrypt", *DOTENV, self.path("theirs.env"))
        want(opened, gen.as_sops_prints(self.doc.text()), "what sops decrypt prints")
        want(run("envseal", "decrypt", self.path("theirs.env")), opened, "what envseal decrypt prints of it")

    def theirs_again(self):
        file = self.path("theirs.env")
        run("envseal", "decrypt", "-i", file)
        run("envseal", "encrypt", *self.options, *(["--any-name"] if self.doc.any_name else []), file)
        want(read(file), read(self.path("theirs-sealed.env")), "the file sealed again")

    def run(self):
        if self.check("back", self.back):
            for kind in ("sops", "get", "verify", "set", "again"):
                self.check(kind, getattr(self, kind))
            if RULES[self.rule][1]:
                self.check("values", self.values)
                self.check("lines", self.lines)
                self.check("layout", self.layout)
        if self.mode == "stock" and self.check("theirs", self.theirs):
            self.check("theirs-again", self.theirs_again)


def is_simple(name):
    return name != b"" and all(c in gen.NAME_BYTES + b" " for c in name)


def bare_name(name):
    bare = name.strip(b" \t")
    if bare[:7] in (b"export ", b"export\t"):
        bare = bare[6:].strip(b" \t")
    return bare


def run_one(job):
    seed, directory = job
    where = os.path.join(directory, "work", str(seed))
    trial = Trial(seed, where)
    trial.run()
    if trial.failures:
        kept = os.path.join(directory, "failed", str(seed))
        shutil.rmtree(kept, ignore_errors=True)
        os.makedirs(os.path.dirname(kept), exist_ok=True)
        shutil.move(where, kept)
        write(os.path.join(kept, "why"), ("\n\n".join("%s: %s" % failure for failure in trial.failures) +
                                          "\nmode %s, rule %s, options %s\n" % (trial.mode, trial.rule,
                                                                                trial.doc.options())).encode())
    else:
        shutil.rmtree(where)
    return seed, trial.ran, trial.failures


def main():
    first, count, workers, directory = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    os.makedirs(os.path.join(directory, "work"))
    for name, (rule, _) in RULES.items():
        write(os.path.join(directory, "work", name + ".yaml"),
              ("creation_rules:\n  - age: %s\n    %s\n" % (RECIPIENT, rule)).encode())
    ran, failed = collections.Counter(), collections.defaultdict(list)
    with multiprocessing.Pool(workers) as pool:
        jobs = ((seed, directory) for seed in range(first, first + count))
        for seed, kinds, failures in pool.imap_unordered(run_one, jobs, chunksize=4):
            ran.update(kinds)
            for kind, why in failures:
                failed[kind].append((seed, why))
    for kind, text in CHECKS.items():
        if failed[kind] or not ran[kind]:
            print("not ok\t%s: %d of %d documents failed" % (text, len(failed[kind]), ran[kind]))
            for seed, why in sorted(failed[kind])[:5]:
                print("#\tseed %d %s: %s" % (seed, mode_of(seed), why.strip().replace("\n", "\n#\t  ")))
        else:
            print("ok\t%s: %d documents" % (text, ran[kind]))


if __name__ == "__main__":
    main()
