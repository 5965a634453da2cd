/*
 * Enrolling a device.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/enroll.h"

#include "core/clock.h"
#include "core/keyfile.h"
#include "core/receipt.h"
#include "hq/db_fleet.h"
#include "hq/file.h"
#include "hq/pki.h"
#include "hq/token.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENROLL_NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
#define ENROLL_AUTHORITY_MAX 65536
#define ENROLL_HOUR_MS 3600000

/* --- checks ------------------------------------------------------------------------------------------------ */

static int enroll_check_name(const char *what, const char *name, struct error *error)
{
    if (!name[0] || strlen(name) >= RECORD_NAME_MAX || strspn(name, ENROLL_NAME_CHARACTERS) != strlen(name))
        return error_set(error, -EINVAL, "%s \"%.80s\": 1 to %d of %s are allowed", what, name,
                         RECORD_NAME_MAX - 1, RECORD_CODE_PATTERN);
    return 0;
}

static bool enroll_is_plain(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return false;
    return true;
}

/* What goes into the configuration file and onto the page must be one line of text. */
static int enroll_check_text(const char *what, const char *text, size_t limit, struct error *error)
{
    if (text && (strlen(text) >= limit || !enroll_is_plain(text)))
        return error_set(error, -EINVAL, "%s: one line of less than %zu bytes is expected", what, limit);
    return 0;
}

static int enroll_check_path(const char *what, const char *path, struct error *error)
{
    if (path && path[0] != '/')
        return error_set(error, -EINVAL, "%s %s: an absolute path on the device is expected", what, path);
    return enroll_check_text(what, path, CONFIG_TEXT_MAX, error);
}

static int enroll_check(const struct enroll_options *options, struct error *error)
{
    int result = enroll_check_name("device id", options->device, error);
    if (result == 0)
        result = enroll_check_name("branch id", options->branch, error);
    if (result == 0 && options->url && (strncmp(options->url, "https://", 8) != 0 || !options->url[8]))
        result = error_set(error, -EINVAL, "--url %s: https://host:port is expected", options->url);
    if (result == 0)
        result = enroll_check_text("--url", options->url, CONFIG_TEXT_MAX, error);
    if (result == 0)
        result = enroll_check_text("--branch-name", options->branch_name, DB_NAME_MAX, error);
    if (result == 0)
        result = enroll_check_text("--counter", options->counter, DB_NAME_MAX, error);
    if (result == 0)
        result = enroll_check_path("--survey", options->survey, error);
    return result == 0 ? enroll_check_path("--icons", options->icons, error) : result;
}

/* --- the folder -------------------------------------------------------------------------------------------- */

static int enroll_certificate(const struct settings *settings, const char *device, const char *stage,
                              struct identity *identity, struct error *error)
{
    char key[FILE_PATH_MAX], certificate[FILE_PATH_MAX];
    struct pki_authority *authority = NULL;
    int result = pki_open_authority(&authority, settings->ca_key, settings->ca, error);
    if (result == 0)
        result = file_path(key, stage, "device.key", error);
    if (result == 0)
        result = file_path(certificate, stage, "device.pem", error);
    if (result == 0)
        result = pki_make_device(authority, device, (int)settings->certificate_hours, key, certificate,
                                 identity, error);
    pki_close_authority(authority);
    return result;
}

/* The two things by which the device will know headquarters. */
static int enroll_copy_keys(const struct settings *settings, const char *stage, struct error *error)
{
    char path[FILE_PATH_MAX], *authority = NULL;
    uint8_t key[RECEIPT_KEY_BYTES];
    size_t size = 0;
    int result = file_read(settings->ca, ENROLL_AUTHORITY_MAX, &authority, &size, error);
    if (result == 0)
        result = file_path(path, stage, "ca.pem", error);
    if (result == 0)
        result = file_write(path, authority, size, false, error);
    free(authority);
    if (result == 0)
        result = keyfile_read(settings->hq_key, key, sizeof key, false, error);
    if (result == 0)
        result = file_path(path, stage, "hq.pub", error);
    return result == 0 ? keyfile_write(path, key, sizeof key, false, error) : result;
}

static int enroll_config(const struct enroll_options *options, const char *stage, struct error *error)
{
    char path[FILE_PATH_MAX], *text = NULL;
    size_t size = 0;
    int result = file_path(path, stage, "tapline.ini", error);
    FILE *out = result == 0 ? open_memstream(&text, &size) : NULL;
    if (result < 0)
        return result;
    if (!out)
        return error_set(error, -ENOMEM, "%s: no memory to make it", path);
    (void)fprintf(out, "[device]\nid = %s\nbranch = %s\noutbox = outbox.db\n", options->device,
                  options->branch);
    if (options->survey)
        (void)fprintf(out, "survey = %s\n", options->survey);
    if (options->icons)
        (void)fprintf(out, "\n[kiosk]\nicons = %s\n", options->icons);
    (void)fprintf(
        out, "\n[sync]\nurl = %s\nca = ca.pem\ncertificate = device.pem\nkey = device.key\nhq_key = hq.pub\n",
        options->url);
    if (fclose(out) != 0)
        result = error_set(error, -ENOMEM, "%s: no memory to make it", path);
    else
        result = file_write(path, text, size, false, error);
    free(text);
    return result;
}

