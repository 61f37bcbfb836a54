"""The checks of the command `check`: what is unsafe or unfinished in the configuration of a running service.

`gathered` collects the facts, and `findings` compares them with the table CHECKS.
"""

from gateway.check.checks import CHECKS
from gateway.check.facts import Facts, gathered
from gateway.check.findings import Check, Finding, Severity, findings

__all__ = ["CHECKS", "Check", "Facts", "Finding", "Severity", "findings", "gathered"]
