#include "cmd/os/proc.h"

#include "cmd/bytes.h"
#include "cmd/fail.h"
#include "cmd/os/cleanup.h"
#include "cmd/os/file.h"
#include "cmd/os/harden.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { ERRORS_MOST = 64 * 1024, READ_STEP = 4096 };

/* Variables that hold keys or lead to them. */
static const char *const key_names[] = {
    "SOPS_AGE_KEY",
    "SOPS_AGE_KEY_FILE",
    "SOPS_AGE_KEY_CMD",
    "SOPS_AGE_SSH_PRIVATE_KEY_FILE",
    "SOPS_AGE_SSH_PRIVATE_KEY_CMD",
    NULL,
};
static const char own_prefix[] = "ENVSEAL_";

/* Everything that a run opens.  -1: not open. */
struct run {
	const struct proc *what;
	const char *program; /* "git", for messages */
	char path[PATH_MAX]; /* what is executed */
	char **env;
	int in[2], out[2], errors[2], told[2], null;
	pid_t pid;
	struct bytes got, got_errors;
	size_t sent;
	int64_t end_ms; /* of the time limit */
	int failed; /* errno that ended it early */
};

static bool
fail(const struct run *run, int sys, const char *what, struct envseal_err *err)
{
	return cmd_failf(err, ENVSEAL_GENERIC, NULL, sys, NULL, "%s %s", run->program, what);
}

