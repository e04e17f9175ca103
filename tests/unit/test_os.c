/* cmd/os and cmd/bytes: whole files, atomic replacement, children.  Works in a directory of its own. */
#include "cmd/bytes.h"
#include "cmd/os/file.h"
#include "cmd/os/harden.h"
#include "cmd/os/proc.h"
#include "cmd/os/replace.h"
#include "tests/unit/tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char dir[64];

static struct envseal_slice
text(const char *s)
{
	return (struct envseal_slice){(const uint8_t *)s, strlen(s)};
}

static void
put(const char *name, const char *content, mode_t mode)
{
	int fd;

	(void)unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || !file_write_all(fd, content, strlen(content)) || fchmod(fd, mode) != 0 ||
	    close(fd) != 0) {
		printf("Bail out! cannot write %s\n", name);
		exit(1);
	}
}

static bool
holds(const char *name, const char *content)
{
	struct envseal_err err = {0};
	struct envseal_out out = {0};
	bool same = file_read(name, 4096, FILE_REGULAR, &out, NULL, &err) && out.n == strlen(content) &&
		    (out.n == 0 || memcmp(out.p, content, out.n) == 0);

	envseal_out_free(&out);
	return same;
}

static mode_t
mode_of(const char *name)
{
	struct stat st;

	return stat(name, &st) == 0 ? st.st_mode & 07777 : (mode_t)-1;
}

/* How many temporaries lie about. */
static unsigned
litter(void)
{
	DIR *d = opendir(".");
	struct dirent *e;
	unsigned n = 0;

	while (d != NULL && (e = readdir(d)) != NULL)
		n += strncmp(e->d_name, ".envseal-", 9) == 0;
	if (d != NULL)
		(void)closedir(d);
	return n;
}

static int64_t
ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
sleep_ms(long n)
{
	struct timespec t = {n / 1000, n % 1000 * 1000000};

	(void)nanosleep(&t, NULL);
}

/* ---- bytes ---------------------------------------------------------------------------------------------------- */

static void
test_bytes(void)
{
	struct bytes b = {.most = 10000};
	struct envseal_err err = {0};
	struct envseal_out out = {0};
	bool same = true;

	for (unsigned i = 0; i < 9000; i++)
		bytes_byte(&b, (char)('a' + i % 26));
	for (size_t i = 0; i < b.n; i++)
		same = same && b.p[i] == 'a' + i % 26;
	ok(same && b.n == 9000 && b.state == BYTES_GOOD, "bytes: grows and keeps what it has");
	bytes_printf(&b, "%d", 12345);
	ok(b.n == 9005 && memcmp(b.p + 9000, "12345", 5) == 0, "bytes: printf");
	bytes_add(&b, b.p, 900);
	bytes_add(&b, b.p, 200);
	ok(b.state == BYTES_FULL && b.n == 9905, "bytes: a limit is a limit");
	bytes_byte(&b, 'x');
	ok(b.n == 9905 && !bytes_take(&b, &out, &err) && err.code == ENVSEAL_INTERNAL && out.p == NULL,
	    "bytes: the failure stays until it is reported");
	bytes_free(&b);
	err = (struct envseal_err){0};
	bytes_text(&b, "again");
	ok(bytes_take(&b, &out, &err) && b.p == NULL && b.n == 0, "bytes: free and take empty it");
	is_bytes(out.p, out.n, "again", 5, "bytes: taken");
	envseal_out_free(&out);
}

/* ---- file ----------------------------------------------------------------------------------------------------- */

static void
refused(const char *path, size_t cap, enum file_kind kind, enum envseal_code code, const char *name)
{
	struct envseal_out out = {0};
	struct envseal_err err = {0};

	ok(!file_read(path, cap, kind, &out, NULL, &err) && err.code == code && out.p == NULL &&
		err.file != NULL && err.what[0] != '\0',
	    "file: %s (%s)", name, err.what);
	envseal_out_free(&out);
}

