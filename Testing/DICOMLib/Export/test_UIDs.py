import pytest

from DICOMLib.Errors import ExportError
from DICOMLib.Export.UIDs import givenOrNew, isValidUID, newSeriesUID, newUID
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.Fixtures import axialCT


def test_aNewUIDIsValidAndNobodyElses():
    made = {newUID() for _ in range(100)}
    assert len(made) == 100
    assert all(map(isValidUID, made))


@pytest.mark.parametrize("uid", ["", "1", "1.02", "1..2", "1.2.", "1.a", "1." + "2" * 63])
def test_whatTheStandardForbidsIsNoUID(uid):
    assert not isValidUID(uid)


def test_aGivenUIDIsKeptAndAnEmptyOneMade():
    assert givenOrNew("StudyInstanceUID", " 1.2.3 ") == "1.2.3"
    assert isValidUID(givenOrNew("StudyInstanceUID", ""))
    with pytest.raises(ExportError, match="FrameOfReferenceUID is not valid"):
        givenOrNew("FrameOfReferenceUID", "abc")


def test_theUIDOfASeriesThatExistsIsRefused(tmp_path):
    bench = Bench()
    axialCT().write(tmp_path)
    (known,) = bench.importFolder(tmp_path)
    with pytest.raises(ExportError, match="exists already"):
        newSeriesUID(known, bench.database)
    with pytest.raises(ExportError, match="exists already"):
        newSeriesUID("1.2.3", bench.database, {"1.2.3"})
    assert newSeriesUID("1.2.3", bench.database) == "1.2.3"
    assert isValidUID(newSeriesUID("", None))
    bench.close()
