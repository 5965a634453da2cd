/*
 * The documents of the people port. Rows come sorted, so that a new group begins where its key changes.
 * jansson ignores NULL where memory ran out; what matters is checked at the end of each document.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/people_json.h"

#include "hq/db_proof.h"
#include "hq/stats.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- questions: one for each survey, question, kind, scale and channel ------------------------------------------ */

struct people_json_questions {
    json_t *groups; /* object: branch id -> {"name", "questions"}; "" when not by branch */
    bool choices;   /* take the choices, else all the others */
};

static bool people_json_same(const json_t *question, const struct db_score_row *row)
{
    return question && json_integer_value(json_object_get(question, "scale")) == row->scale &&
           strcmp(json_string_value(json_object_get(question, "survey")), row->survey) == 0 &&
           strcmp(json_string_value(json_object_get(question, "question")), row->question) == 0 &&
           strcmp(json_string_value(json_object_get(question, "kind")), row->kind) == 0 &&
           strcmp(json_string_value(json_object_get(question, "channel")), row->channel) == 0;
}

/* The question that the row belongs to: the last one, or a new one behind it. Borrowed; NULL: no memory. */
static json_t *people_json_question(json_t *questions, const struct db_score_row *row)
{
    size_t count = json_array_size(questions);
    json_t *last = count > 0 ? json_array_get(questions, count - 1) : NULL;
    if (people_json_same(last, row))
        return last;
    json_t *made =
        json_pack("{s:s, s:s, s:s, s:i, s:s, s:i, s:{}}", "survey", row->survey, "question", row->question,
                  "kind", row->kind, "scale", row->scale, "channel", row->channel, "n", 0, "counts");
    return json_array_append_new(questions, made) == 0 ? made : NULL;
}

static json_t *people_json_group(json_t *groups, const struct db_score_row *row)
{
    json_t *group = json_object_get(groups, row->branch);
    if (group)
        return group;
    group = json_pack("{s:s, s:[]}", "name", row->branch_name, "questions");
    return json_object_set_new(groups, row->branch, group) == 0 ? group : NULL;
}

static int people_json_take_score(void *user, const struct db_score_row *row)
{
    const struct people_json_questions *questions = user;
    bool choice = strcmp(row->kind, "choice") == 0;
    if (choice != questions->choices)
        return 0;
    json_t *group = people_json_group(questions->groups, row);
    json_t *question = group ? people_json_question(json_object_get(group, "questions"), row) : NULL;
    if (!question)
        return -ENOMEM;
    json_t *n = json_object_get(question, "n");
    /* a choice counts its answers under the empty answer, and each code under its own name */
    if (!choice || !row->answer[0])
        (void)json_integer_set(n, json_integer_value(n) + row->count);
    if (!row->answer[0])
        return 0;
    return json_object_set_new(json_object_get(question, "counts"), row->answer, json_integer(row->count)) ==
                   0
               ? 0
               : -ENOMEM;
}

static json_t *people_json_share(struct stats_share share)
{
    return json_pack("{s:f, s:f, s:f}", "value", share.value, "low", share.low, "high", share.high);
}

static int people_json_add_csat(json_t *question)
{
    int64_t n = json_integer_value(json_object_get(question, "n")), satisfied = 0;
    int scale = (int)json_integer_value(json_object_get(question, "scale"));
    const char *mark;
    json_t *count;
    json_object_foreach(json_object_get(question, "counts"), mark, count)
    {
        if (stats_is_satisfied((int)strtol(mark, NULL, 10), scale))
            satisfied += json_integer_value(count);
    }
    const char *suppressed = NULL;
    if (strcmp(json_string_value(json_object_get(question, "kind")), "faces") != 0)
        suppressed = "not faces";
    else if (n < STATS_SUPPRESS_UNDER)
        suppressed = "n<10";
    int failed = json_object_set_new(
        question, "csat", suppressed ? json_null() : people_json_share(stats_wilson(satisfied, n)));
    failed |= json_object_set_new(question, "suppressed", suppressed ? json_string(suppressed) : json_null());
    return failed ? -ENOMEM : 0;
}

/* A code and how often it was chosen; both borrowed from counts. */
struct people_json_code {
    const char *code;
    json_t *count;
};

static int people_json_by_count(const void *a, const void *b)
{
    const struct people_json_code *one = a, *other = b;
    json_int_t first = json_integer_value(one->count), second = json_integer_value(other->count);
    if (first != second)
        return first > second ? -1 : 1;
    return strcmp(one->code, other->code);
}

