from pydicom.dataset import Dataset

from DICOMLib.Export.SourceAttributes import (
    MODALITY_MODULES,
    MODULES,
    carriedAttributes,
    differenceText,
    putInto,
    sourceHeaders,
)
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.TagPaths import normalizedPath
from Testing.Fixtures import axialCT

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


def test_filesThatAreGoneAreLeftOut(tmp_path):
    paths = axialCT().write(tmp_path)
    instances = [scanFile(path).toInstance() for path in paths]
    paths[0].unlink()
    assert len(sourceHeaders(instances)) == len(paths) - 1
