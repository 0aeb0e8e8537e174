"""What became of the resources: added, removed, moved, relinked, or not to be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from scanner.comparison._record import Thing
from scanner.comparison._sight import Sight
from scanner.findings import Item, MovedItem, Relinked, Resources, UnseenItem
from scanner.inventory import ArmId

Moves = Mapping[str, ArmId]
"""The new id of each account and worker that moved, by the key of its old one."""


def moves_between(old: Sight, new: Sight) -> Moves:
    """The accounts and workers that are gone from one place, which is proven, and came to another."""
    moves: dict[str, ArmId] = {}
    signs: tuple[tuple[str, Callable[[Thing], str | None]], ...] = (
        ("automation_account", lambda account: account.guid),
        ("worker", lambda worker: worker.item.id.name.lower()),
        ("worker", lambda worker: worker.machine.key if worker.machine else None),
    )
    for kind, sign in signs:
        gone = _by_sign((t for t in _only_in(old, new, moves) if new.of_absence(t.item) is None), kind, sign)
        taken = {id_.key for id_ in moves.values()}
        back = {id_.key: ArmId(key) for key, id_ in moves.items()}
        came = _by_sign(
            (t for t in _only_in(new, old, back) if t.item.id.key not in taken and old.of_absence(t.item) is None),
            kind,
            sign,
        )
        moves |= {gone[each].item.id.key: came[each].item.id for each in gone if each in came}
    return moves


def _only_in(one: Sight, other: Sight, moves: Moves) -> list[Thing]:
    return [thing for thing in one.things.values() if moved(thing.item.id, moves).key not in other.things]


def _by_sign(things: Iterable[Thing], kind: str, sign: Callable[[Thing], str | None]) -> dict[str, Thing]:
    """The things of a kind by what tells them apart; what two of them share tells nothing."""
    found: dict[str, list[Thing]] = {}
    for thing in things:
        if thing.item.kind == kind and (told := sign(thing)) is not None:
            found.setdefault(told, []).append(thing)
    return {told: alike[0] for told, alike in found.items() if len(alike) == 1}


def moved(id_: ArmId, moves: Moves) -> ArmId:
    """The id that something has now that had `id_`: its own one, or where it moved with what holds it."""
    key = id_.key if moves else ""
    while key:
        if key in moves:
            return ArmId(moves[key].text + id_.text[len(key) :])
        key = key.rpartition("/")[0]
    return id_


def resources_between(old: Sight, new: Sight, moves: Moves) -> Resources:
    """Tell what became of the resources; what one scan cannot have seen is neither added nor removed."""
    back = {id_.key: ArmId(old.things[key].item.id.text) for key, id_ in moves.items()}
    removed, unseen = _apart(_only_in(old, new, moves), new)
    added, appeared = _apart(_only_in(new, old, back), old)
    there = ((new.things[id_.key].item, old.things[key].item.id) for key, id_ in moves.items())
    return Resources(
        added=added,
        removed=removed,
        moved=tuple(sorted((MovedItem(item, was) for item, was in there), key=lambda move: _order(move.item))),
        relinked=tuple(_relinked(old, new, moves)),
        appeared=appeared,
        unseen=unseen,
    )


def _apart(things: Iterable[Thing], other: Sight) -> tuple[tuple[Item, ...], tuple[UnseenItem, ...]]:
    """Those that are proven not to be in the other scan, and those that it cannot have seen."""
    proven: list[Item] = []
    unseen: list[UnseenItem] = []
    for item in sorted((thing.item for thing in things), key=_order):
        because = other.of_absence(item)
        if because is None:
            proven.append(item)
        else:
            unseen.append(UnseenItem(item, because))
    return tuple(proven), tuple(unseen)


def _relinked(old: Sight, new: Sight, moves: Moves) -> Iterable[Relinked]:
    for before in sorted(old.things.values(), key=lambda thing: _order(thing.item)):
        now = new.things.get(moved(before.item.id, moves).key)
        if now is not None and before.link_told and now.link_told and before.workspace != now.workspace:
            yield Relinked(now.item, before.workspace, now.workspace)


def _order(item: Item) -> tuple[str, str]:
    return item.kind, item.id.key
