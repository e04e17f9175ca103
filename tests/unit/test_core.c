/* crypto/core: guarded memory, arenas, buffers. */
#include "crypto/core/arena.h"
#include "crypto/core/buf.h"
#include "crypto/core/mem.h"
#include "tests/unit/tap.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* libsodium gives memory back with munmap.  This one takes its place and looks at what is given back: the marker
 * must be gone by then. */
static const uint8_t marker[16] = {0xe5, 0x5e, 0xa1, 'm', 'a', 'r', 'k', 'e', 'r', 0, 1, 2, 3, 4, 5, 6};
static bool watching;
static unsigned given_back, leaked;

__attribute__((visibility("default"))) int
munmap(void *p, size_t n)
{
	if (watching) {
		given_back++;
		leaked += memmem(p, n, marker, sizeof marker) != NULL;
	}
	return (int)syscall(SYS_munmap, p, n);
}

static void
watch(void)
{
	given_back = leaked = 0;
	watching = true;
}

static void
wiped(const char *name)
{
	watching = false;
	ok(given_back > 0 && leaked == 0, "%s (%u regions given back, %u with the marker)", name, given_back,
	    leaked);
}

/* Whether the byte at an address may be neither read nor written. */
static bool
no_access(uintptr_t at)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512];
	bool answer = false;
	while (f != NULL && fgets(line, sizeof line, f) != NULL) {
		uintptr_t from, to;
		char mode[5];
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s", &from, &to, mode) == 3 && at >= from &&
		    at < to)
			answer = mode[0] == '-' && mode[1] == '-';
	}
	if (f != NULL)
		fclose(f);
	return answer;
}

static bool
aligned(const void *p)
{
	return (uintptr_t)p % _Alignof(max_align_t) == 0;
}

static bool
all(const uint8_t *p, size_t n, uint8_t byte)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] != byte)
			return false;
	}
	return true;
}

/* A cap or size that no machine has, hidden from the compiler. */
static size_t
huge(size_t n)
{
	volatile size_t v = n;
	return v;
}

static void
mem_blocks(void)
{
	bool good = true;
	for (size_t n = 0; n <= 300; n++) {
		uint8_t *p = es_mem_alloc(n);
		good = good && p != NULL && aligned(p);
		if (p != NULL && n > 0)
			memset(p, 0x5a, n);
		es_mem_free(p);
	}
	ok(good, "mem: blocks of 0 to 300 bytes are there and aligned");

	uint8_t *p = es_mem_alloc(112);
	ok(p != NULL && no_access((uintptr_t)p + 112), "mem: no access behind a block");
	long page = sysconf(_SC_PAGESIZE);
	ok(p != NULL && no_access(((uintptr_t)p & ~((uintptr_t)page - 1)) - 1),
	    "mem: no access before its page");
	es_mem_free(p);
	es_mem_free(NULL);
	ok(true, "mem: freeing NULL does nothing");

	static const size_t sizes[] = {
	    SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 16, SIZE_MAX - 32, SIZE_MAX / 2, SIZE_MAX / 4};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		void *q = es_mem_alloc(huge(sizes[i]));
		ok(q == NULL, "mem: %zu bytes are refused", sizes[i]);
		es_mem_free(q);
	}
}

static void
mem_secrets(void)
{
	uint8_t a[64], b[64];
	memset(a, 0x11, sizeof a);
	memcpy(b, a, sizeof a);
	bool found = true;
	for (size_t n = 0; n <= sizeof a; n++) {
		found = found && es_mem_equal(a, b, n);
		for (size_t bit = 0; bit < n * 8; bit++) {
			b[bit / 8] ^= (uint8_t)(1U << bit % 8);
			found = found && !es_mem_equal(a, b, n);
			b[bit / 8] ^= (uint8_t)(1U << bit % 8);
		}
	}
	ok(found, "mem: equal finds every bit that differs, up to 64 bytes");
	ok(es_mem_equal(NULL, NULL, 0), "mem: nothing equals nothing");

	es_mem_wipe(a + 1, sizeof a - 2);
	ok(a[0] == 0x11 && a[63] == 0x11 && all(a + 1, 62, 0), "mem: wipe clears what it was told, no more");
	es_mem_wipe(NULL, 0);
	ok(true, "mem: wiping nothing does nothing");

	uint8_t *p = es_mem_alloc(5000);
	if (!ok(p != NULL, "mem: 5000 bytes"))
		return;
	for (size_t i = 0; i + sizeof marker <= 5000; i += sizeof marker)
		memcpy(p + i, marker, sizeof marker);
	watch();
	es_mem_free(p);
	wiped("mem: a freed block is wiped");
}

