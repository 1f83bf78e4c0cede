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
        return dtype in self.storedTypes

    @property
    def storedTypes(self) -> list[numpy.dtype]:
        """Integer types, the smallest first, unsigned before signed.

        Not signed bytes, which the standard allows: dcm2niix takes them for unsigned ones, and -1 for 255.
        """
        kinds = "ui" if self.signed else "u"
        types = [numpy.dtype(f"{kind}{bits // 8}") for bits in self.bits for kind in kinds]
        return [dtype for dtype in types if dtype != numpy.int8]


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
# Values are shown as they are (C.8.11.3.1.2); what was not measured is said to be unknown or absent.
DX = StorageClass(
    "1.2.840.10008.5.1.4.1.1.1.1", "Digital X-Ray Image for Presentation", (8, 16), signed=False, rescale=NO_RESCALE,
    needsPlace=False,
    defaults={
        "PresentationIntentType": "FOR PRESENTATION", "DetectorType": "", "PixelIntensityRelationship": "LOG",
        "PixelIntensityRelationshipSign": 1, "BurnedInAnnotation": "NO", "LossyImageCompression": "00",
        "AcquisitionContextSequence": [], "BodyPartExamined": "",
    },
)  # fmt: skip
# One object with a frame for each reconstructed slice (C.8.4.8 to C.8.4.15).
NM = StorageClass(
    "1.2.840.10008.5.1.4.1.1.20", "Nuclear Medicine Image", (8, 16), signed=False,
    defaults={
        "PatientOrientationCodeSequence": [], "PatientGantryRelationshipCodeSequence": [], "CountsAccumulated": "",
        "EnergyWindowInformationSequence": [], "RadiopharmaceuticalInformationSequence": [],
        "RotationInformationSequence": [], "LossyImageCompression": "00",
    },
)  # fmt: skip
SC = StorageClass(
    "1.2.840.10008.5.1.4.1.1.7", "Secondary Capture Image", (8, 16, 32), colour=True, needsPlace=False,
    defaults={"ConversionType": "WSD"},
)  # fmt: skip

# Of objects that are no series of images, whose readers look for other things in them: what to do instead.
NOT_IMAGES = {
    "RTDOSE": "Doses need their scaling and plan, which nothing here writes; write the numbers as OT",
    "SEG": "Take the export type of segmentations, which label maps have, or OT for images of labels",
    "SR": "Measurements are no images; write the volume as OT",
    "RTSTRUCT": "Contours are no images; write label maps with the export type of segmentations",
    "REG": "Registrations are no images; apply the transform and write the volume with the modality it was made by",
    **dict.fromkeys(
        ("AU", "ECG", "KO", "PLAN", "PR", "RTPLAN", "RTRECORD", "SM"), "Choose another, for instance OT"
    ),
}  # fmt: skip
BY_MODALITY = {"CT": CT, "MR": MR, "PT": PT, "US": US, "CR": CR, "DX": DX}


def storageClassFor(modality: str, array: numpy.ndarray, isOriented: bool = True) -> StorageClass:
    """The kind of object for a modality and for voxels of shape (slices, rows, columns[, components]).

    Objects of ultrasound and of digital X-rays hold unsigned integers only, and the latter have to say how the patient
    lies in the picture. Other voxels of these modalities, and all those of modalities that have no single images which
    need no more than a volume knows (XA, RF, MG and so on), become secondary captures of the same modality.
    The table is in Resources/Docs/Export.md.

    :param isOriented: whether the directions of rows and columns in the patient are known
    :raises ExportError: when no modality is given, or one that is not of images
    """
    modality = modality.strip()
    if modality in NOT_IMAGES:
        raise ExportError("images cannot be of this modality", value=modality, hint=NOT_IMAGES[modality])
    if not modality:
        raise ExportError("the Modality is empty", hint="Set it, for instance to CT, MR or OT")
    storage = BY_MODALITY.get(modality, SC)
    if array.ndim == 4:
        fits = storage.colour and array.dtype.itemsize * 8 in storage.bits
    else:
        fits = storage.rescale != NO_RESCALE or storage.allows(array.dtype)
    return storage if fits and (isOriented or storage is not DX) else SC
