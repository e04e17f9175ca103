/*
 * test_nomem - each allocation of reading, opening, sealing, changing and showing fails once: the result is "no memory"
 * and nothing else, or, where the C library helps itself, the right one; and every block is given back.
 *
 * The mmap calls of libsodium's guarded memory are taken over here and, where no sanitizer has them, malloc and its kin.
 */
#include "tests/unit/sealing.h"

#include <dlfcn.h>
#include <errno.h>
#include <sys/mman.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#endif

static long left = -1; /* allocations until one fails; -1: none does */
static bool failed;
static long live; /* blocks that are out */
static bool counting;

static bool
is_up(void)
{
	if (left < 0 || left-- > 0)
		return false;
	failed = true;
	errno = ENOMEM;
	return true;
}

static void
find(const char *name, void *into, size_t n)
{
	void *found = dlsym(RTLD_NEXT, name);
	if (found == NULL)
		abort();
	memcpy(into, &found, n);
}

/* Seen by the shared libraries, too. */
#pragma GCC visibility push(default)

void *
mmap(void *at, size_t n, int protection, int flags, int file, off_t offset)
{
	static void *(*real)(void *, size_t, int, int, int, off_t);
	if (real == NULL)
		find("mmap", &real, sizeof real);
	if (counting && file == -1 && is_up())
		return MAP_FAILED;
	live += counting;
	return real(at, n, protection, flags, file, offset);
}

int
munmap(void *at, size_t n)
{
	static int (*real)(void *, size_t);
	if (real == NULL)
		find("munmap", &real, sizeof real);
	live -= counting;
	return real(at, n);
}

#ifndef SANITIZED
/* The C library's own, under the names that it has for this. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t n);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);

void *
malloc(size_t n)
{
	if (counting && is_up())
		return NULL;
	live += counting;
	return __libc_malloc(n);
}

void *
calloc(size_t count, size_t n)
{
	if (counting && is_up())
		return NULL;
	live += counting;
	return __libc_calloc(count, n);
}

void *
realloc(void *p, size_t n)
{
	if (counting && is_up())
		return NULL;
	live += counting && p == NULL;
	return __libc_realloc(p, n);
}

void
free(void *p)
{
	live -= counting && p != NULL;
	__libc_free(p);
}
#endif

#pragma GCC visibility pop

/* ---- what is tried ---- */

static struct kit kit;
static struct envseal_out sealed_rich; /* the rich text, sealed */
static char rich[4096];
static struct envseal_plan by_regex;

/* Reads, opens and gives the text. */
static bool
try_open(struct envseal_out *out, struct envseal_err *err)
{
	struct envseal_doc *doc = open_doc(&kit, out_slice(sealed_rich), err);
	if (doc == NULL)
		return false;
	struct envseal_slice text = envseal_doc_text(doc);
	/* Outside of what is counted: a copy for the comparison. */
	bool was = counting;
	counting = false;
	out->p = envseal_alloc(text.n);
	out->n = text.n;
	if (out->p == NULL)
		abort();
	memcpy(out->p, text.p, text.n);
	counting = was;
	envseal_doc_free(doc);
	return true;
}

static bool
try_seal_by(const struct envseal_plan *plan, struct envseal_out *out, struct envseal_err *err)
{
	struct envseal_seal how = {.plan = plan};
	struct envseal_report report;
	struct envseal_doc *doc =
	    envseal_read_plain(kit.es, es_slice_text(rich), "p", NULL, ENVSEAL_QUOTES_MULTILINE, true, err);
	bool sealed = doc != NULL && envseal_seal(doc, &how, out, &report, err);
	envseal_doc_free(doc);
	return sealed;
}

static bool
try_seal(struct envseal_out *out, struct envseal_err *err)
{
	return try_seal_by(&kit.plan, out, err);
}

static bool
try_regex(struct envseal_out *out, struct envseal_err *err)
{
	return try_seal_by(&by_regex, out, err);
}

/* Seals a changed text over its base. */
static bool
try_over(struct envseal_out *out, struct envseal_err *err)
{
	static const char other[] = "A=changed\n# one\r\nNEW='x'\nB='first\nsecond'\nA=again\n";
	struct envseal_report report;
	struct envseal_doc *base = open_doc(&kit, out_slice(sealed_rich), err), *doc = NULL;
	struct envseal_seal how = {.plan = &kit.plan, .base = base};
	if (base != NULL)
		doc = envseal_read_plain(
		    kit.es, es_slice_text(other), "p", base, ENVSEAL_QUOTES_ASK, false, err);
	bool sealed = doc != NULL && envseal_seal(doc, &how, out, &report, err);
	envseal_doc_free(doc);
	envseal_doc_free(base);
	return sealed;
}