/* Thousands of blocks, each with its own pattern, so that an overlap shows. */
static void
arena_blocks(void)
{
	enum { COUNT = 3000 };
	static uint8_t *blocks[COUNT];
	struct es_arena a = {0};
	bool there = true, suited = true, zero = true, kept = true;
	for (size_t i = 0; i < COUNT; i++) {
		size_t n = i % 301;
		blocks[i] = es_arena_alloc(&a, n);
		there = there && blocks[i] != NULL;
		if (blocks[i] == NULL)
			continue;
		suited = suited && aligned(blocks[i]);
		zero = zero && all(blocks[i], n, 0);
		memset(blocks[i], (int)(i % 251) + 1, n);
	}
	for (size_t i = 0; i < COUNT; i++)
		kept = kept && blocks[i] != NULL && all(blocks[i], i % 301, (uint8_t)(i % 251 + 1));
	ok(there, "arena: %d blocks of 0 to 300 bytes", COUNT);
	ok(suited, "arena: all are aligned");
	ok(zero, "arena: all are zeroed");
	ok(kept, "arena: none overlaps another");

	uint8_t *large = es_arena_alloc(&a, 9 * 1024 * 1024 + 1);
	ok(large != NULL && all(large, 9 * 1024 * 1024 + 1, 0), "arena: a block larger than any step");
	uint8_t *after = es_arena_alloc(&a, 40);
	ok(after != NULL && all(after, 40, 0), "arena: a small block after it");
	es_arena_free(&a);
	ok(a.head == NULL && a.used == 0, "arena: empty after free");
	es_arena_free(&a);
	ok(true, "arena: freeing an empty one does nothing");
}

static void
arena_edges(void)
{
	struct es_arena a = {0};
	void *nothing = es_arena_alloc(&a, 0);
	ok(nothing != NULL, "arena: zero bytes of an empty arena are not NULL");
	/* Fill the first block to its last byte, then ask for nothing. */
	void *rest = es_arena_alloc(&a, 16 * 1024 - a.used);
	nothing = es_arena_alloc(&a, 0);
	ok(rest != NULL && nothing != NULL, "arena: zero bytes of a full block are not NULL");

	static const size_t sizes[] = {
	    SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 31, SIZE_MAX - 32, SIZE_MAX - 33, SIZE_MAX / 2};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		ok(es_arena_alloc(&a, huge(sizes[i])) == NULL, "arena: %zu bytes are refused", sizes[i]);
	ok(es_arena_array(&a, huge(SIZE_MAX / 2 + 1), 2) == NULL,
	    "arena: an array whose size overflows to 0");
	ok(es_arena_array(&a, 3, huge(SIZE_MAX / 2)) == NULL, "arena: an array whose size overflows");
	ok(es_arena_array(&a, huge(SIZE_MAX), huge(SIZE_MAX)) == NULL, "arena: an array of SIZE_MAX squared");
	ok(es_arena_array(&a, 0, 8) != NULL && es_arena_array(&a, 8, 0) != NULL,
	    "arena: empty arrays are not NULL");
	uint64_t *numbers = es_arena_array(&a, 1000, sizeof *numbers);
	ok(numbers != NULL && numbers[0] == 0 && numbers[999] == 0, "arena: an array after refusals");

	char *copy = es_arena_copy(&a, "text\0more", 9);
	is_bytes(copy, copy == NULL ? 0 : 10, "text\0more", 10, "arena: a copy with a NUL behind it");
	copy = es_arena_copy(&a, NULL, 0);
	ok(copy != NULL && copy[0] == 0, "arena: a copy of nothing is an empty text");
	ok(es_arena_copy(&a, "", huge(SIZE_MAX)) == NULL, "arena: a copy of SIZE_MAX bytes is refused");

	for (int i = 0; i < 4000; i++) {
		uint8_t *p = es_arena_alloc(&a, 64);
		if (p != NULL)
			memcpy(p + 8, marker, sizeof marker);
	}
	watch();
	es_arena_free(&a);
	wiped("arena: all of it is wiped when freed");
	uint8_t *p = es_arena_alloc(&a, 1000);
	ok(p != NULL && all(p, 1000, 0), "arena: ready for use again, zeroed");
	es_arena_free(&a);
}

