"""What files on their own hold, by name and content."""

from __future__ import annotations

import os

import numpy as np
import pytest

from DICOMLib.Scene.Nrrd import NrrdImage, writeNrrd
from DICOMLib.SceneFiles.NodeFileKinds import (
    COLORS,
    LABELS,
    MODEL,
    RENDERING,
    SEGMENTATION,
    SEQUENCE,
    TABLE,
    TEXT,
    TRANSFORM,
    VOLUME,
    isNodeFile,
    isScene,
    kindByName,
    kindsOf,
    likelyKind,
    stemOf,
    withoutCompanions,
)


@pytest.mark.parametrize(
    ("name", "kind", "stem"),
    [
        ("a.NII.GZ", VOLUME, "a"), ("a.b.nrrd", VOLUME, "a.b"), ("a.seg.nrrd", SEGMENTATION, "a"),
        ("a.seq.mrb", SEQUENCE, "a"), ("a.stl", MODEL, "a"), ("a.h5", TRANSFORM, "a"), ("a.tsv", TABLE, "a"),
        ("a.txt", TEXT, "a"), ("a.vp.json", RENDERING, "a"), ("a.json", TEXT, "a"), ("a.ctbl", COLORS, "a"),
        ("IM0001", VOLUME, "IM0001"), (".nrrd", VOLUME, ".nrrd"),
    ],
)  # fmt: skip
def test_theEndingOfANameTellsTheKind(name, kind, stem):
    assert (kindByName(name), stemOf(f"/x.y/{name}")) == (kind, stem)


def test_onlyFilesOfNodesAreLoadedAsSuch(tmp_path):
    for name in ("a.nrrd", "b.mrb", "c.seq.mrb", "d.raw"):
        (tmp_path / name).write_bytes(b"x" * 200)
    (tmp_path / "e.nrrd").mkdir()
    (tmp_path / "f.txt").write_bytes(bytes(128) + b"DICM")
    os.mkfifo(tmp_path / "g.nrrd")
    names = ["a.nrrd", "b.mrb", "c.seq.mrb", "d.raw", "e.nrrd", "f.txt", "g.nrrd", "missing.nrrd"]
    assert [name for name in names if isNodeFile(tmp_path / name)] == ["a.nrrd", "c.seq.mrb"]
    assert [name for name in names if isScene(tmp_path / name)] == ["b.mrb"]


def _nrrd(path, dtype, keyValues=None):
    writeNrrd(NrrdImage(np.ones((2, 2, 2), dtype), np.eye(4), keyValues or {}), path)
    return likelyKind(path)


def test_segmentsInANrrdFileMakeItASegmentation(tmp_path):
    assert _nrrd(tmp_path / "a.nrrd", "uint8", {"Segment0_ID": "s"}) == SEGMENTATION
    assert _nrrd(tmp_path / "b.nrrd", "uint8") == VOLUME
    assert kindsOf("b.nrrd")[:3] == (VOLUME, LABELS, SEGMENTATION)


@pytest.mark.parametrize("name", ["brain-label", "brain_labels", "Label 2", "x_seg", "Seg.1"])
def test_labelMapsAreToldByTheirNames(tmp_path, name):
    assert _nrrd(tmp_path / f"{name}.nrrd", "int16") == LABELS
    assert _nrrd(tmp_path / f"{name}.nrrd", "float32") == VOLUME
    assert likelyKind(tmp_path / f"{name}.nii.gz") == LABELS


@pytest.mark.parametrize("name", ["labelled", "segment", "brain"])
def test_otherWordsMakeNoLabelMap(tmp_path, name):
    assert _nrrd(tmp_path / f"{name}.nrrd", "int16") == VOLUME


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.txt", "#Insight Transform File V1.0\n", TRANSFORM), ("a.txt", "# Color table file x\n", COLORS),
        ("a.txt", "Seen on Monday", TEXT), ("a.csv", "LabelValue,Name,Color_R\n", COLORS), ("a.csv", "a,b\n", TABLE),
        ("a.nrrd", "no header", VOLUME),
    ],
)  # fmt: skip
def test_textsAreWhatTheyBeginAs(tmp_path, name, text, kind):
    (tmp_path / name).write_text(text)
    assert likelyKind(tmp_path / name) == kind


def test_filesThatAnotherOneIsReadWithAreNotAskedAbout():
    others = ["/d/a.raw", "/d/b.raw", "/d/n.bval", "/d/n.bvec", "/d/m.bval"]
    assert withoutCompanions(others, ["/d/a.nhdr", "/d/n.nii.gz"]) == ["/d/b.raw", "/d/m.bval"]
