"""What Siemens' private elements and header blocks say about the weighting of slices."""

from __future__ import annotations

import shutil
import struct

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from DICOMLib.Geometry.Planes import planesOf
from DICOMPlugins.Diffusion import Siemens
from DICOMPlugins.Diffusion.Rules import chooseWeighting
from DICOMPlugins.Diffusion.Siemens import SiemensRule, bValueInName, kindInName
from DICOMPlugins.Diffusion.Weighting import DERIVED, DIRECTIONAL, ISOTROPIC, UNKNOWN, UNWEIGHTED
from Testing.DICOMPlugins.Diffusion.Slices import SIX, X, Y, Z, planesFrom, planesOfFolder, record
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.Fixtures.Encoding import encodeDataset
from Testing.Fixtures.SeriesBuilder import SeriesBuilder

CREATOR, BLOCK_CREATOR = "SIEMENS MR HEADER", "SIEMENS CSA HEADER"


def elements(bValue=None, direction=None, directionality="", matrix=None, **others):
    """Group 0019 of one slice, as an import keeps it."""
    own = {"0C": bValue, "0D": directionality, "0E": direction, "27": matrix}
    values = {f'(0019,"{CREATOR}",{low})': value for low, value in own.items() if value not in (None, "")}
    return {"Manufacturer": "SIEMENS", **values, **others}


def planes(*slices):
    return planesFrom([record(number, number, **values) for number, values in enumerate(slices)])


def read(*slices):
    return SiemensRule().read(planes(*slices))


def matrixAlong(bValue, direction):
    return list((bValue * numpy.outer(direction, direction))[numpy.triu_indices(3)])


def block(bValue="", direction=(), directionality="", matrix=(), isNew=True):
    """A header block as the scanner writes it, in the newer or the older form."""
    own = {
        "EchoLinePosition": ("64",), "DiffusionDirectionality": (directionality,), "B_value": (bValue,),
        "DiffusionGradientDirection": tuple(direction), "B_matrix": tuple(matrix), "Rows": ("432",),
    }  # fmt: skip
    contents = b"SV10\4\3\2\1" if isNew else b""
    contents += struct.pack("<II", len(own), 77)
    for name, values in own.items():
        texts = [str(value) for value in values if value != ""]
        texts += [""] * (6 - len(texts))
        contents += struct.pack("<64si4siii", name.encode(), len(values), b"DS", 3, len(texts), 77)
        for text in texts:
            raw = text.encode() + b"\0" if text else b""
            lengths = (0, len(raw), 77, 0) if isNew else (len(raw) + 6, 0, 77, 0)
            contents += struct.pack("<4i", *lengths) + raw + b"\0" * (-len(raw) % 4)
    return contents


def writeFiles(folder, slices, creator=BLOCK_CREATOR, otherBlocks=0):
    """One file for each slice, with (header block or None, further values of group 0019 by low byte)."""
    folder.mkdir(exist_ok=True)
    builder = SeriesBuilder(modality="MR", slices=len(slices))
    for number, (dataset, (contents, own)) in enumerate(zip(builder.datasets(), slices, strict=True)):
        dataset.Manufacturer = "SIEMENS"
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "DIFFUSION", "NONE"]
        for group in (0x0019, 0x0029):
            for other in range(otherBlocks):
                dataset.private_block(group, f"SOMEBODY {other}", create=True).add_new(0x0C, "IS", "700")
        if own:
            private = dataset.private_block(0x0019, CREATOR, create=True)
            for low, vr, value in own:
                private.add_new(low, vr, value)
        if contents is not None:
            private = dataset.private_block(0x0029, creator, create=True)
            private.add_new(0x08, "CS", "IMAGE NUM 4")
            private.add_new(0x10, "OB", contents)
        (folder / f"{number}.dcm").write_bytes(encodeDataset(dataset))
    return planesOfFolder(folder)


# Group 0019


def test_bValueAndDirectionAreThoseOfEachSlice():
    found = read(elements(0, None, "NONE"), elements(1000, Y, "DIRECTIONAL"), elements(2005, X, "DIRECTIONAL"))
    assert found.bValues.tolist() == [0, 1000, 2005]
    assert found.directions.tolist() == [[0, 0, 0], list(Y), list(X)]
    assert found.kinds.tolist() == [UNWEIGHTED, DIRECTIONAL, DIRECTIONAL]
    assert found.sources == {
        "b-value": "B_value (0019,xx0C, SIEMENS MR HEADER)",
        "direction": "DiffusionGradientDirection (0019,xx0E, SIEMENS MR HEADER)",
    }
    assert found.notes == []


