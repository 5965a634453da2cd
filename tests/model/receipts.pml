/*
 * The receipt protocol of docs/PROTOCOL.md as a transition system for SPIN: every run of the loop is one step of
 * one party, and the invariants I1 to I7 are asserted after each; and draining from every state reached asserts L1.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The world: RECORDS records are thanked by up to two devices. Device 0 is the true one; an image of its disk may
 * be taken once, and later be put back into it (a restored device) or into device 1 (a clone). Headquarters (HQ) may be
 * backed up and restored. The network keeps a request and a reply per device and delivers them as often as
 * it likes, late or never; a receipt may also lie on a stick and come back at any later time.
 *
 * A store's content is one number, three bits a record, the newest lowest. It stands for the lines as well as for
 * the chain value, which is thereby free of collisions: chain(n) = content cut to n records, equal only when all
 * lines up to n are.
 *
 * Assumed: A1 a receipt of a later epoch bears a later time of HQ's clock (here: the epoch's own number);
 * A2 what is purged is in every backup that can still be restored (keep_days spans the backup window);
 * -DSHORT_WINDOW drops A2, and then what is missing must be named in a gap report.
 * -DMUTANT_... builds a protocol with one of its rules left out: the run must fail.
 */
#ifndef RECORDS
#define RECORDS 4 /* at most 6: their numbers are digits of three bits */
#endif
#ifndef BATCH
#define BATCH 2
#endif
#ifndef STORES
#define STORES 4 /* forks are bounded: running out of them fails an assertion */
#endif
#ifndef EPOCHS
#define EPOCHS 2 /* HQ is restored EPOCHS - 1 times */
#endif
#ifndef FAULTS
#define FAULTS 2 /* restores, clones and sticks together */
#endif
#ifndef DEVICE_RESTORES
#define DEVICE_RESTORES 1 /* times that the image is put back into device 0 */
#endif
#ifndef CLONES
#define CLONES 1
#endif
#ifndef STICKS
#define STICKS 1
#endif

#define ID_BITS(content, length, n) (((content) >> (3 * ((length) - (n)))) & 7) /* the record at n */
#define CUT(content, length, n) ((content) >> (3 * ((length) - (n))))           /* chain(n) */
#define BIT(id) (1 << (id))

typedef device {
    bool live;
    unsigned store : 3;
    unsigned parent : 3;   /* STORES for none */
    int content;           /* all lines since the store began; of purged ones only the chain is used */
    unsigned last : 3;
    unsigned purged : 3;   /* 1..purged are no longer on the disk */
    unsigned receipted : 3;
    unsigned epoch : 2     /* of the receipt; 0: none */
};

typedef request {
    bool there;
    unsigned store : 3;
    unsigned first : 3;
    unsigned count : 2;
    int content /* cut to first + count - 1: chain before, lines, chain after */
};

typedef reply {
    bool there;
    unsigned store : 3;
    unsigned epoch : 2;
    unsigned high : 3;
    int content
};

typedef headquarters {
    byte high[STORES];
    int content[STORES];
    byte held;  /* records whose bytes are here: kept or in quarantine */
    byte kept;  /* records in effect */
    byte twice  /* records whose effect was counted twice */
};

device dev[2];
device image;          /* image.live: it was taken */
request out[2];
reply back[2];
reply stick;
headquarters hq;
headquarters saved;
hidden device no_device;
hidden headquarters no_hq;
bool is_saved;
unsigned epoch : 2 = 1;
byte top[STORES];         /* highest receipt given in this epoch */
unsigned stores : 3 = 1;
unsigned restores : 2;
unsigned faults : 3;
unsigned thanked : 3;  /* records 1..thanked were thanked */
byte destroyed;        /* their device's medium was overwritten */
byte lost;             /* destroyed, and HQ's medium with them: nobody can have them */
byte gaps;             /* named in a gap report */
unsigned bad : 3;      /* this record is one that HQ cannot read: 0 for none */
unsigned twin : 3;     /* this record claims record 1's identity with other bytes: 0 for none */

/* scratch, always 0 between steps */
byte i, j, id, mask, turns;
bool known;

#define IDENTITY(r) ((r) == twin -> 1 : (r))

/* mask: the device's records from number after + 1 to upto */
inline records_of(who, after, upto) {
    mask = 0;
    i = after;
    do
    :: i < upto -> i++; mask = mask | BIT(ID_BITS(who.content, who.last, i))
    :: else -> break
    od;
    i = 0
}

/* --- the device ------------------------------------------------------------------------------------------ */

inline append(da) {
    thanked++;
    dev[da].content = (dev[da].content << 3) | thanked;
    dev[da].last++
}

