/*
 * Making a headquarters, aside first.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/init.h"

#include "hq/db.h"
#include "hq/file.h"
#include "hq/pki.h"
#include "hq/signer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const init_default_hosts[] = {"localhost", "127.0.0.1"};

/* Where everything lies while it is being made. */
struct init_paths {
    char stage[FILE_PATH_MAX], ca_key[FILE_PATH_MAX], ca[FILE_PATH_MAX], server_key[FILE_PATH_MAX],
        server_certificate[FILE_PATH_MAX], sign_key[FILE_PATH_MAX], hq_key[FILE_PATH_MAX],
        database[FILE_PATH_MAX], config[FILE_PATH_MAX];
};

static int init_fill_paths(struct init_paths *paths, struct error *error)
{
    const struct {
        char *path;
        const char *name;
    } files[] = {
        {paths->ca_key, "ca.key"},         {paths->ca, "ca.pem"},
        {paths->server_key, "server.key"}, {paths->server_certificate, "server.pem"},
        {paths->sign_key, "sign.key"},     {paths->hq_key, "sign.pub"},
        {paths->database, "hq.db"},        {paths->config, INIT_CONFIG_NAME},
    };
    int result = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files && result == 0; i++)
        result = file_path(files[i].path, paths->stage, files[i].name, error);
    return result;
}

static int init_certificates(const struct init_paths *paths, const struct init_options *options,
                             struct error *error)
{
    struct pki_authority *authority = NULL;
    bool given = options->host_count > 0;
    int result = pki_make_authority(paths->ca_key, paths->ca, error);
    if (result == 0)
        result = pki_open_authority(&authority, paths->ca_key, paths->ca, error);
    if (result == 0)
        result = pki_make_server(authority, given ? options->hosts : init_default_hosts,
                                 given ? options->host_count
                                       : sizeof init_default_hosts / sizeof *init_default_hosts,
                                 paths->server_key, paths->server_certificate, error);
    pki_close_authority(authority);
    return result;
}

static int init_config(const struct init_paths *paths, const struct init_options *options,
                       struct error *error)
{
    char text[2048];
    int length = snprintf(
        text, sizeof text,
        "# Headquarters. Paths are taken from this file's folder. Devices that enroll with a token or renew\n"
        "# their certificates need ca.key here; without it everything else works.\n"
        "[hq]\n"
        "device_port = %d\n"
        "people_port = %d\n"
        "database = hq.db\n"
        "server_certificate = server.pem\n"
        "server_key = server.key\n"
        "ca = ca.pem\n"
        "ca_key = ca.key\n"
        "sign_key = sign.key\n"
        "hq_key = sign.pub\n"
        "%s%s%s",
        options->device_port, options->people_port, options->web ? "web = " : "",
        options->web ? options->web : "", options->web ? "\n" : "");
    if (length >= (int)sizeof text)
        return error_set(error, -EINVAL, "%s: path too long", options->web);
    return file_write(paths->config, text, (size_t)length, true, error);
}

int init_headquarters(const struct init_options *options, struct error *error)
{
    struct init_paths paths;
    char there[FILE_PATH_MAX];
    if (options->web && (options->web[0] != '/' || strpbrk(options->web, "\r\n")))
        return error_set(error, -EINVAL, "--web %s: an absolute path is expected", options->web);
    int result = file_path(there, options->folder, INIT_CONFIG_NAME, error);
    if (result == 0 && access(there, F_OK) == 0)
        return error_set(error, -EEXIST, "%s: a headquarters is there already; nothing was changed", there);
    if (result == 0)
        result = file_stage(paths.stage, options->folder, error);
    if (result < 0)
        return result;
    result = init_fill_paths(&paths, error);
    if (result == 0)
        result = init_certificates(&paths, options, error);
    if (result == 0)
        result = signer_make(paths.sign_key, paths.hq_key, error);
    if (result == 0)
        result = db_create(paths.database, error);
    if (result == 0)
        result = init_config(&paths, options, error);
    if (result == 0)
        result = file_commit(paths.stage, options->folder, error);
    if (result < 0)
        file_abandon(paths.stage);
    return result;
}
