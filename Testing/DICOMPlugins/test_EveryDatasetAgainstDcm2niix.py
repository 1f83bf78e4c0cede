"""Every volume that dcm2niix makes of any of the shared real data is one of ours: equal voxels, the same place.

Where the two differ, the table below says by how much at most and why; a difference that is no longer there fails as
well, and so does a dataset without an entry.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import pytest

from Testing.DICOMPlugins.Dcm2niixComparison import ABSENT, DIFFERENT, EQUAL, UNPLACED, compareEach, compareFolder

pytestmark = pytest.mark.data


@dataclass(frozen=True)
class Known:
    """A difference that is understood.

    :ivar corners: mm at most
    :ivar voxels: at most
    """

    reason: str
    corners: float = math.inf
    voxels: float = math.inf


@dataclass(frozen=True)
class Dataset:
    """What is expected of one dataset.

    :ivar equal: volumes with equal voxels in the same place
    :ivar unplaced: volumes with equal voxels, of images that do not say where they are; dcm2niix invents a place
    :ivar known: pattern of the volume's name → difference
    :ivar byFile: whether each file is imported by itself, because files share their identifiers
    """

    equal: int = 0
    unplaced: int = 0
    known: dict[str, Known] = field(default_factory=dict)
    byFile: bool = False


def files(equal: int = 0, unplaced: int = 0, known: dict[str, Known] | None = None) -> Dataset:
    """A dataset of files that have nothing to do with each other."""
    return Dataset(equal, unplaced, known or {}, byFile=True)


SEGMENTATION = Known("a segmentation is no image, and not the scalar plugin's")
MICROSCOPY = Known("tiles of a slide are no slices of a volume, and left out by Modality SM")
RESAMPLED = Known("dcm2niix' own interpolation to equal slice distances; ours is offered as a setting")
FIRST_GAP = "slices are uneven: dcm2niix steps by their first distance, we by the mean, with a transform for the rest"
PALETTE = Known("dcm2niix writes numbers of colours, we the colours, equal to pydicom's (test_RealPixels)")
NOT_RGB = Known("dcm2niix writes YBR as if it were RGB; ours is converted, equal to pydicom's", voxels=255)
ROUNDING = Known("decoders of lossy JPEG may round differently (ITU-T T.83)", voxels=1)
CHROMINANCE = "shared chrominance is interpolated by libjpeg, which we use as pydicom does, and repeated by dcm2niix"
WIDE_COLOURS = Known("32 bits a colour: dcm2niix writes the data as something else; ours equal pydicom's", voxels=2**32)
DOSE = Known("dcm2niix ignores DoseGridScaling", corners=1e-3, voxels=1.3e6)
DOSE_VOLUME = Known("dcm2niix ignores DoseGridScaling, and GridFrameOffsetVector: it steps by 1 mm", corners=57)
OFFSET_OF_STEPS = "dcm2niix' step is rounded, of two neighbours or SliceThickness; the positions agree with us"
TABLE = "dcm2niix ignores the modality lookup table; ours equals pydicom's"

DATASETS = {
    "broken/dcmjs_broken": files(equal=1),
    "broken/fodicom_odd": files(unplaced=1, known={
        "GH340.dcm": Known("12 bits packed: unpacked as PS3.5 D.2 says it is a smooth image of 0 to 266, as the window "
                           "says; dcm2niix unpacks in another order", voxels=4095),
        "GH626.dcm": Known("there is no pixel data element: dcm2niix takes the last bytes of the file for pixels"),
    }),
    "broken/pydicom_broken": files(known={"badVR.dcm": DOSE}),
    "broken/pydicom_data_broken": files(equal=2, unplaced=1),
    "charset/fodicom_gb2312": files(unplaced=1),
    "charset/pydicom_charsets": files(unplaced=12),
    "ct/axial_slicer_cthead": Dataset(equal=1),
    "ct/gantry_tilt_variable_spacing_ge": Dataset(known={
        "2_.nii": Known(FIRST_GAP, corners=44, voxels=0),
        "2__Tilt_Eq_1.nii": RESAMPLED,
    }),
    "ct/irregular_dicom2nifti_slicecount": Dataset(equal=1),
    "ct/irregular_dicom2nifti_sliceorientation": Dataset(equal=2),
    "ct/oblique_rtutils_oriented": Dataset(equal=1),
    "dicomdir/pydicom_dicomdirtests": Dataset(equal=18, unplaced=3, known={
        "2_1.1_Routine_Brain.nii": Known(FIRST_GAP, corners=403, voxels=0),
        "2_1.1_Routine_Brain_Eq_1.nii": RESAMPLED,
        "4_Scout.nii": Known("a frontal and a lateral scout: dcm2niix stacks the two, we offer them apart", 275, 0),
    }),
    "dwi/canon_classic_ortho": Dataset(equal=13),
    "dwi/dicom2nifti_ge_001": Dataset(equal=2),
    "dwi/dicom2nifti_philips_001": Dataset(equal=4),
    "dwi/dicom2nifti_philips_enhanced_001": Dataset(equal=4),
    "dwi/ge_dwi_tensor": Dataset(equal=7),
    "dwi/nibabel_siemens_csa": files(equal=2, unplaced=1, known={
        "[01].dcm": Known("256×256 pixels cut out of a mosaic of 48 slices: 7×7 tiles do not fit, and are no slices"),
    }),
    "dwi/nrrd_helix_reference": Dataset(),
    "dwi/siemens_mosaic_vd_roll": Dataset(equal=21),
    "dwi/siemens_xa30_derived_adc": Dataset(equal=1),
    "dwi/siemens_xa30_derived_colfa": Dataset(equal=1),
    "dwi/siemens_xa60_enhanced": Dataset(equal=7),
    "dwi/slicer_philips_ingenia": Dataset(equal=1),
    "dwi/uih_dir16_ap": Dataset(equal=17),
    "enhanced/bruker_mr": Dataset(equal=1),
    "enhanced/ct_supplemental": Dataset(equal=1),
    "enhanced/emri_small_syntaxes": files(unplaced=6),
    "enhanced/legacy_converted_ct_dcmqi": Dataset(equal=5, known={"300_Segmentation.nii": SEGMENTATION}),
    "enhanced/philips_anat_dicom2nifti": Dataset(equal=1),
    "enhanced/philips_b0_fieldmap": Dataset(equal=2),
    "enhanced/philips_fmri_dicom2nifti": Dataset(known={"701_*": Known(OFFSET_OF_STEPS, corners=4e-3, voxels=1e-3)}),
    "enhanced/siemens_multiframe_dicom2nifti": Dataset(equal=1),
    "enhanced/siemens_xa10_fmri": Dataset(equal=4),
    "enhanced/siemens_xa30_asl_4d": Dataset(equal=7),
    "fourd/ge_fmri_150": Dataset(equal=10),
    "fourd/philips_fmri_magdeburg": Dataset(equal=3),
    "fourd/qt2_16echo_dcmstack": Dataset(equal=2, known={
        "3_2D_16Echo_qT2_e1.nii": Known(FIRST_GAP, corners=10.6, voxels=0),
        "3_2D_16Echo_qT2_e1_Eq_1.nii": RESAMPLED,
    }),
    "mr/anatomical_dicom2nifti_generic": Dataset(equal=1),
    "mr/anatomical_dicom2nifti_non_isotropic": Dataset(known={
        "201_*": Known("each slice has a rescale of its own; dcm2niix applies the first one to all", 1e-3, 63),
    }),
    "mr/anatomical_dicom2nifti_rgb": Dataset(equal=1),
    "mr/anatomical_dicom2nifti_siemens": Dataset(equal=1),
    "mr/coronal_genesis_dcm4che": Dataset(equal=1),
    "mr/mosaic_siemens_AxInt36mb": Dataset(equal=2),
    "mr/mosaic_siemens_axasc35": Dataset(equal=2),
    "mr/mosaic_siemens_corasc35": Dataset(equal=2),
    "mr/mosaic_siemens_sagasc35": Dataset(equal=2),
    "pet_seg_sr/QIN_HEADNECK_dcmqi": Dataset(known={"16_tumor_*": SEGMENTATION}),
    "pet_seg_sr/QIN_HEADNECK_pet": Dataset(known={
        "*PET_WB_0.nii": Known(f"{OFFSET_OF_STEPS}; rescaled values pass through single precision", 5e-3, 5e-3),
    }),
    "pet_seg_sr/QIN_HEADNECK_seg_3dslicer": Dataset(known={"70_tumor_*": SEGMENTATION}),
    "pr/philips_gsps_pcasl": Dataset(equal=1),
    "rt/pydicom_rt": files(known={"*_1frame.dcm": DOSE, "rtdose*.dcm": DOSE_VOLUME}),
    "rt/rtutils_ct_rtstruct": Dataset(equal=1),
    "sc/cine_multiframe_fodicom": files(),
    "sc/pydicom_data_sc_rgb": files(unplaced=12, known={"*32bit*": WIDE_COLOURS}),
    "sc/pydicom_sc_rgb": files(unplaced=9, known={
        "*32bit*": WIDE_COLOURS,
        "SC_rgb_small_odd_big_endian.dcm": Known("bytes in big endian words: dcm2niix does not swap them", voxels=113),
        "SC_rgb_dcmtk_+eb+cy+n1.dcm": Known(CHROMINANCE, voxels=22),
        "SC_rgb_dcmtk_+eb+cy+np.dcm": Known(CHROMINANCE, voxels=22),
        "SC_rgb_jpeg_lossy_gdcm.dcm": Known(CHROMINANCE, voxels=22),
        "SC_*": ROUNDING,
    }),
    "seg/dcmqi_liver": files(equal=3, known={"*": SEGMENTATION}),
    "seg/dcmqi_paramap": Dataset(equal=1),
    "seg/highdicom_seg": files(equal=1, known={"seg_image_*": SEGMENTATION}),
    "seg/parametric_map": files(equal=2),
    "sr/dcmjs_sr": Dataset(),
    "sr/highdicom_sr": Dataset(),
    "sr/pydicom_sr": Dataset(),
    "syntax/deflate_dicomparser": files(equal=1, known={
        "CT0012.not_fragmented_bot_rle.dcm": Known("dcm2niix leaves RLE frames in the order of the file, other than "
                                                   "those of its uncompressed twin, which ours equal", 1e-3, 1200),
    }),
    "syntax/htj2k_deflated_frame": files(unplaced=1, known={"liver*.dcm": SEGMENTATION}),
    "syntax/jpeg_xl": files(),
    "syntax/one_ct_in_14_syntaxes": files(equal=10, known={
        "*.4.57.dcm": Known("dcm2niix decodes this predictor wrongly; ours equal the uncompressed twin", 1e-3, 33000),
        "*.4.50.dcm": Known("decoders of lossy JPEG round differently: one step of 32.12", 1e-3, 32.13),
    }),
    "syntax/pydicom_small": files(equal=9, unplaced=5, known={
        "J2K_pixelrep_mismatch.dcm": Known("codestream unsigned, header signed; ours equal pydicom's", 1, 8192),
        "liver*_1frame.dcm": SEGMENTATION,
    }),
    "syntax/testpattern_colour": files(equal=4, known={
        "TestPattern_JPEG-Baseline_YBR422.dcm": Known(CHROMINANCE, 1e-3, 18),
        "TestPattern_JPEG-Baseline_YBRFull.dcm": Known("decoders of lossy JPEG round colours differently", 1e-3, 3),
        "TestPattern_Palette*.dcm": PALETTE,
        "no-pixel-spacing.dcm": PALETTE,
    }),
    "us/palette_cine_dcm4che": files(unplaced=3, known={
        "OT-PAL-8-face": PALETTE,
        "US-PAL-8-10x-echo": PALETTE,
        "jpeg-ls-Palette.dcm": PALETTE,
        "YBR_FULL-RLE.dcm": NOT_RGB,
    }),
    "us/palette_variants": files(unplaced=3, known={
        "OBXXXX1A*.dcm": PALETTE,
        "mlut_18.dcm": Known(TABLE, voxels=2**16),
    }),
    "us/pydicom_examples": files(equal=1, unplaced=2, known={
        "examples_overlay.dcm → *_ROI1.nii": Known("an overlay, which dcm2niix writes as a volume of its own"),
        "examples_palette.dcm": PALETTE,
        "examples_ybr_color.dcm": Known(CHROMINANCE, voxels=6),
    }),
    "waveform/ecg_palettes": Dataset(),
    "wsi/highdicom_sm": files(known={"sm_image*.dcm": MICROSCOPY}),
    "xray/cr_modality_lut": files(known={"*": Known(TABLE, voxels=110)}),
    "xray/cr_mono1_j2k": files(unplaced=1),
    "xray/mono1": files(unplaced=1),
}  # fmt: skip


def test_everyDatasetHasAnEntry(sharedData):
    folders = {path.relative_to(sharedData).as_posix() for path in sharedData.glob("*/*") if path.is_dir()}
    assert folders == set(DATASETS)


def knownDifference(dataset, comparison):
    """(pattern, difference) of the first pattern that fits."""
    patterns = (item for item in dataset.known.items() if fnmatchcase(comparison.name, item[0]))
    return next(patterns, (None, None))


@pytest.mark.parametrize("name", DATASETS)
def test_everyVolumeOfDcm2niixIsOneOfOurs(sharedData, tmp_path, name):
    dataset, folder = DATASETS[name], sharedData / name
    folder = folder / "dicom" if (folder / "dicom").is_dir() else folder
    compare = compareEach if dataset.byFile else compareFolder
    found = list(compare(folder, tmp_path / "scratch"))
    unexplained, used = [], set()
    for one in found:
        if one.kind in (EQUAL, UNPLACED):
            continue
        pattern, known = knownDifference(dataset, one)
        used.add(pattern)
        isWithin = known is not None and (
            (one.kind == ABSENT and known.voxels == math.inf)
            or (one.kind == DIFFERENT and one.voxels <= known.voxels and min(one.corners, 1e9) <= known.corners)
        )
        if not isWithin:
            unexplained.append(str(one))
    kinds = Counter(one.kind for one in found)
    print(f"{name}: {dict(kinds)}")
    assert unexplained == []
    assert (kinds[EQUAL], kinds[UNPLACED]) == (dataset.equal, dataset.unplaced)
    assert used == set(dataset.known), "a known difference is not there any more"