/* A new store that names its parent takes over every record still on the disk, in order and with its identity. */
inline fork(df) {
    assert(stores < STORES); /* forks do not breed */
    dev[df].parent = dev[df].store;
    dev[df].store = stores;
    stores++;
#ifdef MUTANT_FORK_FORGETS
    j = (dev[df].receipted > dev[df].purged -> dev[df].receipted : dev[df].purged);
#else
    j = dev[df].purged;
#endif
    dev[df].content = dev[df].content & ((1 << (3 * (dev[df].last - j))) - 1);
    dev[df].last = dev[df].last - j;
    dev[df].purged = 0;
    dev[df].receipted = 0;
    dev[df].epoch = 0;
    j = 0
}

/* What a receipt says to a device. */
inline take(dt, rt) {
    if
    :: rt.store != dev[dt].store -> skip /* another store's, or one that this device has left */
    :: rt.store == dev[dt].store && rt.epoch < dev[dt].epoch -> skip /* older than what is known: off a stick */
#ifdef MUTANT_IGNORE_EPOCH
    :: rt.store == dev[dt].store && rt.high < dev[dt].receipted -> skip
#else
    :: rt.store == dev[dt].store && rt.epoch == dev[dt].epoch && rt.high < dev[dt].receipted -> skip
#endif
    :: else ->
        /* chain(high) is at hand when its record is, or for 0; below what is purged nothing can be resent */
        known = rt.high <= dev[dt].last && rt.high >= dev[dt].purged && (rt.high > dev[dt].purged || rt.high == 0);
        if
#ifdef MUTANT_NO_FORK
        :: rt.high > dev[dt].last -> skip
#else
        :: rt.high > dev[dt].last -> fork(dt)
#endif
        :: rt.high <= dev[dt].last && !known ->
            records_of(dev[dt], rt.high, dev[dt].purged);
            gaps = gaps | mask;
            mask = 0;
            fork(dt)
#ifdef MUTANT_NO_CHAIN
        :: known -> dev[dt].receipted = rt.high; dev[dt].epoch = rt.epoch
#else
        :: known && rt.content != CUT(dev[dt].content, dev[dt].last, rt.high) -> fork(dt)
        :: known && rt.content == CUT(dev[dt].content, dev[dt].last, rt.high) ->
            dev[dt].receipted = rt.high;
            dev[dt].epoch = rt.epoch
#endif
        fi;
        known = false
    fi
}

inline put_request(dp, number) {
    out[dp].there = true;
    out[dp].store = dev[dp].store;
    out[dp].first = dev[dp].receipted + 1;
    out[dp].count = number;
    out[dp].content = CUT(dev[dp].content, dev[dp].last, dev[dp].receipted + number)
}

/* --- headquarters ------------------------------------------------------------------------------------------ */

#ifdef MUTANT_CHILD_ONLY
#define CHECKED(s) ((s) > 0) /* only children of forks ask whether an identity is held */
#else
#ifdef MUTANT_NO_IDENTITY
#define CHECKED(s) false
#else
#define CHECKED(s) true
#endif
#endif

#ifdef MUTANT_NO_CHAIN
#define FITS(q) (q.first == hq.high[q.store] + 1)
#else
#ifdef MUTANT_NO_FIRST
#define FITS(q) (q.first > hq.high[q.store])
#else
#define FITS(q) (q.first == hq.high[q.store] + 1 && \
                 CUT(q.content, q.count, 0) == hq.content[q.store])
#endif
#endif

/* Record id gets its number, and its effect unless its identity is in effect already. */
inline insert(place) {
    if
    :: id == bad -> hq.held = hq.held | BIT(id) /* raw, in quarantine, a tombstone at its number */
    :: id != bad && CHECKED(place) && (hq.kept & BIT(id)) -> skip /* the same record again */
    :: id != bad && !(CHECKED(place) && (hq.kept & BIT(id))) ->
        known = (twin && IDENTITY(id) == 1 && (hq.kept & (BIT(1) | BIT(twin)) & ~BIT(id)));
        if
#ifdef MUTANT_DROP_OTHER_BYTES
        :: known -> skip
#else
        :: known -> hq.held = hq.held | BIT(id) /* same identity, other bytes: quarantine */
#endif
        :: !known ->
            hq.twice = hq.twice | (hq.kept & BIT(id));
            hq.kept = hq.kept | BIT(id);
            hq.held = hq.held | BIT(id)
        fi;
        known = false
    fi;
    hq.content[place] = (hq.content[place] << 3) | id;
    hq.high[place]++
}

#ifdef MUTANT_BAD_BLOCKS
#define READABLE(q) (!bad || (ID_BITS(q.content, q.count, 1) != bad && \
                              (q.count < 2 || ID_BITS(q.content, q.count, 2) != bad)))
#else
#define READABLE(q) true
#endif

