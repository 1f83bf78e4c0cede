"""Series of several volumes at the same positions."""

from pathlib import Path

from Testing.Fixtures import SeriesBuilder, axialCT

SLICES = 3


def timeSeries(folder: Path, count: int, slicesOfLast: int = SLICES, **tags) -> Path:
    """Voxels of volume n begin at 100 n. :param tags: keyword → function of the volume's number and the slice's"""
    first = axialCT(slices=SLICES)
    for number in range(count):
        _volume(first, number, slicesOfLast if number == count - 1 else SLICES, tags).write(folder / str(number))
    return folder


def _volume(first: SeriesBuilder, number: int, slices: int, tags) -> SeriesBuilder:
    def edit(dataset, index: int) -> None:
        dataset.SOPInstanceUID = f"2.25.{1000 * (number + 1) + index}"
        for keyword, value in tags.items():
            setattr(dataset, keyword, value(number, index))

    return axialCT(
        slices=slices, seriesUID=first.seriesUID, edit=edit,
        pattern=lambda k, j, i: k + j + i + 100 * number,
    )  # fmt: skip
