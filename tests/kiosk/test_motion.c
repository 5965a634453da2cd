/*
 * Motion between screens: when it starts, what moves, and that it comes to rest.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "kiosk/motion.h"

#include "kiosk/samples.h"

static struct drawlist before, after, frame;
static struct view from, to;

static int setup(void **state)
{
    (void)state;
    memset(&from, 0, sizeof from);
    to = from;
    to.question = 1;
    drawlist_clear(&before, 800, 480);
    drawlist_fill(&before, (struct draw_rect){0, 0, 800, 480}, 0xFFFFFF);
    drawlist_rounded(&before, (struct draw_rect){700, 10, 80, 40}, 20, 0x112233); /* in both */
    drawlist_text(&before, (struct draw_rect){20, 20, 50, 30}, 0, 20, 0x000000, 255, "Old", 3);
    drawlist_clear(&after, 800, 480);
    drawlist_fill(&after, (struct draw_rect){0, 0, 800, 480}, 0xFFFFFF);
    drawlist_rounded(&after, (struct draw_rect){700, 10, 80, 40}, 20, 0x112233);
    drawlist_text(&after, (struct draw_rect){20, 200, 50, 30}, 0, 20, 0x000000, 255, "New", 3);
    drawlist_target(&after, (struct draw_rect){20, 200, 50, 30}, (struct target){TARGET_MARK, 1});
    return 0;
}

static const struct draw_command *command(const char *text)
{
    for (size_t i = 0; i < frame.count; i++) {
        if (frame.commands[i].kind == DRAW_TEXT && !strcmp(drawlist_string(&frame, &frame.commands[i]), text))
            return &frame.commands[i];
    }
    return NULL;
}

static bool is_after(void)
{
    struct draw_rect changed = drawlist_difference(&after, &frame);

    return changed.w == 0 || changed.h == 0;
}

static void old_goes_new_comes_and_what_both_share_stands(void **state)
{
    struct motion motion;
    uint8_t old = 255, new = 0;
    int pictures = 0, y = 480;

    (void)state;
    motion_init(&motion, false);
    assert_int_equal(motion_deadline(&motion), MOTION_NEVER);
    assert_true(motion_change(&motion, &from, &to, 1000));
    for (int64_t now = 1000; motion_deadline(&motion) != MOTION_NEVER; now += MOTION_FRAME_MS) {
        motion_compose(&motion, &before, &after, &frame, now);
        pictures++;
        assert_true(pictures < 20);
        assert_true(drawlist_same_targets(&frame, &after));
        assert_int_equal(drawlist_hit(&frame, 30, 210).kind, TARGET_MARK);
        assert_non_null(command("New"));
        assert_true(command("New")->alpha >= new &&command("New")->rect.y <= y);
        assert_true(command("New")->alpha > 0); /* from the first picture on */
        new = command("New")->alpha;
        y = command("New")->rect.y;
        if (command("Old")) {
            assert_true(command("Old")->alpha < old);
            old = command("Old")->alpha;
        } else {
            old = 0;
        }
        for (size_t i = 0; i < frame.count; i++) {
            if (frame.commands[i].kind == DRAW_ROUNDED) {
                assert_int_equal(frame.commands[i].alpha, 255);
                assert_int_equal(frame.commands[i].rect.y, 10);
            }
        }
    }
    assert_in_range(pictures, 8, MOTION_CHANGE_MS / MOTION_FRAME_MS + 2);
    assert_true(is_after());
}

static void late_pictures_end_it_at_once(void **state)
{
    struct motion motion;

    (void)state;
    motion_init(&motion, false);
    assert_true(motion_change(&motion, &from, &to, 1000));
    motion_compose(&motion, &before, &after, &frame, 5000);
    assert_true(is_after());
    assert_int_equal(motion_deadline(&motion), MOTION_NEVER);
}

static void presses_and_countdowns_are_seen_at_once(void **state)
{
    struct motion motion;

    (void)state;
    motion_init(&motion, false);
    to = from;
    to.pressed = (struct target){TARGET_MARK, 2};
    assert_false(motion_change(&motion, &from, &to, 1000));
    to.chosen = 3;
    to.typed = 2;
    to.remaining = 300;
    to.focus = to.pressed;
    assert_false(motion_change(&motion, &from, &to, 1000));
    to.screen = VIEW_PENDING;
    assert_false(motion_change(&motion, &from, &to, 1000));
    assert_int_equal(motion_deadline(&motion), MOTION_NEVER);
    motion_compose(&motion, &before, &after, &frame, 1000);
    assert_true(is_after());
}

static void check_mark_takes_its_time_and_then_rests(void **state)
{
    struct motion motion;
    int64_t now = 1000;
    int left = MOTION_WHOLE;

    (void)state;
    motion_init(&motion, false);
    to.screen = VIEW_THANKS;
    assert_int_equal(motion_unfinished(&motion, now), 0);
    assert_true(motion_change(&motion, &from, &to, now));
    assert_int_equal(motion_unfinished(&motion, now), MOTION_WHOLE);
    while (motion_deadline(&motion) != MOTION_NEVER) {
        assert_true(motion_unfinished(&motion, now) <= left);
        left = motion_unfinished(&motion, now);
        motion_compose(&motion, &before, &after, &frame, now);
        now += MOTION_FRAME_MS;
        assert_true(now < 3000);
    }
    assert_true(now - 1000 <= MOTION_THANKS_MS + 2 * MOTION_FRAME_MS);
    assert_int_equal(motion_unfinished(&motion, now), 0);
}

static void reduced_motion_does_not_move(void **state)
{
    struct motion motion;

    (void)state;
    motion_init(&motion, true);
    to.screen = VIEW_THANKS;
    assert_false(motion_change(&motion, &from, &to, 1000));
    assert_int_equal(motion_deadline(&motion), MOTION_NEVER);
    assert_int_equal(motion_unfinished(&motion, 1000), 0);
    motion_compose(&motion, &before, &after, &frame, 1000);
    assert_true(is_after());
}

static void another_size_is_shown_without_the_old_picture(void **state)
{
    struct motion motion;

    (void)state;
    motion_init(&motion, false);
    drawlist_clear(&before, 480, 800);
    assert_true(motion_change(&motion, &from, &to, 1000));
    motion_compose(&motion, &before, &after, &frame, 1000);
    assert_true(is_after());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(old_goes_new_comes_and_what_both_share_stands, setup),
        cmocka_unit_test_setup(late_pictures_end_it_at_once, setup),
        cmocka_unit_test_setup(presses_and_countdowns_are_seen_at_once, setup),
        cmocka_unit_test_setup(check_mark_takes_its_time_and_then_rests, setup),
        cmocka_unit_test_setup(reduced_motion_does_not_move, setup),
        cmocka_unit_test_setup(another_size_is_shown_without_the_old_picture, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