static void
test_file(void)
{
	struct envseal_out out = {0};
	struct envseal_err err = {0};
	struct file_id id, again;
	char path[32];
	int fds[2];

	put("f", "hello\n", 0640);
	ok(file_read("f", 6, FILE_REGULAR, &out, &id, &err) && (id.mode & 07777) == 0640 && id.size == 6 &&
		id.nlink == 1,
	    "file: read, exactly as large as allowed");
	is_bytes(out.p, out.n, "hello\n", 6, "file: its bytes");
	envseal_out_free(&out);
	put("empty", "", 0600);
	ok(file_read("empty", 6, FILE_REGULAR, &out, NULL, &err) && out.n == 0, "file: empty");
	envseal_out_free(&out);
	refused("f", 5, FILE_REGULAR, ENVSEAL_INPUT, "a byte too large");
	refused("f", 5, FILE_ANY, ENVSEAL_INPUT, "a byte too large, any kind");
	refused("nothing", 5, FILE_REGULAR, ENVSEAL_NO_FILE, "not there");
	refused("f/x", 5, FILE_REGULAR, ENVSEAL_NO_FILE, "below a file");
	refused(".", 5, FILE_ANY, ENVSEAL_INPUT, "a directory");
	refused("/dev/null", 5, FILE_REGULAR, ENVSEAL_INPUT, "a device");
	refused("/dev/zero", 5000, FILE_ANY, ENVSEAL_INPUT, "a device without end");
	ok(mkfifo("p", 0600) == 0, "file: a FIFO is made");
	refused("p", 5, FILE_REGULAR, ENVSEAL_INPUT, "a FIFO that nobody writes to");
	if (truncate("empty", (off_t)ENVSEAL_LARGEST + 1) == 0)
		refused("empty", SIZE_MAX, FILE_REGULAR, ENVSEAL_INPUT, "larger than all that is read");
	if (pipe(fds) == 0) {
		(void)snprintf(path, sizeof path, "/dev/fd/%d", fds[0]);
		ok(file_write_all(fds[1], "key", 3) && close(fds[1]) == 0 &&
			file_read(path, 4096, FILE_ANY, &out, NULL, &err),
		    "file: a pipe by its name");
		is_bytes(out.p, out.n, "key", 3, "file: what came through it");
		envseal_out_free(&out);
		(void)close(fds[0]);
	}
	sleep_ms(20);
	put("f", "hellO\n", 0640);
	ok(file_read("f", 6, FILE_REGULAR, &out, &again, &err) && !file_same(&id, &again),
	    "file: another file of that name");
	envseal_out_free(&out);
	ok(!file_write_all(open("/dev/full", O_WRONLY | O_CLOEXEC), "x", 1) && errno == ENOSPC,
	    "file: a full disk");
}

/* ---- replace -------------------------------------------------------------------------------------------------- */

static bool
replace(const char *path, enum replace_kind kind, int mode, const char *content, struct envseal_err *err)
{
	struct replace r = {0};
	bool good;

	*err = (struct envseal_err){0};
	good = replace_begin(&r, path, kind, mode, err) && replace_commit(&r, NULL, text(content), err);
	replace_abort(&r);
	return good;
}

static void
test_modes(void)
{
	/* harden_process was called under umask 027. */
	static const struct {
		int before; /* -1: no file */
		enum replace_kind kind;
		int given;
		mode_t after;
	} cases[] = {
	    {-1, REPLACE_SEALED, REPLACE_NO_MODE, 0640},
	    {-1, REPLACE_PLAIN, REPLACE_NO_MODE, 0600},
	    {-1, REPLACE_PLAIN, 0440, 0440},
	    {0644, REPLACE_SEALED, REPLACE_NO_MODE, 0644},
	    {0755, REPLACE_SEALED, REPLACE_NO_MODE, 0755},
	    {0600, REPLACE_SEALED, REPLACE_NO_MODE, 0600},
	    {0644, REPLACE_PLAIN, REPLACE_NO_MODE, 0600},
	    {0755, REPLACE_PLAIN, REPLACE_NO_MODE, 0600},
	    {0644, REPLACE_PLAIN, 0640, 0640},
	};
	struct envseal_err err;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		(void)unlink("m");
		if (cases[i].before >= 0)
			put("m", "old", (mode_t)cases[i].before);
		ok(replace("m", cases[i].kind, cases[i].given, "new", &err) && holds("m", "new") &&
			mode_of("m") == cases[i].after,
		    "replace: mode %o, kind %d, given %o: %o", (unsigned)cases[i].before, (int)cases[i].kind,
		    (unsigned)cases[i].given, (unsigned)mode_of("m"));
	}
}

