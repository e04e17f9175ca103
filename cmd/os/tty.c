#include "cmd/os/tty.h"

#include "cmd/bytes.h"
#include "cmd/fail.h"
#include "cmd/os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* A terminal drops what is typed beyond 4095 bytes of a line, without a word. */
enum { LINE_MOST = 4095 };

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGALRM};
enum { SIGNALS = sizeof signals / sizeof signals[0] };

static volatile sig_atomic_t arrived[SIGNALS];

static void
on_signal(int number)
{
	for (size_t i = 0; i < SIGNALS; i++)
		if (signals[i] == number)
			arrived[i] = 1;
}

static bool
any_arrived(void)
{
	for (size_t i = 0; i < SIGNALS; i++)
		if (arrived[i])
			return true;
	return false;
}

struct saved {
	struct termios term;
	struct sigaction acts[SIGNALS];
	sigset_t mask;
};

/* Holds the signals and records them; they arrive only while ppoll waits. */
static void
catch_signals(struct saved *was)
{
	struct sigaction act = {.sa_handler = on_signal};
	sigset_t set;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < SIGNALS; i++) {
		arrived[i] = 0;
		(void)sigaddset(&set, signals[i]);
	}
	(void)sigprocmask(SIG_BLOCK, &set, &was->mask);
	for (size_t i = 0; i < SIGNALS; i++) {
		(void)sigaction(signals[i], NULL, &was->acts[i]);
		if (was->acts[i].sa_handler != SIG_IGN)
			(void)sigaction(signals[i], &act, NULL);
	}
}

/* Puts things back and lets the signals have their way.  True: one did, and the process lives on. */
static bool
release_signals(const struct saved *was)
{
	bool any = any_arrived();

	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaction(signals[i], &was->acts[i], NULL);
	for (size_t i = 0; i < SIGNALS; i++)
		if (arrived[i])
			(void)raise(signals[i]);
	(void)sigprocmask(SIG_SETMASK, &was->mask, NULL);
	return any;
}

enum line { LINE_DONE, LINE_STOPPED, LINE_NOTHING, LINE_LONG, LINE_ERROR };

static enum line
read_line(int fd, struct bytes *b, const sigset_t *mask)
{
	struct pollfd wait = {.fd = fd, .events = POLLIN};
	ssize_t got;
	uint8_t c;

	for (;;) {
		if (ppoll(&wait, 1, NULL, mask) < 0) {
			if (errno != EINTR)
				return LINE_ERROR;
			if (any_arrived())
				return LINE_STOPPED;
			continue;
		}
		got = read(fd, &c, 1);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got < 0)
			return LINE_ERROR;
		if (got == 0)
			return b->n > 0 ? LINE_DONE : LINE_NOTHING;
		if (c == '\n')
			return LINE_DONE;
		if (b->n + 1 >= LINE_MOST)
			return LINE_LONG;
		bytes_add(b, &c, 1);
		explicit_bzero(&c, sizeof c);
	}
}

/* One question.  LINE_STOPPED: ask again. */
static enum line
ask_once(int fd, const char *prompt, struct bytes *b)
{
	struct termios quiet;
	struct saved was;
	enum line result = LINE_ERROR;
	int sys;

	if (tcgetattr(fd, &was.term) != 0)
		return LINE_ERROR;
	catch_signals(&was);
	quiet = was.term;
	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	quiet.c_lflag |= ICANON;
	if (tcsetattr(fd, TCSAFLUSH, &quiet) == 0 && file_write_all(fd, prompt, strlen(prompt)))
		result = read_line(fd, b, &was.mask);
	if (!file_write_all(fd, "\n", 1))
		result = LINE_ERROR;
	sys = errno;
	(void)tcsetattr(fd, TCSAFLUSH, &was.term);
	if (release_signals(&was))
		result = LINE_STOPPED;
	errno = sys;
	return result;
}

bool
tty_ask(const char *prompt, const char *instead, struct envseal_out *out, struct envseal_err *err)
{
	struct bytes b = {.most = LINE_MOST + 1};
	enum line result;
	bool good = false;
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return cmd_fail(err, ENVSEAL_USAGE, NULL, 0, "there is no terminal to ask at", instead);
	do {
		bytes_free(&b);
		result = ask_once(fd, prompt, &b);
	} while (result == LINE_STOPPED);
	if (result == LINE_ERROR)
		cmd_fail(err, ENVSEAL_INPUT, "/dev/tty", errno, "cannot ask at the terminal", instead);
	else if (result == LINE_NOTHING)
		cmd_fail(err, ENVSEAL_USAGE, NULL, 0, "nothing was typed", instead);
	else if (result == LINE_LONG)
		cmd_fail(
		    err, ENVSEAL_USAGE, NULL, 0, "a terminal takes at most 4094 bytes in a line", instead);
	else
		good = bytes_take(&b, out, err);
	bytes_free(&b);
	(void)close(fd);
	return good;
}
