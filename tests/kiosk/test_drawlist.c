/*
 * Draw lists: strings, hits, differences.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/drawlist.h"

#include "kiosk/samples.h"

static struct drawlist a, b;

static void fill_both(void)
{
    struct drawlist *lists[] = {&a, &b};

    for (int i = 0; i < 2; i++) {
        drawlist_clear(lists[i], 800, 480);
        drawlist_fill(lists[i], (struct draw_rect){0, 0, 800, 480}, 0xFFFFFF);
        drawlist_rounded(lists[i], (struct draw_rect){10, 10, 100, 60}, 80, 0x00FF00);
        drawlist_text(lists[i], (struct draw_rect){20, 20, 50, 30}, 0, 20, 0x000000, 255, "Good", 4);
        drawlist_icon(lists[i], (struct draw_rect){300, 300, 50, 50}, "face-1", 255);
    }
}

static void area_is(struct draw_rect area, int x, int y, int w, int h)
{
    assert_int_equal(area.x, x);
    assert_int_equal(area.y, y);
    assert_int_equal(area.w, w);
    assert_int_equal(area.h, h);
}

static void equal_lists_do_not_differ(void **state)
{
    (void)state;
    fill_both();
    area_is(drawlist_difference(&a, &b), 0, 0, 0, 0);
    assert_int_equal(a.commands[1].radius, 30); /* not more than half the shorter side */
    assert_string_equal(drawlist_string(&a, &a.commands[2]), "Good");
    assert_string_equal(drawlist_string(&a, &a.commands[3]), "face-1");
}

static void difference_covers_what_changed_before_and_after(void **state)
{
    (void)state;
    fill_both();
    b.commands[2].colour = 0xFF0000;
    area_is(drawlist_difference(&a, &b), 20, 20, 50, 30);
    b.commands[3].rect.x = 200;
    area_is(drawlist_difference(&a, &b), 20, 20, 330, 330);
    fill_both();
    b.text[b.commands[2].text] = 'F';
    area_is(drawlist_difference(&a, &b), 20, 20, 50, 30);
    fill_both();
    drawlist_icon(&b, (struct draw_rect){700, 400, 20, 20}, "tick", 255);
    area_is(drawlist_difference(&a, &b), 700, 400, 20, 20);
    area_is(drawlist_difference(&b, &a), 700, 400, 20, 20);
    drawlist_clear(&b, 1024, 768);
    area_is(drawlist_difference(&a, &b), 0, 0, 1024, 768);
}

static void hit_finds_the_target_under_a_point(void **state)
{
    (void)state;
    drawlist_clear(&a, 800, 480);
    drawlist_target(&a, (struct draw_rect){100, 100, 50, 40}, (struct target){TARGET_MARK, 3});
    assert_int_equal(drawlist_hit(&a, 100, 100).value, 3);
    assert_int_equal(drawlist_hit(&a, 149, 139).value, 3);
    assert_int_equal(drawlist_hit(&a, 150, 139).kind, TARGET_NONE);
    assert_int_equal(drawlist_hit(&a, 149, 140).kind, TARGET_NONE);
    assert_int_equal(drawlist_hit(&a, 99, 100).kind, TARGET_NONE);
    assert_int_equal(drawlist_hit(&a, -1, -1).kind, TARGET_NONE);
}

static void full_list_leaves_out_and_says_so(void **state)
{
    char longest[DRAWLIST_TEXT];

    (void)state;
    drawlist_clear(&a, 800, 480);
    for (int i = 0; i < DRAWLIST_COMMANDS; i++)
        drawlist_fill(&a, (struct draw_rect){0, 0, 1, 1}, 0);
    assert_false(a.full);
    drawlist_fill(&a, (struct draw_rect){0, 0, 1, 1}, 0);
    assert_true(a.full);
    assert_int_equal(a.count, DRAWLIST_COMMANDS);
    drawlist_clear(&a, 800, 480);
    assert_false(a.full);
    memset(longest, 'x', sizeof longest);
    drawlist_text(&a, (struct draw_rect){0, 0, 1, 1}, 0, 9, 0, 255, longest, sizeof longest);
    assert_true(a.full);
    assert_int_equal(a.count, 0);
    drawlist_clear(&a, 800, 480);
    for (int i = 0; i <= DRAWLIST_TARGETS; i++)
        drawlist_target(&a, (struct draw_rect){i, 0, 1, 1}, (struct target){TARGET_MARK, i});
    assert_true(a.full);
    assert_int_equal(a.target_count, DRAWLIST_TARGETS);
}

