/*
 * shim - a library to preload that makes one call of envseal fail, and counts the calls that could have.
 *
 *	FAULT_KIND=alloc	memory: malloc and its like, mmap, new threads
 *	FAULT_KIND=lock		memory: what only protects it (mlock, mprotect, madvise)
 *	FAULT_KIND=file		files, pipes, processes
 *	FAULT_KIND=short	no failure: every read and write moves a few bytes at most
 *	FAULT_KIND=eintr	no failure: every call that a signal may interrupt is interrupted, then works
 *	FAULT_N=3		the third call of that kind fails; 0: none
 *	FAULT_LOG=FILE		at the call that fails "hit FUNCTION WHAT" is appended, at the end "count NUMBER"
 *	FAULT_FIXED=1		randomness and clock are the same in every run
 *	FAULT_PROGRAM=PATH	the program that is meant (as /proc/self/exe has it); others, like git, are left alone
 *
 * A child counts as the program until it executes another.  Interposing at the boundary to the C library catches what
 * libraries call, whether linked by archive or not; calls within the C library are part of the call that makes them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/file.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

enum kind { NONE, ALLOC, LOCK, FILES, SHORT, EINTR_ALL };
enum { DESCRIPTORS = 256, PATH_SIZE = 256 };

/* Shared with forked children. */
struct counters {
	unsigned long calls;
	unsigned long drawn; /* bytes of fixed randomness */
	pid_t owner;
};

static struct counters *counters;
static enum kind kind;
static unsigned long wanted;
static int log_fd = -1;
static int fixed;
static int active;
static char paths[DESCRIPTORS][PATH_SIZE];

/* The C library's function behind the one of that name here. */
static void *
next(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (f == NULL)
		_exit(126);
	return f;
}