/* Opens an edited file, changes it and seals it over itself. */
static bool
try_changes(struct envseal_out *out, struct envseal_err *err)
{
	struct envseal_report report;
	size_t place, count;
	struct envseal_doc *doc = envseal_read_sealed(kit.es, out_slice(sealed_rich), "s", err);
	struct envseal_seal how = {.plan = &kit.plan, .base = doc};
	bool changed = doc != NULL && envseal_open_edited(doc, kit.ids, NULL, 0, err) &&
		       envseal_doc_find(doc, es_slice_text("A"), &place, &count) &&
		       envseal_doc_set(doc, place, es_slice_text("set\nto this"), err) &&
		       envseal_doc_add(doc, es_slice_text("ADDED"), es_slice_text("value"), false, err) &&
		       envseal_doc_unset(doc, place, err) && envseal_seal(doc, &how, out, &report, err);
	envseal_doc_free(doc);
	return changed;
}

static bool
try_show(struct envseal_out *out, struct envseal_err *err)
{
	return envseal_show(kit.es, out_slice(sealed_rich), "s", kit.ids, out, err);
}

static bool
try_show_broken(struct envseal_out *out, struct envseal_err *err)
{
	return envseal_show(kit.es, es_slice(sealed_rich.p, sealed_rich.n - 40), "s", kit.ids, out, err);
}

static const struct {
	const char *name;
	bool (*run)(struct envseal_out *out, struct envseal_err *err);
} tries[] = {
    {"open", try_open},
    {"seal", try_seal},
    {"seal by a regular expression", try_regex},
    {"seal over a base", try_over},
    {"open an edited file, change and seal it", try_changes},
    {"show", try_show},
    {"show a broken file", try_show_broken},
};

static bool
run(size_t i, long nth, struct envseal_out *out, struct envseal_err *err)
{
	kit.stream = 1;
	live = 0;
	failed = false;
	left = nth;
	counting = true;
	bool done = tries[i].run(out, err);
	left = -1;
	counting = false;
	return done;
}

/* What is still out: the result alone, which is one block. */
static bool
is_balanced(const struct envseal_out *out)
{
	return live == (out->p != NULL ? 1 : 0);
}

static void
fail_each(size_t i)
{
	struct envseal_out want = {0};
	struct envseal_err err = {0};
	long n = 0, wrong = 0, leaks = 0, helped = 0;

	bool is_open = tries[i].run == try_open;
	if (!ok(run(i, -1, &want, &err), "%s: done when nothing fails %s", tries[i].name, err.what))
		return;
	for (;; n++) {
		struct envseal_out out = {0};
		err = (struct envseal_err){0};
		bool done = run(i, n, &out, &err);
		if (!failed) {
			envseal_out_free(&out);
			break;
		}
		bool right = done ? es_slice_equal(out_slice(out), out_slice(want)) && err.code == ENVSEAL_OK
				  : err.code == ENVSEAL_NO_MEMORY && out.p == NULL;
		if (!right && wrong++ < 5)
			printf("# allocation %ld: %s, %s\n", n, done ? "done" : envseal_code_name(err.code),
			    err.what);
		helped += done;
		if (is_open)
			live += out.p != NULL; /* the copy was not counted */
		if (!is_balanced(&out) && leaks++ < 5)
			printf("# allocation %ld: %ld blocks are out\n", n, live);
		envseal_out_free(&out);
	}
	ok(wrong == 0 && n > 0, "%s: each of %ld allocations fails cleanly (%ld times it did without)",
	    tries[i].name, n, helped);
	ok(leaks == 0, "%s: nothing is lost", tries[i].name);
	envseal_out_free(&want);
}

int
main(void)
{
	char *at = rich + snprintf(rich, sizeof rich,
			      "# one\r\nA=alpha\n\n  # in\nB='first\nsecond'\nC_unencrypted=x\\ny\n");
	/* A name and a value that are too long for buffers of a fixed size. */
	memset(at, 'N', 300);
	at[300] = '=';
	memset(at + 301, 'v', 2000);
	memcpy(at + 2301, "\nE=", 4);

	kit_begin(&kit);
	by_regex = kit.plan;
	by_regex.selecting = ENVSEAL_ENCRYPTED_REGEX;
	by_regex.selector = es_slice_text("^[A-E](x|y)*$");
	sealed_rich = seal_text(&kit, es_slice_text(rich), NULL, NULL);
	for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
		fail_each(i);
	envseal_out_free(&sealed_rich);
	kit_end(&kit);
	return done();
}
