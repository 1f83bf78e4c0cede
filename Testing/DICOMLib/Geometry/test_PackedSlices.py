import numpy
import pytest

from DICOMLib.Geometry.PackedSlices import (
    FRAME_TYPE_TEXT,
    GRID_COUNT,
    GRID_POSITIONS,
    IMAGE_TYPE_TEXT,
    MOSAIC_COUNT,
    MOSAIC_TIMES,
    tilesOfGrid,
)
from DICOMLib.Geometry.Slices import analyzeStack, groupStacks
from DICOMLib.Instance import Instance
from DICOMLib.TagPaths import normalizedPath
from Testing.DICOMLib.Files.test_SiemensHeader import block
from Testing.DICOMLib.Geometry.MemorySlices import enhancedObject, memorySlice
from Testing.Fixtures import SeriesBuilder, rotationMatrix


def mosaicFile(folder, count, normalSign, rotation, tile=(8, 6), spacing=(2.0, 1.5), distance=3.0, name="m.dcm"):
    """A mosaic as Siemens writes it, of slices whose first voxel centres are known."""
    side = int(numpy.ceil(numpy.sqrt(count)))
    rows, columns = tile[0] * side, tile[1] * side
    row, column, normal = rotation[:, 0], rotation[:, 1], numpy.cross(rotation[:, 0], rotation[:, 1])
    first = numpy.array([10.0, -20.0, 30.0])
    corner = first - row * spacing[1] * (columns - tile[1]) / 2 - column * spacing[0] * (rows - tile[0]) / 2

    def edit(dataset, _):
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND", "MOSAIC"]
        dataset.SpacingBetweenSlices = distance
        dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True).add_new(0x0A, "US", count)
        if normalSign:
            texts = tuple(f"{value:.8f}" for value in normal * normalSign)
            private = dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
            private.add_new(0x10, "OB", block({"NumberOfImagesInMosaic": (str(count),), "SliceNormalVector": texts}))

    builder = SeriesBuilder(
        modality="MR", slices=1, rows=rows, columns=columns, spacing=(*spacing, distance), origin=corner,
        orientation=(*row, *column), edit=edit, seed=name, seriesUID="1.2.3.4",
    )  # fmt: skip
    (path,) = builder.write(folder, [name])
    return path, first, normal * (normalSign or 1) * distance


def scanned(path, *tags):
    from DICOMLib.Files.HeaderScanner import scanFile

    return scanFile(path, tags).toInstance()