/* Not by memcpy: a sanitizer has its own, which may not be ready.  */
#define SET(pointer, name) (*(void **)&(pointer) = next(name))
#define REAL(name)                                                                                           \
	static __typeof__(&name) real;                                                                       \
	if (real == NULL)                                                                                    \
		SET(real, #name);

static void
say(const char *what, const char *function, const char *detail)
{
	char line[2 * PATH_SIZE + 64];
	int n = snprintf(line, sizeof line, "%s %s %s\n", what, function, detail);

	if (log_fd >= 0 && n > 0)
		(void)syscall(SYS_write, log_fd, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

/* Whether this call, one of kind k, is the one to fail. */
static int
fails(enum kind k, const char *function, const char *detail)
{
	unsigned long number;

	if (!active || kind != k)
		return 0;
	number = __atomic_add_fetch(&counters->calls, 1, __ATOMIC_SEQ_CST);
	if (getenv("FAULT_TRACE") != NULL)
		say("call", function, detail);
	if (number != wanted)
		return 0;
	say("hit", function, detail);
	return 1;
}

/* Every second call of a thread is interrupted. */
static int
interrupted(void)
{
	static __thread int odd;

	if (!active || kind != EINTR_ALL)
		return 0;
	(void)__atomic_add_fetch(&counters->calls, 1, __ATOMIC_SEQ_CST);
	odd = !odd;
	if (odd)
		errno = EINTR;
	return odd;
}

static size_t
shorter(size_t n)
{
	if (!active || kind != SHORT || n <= 7)
		return n;
	return __atomic_add_fetch(&counters->calls, 1, __ATOMIC_SEQ_CST) % 7 + 1;
}

static const char *
named(int fd)
{
	if (fd == 1)
		return "stdout";
	if (fd == 2)
		return "stderr";
	return fd >= 0 && fd < DESCRIPTORS && paths[fd][0] != '\0' ? paths[fd] : "-";
}

static void
remember(int fd, int dir, const char *path)
{
	if (!active || fd < 0 || fd >= DESCRIPTORS)
		return;
	if (path[0] == '/' || dir < 0 || dir >= DESCRIPTORS)
		(void)snprintf(paths[fd], PATH_SIZE, "%s", path);
	else
		(void)snprintf(paths[fd], PATH_SIZE, "%.*s/%s", PATH_SIZE / 2, paths[dir], path);
}

/* A name below a directory. */
static const char *
below(int dir, const char *path)
{
	static __thread char full[2 * PATH_SIZE];

	if (path[0] == '/' || dir < 0 || dir >= DESCRIPTORS || paths[dir][0] == '\0')
		return path;
	(void)snprintf(full, sizeof full, "%s/%.*s", paths[dir], PATH_SIZE, path);
	return full;
}

#define FAIL_IF(k, error, value, function, detail)                                                           \
	do {                                                                                                 \
		if (fails(k, function, detail)) {                                                            \
			errno = error;                                                                       \
			return value;                                                                        \
		}                                                                                            \
	} while (0)

/* ---- start and end ---------------------------------------------------------------------------------------------- */

static int
is_program(const char *program)
{
	char exe[4096];
	ssize_t n = syscall(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", exe, sizeof exe - 1);

	if (n <= 0 || program == NULL)
		return 0;
	exe[n] = '\0';
	return strcmp(exe, program) == 0;
}

__attribute__((constructor)) static void
start(void)
{
	static const char *const kinds[] = {"none", "alloc", "lock", "file", "short", "eintr"};
	const char *name = getenv("FAULT_KIND"), *n = getenv("FAULT_N"), *log = getenv("FAULT_LOG");

	if (!is_program(getenv("FAULT_PROGRAM")))
		return;
	for (size_t i = 0; name != NULL && i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i], name) == 0)
			kind = (enum kind)i;
	wanted = n != NULL ? strtoul(n, NULL, 10) : 0;
	fixed = getenv("FAULT_FIXED") != NULL;
	if (log != NULL)
		log_fd =
		    (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (log_fd >= 0) { /* out of the way of descriptors that the program counts on */
		int high = (int)syscall(SYS_fcntl, log_fd, F_DUPFD_CLOEXEC, 900);
		(void)syscall(SYS_close, log_fd);
		log_fd = high;
	}
	/* No name of ours is of any use to the program or to its children. */
	counters = (struct counters *)syscall(
	    SYS_mmap, NULL, sizeof *counters, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (counters == MAP_FAILED)
		_exit(126);
	counters->owner = (pid_t)syscall(SYS_getpid);
	active = 1;
}

__attribute__((destructor)) static void
end(void)
{
	char number[32];

	if (!active || (pid_t)syscall(SYS_getpid) != counters->owner)
		return;
	active = 0;
	(void)snprintf(number, sizeof number, "%lu", counters->calls);
	say("count", number, "");
}

/* Who asked: "envseal+0x1234", for addr2line. */
static const char *
caller(void *address)
{
	static __thread char text[PATH_SIZE];
	const char *slash;
	Dl_info info;

	if (dladdr(address, &info) == 0 || info.dli_fname == NULL)
		return "-";
	slash = strrchr(info.dli_fname, '/');
	(void)snprintf(text, sizeof text, "%s+%#lx", slash != NULL ? slash + 1 : info.dli_fname,
	    (unsigned long)((const char *)address - (const char *)info.dli_fbase));
	return text;
}

#define CALLER (active && kind == ALLOC ? caller(__builtin_return_address(0)) : "")

/* ---- memory ----------------------------------------------------------------------------------------------------- */

/* The allocator behind: a sanitizer's where there is one, else the C library's.  Both have it under a second name, which
 * spares asking for it before anything is ready. */
void *__interceptor_malloc(size_t n) __attribute__((weak));
void *__interceptor_calloc(size_t n, size_t size) __attribute__((weak));
void *__interceptor_realloc(void *p, size_t n) __attribute__((weak));
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

void *
malloc(size_t n)
{
	FAIL_IF(ALLOC, ENOMEM, NULL, "malloc", CALLER);
	return __interceptor_malloc != NULL ? __interceptor_malloc(n) : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	FAIL_IF(ALLOC, ENOMEM, NULL, "calloc", CALLER);
	return __interceptor_calloc != NULL ? __interceptor_calloc(n, size) : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	FAIL_IF(ALLOC, ENOMEM, NULL, "realloc", CALLER);
	return __interceptor_realloc != NULL ? __interceptor_realloc(p, n) : __libc_realloc(p, n);
}

void *
reallocarray(void *p, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(p, n * size);
}

int
posix_memalign(void **p, size_t alignment, size_t n)
{
	REAL(posix_memalign)
	if (fails(ALLOC, "posix_memalign", CALLER))
		return ENOMEM;
	return real(p, alignment, n);
}

void *
aligned_alloc(size_t alignment, size_t n)
{
	REAL(aligned_alloc)
	FAIL_IF(ALLOC, ENOMEM, NULL, "aligned_alloc", CALLER);
	return real(alignment, n);
}

/* Those of the C library call its malloc past us. */
char *
strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = malloc(n);

	return copy == NULL ? NULL : memcpy(copy, s, n);
}

char *
strndup(const char *s, size_t most)
{
	size_t n = strnlen(s, most);
	char *copy = malloc(n + 1);

	if (copy == NULL)
		return NULL;
	memcpy(copy, s, n);
	copy[n] = '\0';
	return copy;
}

void *
mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
	REAL(mmap)
	FAIL_IF(ALLOC, ENOMEM, MAP_FAILED, "mmap", CALLER);
	return real(at, n, protection, flags, fd, offset);
}

int
pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument)
{
	REAL(pthread_create)
	if (fails(ALLOC, "pthread_create", ""))
		return EAGAIN;
	return real(thread, attributes, run, argument);
}

int
mlock(const void *p, size_t n)
{
	REAL(mlock)
	FAIL_IF(LOCK, ENOMEM, -1, "mlock", "");
	return real(p, n);
}

int
mprotect(void *p, size_t n, int protection)
{
	REAL(mprotect)
	FAIL_IF(LOCK, ENOMEM, -1, "mprotect", "");
	return real(p, n, protection);
}

int
madvise(void *p, size_t n, int advice)
{
	REAL(madvise)
	FAIL_IF(LOCK, EINVAL, -1, "madvise", "");
	return real(p, n, advice);
}

/* ---- opening and closing ---------------------------------------------------------------------------------------- */

static int
open_at(int dir, const char *path, int flags, mode_t mode, const char *function)
{
	int fd;

	/* Only one that may have to wait, as for a FIFO. */
	if (dir == AT_FDCWD && !(flags & (O_CREAT | O_DIRECTORY | O_NONBLOCK)) &&
	    strncmp(path, "/dev/", 5) != 0 && interrupted())
		return -1;
	FAIL_IF(FILES, flags & O_CREAT ? ENOSPC : EMFILE, -1, function, below(dir, path));
	fd = (int)syscall(SYS_openat, dir, path, flags, mode);
	remember(fd, dir, path);
	return fd;
}

#define OPEN(name, dir, ...)                                                                                 \
	{                                                                                                    \
		mode_t mode = 0;                                                                             \
		va_list list;                                                                                \
		va_start(list, flags);                                                                       \
		if (flags & (O_CREAT | __O_TMPFILE))                                                         \
			mode = va_arg(list, mode_t);                                                         \
		va_end(list);                                                                                \
		return open_at(dir, path, flags | __VA_ARGS__, mode, name);                                  \
	}

int open(const char *path, int flags, ...)
    OPEN("open", AT_FDCWD, 0) int open64(const char *path, int flags, ...)
	OPEN("open", AT_FDCWD, O_LARGEFILE) int openat(int dir, const char *path, int flags, ...)
	    OPEN("openat", dir, 0) int openat64(int dir, const char *path, int flags, ...)
		OPEN("openat", dir, O_LARGEFILE)

		    int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags);
