#include "cmd/host.h"

#include "cmd/diag.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

enum { THREADS = 8 }; /* at most, the caller being one of them */

static void
note(void *ctx, uint32_t line, const char *text)
{
	const struct host *host = ctx;

	if (host->file == NULL)
		diag_note("%s", text);
	else if (line == 0)
		diag_note("%s: %s", host->file, text);
	else
		diag_note("%s:%u: %s", host->file, (unsigned)line, text);
}

struct work {
	void (*fn)(void *arg, size_t i);
	void *arg;
	size_t n;
	atomic_size_t next;
};

static void *
pull(void *arg)
{
	struct work *work = arg;

	for (size_t i; (i = atomic_fetch_add(&work->next, 1)) < work->n;)
		work->fn(work->arg, i);
	return NULL;
}

static void
parallel(void *ctx, void (*fn)(void *arg, size_t i), void *arg, size_t n)
{
	struct work work = {.fn = fn, .arg = arg, .n = n};
	long cores = n > 1 ? sysconf(_SC_NPROCESSORS_ONLN) : 1;
	size_t most = cores < 1 ? 1 : cores > THREADS ? THREADS : (size_t)cores;
	pthread_t threads[THREADS];
	sigset_t all, was;
	size_t made = 0;

	(void)ctx;
	if (most > n)
		most = n;
	if (most > 1) {
		/* Signals are for the thread that knows what to clean up. */
		(void)sigfillset(&all);
		(void)pthread_sigmask(SIG_SETMASK, &all, &was);
		while (made + 1 < most && pthread_create(&threads[made], NULL, pull, &work) == 0)
			made++;
		(void)pthread_sigmask(SIG_SETMASK, &was, NULL);
	}
	(void)pull(&work);
	while (made > 0)
		(void)pthread_join(threads[--made], NULL);
}

struct envseal *
host_start(struct host *host, struct envseal_err *err)
{
	host->callbacks = (struct envseal_host){.ctx = host, .note = note, .parallel = parallel};
	return envseal_new(&host->callbacks, err);
}