static void empty_rectangles_are_not_drawn(void **state)
{
    (void)state;
    drawlist_clear(&a, 800, 480);
    drawlist_fill(&a, (struct draw_rect){5, 5, 0, 10}, 0);
    drawlist_rounded(&a, (struct draw_rect){5, 5, 10, -1}, 3, 0);
    assert_int_equal(a.count, 0);
}

static void mirror_turns_places_and_targets(void **state)
{
    (void)state;
    drawlist_clear(&a, 800, 480);
    drawlist_fill(&a, (struct draw_rect){0, 0, 800, 480}, 0xFFFFFF);
    drawlist_icon(&a, (struct draw_rect){10, 20, 30, 40}, "tick", 255);
    drawlist_line(&a, 100, 100, 200, 150, 3, 0);
    drawlist_target(&a, (struct draw_rect){10, 20, 30, 40}, (struct target){TARGET_BACK, 0});
    b = a;
    drawlist_mirror(&b);
    assert_int_equal(b.commands[0].rect.x, 0);
    assert_int_equal(b.commands[1].rect.x, 760);
    assert_int_equal(b.targets[0].rect.x, 760);
    assert_true(b.commands[2].rising && !a.commands[2].rising);
    drawlist_mirror(&b);
    area_is(drawlist_difference(&a, &b), 0, 0, 0, 0);
    assert_true(drawlist_same_targets(&a, &b));
}

static void shift_moves_all_but_what_fills_the_screen(void **state)
{
    (void)state;
    drawlist_clear(&a, 800, 480);
    drawlist_fill(&a, (struct draw_rect){0, 0, 800, 480}, 0xFFFFFF);
    drawlist_icon(&a, (struct draw_rect){10, 20, 30, 40}, "tick", 255);
    drawlist_target(&a, (struct draw_rect){10, 20, 30, 40}, (struct target){TARGET_BACK, 0});
    drawlist_target(&a, (struct draw_rect){0, 0, 800, 480}, (struct target){TARGET_WAKE, 0});
    drawlist_shift(&a, -3, 5);
    assert_int_equal(a.commands[0].rect.x, 0);
    assert_int_equal(a.commands[1].rect.x, 7);
    assert_int_equal(a.commands[1].rect.y, 25);
    assert_int_equal(a.targets[0].rect.x, 7);
    assert_int_equal(a.targets[1].rect.x, 0);
}

static void copy_keeps_text_and_multiplies_alpha(void **state)
{
    (void)state;
    drawlist_clear(&a, 800, 480);
    drawlist_text(&a, (struct draw_rect){20, 20, 50, 30}, 1, 20, 0x123456, 128, "Good", 4);
    drawlist_clear(&b, 800, 480);
    drawlist_copy(&b, &a, &a.commands[0], 7, 128);
    assert_string_equal(drawlist_string(&b, &b.commands[0]), "Good");
    assert_int_equal(b.commands[0].alpha, 64);
    assert_int_equal(b.commands[0].rect.y, 27);
    assert_int_equal(b.commands[0].language, 1);
    drawlist_copy(&b, &a, &a.commands[0], 0, 255);
    assert_true(drawlist_same_command(&a, &a.commands[0], &b, &b.commands[1]));
    assert_false(drawlist_same_command(&a, &a.commands[0], &b, &b.commands[0]));
}

static void line_lies_within_its_rectangle(void **state)
{
    (void)state;
    drawlist_clear(&a, 800, 480);
    drawlist_line(&a, 100, 150, 200, 100, 3, 0);
    area_is(a.commands[0].rect, 97, 97, 107, 57);
    assert_true(a.commands[0].rising);
    drawlist_line(&a, 200, 100, 100, 150, 3, 0); /* the same backwards */
    assert_true(drawlist_same_command(&a, &a.commands[0], &a, &a.commands[1]));
    drawlist_line(&a, 50, 50, 50, 50, 3, 0); /* a dot */
    area_is(a.commands[2].rect, 47, 47, 7, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_lists_do_not_differ),
        cmocka_unit_test(difference_covers_what_changed_before_and_after),
        cmocka_unit_test(hit_finds_the_target_under_a_point),
        cmocka_unit_test(full_list_leaves_out_and_says_so),
        cmocka_unit_test(empty_rectangles_are_not_drawn),
        cmocka_unit_test(mirror_turns_places_and_targets),
        cmocka_unit_test(shift_moves_all_but_what_fills_the_screen),
        cmocka_unit_test(copy_keeps_text_and_multiplies_alpha),
        cmocka_unit_test(line_lies_within_its_rectangle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
