"""What differs between two JSON values, place by place, for people to read. Pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What tells the members of a list apart, so that one added in the middle does not look like a change of all after it.
_NAMES = ("name", "field")
_NOTHING: tuple[Any, ...] = (None, "", [], {})


@dataclass(frozen=True, slots=True)
class Difference:
    """One place that differs. `before` or `after` is None where nothing was, or is, there."""

    path: str
    before: str | None
    after: str | None


def differences(before: Any, after: Any, path: str = "") -> list[Difference]:
    """Every place in which two JSON values differ, in the order of the newer one."""
    if before == after or (before in _NOTHING and after in _NOTHING):
        return []
    old, new = _members(before), _members(after)
    if old is not None and new is not None:
        return _of_lists(old, new, path)
    if _is_object(before) and _is_object(after):
        keys = [*(after or {}), *(key for key in before or {} if key not in (after or {}))]
        return [d for k in keys for d in differences((before or {}).get(k), (after or {}).get(k), _join(path, k))]
    return [Difference(path, _shown(before), _shown(after))]


def _of_lists(old: dict[str, Any], new: dict[str, Any], path: str) -> list[Difference]:
    """The members added, changed, removed, and their order where it is another."""
    found: list[Difference] = []
    for name, member in new.items():
        if name in old:
            found += differences(old[name], member, _join(path, name))
        else:
            found.append(Difference(_join(path, name), None, _text(member)))
    found += [Difference(_join(path, name), _text(old[name]), None) for name in old if name not in new]
    was, now = [name for name in old if name in new], [name for name in new if name in old]
    if was != now:
        found.append(Difference(_join(path, "order"), ", ".join(was), ", ".join(now)))
    return found


def _members(value: Any) -> dict[str, Any] | None:
    """A list of objects by the names of its members, or None where it is something else."""
    if value in _NOTHING:
        return {}
    if not isinstance(value, list) or not all(isinstance(member, dict) for member in value):
        return None
    for key in _NAMES:
        names = [member.get(key) for member in value]
        if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            return {member[key]: {k: v for k, v in member.items() if k != key} for member in value}
    return None


def _is_object(value: Any) -> bool:
    return value in _NOTHING or isinstance(value, Mapping)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _shown(value: Any) -> str | None:
    return None if value in _NOTHING else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(f"{key.replace('_', ' ')} {_text(member)}" for key, member in value.items()) or "anything"
    if isinstance(value, list):
        return ", ".join(_text(member) for member in value)
    return value if isinstance(value, str) else json.dumps(value)
