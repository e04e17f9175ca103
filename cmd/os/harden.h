/*
 * harden - makes the process a safe place for keys, before anything else runs; and undoes it in children.
 *
 * What the process inherited (umask, core limit, two signal dispositions) belongs to the process as a whole, so it is
 * kept in this module.
 */
#ifndef CMD_OS_HARDEN_H
#define CMD_OS_HARDEN_H

#include <stdbool.h>
#include <sys/types.h>

/* Call once, first thing in main, while there is one thread.
 *
 * Closed descriptors among 0, 1, 2 are filled with /dev/null opened the wrong way round: no later file can become
 * standard output by accident, and reading or writing the closed one still fails (EBADF).  Descriptors above 2 that
 * were handed to us (a key from <(...)) are not handed on to children, where the system can do that.  The soft limit
 * for core files becomes 0, the process is not dumpable (so no other process of the user can trace it), umask 077.
 * SIGPIPE and SIGXFSZ are ignored: a closed pipe and a file size limit become errors of write(2).
 *
 * False: /dev/null cannot be opened; it is not safe to go on, and there may be nowhere to say so. */
bool harden_process(void);

/* The umask that the process was started with. */
mode_t harden_umask(void);

/* In a child, before exec: gives back what harden_process took.  Uses async-signal-safe calls and changes no memory,
 * so that it may run between vfork and exec. */
void harden_undo_in_child(void);

#endif