static void
test_targets(void)
{
	struct envseal_err err;
	struct stat st;

	put("t", "old", 0644);
	ok(symlink("t", "one") == 0 && symlink("one", "two") == 0 && mkdir("sub", 0700) == 0 &&
		symlink("../fresh", "sub/dangling") == 0 && symlink("round", "round") == 0,
	    "replace: links are made");
	ok(replace("two", REPLACE_SEALED, -1, "new", &err) && holds("t", "new") && lstat("two", &st) == 0 &&
		S_ISLNK(st.st_mode) && lstat("one", &st) == 0 && S_ISLNK(st.st_mode),
	    "replace: through two links");
	ok(replace("sub/dangling", REPLACE_SEALED, -1, "x", &err) && holds("fresh", "x"),
	    "replace: through a link to nothing");
	ok(!replace("round", REPLACE_SEALED, -1, "x", &err) && err.code == ENVSEAL_OUTPUT,
	    "replace: a link to itself");
	ok(!replace("p", REPLACE_SEALED, -1, "x", &err) && err.code == ENVSEAL_OUTPUT,
	    "replace: a FIFO is refused");
	ok(!replace("/dev/full", REPLACE_SEALED, -1, "x", &err) && err.code == ENVSEAL_OUTPUT,
	    "replace: a device is refused");
	ok(!replace("sub", REPLACE_SEALED, -1, "x", &err) && err.code == ENVSEAL_OUTPUT,
	    "replace: a directory is refused");
	ok(!replace("sub/", REPLACE_SEALED, -1, "x", &err) && err.code == ENVSEAL_OUTPUT,
	    "replace: a name that ends in /");
	ok(!replace("no/x", REPLACE_SEALED, -1, "x", &err) && err.code == ENVSEAL_OUTPUT && err.sys == ENOENT,
	    "replace: no such directory");
	ok(link("t", "hard") == 0 && !replace("t", REPLACE_SEALED, -1, "x", &err) &&
		err.code == ENVSEAL_REFUSED && holds("t", "new") && unlink("hard") == 0,
	    "replace: hard links are refused");
	ok(litter() == 0, "replace: nothing is left");
}

/* What happens to the target between begin and commit, and whether commit notices. */
static void
test_meanwhile(void)
{
	static const char *const names[] = {"nothing", "written to", "removed", "replaced", "created"};
	struct envseal_err err;
	struct file_id id;
	struct envseal_out out;

	for (unsigned i = 0; i < 5; i++) {
		struct replace r = {0};
		bool good;
		err = (struct envseal_err){0};
		out = (struct envseal_out){0};
		put("c", "old", 0644);
		if (i == 4)
			(void)unlink("c");
		good = replace_begin(&r, "c", REPLACE_SEALED, REPLACE_NO_MODE, &err) &&
		       r.exists == (i != 4) &&
		       (i == 4 || file_read("c", 4096, FILE_REGULAR, &out, &id, &err));
		ok(good && litter() == 1, "replace: begun");
		sleep_ms(20);
		if (i == 1) {
			int fd = open("c", O_WRONLY | O_CLOEXEC);
			ok(file_write_all(fd, "OLD", 3) && close(fd) == 0, "replace: somebody writes");
		} else if (i == 2) {
			(void)unlink("c");
		} else if (i >= 3) {
			put("c", "his", 0644);
		}
		good = replace_commit(&r, i == 4 ? NULL : &id, text("new"), &err);
		replace_abort(&r);
		envseal_out_free(&out);
		ok(good == (i == 0) && (good || err.code == ENVSEAL_BUSY), "replace: meanwhile %s (%s)",
		    names[i], err.what);
		ok(i == 2 ? access("c", F_OK) != 0
			  : holds("c", i == 0	? "new"
				       : i == 1 ? "OLD"
						: "his"),
		    "replace: meanwhile %s: the file is right", names[i]);
		ok(litter() == 0, "replace: meanwhile %s: nothing is left", names[i]);
	}
}

