"""Every benchmark runs, small, to its end.

Most of them in this process, with the workers that are there: what they call by name and hand over as JSON is called
and handed over so here too. Those about memory and windows run as they are measured, in processes of their own.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import sys
import threading
from pathlib import Path

import pydicom
import pytest

from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Workers import WorkerPool as WorkerPools
from Testing.Benchmarks import (
    Browsing,
    Child,
    CopyImport,
    Decoding,
    Diffusion,
    Examining,
    Exporting,
    FirstPicture,
    Growth,
    ImportMemory,
    LinkImport,
    LoadMemory,
    Orthanc,
    ReImport,
    Scenes,
    VolumeLoad,
)
from Testing.Benchmarks.__main__ import BENCHMARKS, main, parseArguments, settingFor
from Testing.Benchmarks.Child import ChildFailedError, inFreshProcess
from Testing.Benchmarks.CTFiles import PIXEL_BYTES, SeriesPlan, uid
from Testing.Benchmarks.Growth import handOn, hospitalPlan, portions
from Testing.Benchmarks.Machine import describe
from Testing.Benchmarks.Memory import CAN_MEASURE, MemoryWatch
from Testing.Benchmarks.Peers import PeerMissingError
from Testing.Benchmarks.Setting import Setting
from Testing.Benchmarks.VolumeFiles import VolumeFiles, storedSum
from Testing.Fixtures.RunWorkers import LentWorkers
from Testing.Fixtures.Waiting import waitFor

# These measure the process itself, or need one for Qt.
OF_ITS_OWN = (Browsing.useWindow, FirstPicture.doubleClick, LoadMemory.loadAndRemember, Scenes.throughFiles)


def makeSetting(folder: Path, **sizes) -> Setting:
    small = {"files": 30, "filesCopied": 3, "filesForMemory": 30, "instances": 400, "series": 30, "patients": 7,
             "slices": 12, "seriesExamined": 2, "repeats": 1, "pause": 0}  # fmt: skip
    return Setting(folder, say=lambda line: None, **{**small, **sizes})


@pytest.fixture
def setting(tmp_path) -> Setting:
    return makeSetting(tmp_path)


def called(function, watch=None, variables=None, python=sys.executable, **arguments) -> dict:
    """In the place of a fresh process, where it need not be one: the function is found by its name, and only JSON comes
    in and out."""
    if function in OF_ITS_OWN or watch is not None or python != sys.executable:
        return inFreshProcess(function, watch, variables, python, **arguments)
    found = getattr(importlib.import_module(function.__module__), function.__qualname__)
    return json.loads(json.dumps(found(**json.loads(json.dumps(arguments)))))


@pytest.fixture(autouse=True)
def inThisProcess(monkeypatch):
    """What starting a process and its workers would prove another time."""
    for name, module in list(sys.modules.items()):
        isBenchmark = name.startswith("Testing.Benchmarks.") and name not in (__name__, Child.__name__)
        if isBenchmark and hasattr(module, "inFreshProcess"):
            monkeypatch.setattr(module, "inFreshProcess", called)
    monkeypatch.setattr(WorkerPools, "WorkerPool", lambda size=None: LentWorkers())


@pytest.fixture
def noOrthanc(monkeypatch):
    """As where it is not installed."""
    which = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name: None if name == "Orthanc" else which(name))


def test_importByLinkIsComparedAndAMissingPeerIsSaid(setting, noOrthanc):
    rows = LinkImport.run(setting)
    assert [len(row.samples) for row in rows] == [1, 1, 0]
    assert rows[2].remark == "Orthanc (Debian package orthanc) is not installed"
    assert rows[1].samples[0] > 0


def test_unchangedFilesAreCounted(setting):
    (row,) = ReImport.run(setting)
    assert row.samples[0] > 0 and row.reach == "≥ 100,000 files/s"


def test_importByCopyIsComparedWithCp(setting, noOrthanc):
    rows = CopyImport.run(setting)
    assert [len(row.samples) for row in rows] == [1, 1, 0]
    assert [path.name for path in setting.folder.iterdir()] == ["whole"]


@pytest.mark.skipif(not shutil.which("Orthanc"), reason="Orthanc is not installed")
@pytest.mark.network
def test_orthancTakesFilesInAndLeavesNothing(setting):
    files = LinkImport.filesBelow(setting.linkedFiles())
    with Orthanc.serverIfInstalled(setting) as server:
        assert server.isRunning, server.reason
        assert server.measureIngest(files, 0) > 0
    assert [path.name for path in setting.folder.iterdir()] == ["linked"]


@pytest.mark.skipif(not CAN_MEASURE, reason="this system does not tell the memory of processes")
def test_memoryOfAllProcessesIsSampled(setting):
    rows = ImportMemory.run(setting)
    assert 10 < rows[0].samples[0] < 1000
    assert list(setting.folder.iterdir()) == []


@pytest.mark.skipif(not CAN_MEASURE, reason="this system does not tell the memory of processes")
def test_processesStartedByAProcessCountAsItsMemory(tmp_path):
    peaks = []
    for megabytes in (0, 60):
        watch, isHeld = MemoryWatch(), tmp_path / f"{megabytes}"

        def watchIt(process, watch=watch, isHeld=isHeld):
            thread = threading.Thread(target=watch, args=(process,))
            thread.start()
            waitFor(isHeld.exists)
            before = len(watch.samples)
            waitFor(lambda: len(watch.samples) > before + 1)
            isHeld.unlink()
            thread.join()

        inFreshProcess(holdMemory, watchIt, megabytes=megabytes, isHeld=str(isHeld))
        peaks.append(watch.peak)
    assert peaks[1] - peaks[0] > 50e6


def holdMemory(megabytes: int, isHeld: str) -> dict:
    """A child of this process holds so much, says so by a file, and lets go of it when somebody removes that."""
    import subprocess

    code = f"""
