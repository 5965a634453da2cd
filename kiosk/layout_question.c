/*
 * A question and what stands around it.
 * The bar and the foot lie along the edges; title and answers share what is left.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/layout_question.h"

#include "kiosk/layout_answers.h"
#include "kiosk/layout_keypad.h"
#include "kiosk/layout_parts.h"

static const struct survey_question *question_of(const struct layout *layout)
{
    return &layout->survey->questions[layout->view->question];
}

/* --- the bar --- */

#define PILL_PAD 30 /* thousandths: beside a word */

static int pill_width(const struct layout *layout, const struct text_fit *fit, int height)
{
    int width = fit->w + 2 * layout_parts_unit(layout, PILL_PAD);

    return width > height * 3 / 2 ? width : height * 3 / 2;
}

/* Fits the names of all other languages; returns the width of their pills in a row. */
static int fit_languages(const struct layout *layout, struct drawlist *list, struct text_fit *fits, int shown,
                         int height, int gap, int room)
{
    const struct survey *survey = layout->survey;
    int width = 0;

    for (int i = 1; i <= shown; i++) {
        int language = (layout->view->language + i) % (int)survey->language_count;
        struct draw_rect box = {0, 0, room - 2 * layout_parts_unit(layout, PILL_PAD), height};

        layout_parts_fit_in(layout, list, &fits[i], language, survey->language_names[language], box,
                            layout_parts_text_unit(layout, 42), layout_parts_unit(layout, 24), 1, true);
        width += pill_width(layout, &fits[i], height) + (i > 1 ? gap : 0);
    }
    return width;
}

/* A row of pills from the right edge, one for each other language; or one for the next, if there is no room
 * for all. Returns where it begins. */
static int draw_languages(const struct layout *layout, struct drawlist *list, struct draw_rect bar, int room)
{
    struct text_fit fits[SURVEY_LANGUAGES_MAX] = {{0}};
    int gap = layout_parts_gap(layout, 18), right = bar.x + bar.w,
        shown = (int)layout->survey->language_count - 1;

    if (fit_languages(layout, list, fits, shown, bar.h, gap, room) > room)
        shown = 1;
    for (int i = shown; i >= 1; i--) {
        bool pressed = layout_parts_pressed(layout, TARGET_LANGUAGE, fits[i].language);
        struct draw_rect pill = {0, bar.y, pill_width(layout, &fits[i], bar.h), bar.h};

        pill.x = right - pill.w;
        layout_parts_card(layout, list, pill, bar.h / 2, (struct target){TARGET_LANGUAGE, fits[i].language},
                          pressed);
        layout_parts_text(list, &fits[i], pill, LAYOUT_PARTS_CENTRE, layout_parts_theme(layout)->accent,
                          layout_parts_alpha(layout, false));
        layout_parts_target(layout, list, pill, TARGET_LANGUAGE, fits[i].language);
        right = pill.x - gap;
    }
    return right;
}

static void draw_back(const struct layout *layout, struct drawlist *list, struct draw_rect bar, int right)
{
    const struct theme *theme = layout_parts_theme(layout);
    const struct survey_text *word = &layout->survey->back;
    bool pressed = layout_parts_pressed(layout, TARGET_BACK, 0);
    int pad = layout_parts_unit(layout, 30), sign = bar.h * 42 / 100, most = right - bar.x - 3 * pad - sign;
    struct draw_rect pill = {bar.x, bar.y, bar.h * 3 / 2, bar.h}, place;
    struct text_fit fit = {0};

    if (survey_has(word)) {
        layout_parts_fit(layout, list, &fit, word->in[layout->view->language],
                         (struct draw_rect){0, 0, most, bar.h}, layout_parts_text_unit(layout, 42),
                         layout_parts_unit(layout, 22), 1, true);
        pill.w = fit.w + 5 * pad / 2 + sign;
    }
    layout_parts_card(layout, list, pill, bar.h / 2, (struct target){TARGET_BACK, 0}, pressed);
    place = (struct draw_rect){pill.x + pad * 3 / 4, pill.y + (pill.h - sign) / 2, sign, sign};
    if (!fit.count)
        place.x = pill.x + (pill.w - sign) / 2;
    drawlist_sign(list, place, layout_parts_rtl(layout) ? "sign-back-rtl" : "sign-back", theme->accent,
                  layout_parts_alpha(layout, pressed), DRAWLIST_WHOLE);
    place = (struct draw_rect){place.x + sign + pad / 2, pill.y, fit.w, pill.h};
    layout_parts_text(list, &fit, place, LAYOUT_PARTS_START, theme->accent,
                      layout_parts_alpha(layout, pressed));
    layout_parts_target(layout, list, pill, TARGET_BACK, 0);
}