/* Turns counts into codes, the most frequent first. */
static int people_json_add_codes(json_t *question)
{
    json_t *counts = json_object_get(question, "counts"), *codes = json_array(), *count;
    json_int_t n = json_integer_value(json_object_get(question, "n"));
    struct people_json_code *sorted = calloc(json_object_size(counts) + 1, sizeof *sorted);
    size_t size = 0;
    const char *code;
    int failed = sorted ? 0 : -1;
    json_object_foreach(counts, code, count)
    {
        if (sorted)
            sorted[size++] = (struct people_json_code){code, count};
    }
    if (sorted)
        qsort(sorted, size, sizeof *sorted, people_json_by_count);
    for (size_t i = 0; i < size; i++) {
        double share = (double)json_integer_value(sorted[i].count) / (double)n;
        failed |= json_array_append_new(
            codes, json_pack("{s:s, s:O, s:o}", "code", sorted[i].code, "count", sorted[i].count, "share",
                             n < STATS_SUPPRESS_UNDER ? json_null() : json_real(share)));
    }
    free(sorted);
    failed |= json_object_set_new(question, "codes", codes);
    failed |= json_object_del(question, "counts");
    return failed ? -ENOMEM : 0;
}

/* All questions of the period; *groups gets branch id -> {"name", "questions"}. */
static int people_json_questions(struct db *db, const struct db_period *period, bool by_branch, bool choices,
                                 json_t **groups, struct error *error)
{
    struct people_json_questions questions = {json_object(), choices};
    int result = db_scores(db, period, by_branch, people_json_take_score, &questions, error);
    const char *branch;
    json_t *group, *question;
    size_t index;
    json_object_foreach(questions.groups, branch, group)
    {
        json_array_foreach(json_object_get(group, "questions"), index, question)
        {
            if (result == 0 &&
                (choices ? people_json_add_codes(question) : people_json_add_csat(question)) < 0)
                result = error_set(error, -ENOMEM, "no memory for the figures");
        }
    }
    if (result < 0) {
        json_decref(questions.groups);
        return result;
    }
    *groups = questions.groups;
    return 0;
}

/* --- summary and reasons --------------------------------------------------------------------------------------- */

struct people_json_places {
    json_t *branches;     /* array being built */
    const json_t *groups; /* of people_json_questions() by branch */
    int64_t arrived, recorded, gaps;
};

static json_t *people_json_completeness(int64_t arrived, int64_t recorded, int64_t gaps)
{
    return json_pack("{s:I, s:I, s:I, s:o}", "arrived", (json_int_t)arrived, "recorded", (json_int_t)recorded,
                     "gaps", (json_int_t)gaps, "share",
                     recorded > 0 ? json_real((double)arrived / (double)recorded) : json_null());
}

static int people_json_take_place(void *user, const struct db_progress_row *row)
{
    struct people_json_places *places = user;
    json_t *questions = json_object_get(json_object_get(places->groups, row->branch), "questions");
    places->arrived += row->arrived;
    places->recorded += row->recorded;
    places->gaps += row->gaps;
    json_t *branch =
        json_pack("{s:s, s:s, s:o, s:o}", "id", row->branch, "name", row->branch_name, "completeness",
                  people_json_completeness(row->arrived, row->recorded, row->gaps), "questions",
                  questions ? json_incref(questions) : json_array());
    return json_array_append_new(places->branches, branch) == 0 ? 0 : -ENOMEM;
}

static int people_json_scores(struct db *db, const struct db_period *period, bool choices, json_t **document,
                              struct error *error)
{
    json_t *groups = NULL, *all = NULL;
    struct people_json_places places = {.branches = json_array()};
    int result = people_json_questions(db, period, true, choices, &groups, error);
    if (result == 0)
        result = people_json_questions(db, period, false, choices, &all, error);
    places.groups = groups;
    if (result == 0)
        result = db_progress(db, period, people_json_take_place, &places, error);
    if (result == 0) {
        json_t *questions = json_object_get(json_object_get(all, ""), "questions");
        json_t *made = json_pack("{s:O, s:{s:o, s:o}}", "branches", places.branches, "all", "completeness",
                                 people_json_completeness(places.arrived, places.recorded, places.gaps),
                                 "questions", questions ? json_incref(questions) : json_array());
        if (made)
            *document = made;
        else
            result = error_set(error, -ENOMEM, "no memory for the figures");
    }
    json_decref(groups);
    json_decref(all);
    json_decref(places.branches);
    return result;
}

int people_json_summary(struct db *db, const struct db_period *period, json_t **document, struct error *error)
{
    return people_json_scores(db, period, false, document, error);
}

int people_json_reasons(struct db *db, const struct db_period *period, json_t **document, struct error *error)
{
    return people_json_scores(db, period, true, document, error);
}

/* --- devices --------------------------------------------------------------------------------------------------- */

static int64_t people_json_unsent(const struct db_store_row *row)
{
    return row->last_reported > row->high_water && !row->closed ? row->last_reported - row->high_water : 0;
}

static void people_json_add(json_t *object, const char *key, int64_t more)
{
    json_t *number = json_object_get(object, key);
    (void)json_integer_set(number, json_integer_value(number) + more);
}

