/*
 * keep - gives a new file the owner, the extended attributes and the access control list of the one it replaces.
 */
#ifndef CMD_OS_KEEP_H
#define CMD_OS_KEEP_H

#include "format/envseal.h"

#include <sys/types.h>

/* old is open on the file that goes, fd on the one that comes, which is still empty; path is for messages.
 * What is kept: owner and group, attributes named user.*, the POSIX access control list.  The mode of fd is 0600
 * afterwards, which also masks the list, so that nobody else gets in before the final mode is set.
 * Errors: ENVSEAL_REFUSED when one of them cannot be kept, ENVSEAL_OUTPUT when a call fails for another reason. */
bool keep_attributes(int old, int fd, const char *path, struct envseal_err *err) ENVSEAL_MUST_USE;

#endif
