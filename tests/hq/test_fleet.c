/*
 * The register: tokens that are good once, certificates that overlap and end, documents for those who shall have
 * them. The clock is the test's. SPDX-License-Identifier: Apache-2.0
 */
#include "testing.h"

#include "hq/db_fleet.h"
#include "hq/token.h"

#include <errno.h>

#define NOW 1000000000000LL

struct fixture {
    char *folder;
    struct db *db;
};

static int begin(void **state)
{
    static struct fixture fixture;
    char path[256];
    struct error error = {0};
    if (testing_folder((void **)&fixture.folder) < 0)
        return -1;
    (void)snprintf(path, sizeof path, "%s/hq.db", fixture.folder);
    if (db_create(path, &error) < 0 || db_open(&fixture.db, path, &error) < 0)
        return -1;
    *state = &fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    db_close(fixture->db);
    return testing_folder_end((void **)&fixture->folder);
}

static struct db_enrolment enrolment(const char *device, const char *branch)
{
    struct db_enrolment made = {0};
    (void)snprintf(made.identity.device, sizeof made.identity.device, "%s", device);
    (void)snprintf(made.branch, sizeof made.branch, "%s", branch);
    return made;
}

static struct identity identity(const char *device, int certificate)
{
    struct identity made = {0};
    (void)snprintf(made.device, sizeof made.device, "%s", device);
    memset(made.fingerprint, certificate, sizeof made.fingerprint);
    return made;
}

static void add_token(struct db *db, const char *device, const char *branch, const char *token, bool replace)
{
    uint8_t hash[DB_TOKEN_HASH_BYTES];
    struct error error = {0};
    const struct db_enrolment made = enrolment(device, branch);
    token_hash(token, hash);
    if (db_add_token(db, &made, replace, hash, NOW + 1000, NOW, &error) < 0)
        fail_msg("%s", error.text);
}

static enum db_token_verdict use(struct db *db, const char *device, const char *token, int key,
                                 int certificate, int64_t now)
{
    struct db_token_use given = {.device = device};
    enum db_token_verdict asked = DB_TOKEN_UNKNOWN, used = DB_TOKEN_UNKNOWN;
    uint8_t fingerprint[IDENTITY_FINGERPRINT_BYTES];
    memset(fingerprint, certificate, sizeof fingerprint);
    memset(given.key, key, sizeof given.key);
    token_hash(token, given.hash);
    assert_int_equal(db_check_token(db, &given, now, &asked, NULL), 0);
    assert_int_equal(db_use_token(db, &given, fingerprint, now, &used, NULL), 0);
    assert_int_equal(asked, used);
    return used;
}

static enum db_verdict verdict(struct db *db, const char *device, int certificate, int64_t now)
{
    enum db_verdict made = DB_HELD;
    struct db_device row;
    const struct identity who = identity(device, certificate);
    assert_int_equal(db_authenticate(db, &who, now, &made, &row, NULL), 0);
    if (made == DB_HELD)
        assert_string_equal(row.device, device);
    return made;
}

static void a_token_belongs_to_its_first_key(void **state)
{
    struct db *db = ((struct fixture *)*state)->db;
    add_token(db, "kiosk-1", "north", "secret", false);
    assert_int_equal(use(db, "kiosk-1", "other", 1, 1, NOW), DB_TOKEN_UNKNOWN);
    assert_int_equal(use(db, "kiosk-2", "secret", 1, 1, NOW), DB_TOKEN_UNKNOWN);
    assert_int_equal(use(db, "kiosk-1", "secret", 1, 1, NOW + 1001), DB_TOKEN_EXPIRED);
    assert_int_equal(verdict(db, "kiosk-1", 0, NOW), DB_OLD_CERTIFICATE); /* zeros are no certificate */
    assert_int_equal(use(db, "kiosk-1", "secret", 1, 1, NOW), DB_TOKEN_GOOD);
    assert_int_equal(use(db, "kiosk-1", "secret", 2, 2, NOW), DB_TOKEN_USED);
    assert_int_equal(verdict(db, "kiosk-1", 1, NOW), DB_HELD);
    /* the reply was lost: the same key comes again, and its earlier certificate ends */
    assert_int_equal(use(db, "kiosk-1", "secret", 1, 3, NOW + 5), DB_TOKEN_GOOD);
    assert_int_equal(verdict(db, "kiosk-1", 3, NOW + 6), DB_HELD);
    assert_int_equal(verdict(db, "kiosk-1", 1, NOW + 6), DB_OLD_CERTIFICATE);
    /* a newer token ends the older; the certificate counts until it is used */
    struct error error = {0};
    uint8_t hash[DB_TOKEN_HASH_BYTES] = {9};
    const struct db_enrolment again = enrolment("kiosk-1", "north");
    assert_int_equal(db_add_token(db, &again, false, hash, NOW, NOW, &error), -EEXIST);
    add_token(db, "kiosk-1", "north", "second", true);
    assert_int_equal(use(db, "kiosk-1", "secret", 1, 4, NOW + 7), DB_TOKEN_UNKNOWN);
    assert_int_equal(verdict(db, "kiosk-1", 3, NOW + 8), DB_HELD);
}

