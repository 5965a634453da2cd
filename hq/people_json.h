/*
 * The documents of the people port, made from the database.
 * Channels and surveys are never pooled. SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_PEOPLE_JSON_H
#define HQ_PEOPLE_JSON_H

#include "core/error.h"
#include "hq/db.h"

#include <jansson.h>

/*
 * Each gives a new reference in *document, or an error of hq/db.h (-ENOMEM included).
 * summary: {"branches": [{"id", "name", "completeness", "questions"}], "all": {"completeness", "questions"}}
 *   question: {"survey", "question", "kind", "scale", "channel", "n", "counts": {mark: count}, "csat",
 *   "suppressed"}; csat is {"value", "low", "high"} or null, and then suppressed says why.
 * reasons: the same with "codes": [{"code", "count", "share"}], most frequent first, of n answers.
 *   completeness, of the period: {"arrived", "recorded", "gaps", "share"}; gaps are missing for good
 * devices: {"devices": [{"id", "branch", ..., "unsent", "missing": [{"store", "first", "last", "why"}],
 *   "stores": [...]}]}
 * alerts: {"alerts": [{"kind", "device", "subject", "text", "first", "last", "count"}]}, newest first
 */
int people_json_summary(struct db *db, const struct db_period *period, json_t **document,
                        struct error *error);
int people_json_reasons(struct db *db, const struct db_period *period, json_t **document,
                        struct error *error);
int people_json_devices(struct db *db, json_t **document, struct error *error);
int people_json_alerts(struct db *db, json_t **document, struct error *error);

#endif
