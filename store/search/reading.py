"""Reading the values at many paths of a resource in a single pass.

This runs for each document that is written. Therefore the paths become the source of one Python function, which reads
the steps that several paths begin with only once. The function of `name.family` and `name.given[0]` is, in essence:

    for name in listed(resource.get("name")):
        for family in listed(name.get("family")):
            found0.append(family)
        for given in listed(name.get("given"))[0:1]:
            found1.append(given)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from store.search.paths import Chain, Filter, Json, Member, Step, Target, steps

Values = tuple[list[Any], ...]
"""For each source, by its number, the list of its values."""
Lines = Iterator[str]
"""Lines of Python."""


def reader(paths: Sequence[Sequence[str]]) -> Callable[[Json], Values]:
    """Return a function that returns, for a resource, a tuple with one list of values for each element of `paths`.

    Each element of `paths` has one path, or several alternatives such as `effectiveDateTime` and
    `effectivePeriod.start`. Raises PathUnreadable.
    """
    root = _Node()
    for number, alternatives in enumerate(paths):
        for path in alternatives:
            root.add(f"found{number}.append({{0}})", steps(path))
    namespace: dict[str, Any] = {"chain": _chain}
    exec("\n".join(_function(root, len(paths))), namespace)  # noqa: S102 - made of rows only, their literals by repr()
    read: Callable[[Json], Values] = namespace["read"]
    return read


@dataclass(slots=True)
class _Node:
    """The point up to which several paths have the same steps."""

    ends: list[str] = field(default_factory=list)
    """Lines of Python that use each element `{0}` that is reached here."""
    below: dict[Step, _Node] = field(default_factory=dict)

    def add(self, end: str, path: Iterable[Step]) -> None:
        """Add a path that begins here, and the line of Python at its end."""
        node = self
        for step in path:
            node = node.below.setdefault(step, _Node())
        node.ends.append(end)


def _function(root: _Node, size: int) -> Lines:
    found = [f"found{number}" for number in range(size)]
    yield "def read(resource):"
    yield from (f" {each} = []" for each in found)
    lines = [*_lines(root, "resource", 0)]
    if any("contained" in line for line in lines):
        yield " contained = {each['id']: each for each in resource.get('contained', ())}"
    yield from _within(lines)
    yield f" return ({', '.join(found)},)"


def _within(lines: Iterable[str], depth: int = 1) -> Lines:
    return (" " * depth + line for line in lines)


def _lines(node: _Node, element: str, depth: int) -> Lines:
    """Yield the lines that read everything below an element; their variables end in `depth` or a greater number."""
    yield from (end.format(element) for end in node.ends)
    filters: dict[tuple[tuple[str, ...], bool], dict[Filter, _Node]] = {}
    for step, below in node.below.items():
        if isinstance(step, Filter):
            filters.setdefault((step.path, step.is_token), {})[step] = below
        else:
            yield from _WRITERS[type(step)](step, below, element, depth)
    for group in filters.values():
        yield from _filter_lines(group, element, depth)


def _member_lines(step: Member, below: _Node, element: str, depth: int) -> Lines:
    value, each = f"value{depth}", f"each{depth}"
    some = "" if step.position is None else f"[{step.position}:{step.position + 1}]"
    yield f"{value} = {element}.get({step.name!r})"
    if below.below:
        yield f"if {value} is not None:"
        yield f" for {each} in ({value} if {value}.__class__ is list else ({value},)){some}:"
        yield from _within(_lines(below, each, depth + 1), 2)
    else:  # may be a primitive, and a list of primitives may contain None
        yield f"if {value}.__class__ is list:"
        yield f" for {each} in {value}{some}:"
        yield f"  if {each} is not None:"
        yield from _within(_lines(below, each, depth + 1), 3)
        yield f"elif {value} is not None:"
        yield from _within(_lines(below, value, depth + 1))


def _target_lines(step: Target, below: _Node, element: str, depth: int) -> Lines:
    reference, target = f"reference{depth}", f"target{depth}"
    yield f"{reference} = {element}.get('reference', '')"
    yield f"{target} = contained.get({reference}[1:]) if {reference}[:1] == '#' else None"
    yield f"if {target} is not None and {target}['resourceType'] == {step.type!r}:"
    yield from _within(_lines(below, target, depth + 1))


def _chain_lines(step: Chain, below: _Node, element: str, depth: int) -> Lines:
    link = f"link{depth}"
    yield f"for {link} in chain({element}, {step.name!r}, {step.type!r}, contained):"
    yield from _within(_lines(below, link, depth + 1))


def _chain(first: Json, name: str, of_type: str, contained: Mapping[str, Json]) -> Iterator[Json]:
    """Yield a resource, the contained resource that its element `name` refers to, and so on; each resource once."""
    link: Json | None = first
    for _ in range(len(contained)):
        if link is None or link["resourceType"] != of_type:
            return
        yield link
        link = contained.get(link.get(name, {}).get("reference", "")[1:])


def _filter_lines(group: Mapping[Filter, _Node], element: str, depth: int) -> Lines:
    """Yield the lines of several filters by the values at one path; the values are read once for all of them."""
    first, there = next(iter(group)), f"there{depth}"
    value = "({0}.get('code'), {0}.get('system'))" if first.is_token else "{0}"
    path = _Node()
    path.add(f"{there}.append({value})", map(Member, first.path))
    yield f"{there} = []"
    yield from _lines(path, element, depth + 1)
    for step, below in group.items():
        equal = (f"{wanted!r} in {there}" for wanted in step.wanted)
        yield f"if {'' if step.is_equal else 'not '}({' or '.join(equal)}):"
        yield from _within(_lines(below, element, depth + 1))


_WRITERS: Mapping[type, Callable[[Any, _Node, str, int], Lines]] = {
    Member: _member_lines,
    Target: _target_lines,
    Chain: _chain_lines,
}
