import threading

import pytest

from kinefuse.data.read_ahead import read_ahead


def test_items_keep_their_order():
    assert list(read_ahead(iter(range(1, 50)))) == list(range(1, 50))
    assert list(read_ahead(iter(()))) == []


def test_the_next_item_is_made_while_one_is_worked_on():
    begun = [threading.Event() for _ in range(3)]

    def items():
        for number, event in enumerate(begun):
            event.set()
            yield f"item {number}"

    ahead = read_ahead(items())
    assert next(ahead) == "item 0"
    assert begun[1].wait(10)
    assert not begun[2].is_set()
    ahead.close()


def test_what_an_item_raises_comes_in_its_place():
    def items():
        yield 1
        raise OSError("gone")

    ahead = read_ahead(items())
    assert next(ahead) == 1
    with pytest.raises(OSError, match="gone"):
        next(ahead)


def test_no_thread_is_left():
    before = threading.active_count()
    ahead = read_ahead(iter(range(1, 9)))
    assert next(ahead) == 1
    ahead.close()
    assert threading.active_count() == before


def test_small_items_are_made_further_ahead():
    begun = [threading.Event() for _ in range(9)]

    def items():
        for event in begun:
            event.set()
            yield "item"

    ahead = read_ahead(items(), size=len, most=12)
    assert next(ahead) == "item"
    assert begun[3].wait(10)
    assert not begun[4].wait(0.1)
    assert list(ahead) == ["item"] * 8


def test_what_waits_is_bounded_whatever_sizes_follow_one_another():
    """After a small item the next ones may be large: one at a time is made then."""
    made = []

    def items():
        for item in ["", "x", *["a long one"] * 6]:
            made.append(item)
            yield item

    ahead = read_ahead(items(), size=len, most=8)
    for taken in range(1, 9):
        next(ahead)
        waiting = made[taken:]
        assert sum(map(len, waiting[:-1])) < 8, waiting
    assert list(ahead) == []


def test_large_items_after_a_small_one_wait_to_be_asked_for():
    begun = [threading.Event() for _ in range(4)]

    def items():
        yield "x"
        for event in begun:
            event.set()
            yield "a long one"

    ahead = read_ahead(items(), size=len, most=8)
    assert next(ahead) == "x"
    assert begun[0].wait(10)
    assert not begun[1].wait(0.1)
    assert list(ahead) == ["a long one"] * 4
