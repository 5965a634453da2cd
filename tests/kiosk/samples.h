/*
 * Surveys and a ruler for the tests of the kiosk.
 * Everything is the same in every run.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TESTS_KIOSK_SAMPLES_H
#define TESTS_KIOSK_SAMPLES_H

#include "core/survey.h"
#include "kiosk/text_fit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Five faces; marks 1 and 2 lead to reasons (many, optional), mark 3 to a recommendation from 0 to 10. */
static const char sample_survey[] =
    "{\"format\":1,\"id\":\"sample\",\"version\":7,"
    "\"languages\":[{\"tag\":\"en\",\"name\":\"English\"},{\"tag\":\"zh\",\"name\":\"中文\"},"
    "{\"tag\":\"de\",\"name\":\"Deutsch\"}],"
    "\"questions\":["
    "{\"id\":\"overall\",\"kind\":\"faces\",\"scale\":5,"
    "\"text\":{\"en\":\"How was our service today?\",\"zh\":\"您对今天的服务满意吗？\","
    "\"de\":\"Wie zufrieden waren Sie heute mit unserer Dienstleistungsbereitschaft?\"},"
    "\"labels\":[{\"en\":\"Very poor\",\"zh\":\"很不满意\",\"de\":\"Sehr unzufrieden\"},"
    "{\"en\":\"Poor\",\"zh\":\"不满意\",\"de\":\"Unzufrieden\"},"
    "{\"en\":\"Fair\",\"zh\":\"一般\",\"de\":\"Mittelmäßig\"},"
    "{\"en\":\"Good\",\"zh\":\"满意\",\"de\":\"Zufrieden\"},"
    "{\"en\":\"Excellent\",\"zh\":\"非常满意\",\"de\":\"Ausgezeichnet\"}],"
    "\"next\":[{\"marks\":[1,2],\"go\":\"reason\"},{\"marks\":[3],\"go\":\"recommend\"}]},"
    "{\"id\":\"reason\",\"kind\":\"choice\",\"many\":true,\"optional\":true,"
    "\"text\":{\"en\":\"What went wrong?\",\"zh\":\"我们哪里没有做好？\",\"de\":\"Was ist schiefgegangen?\"},"
    "\"options\":["
    "{\"code\":\"waiting\",\"text\":{\"en\":\"Waited too long\",\"zh\":\"等候太久\",\"de\":\"Zu lange "
    "Wartezeit "
    "am Schalter\"}},"
    "{\"code\":\"attitude\",\"text\":{\"en\":\"Unfriendly "
    "service\",\"zh\":\"服务态度\",\"de\":\"Unfreundliche "
    "Bedienung\"}},"
    "{\"code\":\"accuracy\",\"text\":{\"en\":\"A mistake was "
    "made\",\"zh\":\"业务出错\",\"de\":\"Bearbeitungsfehler\"}},"
    "{\"code\":\"explanation\",\"text\":{\"en\":\"Poorly "
    "explained\",\"zh\":\"解释不清\",\"de\":\"Unverständlich "
    "erklärt\"}},"
    "{\"code\":\"equipment\",\"text\":{\"en\":\"Machine not "
    "working\",\"zh\":\"设备故障\",\"de\":\"Geldautomat "
    "außer Betrieb\"}},"
    "{\"code\":\"fees\",\"text\":{\"en\":\"Fees and "
    "charges\",\"zh\":\"收费问题\",\"de\":\"Kontoführungsgebühren\"}}]},"
    "{\"id\":\"recommend\",\"kind\":\"nps\","
    "\"text\":{\"en\":\"Would you recommend us?\",\"zh\":\"您会推荐我们吗？\",\"de\":\"Würden Sie uns "
    "weiterempfehlen?\"}}],"
    "\"thanks\":{\"en\":\"Thank you!\",\"zh\":\"谢谢您的评价！\",\"de\":\"Herzlichen Dank!\"},"
    "\"sorry\":{\"en\":\"Sorry, we cannot save your answer just now. Please tell a member of staff.\","
    "\"zh\":\"抱歉，现在无法保存您的评价。请告诉柜台工作人员。\","
    "\"de\":\"Leider können wir Ihre Antwort gerade nicht speichern. Bitte sagen Sie es einer "
    "Mitarbeiterin.\"},"
    "\"submit\":{\"en\":\"Done\",\"zh\":\"提交\",\"de\":\"Absenden\"},"
    "\"skip\":{\"en\":\"Skip\",\"zh\":\"跳过\",\"de\":\"Überspringen\"}}";

static inline struct survey *sample_load(void)
{
    struct survey *survey = NULL;
    struct error error = {0};

    if (survey_parse(&survey, sample_survey, sizeof sample_survey - 1, "sample", &error) < 0)
        fail_msg("%s", error.text);
    return survey;
}

/* Characters from U+2E80 on are as wide as the font is high, others three fifths of it. */
static inline int sample_width(void *user, int language, int size, const char *text, size_t length)
{
    int tenths = 0;

    (void)user;
    (void)language;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];

        if ((c & 0xC0) != 0x80)
            tenths += c >= 0xE2 ? 10 : 6;
    }
    return (size * tenths + 9) / 10;
}

static inline int sample_line_height(void *user, int language, int size)
{
    (void)user;
    (void)language;
    return size * 14 / 10;
}

static const struct text_measure sample_measure = {sample_width, sample_line_height, NULL};

#endif
