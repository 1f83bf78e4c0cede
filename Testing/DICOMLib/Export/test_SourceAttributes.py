import pytest
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset

from DICOMLib.Export.CarriedModules import MODALITY_MODULES, MODULES, completeModules
from DICOMLib.Export.SourceAttributes import (
    carriedAttributes,
    differenceText,
    modernText,
    putInto,
    sourceHeaders,
)
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.TagPaths import normalizedPath
from Testing.Fixtures import axialCT

_EXAMPLES = {
    **dict.fromkeys(("LO", "SH", "LT", "ST", "UT", "UC"), "text"), "CS": "A", "PN": "A^B", "DS": "1.5", "IS": "3",
    "DA": "20200102", "TM": "101112", "DT": "20200102101112", "AS": "045Y", "US": "7", "SS": "1",
    "FD": "2.5", "FL": "2.5", "UL": "3",
}  # fmt: skip
TARGET = {"PatientID": "P", "StudyInstanceUID": "1.2", "Modality": "MR"}


def header(**values):
    named = {"PatientID": "P", "StudyInstanceUID": "1.2", "Modality": "MR", **values}
    return {normalizedPath(name): value for name, value in named.items()}


def test_everythingOnTheListIsInTheStandard():
    for names in (*MODULES.values(), *MODALITY_MODULES.values()):
        assert all(map(normalizedPath, names)) and len(set(names)) == len(names)


def test_whatAllSlicesAgreeOnIsKeptForAllAndTheRestForEach():
    headers = [header(EchoTime="5", AcquisitionTime="1001"), header(EchoTime="5", AcquisitionTime="1002")]
    kept = carriedAttributes(headers, TARGET, slicesAreTheSame=True)
    assert kept.common == {"EchoTime": "5"}
    assert kept.ofSlices == [{"AcquisitionTime": "1001"}, {"AcquisitionTime": "1002"}]
    other = carriedAttributes(headers, TARGET, slicesAreTheSame=False)
    assert (other.common, other.ofSlices) == ({"EchoTime": "5"}, [])
    assert other.dropped == {"AcquisitionTime": "it differs from slice to slice"}


def test_othersAreDroppedWithAReason():
    found = carriedAttributes([header(EchoTime="5", AccessionNumber="A", IssuerOfPatientID="I", StationName="S")],
                              {**TARGET, "PatientID": "Q", "Modality": "CT"}, slicesAreTheSame=True)  # fmt: skip
    assert found.common == {"StationName": "S"}
    assert found.dropped == {
        "EchoTime": "it is of another modality", "AccessionNumber": "it is of another study",
        "IssuerOfPatientID": "it is of another patient",
    }  # fmt: skip


def test_theThicknessOfSlicesStaysWithThemOnly():
    headers = [header(SliceThickness="1.2500"), header(SliceThickness=" 2.5 ")]
    assert carriedAttributes(headers, TARGET, True).ofSlices == [{"SliceThickness": "1.25"}, {"SliceThickness": "2.5"}]
    assert carriedAttributes(headers[:1] * 2, TARGET, True).common == {"SliceThickness": "1.25"}
    assert carriedAttributes(headers[:1] * 2, TARGET, False).common == {}
    for unknown in ("", "0", "-2", "nan", "thick"):
        found = carriedAttributes([headers[0], header(SliceThickness=unknown)], TARGET, True)
        assert (found.common, found.ofSlices) == ({}, [{}, {}])


def test_nothingIsKeptOfNoSource():
    assert carriedAttributes([], TARGET, slicesAreTheSame=False).common == {}


def test_valuesAreWrittenByTheirKindAndBadOnesLeftOut():
    dataset = Dataset()
    path = "RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose"
    refused = putInto(dataset, {path: "3.5e8", "RevolutionTime": "0.5", "SoftwareVersions": "a\\b", "PatientAge": "old",
                                "AcquisitionNumber": "x"})  # fmt: skip
    assert dataset.RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose == 3.5e8
    assert dataset.RevolutionTime == 0.5
    assert list(dataset.SoftwareVersions) == ["a", "b"]
    assert refused == dict.fromkeys(("PatientAge", "AcquisitionNumber"), "its value is not valid")


def test_theDifferenceNamesWhatChangedCameAndWent():
    dataset = Dataset()
    dataset.Modality, dataset.PatientID, dataset.StationName = "MR", "Q", "new one"
    lines = differenceText(header(KVP="120"), dataset, {"KVP": "it is of another modality"}).splitlines()
    assert lines == [
        "new      StationName: 'new one'",
        "changed  PatientID: 'P' -> 'Q'",
        "dropped  KVP: '120' (it is of another modality)",
        "dropped  StudyInstanceUID: '1.2' (it describes the stored objects of the source)",
    ]