static void
buf_growth(void)
{
	enum { N = 100000 };
	struct es_buf b = es_buf_make(N);
	ok(b.p == NULL && b.n == 0 && es_buf_ok(&b), "buf: empty at first");
	es_buf_put(&b, NULL, 0);
	ok(b.p == NULL && b.n == 0 && es_buf_ok(&b), "buf: putting nothing leaves it empty");
	for (size_t i = 0; i < N; i++)
		es_buf_byte(&b, (uint8_t)(i * 31 >> 3));
	bool kept = es_buf_ok(&b) && b.n == N;
	for (size_t i = 0; kept && i < N; i++)
		kept = b.p[i] == (uint8_t)(i * 31 >> 3);
	ok(kept, "buf: %d bytes one by one, to the last of the cap", N);
	ok(b.size <= b.cap, "buf: never larger than its cap");
	es_buf_byte(&b, 1);
	ok(!es_buf_ok(&b) && b.n == N, "buf: one more fails and is not there");
	es_buf_free(&b);
	ok(b.p == NULL && b.n == 0 && b.size == 0 && b.cap == N && es_buf_ok(&b),
	    "buf: free empties it, the cap stays");

	es_buf_text(&b, "one ");
	es_buf_text(&b, "");
	es_buf_put(&b, "two\0", 4);
	is_bytes(b.p, b.n, "one two\0", 8, "buf: text without its NUL, bytes with theirs");
	es_buf_reserve(&b, 50000);
	const uint8_t *place = b.p;
	for (int i = 0; i < 5000; i++)
		es_buf_text(&b, "0123456789");
	ok(es_buf_ok(&b) && b.p == place && b.n == 50008, "buf: what was reserved does not move");
	uint8_t *space = es_buf_space(&b, 7);
	ok(space != NULL && space == b.p + 50008 && b.n == 50015, "buf: space at the end");
	es_buf_free(&b);

	for (size_t i = 0; i < 60; i++)
		es_buf_put(&b, marker, sizeof marker);
	watch();
	es_buf_reserve(&b, 5000);
	wiped("buf: the old block is wiped when it grows");
	watch();
	es_buf_free(&b);
	wiped("buf: the block is wiped when it is freed");
}

static void
buf_failure(void)
{
	struct es_buf b = es_buf_make(10);
	es_buf_put(&b, "0123456789", 10);
	ok(es_buf_ok(&b), "buf: as many bytes as the cap");
	es_buf_put(&b, "x", 1);
	ok(!es_buf_ok(&b), "buf: one over the cap fails");
	is_bytes(b.p, b.n, "0123456789", 10, "buf: what was there before stays");
	es_buf_put(&b, "", 0);
	es_buf_reserve(&b, 0);
	ok(!es_buf_ok(&b) && es_buf_space(&b, 0) == NULL, "buf: the failure sticks");
	es_buf_free(&b);

	es_buf_text(&b, "12345");
	es_buf_put(&b, "123456", 6);
	es_buf_text(&b, "1");
	ok(!es_buf_ok(&b) && b.n == 5, "buf: after a failure a put that would fit does nothing");
	es_buf_free(&b);

	static const size_t sizes[] = {11, SIZE_MAX, SIZE_MAX - 4, SIZE_MAX / 2};
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		es_buf_text(&b, "12345");
		es_buf_reserve(&b, huge(sizes[i]));
		ok(!es_buf_ok(&b) && b.n == 5, "buf: room for %zu more than 5 is refused", sizes[i]);
		es_buf_free(&b);
	}

	struct es_buf boundless = es_buf_make(SIZE_MAX);
	es_buf_text(&boundless, "12345");
	es_buf_reserve(&boundless, huge(SIZE_MAX - 5));
	ok(!es_buf_ok(&boundless), "buf: no memory is a failure");
	is_bytes(boundless.p, boundless.n, "12345", 5, "buf: and loses nothing");
	es_buf_free(&boundless);

	struct es_buf none = es_buf_make(0);
	ok(es_buf_space(&none, 0) != NULL && es_buf_ok(&none), "buf: no bytes fit a cap of none");
	es_buf_byte(&none, 1);
	ok(!es_buf_ok(&none) && none.n == 0, "buf: one byte does not");
	es_buf_free(&none);
	es_buf_free(&none);
	ok(none.p == NULL, "buf: freeing an empty one does nothing");
}

int
main(void)
{
	ok(es_mem_start(), "mem: starts");
	ok(es_mem_start(), "mem: starts twice");
	mem_blocks();
	mem_secrets();
	arena_blocks();
	arena_edges();
	buf_growth();
	buf_failure();
	return done();
}
