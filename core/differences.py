"""What differs between two JSON values, path by path, for people to read. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What tells the members of a list apart, so that one added in the middle does not look like a change of all after it.
_NAMES = ("name", "field")


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that differs. `before` or `after` is None where nothing was, or is, there."""

    path: str
    before: str | None
    after: str | None


def differences(before: Any, after: Any) -> list[Difference]:
    """Every place in which two JSON values differ, in the order of the newer one."""
    old, new = dict(_flat(before, "")), dict(_flat(after, ""))
    paths = [*new, *(path for path in old if path not in new)]
    return [Difference(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path)]


def _flat(value: Any, path: str) -> list[tuple[str, str]]:
    if value is None or value in ([], {}):
        return []
    if isinstance(value, Mapping):
        return [found for key, below in value.items() for found in _flat(below, _join(path, key))]
    if isinstance(value, list) and all(isinstance(member, dict) for member in value):
        return _flat_members(value, path)
    return [(path, _text(value))]


def _flat_members(members: Sequence[Mapping[str, Any]], path: str) -> list[tuple[str, str]]:
    for name in _NAMES:
        names = [str(member.get(name, "")) for member in members]
        if all(names) and len(set(names)) == len(names):
            order = [(_join(path, "order"), ", ".join(names))]
            rest = [({k: v for k, v in m.items() if k != name}, n) for m, n in zip(members, names, strict=True)]
            return order + [found for below, key in rest for found in _flat(below, _join(path, key))]
    return [found for place, below in enumerate(members) for found in _flat(below, _join(path, str(place + 1)))]


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_text(member) for member in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
