"""Results: what laboratories and radiologists found, and the question for results with its answer."""

from __future__ import annotations

from mappings.redox.clinical import (
    GUESSED_PROVIDER,
    AskedPatient,
    AttendedVisit,
    ClinicalPatient,
    NamedPatient,
    NamedVisit,
)
from mappings.redox.leaves import (
    POSSIBLE,
    PROBABLE,
    RELIABLE,
    AbnormalFlag,
    Block,
    Criterion,
    DateTime,
    Id,
    Moment,
    Number,
    OrderPriority,
    ReportStatus,
    ResponseFlag,
    ResultedOrderStatus,
    ResultStatus,
    Text,
    Texts,
    ValueType,
    Word,
    redox_field,
)
from mappings.redox.meta import Answer, Message, Question
from mappings.redox.parts import (
    PCP,
    Address,
    BedLocation,
    CodedValue,
    Contact,
    Provider,
)

_GUESSED_PCP = {"NPI": POSSIBLE, **GUESSED_PROVIDER}


class ResultPatient(ClinicalPatient):
    """The patient of a result."""

    contacts: list[Contact] | None = redox_field("Contacts")


class ResultVisit(AttendedVisit):
    """The visit to which a result belongs."""

    visit_date_time: DateTime | None = redox_field("VisitDateTime", POSSIBLE)
    visit_number: Id | None = redox_field("VisitNumber", POSSIBLE)
    patient_class: Word | None = redox_field("PatientClass", POSSIBLE)
    location: BedLocation | None = redox_field("Location", POSSIBLE, within=POSSIBLE)


class Specimen(Block):
    """The specimen that was examined."""

    source: Text | None = redox_field("Source", PROBABLE)
    body_site: Text | None = redox_field("BodySite", PROBABLE)
    id: Id | None = redox_field("ID", POSSIBLE)


class Producer(Block):
    """The laboratory that produced a result."""

    id: Id | None = redox_field("ID", POSSIBLE)
    name: Text | None = redox_field("Name", POSSIBLE)
    id_type: Id | None = redox_field("IDType", POSSIBLE)
    address: Address | None = redox_field("Address", POSSIBLE, within=POSSIBLE)


class ReferenceRange(Block):
    """The values that are normal, as numbers or as a text."""

    low: Number | None = redox_field("Low", POSSIBLE)
    high: Number | None = redox_field("High", POSSIBLE)
    text: Text | None = redox_field("Text", POSSIBLE)


class LooseResult(Block):
    """A result of which nothing is required; Value has the form that ValueType names, and numbers are texts too."""

    code: Word | None = redox_field("Code", PROBABLE)
    codeset: Word | None = redox_field("Codeset", PROBABLE)
    description: Text | None = redox_field("Description", PROBABLE)
    related_group_id: Id | None = redox_field("RelatedGroupID", PROBABLE)
    specimen: Specimen | None = redox_field("Specimen")
    value: Text | None = redox_field("Value", RELIABLE)
    value_type: ValueType | None = redox_field("ValueType", RELIABLE, unsupported_by_dod=True)
    completion_date_time: DateTime | None = redox_field("CompletionDateTime", POSSIBLE)
    file_type: Word | None = redox_field("FileType", RELIABLE)
    units: Text | None = redox_field("Units", PROBABLE)
    notes: list[Text] | None = redox_field("Notes", POSSIBLE, unsupported_by_dod=True)
    abnormal_flag: AbnormalFlag | None = redox_field("AbnormalFlag", PROBABLE)
    status: ResultStatus | None = redox_field("Status", RELIABLE)
    primary_results_interpreter: PCP | None = redox_field("PrimaryResultsInterpreter", within=_GUESSED_PCP)
    producer: Producer | None = redox_field("Producer")
    performer: Provider | None = redox_field("Performer", within=GUESSED_PROVIDER)
    reference_range: ReferenceRange | None = redox_field("ReferenceRange", POSSIBLE)
    observation_method: CodedValue | None = redox_field("ObservationMethod", POSSIBLE, within=POSSIBLE)


class Result(LooseResult):
    """A result; its code, its value and the type of the value are required."""

    code: Word = redox_field("Code", PROBABLE, required=True)
    value: Text = redox_field("Value", RELIABLE, required=True)
    value_type: ValueType = redox_field("ValueType", RELIABLE, required=True, unsupported_by_dod=True)