int
__open_2(const char *path, int flags)
{
	return open_at(AT_FDCWD, path, flags, 0, "open");
}
int
__open64_2(const char *path, int flags)
{
	return open_at(AT_FDCWD, path, flags, 0, "open");
}
int
__openat_2(int dir, const char *path, int flags)
{
	return open_at(dir, path, flags, 0, "openat");
}
int
__openat64_2(int dir, const char *path, int flags)
{
	return open_at(dir, path, flags, 0, "openat");
}

/* The descriptor is gone whatever is returned. */
int
close(int fd)
{
	char detail[PATH_SIZE + 8];
	int flags = active && kind == FILES ? (int)syscall(SYS_fcntl, fd, F_GETFL) : 0;
	int failed, result;

	(void)snprintf(detail, sizeof detail, "%s %s",
	    flags >= 0 && (flags & O_ACCMODE) == O_RDONLY ? "r" : "w", named(fd));
	failed = flags >= 0 && fails(FILES, "close", detail);
	result = (int)syscall(SYS_close, fd);
	if (fd >= 0 && fd < DESCRIPTORS)
		paths[fd][0] = '\0';
	if (interrupted())
		return -1;
	if (failed)
		errno = EIO;
	return failed ? -1 : result;
}

/* ---- reading and writing ---------------------------------------------------------------------------------------- */

