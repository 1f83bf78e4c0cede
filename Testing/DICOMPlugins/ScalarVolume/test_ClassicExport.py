"""Classic images whose rescale is not the one of the volume do not pass the check."""

import pytest

from DICOMPlugins.ScalarVolume import Writer
from Testing.DICOMPlugins.MadeVolumes import ramp
from Testing.DICOMPlugins.ScalarVolume.ExportedVolumes import addVolume, pluginOf


@pytest.mark.parametrize(
    ("modality", "dtype", "keyword"),
    [("MR", "f4", "RescaleSlope"), ("CR", "f4", "RescaleIntercept"), ("MR", "i2", "RescaleSlope"),
     ("CT", "i2", "RescaleIntercept"), ("DX", "u2", "RescaleSlope")],
)  # fmt: skip
def test_anotherRescaleThanMeantIsFound(bench, tmp_path, monkeypatch, modality, dtype, keyword):  # noqa: F811
    def wrong(*arguments):
        dataset = seriesObject(*arguments)
        dataset.RescaleSlope = dataset.get("RescaleSlope", 1)
        dataset.RescaleIntercept = dataset.get("RescaleIntercept", 0)
        dataset[keyword].value = float(dataset[keyword].value) + 1
        return dataset

    seriesObject = Writer.seriesObject
    monkeypatch.setattr(Writer, "seriesObject", wrong)
    item, _ = addVolume(bench, ramp(dtype))
    plugin = pluginOf(bench)
    exportable = plugin.examineForExport(item)[0]
    exportable.directory = str(tmp_path / "out")
    exportable.setTag("Modality", modality)
    message = plugin.export([exportable])
    assert "read back" in message or "failed the check" in message
    assert not (tmp_path / "out").exists()
