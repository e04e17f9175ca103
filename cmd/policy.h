/*
 * policy - what is wanted for a file: to whom it is to be sealed, and which of its values.
 *
 * Recipients come from -r and -R, else from SOPS_AGE_RECIPIENTS, else from the matching rule of .sops.yaml; what is
 * selected comes from that rule in any case.
 */
#ifndef CMD_POLICY_H
#define CMD_POLICY_H

#include "cmd/opt.h"
#include "cmd/repo.h"

struct policy {
	struct envseal_plan plan; /* recipients NULL: nobody names any */
	char config[PATH_MAX]; /* the .sops.yaml that was used; empty: there is none */
	const char *source; /* who names the recipients, for messages: "-r", "SOPS_AGE_RECIPIENTS", config */
	bool ruled; /* they are those of the rule */
};

/* Finds it all.  .sops.yaml is --config, else SOPS_CONFIG, else looked for from the directory of the file up to the
 * root of its repository; outside a repository only while directories belong to this user and nobody else may write
 * there.  That there is no rule is no error here.  Free with policy_free in any case.
 * Errors: ENVSEAL_CONFIG, ENVSEAL_NO_RULE (unless recipients are given), ENVSEAL_RECIPIENT, those of file_read. */
bool policy_find(struct policy *policy, const struct opt_parsed *parsed, struct envseal *es,
    const struct repo *repo, struct envseal_err *err) ENVSEAL_MUST_USE;
void policy_free(struct policy *policy);

/* Fails with ENVSEAL_NO_CONFIG when nobody names recipients. */
bool policy_need_recipients(
    const struct policy *policy, const struct repo *repo, struct envseal_err *err) ENVSEAL_MUST_USE;

/* "unencrypted_suffix _unencrypted": a selection as text. */
void policy_selection_text(const struct envseal_plan *plan, char *text, size_t n);

#endif
