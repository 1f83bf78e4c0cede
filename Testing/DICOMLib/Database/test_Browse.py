"""Rows of the browser's tables."""


from DICOMLib.Database.Indexer import DICOMIndexer
from Testing.Fixtures import SeriesBuilder, twoPatientBuilders, ultrasoundCine


def test_patientRows(filled):
    rows = {row["PatientID"]: row for row in filled.patientRows()}
    first = rows["P-001"]

    assert (first["PatientName"], first["rawPatientName"]) == ("First, Patient", "First^Patient")
    assert (first["studyCount"], first["lastStudyDate"]) == (2, "20260401")
    assert (rows["P-002"]["PatientName"], rows["P-002"]["PatientSex"]) == ("Müller, Jürgen", "M")
    assert set(first) >= {"patientUID", "PatientBirthDate", "insertTimestamp"}
    assert first["patientUID"] in filled.patients()


def test_studyRows(filled):
    rows = filled.studyRows(filled.patients())
    builder = twoPatientBuilders()["mr"]
    (mr,) = [row for row in rows if row["StudyInstanceUID"] == builder.studyUID]

    assert len(rows) == 3
    assert mr["StudyDescription"] == "Follow-up"
    assert (mr["ModalitiesInStudy"], mr["seriesCount"], mr["StudyDate"]) == ("MR", 1, "20260401")
    assert filled.studyRows([]) == []


def test_seriesRows(filled, files):
    builder = twoPatientBuilders()["ct"]
    (row,) = filled.seriesRows([builder.studyUID])

    assert row["SeriesInstanceUID"] == builder.seriesUID
    assert (row["instanceCount"], row["frameCount"]) == (len(files["ct"]), len(files["ct"]))
    assert row["size"] == f"{builder.columns}×{builder.rows}"
    assert (row["Modality"], row["SeriesNumber"]) == ("CT", str(builder.seriesNumber))


def test_framesAndModalitiesAreCounted(database, tmp_path):
    cine = ultrasoundCine()
    cine.write(tmp_path / "1")
    SeriesBuilder(modality="MR", slices=2, studyUID=cine.studyUID, patientID=cine.patientID, seriesNumber=77,
                  patientName=cine.patientName).write(tmp_path / "2")
    DICOMIndexer(database).importPaths([tmp_path])
    (study,) = database.studyRows(database.patients())
    rows = {row["Modality"]: row for row in database.seriesRows([cine.studyUID])}

    assert study["ModalitiesInStudy"] == "MR, US"
    assert (rows["US"]["instanceCount"], rows["US"]["frameCount"]) == (1, cine.slices)
    assert rows["MR"]["frameCount"] == 2


def test_countsFollowRemovalAndReplacement(filled, files):
    uid = twoPatientBuilders()["ct"].studyUID
    files["ct"][0].write_bytes(files["ct"][0].read_bytes() + b"\0\0")
    DICOMIndexer(filled).importPaths(files["ct"])

    assert filled.seriesRows([uid])[0]["instanceCount"] == len(files["ct"])
