/*
 * A record: one fact in one line of JSON (RFC 8259), UTF-8, no line break, at most RECORD_MAX bytes.
 * Its bytes are the record: made once here, then hashed, stored, sent and kept as they are.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_RECORD_H
#define CORE_RECORD_H

#include "core/clock.h"
#include "core/error.h"
#include "core/id.h"
#include "core/seal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_MAX 4096      /* bytes of a line, without NUL or line break */
#define RECORD_NAME_MAX 64   /* bytes of a code, question id, language or survey version, with NUL */
#define RECORD_CODES_MAX 32  /* options that one answer may hold */
#define RECORD_TICKET_MAX 33 /* bytes of a queue ticket, with NUL: letters, digits and '-' */
#define RECORD_CODE_PATTERN "letters, digits, '.', '_', '-'"

enum record_type { RECORD_ANSWER, RECORD_END, RECORD_STATUS, RECORD_FAULT };

/* How a visit ended. */
enum record_end { RECORD_COMPLETED, RECORD_TIMEOUT, RECORD_ABANDONED, RECORD_HUNG_UP };

/* What is to be known of a visit as a whole: bits of record.flags, words in the line's "flags". */
enum record_flag {
    RECORD_MASHING = 1, /* "mashing": far more touches than a person answering makes */
};

/* What every line carries. (visit, n) is the record's identity, everywhere and forever. */
struct record_stamp {
    char visit[ID_TEXT];            /* UUIDv7 */
    int n;                          /* place in the visit, from 1 */
    int64_t at;                     /* wall clock, UTC, ms since 1970 */
    int64_t up;                     /* ms since boot */
    char boot[ID_TEXT];             /* boot id */
    char survey[RECORD_NAME_MAX];   /* "id/version", empty where no survey took part */
    char lang[RECORD_NAME_MAX];     /* BCP 47, empty where none */
    char channel[RECORD_NAME_MAX];  /* "touch", "phone", "device" */
    char counter[RECORD_NAME_MAX];  /* where the visit took place, empty where not known */
    char service[RECORD_NAME_MAX];  /* what it was about, empty where not known */
    char ticket[RECORD_TICKET_MAX]; /* of the queue, or empty; one scanned late is in later records only */
};

/*
 * What an answer says. A mark counts from 1 (worst) to scale (best); NPS from 0 to 10 with scale 10.
 * A visit may answer a question again, after going back: that is a new record with a higher n, and the one with
 * the highest n counts.
 */
struct record_answer {
    char question[RECORD_NAME_MAX];
    char kind[RECORD_NAME_MAX]; /* "faces", "nps", "choice", "callback" */
    int scale;                  /* 4 or 5 for faces, 10 for nps, 0 otherwise */
    int mark;                   /* faces and nps only */
    char codes[RECORD_CODES_MAX][RECORD_NAME_MAX];
    int code_count;         /* choice only; 0 is an answer too: "none of these" */
    char sealed[SEAL_TEXT]; /* callback only: the number, for headquarters alone; see seal.h */
};

/* A line taken apart; only what type says is filled. */
struct record {
    enum record_type type;
    struct record_stamp stamp;
    struct record_answer answer; /* RECORD_ANSWER */
    enum record_end end;         /* RECORD_END */
    unsigned flags;              /* RECORD_END: enum record_flag; words not known here are passed over */
    char fault[RECORD_NAME_MAX]; /* RECORD_FAULT: stable code of what happened */
};

/* Fills at, up, boot from the clock; the rest is the caller's. */
void record_stamp_now(struct record_stamp *stamp, const struct clock *clock);

/*
 * Make a line into line[RECORD_MAX + 1]; *length gets its bytes without the NUL.
 * -EINVAL when a name or ticket breaks its pattern or a number is not sealed, -E2BIG when the line would be
 * longer than RECORD_MAX.
 */
int record_make_answer(char *line, size_t *length, const struct record_stamp *stamp,
                       const struct record_answer *answer, struct error *error);
int record_make_end(char *line, size_t *length, const struct record_stamp *stamp, enum record_end end,
                    int answers, struct error *error);
int record_make_flagged_end(char *line, size_t *length, const struct record_stamp *stamp, enum record_end end,
                            int answers, unsigned flags, struct error *error);

/* A device's own word: fault is a stable code ("storage"), detail a sentence, unsaved the answers refused. */
int record_make_fault(char *line, size_t *length, const struct record_stamp *stamp, const char *fault,
                      const char *detail, int64_t unsaved, struct error *error);

/*
 * Takes a line apart. -EBADMSG with a sentence when it is not a record (not JSON, not UTF-8, a field missing,
 * of the wrong type or out of range). Fields it does not know are allowed: newer devices may say more.
 */
int record_parse(const char *line, size_t length, struct record *record, struct error *error);

const char *record_end_name(enum record_end end);

/* What a stamp may carry: 1..RECORD_NAME_MAX - 1 of RECORD_CODE_PATTERN; a ticket as said above. */
bool record_name_valid(const char *name);
bool record_ticket_valid(const char *ticket);

#endif
