/*
 * dirs - makes the directories that a new file needs.
 */
#ifndef CMD_OS_DIRS_H
#define CMD_OS_DIRS_H

#include "format/envseal.h"

#include <sys/types.h>

/* Makes those on the way to path that are not there, with this mode whatever the umask is.  False: see errno. */
bool dirs_make(const char *path, mode_t mode) ENVSEAL_MUST_USE;

#endif
