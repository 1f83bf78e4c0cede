import numpy
import pytest

from DICOMLib.Errors import PixelDataError
from DICOMLib.Pixels.RealWorldTables import readRealWorldTables
from DICOMLib.Pixels.RealWorldValues import mayHaveRealWorldTable

from .PixelFiles import IMPLICIT, pixelFile


def tableFile(path, first, data, syntax="1.2.840.10008.1.2.1", **tags):
    item = {"RealWorldValueLUTData": [float(value) for value in data], "RealWorldValueFirstValueMapped": first,
            "RealWorldValueLastValueMapped": first + len(data) - 1, "LUTLabel": "L"}  # fmt: skip
    sequences = {"RealWorldValueMappingSequence": [item]}
    return pixelFile(path, bytes(8), 2, 2, syntax, sequences=sequences, **tags)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", IMPLICIT])
@pytest.mark.parametrize("first", [-3, 5])
def test_storedValuesBecomeEntriesAndOthersNoNumber(tmp_path, first, syntax):
    isSigned = first < 0
    instance = tableFile(tmp_path / "a", first, [0.1, 7, 9], syntax, PixelRepresentation=int(isSigned))
    assert mayHaveRealWorldTable(instance)
    ((found,),) = (one.values() for one in readRealWorldTables([(instance, [0])]))
    stored = numpy.array([first - 9, first - 1, first, first + 1, first + 2, first + 3, 30000], "i2")
    expected = [numpy.nan, numpy.nan, 0.1, 7, 9, numpy.nan, numpy.nan]
    assert numpy.array_equal(found.table(stored), expected, equal_nan=True)
    assert found.label == "L" and found.units is None and found.quantity is None
    assert found.table.entries.dtype == numpy.float64  # 0.1 is not exact in single precision


def test_aFrameWithoutATableIsAnError(tmp_path):
    instance = pixelFile(tmp_path / "a", bytes(8), 2, 2)
    assert not mayHaveRealWorldTable(instance)
    with pytest.raises(PixelDataError, match="has no table of real world values"):
        readRealWorldTables([(instance, [0])])