@pytest.mark.parametrize("normalSign", [1, -1, 0])
@pytest.mark.parametrize("count", [2, 5, 9, 16])
@pytest.mark.parametrize("isDeclared", [True, False])
def test_everySliceOfAMosaicIsWhereItWasMade(tmp_path, count, normalSign, isDeclared):
    path, first, step = mosaicFile(tmp_path, count, normalSign, rotationMatrix(20, -30, 40))
    instance = scanned(path, *((MOSAIC_COUNT,) if isDeclared else ()))
    stack = analyzeStack([instance])
    if not isDeclared and not normalSign:
        assert stack.isWrong and "the header does not say of how many" in stack.warning
        return
    order = range(count) if normalSign >= 0 else range(count - 1, -1, -1)
    expected = [first + number * step for number in order]
    assert numpy.allclose(stack.planes.positions, expected, atol=1e-9)
    side = int(numpy.ceil(numpy.sqrt(count)))
    assert stack.planes.tiles == [(number // side * 8, number % side * 6, 8, 6) for number in order]
    assert stack.dimensions == (6, 8, count) and stack.spacing == pytest.approx((1.5, 2.0, 3.0))
    assert len(stack.instances) == 1 and {source.frame for source in stack.sources} == {0}
    assert (stack.finding("assumedNormal") is not None) == (normalSign == 0)


@pytest.mark.parametrize("count", [3, 5, 9])
def test_theTimesOfSlicesTellTheirNumberWhereNothingElseDoes(count):
    image = memorySlice(1, (0, 0, 0), rows=24, columns=24, ImageType="ORIGINAL\\PRIMARY\\M\\ND\\MOSAIC", Modality="MR")
    times = "\\".join(f"{number * 52.5}" for number in range(count))
    image = Instance(image.path, {**image.values, normalizedPath(MOSAIC_TIMES): times})
    stack = analyzeStack([image])
    assert stack.dimensions == ((12, 12, count) if count < 5 else (8, 8, count))
    assert stack.finding("mosaic") is None and stack.finding("assumedNormal") is not None


def test_framesThatAScannerHasUnpackedAreNotTakenForMosaics():
    frames = enhancedObject(1, [(0, 0, 3 * number) for number in range(4)], ImageType="ORIGINAL\\PRIMARY\\M\\MOSAIC")
    stack = analyzeStack([frames])
    assert stack.isRegular and stack.finding("mosaic") is None and len(stack.planes) == 4


@pytest.mark.parametrize("isEnhanced", [False, True])
@pytest.mark.parametrize("count", [None, 5])
def test_scannersThatSayMosaicInAnElementOfTheirOwnAreHeard(isEnhanced, count):
    """XA: ImageType tells nothing. With a number of slices they are unpacked, else the user is warned."""
    text = "ORIGINAL\\PRIMARY\\M\\MB\\ND\\MOSAIC"
    own = {} if count is None else {normalizedPath(MOSAIC_COUNT): str(count)}
    if isEnhanced:
        image = enhancedObject(1, [(-100, -200, 5)], Rows=24, Columns=36)
        image.functionalGroups[normalizedPath(FRAME_TYPE_TEXT)] = [text]
    else:
        image = memorySlice(1, (-100, -200, 5), rows=24, columns=36, SliceThickness="4", Modality="MR")
        own[normalizedPath(IMAGE_TYPE_TEXT)] = text
    image.values.update(own)
    stack = analyzeStack([image])
    if count is None:
        assert stack.isWrong and "the header does not say of how many" in stack.warning
        return
    assert stack.dimensions == (12, 8, 5) and stack.spacing == pytest.approx((0.7, 0.8, 4))
    corner = [-100 + 0.7 * (36 - 12) / 2, -200 + 0.8 * (24 - 8) / 2, 5]
    assert stack.planes.positions[0] == pytest.approx(corner) and stack.finding("mosaic") is None


def test_framesThatAnXAScannerHasUnpackedAreNotTakenForMosaicsByItsText():
    frames = enhancedObject(1, [(0, 0, 3 * number) for number in range(4)])
    frames.functionalGroups[normalizedPath(FRAME_TYPE_TEXT)] = ["ORIGINAL\\MOSAIC"] * 4
    stack = analyzeStack([frames])
    assert stack.isRegular and stack.finding("mosaic") is None and len(stack.planes) == 4


def test_mosaicsOfASeriesAreItsVolumes(tmp_path):
    paths = [mosaicFile(tmp_path, 4, 1, numpy.eye(3), name=f"{number}.dcm")[0] for number in range(3)]
    stacks = groupStacks([scanned(path, MOSAIC_COUNT) for path in paths])
    assert [(stack.volumeNumber, stack.volumeCount, len(stack.planes)) for stack in stacks] == [
        (1, 3, 4), (2, 3, 4), (3, 3, 4),
    ]  # fmt: skip
    assert [stack.instances[0].path for stack in stacks] == [str(path).encode() for path in paths]


def gridRecord(count, rows, columns, **values):
    image = memorySlice(1, None, (1, 0, 0, 0, 1, 0), rows, columns, Manufacturer="UIH", Modality="MR")
    positions = "\\".join(f"1\\2\\{4 * number}" for number in range(count))
    own = {GRID_COUNT: str(count), GRID_POSITIONS: positions, **values}
    return Instance(image.path, {**image.values, **{normalizedPath(tag): text for tag, text in own.items()}})


def test_gridsAreNotSquareAndEverySliceHasItsPosition():
    stack = analyzeStack([gridRecord(20, 256, 320)])
    assert stack.dimensions == (64, 64, 20) and stack.spacing[2] == 4
    assert stack.planes.tiles[6] == (64, 64, 64, 64)
    assert stack.isRegular


def test_gridsWithoutPositionsHaveNoPlace():
    stack = analyzeStack([gridRecord(20, 256, 320, **{GRID_POSITIONS: "1\\2"})])
    assert len(stack.planes) == 20 and not stack.planes.located.any()


@pytest.mark.parametrize(
    "numbers", [(1, 8, 8, 1, 1), (4, 7, 8, 2, 2), (4, 8, 7, 2, 2), (9, 2, 9, 3, 3), (-1, 8, 8, 0, 0)]
)
def test_tilesThatDoNotFitAreRefused(numbers):
    assert tilesOfGrid(*numbers) is None
