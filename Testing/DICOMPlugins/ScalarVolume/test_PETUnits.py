"""What PET images say of their values comes through load and export."""

import pydicom
import pytest

from DICOMPlugins.ScalarVolume.PETUnits import CODES, codeOf, termsOf
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.ScalarVolume.ExportedVolumes import export, loaded, reloaded
from Testing.Fixtures import SeriesBuilder
from Testing.Fixtures.ExportOracles import dciodvfy


def test_everyTermComesBackFromItsCode():
    for terms, code in CODES.items():
        assert codeOf(*terms) == code
        assert termsOf(code[0]) == terms
        assert len(code[0]) <= 16


def test_meaningsAreThoseOfTheStandard():
    from pydicom.sr._concepts_dict import concepts

    listed = {value: meaning for found in concepts["UCUM"].values() for value, (meaning, groups) in found.items()
              if 84 in groups}  # fmt: skip
    for value, _, meaning in CODES.values():
        assert "SUV" in value or listed[value] == meaning


def test_bothSpellingsOfUptakeAreKnown():
    assert termsOf("g/ml{SUVbw}") == termsOf("{SUVbw}g/ml") == ("GML", "BW")
    assert termsOf("cm2/ml{SUVbsa}") == ("CM2ML", "BSA")
    assert termsOf("{counts}/s") == ("CPS", "")
    assert termsOf("um2/s") == termsOf("") == ("NONE", "")


def test_uptakeOfAnUnknownKindIsNotSaidToBeByBodyWeight():
    assert codeOf("GML", "") == codeOf("GML", "BW") == ("{SUVbw}g/ml", "UCUM", "Standardized Uptake Value body weight")
    assert codeOf("GML", "LBMJANMA") is None
    assert codeOf("NONE", "") is None


@pytest.mark.parametrize(("units", "kind"), [("GML", "LBM"), ("GML", "BW"), ("CM2ML", "BSA"), ("PROPCPS", ""),
                                             ("BQML", ""), ("CNTS", ""), ("GML", "LBMJANMA")])  # fmt: skip
def test_aPETThatIsLoadedAndWrittenSaysTheSame(tmp_path, units, kind):
    bench = Bench()
    item, node = loaded(bench, tmp_path, SeriesBuilder(modality="PT", extra={"Units": units, "SUVType": kind}))
    (file, *_) = export(bench, item, tmp_path / "out")
    dataset = pydicom.dcmread(file)
    wanted = ("NONE", "") if kind == "LBMJANMA" else (units, kind)
    assert (dataset.Units, dataset.get("SUVType", "")) == wanted
    assert dciodvfy(file).errors == []
    (again,) = reloaded(file.parent)
    assert again.GetVoxelValueUnits() == node.GetVoxelValueUnits()
    bench.close()
