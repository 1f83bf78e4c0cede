"""Qt widgets of the DICOM module. Nothing else in this package needs Qt."""

from .BackgroundJobs import Job, JobRunner
from .DatabaseNotifier import DatabaseNotifier
from .DICOMBrowser import DICOMBrowser
from .DICOMTableManager import DICOMTableManager
from .DICOMTableView import DICOMTableView
from .ErrorReporting import ErrorReporter, Message
from .ImportReportDialog import ImportReportDialog
from .LoadablesTable import LoadablesTable
from .MessageBar import MessageBar
from .PatientModel import PatientModel
from .ProgressPanel import ProgressPanel
from .SeriesModel import SeriesModel
from .SlicerDICOMBrowser import SlicerDICOMBrowser
from .StudyModel import StudyModel

__all__ = [
    "DICOMBrowser",
    "DICOMTableManager",
    "DICOMTableView",
    "DatabaseNotifier",
    "ErrorReporter",
    "ImportReportDialog",
    "Job",
    "JobRunner",
    "LoadablesTable",
    "Message",
    "MessageBar",
    "PatientModel",
    "ProgressPanel",
    "SeriesModel",
    "SlicerDICOMBrowser",
    "StudyModel",
]