static void renewal_overlaps(void **state)
{
    struct db *db = ((struct fixture *)*state)->db;
    uint8_t second[IDENTITY_FINGERPRINT_BYTES];
    enum db_verdict said = DB_HELD;
    add_token(db, "kiosk-1", "north", "t", false);
    assert_int_equal(use(db, "kiosk-1", "t", 1, 1, NOW), DB_TOKEN_GOOD);
    memset(second, 2, sizeof second);
    const struct identity first = identity("kiosk-1", 1), stranger = identity("kiosk-1", 7);
    assert_int_equal(db_renew(db, &stranger, second, NOW, &said, NULL), 0);
    assert_int_equal(said, DB_OLD_CERTIFICATE);
    assert_int_equal(verdict(db, "kiosk-1", 2, NOW), DB_OLD_CERTIFICATE);
    assert_int_equal(db_renew(db, &first, second, NOW, &said, NULL), 0);
    assert_int_equal(said, DB_HELD);
    /* as long as the new one was never used, the old one counts */
    assert_int_equal(verdict(db, "kiosk-1", 1, NOW + 10 * DB_OVERLAP_MS), DB_HELD);
    assert_int_equal(verdict(db, "kiosk-1", 2, NOW + 100), DB_HELD);
    assert_int_equal(verdict(db, "kiosk-1", 1, NOW + 100 + DB_OVERLAP_MS - 1), DB_HELD);
    assert_int_equal(verdict(db, "kiosk-1", 1, NOW + 100 + DB_OVERLAP_MS), DB_OLD_CERTIFICATE);
    assert_int_equal(verdict(db, "kiosk-1", 2, NOW + 100 + DB_OVERLAP_MS), DB_HELD);
    assert_int_equal(verdict(db, "kiosk-9", 2, NOW), DB_UNKNOWN_DEVICE);
}

static void revoking_ends_everything_at_once(void **state)
{
    struct db *db = ((struct fixture *)*state)->db;
    uint8_t next[IDENTITY_FINGERPRINT_BYTES] = {5};
    enum db_verdict said = DB_HELD;
    add_token(db, "kiosk-1", "north", "t", false);
    assert_int_equal(use(db, "kiosk-1", "t", 1, 1, NOW), DB_TOKEN_GOOD);
    assert_int_equal(db_revoke(db, "kiosk-9", "", NOW, NULL), -ENOENT);
    assert_int_equal(db_revoke(db, "kiosk-1", "lost", NOW + 1, NULL), 0);
    assert_int_equal(verdict(db, "kiosk-1", 1, NOW + 1), DB_REVOKED);
    assert_int_equal(use(db, "kiosk-1", "t", 1, 2, NOW + 2), DB_TOKEN_UNKNOWN);
    const struct identity first = identity("kiosk-1", 1);
    assert_int_equal(db_renew(db, &first, next, NOW + 2, &said, NULL), 0);
    assert_int_equal(said, DB_REVOKED);
    add_token(db, "kiosk-1", "north", "back", true);
    assert_int_equal(use(db, "kiosk-1", "back", 2, 2, NOW + 3), DB_TOKEN_GOOD);
    assert_int_equal(verdict(db, "kiosk-1", 2, NOW + 3), DB_HELD);
    assert_int_equal(verdict(db, "kiosk-1", 1, NOW + 3), DB_REVOKED);
}