class LooseOrder(Block):
    """The report on an order, without its results. CompletionDateTime is the time of the report."""

    id: Id | None = redox_field("ID", RELIABLE)
    application_order_id: Id | None = redox_field("ApplicationOrderID", POSSIBLE)
    transaction_date_time: DateTime | None = redox_field("TransactionDateTime", RELIABLE, unsupported_by_dod=True)
    collection_date_time: DateTime | None = redox_field("CollectionDateTime", RELIABLE)
    completion_date_time: Moment | None = redox_field("CompletionDateTime", PROBABLE)
    notes: list[Text] | None = redox_field("Notes", POSSIBLE, unsupported_by_dod=True)
    results_status: ReportStatus | None = redox_field("ResultsStatus", RELIABLE)
    procedure: CodedValue | None = redox_field("Procedure", RELIABLE, within=RELIABLE)
    provider: PCP | None = redox_field("Provider", within=_GUESSED_PCP)
    result_copy_providers: list[Provider] | None = redox_field(
        "ResultCopyProviders", POSSIBLE, unsupported_by_dod=True, within=GUESSED_PROVIDER
    )
    status: ResultedOrderStatus | None = redox_field("Status", RELIABLE, unsupported_by_dod=True)
    response_flag: ResponseFlag | None = redox_field("ResponseFlag", PROBABLE, unsupported_by_dod=True)
    priority: OrderPriority | None = redox_field("Priority", RELIABLE, unsupported_by_dod=True)


class _ReportedOrder(LooseOrder):
    status: ResultedOrderStatus = redox_field("Status", RELIABLE, required=True, unsupported_by_dod=True)
    results: list[Result] = redox_field("Results", PROBABLE, required=True)


class Order(_ReportedOrder):
    """The report on an order, by the order's number."""

    id: Id = redox_field("ID", RELIABLE, required=True)


class UnsolicitedOrder(_ReportedOrder):
    """A report that nobody ordered, by the number that its producer gave it."""

    application_order_id: Id = redox_field("ApplicationOrderID", POSSIBLE, required=True)


class _Event(Message):
    patient: ResultPatient = redox_field("Patient", required=True)
    visit: ResultVisit | None = redox_field("Visit", POSSIBLE)


class New(_Event):
    """Results of orders."""

    orders: list[Order] = redox_field("Orders", required=True)


class NewUnsolicited(_Event):
    """Results that nobody ordered."""

    orders: list[UnsolicitedOrder] = redox_field("Orders", required=True)


class Span(Block):
    """A span of time; both ends belong to it."""

    start_date_time: Moment | None = redox_field("StartDateTime", PROBABLE)
    end_date_time: Moment | None = redox_field("EndDateTime", PROBABLE)


class AskedProcedure(Criterion):
    """A procedure whose results are asked for."""

    code: Word | None = redox_field("Code", PROBABLE)
    codeset: Word | None = redox_field("Codeset", PROBABLE)


class AskedLocation(Block):
    """The place of the visits whose results are asked for."""

    department: Text | None = redox_field("Department", POSSIBLE)


class Query(Question):
    """Asks for results; RelatedGroupIDs is a text or a list."""

    patients: list[AskedPatient] | None = redox_field("Patients", RELIABLE)
    completion: Span | None = redox_field("Completion", PROBABLE)
    result_statuses: list[Word] | None = redox_field("ResultStatuses", PROBABLE)
    order_ids: list[Id] | None = redox_field("OrderIDs", PROBABLE)
    procedures: list[AskedProcedure] | None = redox_field("Procedures", PROBABLE)
    location: AskedLocation | None = redox_field("Location")
    last_updated: Span | None = redox_field("LastUpdated", PROBABLE)
    related_group_ids: Texts | None = redox_field("RelatedGroupIDs", PROBABLE)


class FoundOrder(LooseOrder):
    """A report in an answer, with its patient, its visit and its results."""

    patient: NamedPatient | None = redox_field("Patient")
    visit: NamedVisit | None = redox_field("Visit")
    last_updated: DateTime | None = redox_field("LastUpdated", PROBABLE)
    results: list[LooseResult] | None = redox_field("Results", PROBABLE)


class QueryResponse(Answer):
    """The answer to Query: reports, each with its results."""

    orders: list[FoundOrder] | None = redox_field("Orders")