/* A child begins, then does what how says. */
enum how { LEAVE, TERMINATED, KILLED, HOLD };

static pid_t
child(enum how how)
{
	struct envseal_err err = {0};
	struct replace r = {0};
	int ready[2];
	char c = 0;
	pid_t pid;

	if (pipe(ready) != 0 || (pid = fork()) < 0)
		return -1;
	if (pid > 0) {
		(void)close(ready[1]);
		(void)!read(ready[0], &c, 1);
		(void)close(ready[0]);
		return c == 'b' ? pid : -1;
	}
	if (!replace_begin(&r, "l", REPLACE_SEALED, REPLACE_NO_MODE, &err))
		_exit(1);
	(void)!write(ready[1], "b", 1);
	if (how == LEAVE)
		_exit(0);
	if (how == TERMINATED || how == KILLED)
		(void)raise(how == KILLED ? SIGKILL : SIGTERM);
	sleep_ms(400);
	/* Nobody may have taken the live temporary away. */
	_exit(replace_commit(&r, NULL, text("child"), &err) ? 0 : 1);
}

static void
test_lock(void)
{
	struct envseal_err err;
	struct replace r = {0};
	int64_t begin;
	int status;
	pid_t pid;

	put("l", "old", 0644);
	pid = child(LEAVE);
	ok(pid > 0 && waitpid(pid, &status, 0) == pid && litter() == 1,
	    "lock: a process that vanishes leaves a file");
	ok(replace("l", REPLACE_SEALED, -1, "next", &err) && holds("l", "next") && litter() == 0,
	    "lock: the next removes it");
	pid = child(KILLED);
	ok(pid > 0 && waitpid(pid, &status, 0) == pid && litter() == 1 && holds("l", "next"),
	    "lock: so does a killed one");
	ok(replace_begin(&r, "l", REPLACE_SEALED, -1, &err), "lock: begun after it");
	replace_abort(&r);
	ok(litter() == 0 && holds("l", "next"), "lock: abort removes its own");
	replace_abort(&r);
	pid = child(TERMINATED);
	ok(pid > 0 && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM &&
		litter() == 0,
	    "lock: SIGTERM removes it and has its effect");
	pid = child(HOLD);
	begin = ms();
	ok(pid > 0 && replace("l", REPLACE_SEALED, -1, "parent", &err) && ms() - begin >= 300,
	    "lock: waits for the living");
	ok(waitpid(pid, &status, 0) == pid && status == 0 && holds("l", "parent") && litter() == 0,
	    "lock: both got their turn");
}

static void
test_obstacles(void)
{
	struct envseal_err err = {0};
	struct replace r = {0};
	char name[32];

	put("o", "old", 0644);
	ok(replace_begin(&r, "o", REPLACE_SEALED, -1, &err), "obstacle: begun");
	(void)snprintf(name, sizeof name, "%s", r.temp);
	replace_abort(&r);
	ok(symlink("t", name) == 0 && !replace("o", REPLACE_SEALED, -1, "x", &err) && holds("o", "old"),
	    "obstacle: a link of the reserved name is not followed (%s)", err.what);
	ok(unlink(name) == 0 && mkdir(name, 0700) == 0 && !replace("o", REPLACE_SEALED, -1, "x", &err) &&
		err.code == ENVSEAL_OUTPUT && rmdir(name) == 0,
	    "obstacle: a directory of that name (%s)", err.what);
	if (geteuid() == 0) {
		ok(chown("o", 12345, 12346) == 0 && replace("o", REPLACE_SEALED, -1, "x", &err),
		    "owner: replaced by root");
		struct stat st = {0};
		ok(stat("o", &st) == 0 && st.st_uid == 12345 && st.st_gid == 12346, "owner: kept");
	}
}

