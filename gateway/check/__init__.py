"""What in a running configuration is unsafe or unfinished: facts are gathered, and a table of checks looks at them."""

from gateway.check.checks import CHECKS
from gateway.check.facts import Facts, gathered
from gateway.check.findings import Check, Finding, Severity, findings

__all__ = ["CHECKS", "Check", "Facts", "Finding", "Severity", "findings", "gathered"]