/* Rows come sorted by device: the last device of the array, or a new one. Borrowed; NULL: no memory. */
static json_t *people_json_device(json_t *devices, const struct db_store_row *row)
{
    size_t count = json_array_size(devices);
    json_t *last = count > 0 ? json_array_get(devices, count - 1) : NULL;
    if (last && strcmp(json_string_value(json_object_get(last, "id")), row->device) == 0)
        return last;
    json_t *made =
        json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:i, s:i, s:i, s:i, s:i, s:[], s:[]}", "id", row->device,
                  "branch", row->branch, "branch_name", row->branch_name, "counter", row->counter, "enrolled",
                  (json_int_t)row->enrolled, "last_seen",
                  row->last_seen > 0 ? json_integer(row->last_seen) : json_null(), "high_water", 0,
                  "last_reported", 0, "unsent", 0, "quarantined", 0, "gaps", 0, "missing", "stores");
    return json_array_append_new(devices, made) == 0 ? made : NULL;
}

/* The device's last record about itself, as it is; null when there is none yet. */
static json_t *people_json_status(const char *line)
{
    json_t *status = line && line[0] ? json_loads(line, 0, NULL) : NULL;
    return status ? status : json_null();
}

static int people_json_take_store(void *user, const struct db_store_row *row)
{
    json_t *device = people_json_device(user, row);
    if (!device)
        return -ENOMEM;
    if (!row->store)
        return 0;
    people_json_add(device, "high_water", row->high_water);
    people_json_add(device, "last_reported", row->last_reported);
    people_json_add(device, "unsent", people_json_unsent(row));
    people_json_add(device, "quarantined", row->quarantined);
    people_json_add(device, "gaps", row->gaps);
    json_t *store = json_pack(
        "{s:s, s:o, s:b, s:I, s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "id", row->store, "parent",
        row->parent && row->parent[0] ? json_string(row->parent) : json_null(), "closed", row->closed, "gaps",
        (json_int_t)row->gaps, "status", people_json_status(row->status), "version", row->version,
        "high_water", (json_int_t)row->high_water, "last_reported", (json_int_t)row->last_reported, "unsent",
        (json_int_t)people_json_unsent(row), "quarantined", (json_int_t)row->quarantined, "duplicates",
        (json_int_t)row->duplicates, "received", (json_int_t)row->received, "clock_offset",
        (json_int_t)(row->clock_at - row->received));
    return json_array_append_new(json_object_get(device, "stores"), store) == 0 ? 0 : -ENOMEM;
}

/* Rows come sorted by device, as the devices are. */
static int people_json_take_missing(void *user, const struct db_missing_row *row)
{
    json_t *device;
    size_t index;
    json_array_foreach((json_t *)user, index, device)
    {
        if (strcmp(json_string_value(json_object_get(device, "id")), row->device) != 0)
            continue;
        json_t *range =
            json_pack("{s:s, s:I, s:I, s:s, s:I}", "store", row->store, "first", (json_int_t)row->first,
                      "last", (json_int_t)row->last, "why", row->why, "reported", (json_int_t)row->reported);
        return json_array_append_new(json_object_get(device, "missing"), range) == 0 ? 0 : -ENOMEM;
    }
    return 0;
}

int people_json_devices(struct db *db, json_t **document, struct error *error)
{
    json_t *devices = json_array();
    int result = db_stores(db, people_json_take_store, devices, error);
    if (result == 0)
        result = db_missing(db, people_json_take_missing, devices, error);
    json_t *made = result == 0 ? json_pack("{s:O}", "devices", devices) : NULL;
    json_decref(devices);
    if (result < 0)
        return result;
    if (!made)
        return error_set(error, -ENOMEM, "no memory for the devices");
    *document = made;
    return 0;
}

/* --- alerts ---------------------------------------------------------------------------------------------------- */

static int people_json_take_alert(void *user, const struct db_alert_row *row)
{
    /* a detail is a device's own words: what is no UTF-8 is left out */
    json_t *text = json_string(row->text);
    json_t *alert =
        json_pack("{s:s, s:s, s:s, s:o, s:I, s:I, s:I}", "kind", row->kind, "device", row->device, "subject",
                  row->subject, "text", text ? text : json_string(""), "first", (json_int_t)row->first,
                  "last", (json_int_t)row->last, "count", (json_int_t)row->count);
    return json_array_append_new(user, alert) == 0 ? 0 : -ENOMEM;
}

int people_json_alerts(struct db *db, json_t **document, struct error *error)
{
    json_t *alerts = json_array();
    int result = db_alerts(db, people_json_take_alert, alerts, error);
    json_t *made = result == 0 ? json_pack("{s:O}", "alerts", alerts) : NULL;
    json_decref(alerts);
    if (result < 0)
        return result;
    if (!made)
        return error_set(error, -ENOMEM, "no memory for the alerts");
    *document = made;
    return 0;
}
