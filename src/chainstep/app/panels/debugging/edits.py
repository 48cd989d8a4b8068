"""What the panels of the debugger do to a project: each a text for undo and a function.

Breakpoints and watches are values of `stepping.watching`, in the document plain objects; one that
this version does not know keeps its place untouched. Nothing here knows Qt.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import msgspec

from chainstep.project import Project
from chainstep.stepping.watching import breakpoints, watches
from chainstep.stepping.watching.breakpoints import Breakpoint
from chainstep.stepping.watching.watches import Watch

Ends = tuple[str, str]
Change = tuple[str, Callable[[Project], Project]]
Items = tuple[dict[str, Any], ...]


def add(breakpoint: Breakpoint) -> Change:
    """Append a breakpoint; one that is there already takes its place."""
    item = breakpoints.written(breakpoint)

    def edit(project: Project) -> Project:
        items = project.debug.breakpoints
        for place, there in enumerate(items):
            known = breakpoints.read(there)
            if known is not None and known.place == breakpoint.place:
                same = known == breakpoint
                return (
                    project if same else _with(project, (*items[:place], item, *items[place + 1 :]))
                )
        return _with(project, (*items, item))

    return f"Break at {breakpoints.words(breakpoint)}", edit


def remove(place: int) -> Change:
    """Take away the breakpoint at a place of the list."""

    def edit(project: Project) -> Project:
        items = project.debug.breakpoints
        return _with(project, items[:place] + items[place + 1 :])

    return "Remove a breakpoint", edit


def change(place: int, **fields: Any) -> Change:
    """Change fields of the breakpoint at a place, such as enabled=False."""

    def edit(project: Project) -> Project:
        items = list(project.debug.breakpoints)
        known = breakpoints.read(items[place])
        if known is not None:
            items[place] = breakpoints.written(msgspec.structs.replace(known, **fields))
        return _with(project, tuple(items))

    return f"Set breakpoint {place + 1}", edit


def enable_all(on: bool) -> Change:
    """Turn all breakpoints on or off."""

    def edit(project: Project) -> Project:
        items = []
        for item in project.debug.breakpoints:
            known = breakpoints.read(item)
            if known is not None:
                item = breakpoints.written(msgspec.structs.replace(known, enabled=on))
            items.append(item)
        return _with(project, tuple(items))

    return f"Turn all breakpoints {'on' if on else 'off'}", edit


def remove_all() -> Change:
    """Take away all breakpoints."""
    return "Remove all breakpoints", lambda project: _with(project, ())


def toggle(units: Collection[str], connections: Collection[Ends]) -> Change:
    """Break at these units and connections, or no longer where all of them have a breakpoint."""
    wanted = [Breakpoint(kind="unit", unit=unit) for unit in sorted(units)]
    wanted += [Breakpoint(kind="connection", connection=ends) for ends in sorted(connections)]
    names = [breakpoints.words(each) for each in wanted]
    what = names[0] if len(names) == 1 else f"{len(names)} places"

    def edit(project: Project) -> Project:
        there = {_subject(item) for item in project.debug.breakpoints}
        if all(_subject(breakpoints.written(each)) in there for each in wanted):
            gone = {_subject(breakpoints.written(each)) for each in wanted}
            items = (i for i in project.debug.breakpoints if _subject(i) not in gone)
            return _with(project, tuple(items))
        new = [breakpoints.written(each) for each in wanted]
        new = [item for item in new if _subject(item) not in there]
        return _with(project, (*project.debug.breakpoints, *new))

    return f"Toggle breakpoint at {what}", edit


def watch(chosen: Watch) -> Change:
    """Watch one quantity more; one that is watched already stays as it is."""
    item = watches.written(chosen)

    def edit(project: Project) -> Project:
        items = project.debug.watches
        return project if item in items else _watching(project, (*items, item))

    return f"Watch {watches.words(chosen)}", edit


def unwatch(place: int) -> Change:
    """Take away the watch at a place of the list."""

    def edit(project: Project) -> Project:
        items = project.debug.watches
        return _watching(project, items[:place] + items[place + 1 :])

    return "Remove a watch", edit


def marked(items: Items) -> tuple[dict[str, bool], dict[Ends, bool]]:
    """Return the units and connections to mark, each with whether its breakpoint is on."""
    units: dict[str, bool] = {}
    connections: dict[Ends, bool] = {}
    for found in breakpoints.read_all(items):
        if found.connection is not None:
            on = connections.get(found.connection, False)
            connections[found.connection] = on or found.enabled
        elif found.unit:
            units[found.unit] = units.get(found.unit, False) or found.enabled
    return units, connections


def _subject(item: Mapping[str, Any]) -> object:
    """What a breakpoint at a place is at; None for one on a condition."""
    found = breakpoints.read(item)
    if found is None or found.kind not in ("unit", "connection"):
        return None
    return found.unit or found.connection


def _with(project: Project, items: Items) -> Project:
    return project.replace(debug=msgspec.structs.replace(project.debug, breakpoints=items))


def _watching(project: Project, items: Items) -> Project:
    return project.replace(debug=msgspec.structs.replace(project.debug, watches=items))
