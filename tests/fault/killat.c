/*
 * killat - runs a program and kills it as it enters its Nth system call.
 *
 *	killat N PROGRAM [ARGUMENT...]
 *
 * The call is not carried out: what the calls before it did is there, and nothing of what comes after.  As N goes up
 * from 1, the program is killed between any two of its system calls.  Only the program itself is stopped and killed, not
 * its children.  Tracing begins before PROGRAM starts, so it cannot evade it.
 *
 * KILLAT_PRELOAD=LIBRARY becomes LD_PRELOAD of PROGRAM alone.
 *
 * Exit status: that of PROGRAM when it ended before its Nth call; 137 when it was killed; 125 when it cannot be traced.
 * With N = 0 it is not killed, and the number of its calls goes to descriptor 3, if that is open.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CANNOT = 125 };

static void
die(const char *what)
{
	fprintf(stderr, "killat: %s: %s\n", what, strerror(errno));
	exit(CANNOT);
}

static void
become(char **argv)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		die("ptrace");
	if (getenv("KILLAT_PRELOAD") != NULL && setenv("LD_PRELOAD", getenv("KILLAT_PRELOAD"), 1) != 0)
		die("setenv");
	(void)raise(SIGSTOP);
	execvp(argv[0], argv);
	die(argv[0]);
}

/* Lets it go on to its next stop.  False: it has ended, see status. */
static int
step(pid_t pid, int signal_number, int *status)
{
	if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)signal_number) != 0 && errno != ESRCH)
		die("ptrace");
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	return WIFSTOPPED(*status);
}

int
main(int argc, char **argv)
{
	unsigned long wanted, calls = 0;
	int entering = 1, started = 0, deliver = 0;
	int status;
	pid_t pid;

	if (argc < 3) {
		fprintf(stderr, "usage: killat N PROGRAM [ARGUMENT...]\n");
		return CANNOT;
	}
	wanted = strtoul(argv[1], NULL, 10);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		become(argv + 2);
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		die("waitpid");
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL,
		(void *)(long)(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)) != 0)
		die("ptrace");
	while (step(pid, deliver, &status)) {
		int signal_number = WSTOPSIG(status);

		deliver = 0;
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) {
			started = 1; /* the end of execve is still to come */
			entering = 0;
		} else if (signal_number != (SIGTRAP | 0x80)) {
			deliver = signal_number;
		} else {
			calls += started && entering;
			if (started && entering && calls == wanted)
				(void)kill(pid, SIGKILL);
			entering = !entering;
		}
	}
	if (wanted == 0)
		(void)!dprintf(3, "%lu\n", calls);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
