/*
 * The table of the [sync] section, and the checks that a table cannot say.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sync/settings.h"

#include "sync/file.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#define TEXT(member, default, words)                                                                         \
    {                                                                                                        \
        "sync", #member, CONFIG_TEXT, offsetof(struct settings, member), default, 0, 0, NULL, words          \
    }
#define PATH(member, default, words)                                                                         \
    {                                                                                                        \
        "sync", #member, CONFIG_PATH, offsetof(struct settings, member), default, 0, 0, NULL, words          \
    }
#define INTEGER(member, default, low, high, words)                                                           \
    {                                                                                                        \
        "sync", #member, CONFIG_INTEGER, offsetof(struct settings, member), default, low, high, NULL, words  \
    }

const struct config_option settings_options[] = {
    TEXT(url, NULL, "Where headquarters is: https://host or https://host:port."),
    PATH(ca, NULL, "File of the certificates (PEM) that headquarters' own must lead to; no others count."),
    PATH(certificate, NULL, "File of this device's certificate (PEM)."),
    PATH(key, NULL, "File of this device's private key (PEM)."),
    PATH(hq_key, NULL, "File of headquarters' public key, which receipts are verified with."),
    TEXT(proxy, "", "Proxy on the way: http://host:port or http://user:password@host:port; empty for none."),
    PATH(documents, "",
         "Folder for survey, notices and settings from headquarters; empty: 'documents' beside the outbox."),
    INTEGER(documents_s, "300", 1, 86400, "Seconds between two questions for newer documents."),
    INTEGER(keep_days, "35", 0, 36500,
            "Days that records stay on the device after headquarters has them; its backup window."),
    INTEGER(batch_records, "5000", 1, 10000, "Records in a batch at most."),
    INTEGER(heartbeat_s, "300", 1, 86400,
            "Seconds without a word to headquarters after which the device says that it lives."),
    INTEGER(status_s, "3600", 1, 86400, "Seconds between two records of the device about itself."),
    INTEGER(connect_timeout_s, "20", 1, 600, "Seconds to wait for a connection."),
    INTEGER(total_timeout_s, "120", 1, 3600, "Seconds after which an attempt ends, however far it came."),
    INTEGER(low_speed, "64", 1, 1000000, "Bytes a second; an attempt that is slower for low_speed_s ends."),
    INTEGER(low_speed_s, "30", 1, 600, "Seconds that an attempt may be slower than low_speed."),
    INTEGER(
        retry_first_ms, "1000", 1, 600000,
        "Milliseconds that the first wait after a failure lasts at most; each further failure doubles it."),
    INTEGER(retry_most_s, "600", 1, 86400, "Seconds that a wait after failures lasts at most."),
    INTEGER(refused_wait_s, "600", 1, 86400,
            "Seconds to wait, half more at most, after a refusal that needs somebody's help."),
};
const size_t settings_option_count = sizeof settings_options / sizeof settings_options[0];

static int settings_check_url(char *url, const char *path, struct error *error)
{
    static const char scheme[] = "https://";
    const char *host = url + sizeof scheme - 1;
    if (strncmp(url, scheme, sizeof scheme - 1) != 0)
        return error_set(error, -EINVAL,
                         "%s: [sync] url: '%s' does not begin with https://; nothing is sent "
                         "in the clear",
                         path, url);
    if (*host == '\0' || *host == '/' || *host == ':' || strpbrk(host, "@?# \t\\\"<>") != NULL)
        return error_set(error, -EINVAL, "%s: [sync] url: '%s' is not https://host[:port]", path, url);
    size_t length = strlen(url);
    while (url[length - 1] == '/')
        url[--length] = '\0';
    return 0;
}

int settings_load(struct settings *settings, const char *path, struct error *error)
{
    struct settings loaded = {0};
    const struct config_group groups[] = {
        {device_options, device_option_count, &loaded.device},
        {settings_options, settings_option_count, &loaded},
    };
    int result = config_load(path, groups, sizeof groups / sizeof groups[0], device_sections, error);
    if (result == 0)
        result = settings_check_url(loaded.url, path, error);
    if (result == 0 && loaded.proxy[0] && strncmp(loaded.proxy, "http://", 7) != 0)
        result =
            error_set(error, -EINVAL, "%s: [sync] proxy: http://[user:password@]host:port is expected", path);
    if (result == 0)
        *settings = loaded;
    return result;
}

int settings_documents(const struct settings *settings, char *folder, struct error *error)
{
    char beside[FILE_PATH_MAX];
    if (settings->documents[0]) {
        (void)snprintf(folder, FILE_PATH_MAX, "%s", settings->documents);
        return 0;
    }
    int result = file_folder_of(beside, settings->device.outbox, error);
    return result == 0 ? file_path(folder, beside, "documents", error) : result;
}

void settings_write_sample(FILE *out)
{
    const struct config_group groups[] = {
        {device_options, device_option_count, NULL},
        {settings_options, settings_option_count, NULL},
    };
    config_write_sample(out, groups, sizeof groups / sizeof groups[0]);
}