def test_elementsOfAnotherCreatorAreNotBelieved(tmp_path):
    slices = planesOf([record(1, 0, **{"0019,0010": "SOMEBODY", "0019,100C": "1000", "0019,100E": "1\\0\\0"})])
    assert SiemensRule().evidence(slices) == ""
    assert SiemensRule().read(slices).kinds.tolist() == [UNKNOWN]
    own = [(0x0C, "IS", "1000"), (0x0E, "FD", list(Y))]
    table = writeFiles(tmp_path, [(None, own)], otherBlocks=2)
    found = SiemensRule().read(table)
    assert found.bValues.tolist() == [1000] and found.directions.tolist() == [list(Y)]


def test_elementsWhoseCreatorWasRemovedAreBelievedOfTheManufacturersOwnFilesAndTold():
    orphans = {"0019,100C": "1000", "0019,100E": "0\\1\\0", "Manufacturer": "SIEMENS"}
    found = read(orphans)
    assert found.kinds.tolist() == [DIRECTIONAL] and found.directions.tolist() == [list(Y)]
    assert len(found.notes) == 1 and "SIEMENS MR HEADER, is missing in 1 of 1 slices" in found.notes[0]
    assert read(orphans | {"Manufacturer": ""}).kinds.tolist() == [UNKNOWN]
    assert read(orphans | {"0019,0010": "SOMEBODY"}).kinds.tolist() == [UNKNOWN]


def test_directionalityOfAnUnweightedImageDoesNotMatter():
    """Software VB17 writes DIRECTIONAL at b = 0, too."""
    assert read(elements(0, None, "DIRECTIONAL")).kinds.tolist() == [UNWEIGHTED]


@pytest.mark.parametrize("noise", [(0.1, 0.2, -0.3), (0.9, 0.1, 0.42), (0, 0, 0)])
def test_directionsOfNoiseAtBZeroAreNone(noise):
    found = read(elements(0, noise, "DIRECTIONAL"))
    assert found.kinds.tolist() == [UNWEIGHTED] and found.directions.tolist() == [[0, 0, 0]]


def test_aSmallBValueWithADirectionIsAMeasurementAndOneWithoutIsNone():
    found = read(elements(5, Z, "DIRECTIONAL"), elements(5, None, "DIRECTIONAL"), elements(5, Z, "NONE"))
    assert found.kinds.tolist() == [DIRECTIONAL, UNWEIGHTED, DIRECTIONAL]
    assert found.bValues.tolist() == [5, 5, 5]


def test_impossibleVectorsOfEarlySoftwareStandForBZero():
    found = read(elements(1000, (-1.1, -1.2, -1.3), "DIRECTIONAL"), elements(1000, Y))
    assert found.kinds.tolist() == [UNWEIGHTED, DIRECTIONAL] and found.bValues.tolist() == [0, 1000]
    assert found.notes == [
        "DiffusionGradientDirection of 1 slice is what early software writes at b = 0: taken as that."
    ]


def test_theStatedDirectionIsUsedAndNotThatOfTheMatrix():
    found = read(elements(1000, Y, "DIRECTIONAL", matrixAlong(1000, numpy.array(X))))
    assert found.directions.tolist() == [list(Y)]
    assert found.bMatrices[0].tolist() == [1000, 0, 0, 0, 0, 0]


def test_theMatrixHelpsWhereNoDirectionIsStated():
    direction = numpy.array([0.6, 0, 0.8])
    found = read(elements(1000, None, "DIRECTIONAL", matrixAlong(1000, direction)))
    assert found.kinds.tolist() == [DIRECTIONAL] and abs(found.directions[0] @ direction) == pytest.approx(1)
    assert found.sources["direction"] == "the principal vector of Siemens' B_matrix"


