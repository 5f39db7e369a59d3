"""The actions of NTU RGB+D 120, in their order; the first 60 are those of NTU RGB+D."""

__all__ = ["ACTIONS"]

ACTIONS = (
    "drink_water", "eat_meal", "brush_teeth", "brush_hair", "drop", "pick_up", "throw", "sit_down",
    "stand_up", "clapping", "reading", "writing", "tear_up_paper", "put_on_jacket",
    "take_off_jacket", "put_on_shoe", "take_off_shoe", "put_on_glasses", "take_off_glasses",
    "put_on_hat", "take_off_hat", "cheer_up", "wave_hand", "kick_something", "reach_into_pocket",
    "hopping", "jump_up", "phone_call", "play_with_phone", "type_on_keyboard", "point_with_finger",
    "take_selfie", "check_time", "rub_hands", "nod_head", "shake_head", "wipe_face", "salute",
    "put_palms_together", "cross_hands_in_front", "sneeze", "staggering", "falling", "touch_head",
    "touch_chest", "touch_back", "touch_neck", "nausea", "use_fan", "punch_other_person",
    "kick_other_person", "push_other_person", "pat_on_back", "point_at_other_person", "hugging",
    "give_something", "touch_pocket_of_other_person", "handshaking", "walk_towards", "walk_apart",
    "put_on_headphone", "take_off_headphone", "shoot_at_basket", "bounce_ball", "swing_tennis_bat",
    "juggle_table_tennis_balls", "hush", "flick_hair", "thumb_up", "thumb_down", "make_ok_sign",
    "make_victory_sign", "staple_book", "count_money", "cut_nails", "cut_paper", "snap_fingers",
    "open_bottle", "sniff", "squat_down", "toss_coin", "fold_paper", "ball_up_paper",
    "play_magic_cube", "apply_cream_on_face", "apply_cream_on_hand", "put_on_bag", "take_off_bag",
    "put_something_into_bag", "take_something_out_of_bag", "open_box", "move_heavy_objects",
    "shake_fist", "throw_up_hat", "hands_up", "cross_arms", "arm_circles", "arm_swings",
    "run_on_the_spot", "butt_kicks", "cross_toe_touch", "side_kick", "yawn", "stretch_oneself",
    "blow_nose", "hit_other_person_with_something", "wield_knife", "knock_over_other_person",
    "grab_stuff_of_other_person", "shoot_at_other_person", "step_on_foot", "high_five",
    "cheers_and_drink", "carry_something_together", "take_photo_of_other_person",
    "follow_other_person", "whisper_in_ear", "exchange_things", "support_somebody",
    "rock_paper_scissors",
)  # fmt: skip
