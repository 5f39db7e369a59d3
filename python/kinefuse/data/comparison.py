"""What only shows when recordings are put side by side."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["count_dialects", "find_scattered_subjects", "find_twice"]

_MOST_KINDS, _MOST_WAYS = 20, 10
"""What is counted apart: a report stays small, however many recordings there are."""


def count_dialects(notes: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Count how the files of recordings are written, for each kind of file.

    Parameters
    ----------
    notes : iterable of dict
        What was noted of each recording: ``found``, how its files are written, by kind.

    Returns
    -------
    dict of str to dict of str to int
        By kind, the number of recordings of each way, the most usual first. Beyond 20 kinds and 10
        ways of each the others are counted together, as ``"other ways (5)"``.

    Examples
    --------
    >>> ways = ["separator comma", "separator comma", "separator tab"]
    >>> count_dialects([{"found": {"wrist": way}} for way in ways])
    {'wrist': {'separator comma': 2, 'separator tab': 1}}
    """
    ways: dict[str, Counter[str]] = {}
    for note in notes:
        for kind, way in note.get("found", {}).items():
            ways.setdefault(kind, Counter())[way] += 1
    shown = sorted(ways, key=lambda kind: (-ways[kind].total(), kind))[:_MOST_KINDS]
    kinds: dict[str, Counter[str]] = {kind: ways[kind] for kind in sorted(shown)}
    if len(ways) > len(shown):
        others = [counted for kind, counted in ways.items() if kind not in kinds]
        kinds[f"other kinds ({len(others)})"] = sum(others, Counter())
    return {kind: _most_usual(counted) for kind, counted in kinds.items()}


def _most_usual(counted: Counter[str]) -> dict[str, int]:
    usual = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    others = usual[_MOST_WAYS:]
    rest = {f"other ways ({len(others)})": sum(n for _, n in others)} if others else {}
    return dict(usual[:_MOST_WAYS]) | rest


def find_twice(notes: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the recordings whose files hold, byte for byte, what those of an earlier one hold.

    Parameters
    ----------
    notes : iterable of dict
        What was noted of each recording: its ``id``, and ``content``, the hashes of its files,
        where they hold no other recording.

    Returns
    -------
    dict of str to str
        The id of the first, by that of the later one.

    Examples
    --------
    >>> find_twice([{"id": "a", "content": ["12"]}, {"id": "b", "content": ["12"]}])
    {'b': 'a'}
    """
    first: dict[tuple[str, ...], str] = {}
    twice = {}
    for note in notes:
        if content := tuple(note.get("content", ())):
            if content in first:
                twice[note["id"]] = first[content]
            else:
                first[content] = note["id"]
    return twice


def find_scattered_subjects(notes: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Return the subjects that are in several folders, where folders are those of subjects.

    Parameters
    ----------
    notes : sequence of dict
        What was noted of each recording: its ``subject``, and the ``folder`` it came from.

    Returns
    -------
    dict of str to list of str
        Their folders. Empty where folders hold several subjects, or most subjects have several.

    Examples
    --------
    >>> where = {"a": "1", "b": "2", "c": "3", "again": "1"}
    >>> find_scattered_subjects([{"folder": f, "subject": s} for f, s in where.items()])
    {'1': ['a', 'again']}
    """
    placed = [(note["subject"], note["folder"].split("/")) for note in notes if "folder" in note]
    depth = max((len(parts) for _, parts in placed), default=0)
    for level in range(1, depth + 1):
        folders: dict[str, set[str]] = {}
        subjects: dict[str, set[str]] = {}
        for subject, parts in placed:
            folder = "/".join(parts[:level])
            folders.setdefault(subject, set()).add(folder)
            subjects.setdefault(folder, set()).add(subject)
        if any(len(who) > 1 for who in subjects.values()):
            continue
        scattered = {who: sorted(where) for who, where in folders.items() if len(where) > 1}
        return scattered if len(scattered) * 2 < len(folders) else {}
    return {}
