/*
 * Pictures of every screen: which files there are, and what is refused.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/render.h"

#include "kiosk/render_scenes.h"
#include "kiosk/samples.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/tapline-render-XXXXXX";
static struct survey *survey;

static int setup(void **state)
{
    (void)state;
    survey = sample_load();
    return mkdtemp(folder) ? 0 : -1;
}

static struct render_options options_of(void)
{
    return (struct render_options){
        .survey = survey,
        .folder = folder,
        .icons = "assets/icons",
        .themes = "assets/themes",
        .sizes = {{320, 240}},
        .size_count = 1,
        .languages = {"en"},
        .language_count = 1,
        .theme_names = {"dark"},
        .theme_count = 1,
    };
}

/* Counts the files whose names contain a word, and removes all of them where remove is set. */
static size_t files(const char *word, bool remove)
{
    DIR *directory = opendir(folder);
    const struct dirent *entry;
    size_t count = 0;

    assert_non_null(directory);
    while ((entry = readdir(directory))) {
        char path[512];

        if (entry->d_name[0] == '.')
            continue;
        count += strstr(entry->d_name, word) != NULL;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (remove)
            unlink(path);
    }
    closedir(directory);
    return count;
}

static int teardown(void **state)
{
    (void)state;
    files("", true);
    survey_free(survey);
    return rmdir(folder);
}

static void every_scene_becomes_a_picture(void **state)
{
    static struct render_scenes_item scenes[RENDER_SCENES_MAX];
    struct render_options options = options_of();
    struct error error = {0};
    size_t count = render_scenes(scenes, survey, NULL, 0), reach = 0;

    (void)state;
    for (size_t i = 0; i < count; i++) {
        reach += scenes[i].view.reach;
        for (size_t j = i + 1; j < count; j++)
            assert_string_not_equal(scenes[i].name, scenes[j].name);
    }
    if (render_run(&options, &error) < 0)
        fail_msg("%s", error.text);
    assert_int_equal(files("dark-en-320x240-", false), count - reach); /* reach is for tall screens */
    assert_int_equal(files("-01-question-overall.png", false), 1);
    assert_int_equal(files("-thanks.png", true), 1);
}

static void unknown_languages_and_themes_are_refused(void **state)
{
    struct render_options options = options_of();
    struct error error = {0};

    (void)state;
    options.languages[0] = "xx";
    assert_int_equal(render_run(&options, &error), -EINVAL);
    assert_non_null(strstr(error.text, "'xx'"));
    options = options_of();
    options.theme_names[0] = "no-such-theme";
    assert_true(render_run(&options, &error) < 0);
    assert_non_null(strstr(error.text, "no-such-theme"));
    options = options_of();
    options.icons = "no/such/folder";
    assert_int_equal(render_run(&options, &error), -ENOENT); /* a gallery without faces is none */
    options = options_of();
    options.folder = "/proc/no/such/folder";
    assert_true(render_run(&options, &error) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scene_becomes_a_picture),
        cmocka_unit_test(unknown_languages_and_themes_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