static int64_t
now_ms(void)
{
	struct timespec t = {0};

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Milliseconds left; -1: no limit. */
static int
left_ms(const struct run *run)
{
	int64_t left;

	if (run->what->limit_ms <= 0)
		return -1;
	left = run->end_ms - now_ms();
	return left > 0 ? (int)left : 0;
}

/* ---- what is run ---------------------------------------------------------------------------------------------- */

static bool
find_program(struct run *run, struct envseal_err *err)
{
	const char *name = run->what->argv[0];
	const char *path = getenv("PATH");
	size_t n;

	if (strchr(name, '/') != NULL) {
		n = strlen(name);
		if (n >= sizeof run->path)
			return fail(run, ENAMETOOLONG, "cannot be started", err);
		memcpy(run->path, name, n + 1);
		return true;
	}
	for (path = path != NULL ? path : "/usr/bin:/bin"; *path != '\0'; path += n + (path[n] == ':')) {
		n = strcspn(path, ":");
		/* Never what lies in the working directory: a repository may have brought it. */
		if (path[0] != '/' || n + 1 + strlen(name) >= sizeof run->path)
			continue;
		(void)snprintf(run->path, sizeof run->path, "%.*s/%s", (int)n, path, name);
		if (access(run->path, X_OK) == 0)
			return true;
	}
	return fail(run, ENOENT, "is not installed, or not in PATH", err);
}

/* Whether a "NAME=value" has that name. */
static bool
is_named(const char *variable, const char *name)
{
	size_t n = strlen(name);

	return strncmp(variable, name, n) == 0 && variable[n] == '=';
}

static bool
is_in(const char *variable, const char *const *names)
{
	for (; names != NULL && *names != NULL; names++)
		if (is_named(variable, *names))
			return true;
	return false;
}

static bool
passes(const struct proc *what, const char *variable)
{
	if (is_in(variable, what->without))
		return false;
	return what->with_keys ||
	       (!is_in(variable, key_names) && strncmp(variable, own_prefix, sizeof own_prefix - 1) != 0);
}

/* Pointers into environ and what->with; the texts are not copied. */
static bool
make_env(struct run *run, struct envseal_err *err)
{
	const char *const *with = run->what->with;
	size_t n = 0, extra = 0, at = 0;

	while (environ != NULL && environ[n] != NULL)
		n++;
	while (with != NULL && with[extra] != NULL)
		extra++;
	run->env = calloc(n + extra + 1, sizeof *run->env);
	if (run->env == NULL)
		return cmd_fail_memory(err);
	for (size_t i = 0; i < n; i++)
		if (passes(run->what, environ[i]))
			run->env[at++] = environ[i];
	for (size_t i = 0; i < extra; i++)
		memcpy(&run->env[at++], &with[i], sizeof *with);
	return true;
}

static void
shut(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static bool
open_pipes(struct run *run, struct envseal_err *err)
{
	const struct proc *what = run->what;

	run->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (run->null < 0 || pipe2(run->out, O_CLOEXEC) != 0 || pipe2(run->told, O_CLOEXEC) != 0 ||
	    (what->input.n > 0 && pipe2(run->in, O_CLOEXEC) != 0) ||
	    (what->errors == PROC_ERRORS_KEEP && pipe2(run->errors, O_CLOEXEC) != 0))
		return fail(run, errno, "cannot be started", err);
	/* Only our ends: the child may want to wait. */
	if ((run->in[1] >= 0 && fcntl(run->in[1], F_SETFL, O_NONBLOCK) != 0) ||
	    fcntl(run->out[0], F_SETFL, O_NONBLOCK) != 0 ||
	    (run->errors[0] >= 0 && fcntl(run->errors[0], F_SETFL, O_NONBLOCK) != 0))
		return fail(run, errno, "cannot be started", err);
	return true;
}

/* The child between vfork and exec: system calls only, and no memory is changed but its own stack. */
static _Noreturn void
become(const struct run *run, const sigset_t *mask)
{
	const struct proc *what = run->what;
	int error_fd = what->errors == PROC_ERRORS_KEEP ? run->errors[1] : run->null;
	char *const *argv;
	int sys;

	memcpy(&argv, &what->argv, sizeof argv);
	if (dup2(run->in[0] >= 0 ? run->in[0] : run->null, 0) < 0 || dup2(run->out[1], 1) < 0 ||
	    (what->errors != PROC_ERRORS_PASS && dup2(error_fd, 2) < 0) ||
	    (what->limit_ms > 0 && setpgid(0, 0) != 0) || (what->dir != NULL && chdir(what->dir) != 0))
		goto out;
	harden_undo_in_child();
	(void)sigprocmask(SIG_SETMASK, mask, NULL);
	(void)execve(run->path, argv, run->env);
out:
	sys = errno;
	(void)!write(run->told[1], &sys, sizeof sys);
	_exit(127);
}

/* vfork, because copying the page tables of a process that holds a large file costs more than many a child runs. */
static bool
start(struct run *run, struct envseal_err *err)
{
	sigset_t all, was;
	int sys = 0, forked;
	ssize_t n;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &was);
	run->pid = vfork(); /* NOLINT: become() keeps to its rules */
	if (run->pid == 0)
		become(run, &was);
	forked = errno;
	if (run->pid > 0 && run->what->limit_ms > 0)
		cleanup_child(run->pid);
	(void)sigprocmask(SIG_SETMASK, &was, NULL);
	if (run->pid < 0)
		return fail(run, forked, "cannot be started", err);
	shut(&run->in[0]);
	shut(&run->out[1]);
	shut(&run->errors[1]);
	shut(&run->told[1]);
	do
		n = read(run->told[0], &sys, sizeof sys);
	while (n < 0 && errno == EINTR);
	shut(&run->told[0]);
	if (n == 0)
		return true;
	return fail(run, n == (ssize_t)sizeof sys ? sys : errno, "cannot be started", err);
}

/* ---- while it runs -------------------------------------------------------------------------------------------- */

static void
send(struct run *run)
{
	const struct envseal_slice *input = &run->what->input;
	ssize_t n = write(run->in[1], input->p + run->sent, input->n - run->sent);

	if (n > 0)
		run->sent += (size_t)n;
	/* A child that reads no further may have what it needs. */
	if (run->sent == input->n || (n < 0 && errno != EAGAIN && errno != EINTR))
		shut(&run->in[1]);
}

static void
receive(struct run *run, int *fd, struct bytes *b)
{
	ssize_t n = bytes_read(b, *fd, b->cap > b->n ? 1 : READ_STEP);

	if (n > 0 || (n < 0 && errno == EAGAIN && n != -2))
		return;
	if (n == -2)
		run->failed = b->state == BYTES_FULL ? EFBIG : ENOMEM;
	else if (n < 0)
		run->failed = errno;
	shut(fd);
}

/* What is beyond the limit is read and forgotten, so that the child does not wait for us. */
static void
receive_errors(struct run *run)
{
	struct bytes *b = &run->got_errors;
	char rest[512];
	ssize_t n;

	if (b->n + READ_STEP <= ERRORS_MOST) {
		receive(run, &run->errors[0], b);
		return;
	}
	n = read(run->errors[0], rest, sizeof rest);
	explicit_bzero(rest, sizeof rest);
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		shut(&run->errors[0]);
}

static void
attend(struct run *run)
{
	while (run->failed == 0 && (run->in[1] >= 0 || run->out[0] >= 0 || run->errors[0] >= 0)) {
		struct pollfd fds[3] = {
		    {.fd = run->in[1], .events = POLLOUT},
		    {.fd = run->out[0], .events = POLLIN},
		    {.fd = run->errors[0], .events = POLLIN},
		};
		int n = poll(fds, 3, left_ms(run));
		if (n == 0)
			run->failed = ETIMEDOUT;
		else if (n < 0 && errno != EINTR)
			run->failed = errno;
		if (n <= 0)
			continue;
		if (fds[0].revents != 0)
			send(run);
		if (fds[1].revents != 0)
			receive(run, &run->out[0], &run->got);
		if (fds[2].revents != 0)
			receive_errors(run);
	}
}

/* Waits for its end, if need be by ending it. */
static int
reap(struct run *run)
{
	struct timespec pause = {.tv_nsec = 50000};
	int status = 0;
	pid_t got = 0;

	while (run->failed == 0 && run->what->limit_ms > 0) {
		got = waitpid(run->pid, &status, WNOHANG);
		if (got != 0 && !(got < 0 && errno == EINTR))
			break;
		if (left_ms(run) == 0)
			run->failed = ETIMEDOUT;
		(void)nanosleep(&pause, NULL);
		if (pause.tv_nsec < 5000000)
			pause.tv_nsec *= 2;
	}
	if (run->failed != 0)
		(void)kill(run->what->limit_ms > 0 ? -run->pid : run->pid, SIGKILL);
	while (got != run->pid) {
		got = waitpid(run->pid, &status, 0);
		if (got < 0 && errno != EINTR)
			break;
	}
	cleanup_child(0);
	run->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool
fail_early(const struct run *run, struct envseal_err *err)
{
	if (run->failed == ENOMEM)
		return cmd_fail_memory(err);
	if (run->failed == EFBIG)
		return cmd_failf(
		    err, ENVSEAL_GENERIC, NULL, EFBIG, NULL, "%s prints more than is read", run->program);
	if (run->failed == ETIMEDOUT)
		return cmd_failf(err, ENVSEAL_GENERIC, NULL, ETIMEDOUT, NULL, "%s did not end within %d ms",
		    run->program, run->what->limit_ms);
	return fail(run, run->failed, "cannot be talked to", err);
}

bool
proc_run(const struct proc *what, struct proc_result *result, struct envseal_err *err)
{
	struct run run = {
	    .what = what, .program = what->argv[0], .null = -1, .in = {-1, -1}, .out = {-1, -1}};
	struct envseal_out out = {0}, errors = {0};
	bool good = false;
	int status;

	run.errors[0] = run.errors[1] = run.told[0] = run.told[1] = -1;
	run.got.most = what->most;
	run.end_ms = what->limit_ms > 0 ? now_ms() + what->limit_ms : 0;
	if (!find_program(&run, err) || !make_env(&run, err) || !open_pipes(&run, err))
		goto out;
	if (!start(&run, err)) {
		run.failed = run.pid > 0 ? ECHILD : 0;
	} else {
		attend(&run);
	}
	if (run.pid <= 0)
		goto out;
	status = reap(&run);
	if (run.failed != 0) {
		fail_early(&run, err);
		goto out;
	}
	if (!bytes_take(&run.got, &out, err) || !bytes_take(&run.got_errors, &errors, err))
		goto out;
	*result = (struct proc_result){out, errors, status};
	out = errors = (struct envseal_out){0};
	good = true;
out:
	for (size_t i = 0; i < 2; i++) {
		shut(&run.in[i]);
		shut(&run.out[i]);
		shut(&run.errors[i]);
		shut(&run.told[i]);
	}
	shut(&run.null);
	free(run.env);
	bytes_free(&run.got);
	bytes_free(&run.got_errors);
	envseal_out_free(&out);
	return good;
}

void
proc_result_free(struct proc_result *result)
{
	envseal_out_free(&result->out);
	envseal_out_free(&result->errors);
}
