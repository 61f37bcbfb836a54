"""PatientSearch: who somebody is, the question and its answer."""

from __future__ import annotations

from mappings.redox.coverage import Guarantor, Insurance
from mappings.redox.leaves import POSSIBLE, PROBABLE, RELIABLE, Block, Text, said
from mappings.redox.meta import Answer, Question
from mappings.redox.parts import PCP, Contact, Demographics, LooseIdentifier


class AskedPatient(Block):
    """What is known of the patient who is asked for."""

    identifiers: list[LooseIdentifier] | None = said("Identifiers", RELIABLE)
    demographics: Demographics | None = said("Demographics")
    notes: list[Text] | None = said("Notes", POSSIBLE)


class FoundPatient(AskedPatient):
    """A patient who was found."""

    contacts: list[Contact] | None = said("Contacts")
    pcp: PCP | None = said("PCP", RELIABLE)
    guarantor: Guarantor | None = said("Guarantor")
    insurances: list[Insurance] | None = said("Insurances", PROBABLE)


class Query(Question):
    """Who somebody is, asked by identifiers or by demographics."""

    patient: AskedPatient | None = said("Patient")


class Response(Answer):
    """The one patient found, or those who may be meant."""

    patient: FoundPatient | None = said("Patient")
    potential_matches: list[FoundPatient] | None = said("PotentialMatches")
