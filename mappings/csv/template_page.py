"""Prints the documentation page with every column of every template, from the models.

python -m mappings.csv.template_page > docs/templates.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from mappings.csv.samples import meaning_of
from mappings.csv.templates import TEMPLATES, Template, columns_of, full_columns, leaf_of, required_of, unnumbered
from mappings.redox.catalogue import Leaf
from mappings.redox.value_sets import ValueSet

_INTRODUCTION = """# Columns of the templates

`data-on-demand template` prints these headers, and [`backfill`](backfill.md) loads files that have them. Columns in
bold are those of the plain template, in the order in which it prints them; `--full` prints all, in the order of these
tables. A list is numbered from 1, to 50 at most. Times without an offset are of the tenant's zone.
"""

_FORMATS = {
    "Text": "text",
    "Number": "number",
    "Flag": "true or false",
    "Date": "date: 2008-01-31",
    "DateTime": "date or time: 2008-01-31T08:30, with Z or an offset at will",
}


def document() -> str:
    """Return the page as Markdown."""
    return "".join(
        [_INTRODUCTION, *(part for template in TEMPLATES.values() for part in _section(template)), *_words()]
    )


def _section(template: Template) -> Iterator[str]:
    yield f"\n## {template.name}\n\nA row is one of {template.says}: `{template.data_model}.{template.event_type}`.\n\n"
    yield "The plain template:\n\n```\n" + "\n".join(template.columns) + "\n```\n"
    yield "\n| column | meaning | format | required | example |\n|---|---|---|---|---|\n"
    first = set(map(unnumbered, template.columns))
    due = set(required_of(template.event))
    counts = _counts(template)
    for path, leaf in columns_of(template.event).items():
        name = f"`{path.replace('[]', '[n]')}`" + (f", n to {counts[path]}" if "[]" in path else "")
        meaning, example = meaning_of(path)
        required = "yes" if path in due else "with its element" if leaf.required else ""
        bold = "**" if path in first else ""
        yield f"| {bold}{name}{bold} | {meaning} | {_format(leaf)} | {required} | {example} |\n"


def _counts(template: Template) -> dict[str, str]:
    """Return, by path, the numbers that the lists of the path have at most with `--full`."""
    counts: dict[str, str] = {}
    for column in full_columns(template):
        counts[unnumbered(column)] = " and ".join(part.partition("]")[0] for part in column.split("[")[1:])
    return counts


def _format(leaf: Leaf) -> str:
    return f"a word of [{leaf.value_set.name}](#words)" if leaf.value_set else _FORMATS[leaf.type]


def _words() -> Iterator[str]:
    yield "\n## Words\n\n| set | words |\n|---|---|\n"
    sets: dict[str, ValueSet] = {}
    for template in TEMPLATES.values():
        for column in full_columns(template):
            leaf = leaf_of(template.event, column)
            if leaf and leaf.value_set:
                sets[leaf.value_set.name] = leaf.value_set
    for name in sorted(sets):
        yield f"| {name} | {', '.join(sets[name].words)} |\n"


if __name__ == "__main__":
    sys.stdout.write(document())
