"""A scene to one DICOM object and back, beside the other plugins."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy
import PIL.Image
import pydicom
import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.DICOMExportScene import DICOMExportScene
from DICOMLib.Errors import CancelledError, ExportError, FileError
from DICOMLib.Export.Exporting import examineItems, exportToDatabase, exportToFolder
from DICOMLib.Progress import Progress
from DICOMLib.Settings import Settings
from DICOMModule.DICOM import DICOMLogic
from DICOMPlugins.SceneBundle.BundleObject import BundleContent, writeObject
from DICOMPlugins.SceneBundle.BundleReading import extractBundle
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.SceneBundle.Carriers import TAGS, carrier, picture, rewritten, slicerCarrier
from Testing.Fixtures import ExportOracles, SeriesBuilder, axialCT, obliqueMR
from Testing.Fixtures.StoreServers import storescp

LABEL = "Slicer Data Bundle"
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def bench(tmp_path):
    """With a CT in its scene."""
    made = Bench()
    folder = tmp_path / "ct"
    folder.mkdir()
    axialCT().write(folder)
    (made.volume,) = made.load(folder)
    yield made
    made.close()


@pytest.fixture
def empty():
    made = Bench()
    yield made
    made.close()


def itemOf(bench: Bench) -> int:
    return bench.scene.GetSubjectHierarchyNode().GetItemByDataNode(bench.volume)


def bundleType(bench: Bench, *items: int):
    types = examineItems(bench.registry, items or [itemOf(bench)], bench.context)
    return next(one for one in types if one.label == LABEL)


def best(bench: Bench, file: Path):
    return max(bench.loadables(file), key=lambda loadable: loadable.confidence)


def export(bench: Bench, folder: Path) -> Path:
    """The file."""
    report = exportToFolder(bench.registry, bundleType(bench).exportables, str(folder), bench.context)
    assert "1 file of 1 series" in report.summary() and report.results[0].isChecked
    assert report.results[0].difference.startswith("Kept of patient and study, beside the tags that can be edited: ")
    (file,) = folder.rglob("*.dcm")
    return file


def described(scene) -> list[tuple]:
    """Nodes without their IDs, and voxels."""
    found = []
    for node in scene.nodes():
        image = getattr(node, "GetImageData", lambda: None)()
        voxels = () if image is None else (node.voxelArray().tobytes(), node.ijkToRASArray().tobytes())
        found.append((node.GetClassName(), node.GetName(), *voxels))
    return sorted(found, key=repr)


def hierarchyOf(scene) -> list[tuple]:
    hierarchy = scene.GetSubjectHierarchyNode()
    items = hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), recursive=True)
    return [
        (hierarchy.GetItemName(one), hierarchy.GetItemLevel(one), hierarchy.GetItemUID(one, "DICOM"),
         {name: hierarchy.GetItemAttribute(one, name) for name in sorted(hierarchy.GetItemAttributeNames(one))})
        for one in items
    ]  # fmt: skip


# Round trip


def test_theSceneComesBackNodeByNodeAndVoxelByVoxel(bench, empty, tmp_path):
    export(bench, tmp_path / "out")
    nodes = empty.load(tmp_path / "out")
    assert [node.GetName() for node in nodes] == ["2: Axial CT"]
    assert numpy.array_equal(nodes[0].voxelArray(), bench.volume.voxelArray())
    storage = "vtkMRMLVolumeArchetypeStorageNode"
    assert [one for one in described(empty.scene) if one[0] != storage] == [
        one for one in described(bench.scene) if one[0] != storage
    ]  # fmt: skip
    assert hierarchyOf(empty.scene) == hierarchyOf(bench.scene)


def test_throughADatabaseAndAServerItIsTheSame(bench, tmp_path):
    database = DICOMDatabase()
    database.openDatabase(str(tmp_path / "database" / "ctk.sql"))
    bench.context.database = database
    report = exportToDatabase(bench.registry, bundleType(bench).exportables, bench.context)
    (uid,) = report.importReport.seriesUIDs
    (stored,) = database.filesForSeries(uid)
    sent = tmp_path / "sent.dcm"
    dataset = pydicom.dcmread(stored)  # as an object that went through a server: every element read and written anew
    dataset.save_as(sent)
    other = Bench()
    assert [node.GetName() for node in other.load(sent)] == ["2: Axial CT"]
    assert numpy.array_equal(other.scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode").voxelArray(),
                             bench.volume.voxelArray())  # fmt: skip
    other.close()
    database.closeDatabase()


@pytest.mark.network
def test_sentAndReceivedByOtherPrograms_theSceneIsTheSame(bench, empty, tmp_path):
    file = export(bench, tmp_path / "out")
    received = tmp_path / "received"
    received.mkdir()
    send, _ = ExportOracles.needed("dcmsend", "dcmtk"), ExportOracles.needed("storescp", "dcmtk")
    with storescp(received) as port:
        subprocess.run([send, "127.0.0.1", str(port), str(file)], capture_output=True, timeout=60, check=True)
    (stored,) = received.iterdir()
    assert stored.read_bytes() != file.read_bytes()
    assert best(empty, received).warning == ""
    assert [node.GetName() for node in empty.load(received)] == ["2: Axial CT"]
    assert numpy.array_equal(
        empty.scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode").voxelArray(), bench.volume.voxelArray()
    )


def test_twoScenesCanBeLoadedOneAfterTheOther(bench, empty, tmp_path):
    export(bench, tmp_path / "out")
    empty.load(tmp_path / "out")
    empty.load(tmp_path / "out")
    assert len(empty.scene.GetNodesByClass("vtkMRMLScalarVolumeNode")) == 2


# Examining


def test_aBundleIsOfferedAsASceneBeforeItsPictureAsAVolume(bench, empty, tmp_path):
    file = export(bench, tmp_path / "out")
    found = {one.name: (one.confidence, one.selected) for one in empty.loadables(file)}
    assert found == {"Slicer Data Bundle - as Slicer Scene": (0.9, True), "301: Slicer Data Bundle": (0.5, False)}


def test_slicersOwnBundlesAreOffered_withoutADigestAndSaidSo(empty, tmp_path):
    file, _ = slicerCarrier(tmp_path)
    offered = best(empty, file)
    assert (offered.name, offered.confidence) == ("Slicer Data Bundle - as Slicer Scene", 0.9)
    assert offered.warning == "The file does not say whether the scene in it is whole: it has no digest."


def test_aDeflatedBundleIsOfferedToo(empty, tmp_path):
    file, _ = carrier(tmp_path / "made")
    offered = best(empty, rewritten(file, tmp_path / "deflated.dcm", "deflated"))
    assert offered.name == "Slicer Data Bundle - as Slicer Scene" and offered.warning == ""


@pytest.mark.parametrize(
    ("damaged", "words"),
    [(lambda data, digest: data[:-1000], "the file ends inside the scene that it holds"),
     (lambda data, digest: data.replace(digest, b"?" * 64), "the digest of the scene in the file is damaged"),
     (lambda data, digest: data.replace(digest, digest[:9] + b" " * 55), "the digest of the scene in the file is")],
    ids=["cut off", "no digits", "short digest"],
)  # fmt: skip
def test_aDamagedBundleIsOfferedBeforeItsPicture_andSaysSoBeforeAndAfterLoading(bench, tmp_path, damaged, words):
    file, contents = carrier(tmp_path / "made")
    file.write_bytes(damaged(file.read_bytes(), hashlib.sha256(contents).hexdigest().encode()))
    offered = best(bench, file)
    assert (offered.name, offered.confidence) == ("Slicer Data Bundle - as Slicer Scene", 0.9)
    assert offered.warning.startswith(f"The scene in it can probably not be loaded: {words}")
    before = described(bench.scene)
    assert not bench.load(file) and words in " ".join(bench.messages)
    assert described(bench.scene) == before


def test_ordinaryPicturesAndSeriesAreNoScenes(empty, tmp_path):
    SeriesBuilder(modality="OT", slices=1, rescale=None).write(tmp_path / "picture")
    obliqueMR().write(tmp_path / "mr")
    plugin = next(one for one in empty.examine(tmp_path) if type(one).__name__.startswith("DICOMSlicer"))
    assert plugin.rejections == []
    assert [one for one in empty.loadables(tmp_path) if "Scene" in one.name] == []


# Asking


def test_aSceneFromElsewhereIsAskedFor_withOriginSizeAndNodes(bench, empty, tmp_path):
    file = export(bench, tmp_path / "out")
    asked = []
    empty.context.confirmScene = lambda summary: asked.append(summary) or True
    assert empty.load(file) and empty.messages == []
    (summary,) = asked
    assert summary.path == file and summary.nodeCount >= 3 and "DICOMModule" in summary.origin
    assert summary.unpackedSize > bench.volume.voxelArray().nbytes / 100


def test_theQuestionIsKnownBeforeAnythingIsLoaded_andAgreeingToItIsEnough(bench, empty, tmp_path):
    file = export(bench, tmp_path / "out")
    found = empty.examine(file)
    ((plugin, offered),) = [(plugin, one) for plugin, some in found.items() for one in some if one.selected]
    assert f"{file} holds a scene of" in offered.question and "It was not written here" in offered.question
    offered.isAgreedTo = True
    assert empty.registry.load(found, empty.context, empty.messages) and empty.messages == []
    assert best(bench, file).question == ""


def test_theQuestionAboutADeflatedBundleIsTheSame(bench, empty, tmp_path):
    file = rewritten(export(bench, tmp_path / "out"), tmp_path / "deflated.dcm", "deflated")
    assert "holds a scene of" in best(empty, file).question


def test_aSceneThatIsNotWantedIsNotLoaded(bench, empty, tmp_path):
    file = export(bench, tmp_path / "out")
    empty.context.confirmScene = lambda summary: False
    before = described(empty.scene)
    assert empty.load(file) == [] and described(empty.scene) == before
    assert "was not written here, and nobody agreed to opening it" in empty.messages[-1]


def test_aSceneWrittenHereIsNotAskedFor(bench, tmp_path):
    file = export(bench, tmp_path / "out")
    bench.context.confirmScene = lambda summary: pytest.fail("asked")
    assert bench.load(file) and bench.messages == []


def test_whereNobodyCanBeAskedANoteSaysWhatWasOpened(bench, empty, tmp_path):
    empty.load(export(bench, tmp_path / "out"))
    (note,) = empty.messages
    assert "written by DICOMModule" in note and "it was not written here, and nobody could be asked" in note


# Failures


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"scene/scene.mrml": b"nothing"}, "line 1, column 0"),
        ({"scene/scene.mrml": b"<MRML/>", "../evil.txt": b"out"}, r"\.\./evil"),
        ({"scene/scene.mrml": b"<MRML/>", "/tmp/evil.txt": b"out"}, "evil"),
        ({"scene/scene.mrml": b'<!DOCTYPE a [<!ENTITY b "c">]><MRML>&b;</MRML>'}, "scene"),
        ({"scene/scene.mrml": b"<MRML/>", "scene/Data/a.nrrd": bytes(600 << 20)}, "scene|bundle"),
    ],
)
def test_aHostileZipIsRefused_andTheCurrentSceneIsAsItWas(bench, tmp_path, members, words):
    with zipfile.ZipFile(tmp_path / "hostile.mrb", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, contents in members.items():
            archive.writestr(name, contents)
    file = tmp_path / "hostile.dcm"
    writeObject(BundleContent(TAGS, picture()), str(tmp_path / "hostile.mrb"), str(file))
    before = described(bench.scene)
    assert bench.load(file) == [] and described(bench.scene) == before
    assert re.search(words, bench.messages[-1]) and bench.messages[-1].startswith("Could not load")
    assert not (tmp_path / "evil.txt").exists() and not Path("/tmp/evil.txt").exists()


def test_aDamagedObjectLeavesTheCurrentSceneAsItIs(bench, tmp_path):
    file = export(bench, tmp_path / "out")
    data = bytearray(file.read_bytes())
    data[-300] ^= 1
    file.write_bytes(data)
    before = described(bench.scene)
    assert bench.load(file) == []
    assert described(bench.scene) == before and "its SHA-256 is not the one" in bench.messages[-1]


def test_aCancelledLoadLeavesTheCurrentSceneAsItIs(bench, empty, tmp_path):
    file = export(bench, tmp_path / "out")
    found = empty.examine(file)
    progress = Progress()
    progress.cancel()
    before = described(empty.scene)
    with pytest.raises(CancelledError):
        empty.registry.load(found, empty.context, empty.messages, progress)
    assert described(empty.scene) == before


# Exporting


def test_theObjectIsOfThePatientAndStudyThatWereChosen(bench, tmp_path):
    dataset = pydicom.dcmread(export(bench, tmp_path / "out"), stop_before_pixels=True)
    source = pydicom.dcmread(next((tmp_path / "ct").iterdir()), stop_before_pixels=True)
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "StudyInstanceUID", "StudyID", "StudyDate",
                    "StudyDescription", "AccessionNumber"):  # fmt: skip
        assert dataset.get(keyword, "") == source.get(keyword, ""), keyword
    assert dataset.SeriesInstanceUID != source.SeriesInstanceUID and dataset.Modality == "OT"
    assert dataset.SeriesDescription == "Slicer Data Bundle" and "FrameOfReferenceUID" not in dataset


def test_theObjectIsAsValidAsAPicture(bench, tmp_path):
    found = ExportOracles.dciodvfy(export(bench, tmp_path / "out"))
    assert found.errors == []
    explained = ("Unrecognized tag", "Laterality(0020,0060)> - is only permitted to be empty", "to build DICOMDIR")
    assert [one for one in found.warnings if not any(text in one for text in explained)] == []


def test_severalItemsOfAStudyAreOneObject(bench, tmp_path):
    hierarchy = bench.scene.GetSubjectHierarchyNode()
    study = hierarchy.GetItemParent(itemOf(bench))
    axialCT(seriesNumber=9, seriesDescription="Second").write(tmp_path / "second")
    bench.load(tmp_path / "second")
    found = bundleType(bench, hierarchy.GetItemParent(study))
    assert len(found.exportables) == 1 and found.itemsWithout == [] and found.confidence == 0.1
    both = [one for item in hierarchy.GetItemChildren(study)
            for one in bench.registry.examineForExport(item, bench.context)["DICOMSlicerDataBundlePlugin"]]  # fmt: skip
    assert len(both) == 2
    exportToFolder(bench.registry, both, str(tmp_path / "out"), bench.context)
    assert len(list((tmp_path / "out").rglob("*.dcm"))) == 1


def test_whatIsBelowNoStudyIsNotOffered(bench):
    hierarchy = bench.scene.GetSubjectHierarchyNode()
    hierarchy.SetItemParent(itemOf(bench), hierarchy.GetSceneItemID())
    assert "DICOMSlicerDataBundlePlugin" not in bench.registry.examineForExport(itemOf(bench), bench.context)


def test_otherPatientsInTheSceneAreTold_andNotInThePicture(bench, tmp_path):
    obliqueMR(patientID="OTHER", patientName="Other^Person").write(tmp_path / "mr")
    bench.load(tmp_path / "mr")
    bench.context.takePicture = lambda: pytest.fail("the views may show another patient")
    (exportable,) = bundleType(bench).exportables
    assert "of 2 patients" in exportable.tooltip
    assert exportable.note == "It holds all of the scene, of 2 patients."
    shown = pydicom.dcmread(export(bench, tmp_path / "out")).pixel_array
    assert shown.shape == (256, 768, 3) and shown.any()


def test_aPictureOfTheViewsIsTakenWhereThereAreSome(bench, tmp_path):
    views = numpy.random.default_rng(1).integers(0, 255, (90, 120, 3), numpy.uint8)
    bench.context.takePicture = lambda: views
    dataset = pydicom.dcmread(export(bench, tmp_path / "out"))
    assert numpy.array_equal(dataset.pixel_array, views) and "BurnedInAnnotation" not in dataset


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Modality": ""}, "Modality"),
        ({"SeriesInstanceUID": "not.a.uid"}, "SeriesInstanceUID"),
        ({"StudyDate": "yesterday"}, "StudyDate"),
    ],
)
def test_whatCannotBeWrittenIsOneSentence_andLeavesNothing(bench, tmp_path, change, words):
    exportables = bundleType(bench).exportables
    exportables[0].tags |= change
    with pytest.raises(ExportError, match=words):
        exportToFolder(bench.registry, exportables, str(tmp_path / "out"), bench.context)
    assert not (tmp_path / "out").exists()


def test_aFullDiskIsOneSentence_andLeavesNothing(bench, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("DICOMPlugins.SceneBundle.BundleObject.os.fsync", full)
    with pytest.raises(ExportError, match="No space left on device"):
        exportToFolder(bench.registry, bundleType(bench).exportables, str(tmp_path / "out"), bench.context)
    assert not (tmp_path / "out").exists()


def test_aCancelledExportLeavesNothing(bench, tmp_path):
    bench.context.progress = Progress()
    exportables = bundleType(bench).exportables
    bench.context.progress.cancel()
    with pytest.raises(CancelledError):
        exportToFolder(bench.registry, exportables, str(tmp_path / "out"), bench.context)
    assert not (tmp_path / "out").exists()


# Scripts


def test_slicersClassWritesTheSceneIntoTheStudyOfAReference(bench, empty, tmp_path):
    reference = next((tmp_path / "ct").iterdir())
    exporter = DICOMExportScene(reference, tmp_path / "out", registry=bench.registry, context=bench.context)
    exporter.seriesDescription = "Planung"
    exporter.optionalTags = {"Patient Comments": "für später", "SeriesNumber": "55"}
    PIL.Image.fromarray(numpy.full((40, 60, 3), 77, numpy.uint8)).save(tmp_path / "picture.png")
    exporter.imageFile = tmp_path / "picture.png"
    assert exporter.export() is True
    assert exporter.sdbFile == str(tmp_path / "out" / "SlicerDataBundle.dcm")
    assert sorted(os.listdir(tmp_path / "out")) == ["SlicerDataBundle.dcm"]
    dataset, source = pydicom.dcmread(exporter.sdbFile), pydicom.dcmread(reference)
    assert (dataset.StudyInstanceUID, dataset.PatientName) == (source.StudyInstanceUID, source.PatientName)
    assert (dataset.SeriesDescription, dataset.PatientComments, dataset.SeriesNumber) == ("Planung", "für später", 55)
    assert dataset.pixel_array.shape == (40, 60, 3) and (dataset.pixel_array == 77).all()
    assert [node.GetName() for node in empty.load(Path(exporter.sdbFile))] == ["2: Axial CT"]
    with pytest.raises(ExportError, match="something of this name"):
        exporter.createDICOMFileForScene()


def test_whatAReferenceSaysOfPatientAndStudyIsKept(bench, tmp_path):
    source = pydicom.dcmread(next((tmp_path / "ct").iterdir()))
    source.ReferringPhysicianName, source.PatientSex, source.Allergies = "Dr^Who", "F", "Latex"
    source.save_as(tmp_path / "reference.dcm")
    folder = tmp_path / "out"
    exporter = DICOMExportScene(tmp_path / "reference.dcm", folder, registry=bench.registry, context=bench.context)
    assert exporter.export() is True
    dataset = pydicom.dcmread(exporter.sdbFile)
    assert (dataset.ReferringPhysicianName, dataset.PatientSex, dataset.Allergies) == ("Dr^Who", "F", "Latex")


def test_slicersClassMakesANewStudyWithoutAReference(bench, tmp_path):
    exporter = DICOMExportScene(saveDirectoryPath=str(tmp_path / "out"), registry=bench.registry, context=bench.context)
    exporter.optionalTags = {"PatientName": "New^One", "PatientID": "N1"}
    assert exporter.export() is True
    dataset = pydicom.dcmread(exporter.sdbFile)
    assert str(dataset.PatientName) == "New^One" and dataset.StudyInstanceUID and dataset.pixel_array.any()
    assert ExportOracles.dciodvfy(exporter.sdbFile).errors == []


def test_slicersClassSaysWhatIsMissing(bench, tmp_path):
    arguments = {"registry": bench.registry, "context": bench.context}
    with pytest.raises(ExportError, match="there is no folder to write to"):
        DICOMExportScene(**arguments).export()
    (tmp_path / "no.dcm").write_text("no")
    with pytest.raises(FileError):
        DICOMExportScene(tmp_path / "no.dcm", tmp_path / "out", **arguments).export()
    exporter = DICOMExportScene(None, tmp_path / "out", **arguments)
    exporter.imageFile = tmp_path / "no.dcm"
    with pytest.raises(ExportError, match="the picture cannot be read"):
        exporter.export()
    with pytest.raises(ExportError, match="there is no program to export with"):
        DICOMExportScene(None, tmp_path / "out").export()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("how", ["same", "deflated", "other block", "without digest"])
def test_theExampleExtractsABundleWithoutThisProgram(tmp_path, how):
    file, contents = carrier(tmp_path / "made")
    script = REPOSITORY / "Resources" / "Examples" / "ExtractSceneBundle.py"
    assert len(script.read_text().splitlines()) <= 30
    source = rewritten(file, tmp_path / "bundle.dcm", how)
    command = [sys.executable, "-I", str(script), str(source), str(tmp_path / "scene.mrb")]
    subprocess.run(command, check=True, cwd=tmp_path, timeout=60)
    found = (tmp_path / "scene.mrb").read_bytes()
    assert found in (contents, contents + b"\0" if how == "without digest" else contents)


def test_theExampleRefusesADamagedScene(tmp_path):
    file, _ = carrier(tmp_path / "made")
    data = bytearray(file.read_bytes())
    data[-300] ^= 1
    file.write_bytes(data)
    script = REPOSITORY / "Resources" / "Examples" / "ExtractSceneBundle.py"
    command = [sys.executable, str(script), str(file), str(tmp_path / "scene.mrb")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode == 1 and run.stderr.strip() == "The scene is damaged: its SHA-256 is another."
    assert not (tmp_path / "scene.mrb").exists()


def test_importingABundleAndCopyingItKeepsItsBytes(bench, tmp_path):
    file = export(bench, tmp_path / "out")
    database = DICOMDatabase()
    database.openDatabase(str(tmp_path / "database" / "ctk.sql"))
    (uid,) = DICOMIndexer(database).importPaths([file], copyFiles=True).seriesUIDs
    (stored,) = database.filesForSeries(uid)
    assert Path(stored).read_bytes() == file.read_bytes() and stored != str(file)
    assert extractBundle(stored, str(tmp_path / "scene.mrb")).isVerified
    database.closeDatabase()


def test_aSceneFromElsewhereIsNotOpenedByDroppingTheFile(bench, tmp_path):
    file = export(bench, tmp_path / "out")
    logic = DICOMLogic(database=bench.database, scene=bench.scene, registry=bench.registry, settings=Settings(),
                       workers=bench.workers)  # fmt: skip
    staging, messages = logic.loadFiles([str(file)])
    assert staging.GetFirstNodeByClass("vtkMRMLScalarVolumeNode") is None
    assert "import it and load it from the browser, which asks first" in " ".join(messages)
