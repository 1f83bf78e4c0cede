"""Loading compressed CT series, beside a loop of pydicom in one process."""

from __future__ import annotations

from .Child import inFreshProcess
from .Program import Program, secondsFor, touchMemory, voxelFacts
from .Results import Row, figure, median, notMeasured, ratios
from .SeriesReaders import readWithPydicom
from .Setting import Setting
from .VolumeFiles import JPEG_2000, JPEG_LOSSLESS_SV1, JPEG_LS, RLE, VolumeFiles, storedSum
from .VolumeLoad import INTERCEPT

TITLE = "load compressed CT series, beside pydicom in one process"
LEAST = 1.7
# (name, UID, pydicom's names of decoders: the one that ours uses; then "", where pydicom by itself takes another)
SYNTAXES = (
    ("JPEG-LS", JPEG_LS, ("pyjpegls", "")), ("JPEG lossless (SV1)", JPEG_LOSSLESS_SV1, ("pylibjpeg",)),
    ("JPEG 2000 lossless", JPEG_2000, ("pylibjpeg",)), ("RLE", RLE, ("pylibjpeg",)),
)  # fmt: skip


def loadCompressed(database: str, slices: int) -> dict:
    """Query, examine and load the largest series; the worker processes run before. Runs in a process of its own."""
    with Program(database) as program:
        program.loadSmallest()
        largest = program.seriesBySize()[-1]
        touchMemory(slices)
        seconds, node = secondsFor(lambda: program.load(program.examine([largest])))
        return {"seconds": seconds, **voxelFacts(node.voxelArray())}


def run(setting: Setting) -> list[Row]:
    """Each compression; ours and pydicom in turn."""
    return [row for syntax in SYNTAXES for row in _rows(setting, *syntax)]


def _rows(setting: Setting, name: str, transferSyntax: str, plugins: tuple[str, ...]) -> list[Row]:
    slices = max(1, setting.slices // 3)
    work = f"query, examine and load {slices:,} slices of CT in {name} beside one process of pydicom"
    if plugins[0] not in decoders(transferSyntax):
        return [notMeasured(work, f"the decoder {plugins[0]} is not installed")]
    files = VolumeFiles(setting, name.split()[0], slices, transferSyntax)
    both = {"small": files.small, "large": files.large}
    ours: list[float] = []
    theirs: dict[str, list[float]] = {plugin: [] for plugin in plugins}
    for _ in range(setting.repeats):
        ours.append(_checked(inFreshProcess(loadCompressed, database=files.database, slices=slices), slices))
        for plugin, seconds in theirs.items():
            seconds.append(_checked(inFreshProcess(readWithPydicom, plugin=plugin, **both), slices))
        others = "; ".join(f"{_decoderName(plugin)} {figure(seconds[-1])} s" for plugin, seconds in theirs.items())
        setting.say(f"  {name}: {figure(ours[-1])} s; pydicom with {others}")
    return [_row(work if plugin else f"{work} by itself", plugin, ours, seconds) for plugin, seconds in theirs.items()]


def decoders(transferSyntax: str) -> tuple[str, ...]:
    """Names of those that pydicom finds installed."""
    from pydicom.pixels import get_decoder
    from pydicom.uid import UID

    return get_decoder(UID(transferSyntax)).available_plugins


def _row(work: str, plugin: str, ours: list[float], theirs: list[float]) -> Row:
    remark = f"{figure(median(ours))} s; pydicom with {_decoderName(plugin)}: {figure(median(theirs))} s"
    return ratios(work, theirs, ours, LEAST if plugin else None, remark)


def _decoderName(plugin: str) -> str:
    return plugin or "the decoder it takes by itself"


def _checked(result: dict, slices: int) -> float:
    """The seconds, once the voxels are known to be right, stored or rescaled."""
    voxels, stored = slices * 512 * 512, storedSum(slices)
    if result["voxels"] != voxels or result["sum"] not in (stored, stored + INTERCEPT * voxels):
        raise AssertionError(f"{result['voxels']} voxels were read, which add up to {result['sum']}")
    return result["seconds"]
