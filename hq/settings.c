/*
 * The [hq] section: the table, and the checks that a table cannot make.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "hq/settings.h"

#include "hq/address.h"

#include <errno.h>

#define SETTINGS_OPTION(name) .section = "hq", .key = #name, .offset = offsetof(struct settings, name)
#define SETTINGS_HOME "/var/lib/tapline-hq/"

const struct config_option settings_options[] = {
    {SETTINGS_OPTION(device_address), .kind = CONFIG_TEXT, .fallback = "0.0.0.0",
     .help = "Address that devices connect to, in numbers; 0.0.0.0 or :: is every address of this machine."},
    {SETTINGS_OPTION(device_port), .kind = CONFIG_INTEGER, .fallback = "8443", .low = 0, .high = 65535,
     .help = "Port for devices (mutual TLS); 0 is any free one."},
    {SETTINGS_OPTION(people_address), .kind = CONFIG_TEXT, .fallback = "127.0.0.1",
     .help = "Address of the page for people, in numbers; it has no login, so only this machine's own."},
    {SETTINGS_OPTION(people_port), .kind = CONFIG_INTEGER, .fallback = "8080", .low = 0, .high = 65535,
     .help = "Port of the page for people (HTTP); 0 is any free one."},
    {SETTINGS_OPTION(database), .kind = CONFIG_PATH, .fallback = SETTINGS_HOME "hq.db",
     .help = "SQLite file that holds everything that has arrived."},
    {SETTINGS_OPTION(server_certificate), .kind = CONFIG_PATH, .fallback = SETTINGS_HOME "server.pem",
     .help = "Certificate that headquarters shows to devices (PEM)."},
    {SETTINGS_OPTION(server_key), .kind = CONFIG_PATH, .fallback = SETTINGS_HOME "server.key",
     .help = "Private key of that certificate (PEM, readable by its owner only)."},
    {SETTINGS_OPTION(ca), .kind = CONFIG_PATH, .fallback = SETTINGS_HOME "ca.pem",
     .help = "Certificate of the authority that device certificates come from (PEM)."},
    {SETTINGS_OPTION(ca_key), .kind = CONFIG_PATH, .fallback = SETTINGS_HOME "ca.key",
     .help = "Private key of that authority (PEM); without this file devices cannot enroll or renew by "
             "themselves."},
    {SETTINGS_OPTION(certificate_hours), .kind = CONFIG_INTEGER, .fallback = "17520", .low = 1, .high = 87600,
     .help = "Hours that a device's certificate is valid; devices renew at half of it."},
    {SETTINGS_OPTION(sign_key), .kind = CONFIG_PATH, .fallback = SETTINGS_HOME "sign.key",
     .help = "Secret Ed25519 key that receipts are signed with (128 hexadecimal digits)."},
    {SETTINGS_OPTION(hq_key), .kind = CONFIG_PATH, .fallback = SETTINGS_HOME "sign.pub",
     .help = "Public half of sign_key, given to devices (64 hexadecimal digits)."},
    {SETTINGS_OPTION(web), .kind = CONFIG_PATH, .fallback = "/usr/share/tapline/web",
     .help = "Folder with the files of the page for people (index.html and what it needs)."},
};
const size_t settings_option_count = sizeof settings_options / sizeof *settings_options;

static int settings_check_address(const char *key, const char *text, bool loopback, struct error *error)
{
    struct address address;
    if (address_parse(&address, text, 0) < 0)
        return error_set(error, -EINVAL, "[hq] %s = %s: an address in numbers is expected, such as 127.0.0.1",
                         key, text);
    if (loopback && !address_is_loopback(&address))
        return error_set(error, -EINVAL,
                         "[hq] %s = %s: the page for people has no login yet, so it may listen on this "
                         "machine only: use 127.0.0.1 or ::1, and reach it through ssh -L",
                         key, text);
    return 0;
}

int settings_load(struct settings *settings, const char *path, struct error *error)
{
    struct settings loaded = {0};
    const struct config_group group = {settings_options, settings_option_count, &loaded};
    int result = config_load(path, &group, 1, NULL, error);
    if (result < 0)
        return result;
    result = settings_check_address("device_address", loaded.device_address, false, error);
    if (result == 0)
        result = settings_check_address("people_address", loaded.people_address, true, error);
    if (result < 0) {
        (void)error_prefix(error, "%s", path);
        return result;
    }
    *settings = loaded;
    return 0;
}
