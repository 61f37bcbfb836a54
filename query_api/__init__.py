"""Questions in, answers out."""

from query_api.answers import ANSWERED, RESPONSES, Answer, Limits, answer

__all__ = ["ANSWERED", "RESPONSES", "Answer", "Limits", "answer"]
