from dataclasses import replace

import pytest
from tests.reproduce.jobs import job

from kinefuse.reproduce import schedule as schedules
from kinefuse.reproduce.schedule import Schedule


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(schedules.time, "monotonic", lambda: now[0])
    return now


def test_what_begins_the_longest_chain_comes_first():
    jobs = [
        job("short", seconds=5, kind="s"),
        job("long", seconds=20, kind="l"),
        job("start", seconds=1, kind="t"),
        job("middle", seconds=10, kind="m", needs=["start"]),
        job("end", seconds=10, kind="e", needs=["middle"]),
    ]
    schedule = Schedule(jobs, 2)
    assert [j.name for j in schedule.ready()] == ["start", "long", "short"]
    schedule.take(jobs[2])
    assert [j.name for j in schedule.ready()] == ["long", "short"]
    schedule.finish(jobs[2], 1.0)
    # From here the chain is 20 s as well, and the order of the table decides.
    assert [j.name for j in schedule.ready()] == ["long", "middle", "short"]


def test_the_time_left_follows_what_was_measured(clock):
    jobs = [job(f"a{n}", seconds=10, kind="a") for n in range(4)]
    jobs += [job(f"b{n}", seconds=30, kind="b") for n in range(2)]
    schedule = Schedule(jobs, 2)
    assert schedule.left_s() == (4 * 10 + 2 * 30) / 2
    for j in jobs[:2]:
        schedule.take(j)
    clock[0] += 4
    assert schedule.left_s() == pytest.approx((2 * 10 + 2 * 6 + 2 * 30) / 2)
    # Twice as slow as was told: so are those of a kind that was not measured.
    schedule.finish(jobs[0], 20.0)
    assert schedule.expect_s(jobs[2]) == 20
    assert schedule.expect_s(jobs[4]) == 60
    assert schedule.left_s() == pytest.approx((16 + 2 * 20 + 2 * 60) / 2)
    schedule.finish(jobs[1], 20.0)
    schedule.drop(jobs[4])
    schedule.drop(jobs[5])
    for j in jobs[2:4]:
        schedule.take(j)
        schedule.finish(j, 20.0)
    assert schedule.over
    assert schedule.left_s() == 0


def test_a_chain_takes_its_time_however_many_processes_there_are():
    jobs = [job("a", seconds=10), job("b", needs=["a"], seconds=10)]
    assert Schedule(jobs, 8).left_s() == 20


def test_an_earlier_round_comes_before_a_longer_chain():
    jobs = [job("long", seconds=50), job("short", seconds=1), job("first", seconds=5)]
    jobs = [replace(j, round=n) for j, n in zip(jobs, (1, 1, 0), strict=True)]
    assert [j.name for j in Schedule(jobs, 2).ready()] == ["first", "long", "short"]
