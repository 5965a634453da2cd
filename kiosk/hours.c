/*
 * Opening hours.
 * Days and times are read strictly: what is not understood is an error, never closed doors.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/hours.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define DAY 1440
#define WEEK (7 * DAY)

static const char days[7][3] = {"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"};

struct reader {
    const char *text, *at;
};

static void skip_blanks(struct reader *reader)
{
    reader->at += strspn(reader->at, " \t");
}

static bool take(struct reader *reader, char c)
{
    if (*reader->at != c)
        return false;
    reader->at++;
    return true;
}

static int take_day(struct reader *reader)
{
    for (int day = 0; day < 7; day++) {
        if (strncmp(reader->at, days[day], 2) == 0) {
            reader->at += 2;
            return day;
        }
    }
    return -1;
}

static int take_two_digits(struct reader *reader)
{
    const char *at = reader->at;

    if (at[0] < '0' || at[0] > '9' || at[1] < '0' || at[1] > '9')
        return -1;
    reader->at += 2;
    return (at[0] - '0') * 10 + at[1] - '0';
}

/* Minutes of a day, 24:00 included; -1: not a time. */
static int take_time(struct reader *reader)
{
    const char *start = reader->at;
    int hour = take_two_digits(reader), minute;

    if (hour < 0 || hour > 24 || !take(reader, ':'))
        goto bad;
    minute = take_two_digits(reader);
    if (minute < 0 || minute > 59 || hour * 60 + minute > DAY)
        goto bad;
    return hour * 60 + minute;
bad:
    reader->at = start;
    return -1;
}

static int complain(const struct reader *reader, const char *wanted, struct error *error)
{
    return error_set(error, -EINVAL,
                     "hours: \"%.60s\", character %td: %s is expected, as in \"Mo-Fr 09:00-17:00; "
                     "Sa 09:00-12:00\"",
                     reader->text, reader->at - reader->text + 1, wanted);
}

static int add(struct hours *hours, const struct reader *reader, int day, int from, int until,
               struct error *error)
{
    if (hours->count == HOURS_SPANS)
        return error_set(error, -EINVAL, "hours: \"%.60s\": more than %d spans", reader->text, HOURS_SPANS);
    if (until <= from)
        until += DAY;
    hours->spans[hours->count++] = (struct hours_span){day * DAY + from, day * DAY + until};
    return 0;
}

/* "Mo-Fr 09:00-12:00": one group, every day of it. */
static int take_group(struct reader *reader, struct hours *hours, struct error *error)
{
    int first, last, from, until, result = 0;

    first = last = take_day(reader);
    if (first < 0)
        return complain(reader, "a day (Mo Tu We Th Fr Sa Su)", error);
    if (take(reader, '-')) {
        last = take_day(reader);
        if (last < 0)
            return complain(reader, "a day (Mo Tu We Th Fr Sa Su)", error);
    }
    skip_blanks(reader);
    from = take_time(reader);
    if (from < 0 || from == DAY)
        return complain(reader, "a time from 00:00 to 23:59", error);
    if (!take(reader, '-'))
        return complain(reader, "'-' and a time", error);
    until = take_time(reader);
    if (until < 0)
        return complain(reader, "a time from 00:00 to 24:00", error);
    for (int day = first; result == 0; day = (day + 1) % 7) {
        result = add(hours, reader, day, from, until, error);
        if (day == last)
            break;
    }
    return result;
}

int hours_parse(struct hours *hours, const char *text, struct error *error)
{
    struct reader reader = {text, text};
    struct hours made = {.count = 0};

    skip_blanks(&reader);
    while (*reader.at) {
        int result = take_group(&reader, &made, error);

        if (result < 0)
            return result;
        skip_blanks(&reader);
        if (!*reader.at)
            break;
        if (!take(&reader, ';') && !take(&reader, ','))
            return complain(&reader, "';' or the end", error);
        skip_blanks(&reader);
    }
    *hours = made;
    return 0;
}

static bool within(const struct hours *hours, int minute)
{
    for (size_t i = 0; i < hours->count; i++) {
        const struct hours_span *span = &hours->spans[i];

        if ((minute >= span->from && minute < span->until) || minute + WEEK < span->until)
            return true;
    }
    return false;
}

bool hours_open(const struct hours *hours, int64_t wall, int64_t *left_ms)
{
    int64_t seconds = wall / 1000 - (wall % 1000 < 0), within_minute;
    time_t moment = (time_t)seconds;
    struct tm local;
    bool open = true;
    int minute = 0, left = WEEK;

    if (hours->count && localtime_r(&moment, &local)) {
        minute = (local.tm_wday + 6) % 7 * DAY + local.tm_hour * 60 + local.tm_min;
        open = within(hours, minute);
        for (left = 1; left < WEEK && within(hours, (minute + left) % WEEK) == open;)
            left++;
    }
    within_minute = ((wall % 60000) + 60000) % 60000;
    if (left_ms)
        *left_ms = left * INT64_C(60000) - within_minute;
    return open;
}
