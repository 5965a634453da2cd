/*
 * Thanks, out of service, still there, notice, closed.
 * A sign and words below it, together in the middle of the screen.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/layout_messages.h"

#include "kiosk/layout_parts.h"
#include "kiosk/layout_question.h"

#define SORRY_LANGUAGES 3
#define VEIL 225 /* alpha of what lies over a question that waits */
#define INVITATION_FACES 5

static int lesser(int a, int b)
{
    return a < b ? a : b;
}

/* A touch wakes the screen, and one on a language does so in that language. Returns what is left free above. */
static int wake_anywhere(const struct layout *layout, struct drawlist *list)
{
    layout_question_languages(layout, list);
    layout_parts_target(layout, list, (struct draw_rect){0, 0, layout->w, layout->h}, TARGET_WAKE, 0);
    return layout_parts_margin(layout) + layout_parts_control(layout) + layout_parts_unit(layout, 20);
}

/* A disc in a halo. */
static void draw_disc(const struct layout *layout, struct drawlist *list, struct draw_rect rect)
{
    const struct theme *theme = layout_parts_theme(layout);

    drawlist_rounded(list, rect, rect.w / 2, theme->pressed);
    drawlist_rounded(list, layout_parts_inset(rect, rect.w / 10), rect.w * 4 / 10, theme->accent);
}

void layout_messages_thanks(const struct layout *layout, struct drawlist *list)
{
    const struct theme *theme = layout_parts_theme(layout);
    int margin = layout_parts_unit(layout, 60), disc = layout_parts_unit(layout, 360);
    int gap = layout_parts_unit(layout, 50), y;
    struct draw_rect box = {margin, 0, layout->w - 2 * margin, layout->h / 3}, place;
    struct text_fit fit;

    layout_parts_fit(layout, list, &fit, layout->survey->thanks.in[layout->view->language], box,
                     layout_parts_text_unit(layout, 110), layout_parts_unit(layout, 44), 3, true);
    y = (layout->h - disc - gap - fit.h) / 2;
    place = (struct draw_rect){(layout->w - disc) / 2, y, disc, disc};
    draw_disc(layout, list, place);
    drawlist_sign(list, layout_parts_inset(place, disc * 27 / 100), "tick", theme->accent_text, 255,
                  DRAWLIST_WHOLE - layout->unfinished);
    box.y = y + disc + gap;
    box.h = fit.h;
    layout_parts_text(list, &fit, box, LAYOUT_PARTS_CENTRE, theme->text, 255);
}

/* Nobody can switch languages now, so the bank's text stands in several, the one shown first. */
void layout_messages_sorry(const struct layout *layout, struct drawlist *list)
{
    const struct survey *survey = layout->survey;
    const struct theme *theme = layout_parts_theme(layout);
    int margin = layout_parts_unit(layout, 90), icon = layout_parts_unit(layout, 230);
    int gap = layout_parts_unit(layout, 50), count = lesser((int)survey->language_count, SORRY_LANGUAGES);
    int height = icon, y;
    struct text_fit fits[SORRY_LANGUAGES];
    struct draw_rect box = {margin, 0, layout->w - 2 * margin, 0};

    box.h = (layout->h - icon - 2 * margin) / count - gap;
    for (int i = 0; i < count; i++) {
        int language = (layout->view->language + i) % (int)survey->language_count;

        layout_parts_fit_in(layout, list, &fits[i], language, survey->sorry.in[language], box,
                            layout_parts_text_unit(layout, i ? 46 : 60), layout_parts_unit(layout, 26), 4,
                            false);
        height += gap + fits[i].h;
    }
    y = (layout->h - height) / 2;
    drawlist_icon(list, (struct draw_rect){(layout->w - icon) / 2, y, icon, icon}, "sorry", 255);
    y += icon;
    for (int i = 0; i < count; i++) {
        box.y = y + gap;
        box.h = fits[i].h;
        layout_parts_text(list, &fits[i], box, LAYOUT_PARTS_CENTRE, i ? theme->quiet : theme->text, 255);
        y = box.y + box.h;
    }
}

/* --- still there? --- */

static void draw_remaining(const struct layout *layout, struct drawlist *list, struct draw_rect track)
{
    const struct theme *theme = layout_parts_theme(layout);
    struct draw_rect full = layout_parts_inset(track, track.h / 4);

    full.w = full.w * layout->view->remaining / VIEW_REMAINING;
    layout_parts_edged(list, track, track.h / 2, 1, theme->border, theme->card);
    drawlist_rounded(list, full, full.h / 2, theme->accent);
}

