"""The scene to one file in a folder, for scripts: patient and study are those of a DICOM file, or new ones."""

from __future__ import annotations

import os
from collections.abc import Mapping

from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import ExportError
from DICOMLib.Export.Destination import Destination
from DICOMLib.Export.ItemTags import PATIENT_TAGS, STUDY_TAGS
from DICOMLib.Export.SeriesExport import ExportedSeries, exportSeries
from DICOMLib.Export.SourceAttributes import sourceHeaders
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Instance import Instance
from DICOMLib.Tags import tagText

from .BundleObject import FILE_NAME, MODALITY, SERIES_DESCRIPTION
from .Exporting import FOLDER_PREFIX, pictureOf, writeScene
from .Screenshot import readPicture


def exportScene(
    directory: str,
    tags: Mapping[str, str],
    referenceFile: str | None,
    imageFile: str | None,
    context: PluginContext,
) -> ExportedSeries:
    """As ``DICOMSlicerDataBundlePluginClass.exportScene``. :returns: with the path of the file as its folder"""
    headers = _headersOf(referenceFile)
    given = {"SeriesNumber": "301", "SeriesDescription": SERIES_DESCRIPTION, "Modality": MODALITY}
    for header in headers[:1]:
        given |= {name: header.get(tagText(name), "") for name in (*PATIENT_TAGS, *STUDY_TAGS)}
    given |= tags
    if imageFile is not None:
        picture = readPicture(imageFile, context.workers), None
    else:
        picture = pictureOf(0, headers, context)

    def write(_: DICOMExportable, complete: dict[str, str], folder: str) -> ExportedSeries:
        return writeScene(complete, headers, picture, folder, context)

    with Destination(directory) as destination:
        private = destination.privateFolder()
        exportable = DICOMExportable(name=given["SeriesDescription"], directory=private, tags=dict(given))
        (written,) = exportSeries([exportable], context, FOLDER_PREFIX, write)
        os.rename(os.path.join(written.folder, FILE_NAME), os.path.join(private, FILE_NAME))
        os.rmdir(written.folder)
        destination.publish()
    written.folder = os.path.join(os.path.abspath(directory), FILE_NAME)
    return written


def _headersOf(referenceFile: str | None) -> list[Mapping[str, str]]:
    """:raises FileError: when it is no DICOM file"""
    if referenceFile is None:
        return []
    header = scanFile(referenceFile, PATIENT_TAGS)
    more = sourceHeaders([Instance(path=header.path, values=header.values)])
    if not more:
        raise ExportError("the reference file changed while it was read", referenceFile)
    return [{**header.values, **more[0]}]
