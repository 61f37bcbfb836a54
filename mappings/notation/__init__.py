"""The notation of mappings: paths, values that turn both ways, rows and tables."""

from mappings.notation.codetable import CodeTable
from mappings.notation.fieldmap import FieldMap
from mappings.notation.iso import SAME, Iso, either, matching
from mappings.notation.rest import EXTENSIONS
from mappings.notation.rows import OURS, SUBJECT, const, each, extension, field, omission, one

__all__ = [
    "EXTENSIONS",
    "OURS",
    "SAME",
    "SUBJECT",
    "CodeTable",
    "FieldMap",
    "Iso",
    "const",
    "each",
    "either",
    "extension",
    "field",
    "matching",
    "omission",
    "one",
]