import pathlib, time
block, file = b'x' * ({megabytes} << 20), pathlib.Path({isHeld!r})
file.touch()
while file.exists():
    time.sleep(0.05)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    return {}


@pytest.fixture
def noSlicer(monkeypatch):
    """As where it cannot be installed."""

    def missing() -> str:
        raise PeerMissingError("slicer-core could not be installed: no connection")

    monkeypatch.setattr(VolumeLoad, "slicerPython", missing)


def test_loadingIsComparedWithOtherReadersAndAMissingOneIsSaid(setting, noSlicer):
    rows = VolumeLoad.run(setting)
    assert [len(row.samples) for row in rows] == [1, 1, 1, 1, 1, 0]
    assert [row.reach for row in rows] == ["", "≤ 2×", "", "≥ 2×", "≥ 5×", ""]
    assert "writes 6 MB" in rows[3].remark and "as 32-bit signed integer" in rows[4].remark
    assert rows[-1].remark == "slicer-core could not be installed: no connection"


def test_diffusionIsExaminedAndLoadedBesideDcm2niix(setting):
    rows = Diffusion.run(setting)
    assert [row.reach for row in rows] == ["≤ 20 ms"] * 2 + ["", "≥ 2×", "≥ 2×", ""] * 2
    assert "load 8 diffusion volumes of 4 × 112² from 8 mosaics files" in rows[2].work
    assert "load 8 diffusion volumes of 2 × 128² from 16 classic files" in rows[6].work
    assert all(row.samples for row in rows) and "1.0." in rows[3].remark
    assert sorted(path.name for path in setting.folder.iterdir() if path.is_dir()) == ["classic", "mosaics", "volume"]