@pytest.mark.parametrize("matrix", [[0] * 6, [1e308] * 6, [1000, 0, 0, 0, 0]])
def test_aMatrixThatIsNoneDoesNotHelp(matrix):
    found = read(elements(1000, None, "DIRECTIONAL", matrix))
    assert found.kinds.tolist() == [UNKNOWN] and numpy.isnan(found.bMatrices).all()


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"directionality": "ISOTROPIC"}, ISOTROPIC),
        ({"ImageType": "DERIVED\\PRIMARY\\DIFFUSION\\TRACEW\\ND"}, ISOTROPIC),
        ({"SequenceName": "*ep_b1000t"}, ISOTROPIC),
        ({"ImageType": "DERIVED\\PRIMARY\\DIFFUSION\\ADC\\ND"}, DERIVED),
        ({"ImageType": "DERIVED\\PRIMARY\\DIFFUSION\\FA\\ND"}, DERIVED),
        ({"ImageType": "DERIVED\\PRIMARY\\DIFFUSION\\TENSOR_B0"}, DERIVED),
        ({"SequenceName": "ep_b0_1000"}, DERIVED),
        ({"SequenceName": "*ep_calc_b1400"}, DERIVED),
        ({Siemens.FRAME_IMAGE_TYPE: "DERIVED\\PRIMARY\\DIFFUSION\\ADC\\MB"}, DERIVED),
        ({"ImageType": "DERIVED\\PRIMARY\\DIFFUSION\\NONE\\MOCO"}, UNKNOWN),
    ],
)
def test_traceAndComputedImagesAreSetApart(values, kind):
    assert read(elements(1000, None, **values)).kinds.tolist() == [kind]


def test_aSmallTraceIsATrace():
    assert read(elements(50, None, "ISOTROPIC"), elements(50, SequenceName="ep_b50t")).kinds.tolist() == [ISOTROPIC] * 2


@pytest.mark.parametrize("value", ["-5", "1e9"])
def test_aBValueThatMakesNoSenseIsUnknownAndTold(value):
    found = read(elements(value, X), elements(1000, X))
    assert found.kinds.tolist() == [UNKNOWN, DIRECTIONAL]
    assert found.notes == [f"Siemens' B_value makes no sense in 1 of 2 slices, e.g. {float(value):g}: not used."]


@pytest.mark.parametrize("direction", ["1e308\\1e308\\1e308", "0\\0\\7", "0.3\\0\\0", "a\\b\\c", "1\\0"])
@pytest.mark.filterwarnings("error")
def test_directionsThatAreNoneAreUnknown(direction):
    found = read(elements(1000, direction, "DIRECTIONAL"))
    assert found.kinds.tolist() == [UNKNOWN] and len(found.notes) <= 1


# Names of sequences


@pytest.mark.parametrize(
    ("name", "bValue", "kind"),
    [
        ("*ep_b0", 0, UNKNOWN), ("ep_b1000#3", 1000, UNKNOWN), ("*ep_b2000#12", 2000, UNKNOWN),
        ("re_b50t", 50, ISOTROPIC),
        ("ep_b0_1000", None, DERIVED), ("ep_calc_b1400", 1400, DERIVED), ("ep_b700", 700, UNKNOWN),
        ("epfid2d1_64", None, UNKNOWN), ("*tfl3d1_16ns", None, UNKNOWN), ("", None, UNKNOWN), ("tb1000", None, UNKNOWN),
        ("ep_b99999999", None, UNKNOWN),
    ],
)  # fmt: skip
def test_namesOfSequencesTellNominalValues(name, bValue, kind):
    found = bValueInName(name)
    assert numpy.isnan(found) if bValue is None else found == bValue
    assert kindInName(name) == kind


def test_computedImagesHaveNoBValueOfTheirOwn():
    values = {"ImageType": "DERIVED\\PRIMARY\\DIFFUSION\\FA", "SequenceName": "ep_b1000#1"}
    assert numpy.isnan(read(values).bValues).all()


def test_theNameGivesTheBValueWhereNothingElseDoes():
    found = read({"SequenceName": "*ep_b0"}, {"SequenceName": "*ep_b1000#1"}, {"SequenceName": "*ep_b1000t"})
    assert found.bValues.tolist() == [0, 1000, 1000]
    assert found.kinds.tolist() == [UNWEIGHTED, UNKNOWN, ISOTROPIC]
    assert found.sources == {"b-value": "SequenceName (0018,0024), nominal"}
    chosen = chooseWeighting(planes({"Manufacturer": "SIEMENS", "SequenceName": "ep_b1000#1"}, elements(1000, X)))
    assert chosen.problems == ["The direction of the gradient is missing for 1 of 2 slices."]


# Evidence


