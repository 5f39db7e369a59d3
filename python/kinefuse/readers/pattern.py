"""Who and what a path tells: ``{subject}/{activity}_{trial}.csv``."""

import re
from collections.abc import Collection, Iterable, Mapping

from kinefuse.errors import ConfigError

__all__ = ["PathPattern", "check_fields", "read_naming"]

_FIELD = re.compile(r"\{([^{}]*)\}")


class PathPattern:
    """Fields in braces within a path, matched against the end of a file's path.

    ``{_}`` stands for anything; a field never holds a slash; one that comes twice must be the same
    both times.

    Examples
    --------
    >>> pattern = PathPattern("{subject}/{subject}_{trial}.csv", ("subject", "trial"))
    >>> pattern.match("raw/s1/s1_04.csv")
    {'subject': 's1', 'trial': '04'}
    >>> pattern.match("s1/s2_04.csv")
    """

    def __init__(self, text: str, allowed: Collection[str]) -> None:
        parts, end, seen = [], 0, set[str]()
        for field in _FIELD.finditer(text):
            name = field[1]
            parts.append(re.escape(text[end : field.start()]))
            end = field.end()
            if name == "_":
                parts.append("[^/]*?")
            elif name not in allowed:
                raise ConfigError(
                    f"pattern: no field {{{name}}}; there are {', '.join(sorted(allowed))} and _"
                )
            elif name in seen:
                parts.append(f"(?P={name})")
            else:
                seen.add(name)
                parts.append(f"(?P<{name}>[^/]+?)")
        parts.append(re.escape(text[end:]))
        self.fields = frozenset(seen)
        self._regex = re.compile(r"(?:.*/)?" + "".join(parts))

    def match(self, path: str) -> dict[str, str] | None:
        """Return the fields, or None if the path is another."""
        found = self._regex.fullmatch(path)
        return None if found is None else found.groupdict()


def check_fields(reader: str, what: str, fields: Iterable[str], allowed: Collection[str]) -> None:
    """Raise ConfigError for a field that a reader's setting ``what`` cannot tell."""
    for field in fields:
        if field not in allowed:
            raise ConfigError(f"{reader}: {what}: expected some of {allowed}, got {field!r}")


def read_naming(
    reader: str, pattern: str | None, fixed: Mapping[str, str] | None, allowed: Collection[str]
) -> tuple[PathPattern | None, dict[str, str]]:
    """Return a reader's settings of who and what its files are of.

    Raises
    ------
    ConfigError
        A field that is not among the allowed ones, or nothing that tells the subject.
    """
    path = None if pattern is None else PathPattern(pattern, allowed)
    told = dict(fixed or {})
    check_fields(reader, "fixed", told, allowed)
    if "subject" not in {*told, *(path.fields if path else ())}:
        raise ConfigError(
            f"{reader}: nothing tells the subject; give pattern='{{subject}}/...' or "
            "fixed={'subject': ...}"
        )
    return path, told