static int enroll_fill(const struct settings *settings, const struct enroll_options *options,
                       const char *stage, struct identity *identity, struct error *error)
{
    int result = enroll_certificate(settings, options->device, stage, identity, error);
    if (result == 0)
        result = enroll_copy_keys(settings, stage, error);
    return result == 0 ? enroll_config(options, stage, error) : result;
}

/* --- the whole --------------------------------------------------------------------------------------------- */

static void enroll_describe(const struct enroll_options *options, struct db_enrolment *enrolment)
{
    (void)snprintf(enrolment->identity.device, sizeof enrolment->identity.device, "%s", options->device);
    (void)snprintf(enrolment->branch, sizeof enrolment->branch, "%s", options->branch);
    (void)snprintf(enrolment->branch_name, sizeof enrolment->branch_name, "%s",
                   options->branch_name ? options->branch_name : "");
    (void)snprintf(enrolment->counter, sizeof enrolment->counter, "%s",
                   options->counter ? options->counter : "");
}

static int enroll_with_folder(struct db *db, const struct settings *settings,
                              const struct enroll_options *options, struct error *error)
{
    char stage[FILE_PATH_MAX];
    struct db_enrolment enrolment = {0};
    struct clock clock;
    clock_system(&clock);
    enroll_describe(options, &enrolment);
    int result = db_enrollable(db, &enrolment, options->replace, error);
    if (result == 0)
        result = file_stage(stage, options->folder, error);
    if (result < 0)
        return result;
    result = enroll_fill(settings, options, stage, &enrolment.identity, error);
    if (result == 0)
        result = file_commit(stage, options->folder, error);
    if (result < 0) {
        file_abandon(stage);
        return result;
    }
    result = db_enroll(db, &enrolment, options->replace, clock_wall(&clock), error);
    if (result < 0)
        file_abandon(options->folder);
    return result;
}

/* The certificate of an authority of one's own: it must count at the port, and name the device. */
static int enroll_with_certificate(struct db *db, const struct settings *settings,
                                   const struct enroll_options *options, struct error *error)
{
    struct db_enrolment enrolment = {0};
    struct pki_trust *trust = NULL;
    struct clock clock;
    clock_system(&clock);
    enroll_describe(options, &enrolment);
    int result = pki_open_trust(&trust, settings->ca, error);
    if (result == 0)
        result = pki_read_device(trust, options->certificate, &enrolment.identity, error);
    pki_close_trust(trust);
    if (result == 0 && strcmp(enrolment.identity.device, options->device) != 0)
        result = error_set(error, -EINVAL, "%s: its common name is %s, not %s", options->certificate,
                           enrolment.identity.device, options->device);
    return result == 0 ? db_enroll(db, &enrolment, options->replace, clock_wall(&clock), error) : result;
}

int enroll_device(const struct settings *settings, const struct enroll_options *options, struct error *error)
{
    struct db *db = NULL;
    int result = enroll_check(options, error);
    if (result == 0)
        result = db_open(&db, settings->database, error);
    if (result == 0)
        result = options->certificate ? enroll_with_certificate(db, settings, options, error)
                                      : enroll_with_folder(db, settings, options, error);
    db_close(db);
    return result;
}

/* --- with a token ------------------------------------------------------------------------------------------ */

static int enroll_fingerprint(const struct settings *settings, char text[PKI_FINGERPRINT_TEXT],
                              struct error *error)
{
    char *authority = NULL;
    size_t size = 0;
    int result = file_read(settings->ca, ENROLL_AUTHORITY_MAX, &authority, &size, error);
    if (result == 0)
        result = pki_fingerprint(authority, text, error);
    free(authority);
    return result;
}

int enroll_token(const struct settings *settings, const struct enroll_options *options, FILE *out,
                 struct error *error)
{
    char token[TOKEN_TEXT], fingerprint[PKI_FINGERPRINT_TEXT];
    uint8_t hash[TOKEN_HASH_BYTES];
    struct db_enrolment enrolment = {0};
    struct db *db = NULL;
    struct clock clock;
    clock_system(&clock);
    enroll_describe(options, &enrolment);
    int result = enroll_check(options, error);
    if (result == 0)
        result = enroll_fingerprint(settings, fingerprint, error);
    if (result == 0)
        result = token_make(token, error);
    if (result == 0)
        result = db_open(&db, settings->database, error);
    if (result < 0)
        return result;
    token_hash(token, hash);
    int64_t now = clock_wall(&clock);
    result = db_add_token(db, &enrolment, options->replace, hash,
                          now + (int64_t)options->token_hours * ENROLL_HOUR_MS, now, error);
    db_close(db);
    if (result == 0)
        (void)fprintf(
            out, "tapline-sync enroll --url %s --device %s --token %s --ca-fingerprint %s --out FOLDER\n",
            options->url, options->device, token, fingerprint);
    return result;
}
