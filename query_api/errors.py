"""Why a question is refused. A message is the docstring and a place; it never holds a value that was asked for."""


class QuestionRefused(Exception):
    """The question cannot be answered as it stands; the sender can mend it."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(f"{(type(self).__doc__ or '').rstrip('.')} - {place}")


class QuestionUnknown(QuestionRefused):
    """This question is not answered."""


class NotEnough(QuestionRefused):
    """Not enough to search by: needs Identifiers, or FirstName, LastName, DOB and one of ZIP, a phone number, an e-mail address or SSN, or SSN and DOB."""  # noqa: E501 - it is what the sender reads


class StartMissing(QuestionRefused):
    """A date or time to start from is required."""


class PatientUnidentified(QuestionRefused):
    """A patient is asked for by at least one identifier with ID and IDType; N/A, UNKNOWN, 000-00-0000 and their like are none."""  # noqa: E501 - it is what the sender reads


class ProviderUnidentified(QuestionRefused):
    """A provider is asked for by ID, IDType, FirstName, LastName or NPI; N/A, UNKNOWN, 000-00-0000 and their like are none."""  # noqa: E501 - it is what the sender reads


class TimeUnreadable(QuestionRefused):
    """A date or time is needed here."""
