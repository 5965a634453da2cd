/*
 * Renewal. Order of the disk: next key, next certificate, key, certificate; each step is whole or not done.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/renew.h"

#include "sync/file.h"
#include "sync/problem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RENEW_FILE_MAX 65536
#define RENEW_NEXT ".next"

/* --- the two files ------------------------------------------------------------------------------------------- */

static int renew_next_path(char *next, const char *path, struct error *error)
{
    if (snprintf(next, FILE_PATH_MAX, "%s" RENEW_NEXT, path) >= FILE_PATH_MAX)
        return error_set(error, -ENAMETOOLONG, "%s: path too long", path);
    return 0;
}

static void renew_wipe(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}

/* Does this certificate belong to the key in this file? False when there is none. */
static bool renew_fits(const char *certificate, const char *key_path)
{
    char *key = NULL;
    size_t size = 0;
    bool fits =
        file_read(key_path, RENEW_FILE_MAX, &key, &size, NULL) == 0 && certificate_fits(certificate, key);
    renew_wipe(key);
    return fits;
}

int renew_recover(const char *certificate_path, const char *key_path, struct error *error)
{
    char next_certificate[FILE_PATH_MAX], next_key[FILE_PATH_MAX], *certificate = NULL;
    size_t size = 0;
    int result = renew_next_path(next_certificate, certificate_path, error);
    if (result == 0)
        result = renew_next_path(next_key, key_path, error);
    if (result < 0 || access(next_certificate, F_OK) < 0)
        return result;
    result = file_read(next_certificate, RENEW_FILE_MAX, &certificate, &size, error);
    if (result < 0)
        return result;
    bool of_next = renew_fits(certificate, next_key);
    bool of_key = !of_next && renew_fits(certificate, key_path);
    free(certificate);
    if (of_next)
        result = file_rename(next_key, key_path, error);
    if (!of_next && !of_key) {
        (void)unlink(next_certificate); /* of no key that is here */
        return 0;
    }
    return result == 0 ? file_rename(next_certificate, certificate_path, error) : result;
}

int renew_next_key(const char *key_path, char **key, struct error *error)
{
    char next[FILE_PATH_MAX], *made = NULL;
    size_t size = 0;
    int result = renew_next_path(next, key_path, error);
    if (result < 0)
        return result;
    if (file_read(next, RENEW_FILE_MAX, &made, &size, NULL) == 0 && strstr(made, "PRIVATE KEY-----")) {
        *key = made;
        return 0;
    }
    renew_wipe(made);
    made = NULL;
    result = certificate_make_key(&made, error);
    if (result == 0)
        result = file_replace(next, made, strlen(made), true, error);
    if (result < 0)
        renew_wipe(made);
    else
        *key = made;
    return result;
}

int renew_install(const char *certificate_path, const char *key_path, const char *certificate,
                  struct error *error)
{
    char next[FILE_PATH_MAX];
    int result = renew_next_path(next, certificate_path, error);
    if (result == 0)
        result = file_replace(next, certificate, strlen(certificate), false, error);
    return result == 0 ? renew_recover(certificate_path, key_path, error) : result;
}

/* --- asking ---------------------------------------------------------------------------------------------------- */

bool renew_due(const struct certificate_life *life, int64_t now)
{
    return now >= life->from + (life->until - life->from) / 2 && now < life->until;
}

int renew_ask(struct renew *renew, struct transport_request *request, struct error *error)
{
    renew_forget(renew);
    int result = renew_next_key(renew->key_path, &renew->key, error);
    if (result == 0)
        result = certificate_make_request(renew->key, renew->device, &renew->request, error);
    if (result < 0) {
        renew_forget(renew);
        return result;
    }
    *request = (struct transport_request){
        .path = "/.well-known/est/simplereenroll",
        .headers = {"Content-Type: application/pkcs10", "Content-Transfer-Encoding: base64"},
        .body = renew->request,
        .reply_max = RENEW_REPLY_MAX,
    };
    return 0;
}

int renew_take(struct renew *renew, const struct transport_reply *reply, struct error *error)
{
    char *certificate = NULL, detail[160];
    int result;
    if (reply->status == 200) {
        result = certificate_take(reply->body, renew->key, renew->device, &certificate, error);
        if (result == 0)
            result = renew_install(renew->certificate_path, renew->key_path, certificate, error);
    } else if (reply->status <= 0) {
        result = error_set(error, -EAGAIN, "%s", reply->why);
    } else {
        problem_detail(reply->body, reply->length, detail, sizeof detail);
        result = error_set(error, reply->status >= 500 ? -EAGAIN : -EPROTO, "headquarters answers %d%s%s",
                           reply->status, detail[0] ? ": " : "", detail);
    }
    free(certificate);
    renew_forget(renew);
    return result;
}

void renew_forget(struct renew *renew)
{
    renew_wipe(renew->key);
    free(renew->request);
    renew->key = renew->request = NULL;
}