inline accept(qc) {
#ifdef MUTANT_NO_FIRST
    hq.high[qc.store] = qc.first - 1; /* numbers in between stay empty */
#endif
    j = 0;
    do
    :: j < qc.count -> j++; id = ID_BITS(qc.content, qc.count, j); insert(qc.store)
    :: else -> break
    od;
    j = 0;
    id = 0
}

/* Every request gets the same reply: the present state. */
inline answer(qa, ra) {
    if
    :: qa.count > 0 && FITS(qa) && READABLE(qa) -> accept(qa)
    :: else -> skip
    fi;
    ra.there = true;
    ra.store = qa.store;
    ra.epoch = epoch;
    ra.high = hq.high[qa.store];
    ra.content = hq.content[qa.store];
    if
    :: top[qa.store] < ra.high -> top[qa.store] = ra.high
    :: else -> skip
    fi
}

inline copy_hq(to, from) {
    i = 0;
    do
    :: i < STORES -> to.high[i] = from.high[i]; to.content[i] = from.content[i]; i++
    :: else -> break
    od;
    i = 0;
    to.held = from.held;
    to.kept = from.kept;
    to.twice = from.twice
}

inline restore_hq() {
    copy_hq(hq, saved);
    lost = lost | (destroyed & ~hq.held);
#ifndef MUTANT_KEEP_EPOCH
    epoch++;
    i = 0;
    do
    :: i < STORES -> top[i] = 0; i++
    :: else -> break
    od;
    i = 0
#endif
}

/* --- faults of media ------------------------------------------------------------------------------------------ */

inline copy_device(to, from) {
    to.live = from.live;
    to.store = from.store;
    to.parent = from.parent;
    to.content = from.content;
    to.last = from.last;
    to.purged = from.purged;
    to.receipted = from.receipted;
    to.epoch = from.epoch
}

/* The records of device 0 that the image lacks are destroyed there. */
inline restore_device() {
#ifdef SHORT_WINDOW
    records_of(dev[0], 0, dev[0].last);
#else
    records_of(dev[0], dev[0].purged, dev[0].last);
#endif
    destroyed = destroyed | mask;
    lost = lost | (mask & ~hq.held);
    copy_device(dev[0], image);
    records_of(dev[0], dev[0].purged, dev[0].last);
    destroyed = destroyed & ~mask;
    lost = lost & ~mask;
    if
    :: dev[1].live ->
        records_of(dev[1], dev[1].purged, dev[1].last);
        destroyed = destroyed & ~mask;
        lost = lost & ~mask
    :: else -> skip
    fi;
    mask = 0
}

/* --- what always holds ------------------------------------------------------------------------------------------ */

/* mask: what the devices' disks hold; both devices may hold the same record */
inline on_disks() {
    records_of(dev[0], dev[0].purged, dev[0].last);
    id = mask;
    if
    :: dev[1].live -> records_of(dev[1], dev[1].purged, dev[1].last); id = id | mask
    :: else -> skip
    fi;
    mask = id;
    id = 0
}

#define ALL_THANKED ((1 << (thanked + 1)) - 2)

inline check_device(dc) {
    if
    :: dev[dc].live ->
        assert(dev[dc].purged <= dev[dc].receipted && dev[dc].receipted <= dev[dc].last);
        /* I1 and I7: what is receipted in this epoch is held there, number for number */
        assert(dev[dc].epoch != epoch ||
               (dev[dc].receipted <= hq.high[dev[dc].store] &&
                CUT(dev[dc].content, dev[dc].last, dev[dc].receipted) ==
                CUT(hq.content[dev[dc].store], hq.high[dev[dc].store], dev[dc].receipted)));
#ifndef SHORT_WINDOW
        /* I2: what is purged is held */
        records_of(dev[dc], 0, dev[dc].purged);
        assert((mask & ~hq.held) == 0);
        mask = 0
#endif
    :: else -> skip
    fi
}

inline check() {
    check_device(0);
    check_device(1);
    assert(hq.twice == 0 && (!twin || (hq.kept & (BIT(1) | BIT(twin))) != (BIT(1) | BIT(twin)))); /* I3 */
    j = 0;
    do
    :: j < STORES ->
        assert(hq.content[j] >> (3 * hq.high[j]) == 0);               /* I4: no more than high water */
        assert(hq.high[j] == 0 || ID_BITS(hq.content[j], hq.high[j], 1) != 0); /* and no number empty */
        assert(hq.high[j] >= top[j]);                                 /* I5 */
        j++
    :: else -> break
    od;
    j = 0;
#ifndef SHORT_WINDOW
    on_disks();
    assert((ALL_THANKED & ~(mask | hq.held | lost)) == 0);            /* I6 */
    mask = 0
#endif
}

/* --- L1: from here on nothing fails, and nobody adds records ---------------------------------------------------- */

