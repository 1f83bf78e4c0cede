"""Loading compressed CT series, beside a loop of pydicom in one process."""

from __future__ import annotations

from .Child import inFreshProcess
from .Program import Program, processorSeconds, secondsFor, touchMemory, voxelFacts
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
        before = processorSeconds(program.workers.processIDs)
        seconds, node = secondsFor(lambda: program.load(program.examine([largest])))
        worked = processorSeconds(program.workers.processIDs) - before
        return {"seconds": seconds, "worked": worked, **voxelFacts(node.voxelArray())}


def run(setting: Setting) -> list[Row]:
    """Each compression; ours and pydicom in turn."""
    return [row for syntax in SYNTAXES for row in _rows(setting, *syntax)]


def _rows(setting: Setting, name: str, transferSyntax: str, plugins: tuple[str, ...]) -> list[Row]:
    slices = max(1, setting.slices // 3)
    work = f"query, examine and load {slices:,} slices of CT in {name} beside one process of pydicom"
    if plugins[0] not in decoders(transferSyntax):
        return [notMeasured(work, f"the decoder {plugins[0]} is not installed")]
    files = VolumeFiles(setting, f"compressed-{transferSyntax}", slices, transferSyntax)
    both = {"small": files.small, "large": files.large}
    ours: list[dict] = []
    theirs: dict[str, list[dict]] = {plugin: [] for plugin in plugins}
    for _ in range(setting.repeats):
        ours.append(_checked(inFreshProcess(loadCompressed, database=files.database, slices=slices), slices))
        for plugin, results in theirs.items():
            results.append(_checked(inFreshProcess(readWithPydicom, plugin=plugin, **both), slices))
        others = "; ".join(f"{_decoderName(plugin)} {_inWords(results[-1:])}" for plugin, results in theirs.items())
        setting.say(f"  {name}: {_inWords(ours[-1:])}; pydicom with {others}")
    return [_row(work if plugin else f"{work} by itself", plugin, ours, results) for plugin, results in theirs.items()]


def decoders(transferSyntax: str) -> tuple[str, ...]:
    """Names of those that pydicom finds installed."""
    from pydicom.pixels import get_decoder
    from pydicom.uid import UID

    return get_decoder(UID(transferSyntax)).available_plugins


def _row(work: str, plugin: str, ours: list[dict], theirs: list[dict]) -> Row:
    remark = f"{_inWords(ours)}; pydicom with {_decoderName(plugin)}: {_inWords(theirs)}"
    seconds = [[one["seconds"] for one in results] for results in (theirs, ours)]
    return ratios(work, *seconds, LEAST if plugin else None, remark)


def _inWords(results: list[dict]) -> str:
    """Both times: where other programs take turns at the processors, the clock says little."""
    seconds, worked = (figure(median(one[name] for one in results)) for name in ("seconds", "worked"))
    return f"{seconds} s, of processors {worked} s"


def _decoderName(plugin: str) -> str:
    return plugin or "the decoder it takes by itself"


def _checked(result: dict, slices: int) -> dict:
    """The result, once the voxels are known to be right, stored or rescaled."""
    voxels, stored = slices * 512 * 512, storedSum(slices)
    if result["voxels"] != voxels or result["sum"] not in (stored, stored + INTERCEPT * voxels):
        raise AssertionError(f"{result['voxels']} voxels were read, which add up to {result['sum']}")
    return result