/* --- documents ------------------------------------------------------------------------------------------------ */

static int64_t publish(struct db *db, const char *kind, const char *target, const char *name)
{
    int64_t serial = 0;
    assert_int_equal(db_next_serial(db, kind, &serial, NULL), 0);
    const struct db_document document = {.kind = kind,
                                         .serial = serial,
                                         .target = target,
                                         .name = name,
                                         .issued = NOW,
                                         .title = "t",
                                         .envelope = "{}"};
    assert_int_equal(db_publish(db, &document, NULL), 0);
    assert_int_equal(db_publish(db, &document, NULL), -EAGAIN); /* its serial is taken */
    return serial;
}

static int take_serial(void *user, const struct db_document *document)
{
    *(int64_t *)user = document->serial;
    return 0;
}

static int64_t document_of(struct db *db, const char *device, const char *kind, int64_t held)
{
    const struct identity who = identity(device, device[6]);
    const struct db_document_state state = {.held = held, .reason = ""};
    enum db_verdict said = DB_HELD;
    int64_t serial = 0;
    assert_int_equal(db_document(db, &who, kind, &state, NOW, &said, take_serial, &serial, NULL), 0);
    assert_int_equal(said, DB_HELD);
    return serial;
}

static int take_holders(void *user, const struct db_document *document)
{
    if (strcmp(document->kind, "survey") == 0 && document->serial == 1)
        *(int64_t *)user = document->holders;
    return 0;
}

static void a_device_gets_the_last_that_is_meant_for_it(void **state)
{
    struct db *db = ((struct fixture *)*state)->db;
    const struct db_document nowhere = {
        .kind = "survey", .serial = 1, .target = "branch", .name = "west", .title = "t", .envelope = "{}"};
    int64_t serial = 0;
    for (const char *const *device = (const char *const[]){"kiosk-1", "kiosk-2", NULL}; *device; device++) {
        add_token(db, *device, strcmp(*device, "kiosk-1") == 0 ? "north" : "south", *device, false);
        assert_int_equal(use(db, *device, *device, 1, (*device)[6], NOW), DB_TOKEN_GOOD);
    }
    assert_int_equal(document_of(db, "kiosk-1", "survey", 0), 0);
    assert_int_equal(db_publish(db, &nowhere, NULL), -ENOENT);
    assert_int_equal(publish(db, "survey", "all", ""), 1);
    assert_int_equal(publish(db, "survey", "branch", "south"), 2);
    assert_int_equal(publish(db, "notices", "all", ""), 1);
    assert_int_equal(document_of(db, "kiosk-1", "survey", 1), 1);
    assert_int_equal(document_of(db, "kiosk-2", "survey", 1), 2);
    assert_int_equal(db_group(db, "trial", "north", true, NULL), 0);
    assert_int_equal(db_group(db, "trial", "west", true, NULL), -ENOENT);
    assert_int_equal(publish(db, "survey", "group", "trial"), 3);
    assert_int_equal(document_of(db, "kiosk-1", "survey", 1), 3);
    assert_int_equal(document_of(db, "kiosk-2", "survey", 1), 2);
    assert_int_equal(db_group(db, "trial", "north", false, NULL), 0);
    assert_int_equal(document_of(db, "kiosk-1", "survey", 1), 1);
    assert_int_equal(db_published(db, "survey", "all", "", 0, take_serial, &serial, NULL), 0);
    assert_int_equal(serial, 1);
    assert_int_equal(db_published(db, "survey", "all", "", 1, take_serial, &serial, NULL), -ENOENT);
    assert_int_equal(db_documents(db, take_holders, &serial, NULL), 0);
    assert_int_equal(serial, 2); /* both devices say that they hold number 1 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_token_belongs_to_its_first_key, begin, end),
        cmocka_unit_test_setup_teardown(renewal_overlaps, begin, end),
        cmocka_unit_test_setup_teardown(revoking_ends_everything_at_once, begin, end),
        cmocka_unit_test_setup_teardown(a_device_gets_the_last_that_is_meant_for_it, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
