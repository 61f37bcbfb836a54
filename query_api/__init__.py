"""Questions in, answers out."""

from query_api.answers import ANSWERED, Answer, Limits, answer

__all__ = ["ANSWERED", "Answer", "Limits", "answer"]
