/*
 * The fleet's register behind one interface: certificates that count, one-time tokens, published documents.
 * Part of the database of hq/db.h: the same errors, any thread may call, every function is one transaction.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef HQ_DB_FLEET_H
#define HQ_DB_FLEET_H

#include "hq/db.h"

#define DB_TOKEN_HASH_BYTES 32
#define DB_KEY_ID_BYTES 32 /* SHA-256 of a public key (SubjectPublicKeyInfo) */
#define DB_KIND_MAX 16     /* bytes of a document's kind, with NUL */
#define DB_TITLE_MAX 256

/* A certificate that was replaced by renewal still counts for so long after the new one's first use. */
#define DB_OVERLAP_MS (7 * 86400000LL)

/* A device as it stands in the register. */
struct db_device {
    char device[RECORD_NAME_MAX], branch[RECORD_NAME_MAX];
    char branch_name[DB_NAME_MAX], counter[DB_NAME_MAX];
};

enum db_token_verdict {
    DB_TOKEN_GOOD,
    DB_TOKEN_UNKNOWN, /* never made, made for another device, or replaced by a newer one */
    DB_TOKEN_EXPIRED,
    DB_TOKEN_USED, /* by another key */
};

/* What a device comes with to be enrolled. */
struct db_token_use {
    const char *device;
    uint8_t hash[DB_TOKEN_HASH_BYTES];
    uint8_t key[DB_KEY_ID_BYTES];
};

/* A published document. Pointers are good during the call only. */
struct db_document {
    const char *kind;
    int64_t serial;
    const char *target, *name; /* "all" and "", "group" and its name, "branch" and its id */
    int64_t issued;            /* UTC ms */
    const char *title;         /* for people: what the document calls itself */
    const char *envelope;      /* as it goes to devices; NULL in lists */
    int64_t holders, refusers; /* devices that hold it, or will not have it; only in lists */
};
typedef int (*db_document_each)(void *user, const struct db_document *document);

/* What a device says about a kind of document as it asks. */
struct db_document_state {
    int64_t held;    /* serial that it has; 0: none */
    int64_t refused; /* serial that it would not take; 0: none */
    const char *reason;
};

struct db_fleet_backend {
    int (*authenticate)(struct db *db, const struct identity *identity, int64_t now, enum db_verdict *verdict,
                        struct db_device *device, struct error *error);
    int (*add_token)(struct db *db, const struct db_enrolment *enrolment, bool replace,
                     const uint8_t hash[DB_TOKEN_HASH_BYTES], int64_t expires, int64_t now,
                     struct error *error);
    int (*check_token)(struct db *db, const struct db_token_use *use, int64_t now,
                       enum db_token_verdict *verdict, struct error *error);
    int (*use_token)(struct db *db, const struct db_token_use *use, const uint8_t *fingerprint, int64_t now,
                     enum db_token_verdict *verdict, struct error *error);
    int (*renew)(struct db *db, const struct identity *identity, const uint8_t *fingerprint, int64_t now,
                 enum db_verdict *verdict, struct error *error);
    int (*revoke)(struct db *db, const char *device, const char *reason, int64_t now, struct error *error);
    int (*group)(struct db *db, const char *group, const char *branch, bool member, struct error *error);
    int (*next_serial)(struct db *db, const char *kind, int64_t *serial, struct error *error);
    int (*publish)(struct db *db, const struct db_document *document, struct error *error);
    int (*published)(struct db *db, const char *kind, const char *target, const char *name, int back,
                     db_document_each each, void *user, struct error *error);
    int (*document)(struct db *db, const struct identity *identity, const char *kind,
                    const struct db_document_state *state, int64_t now, enum db_verdict *verdict,
                    db_document_each each, void *user, struct error *error);
    int (*documents)(struct db *db, db_document_each each, void *user, struct error *error);
};

/* Does this certificate count now, and who is it? *device is filled for DB_HELD. */
int db_authenticate(struct db *db, const struct identity *identity, int64_t now, enum db_verdict *verdict,
                    struct db_device *device, struct error *error);

/*
 * Registers the device (as db_enroll(), which says when -EEXIST comes) and a token for it, of which only the
 * hash is kept; an older token of the device ends. The device's certificates go on counting until the token
 * is used.
 */
int db_add_token(struct db *db, const struct db_enrolment *enrolment, bool replace,
                 const uint8_t hash[DB_TOKEN_HASH_BYTES], int64_t expires, int64_t now, struct error *error);

/* Would db_use_token() take it? Asked before a certificate is made. */
int db_check_token(struct db *db, const struct db_token_use *use, int64_t now, enum db_token_verdict *verdict,
                   struct error *error);

/*
 * Uses the token for a certificate of this fingerprint; the device's other certificates end. A token belongs to
 * the first key that comes with it: that key may come again until the token expires (its reply was lost), no
 * other may.
 */
int db_use_token(struct db *db, const struct db_token_use *use, const uint8_t *fingerprint, int64_t now,
                 enum db_token_verdict *verdict, struct error *error);

/* Registers one more certificate for the device that comes with identity, which goes on counting for now. */
int db_renew(struct db *db, const struct identity *identity, const uint8_t *fingerprint, int64_t now,
             enum db_verdict *verdict, struct error *error);

/* All certificates and tokens of the device end at once. -ENOENT: no such device. */
int db_revoke(struct db *db, const char *device, const char *reason, int64_t now, struct error *error);

/* Puts a branch into a group, or takes it out. -ENOENT: no such branch. */
int db_group(struct db *db, const char *group, const char *branch, bool member, struct error *error);

/* The serial that the next document of this kind would get. */
int db_next_serial(struct db *db, const char *kind, int64_t *serial, struct error *error);

/*
 * Adds a document. -EAGAIN: another one has got this serial meanwhile. -ENOENT: no such group or branch.
 */
int db_publish(struct db *db, const struct db_document *document, struct error *error);

/* The document that was published last to exactly this target; back = 1: the one before it. -ENOENT: none. */
int db_published(struct db *db, const char *kind, const char *target, const char *name, int back,
                 db_document_each each, void *user, struct error *error);

/*
 * The document that a device shall have: the one with the highest serial whose target it belongs to. each is
 * not called when there is none. What the device says of itself is kept.
 */
int db_document(struct db *db, const struct identity *identity, const char *kind,
                const struct db_document_state *state, int64_t now, enum db_verdict *verdict,
                db_document_each each, void *user, struct error *error);

/* Every document, newest first, by kind. */
int db_documents(struct db *db, db_document_each each, void *user, struct error *error);

#endif
