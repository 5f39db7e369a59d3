"""Streams laid out block by block, against the same streams in memory as a whole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse.data import Chunk, ChunkedStream, Recording
from kinefuse.data.blocks import Numbering, cut_blocks
from kinefuse.data.grid import to_grid
from kinefuse.errors import FormatError, TimeError

BLOCK = 2000


def chunked(data, time_s=None, labels=None, *, sizes=(700,), name="wrist", **settings):
    """Hand ``data`` over in chunks of ``sizes`` rows, in turn."""

    def chunks():
        begin = turn = 0
        while begin < len(data):
            end = begin + sizes[turn % len(sizes)]
            names = tuple(dict.fromkeys(n for n in labels[begin:end] if n)) if labels else ()
            yield Chunk(
                data=data[begin:end],
                time_s=None if time_s is None else time_s[begin:end],
                labels=None
                if labels is None
                else np.array([names.index(n) if n else -1 for n in labels[begin:end]]),
                label_names=names,
            )
            begin, turn = end, turn + 1

    return ChunkedStream(
        name=name,
        modality="inertial",
        channels=[f"c{i}" for i in range(data.shape[1])],
        units="g",
        sample_shape=data.shape[1:],
        timed=time_s is not None,
        labelled=labels is not None,
        chunks=chunks,
        **settings,
    )


def whole(*streams):
    return Recording(id="r", dataset="d", subject="1", streams=streams).load()


def same(got, expected, atol=1e-5):
    samples, counts = got
    reference, reference_counts = expected
    assert samples.gaps.tolist() == reference.gaps.tolist()
    assert samples.start_s == pytest.approx(reference.start_s, abs=1e-9)
    np.testing.assert_allclose(samples.data, reference.data, atol=atol)
    assert samples.label_names == reference.label_names
    if reference.labels is not None:
        np.testing.assert_array_equal(samples.labels, reference.labels)
    assert counts == reference_counts


def messy(rng, rows, *, hz=50.0, repeats=True):
    """A clock that jitters, stops, repeats and jumps, with values missing here and there."""
    steps = rng.uniform(0.85, 1.15, rows) / hz
    holes = rng.random(rows) < 0.002
    steps[holes] += rng.uniform(0, 4, holes.sum())
    time_s = 1.6e9 + np.cumsum(steps)
    data = np.stack([np.sin(2 * np.pi * (time_s - 1.6e9)), time_s - 1.6e9], axis=1)
    for kind in range(3 if repeats else 2):
        where = rng.choice(rows - 2, rows // 400, replace=False) + 1
        time_s[where] = [np.nan, time_s[where] + 1e4, time_s[where - 1]][kind]
    data[rng.random(rows) < 0.003, 1] = np.nan
    return data, time_s


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6),
    rows=st.integers(1500, 14_000),
    rate_hz=st.sampled_from([50.0, 31.0, 10.0, 120.0]),
)
def test_seams_do_not_show(seed, rows, rate_hz):
    rng = np.random.default_rng(seed)
    data, time_s = messy(rng, rows, repeats=False)
    labels = [["sit", "walk", None][i // 600 % 3] for i in range(rows)]
    stream = chunked(data, time_s, labels, sizes=rng.integers(1, 3000, 5).tolist())
    how = {"rate_hz": rate_hz, "max_gap_s": 0.5}
    # The largest value is the time in seconds: a thousandth of a grid step in it is within 1e-3.
    same(to_grid([stream], block_rows=BLOCK, **how), to_grid(whole(stream), **how), atol=2e-3)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), rows=st.integers(1500, 14_000))
def test_the_size_of_chunks_does_not_matter(seed, rows):
    rng = np.random.default_rng(seed)
    data, time_s = messy(rng, rows)
    how = {"rate_hz": 40.0, "max_gap_s": 0.5, "block_rows": BLOCK}
    results = [
        to_grid([chunked(data, time_s, sizes=sizes)], **how)
        for sizes in ([rows], [1999, 1, 2001], rng.integers(1, 500, 9).tolist())
    ]
    first, first_counts = results[0]
    for samples, counts in results[1:]:
        assert samples.data.tobytes() == first.data.tobytes()
        assert samples.gaps.tobytes() == first.gaps.tobytes()
        assert samples.start_s == first.start_s
        assert counts == first_counts


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), n_streams=st.integers(2, 3))
def test_streams_with_clocks_of_their_own_are_joined(seed, n_streams):
    rng = np.random.default_rng(seed)
    streams = []
    for k in range(n_streams):
        hz = float(rng.choice([20.0, 50.0, 90.0]))
        steps = rng.uniform(0.9, 1.1, int(rng.integers(4000, 12_000))) / hz
        holes = rng.random(len(steps)) < 0.001
        steps[holes] += rng.uniform(0, 20, holes.sum())
        time_s = 500 + rng.uniform(-30, 30) + np.cumsum(steps)
        data = np.stack([time_s - 500, -time_s], axis=1)
        sizes = rng.integers(100, 2000, 3).tolist()
        streams.append(chunked(data, time_s, name=f"s{k}", sizes=sizes, rate_hz=hz))
    how = {"rate_hz": 50.0, "max_gap_s": 0.3}
    try:
        expected = to_grid(whole(*streams), **how)
    except FormatError:
        with pytest.raises(FormatError, match="no time in common"):
            to_grid(streams, block_rows=BLOCK, **how)
        return
    same(to_grid(streams, block_rows=BLOCK, **how), expected, atol=2e-3)


def test_without_stamps_samples_are_left_alone():
    data = np.random.default_rng(0).normal(size=(11_111, 3))
    stream = chunked(data, rate_hz=50.0, start_s=7.0)
    samples, counts = to_grid([stream], rate_hz=None, max_gap_s=1, block_rows=BLOCK)
    np.testing.assert_array_equal(samples.data, data.astype(np.float32))
    assert (samples.start_s, len(samples.gaps), counts) == (7.0, 0, {})


def test_missing_rows_across_a_seam_become_one_gap():
    data = np.ones((12_000, 2))
    data[1900:6200] = np.nan  # more than a block
    stream = chunked(data, rate_hz=50.0)
    samples, counts = to_grid([stream], rate_hz=None, max_gap_s=0.5, block_rows=BLOCK)
    assert samples.gaps.tolist() == [[1900, 4300]]
    assert counts == {"rows_with_missing_values": 4300}


def test_a_stream_shorter_than_a_block_gives_the_same_bytes_as_in_memory():
    data, time_s = messy(np.random.default_rng(3), BLOCK + 900)
    stream = chunked(data, time_s)
    how = {"rate_hz": 50.0, "max_gap_s": 0.5}
    (got, counts), (expected, expected_counts) = (
        to_grid([stream], block_rows=BLOCK, **how),
        to_grid(whole(stream), **how),
    )
    assert got.data.tobytes() == expected.data.tobytes()
    assert (got.start_s, counts) == (expected.start_s, expected_counts)


def test_large_results_go_to_files(tmp_path, monkeypatch):
    monkeypatch.setattr("kinefuse.data.sink.SPOOL_BYTES", 20_000)
    data, time_s = messy(np.random.default_rng(4), 9000)
    labels = ["walk" if i % 2000 < 900 else None for i in range(9000)]
    stream = chunked(data, time_s, labels)
    how = {"rate_hz": 50.0, "max_gap_s": 0.5, "block_rows": BLOCK}
    expected, _ = to_grid([stream], **how)
    samples, _ = to_grid([stream], spool=tmp_path / "7", **how)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["7-labels.npy", "7-rows.npy"]
    assert np.concatenate(list(samples.data.pieces())).tobytes() == expected.data.tobytes()
    np.testing.assert_array_equal(np.concatenate(list(samples.labels.pieces())), expected.labels)
    samples.discard()
    assert not any(tmp_path.iterdir())


def test_an_error_in_the_middle_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("kinefuse.data.sink.SPOOL_BYTES", 20_000)

    def chunks():
        for _ in range(9):
            yield Chunk(data=np.ones((1000, 2)))
        raise FormatError("a.csv: row 9001: expected a number")

    stream = ChunkedStream(
        name="w",
        modality="inertial",
        channels=("a", "b"),
        units="g",
        sample_shape=(2,),
        timed=False,
        rate_hz=50.0,
        chunks=chunks,
    )
    with pytest.raises(FormatError, match="row 9001"):
        to_grid([stream], rate_hz=None, max_gap_s=1, block_rows=BLOCK, spool=tmp_path / "7")
    assert not any(tmp_path.iterdir())


def test_a_clock_set_back_is_refused_with_the_rows_that_it_is_among():
    time_s = np.arange(12_000) / 50
    time_s[7000:] -= 100
    with pytest.raises(TimeError, match=r"in the rows from 4964 on: .* out of order"):
        to_grid([chunked(np.ones((12_000, 1)), time_s)], rate_hz=50, max_gap_s=1, block_rows=6000)


def test_blocks_are_those_of_the_row_numbers():
    data = np.arange(10_000.0)[:, None]
    for sizes in ([10_000], [333], [6000, 1]):
        stream = chunked(data, rate_hz=50.0, sizes=sizes)
        blocks = list(cut_blocks(stream, Numbering(), rate_hz=50.0, block_rows=3000))
        own = [np.concatenate([b.data[b.own[0] : b.own[1]] for b in blocks])]
        np.testing.assert_array_equal(np.concatenate(own), data)
        assert [b.row + b.own[0] for b in blocks] == [0, 3000, 6000]
        assert [b.until_s for b in blocks] == [60.0, 120.0, None]
        assert all(len(b.data) <= 3000 + 3 * (1024 + 12) for b in blocks)
