"""Series of the selected studies as a table."""

from __future__ import annotations

from ..Wording import NO_SERIES_DESCRIPTION
from .DisplayText import dateText, momentText, numberText, timeText
from .RecordTableModel import Column, RecordTableModel

NUMBER, DESCRIPTION, MODALITY, SIZE, INSTANCES, FRAMES, ADDED = range(7)


class SeriesModel(RecordTableModel):
    """Records are ``DICOMDatabase.seriesRows(studyUIDs)``."""

    keyName = "SeriesInstanceUID"
    columns = (
        Column("SeriesNumber", "#", characters=4, importance=9, alignRight=True, explanation="Series number"),
        Column("SeriesDescription", "Description", characters=13, importance=10, missing=NO_SERIES_DESCRIPTION),
        Column("Modality", "Modality", characters=8, importance=8),
        Column("size", "Size", characters=9, importance=6, explanation="Columns × rows of one image"),
        Column("instanceCount", "Images", numberText, characters=6, importance=7, alignRight=True,
               explanation="Number of objects, usually one file and one image each"),
        Column("frameCount", "Frames", numberText, characters=6, importance=3, alignRight=True,
               explanation="Images counted one by one, in multi-frame objects too"),
        Column("insertTimestamp", "Added", momentText, characters=16, importance=1, explanation="When it was imported"),
        Column("SeriesDate", "Date", dateText, characters=10, importance=0, isOptional=True),
        Column("SeriesTime", "Time", timeText, characters=8, importance=0, isOptional=True),
        Column("BodyPartExamined", "Body part", characters=9, importance=0, isOptional=True),
        Column("ProtocolName", "Protocol", characters=14, importance=0, isOptional=True),
    )