static ssize_t
read_some(int fd, void *p, size_t n)
{
	if (interrupted())
		return -1;
	FAIL_IF(FILES, EIO, -1, "read", named(fd));
	return syscall(SYS_read, fd, p, shorter(n));
}

ssize_t __read_chk(int fd, void *p, size_t n, size_t size);
ssize_t
read(int fd, void *p, size_t n)
{
	return read_some(fd, p, n);
}
ssize_t
__read_chk(int fd, void *p, size_t n, size_t size)
{
	if (n > size)
		abort();
	return read_some(fd, p, n);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	if (interrupted())
		return -1;
	FAIL_IF(FILES, ENOSPC, -1, "write", named(fd));
	return syscall(SYS_write, fd, p, shorter(n));
}

/* A function of a descriptor that fails with one errno, and otherwise is the C library's. */
#define SIMPLE(type, name, error, detail, parameters, arguments)                                             \
	type name parameters                                                                                 \
	{                                                                                                    \
		REAL(name)                                                                                   \
		FAIL_IF(FILES, error, -1, #name, detail);                                                    \
		return real arguments;                                                                       \
	}
#define FRAGILE(type, name, error, detail, parameters, arguments)                                            \
	type name parameters                                                                                 \
	{                                                                                                    \
		REAL(name)                                                                                   \
		if (interrupted())                                                                           \
			return -1;                                                                           \
		FAIL_IF(FILES, error, -1, #name, detail);                                                    \
		return real arguments;                                                                       \
	}

SIMPLE(ssize_t, pread, EIO, named(fd), (int fd, void *p, size_t n, off_t at), (fd, p, n, at))
SIMPLE(ssize_t, pread64, EIO, named(fd), (int fd, void *p, size_t n, off64_t at), (fd, p, n, at))
SIMPLE(ssize_t, pwrite, ENOSPC, named(fd), (int fd, const void *p, size_t n, off_t at), (fd, p, n, at))
SIMPLE(ssize_t, readv, EIO, named(fd), (int fd, const struct iovec *v, int n), (fd, v, n))
SIMPLE(ssize_t, writev, ENOSPC, named(fd), (int fd, const struct iovec *v, int n), (fd, v, n))
SIMPLE(int, fsync, EIO, named(fd), (int fd), (fd))
SIMPLE(int, fdatasync, EIO, named(fd), (int fd), (fd))
SIMPLE(off_t, lseek, EIO, named(fd), (int fd, off_t at, int from), (fd, at, from))
SIMPLE(off64_t, lseek64, EIO, named(fd), (int fd, off64_t at, int from), (fd, at, from))
SIMPLE(int, ftruncate, EIO, named(fd), (int fd, off_t n), (fd, n))
SIMPLE(int, ftruncate64, EIO, named(fd), (int fd, off64_t n), (fd, n))
SIMPLE(int, flock, EIO, named(fd), (int fd, int how), (fd, how))
FRAGILE(int, nanosleep, EINVAL, "", (const struct timespec *t, struct timespec *left), (t, left))
FRAGILE(int, poll, ENOMEM, "", (struct pollfd * fds, nfds_t n, int limit), (fds, n, limit))

/* ---- names, modes, attributes ----------------------------------------------------------------------------------- */

SIMPLE(int, rename, EIO, to, (const char *from, const char *to), (from, to))
SIMPLE(int, renameat, EIO, below(b, to), (int a, const char *from, int b, const char *to), (a, from, b, to))
SIMPLE(int, renameat2, EIO, below(b, to), (int a, const char *from, int b, const char *to, unsigned how),
    (a, from, b, to, how))
SIMPLE(int, link, EIO, to, (const char *from, const char *to), (from, to))
SIMPLE(int, linkat, EIO, below(b, to), (int a, const char *from, int b, const char *to, int how),
    (a, from, b, to, how))
SIMPLE(int, symlink, EIO, path, (const char *to, const char *path), (to, path))
SIMPLE(int, unlink, EIO, path, (const char *path), (path))
SIMPLE(int, unlinkat, EIO, below(dir, path), (int dir, const char *path, int how), (dir, path, how))
SIMPLE(int, remove, EIO, path, (const char *path), (path))
SIMPLE(int, mkdir, ENOSPC, path, (const char *path, mode_t mode), (path, mode))
SIMPLE(int, mkdirat, ENOSPC, below(dir, path), (int dir, const char *path, mode_t mode), (dir, path, mode))
SIMPLE(int, rmdir, EIO, path, (const char *path), (path))
SIMPLE(int, chdir, EIO, path, (const char *path), (path))
SIMPLE(int, access, EIO, path, (const char *path, int how), (path, how))
SIMPLE(int, faccessat, EIO, below(dir, path), (int dir, const char *path, int how, int flags),
    (dir, path, how, flags))
SIMPLE(int, chmod, EIO, path, (const char *path, mode_t mode), (path, mode))
SIMPLE(int, fchmod, EIO, named(fd), (int fd, mode_t mode), (fd, mode))
SIMPLE(int, fchmodat, EIO, below(dir, path), (int dir, const char *path, mode_t mode, int flags),
    (dir, path, mode, flags))
SIMPLE(int, fchown, EIO, named(fd), (int fd, uid_t user, gid_t group), (fd, user, group))
SIMPLE(ssize_t, readlink, EIO, path, (const char *path, char *p, size_t n), (path, p, n))
SIMPLE(ssize_t, readlinkat, EIO, below(dir, path), (int dir, const char *path, char *p, size_t n),
    (dir, path, p, n))
SIMPLE(int, stat, EIO, path, (const char *path, struct stat *st), (path, st))
SIMPLE(int, stat64, EIO, path, (const char *path, struct stat64 *st), (path, st))
SIMPLE(int, lstat, EIO, path, (const char *path, struct stat *st), (path, st))
SIMPLE(int, lstat64, EIO, path, (const char *path, struct stat64 *st), (path, st))
SIMPLE(int, fstat, EIO, named(fd), (int fd, struct stat *st), (fd, st))
SIMPLE(int, fstat64, EIO, named(fd), (int fd, struct stat64 *st), (fd, st))
SIMPLE(int, fstatat, EIO, below(dir, path), (int dir, const char *path, struct stat *st, int how),
    (dir, path, st, how))
SIMPLE(int, fstatat64, EIO, below(dir, path), (int dir, const char *path, struct stat64 *st, int how),
    (dir, path, st, how))
SIMPLE(ssize_t, flistxattr, EIO, named(fd), (int fd, char *p, size_t n), (fd, p, n))
SIMPLE(ssize_t, fgetxattr, EIO, named(fd), (int fd, const char *name, void *p, size_t n), (fd, name, p, n))
SIMPLE(int, fsetxattr, EIO, named(fd), (int fd, const char *name, const void *p, size_t n, int how),
    (fd, name, p, n, how))
SIMPLE(int, fremovexattr, EIO, named(fd), (int fd, const char *name), (fd, name))

ssize_t __readlink_chk(const char *path, char *p, size_t n, size_t size);
ssize_t __readlinkat_chk(int dir, const char *path, char *p, size_t n, size_t size);
ssize_t
__readlink_chk(const char *path, char *p, size_t n, size_t size)
{
	if (n > size)
		abort();
	return readlink(path, p, n);
}
ssize_t
__readlinkat_chk(int dir, const char *path, char *p, size_t n, size_t size)
{
	if (n > size)
		abort();
	return readlinkat(dir, path, p, n);
}

/* A result of NULL is the failure. */
#define POINTER(type, name, error, detail, parameters, arguments)                                            \
	type name parameters                                                                                 \
	{                                                                                                    \
		REAL(name)                                                                                   \
		FAIL_IF(FILES, error, NULL, #name, detail);                                                  \
		return real arguments;                                                                       \
	}

char *__realpath_chk(const char *path, char *out, size_t size);
char *__getcwd_chk(char *p, size_t n, size_t size);
POINTER(char *, realpath, EIO, path, (const char *path, char *out), (path, out))
POINTER(char *, __realpath_chk, EIO, path, (const char *path, char *out, size_t size), (path, out, size))
POINTER(char *, getcwd, EIO, "", (char *p, size_t n), (p, n))
POINTER(char *, __getcwd_chk, EIO, "", (char *p, size_t n, size_t size), (p, n, size))

int __poll_chk(struct pollfd *fds, nfds_t n, int limit, size_t size);
int
__poll_chk(struct pollfd *fds, nfds_t n, int limit, size_t size)
{
	if (n > size / sizeof *fds)
		abort();
	return poll(fds, n, limit);
}

int
fcntl(int fd, int command, ...)
{
	va_list list;
	void *argument;

	va_start(list, command);
	argument = va_arg(list, void *);
	va_end(list);
	/* Whether 0 to 2 are open is asked of them, and EIO is no answer. */
	if (command != F_GETFD)
		FAIL_IF(FILES, EIO, -1, "fcntl", named(fd));
	return (int)syscall(SYS_fcntl, fd, command, argument);
}

int
fcntl64(int fd, int command, ...)
{
	va_list list;
	void *argument;

	va_start(list, command);
	argument = va_arg(list, void *);
	va_end(list);
	return fcntl(fd, command, argument);
}

/* ---- processes -------------------------------------------------------------------------------------------------- */

SIMPLE(int, pipe, EMFILE, "", (int fds[2]), (fds))
SIMPLE(int, pipe2, EMFILE, "", (int fds[2], int flags), (fds, flags))
SIMPLE(int, dup, EMFILE, "", (int fd), (fd))
SIMPLE(int, dup2, EMFILE, "", (int from, int to), (from, to))
SIMPLE(int, dup3, EMFILE, "", (int from, int to, int flags), (from, to, flags))
SIMPLE(pid_t, fork, EAGAIN, "", (void), ())
SIMPLE(int, kill, EPERM, "", (pid_t pid, int number), (pid, number))
SIMPLE(int, setpgid, EPERM, "", (pid_t pid, pid_t group), (pid, group))
SIMPLE(int, execve, ENOEXEC, path, (const char *path, char *const *argv, char *const *env), (path, argv, env))
FRAGILE(pid_t, waitpid, ECHILD, "", (pid_t pid, int *status, int how), (pid, status, how))

/* One may not return from a function that called vfork, and a fork will do. */
pid_t
vfork(void)
{
	REAL(fork)
	FAIL_IF(FILES, EAGAIN, -1, "vfork", "");
	return real();
}

/* ---- randomness and time ---------------------------------------------------------------------------------------- */

/* After the first call, by which libsodium finds out whether there is such a thing, it cannot fail but by a signal. */
ssize_t
getrandom(void *p, size_t n, unsigned flags)
{
	static int asked;
	uint8_t *byte = p;
	int first = !asked;

	asked = 1;
	if (interrupted())
		return -1;
	FAIL_IF(FILES, first ? ENOSYS : EINTR, -1, "getrandom", first ? "first" : "later");
	if (!active || !fixed)
		return syscall(SYS_getrandom, p, n, flags);
	for (size_t i = 0; i < n; i++) {
		unsigned long at = __atomic_fetch_add(&counters->drawn, 1, __ATOMIC_SEQ_CST);
		byte[i] = (uint8_t)((at * 2654435761u) >> 13);
	}
	return (ssize_t)n;
}

int
getentropy(void *p, size_t n)
{
	FAIL_IF(FILES, EIO, -1, "getentropy", "");
	return getrandom(p, n, 0) == (ssize_t)n ? 0 : -1;
}

enum { THAT_TIME = 1767225600 }; /* 2026-01-01 */

time_t
time(time_t *out)
{
	struct timespec t = {.tv_sec = THAT_TIME};

	if (!active || !fixed)
		(void)syscall(SYS_clock_gettime, CLOCK_REALTIME, &t);
	if (out != NULL)
		*out = t.tv_sec;
	return t.tv_sec;
}

int
clock_gettime(clockid_t clock, struct timespec *t)
{
	if (!active || !fixed || clock != CLOCK_REALTIME)
		return (int)syscall(SYS_clock_gettime, clock, t);
	*t = (struct timespec){.tv_sec = THAT_TIME};
	return 0;
}
