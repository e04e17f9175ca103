#include "cmd/os/cleanup.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SLOTS = 64 };

static struct {
	volatile sig_atomic_t live;
	pid_t owner;
	int dir;
	char name[32];
} files[SLOTS];

static volatile sig_atomic_t child;
static bool installed;

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum { SIGNALS = sizeof signals / sizeof signals[0] };

static void
on_signal(int number)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (files[i].live && files[i].owner == getpid())
			(void)unlinkat(files[i].dir, files[i].name, 0);
	if (child > 0)
		(void)kill(-(pid_t)child, SIGKILL);
	/* Pending until this handler returns, then deadly. */
	(void)signal(number, SIG_DFL);
	(void)raise(number);
}

static void
fill(sigset_t *set)
{
	(void)sigemptyset(set);
	for (size_t i = 0; i < SIGNALS; i++)
		(void)sigaddset(set, signals[i]);
}

static void
install(void)
{
	struct sigaction act = {.sa_handler = on_signal};
	struct sigaction was;

	if (installed)
		return;
	installed = true;
	fill(&act.sa_mask);
	for (size_t i = 0; i < SIGNALS; i++)
		if (sigaction(signals[i], NULL, &was) == 0 && was.sa_handler != SIG_IGN)
			(void)sigaction(signals[i], &act, NULL);
}

void
cleanup_hold(sigset_t *was)
{
	sigset_t set;

	fill(&set);
	(void)sigprocmask(SIG_BLOCK, &set, was);
}

void
cleanup_release(const sigset_t *was)
{
	(void)sigprocmask(SIG_SETMASK, was, NULL);
}

int
cleanup_add(int dir, const char *name)
{
	install();
	for (int i = 0; i < SLOTS; i++) {
		if (files[i].live)
			continue;
		files[i].owner = getpid();
		files[i].dir = dir;
		(void)snprintf(files[i].name, sizeof files[i].name, "%s", name);
		files[i].live = 1;
		return i;
	}
	return -1;
}

void
cleanup_remove(int slot)
{
	if (slot >= 0)
		files[slot].live = 0;
}

void
cleanup_child(pid_t group)
{
	install();
	child = (sig_atomic_t)group;
}
