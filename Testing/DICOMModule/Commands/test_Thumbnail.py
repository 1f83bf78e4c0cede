import io

import pytest
from pydicom import dcmread

from Testing.Fixtures import axialCT


def sizeOf(file):
    image = pytest.importorskip("PIL.Image")
    with image.open(io.BytesIO(file.read_bytes())) as picture:
        return picture.size


def test_onePictureOfAFolderWithOneSeriesGoesIntoTheNamedFile(run, tmp_path):
    axialCT(rows=256, columns=128, spacing=(1, 1, 2)).write(tmp_path / "ct")
    code, out, err = run("thumbnail", tmp_path / "ct", "-o", tmp_path / "ct.png")
    assert code == 0, err
    assert sizeOf(tmp_path / "ct.png") == (64, 128) and str(tmp_path / "ct.png") in out
    assert (tmp_path / "ct.png").stat().st_mode & 0o777 == 0o600


def test_severalSeriesGoIntoAFolderUnderTheirDescriptions(asked, tmp_path, database):
    found = asked("thumbnail", "--database", database, "-o", tmp_path / "pictures")
    assert len(found) == 3 and all(one["problem"] == "" for one in found)
    assert sorted(str(path) for path in (tmp_path / "pictures").iterdir()) == sorted(one["file"] for one in found)


def test_severalSeriesDoNotFitIntoOneFile(run, tmp_path, database):
    code, _, err = run("thumbnail", "--database", database, "-o", tmp_path / "all.png")
    assert code == 2 and "do not fit into one file" in err


def test_whatHasNoPictureIsNamedWithTheReason(run, tmp_path):
    path = axialCT(slices=1, seriesDescription="Cut").write(tmp_path / "ct")[0]
    path.write_bytes(path.read_bytes()[:-10])
    code, _, err = run("thumbnail", tmp_path / "ct", "-o", tmp_path / "ct.png")
    assert code == 1 and "Cut: pixel data short" in err and not (tmp_path / "ct.png").exists()
    dataset = dcmread(path, force=True)
    del dataset.PixelData
    dataset.save_as(path)
    code, _, err = run("thumbnail", tmp_path / "ct", "-o", tmp_path / "ct.png")
    assert code == 1 and "there are no images in this series" in err
