"""Which kind of object a volume is written as, and what each kind allows (PS3.3 A.3, A.4, A.2, A.6, A.8, A.21)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy

from DICOMLib.Errors import ExportError

ANY_RESCALE, SLOPE_ONLY, NO_RESCALE = "any", "slope only", "none"


@dataclass(frozen=True)
class StorageClass:
    """One kind of single-frame image.

    :ivar bits: BitsAllocated that are allowed, the fewest first
    :ivar rescale: how stored values may become those that were measured
    :ivar defaults: keyword → value of required attributes that a derived image need not have from its source
    """

    uid: str
    name: str
    bits: tuple[int, ...]
    signed: bool = True
    rescale: str = ANY_RESCALE
    colour: bool = False
    needsPlace: bool = True
    defaults: dict[str, object] = field(default_factory=dict)

    def allows(self, dtype: numpy.dtype) -> bool:
        """Whether values of an integer type can be stored as they are."""
        return dtype.kind in "iu" and dtype.itemsize * 8 in self.bits and (self.signed or dtype.kind == "u")

    @property
    def storedTypes(self) -> list[numpy.dtype]:
        """Integer types, the smallest first, unsigned before signed."""
        kinds = "ui" if self.signed else "u"
        return [numpy.dtype(f"{kind}{bits // 8}") for bits in self.bits for kind in kinds]


CT = StorageClass(
    "1.2.840.10008.5.1.4.1.1.2", "CT Image", (16,), defaults={"KVP": "", "AcquisitionNumber": "", "ImageType": "AXIAL"}
)
MR = StorageClass(
    "1.2.840.10008.5.1.4.1.1.4", "MR Image", (16,),
    # "Research mode" is what the standard has for an image that no named sequence made.
    defaults={
        "ScanningSequence": "RM", "SequenceVariant": "NONE", "ScanOptions": "", "MRAcquisitionType": "",
        "RepetitionTime": "", "EchoTime": "", "EchoTrainLength": "", "ImageType": "OTHER",
    },
)  # fmt: skip
PT = StorageClass(
    "1.2.840.10008.5.1.4.1.1.128", "PET Image", (16,), rescale=SLOPE_ONLY,  # C.8.9.4: the intercept is always zero
    defaults={
        "CountsSource": "EMISSION", "SeriesType": ["STATIC", "IMAGE"], "CorrectedImage": "", "DecayCorrection": "NONE",
        "CollimatorType": "", "RadiopharmaceuticalInformationSequence": [], "FrameReferenceTime": "0",
        "AcquisitionDate": "", "AcquisitionTime": "", "LossyImageCompression": "00", "ActualFrameDuration": "",
        "PatientOrientationCodeSequence": [], "PatientGantryRelationshipCodeSequence": [],
    },
)  # fmt: skip
US = StorageClass(
    "1.2.840.10008.5.1.4.1.1.6.1", "Ultrasound Image", (8,), signed=False, rescale=NO_RESCALE, colour=True,
    needsPlace=False, defaults={"LossyImageCompression": "00"},
)  # fmt: skip
CR = StorageClass(
    "1.2.840.10008.5.1.4.1.1.1", "Computed Radiography Image", (8, 16), signed=False, needsPlace=False,
    defaults={"BodyPartExamined": "", "ViewPosition": ""},
)  # fmt: skip
SC = StorageClass(
    "1.2.840.10008.5.1.4.1.1.7", "Secondary Capture Image", (8, 16, 32), colour=True, needsPlace=False,
    defaults={"ConversionType": "WSD"},
)  # fmt: skip

# Of objects that are no series of images: readers look for other things in them, as for the scaling of a dose.
NOT_IMAGES = {"AU", "ECG", "KO", "PLAN", "PR", "REG", "RTDOSE", "RTPLAN", "RTRECORD", "RTSTRUCT", "SEG", "SM", "SR"}
BY_MODALITY = {"CT": CT, "MR": MR, "PT": PT, "US": US, "CR": CR}


def storageClassFor(modality: str, array: numpy.ndarray) -> StorageClass:
    """The kind of object for a modality and for voxels of shape (slices, rows, columns[, components]).

    Ultrasound objects hold bytes only; other voxels of that modality, and modalities whose classic objects are not
    made of single slices (NM) or need a detector (DX), become secondary captures of the same modality.

    :raises ExportError: when no modality is given, or one that is not of images
    """
    modality = modality.strip()
    if modality in NOT_IMAGES:
        raise ExportError("images cannot be of this modality", value=modality, hint="Choose another, for instance OT")
    if not modality:
        raise ExportError("the Modality is empty", hint="Set it, for instance to CT, MR or OT")
    storage = BY_MODALITY.get(modality, SC)
    fits = storage.colour if array.ndim == 4 else storage.rescale != NO_RESCALE or storage.allows(array.dtype)
    return storage if fits else SC