/* ---- proc ----------------------------------------------------------------------------------------------------- */

static bool
run(const struct proc *what, struct proc_result *result, struct envseal_err *err)
{
	*result = (struct proc_result){0};
	*err = (struct envseal_err){0};
	return proc_run(what, result, err);
}

#define ARGV(...) ((const char *const[]){__VA_ARGS__, NULL})

static void
test_proc(void)
{
	struct proc_result res;
	struct envseal_err err;
	int64_t begin;
	size_t n = 1024 * 1024;
	uint8_t *big = malloc(n);

	ok(run(&(struct proc){.argv = ARGV("sh", "-c", "echo out; echo err >&2; exit 7"),
		   .errors = PROC_ERRORS_KEEP},
	       &res, &err) &&
		res.status == 7,
	    "proc: status");
	is_bytes(res.out.p, res.out.n, "out\n", 4, "proc: output");
	is_bytes(res.errors.p, res.errors.n, "err\n", 4, "proc: errors");
	proc_result_free(&res);
	ok(run(&(struct proc){.argv = ARGV("sh", "-c", "kill -9 $$")}, &res, &err) && res.status == 137,
	    "proc: ended by a signal");
	proc_result_free(&res);
	if (big == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		big[i] = (uint8_t)(i * 7 + i / 251);
	ok(run(&(struct proc){.argv = ARGV("cat"), .input = {big, n}}, &res, &err) && res.status == 0,
	    "proc: a megabyte through cat");
	is_bytes(res.out.p, res.out.n, big, n, "proc: the same megabyte");
	proc_result_free(&res);
	ok(run(&(struct proc){.argv = ARGV("true"), .input = {big, n}}, &res, &err) && res.status == 0,
	    "proc: a child that does not read");
	proc_result_free(&res);
	ok(!run(&(struct proc){.argv = ARGV("cat"), .input = {big, n}, .most = 100000}, &res, &err) &&
		err.sys == EFBIG,
	    "proc: too much output");
	free(big);
	begin = ms();
	ok(!run(&(struct proc){.argv = ARGV("sh", "-c", "sleep 20 & sleep 20"), .limit_ms = 200}, &res,
	       &err) &&
		err.sys == ETIMEDOUT && ms() - begin < 5000,
	    "proc: time limit");
	begin = ms();
	ok(!run(&(struct proc){.argv = ARGV("sh", "-c", "exec >/dev/null; sleep 20"), .limit_ms = 200}, &res,
	       &err) &&
		err.sys == ETIMEDOUT && ms() - begin < 5000,
	    "proc: time limit after the output is closed");
	ok(run(&(struct proc){.argv = ARGV("sh", "-c", "echo in time"), .limit_ms = 20000}, &res, &err) &&
		res.out.n == 8,
	    "proc: in time");
	proc_result_free(&res);
	ok(!run(&(struct proc){.argv = ARGV("envseal-no-such-program")}, &res, &err) && err.sys == ENOENT,
	    "proc: no such program");
	ok(!run(&(struct proc){.argv = ARGV("./f")}, &res, &err) && err.sys == EACCES, "proc: no program");
	ok(!run(&(struct proc){.argv = ARGV("true"), .dir = "/no/such/dir"}, &res, &err) && err.sys == ENOENT,
	    "proc: no such directory");
	put("prog", "#!/bin/sh\nexit 0\n", 0700);
	(void)setenv("PATH", ":.:/usr/bin:/bin", 1);
	ok(!run(&(struct proc){.argv = ARGV("prog")}, &res, &err) && err.sys == ENOENT,
	    "proc: PATH never means the working directory");
	ok(run(&(struct proc){.argv = ARGV("pwd"), .dir = "/"}, &res, &err), "proc: directory");
	is_bytes(res.out.p, res.out.n, "/\n", 2, "proc: the right one");
	proc_result_free(&res);
}

static bool
prints(const struct proc_result *res, const char *s)
{
	return res->out.n > 0 && memmem(res->out.p, res->out.n, s, strlen(s)) != NULL;
}

static void
test_environment(void)
{
	static const char *const names[] = {"SOPS_AGE_KEY", "SOPS_AGE_KEY_FILE", "SOPS_AGE_KEY_CMD",
	    "SOPS_AGE_SSH_PRIVATE_KEY_FILE", "SOPS_AGE_SSH_PRIVATE_KEY_CMD", "ENVSEAL_ANYTHING"};
	struct proc_result res;
	struct envseal_err err;

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		(void)setenv(names[i], "marked", 1);
	(void)setenv("GIT_DIR", "elsewhere", 1);
	(void)setenv("SOPS_AGE_RECIPIENTS", "public", 1);
	ok(run(
	       &(struct proc){
		   .argv = ARGV("env"), .without = ARGV("GIT_DIR"), .with = ARGV("NEW=1", "OTHER=2")},
	       &res, &err),
	    "proc: environment");
	ok(!prints(&res, "marked"), "proc: no variable with a key is passed on");
	ok(!prints(&res, "GIT_DIR") && prints(&res, "NEW=1\n") && prints(&res, "OTHER=2\n") &&
		prints(&res, "SOPS_AGE_RECIPIENTS=public\n") && prints(&res, "PATH="),
	    "proc: without, with, and the rest");
	proc_result_free(&res);
	ok(run(&(struct proc){.argv = ARGV("env"), .with_keys = true}, &res, &err) &&
		prints(&res, "SOPS_AGE_KEY=marked"),
	    "proc: keys when that is wanted");
	proc_result_free(&res);
	ok(run(&(struct proc){.argv = ARGV("sh", "-c", "umask; ulimit -Sc; grep SigIgn /proc/self/status")},
	       &res, &err) &&
		prints(&res, "0027\n"),
	    "proc: the umask that we were given");
	/* In blocks of 512 or of 1024 bytes, as the shell likes. */
	ok(prints(&res, "0027\n4\n") || prints(&res, "0027\n8\n"), "proc: the core limit, too");
	const char *label = "SigIgn:\t";
	const char *ignored = res.out.n > 0 ? memmem(res.out.p, res.out.n, label, strlen(label)) : NULL;
	const unsigned long long ours = 1ULL << (SIGPIPE - 1) | 1ULL << (SIGXFSZ - 1);
	ok(ignored != NULL && (strtoull(ignored + strlen(label), NULL, 16) & ours) == 0,
	    "proc: no signal is ignored on our account");
	proc_result_free(&res);
}

static void
test_harden(void)
{
	struct rlimit core = {4096, 8192};
	mode_t now;

	(void)setrlimit(RLIMIT_CORE, &core);
	(void)umask(027);
	ok(harden_process() && harden_umask() == 027, "harden: remembers the umask");
	now = umask(077);
	ok(now == 077, "harden: umask 077");
	ok(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 8192,
	    "harden: no core, softly");
}

int
main(void)
{
	(void)snprintf(dir, sizeof dir, "/tmp/envseal-test-os.XXXXXX");
	if (mkdtemp(dir) == NULL || chdir(dir) != 0) {
		printf("Bail out! no directory to work in\n");
		return 1;
	}
	test_harden();
	test_bytes();
	test_file();
	test_modes();
	test_targets();
	test_meanwhile();
	test_lock();
	test_obstacles();
	test_proc();
	test_environment();
	if (chdir("/") == 0) {
		struct envseal_err err = {0};
		struct proc_result res = {0};
		bool removed = proc_run(&(struct proc){.argv = ARGV("rm", "-rf", dir)}, &res, &err);
		ok(removed && res.status == 0, "the directory is removed");
		proc_result_free(&res);
	}
	return done();
}
