/*
 * report - says what a sealing did: to whom, how many values, and which stay readable.
 */
#ifndef CMD_REPORT_H
#define CMD_REPORT_H

#include "cmd/policy.h"
#include "cmd/session.h"

/* For people on standard error, and into the JSON report of the session.  doc is the sealed document, plan what it was
 * sealed by, policy who asked for it (NULL: the file itself). */
void report_sealed(struct session *s, const char *path, const struct envseal_doc *doc,
    const struct envseal_plan *plan, const struct policy *policy, const struct envseal_report *report);

#endif
