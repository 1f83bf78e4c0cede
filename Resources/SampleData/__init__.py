"""Sample data: a made-up hospital day as valid DICOM, from formulas alone.

>>> import tempfile
>>> folder = tempfile.TemporaryDirectory()
>>> manifest = generateHospitalDay(folder.name, small=True)
>>> [series.modality for series in manifest.series]
['CT', 'PT', 'OT', 'MR', 'MR', 'US']
>>> folder.cleanup()
"""

from .HospitalDay import ensureHospitalDay, generateHospitalDay
from .Manifest import SampleManifest, SampleSeries, SampleSphere, readManifest

__all__ = [
    "SampleManifest",
    "SampleSeries",
    "SampleSphere",
    "ensureHospitalDay",
    "generateHospitalDay",
    "readManifest",
]