def test_evidenceNamesTagAndValue():
    rule = SiemensRule()
    assert rule.evidence(planes(elements(0), elements(700, X))) == "B_value (0019,xx0C, SIEMENS MR HEADER) is up to 700"
    private = {Siemens.FRAME_IMAGE_TYPE: "DERIVED\\PRIMARY\\DIFFUSION\\FA\\MB", "ImageType": "DERIVED\\PRIMARY"}
    text = "ImageType (0021,xx75, SIEMENS MR SDI 02) is DERIVED\\PRIMARY\\DIFFUSION\\FA\\MB"
    assert rule.evidence(planes(private)) == text
    named = {"Manufacturer": "Siemens Healthineers", "SequenceName": "*ep_b1000#4", "ImageType": "ORIGINAL\\PRIMARY\\M"}
    assert rule.evidence(planes(named)) == "SequenceName (0018,0024) is *ep_b1000#4"
    assert rule.evidence(planes(named | {"Manufacturer": "Nobody"})) == ""
    assert rule.evidence(planes(named | {"SequenceName": "epfid2d1_64"})) == ""
    assert rule.evidence(planes(named | {"SequenceName": "*tfl_b1"})) == ""
    assert rule.evidence(planes({})) == ""


def test_anonymizedFilesAreKnownByTheirPrivateCreator():
    chosen = chooseWeighting(planes(elements(0, Manufacturer=""), elements(1000, X, Manufacturer="")))
    assert chosen.ruleNames == ["Siemens"] and chosen.problems == []
    assert any("Siemens is inferred from the private elements" in text for text in chosen.explanation)


# Header blocks


@pytest.mark.parametrize("isNew", [True, False])
@pytest.mark.parametrize("otherBlocks", [0, 3])
def test_theHeaderBlockGivesWhatGroup0019DoesNot(tmp_path, isNew, otherBlocks):
    along = [round(float(one), 6) for one in SIX[0]]
    table = writeFiles(tmp_path, [
        (block("0", isNew=isNew), ()), (block("1500", along, "DIRECTIONAL", [1] * 6, isNew), ()),
        (block("800", Z, "DIRECTIONAL", isNew=isNew), [(0x0C, "IS", "801")]),
    ], otherBlocks=otherBlocks)  # fmt: skip
    rule = SiemensRule()
    assert rule.evidence(table) and rule.needsFiles(table)
    found = rule.read(table)
    assert found.bValues.tolist() == [0, 1500, 801]
    assert found.directions == pytest.approx(numpy.array([(0, 0, 0), along, Z]), abs=1e-6)
    assert found.kinds.tolist() == [UNWEIGHTED, DIRECTIONAL, DIRECTIONAL]
    assert found.bMatrices[1].tolist() == [1] * 6 and numpy.isnan(found.bMatrices[0]).all()
    assert "header block (0029,xx10, SIEMENS CSA HEADER)" in found.sources["direction"]
    assert found.notes == []


def test_aBlockOfAnotherCreatorIsNotRead(tmp_path):
    table = writeFiles(tmp_path, [(block("1500", X, "DIRECTIONAL"), ())], creator="SOMEBODY ELSE")
    assert not SiemensRule().needsFiles(table)
    assert SiemensRule().read(table).kinds.tolist() == [UNKNOWN]


def test_filesAreOpenedOnceAndOnlyWhereGroup0019IsIncomplete(tmp_path, monkeypatch):
    opened = []
    original = Siemens.readImageHeader
    monkeypatch.setattr(Siemens, "readImageHeader", lambda path, names: opened.append(path) or original(path, names))
    complete = [(0x0C, "IS", "1000"), (0x0E, "FD", list(X))]
    table = writeFiles(tmp_path / "complete", [
        (block("1000", X), complete), (block("0"), [(0x0C, "IS", "0")]),
        (block("1000"), [(0x0C, "IS", "1000"), (0x0D, "CS", "ISOTROPIC")]),
    ])  # fmt: skip
    assert not SiemensRule().needsFiles(table)
    assert SiemensRule().read(table).kinds.tolist() == [DIRECTIONAL, UNWEIGHTED, ISOTROPIC]
    assert opened == []
    table = writeFiles(tmp_path / "partly", [(block("1000", X), complete), (block("1000", Y), complete[:1])])
    assert SiemensRule().needsFiles(table)
    assert len(opened) == 1
    assert SiemensRule().read(table.take([0, 1, 1, 0])).directions.tolist() == [list(one) for one in (X, Y, Y, X)]
    assert len(opened) == 2


@pytest.mark.parametrize(
    ("contents", "what"),
    [
        (block("1000", X)[:300], "the Siemens header ends too early"),
        (b"SV10" + bytes(8), "the Siemens header ends too early"),
        (b"SV10" + b"\xff" * 400, "this is no Siemens header"),
        (b"garbage!" * 100, "this is no Siemens header"),
    ],
)
def test_aDamagedBlockIsToldInOneSentenceAndTheOthersCount(tmp_path, contents, what):
    table = writeFiles(tmp_path, [(block("1000", X, "DIRECTIONAL"), ()), (contents, ())])
    found = SiemensRule().read(table)
    assert found.kinds.tolist() == [DIRECTIONAL, UNKNOWN]
    assert found.notes == [f"Siemens' header block (0029,xx10) is of no use in 1 of 2 files: {what}."]