void layout_messages_still_there(const struct layout *layout, struct drawlist *list)
{
    const struct theme *theme = layout_parts_theme(layout);
    const struct survey *survey = layout->survey;
    int language = layout->view->language, pad = layout_parts_unit(layout, 56), radius;
    int touch = layout_parts_touch(layout), button = layout_parts_unit(layout, 140);
    int w = lesser(layout->w - 2 * layout_parts_margin(layout), layout_parts_unit(layout, 1060)), h;
    int bar = layout_parts_unit(layout, 28);
    struct draw_rect box = {0, 0, w - 2 * pad, layout->h * 35 / 100}, card;
    struct text_fit fit = {0};

    drawlist_veil(list, (struct draw_rect){0, 0, layout->w, layout->h}, theme->background, VEIL);
    layout_question_languages(layout, list);
    if (button < touch)
        button = touch;
    if (survey_has(&survey->still_there))
        layout_parts_fit(layout, list, &fit, survey->still_there.in[language], box,
                         layout_parts_text_unit(layout, 80), layout_parts_unit(layout, 36), 3, true);
    h = fit.h + bar + button + 4 * pad;
    radius = layout_parts_unit(layout, theme->corner);
    card = (struct draw_rect){(layout->w - w) / 2, (layout->h - h) / 2, w, h};
    if (layout_parts_upright(layout) && layout->view->reach)
        card.y = layout->h / 2;
    layout_parts_card(layout, list, card, radius, (struct target){TARGET_NONE, 0}, false);
    box = (struct draw_rect){card.x + pad, card.y + pad, w - 2 * pad, fit.h};
    layout_parts_text(list, &fit, box, LAYOUT_PARTS_CENTRE, theme->text, 255);
    box.y += fit.h + pad;
    box.h = bar;
    draw_remaining(layout, list, box);
    box.y += bar + pad;
    box.h = button;
    box.x += box.w / 6;
    box.w -= box.w / 3;
    if (survey_has(&survey->stay))
        layout_parts_button(layout, list, box, (struct target){TARGET_STAY, 0}, language,
                            survey->stay.in[language], LAYOUT_PARTS_MAIN);
}

/* --- idle --- */

/* The faces, small, along the lower edge: there is a question behind this screen. */
static int draw_invitation(const struct layout *layout, struct drawlist *list)
{
    int side = layout_parts_unit(layout, 110), gap = layout_parts_gap(layout, 26);
    int y = layout->h - layout_parts_unit(layout, 60) - side;
    int x = (layout->w - INVITATION_FACES * side - (INVITATION_FACES - 1) * gap) / 2;
    static const char *const faces[INVITATION_FACES] = {"face-1", "face-2", "face-3", "face-4", "face-5"};

    for (int i = 0; i < INVITATION_FACES; i++)
        drawlist_icon(list, (struct draw_rect){x + i * (side + gap), y, side, side}, faces[i], 255);
    return y;
}

void layout_messages_notice(const struct layout *layout, struct drawlist *list)
{
    const struct theme *theme = layout_parts_theme(layout);
    const struct notice *notice = NULL;
    int margin = layout_parts_unit(layout, 80), language = layout->view->language, y;
    int gap = layout_parts_unit(layout, 44), bottom = draw_invitation(layout, list) - gap;
    int top = wake_anywhere(layout, list);
    struct draw_rect box = {margin, 0, layout->w - 2 * margin, (bottom - top) * 36 / 100};
    struct text_fit title = {0}, text;

    if (layout->notices && layout->view->notice >= 0 && (size_t)layout->view->notice < layout->notices->count)
        notice = &layout->notices->items[layout->view->notice];
    if (!notice)
        return;
    if (survey_has(&notice->title))
        layout_parts_fit(layout, list, &title, notice->title.in[language], box,
                         layout_parts_text_unit(layout, 84), layout_parts_unit(layout, 36), 3, true);
    box.h = bottom - top - title.h - (title.h ? gap : 0);
    layout_parts_fit(layout, list, &text, notice->text.in[language], box, layout_parts_text_unit(layout, 62),
                     layout_parts_unit(layout, 30), 8, false);
    y = top + (bottom - top - title.h - text.h - (title.h ? gap : 0)) / 2;
    box.y = y;
    box.h = title.h;
    layout_parts_text(list, &title, box, LAYOUT_PARTS_CENTRE, theme->accent, 255);
    box.y = y + title.h + (title.h ? gap : 0);
    box.h = text.h;
    layout_parts_text(list, &text, box, LAYOUT_PARTS_CENTRE, theme->text, 255);
}

void layout_messages_closed(const struct layout *layout, struct drawlist *list)
{
    const struct theme *theme = layout_parts_theme(layout);
    const struct survey_text *words = &layout->survey->closed;
    int margin = layout_parts_unit(layout, 80), sign = layout_parts_unit(layout, 220);
    int gap = layout_parts_unit(layout, 60), top = wake_anywhere(layout, list), y;
    struct draw_rect box = {margin, 0, layout->w - 2 * margin, layout->h - top - sign - gap - margin};
    struct text_fit fit = {0};

    if (survey_has(words))
        layout_parts_fit(layout, list, &fit, words->in[layout->view->language], box,
                         layout_parts_text_unit(layout, 72), layout_parts_unit(layout, 32), 5, false);
    y = top + (layout->h - margin - top - sign - gap - fit.h) / 2;
    drawlist_sign(list, (struct draw_rect){(layout->w - sign) / 2, y, sign, sign}, "sign-closed",
                  theme->quiet, 255, DRAWLIST_WHOLE);
    box.y = y + sign + gap;
    box.h = fit.h;
    layout_parts_text(list, &fit, box, LAYOUT_PARTS_CENTRE, theme->text, 255);
}
