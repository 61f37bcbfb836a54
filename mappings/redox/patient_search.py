"""PatientSearch: the question that looks for a patient, and its answer."""

from __future__ import annotations

from mappings.redox.coverage import Guarantor, Insurance
from mappings.redox.leaves import POSSIBLE, PROBABLE, RELIABLE, Block, Text, redox_field
from mappings.redox.meta import Answer, Question
from mappings.redox.parts import PCP, Contact, Demographics, LooseIdentifier


class AskedPatient(Block):
    """The patient who is asked for, as far as the asker knows the patient."""

    identifiers: list[LooseIdentifier] | None = redox_field("Identifiers", RELIABLE)
    demographics: Demographics | None = redox_field("Demographics")
    notes: list[Text] | None = redox_field("Notes", POSSIBLE)


class FoundPatient(AskedPatient):
    """A patient in an answer."""

    contacts: list[Contact] | None = redox_field("Contacts")
    pcp: PCP | None = redox_field("PCP", RELIABLE)
    guarantor: Guarantor | None = redox_field("Guarantor")
    insurances: list[Insurance] | None = redox_field("Insurances", PROBABLE)


class Query(Question):
    """Asks for a patient by identifiers or by demographics."""

    patient: AskedPatient | None = redox_field("Patient")


class Response(Answer):
    """The answer to a Query: the one patient found, or the potential matches."""

    patient: FoundPatient | None = redox_field("Patient")
    potential_matches: list[FoundPatient] | None = redox_field("PotentialMatches")
