"""One HTTP request, from its bytes to its response: the body, limits of size and time, errors and their responses."""

from gateway.request.answer_bounds import Said, in_size, in_time
from gateway.request.answers import JSON_TYPE, accepted, answer, json_text, received
from gateway.request.bodies import SMALL, body_of, bytes_of, message_in, message_of, read_body
from gateway.request.call import Call, begin, call_of
from gateway.request.capacity import Capacity, reservation_of
from gateway.request.connections import ABORT, HEADERS, SECURE, Connection
from gateway.request.encodings import decode
from gateway.request.problems import OURS, answered, problem_of
from gateway.request.reception import checked, destination_ids, event_in, event_of, name_of, question_in

__all__ = [
    "ABORT",
    "HEADERS",
    "JSON_TYPE",
    "OURS",
    "SECURE",
    "SMALL",
    "Call",
    "Capacity",
    "Connection",
    "Said",
    "accepted",
    "answer",
    "answered",
    "begin",
    "body_of",
    "bytes_of",
    "call_of",
    "checked",
    "decode",
    "destination_ids",
    "event_in",
    "event_of",
    "in_size",
    "in_time",
    "json_text",
    "message_in",
    "message_of",
    "name_of",
    "problem_of",
    "question_in",
    "read_body",
    "received",
    "reservation_of",
]
