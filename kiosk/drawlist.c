/*
 * Draw lists.
 * Strings lie in the list's own text area, each ended by NUL; a list that is full leaves out, never overruns.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/drawlist.h"

#include <stdlib.h>
#include <string.h>

void drawlist_clear(struct drawlist *list, int w, int h)
{
    list->w = w;
    list->h = h;
    list->count = list->target_count = list->used = 0;
    list->full = list->tight = false;
}

static bool empty(struct draw_rect rect)
{
    return rect.w <= 0 || rect.h <= 0;
}

static void add(struct drawlist *list, const struct draw_command *command, const char *text, size_t length)
{
    if (empty(command->rect))
        return;
    if (list->count == DRAWLIST_COMMANDS || (text && length >= DRAWLIST_TEXT - list->used)) {
        list->full = true;
        return;
    }
    list->commands[list->count] = *command;
    if (text) {
        memcpy(list->text + list->used, text, length);
        list->text[list->used + length] = '\0';
        list->commands[list->count].text = list->used;
        list->used += length + 1;
    }
    list->count++;
}

void drawlist_fill(struct drawlist *list, struct draw_rect rect, uint32_t colour)
{
    add(list, &(struct draw_command){.kind = DRAW_FILL, .rect = rect, .colour = colour, .alpha = 255}, NULL,
        0);
}

void drawlist_veil(struct drawlist *list, struct draw_rect rect, uint32_t colour, uint8_t alpha)
{
    add(list, &(struct draw_command){.kind = DRAW_FILL, .rect = rect, .colour = colour, .alpha = alpha}, NULL,
        0);
}

static int most_radius(struct draw_rect rect, int radius)
{
    int shorter = rect.w < rect.h ? rect.w : rect.h;

    return radius > shorter / 2 ? shorter / 2 : radius;
}

void drawlist_rounded(struct drawlist *list, struct draw_rect rect, int radius, uint32_t colour)
{
    add(list,
        &(struct draw_command){.kind = DRAW_ROUNDED,
                               .rect = rect,
                               .radius = most_radius(rect, radius),
                               .colour = colour,
                               .alpha = 255},
        NULL, 0);
}

void drawlist_ring(struct drawlist *list, struct draw_rect rect, int radius, int width, uint32_t colour)
{
    add(list,
        &(struct draw_command){.kind = DRAW_RING,
                               .rect = rect,
                               .radius = most_radius(rect, radius),
                               .size = width,
                               .colour = colour,
                               .alpha = 255},
        NULL, 0);
}

static int lesser(int a, int b)
{
    return a < b ? a : b;
}

void drawlist_line(struct drawlist *list, int x0, int y0, int x1, int y1, int radius, uint32_t colour)
{
    struct draw_rect rect = {lesser(x0, x1) - radius, lesser(y0, y1) - radius, abs(x1 - x0) + 2 * radius + 1,
                             abs(y1 - y0) + 2 * radius + 1};

    add(list,
        &(struct draw_command){.kind = DRAW_LINE,
                               .rect = rect,
                               .radius = radius,
                               .rising = (x1 - x0 > 0) != (y1 - y0 > 0),
                               .colour = colour,
                               .alpha = 255},
        NULL, 0);
}

void drawlist_text(struct drawlist *list, struct draw_rect rect, int language, int size, uint32_t colour,
                   uint8_t alpha, const char *text, size_t length)
{
    add(list,
        &(struct draw_command){.kind = DRAW_TEXT,
                               .rect = rect,
                               .language = language,
                               .size = size,
                               .colour = colour,
                               .alpha = alpha},
        text, length);
}

void drawlist_sign(struct drawlist *list, struct draw_rect rect, const char *name, uint32_t colour,
                   uint8_t alpha, int reveal)
{
    add(list,
        &(struct draw_command){
            .kind = DRAW_ICON, .rect = rect, .colour = colour, .alpha = alpha, .reveal = reveal},
        name, strlen(name));
}

void drawlist_icon(struct drawlist *list, struct draw_rect rect, const char *name, uint8_t alpha)
{
    drawlist_sign(list, rect, name, 0xFFFFFF, alpha, DRAWLIST_WHOLE);
}

void drawlist_target(struct drawlist *list, struct draw_rect rect, struct target target)
{
    if (list->target_count == DRAWLIST_TARGETS) {
        list->full = true;
        return;
    }
    list->targets[list->target_count++] = (struct draw_target){target, rect};
}

static bool has_string(const struct draw_command *command)
{
    return command->kind == DRAW_TEXT || command->kind == DRAW_ICON;
}

void drawlist_copy(struct drawlist *list, const struct drawlist *from, const struct draw_command *command,
                   int dy, uint8_t alpha)
{
    const char *text = has_string(command) ? drawlist_string(from, command) : NULL;
    struct draw_command copy = *command;

    copy.rect.y += dy;
    copy.alpha = (uint8_t)(command->alpha * alpha / 255);
    add(list, &copy, text, text ? strlen(text) : 0);
}

void drawlist_mirror(struct drawlist *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct draw_command *command = &list->commands[i];

        command->rect.x = list->w - command->rect.x - command->rect.w;
        command->rising = !command->rising;
    }
    for (size_t i = 0; i < list->target_count; i++) {
        struct draw_rect *rect = &list->targets[i].rect;

        rect->x = list->w - rect->x - rect->w;
    }
}

static bool whole(const struct drawlist *list, const struct draw_rect *rect)
{
    return rect->w == list->w && rect->h == list->h;
}

void drawlist_shift(struct drawlist *list, int dx, int dy)
{
    for (size_t i = 0; i < list->count; i++) {
        struct draw_rect *rect = &list->commands[i].rect;

        if (whole(list, rect))
            continue;
        rect->x += dx;
        rect->y += dy;
    }
    for (size_t i = 0; i < list->target_count; i++) {
        struct draw_rect *rect = &list->targets[i].rect;

        if (whole(list, rect))
            continue;
        rect->x += dx;
        rect->y += dy;
    }
}

const char *drawlist_string(const struct drawlist *list, const struct draw_command *command)
{
    return list->text + command->text;
}

struct target drawlist_hit(const struct drawlist *list, int x, int y)
{
    for (size_t i = 0; i < list->target_count; i++) {
        const struct draw_rect *r = &list->targets[i].rect;

        if (x >= r->x && x < r->x + r->w && y >= r->y && y < r->y + r->h)
            return list->targets[i].target;
    }
    return (struct target){TARGET_NONE, 0};
}

static bool same_rect(struct draw_rect a, struct draw_rect b)
{
    return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h;
}

bool drawlist_same_command(const struct drawlist *la, const struct draw_command *a, const struct drawlist *lb,
                           const struct draw_command *b)
{
    if (a->kind != b->kind || !same_rect(a->rect, b->rect) || a->colour != b->colour ||
        a->alpha != b->alpha || a->radius != b->radius || a->rising != b->rising || a->reveal != b->reveal ||
        a->size != b->size || a->language != b->language)
        return false;
    return !has_string(a) || !strcmp(drawlist_string(la, a), drawlist_string(lb, b));
}

static struct draw_rect join(struct draw_rect a, struct draw_rect b)
{
    int right = a.x + a.w > b.x + b.w ? a.x + a.w : b.x + b.w;
    int bottom = a.y + a.h > b.y + b.h ? a.y + a.h : b.y + b.h;
    struct draw_rect all = {a.x < b.x ? a.x : b.x, a.y < b.y ? a.y : b.y, 0, 0};

    if (empty(a) || empty(b))
        return empty(a) ? b : a;
    all.w = right - all.x;
    all.h = bottom - all.y;
    return all;
}

struct draw_rect drawlist_difference(const struct drawlist *before, const struct drawlist *after)
{
    struct draw_rect area = {0, 0, 0, 0};

    if (before->w != after->w || before->h != after->h)
        return (struct draw_rect){0, 0, after->w, after->h};
    for (size_t i = 0; i < before->count || i < after->count; i++) {
        const struct draw_command *a = i < before->count ? &before->commands[i] : NULL;
        const struct draw_command *b = i < after->count ? &after->commands[i] : NULL;

        if (a && b && drawlist_same_command(before, a, after, b))
            continue;
        if (a)
            area = join(area, a->rect);
        if (b)
            area = join(area, b->rect);
    }
    return area;
}

bool drawlist_same_targets(const struct drawlist *a, const struct drawlist *b)
{
    if (a->target_count != b->target_count)
        return false;
    for (size_t i = 0; i < a->target_count; i++) {
        if (!target_equal(a->targets[i].target, b->targets[i].target) ||
            !same_rect(a->targets[i].rect, b->targets[i].rect))
            return false;
    }
    return true;
}

void drawlist_dump(const struct drawlist *list, FILE *out)
{
    static const char *const kinds[] = {"fill", "rounded", "ring", "line", "text", "icon"};

    fprintf(out, "frame %dx%d\n", list->w, list->h);
    for (size_t i = 0; i < list->count; i++) {
        const struct draw_command *c = &list->commands[i];

        fprintf(out, "%s %d,%d %dx%d", kinds[c->kind], c->rect.x, c->rect.y, c->rect.w, c->rect.h);
        if (c->kind != DRAW_ICON || c->colour != 0xFFFFFF)
            fprintf(out, " #%06X", (unsigned)c->colour);
        if (c->alpha != 255)
            fprintf(out, " alpha %u", (unsigned)c->alpha);
        if (c->kind == DRAW_ROUNDED || c->kind == DRAW_RING || c->kind == DRAW_LINE)
            fprintf(out, " radius %d", c->radius);
        if (c->kind == DRAW_RING)
            fprintf(out, " width %d", c->size);
        if (c->kind == DRAW_LINE && c->rising)
            fputs(" rising", out);
        if (c->kind == DRAW_ICON && c->reveal != DRAWLIST_WHOLE)
            fprintf(out, " reveal %d", c->reveal);
        if (c->kind == DRAW_TEXT)
            fprintf(out, " size %d language %d", c->size, c->language);
        if (has_string(c))
            fprintf(out, " %s", drawlist_string(list, c));
        fputc('\n', out);
    }
    for (size_t i = 0; i < list->target_count; i++) {
        const struct draw_target *t = &list->targets[i];

        fprintf(out, "target %d:%d %d,%d %dx%d\n", (int)t->target.kind, t->target.value, t->rect.x, t->rect.y,
                t->rect.w, t->rect.h);
    }
}
