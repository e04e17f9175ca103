#include "cmd/os/harden.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

static struct {
	mode_t umask;
	bool has_core;
	struct rlimit core;
	struct sigaction pipe, xfsz;
} inherited;

static bool
fill_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) != fd)
			return false;
	}
	return true;
}

/* Refusals here (a sandbox may refuse anything) leave the process as usable as it was, so they are no errors. */
bool
harden_process(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct rlimit none;

	if (!fill_descriptors())
		return false;
#ifdef CLOSE_RANGE_CLOEXEC
	(void)close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC);
#endif
	inherited.umask = umask(077);
	inherited.has_core = getrlimit(RLIMIT_CORE, &inherited.core) == 0;
	if (inherited.has_core) {
		none = inherited.core;
		none.rlim_cur = 0;
		(void)setrlimit(RLIMIT_CORE, &none);
	}
#ifdef __linux__
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
	(void)sigaction(SIGPIPE, &ignore, &inherited.pipe);
	(void)sigaction(SIGXFSZ, &ignore, &inherited.xfsz);
	return true;
}

mode_t
harden_umask(void)
{
	return inherited.umask;
}

void
harden_undo_in_child(void)
{
	(void)umask(inherited.umask);
	if (inherited.has_core)
		(void)setrlimit(RLIMIT_CORE, &inherited.core);
	(void)sigaction(SIGPIPE, &inherited.pipe, NULL);
	(void)sigaction(SIGXFSZ, &inherited.xfsz, NULL);
}