def test_afterManyDamagedBlocksTheRestAreNotTried(tmp_path, monkeypatch):
    monkeypatch.setattr(Siemens, "ENOUGH_DAMAGED", 3)
    opened = []
    original = Siemens.readImageHeader
    monkeypatch.setattr(Siemens, "readImageHeader", lambda path, names: opened.append(path) or original(path, names))
    table = writeFiles(tmp_path, [(b"garbage!" * 20, ())] * 5 + [(block("1000", X), ())])
    found = SiemensRule().read(table)
    assert len(opened) == 3 and set(found.kinds.tolist()) == {UNKNOWN}
    assert found.notes == [
        "Siemens' header block (0029,xx10) is of no use in all of 3 files: this is no Siemens header."
    ]


@pytest.mark.parametrize("contents", [block("x", X), b"garbage!" * 20])
def test_fewFilesAreOpenedWhileExaminingWhateverTheBlocksSay(tmp_path, monkeypatch, contents):
    """Blocks that are damaged, and sound ones without a b-value."""
    opened = []
    original = Siemens.readImageHeader
    monkeypatch.setattr(Siemens, "readImageHeader", lambda path, names: opened.append(path) or original(path, names))
    table = writeFiles(tmp_path, [(contents, ())] * 60)
    chosen = chooseWeighting(table, mayOpenFiles=False)
    assert chosen.deferred == "" and set(chosen.weighting.kinds.tolist()) == {UNKNOWN}
    assert len(set(opened)) <= 13 and len(opened) <= 25


def test_oneBlockThatTellsNothingIsNoReasonNotToOfferTheSeries(tmp_path):
    table = writeFiles(tmp_path, [(block("1000", X), ()), (b"garbage!" * 20, ()), (block("1000", Y), ())])
    assert SiemensRule().needsFiles(table)


def test_aSeriesWithUselessBlocksLoadsAsScalarVolumes(tmp_path):
    """That is known before anything is offered, at the cost of a few files."""
    writeFiles(tmp_path, [(block("1000", one, "DIRECTIONAL")[:400], ()) for one in SIX])
    bench = Bench()
    offered = bench.examine(tmp_path)
    (reason,) = [text for plugin in offered for text in plugin.rejections]
    assert "no slice has a b-value and a direction of the gradient" in reason
    assert reason.endswith("of no use in all of 6 files: the Siemens header ends too early.")
    (nodeID,) = bench.registry.load(offered, bench.context, bench.messages)
    node = bench.scene.GetNodeByID(nodeID)
    assert node.GetClassName() == "vtkMRMLScalarVolumeNode" and node.GetDimensions()[2] == 6
    bench.close()


def test_aFileThatIsGoneIsTold(tmp_path):
    table = writeFiles(tmp_path, [(block("1000", X), ()), (block("1000", Y), ())])
    (tmp_path / "1.dcm").unlink()
    found = SiemensRule().read(table)
    assert found.kinds.tolist() == [DIRECTIONAL, UNKNOWN]
    assert len(found.notes) == 1 and "of no use in 1 of 2 files" in found.notes[0]


@pytest.mark.parametrize(
    "direction", [("1e400", "0", "0"), ("nan", "0", "0"), ("1", "0"), ("5", "6", "7"), ("a", "b", "c")]
)
def test_numbersInABlockThatAreNoneAreUnknown(tmp_path, direction):
    found = SiemensRule().read(writeFiles(tmp_path, [(block("1000", direction), ())]))
    assert found.kinds.tolist() == [UNKNOWN] and numpy.isnan(found.directions).all()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_noChangeOfABlockEverRaises(tmp_path, data):
    contents = bytearray(block("1000", X, "DIRECTIONAL", [1] * 6))
    for _ in range(data.draw(st.integers(1, 8))):
        contents[data.draw(st.integers(0, len(contents) - 1))] = data.draw(st.integers(0, 255))
    folder = tmp_path / "one"
    shutil.rmtree(folder, ignore_errors=True)
    found = SiemensRule().read(writeFiles(folder, [(bytes(contents[: data.draw(st.integers(0, 2000))]), ())]))
    assert len(found) == 1 and len(found.notes) <= 3
