"""Notes: the events of clinical notes, and the Query question with its answer."""

from __future__ import annotations

from mappings.redox.clinical import AskedPatient, ClinicalPatient, ClinicalVisit, NamedPatient, NamedVisit
from mappings.redox.leaves import (
    POSSIBLE,
    PROBABLE,
    RELIABLE,
    Block,
    DateTime,
    Id,
    Moment,
    Text,
    Word,
    redox_field,
)
from mappings.redox.meta import Answer, Message, Question
from mappings.redox.parts import Provider

_SURE = {"ID": RELIABLE, "IDType": RELIABLE}


class Author(Provider):
    """The provider who wrote a note; the ID is required."""

    id: Id = redox_field("ID", PROBABLE, required=True)


class Component(Block):
    """A part of a structured note: a name and a value."""

    id: Id | None = redox_field("ID", POSSIBLE, unsupported_by_dod=True)
    name: Text | None = redox_field("Name", POSSIBLE, unsupported_by_dod=True)
    value: Text | None = redox_field("Value", POSSIBLE, unsupported_by_dod=True)
    comments: Text | None = redox_field("Comments", POSSIBLE, unsupported_by_dod=True)


class DescribedNote(Block):
    """A note without its contents.

    ContentType is Plain Text, Base64 Encoded or Rich Text; Status and Availability are open words.
    """

    content_type: Word = redox_field("ContentType", RELIABLE, required=True)
    file_name: Text | None = redox_field("FileName", PROBABLE)
    file_type: Word | None = redox_field("FileType", PROBABLE, unsupported_by_dod=True)
    document_type: Text = redox_field("DocumentType", RELIABLE, required=True)
    document_id: Id = redox_field("DocumentID", RELIABLE, required=True)
    document_description: Text | None = redox_field("DocumentDescription", POSSIBLE, unsupported_by_dod=True)
    service_date_time: Moment | None = redox_field("ServiceDateTime", RELIABLE)
    documentation_date_time: DateTime | None = redox_field("DocumentationDateTime", RELIABLE)
    status: Word | None = redox_field("Status", PROBABLE, unsupported_by_dod=True)
    availability: Word | None = redox_field("Availability", PROBABLE, unsupported_by_dod=True)
    provider: Author = redox_field("Provider", required=True)
    authenticator: Provider | None = redox_field("Authenticator")
    notifications: list[Provider] | None = redox_field("Notifications", within=_SURE)
    components: list[Component] | None = redox_field("Components")


class Note(DescribedNote):
    """A note with its contents: a text, base64, or the URI of a file."""

    file_contents: Text | None = redox_field("FileContents", PROBABLE)


class ReplacingNote(Note):
    """A note that takes the place of another one."""

    original_document_id: Id = redox_field("OriginalDocumentID", required=True)


class NoteOrder(Block):
    """An order that a note belongs to."""

    id: Id | None = redox_field("ID", POSSIBLE, unsupported_by_dod=True)
    name: Text | None = redox_field("Name", POSSIBLE, unsupported_by_dod=True)


class _Event(Message):
    patient: ClinicalPatient = redox_field("Patient", required=True)
    visit: ClinicalVisit | None = redox_field("Visit")
    orders: list[NoteOrder] | None = redox_field("Orders")


class New(_Event):
    """A note is written."""

    note: Note = redox_field("Note", required=True)


class Replace(_Event):
    """A note takes the place of another note, or of its own former version."""

    note: ReplacingNote = redox_field("Note", required=True)


class Delete(_Event):
    """A note is deleted."""

    note: DescribedNote = redox_field("Note", required=True)


class Query(Question):
    """Asks for notes; a note matches any entry of each list that is given."""

    patients: list[AskedPatient] | None = redox_field("Patients", RELIABLE)
    visit_numbers: list[Id] | None = redox_field("VisitNumbers", RELIABLE)
    document_types: list[Text] | None = redox_field("DocumentTypes", RELIABLE)
    document_ids: list[Id] | None = redox_field("DocumentIDs", RELIABLE)


class AnsweredNote(Block):
    """A note in an answer."""

    patient: NamedPatient | None = redox_field("Patient")
    visit: NamedVisit | None = redox_field("Visit")
    content_type: Word | None = redox_field("ContentType", RELIABLE)
    file_contents: Text | None = redox_field("FileContents", PROBABLE)
    file_name: Text | None = redox_field("FileName", PROBABLE)
    document_type: Text | None = redox_field("DocumentType", RELIABLE)
    document_id: Id | None = redox_field("DocumentID", RELIABLE)
    service_date_time: DateTime | None = redox_field("ServiceDateTime", RELIABLE)
    documentation_date_time: DateTime | None = redox_field("DocumentationDateTime", RELIABLE)


class QueryResponse(Answer):
    """The answer to Query: notes, the newest first."""

    notes: list[AnsweredNote] | None = redox_field("Notes")
