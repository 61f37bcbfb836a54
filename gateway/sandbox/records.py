"""The notes and results of the invented people of the sandbox, relative to one day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gateway.sandbox.patients import ADEYEMI, BRANDT, FACILITY, IMANI, MARISOL, TEODOR

Json = dict[str, Any]
Moment = Callable[[int, str], str]
"""From a number of days after today and a time of day to the text of the moment."""


def notes(moment: Moment) -> Iterator[tuple[str, Json]]:
    """Give the events of notes: one that is written and replaced, and one that is deleted."""
    stay = {"VisitNumber": "V-50011", "PatientClass": "Inpatient", "Location": {"Department": "4 North", "Room": "412"}}
    first = _note("N-70001", "Progress note", moment(-1, "22:10"), "Chest pain since the evening. ECG without changes.")
    yield "New", {"Patient": _known(MARISOL), "Visit": stay, "Note": first}
    corrected = _note(
        "N-70002", "Progress note", moment(-1, "22:10"), "Chest pain since the morning. ECG without changes."
    )
    replacing = {**corrected, "OriginalDocumentID": "N-70001"}
    yield "Replace", {"Patient": _known(MARISOL), "Visit": stay, "Note": replacing}

    other = {"VisitNumber": "V-50012", "PatientClass": "Inpatient"}
    letter = _note("N-70003", "Discharge letter", moment(-2, "09:00"), "Draft.")
    orders = [{"ID": "O-80002", "Name": "X-ray of the hip"}]
    yield "New", {"Patient": _known(TEODOR), "Visit": other, "Note": letter, "Orders": orders}
    gone = {name: said for name, said in letter.items() if name != "FileContents"}
    yield "Delete", {"Patient": _known(TEODOR), "Visit": other, "Note": gone}


def results(moment: Moment) -> Iterator[tuple[str, Json]]:
    """Give the events of results: a panel that comes in two messages, and a result that nobody ordered."""
    stay = {"VisitNumber": "V-50011", "PatientClass": "Inpatient", "Location": {"Department": "4 North"}}
    sodium = _result("2951-2", "Sodium", "140", "mmol/L", 136, 145)
    potassium = _result("2823-3", "Potassium", "5.60", "mmol/L", 3.5, 5.1, AbnormalFlag="High")
    panel: Json = {
        "ID": "O-80001",
        "ApplicationOrderID": "LAB-4401",
        "TransactionDateTime": moment(-1, "22:00"),
        "CollectionDateTime": moment(-1, "22:20"),
        "CompletionDateTime": moment(-1, "23:05"),
        "ResultsStatus": "Preliminary",
        "Procedure": {"Code": "51990-0", "Codeset": "LOINC", "Description": "Basic metabolic panel"},
        "Provider": {"NPI": ADEYEMI["ID"], **ADEYEMI},
        "Status": "Resulted",
        "Priority": "Stat",
        "Results": [{**sodium, "Status": "Final"}],
    }
    yield "New", {"Patient": _known(MARISOL), "Visit": stay, "Orders": [panel]}
    whole = {**panel, "ResultsStatus": "Final", "CompletionDateTime": moment(-1, "23:40")}
    yield "New", {"Patient": _known(MARISOL), "Visit": stay, "Orders": [{**whole, "Results": [potassium]}]}

    smear = {
        "Code": "580-1",
        "Codeset": "LOINC",
        "Description": "Throat culture",
        "Value": "No growth",
        "ValueType": "String",
        "Status": "Final",
        "Specimen": {"Source": "Swab", "BodySite": "Throat"},
    }
    unordered = {
        "ApplicationOrderID": "LAB-4402",
        "CompletionDateTime": moment(-1, "18:30"),
        "ResultsStatus": "Final",
        "Status": "Resulted",
        "Results": [smear],
    }
    yield "NewUnsolicited", {"Patient": _known(IMANI), "Orders": [unordered]}


def _known(person: Json) -> Json:
    return {"Identifiers": person["Identifiers"]}


def _note(number: str, kind: str, time: str, text: str) -> Json:
    return {
        "ContentType": "Plain Text",
        "FileContents": text,
        "FileName": f"{kind}.txt",
        "FileType": "TXT",
        "DocumentType": kind,
        "DocumentID": number,
        "ServiceDateTime": time,
        "DocumentationDateTime": time,
        "Status": "Authenticated",
        "Provider": BRANDT,
    }


def _result(code: str, name: str, value: str, units: str, low: float, high: float, **more: Any) -> Json:
    return {
        "Code": code,
        "Codeset": "LOINC",
        "Description": name,
        "Value": value,
        "ValueType": "Numeric",
        "Units": units,
        "Status": "Final",
        "ReferenceRange": {"Low": low, "High": high},
        "Producer": {"ID": "LAB", "Name": f"Laboratory of {FACILITY}"},
        **more,
    }