def test_exportIsMeasuredBesidePydicomAndSimpleITK(setting):
    rows = Exporting.run(setting)
    assert [row.reach for row in rows] == ["", "≤ 2×", "", "", "≤ 2×", "", "", ""]
    assert rows[1].work == "export 12 × 512² × int16 beside writing the same bytes with pydicom"
    assert all(row.samples for row in rows)
    assert all(row.remark.endswith("% of the bytes") and int(row.remark.split("%")[0]) < 100 for row in rows[-3:])
    assert list((setting.folder / "export").iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the memory of the process is read from /proc")
def test_scenesAreMeasuredBesideTheirBytes_withMemoryAndCancel(setting):
    rows = Scenes.run(setting)
    assert len(rows) == 12 and all(row.samples for row in rows)
    assert rows[0].work == "a scene of 0.021 GB: save it as .mrb, beside compressing and writing the same bytes"
    assert rows[-1].work.endswith("load it from the database, digest included: from a cancel half way to its end")
    assert list((setting.folder / "scene").parent.glob("scene*/*")) == []


@pytest.mark.slow
@pytest.mark.network
def test_slicersReaderReadsTheSameVoxels(setting):
    row = VolumeLoad.run(setting)[-1]
    assert row.samples or "could not be installed" in row.remark


def test_aReaderThatReadsSomethingElseIsNotMeasured(setting):
    files = VolumeFiles(setting, "volume", 2)
    right = {"voxels": 2 * 512 * 512, "sum": storedSum(2)}
    VolumeLoad.checked("a reader", right, files)
    VolumeLoad.checked("a reader", {**right, "sum": storedSum(2) - 1024 * right["voxels"]}, files)
    for wrong in ({"voxels": 512 * 512}, {"sum": 0}, {"bytes": 99}):
        with pytest.raises(AssertionError, match="a reader"):
            VolumeLoad.checked("a reader", right | wrong, files)


def test_decodingIsComparedWithPydicomGivenOurDecoderAndLeftToItself(setting, monkeypatch):
    monkeypatch.setattr(Decoding, "SYNTAXES", Decoding.SYNTAXES[:1])
    judged, byItself = Decoding.run(setting)
    assert (judged.reach, byItself.reach) == ("≥ 1.7×", "")
    assert "4 slices of CT in JPEG-LS" in judged.work and "pydicom with pyjpegls" in judged.remark
    assert judged.samples[0] > 0 and byItself.samples[0] > 0


def test_aMissingDecoderIsSaid(setting, monkeypatch):
    monkeypatch.setattr(Decoding, "decoders", lambda transferSyntax: ())
    rows = Decoding.run(setting)
    assert [row.verdict for row in rows] == ["not measured"] * 4
    assert rows[0].remark == "the decoder pyjpegls is not installed"


def test_examiningAPatientAndALongSeriesIsMeasured(setting):
    rows = Examining.run(setting)
    assert [row.reach for row in rows] == ["≤ 50 ms", "", "≤ 1 s", ""]
    assert [row.work for row in rows[::2]] == [
        "examine a series of 20 slices",
        "examine a patient with 2 series of 4 slices",
    ]
    assert all(0 < part.samples[0] < whole.samples[0] for whole, part in zip(rows[::2], rows[1::2], strict=True))


@pytest.mark.skipif(not LoadMemory.canMeasure(), reason="this system does not tell the peak of a process")
def test_memoryOfALoadIsThatAboveTheVolume(setting):
    rows = LoadMemory.run(setting)
    assert [row.reach for row in rows] == ["≤ 64 MB", "≤ 64 MB", ""]
    assert rows[0].remark == "the volume takes 6 MB"
    assert -1 < rows[0].samples[0] < 64 and rows[2].samples[0] > 20


@pytest.mark.gui
def test_theFirstPictureIsSeenInARealWindow(tmp_path):
    first, whole = FirstPicture.run(makeSetting(tmp_path, display=dict(os.environ)))
    assert 0 < first.samples[0] < whole.samples[0]


def test_withoutADisplayThereIsNoFirstPicture(setting):
    (row,) = FirstPicture.run(setting)
    assert (row.verdict, row.remark) == ("not measured", "there is no display and no Xvfb")


@pytest.mark.gui
def test_aDatabaseGrowsAndIsBrowsed(tmp_path):
    setting = makeSetting(tmp_path, display=dict(os.environ))
    growth, browsing = Growth.run(setting), Browsing.run(setting)
    assert len(growth[0].samples) == 10
    assert all(row.samples for row in [*growth, *browsing])
    assert browsing[-1].work == "remove a patient with 66 instances"
    assert not (tmp_path / "portion").exists()


def test_withoutADisplayTheTablesAreNotMeasured(setting):
    (row,) = Browsing.windowRows(setting, "", {})
    assert (row.verdict, row.remark) == ("not measured", "there is no display and no Xvfb")


def test_theHospitalHasTheSizeAskedFor():
    plans = hospitalPlan(4000, 200, 50)
    assert (sum(plan.slices for plan in plans), len(plans), len({plan.patient for plan in plans})) == (4000, 200, 50)
    assert [plan.slices for plan in plans if plan.slices > 30] == [400]
    assert len([plan for plan in plans if plan.patient == 0]) == 20
    assert len({(plan.patient, plan.study) for plan in plans}) == len({plan.study for plan in plans})
    parts = portions(plans, 10)
    assert [plan for part in parts for plan in part] == plans and len(parts) == 10


def test_thePortionsOfADatabaseAreWrittenOverThoseBefore(tmp_path):
    setting = makeSetting(tmp_path)
    first = [SeriesPlan(0, 0, 0, 5), SeriesPlan(1, 1, 1, 2), SeriesPlan(1, 1, 2, 2)]
    second = [SeriesPlan(1, 1, 3, 2), SeriesPlan(2, 2, 4, 3)]
    for before, after in (([], first), (first, second)):
        handOn(tmp_path / "portion", before, after)
        setting.generate(tmp_path / "portion", after)
    assert [path.name for path in sorted((tmp_path / "portion").iterdir())] == ["patient00001", "patient00002"]
    files = sorted((tmp_path / "portion").rglob("*.dcm"))
    assert [path.parent.name for path in files] == ["series000003"] * 2 + ["series000004"] * 3
    assert {scanFile(path).values["0020,000E"] for path in files[:2]} == {uid("series", 3)}
    assert {scanFile(path).values["0020,000E"] for path in files[2:]} == {uid("series", 4)}
    assert {scanFile(path).pixelDataLength for path in files} == {PIXEL_BYTES}
    assert not any(pydicom.dcmread(path).pixel_array.any() for path in files)


def test_anErrorInAMeasuredProcessIsTold():
    with pytest.raises(ChildFailedError, match="no such folder on this machine"):
        inFreshProcess(failLoudly, text="no such folder on this machine")


def failLoudly(text: str) -> dict:
    raise RuntimeError(text)


def test_namesAndSizesAreTakenFromTheCommandLine(tmp_path):
    options = parseArguments(["link", "copy", "--files", "500", "--instances", "10000", "--slices", "60"])
    setting = settingFor(options, tmp_path, None)
    assert (options.names, setting.files, setting.filesCopied, setting.series) == (["link", "copy"], 500, 50, 200)
    assert (setting.slices, setting.seriesExamined) == (60, 6)
    assert parseArguments([]).instances == 250_000
    assert {parseArguments([given]).instances for given in ("--full", "--write")} == {1_000_000}
    for wrong in (["fly"], ["link", "--write"]):
        with pytest.raises(SystemExit):
            parseArguments(wrong)
    assert list(BENCHMARKS) == [
        "link", "again", "copy", "memory", "growth", "browse", "load", "decode", "examine", "loadmemory", "first",
        "diffusion", "write", "scene", "send",
    ]  # fmt: skip


def test_theCommandPrintsWritesAndReturnsOneForAMiss(tmp_path, capsys):
    code = main(["again", "--files", "20", "--repeats", "1", "--folder", str(tmp_path), "--json", str(tmp_path / "x")])
    assert code == 1, "twenty files are too few for the rate to be reached"
    assert "Missed: re-import of the same 20 unchanged files" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_theMachineIsDescribedWithoutTellingWhoseItIs(tmp_path):
    facts = describe(tmp_path)
    assert facts["processors"].isdigit() and facts["pydicom"].startswith("3.")
    assert set(facts) <= {"processors", "system", "file system", "Python", "SQLite", "pydicom", "PyQt5", "Orthanc",
                          "load before"}  # fmt: skip
