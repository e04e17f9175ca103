#include "format/context.h"

#include "crypto/core/mem.h"
#include "crypto/rand.h"
#include "format/err.h"

#include <stdlib.h>
#include <time.h>

struct envseal *
envseal_new(const struct envseal_host *host, struct envseal_err *err)
{
	if (!es_mem_start()) {
		es_fail(err, ENVSEAL_INTERNAL, "the system gives no randomness",
		    "check that /dev/urandom is there");
		return NULL;
	}
	struct envseal *es = calloc(1, sizeof *es);
	if (es == NULL) {
		es_fail_memory(err);
		return NULL;
	}
	if (host != NULL)
		es->host = *host;
	return es;
}

void
envseal_end(struct envseal *es)
{
	free(es);
}

void
es_context_random(const struct envseal *es, void *p, size_t n)
{
	if (es->host.random != NULL)
		es->host.random(es->host.ctx, p, n);
	else
		es_rand(p, n);
}

int64_t
es_context_now(const struct envseal *es)
{
	return es->host.now != NULL ? es->host.now(es->host.ctx) : (int64_t)time(NULL);
}

void
es_context_note(const struct envseal *es, uint32_t line, const char *text)
{
	if (es->host.note != NULL)
		es->host.note(es->host.ctx, line, text);
}

void
es_context_parallel(const struct envseal *es, void (*fn)(void *arg, size_t i), void *arg, size_t n)
{
	if (es->host.parallel != NULL) {
		es->host.parallel(es->host.ctx, fn, arg, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		fn(arg, i);
}

void *
envseal_alloc(size_t n)
{
	return es_mem_alloc(n);
}

void
envseal_free(void *p)
{
	es_mem_free(p);
}

void
envseal_out_free(struct envseal_out *out)
{
	es_mem_free(out->p);
	out->p = NULL;
	out->n = 0;
}