def test_theDifferenceIsForPeopleToRead():
    dataset = Dataset()
    dataset.ImageType, dataset.SourceImageSequence = ["DERIVED", "SECONDARY"], [Dataset()]
    dataset.PixelSpacing = ["0.5", "1"]
    before = header(ImageType="ORIGINAL\\PRIMARY", SeriesTime="10", StudyID="a\nb", PixelSpacing="0.50\\1.000")
    lines = differenceText(before, dataset).splitlines()
    assert "changed  ImageType: 'ORIGINAL\\PRIMARY' -> 'DERIVED\\SECONDARY'" in lines
    assert "new      SourceImageSequence: 1 item" in lines
    assert not any("PixelSpacing" in line for line in lines)  # it is only spelled otherwise
    assert "dropped  SeriesTime: '10' (it is another series, made at another time)" in lines
    assert "dropped  StudyID: 'a\\nb' (it describes the stored objects of the source)" in lines


def test_anAttributeThatOtherModalitiesHaveTooIsNotSaidToBeOfAnother():
    found = carriedAttributes([header(SeriesDate="20260101", Modality="CT")], {**TARGET, "Modality": "CT"}, True)
    assert found.dropped == {}


def test_filesThatAreGoneAreLeftOut(tmp_path):
    paths = axialCT().write(tmp_path)
    instances = [scanFile(path).toInstance() for path in paths]
    paths[0].unlink()
    assert len(sourceHeaders(instances)) == len(paths) - 1


@pytest.mark.parametrize("module", [*MODULES, *MODALITY_MODULES])
def test_everyAttributeOfEveryModuleIsCarriedAndWritten(module):
    """A source of the same patient, study and modality that says all of it loses none of it."""
    names = {**MODULES, **MODALITY_MODULES}[module]
    target = {**TARGET, "Modality": module if module in MODALITY_MODULES else "MR"}
    conditions = {"ScanOptions": "CG", "ScanningSequence": "IR"}  # of InversionTime and TriggerTime
    source = header(Modality=target["Modality"])
    source.update({
        normalizedPath(name): conditions.get(name) or _EXAMPLES[dictionary_VR(name.rpartition(".")[2])]
        for name in names
    })  # fmt: skip
    kept = carriedAttributes([source], target, slicesAreTheSame=False)
    assert kept.dropped == {} and set(names) <= {*kept.common}
    dataset = Dataset()
    assert putInto(dataset, kept.common) == {}
    assert all(_found(dataset, name) for name in names)


def _found(dataset, name):
    *sequences, keyword = name.replace("[0]", "").split(".")
    for sequence in sequences:
        dataset = dataset[sequence].value[0]
    return keyword in dataset


def test_aTrialThatDoesNotSayWhatItHasToIsLeftOut():
    found = carriedAttributes([header(ClinicalTrialProtocolID="T-1")], TARGET, slicesAreTheSame=False)
    assert found.common == {}
    assert found.dropped["ClinicalTrialProtocolID"].startswith("the source does not say ClinicalTrialSponsorName")


def test_modulesGetWhatTheyMustHaveBesides():
    dataset = Dataset()
    dataset.ClinicalTrialSponsorName, dataset.PatientSpeciesDescription = "S", "Canis lupus familiaris"
    dataset.ResponsiblePersonRole, dataset.ContrastFlowRate = "OWNER", "2"
    completeModules(dataset)
    assert (dataset.ClinicalTrialSiteID, dataset.ContrastBolusAgent) == ("", "")
    assert list(dataset.PatientBreedCodeSequence) == [] and "ResponsiblePersonRole" not in dataset


def test_codesOfAllItemsAreWritten():
    dataset = Dataset()
    sequence = "DeidentificationMethodCodeSequence[*]"
    putInto(dataset, {f"{sequence}.CodeValue": "113100\\113105", f"{sequence}.CodeMeaning": "Basic\\Clean"})
    items = dataset.DeidentificationMethodCodeSequence
    assert [(item.CodeValue, item.CodeMeaning) for item in items] == [("113100", "Basic"), ("113105", "Clean")]


def test_datesOfTheOldStandardAreWrittenAsThoseOfToday():
    dataset = Dataset()
    assert putInto(dataset, {"AcquisitionDate": "1994.11.05", "AcquisitionTime": "11:20:00"}) == {}
    assert (dataset.AcquisitionDate, dataset.AcquisitionTime) == ("19941105", "112000")
    assert modernText("1994.11.05", "LO") == "1994.11.05"


def test_withoutAnIDTheNameTellsWhetherItIsTheSamePatient():
    header = {normalizedPath(name): text for name, text in {
        "PatientID": "", "PatientName": "Doe^Jane", "EthnicGroup": "x", "StudyInstanceUID": "1.2", "PatientAge": "040Y",
        "Modality": "CT",
    }.items()}  # fmt: skip
    target = {"PatientID": "", "PatientName": "Doe^Jane", "StudyInstanceUID": "1.2", "Modality": "CT"}
    assert {"EthnicGroup", "PatientAge"} <= {*carriedAttributes([header], target, False).common}
    other = carriedAttributes([header], {**target, "PatientName": "Roe^Richard"}, False)
    assert not {"EthnicGroup", "PatientAge"} & {*other.common}
    assert other.dropped["EthnicGroup"] == "it is of another patient"