static void draw_logo(const struct layout *layout, struct drawlist *list, struct draw_rect bar, int right)
{
    const struct theme *theme = layout_parts_theme(layout);
    int w = bar.h * theme->logo_ratio / 100, h = bar.h;

    if (!theme->logo[0] || right <= bar.x)
        return;
    if (w > right - bar.x) {
        w = right - bar.x;
        h = w * 100 / theme->logo_ratio;
    }
    drawlist_icon(list, (struct draw_rect){bar.x, bar.y + (bar.h - h) / 2, w, h}, theme->logo, 255);
}

/* taken: what stands in the middle of the bar already; may be empty. */
static void draw_bar(const struct layout *layout, struct drawlist *list, struct draw_rect bar,
                     struct draw_rect taken)
{
    bool shared = layout->view->back || layout_parts_theme(layout)->logo[0];
    int gap = layout_parts_gap(layout, 18), room = shared ? bar.w * 66 / 100 : bar.w, right = bar.x + bar.w;

    if (taken.w)
        room = bar.x + bar.w - taken.x - taken.w - gap;
    if (layout->view->screen != VIEW_STILL_THERE) /* there they come in front of the veil */
        right = draw_languages(layout, list, bar, room);
    if (taken.w)
        right = taken.x - gap;
    if (layout->view->back)
        draw_back(layout, list, bar, right);
    else
        draw_logo(layout, list, bar, right);
}

void layout_question_languages(const struct layout *layout, struct drawlist *list)
{
    int margin = layout_parts_margin(layout), control = layout_parts_control(layout);
    struct draw_rect bar = {margin, margin, layout->w - 2 * margin, control};

    (void)draw_languages(layout, list, bar, bar.w);
}

/* --- the foot --- */

static void draw_switches(const struct layout *layout, struct drawlist *list, struct draw_rect foot)
{
    const struct {
        enum target_kind kind;
        const char *sign;
        bool on;
    } switches[] = {
        {TARGET_TEXT_SIZE, "sign-text", layout->view->large},
        {TARGET_CONTRAST, "sign-contrast", layout->view->contrast},
        {TARGET_REACH, "sign-reach", layout->view->reach},
    };
    int side = layout_parts_control(layout), gap = layout_parts_gap(layout, 18);
    size_t count = layout_parts_upright(layout) ? 3 : 2; /* all of a low screen is within reach */

    for (size_t i = 0; i < count; i++) {
        struct draw_rect place = {foot.x + (int)i * (side + gap), foot.y + foot.h - side, side, side};

        layout_parts_sign(layout, list, place, (struct target){switches[i].kind, 0}, switches[i].sign,
                          switches[i].on);
    }
}

/* The button below a question: submit once something is chosen, skip while nothing is. */
static void draw_button(const struct layout *layout, struct drawlist *list, struct draw_rect area)
{
    const struct survey_question *question = question_of(layout);
    bool submit = question->many && (layout->view->chosen || !question->optional);
    struct target target = {submit ? TARGET_SUBMIT : TARGET_SKIP, 0};
    const struct survey_text *text = submit ? &layout->survey->submit : &layout->survey->skip;

    layout_parts_button(layout, list, area, target, layout->view->language, text->in[layout->view->language],
                        !submit                ? LAYOUT_PARTS_PLAIN
                        : layout->view->chosen ? LAYOUT_PARTS_MAIN
                                               : LAYOUT_PARTS_OFF);
}

