/*
 * policy - what is wanted for a file: to whom it is to be sealed, and which of its values.
 *
 * Recipients come from -r and -R, else from SOPS_AGE_RECIPIENTS, else from the matching rule of .sops.yaml; what is
 * selected comes from that rule in any case.
 */
#ifndef CMD_POLICY_H
#define CMD_POLICY_H

#include "cmd/session.h"

struct policy {
	struct envseal_plan plan; /* recipients NULL: nobody names any */
	const char *source; /* who names the recipients, for messages: "-r", "SOPS_AGE_RECIPIENTS", a path */
	bool ruled; /* they are those of the rule */
	struct envseal_err missing; /* why there is no rule although there is a .sops.yaml */
};

/* Finds it all for the file of s->repo, and sets s->config.  .sops.yaml is --config, else SOPS_CONFIG, else looked for from the directory of the file up to the
 * root of its repository; outside a repository only while directories belong to this user and nobody else may write
 * there.  That there is no rule is no error here.  Free with policy_free in any case.
 * Errors: ENVSEAL_CONFIG, ENVSEAL_RECIPIENT, those of file_read. */
bool policy_find(struct policy *policy, struct session *s, struct envseal_err *err) ENVSEAL_MUST_USE;
void policy_free(struct policy *policy);

/* Fails with ENVSEAL_NO_CONFIG, ENVSEAL_NO_RULE or ENVSEAL_CONFIG when nobody names recipients for file. */
bool policy_need_recipients(const struct policy *policy, const struct session *s, const char *file,
    struct envseal_err *err) ENVSEAL_MUST_USE;

/* "unencrypted_suffix _unencrypted": a selection as text. */
void policy_selection_text(const struct envseal_plan *plan, char *text, size_t n);

#endif