inline drain(dd) {
    if
    :: dev[dd].live ->
        put_request(dd, 0);
        answer(out[dd], back[dd]);
        take(dd, back[dd]);
        do
        :: dev[dd].receipted < dev[dd].last && turns < 2 * RECORDS + 2 ->
            turns++;
            put_request(dd, (dev[dd].last - dev[dd].receipted > BATCH -> BATCH : dev[dd].last - dev[dd].receipted));
            answer(out[dd], back[dd]);
            take(dd, back[dd])
        :: else -> break
        od;
        turns = 0;
        assert(dev[dd].receipted == dev[dd].last)
    :: else -> skip
    fi
}

inline drained() {
    on_disks();
    assert((~hq.held & mask) == 0);
    assert((ALL_THANKED & ~(hq.held | lost | gaps)) == 0);
    mask = 0
}

/* --- one step --------------------------------------------------------------------------------------------------- */

#define MAY_PURGE(d) (dev[d].purged + 1 < dev[d].receipted)
#define OLDEST(d) ID_BITS(dev[d].content, dev[d].last, dev[d].purged + 1)
#ifdef MUTANT_PURGE_EARLY
#define IN_WINDOW(d) true
#else
#ifdef SHORT_WINDOW
#define IN_WINDOW(d) true
#else
/* in the backup; without one that can be restored, what HQ says in this epoch is enough */
#define IN_WINDOW(d) ((saved.held & BIT(OLDEST(d))) || (!is_saved && dev[d].epoch == epoch))
#endif
#endif

#define MORE_IMAGES (faults < FAULTS && (restores < DEVICE_RESTORES || (CLONES && !dev[1].live)))
#define MORE_BACKUPS (faults < FAULTS && epoch < EPOCHS)

/* What can no longer matter is cleared, so that states which differ in it alone are one. */
inline forget() {
    if
    :: image.live && !MORE_IMAGES -> copy_device(image, no_device)
    :: else -> skip
    fi;
    if
    :: is_saved && !MORE_BACKUPS -> 
        j = saved.held; /* old receipts may still be believed */
        copy_hq(saved, no_hq);
        saved.held = j;
        j = 0;
        is_saved = false
    :: else -> skip
    fi
}

#define STEP_OF(d) \
    :: d_step { dev[d].live && thanked < RECORDS && dev[d].last < 6 -> append(d); check() } \
    :: d_step { dev[d].live -> put_request(d, 0) } \
    :: d_step { dev[d].live && dev[d].receipted < dev[d].last -> put_request(d, 1); SENT(d) } \
    :: d_step { dev[d].live && BATCH > 1 && dev[d].receipted + 1 < dev[d].last -> put_request(d, 2); SENT(d) } \
    :: d_step { out[d].there -> answer(out[d], back[d]); check() } \
    :: d_step { dev[d].live && back[d].there -> take(d, back[d]); check() } \
    :: d_step { STICKS && dev[d].live && stick.there -> take(d, stick); check() } \
    :: d_step { dev[d].live && MAY_PURGE(d) && IN_WINDOW(d) -> dev[d].purged++; check() }

#ifdef MUTANT_PURGE_ON_SEND
#define SENT(d) dev[d].purged = dev[d].receipted + out[d].count; check()
#else
#define SENT(d) skip
#endif

init {
    d_step { dev[0].live = true; dev[0].parent = STORES; dev[1].parent = STORES; image.parent = STORES }
    if
    :: bad = 0
    :: bad = 2
    fi;
    if
    :: twin = 0
    :: twin = 3
    fi;
end:
    do
    STEP_OF(0)
    STEP_OF(1)
    :: d_step { STICKS && faults < FAULTS && !stick.there && back[0].there ->
                faults++;
                stick.there = true; stick.store = back[0].store; stick.epoch = back[0].epoch;
                stick.high = back[0].high; stick.content = back[0].content }
    :: d_step { MORE_IMAGES && !image.live -> copy_device(image, dev[0]) }
    :: d_step { image.live && faults < FAULTS && restores < DEVICE_RESTORES ->
                faults++; restores++; restore_device(); forget(); check() }
    :: d_step { image.live && faults < FAULTS && CLONES && !dev[1].live ->
                faults++; copy_device(dev[1], image); forget(); check() }
    :: d_step { faults < FAULTS && epoch < EPOCHS && !is_saved -> copy_hq(saved, hq); is_saved = true }
    :: d_step { is_saved && faults < FAULTS -> faults++; restore_hq(); forget(); check() }
#ifdef MUTANT_EARLY_RECEIPT
    :: d_step { out[0].there && out[0].count && FITS(out[0]) -> /* the reply is out, and HQ dies before it commits */
                back[0].there = true; back[0].store = out[0].store; back[0].epoch = epoch;
                back[0].high = hq.high[out[0].store] + out[0].count; back[0].content = out[0].content }
#endif
    :: d_step { drain(0); drain(1); drained() } -> break
    od
}