static int button_height(const struct layout *layout)
{
    int touch = layout_parts_touch(layout), usual = layout_parts_unit(layout, 120);

    return touch > usual ? touch : usual;
}

/* --- together --- */

static int longest(const struct layout *layout, int thousandths)
{
    int most = layout->w - 2 * layout_parts_margin(layout), wanted = layout_parts_unit(layout, thousandths);

    return wanted < most ? wanted : most;
}

static struct draw_rect place_button(const struct layout *layout)
{
    struct draw_rect rect = {0, 0, longest(layout, 420), button_height(layout)};

    rect.x = (layout->w - rect.w) / 2;
    return rect;
}

/* What is left between bar and foot for title and answers; draws both of them. */
static struct draw_rect draw_frame(const struct layout *layout, struct drawlist *list, bool button)
{
    bool upright = layout_parts_upright(layout), low = upright && layout->view->reach;
    int margin = layout_parts_margin(layout), gap = layout_parts_gap(layout, 24);
    int control = layout_parts_control(layout), width = layout->w - 2 * margin;
    struct draw_rect bar = {margin, margin, width, control}, taken = {0, 0, 0, 0};
    struct draw_rect foot = {margin, layout->h - margin - control, width, control};
    struct draw_rect left = {margin, margin + control + gap, width, 0};
    int bottom = foot.y;

    if (button) {
        struct draw_rect rect = place_button(layout);

        /* above the switches; on a wide screen in the middle between them and the corner */
        rect.y = upright ? foot.y - gap - rect.h : layout->h - margin - rect.h;
        bottom = rect.y;
        if (low) {
            bar.y = rect.y + (rect.h - control) / 2;
            taken = rect;
        }
        draw_button(layout, list, rect);
    } else if (low) {
        bar.y = bottom = foot.y - gap - control;
    }
    if (low)
        left.y = layout->h / 5;
    left.h = bottom - gap - left.y;
    draw_bar(layout, list, bar, taken);
    draw_switches(layout, list, foot);
    return left;
}

void layout_question_draw(const struct layout *layout, struct drawlist *list)
{
    const struct survey_question *question = question_of(layout);
    bool upright = layout_parts_upright(layout), low = upright && layout->view->reach;
    bool callback = question->kind == SURVEY_CALLBACK;
    struct draw_rect room = draw_frame(layout, list, !callback && (question->optional || question->many));
    struct draw_rect title = room;
    struct text_fit fit;

    if (callback) {
        if (low) { /* the keypad alone takes up the lower half */
            room.h += room.y - layout_parts_margin(layout);
            room.y = layout_parts_margin(layout);
        }
        layout_keypad_number(layout, list, room);
        return;
    }
    title.h = upright                        ? room.h * 26 / 100
              : question->kind == SURVEY_NPS ? room.h * 45 / 100
                                             : layout_parts_unit(layout, layout->view->large ? 190 : 170);
    if (low)
        title.h =
            (2 * layout->h >= 3 * layout->w ? layout->h / 2 : layout->h * 2 / 5) - room.y; /* or never fits */
    layout_parts_fit(layout, list, &fit, question->text.in[layout->view->language], title,
                     layout_parts_text_unit(layout, 92), layout_parts_unit(layout, 36), upright ? 4 : 2,
                     !layout->view->large);
    layout_parts_text(list, &fit, title, LAYOUT_PARTS_CENTRE, layout_parts_theme(layout)->text, 255);
    room.y += title.h + layout_parts_gap(layout, 20);
    room.h -= title.h + layout_parts_gap(layout, 20);
    if (upright && !low)
        room.h -= room.h / 8; /* the middle of what is left seems to sag */
    layout_answers_draw(layout, list, room);
}
