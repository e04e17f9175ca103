/*
 * cleanup - what must not outlive the process when a signal ends it: temporary files, and children in a process group
 * of their own.
 *
 * The list is one per process, because a signal handler must find it.  The handler for SIGINT, SIGTERM, SIGHUP and
 * SIGQUIT (each only where it was not ignored) unlinks the live entries of this process, kills the child, and lets
 * the signal take its default effect.
 */
#ifndef CMD_OS_CLEANUP_H
#define CMD_OS_CLEANUP_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/* Between hold and release those signals wait.  Creating a file and entering it, renaming it and striking it, each
 * happen under hold, so that the list is exact whenever the handler runs. */
void cleanup_hold(sigset_t *was);
void cleanup_release(const sigset_t *was);

/* Enters a file by the descriptor of its directory and its name (at most 31 bytes); returns the slot, or -1 when 64
 * files are live. */
int cleanup_add(int dir, const char *name);
/* Strikes a slot; -1 is fine. */
void cleanup_remove(int slot);

/* The process group to kill; 0: none. */
void cleanup_child(pid_t group);

#endif
