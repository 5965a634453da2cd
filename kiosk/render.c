/*
 * Pictures of every screen.
 * One theme's fonts are open at a time, one picture's memory is used at a time.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/render.h"

#include "kiosk/draw_sdl.h"
#include "kiosk/layout.h"
#include "kiosk/looks.h"
#include "kiosk/render_scenes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_MOST 1200

static const char *const every_theme[] = {"light", "dark", "contrast"};

struct render {
    const struct render_options *options;
    struct looks looks;
    const char *theme;
    struct drawlist *list;
    struct render_scenes_item *scenes;
};

static int draw_scene(struct render *render, struct draw_sdl *draw, const struct render_scenes_item *scene,
                      struct render_size size, int number, struct error *error)
{
    const struct render_options *options = render->options;
    struct layout layout = looks_layout(&render->looks);
    char path[PATH_MOST];
    int result;

    layout.survey = options->survey;
    layout.notices = options->notices;
    layout.view = &scene->view;
    layout.w = size.w;
    layout.h = size.h;
    layout.dpi = options->dpi;
    layout.unfinished = scene->unfinished;
    layout_screen(&layout, render->list);
    result = draw_sdl_frame(draw, render->list, error);
    if (result < 0)
        return result;
    snprintf(path, sizeof path, "%s/%s-%s-%dx%d-%02d-%s.png", options->folder, render->theme,
             options->survey->languages[scene->view.language], size.w, size.h, number, scene->name);
    return draw_sdl_save(draw, path, error);
}

static int draw_language(struct render *render, struct render_size size, int language, struct error *error)
{
    const struct render_options *options = render->options;
    size_t count = render_scenes(render->scenes, options->survey, options->notices, language);
    struct draw_sdl *draw = NULL;
    int result = draw_sdl_open_picture(&draw, size.w, size.h, render->looks.text, options->icons, error);

    for (size_t i = 0; result == 0 && i < count; i++) {
        if (render->scenes[i].view.reach && size.w >= size.h)
            continue; /* has nothing to do there */
        result = draw_scene(render, draw, &render->scenes[i], size, (int)i + 1, error);
    }
    draw_sdl_close(draw);
    return result;
}

static int draw_size(struct render *render, struct render_size size, struct error *error)
{
    const struct render_options *options = render->options;
    size_t count = options->language_count ? options->language_count : options->survey->language_count;

    for (size_t i = 0; i < count; i++) {
        int language =
            options->language_count ? survey_language(options->survey, options->languages[i]) : (int)i;
        int result = language < 0 ? error_set(error, -EINVAL, "the survey %s does not speak '%s'",
                                              options->survey->version, options->languages[i])
                                  : draw_language(render, size, language, error);

        if (result < 0)
            return result;
    }
    return 0;
}

static int draw_theme(struct render *render, const char *name, struct error *error)
{
    static const struct render_size usual[] = {{1280, 800}};
    const struct render_options *options = render->options;
    const struct looks_options looks = {options->survey, options->themes, name};
    const struct render_size *sizes = options->size_count ? options->sizes : usual;
    size_t count = options->size_count ? options->size_count : 1;
    int result = looks_open(&render->looks, &looks, error);

    if (result == 0 && render->looks.problem_count) { /* pictures of a fall-back would lie */
        *error = render->looks.problems[0];
        result = error->code;
    }
    render->theme = name;
    for (size_t i = 0; result == 0 && i < count; i++)
        result = draw_size(render, sizes[i], error);
    looks_close(&render->looks);
    return result;
}

int render_run(const struct render_options *options, struct error *error)
{
    struct render render = {.options = options};
    const char *const *themes = options->theme_count ? options->theme_names : every_theme;
    size_t count = options->theme_count ? options->theme_count : sizeof every_theme / sizeof *every_theme;
    int result = 0;

    if (mkdir(options->folder, 0777) < 0 && errno != EEXIST)
        return error_set(error, -errno, "%s: %s", options->folder, strerror(errno));
    render.list = calloc(1, sizeof *render.list);
    render.scenes = calloc(RENDER_SCENES_MAX, sizeof *render.scenes);
    if (!render.list || !render.scenes)
        result = error_set(error, -ENOMEM, "out of memory");
    for (size_t i = 0; result == 0 && i < count; i++)
        result = draw_theme(&render, themes[i], error);
    free(render.list);
    free(render.scenes);
    return result;
}
