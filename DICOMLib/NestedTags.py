"""What is read at import from inside sequences: which values, and why. Source of names and numbers: PS3.6.

Two tables. Values of functional groups (PS3.3 C.7.6.16) are kept for every frame; values of other sequences are kept
like any other tag, under their path. A plugin may declare more of both kinds among its tags.
"""

from __future__ import annotations

SHARED_FUNCTIONAL_GROUPS = 0x52009229
PER_FRAME_FUNCTIONAL_GROUPS = 0x52009230

# Numbers and VRs of all elements and sequences named below, so that neither an import nor a look-up needs pydicom's
# dictionary.
_ELEMENTS = """
0008,0100 SH CodeValue                            0008,1115 SQ ReferencedSeriesSequence
0008,1140 SQ ReferencedImageSequence              0008,114A SQ ReferencedInstanceSequence
0008,1155 UI ReferencedSOPInstanceUID             0008,1160 IS ReferencedFrameNumber
0008,2112 SQ SourceImageSequence                  0008,9007 CS FrameType
0008,9124 SQ DerivationImageSequence              0008,9206 CS VolumetricProperties
0008,9208 CS ComplexImageComponent                0008,9209 CS AcquisitionContrast
0018,0031 LO Radiopharmaceutical                  0018,0080 DS RepetitionTime
0018,0091 IS EchoTrainLength                      0018,1072 TM RadiopharmaceuticalStartTime
0018,1074 DS RadionuclideTotalDose                0018,1075 DS RadionuclideHalfLife
0018,1078 DT RadiopharmaceuticalStartDateTime     0018,1312 CS InPlanePhaseEncodingDirection
0018,1314 DS FlipAngle                            0018,1510 DS PositionerPrimaryAngle
0018,1511 DS PositionerSecondaryAngle             0018,6011 SQ SequenceOfUltrasoundRegions
0018,6012 US RegionSpatialFormat                  0018,6014 US RegionDataType
0018,6016 UL RegionFlags                          0018,6018 UL RegionLocationMinX0
0018,601A UL RegionLocationMinY0                  0018,601C UL RegionLocationMaxX1
0018,601E UL RegionLocationMaxY1                  0018,6020 SL ReferencePixelX0
0018,6022 SL ReferencePixelY0                     0018,6024 US PhysicalUnitsXDirection
0018,6026 US PhysicalUnitsYDirection              0018,602C FD PhysicalDeltaX
0018,602E FD PhysicalDeltaY                       0018,9006 SQ MRImagingModifierSequence
0018,9074 DT FrameAcquisitionDateTime             0018,9075 CS DiffusionDirectionality
0018,9076 SQ DiffusionGradientDirectionSequence   0018,9079 FD InversionTimes
0018,9082 FD EffectiveEchoTime                    0018,9090 FD VelocityEncodingDirection
0018,9091 FD VelocityEncodingMinimumValue         0018,9112 SQ MRTimingAndRelatedParametersSequence
0018,9114 SQ MREchoSequence                       0018,9115 SQ MRModifierSequence
0018,9117 SQ MRDiffusionSequence                  0018,9118 SQ CardiacSynchronizationSequence
0018,9125 SQ MRFOVGeometrySequence                0018,9147 CS DiffusionAnisotropyType
0018,9151 DT FrameReferenceDateTime               0018,9197 SQ MRVelocityEncodingSequence
0018,9217 FD VelocityEncodingMaximumValue         0018,9220 FD FrameAcquisitionDuration
0018,9226 SQ MRImageFrameTypeSequence             0018,9240 US RFEchoTrainLength
0018,9241 US GradientEchoTrainLength              0018,9251 SQ MRArterialSpinLabelingSequence
0018,9257 CS ASLContext                           0018,9304 SQ CTAcquisitionDetailsSequence
0018,9313 FD DataCollectionCenterPatient          0018,9318 FD ReconstructionTargetCenterPatient
0018,9326 SQ CTPositionSequence                   0018,9327 FD TablePosition
0018,9329 SQ CTImageFrameTypeSequence             0018,9404 FL ObjectPixelSpacingInCenterOfBeam
0018,9405 SQ PositionerPositionSequence           0018,9412 SQ XAXRFFrameCharacteristicsSequence
0018,9504 SQ XRay3DFrameTypeSequence              0018,9601 SQ DiffusionBMatrixSequence
0018,9602 FD DiffusionBValueXX                    0018,9603 FD DiffusionBValueXY
0018,9604 FD DiffusionBValueXZ                    0018,9605 FD DiffusionBValueYY
0018,9606 FD DiffusionBValueYZ                    0018,9607 FD DiffusionBValueZZ
0018,9735 SQ PETPositionSequence                  0018,9751 SQ PETFrameTypeSequence
0018,9806 SQ USImageDescriptionSequence           0020,9057 UL InStackPositionNumber
0020,9071 SQ FrameAnatomySequence                 0020,9072 CS FrameLaterality
0020,9111 SQ FrameContentSequence                 0020,9113 SQ PlanePositionSequence
0020,9116 SQ PlaneOrientationSequence             0020,9128 UL TemporalPositionIndex
0020,9153 FD NominalCardiacTriggerDelayTime       0020,9156 US FrameAcquisitionNumber
0020,9157 UL DimensionIndexValues                 0020,9158 LT FrameComments
0020,9164 UI DimensionOrganizationUID             0020,9165 AT DimensionIndexPointer
0020,9167 AT FunctionalGroupPointer               0020,9172 SQ ConversionSourceAttributesSequence
0020,9222 SQ DimensionIndexSequence               0020,9241 FL NominalPercentageOfCardiacPhase
0020,9245 FL NominalPercentageOfRespiratoryPhase  0020,9251 FD RRIntervalTimeNominal
0020,9252 FD ActualCardiacTriggerDelayTime        0020,9253 SQ RespiratorySynchronizationSequence
0020,9255 FD NominalRespiratoryTriggerDelayTime   0020,9257 FD ActualRespiratoryTriggerDelayTime
0020,9301 FD ImagePositionVolume                  0020,9302 FD ImageOrientationVolume
0020,930D FD TemporalPositionTimeOffset           0020,930E SQ PlanePositionVolumeSequence
0020,930F SQ PlaneOrientationVolumeSequence       0020,9310 SQ TemporalPositionSequence
0020,9421 LO DimensionDescriptionLabel            0020,9453 LO FrameLabel
0008,0102 SH CodingSchemeDesignator               0008,0104 LO CodeMeaning
0028,3000 SQ ModalityLUTSequence                  0028,3002 US LUTDescriptor
0028,3003 LO LUTExplanation                       0028,3004 LO ModalityLUTType
0028,3010 SQ VOILUTSequence                       0028,9110 SQ PixelMeasuresSequence
0040,9220 SQ QuantityDefinitionSequence           0040,A168 SQ ConceptCodeSequence
0040,A170 SQ PurposeOfReferenceCodeSequence
0028,9132 SQ FrameVOILUTSequence                  0028,9145 SQ PixelValueTransformationSequence
0028,9443 SQ FramePixelDataPropertiesSequence     0040,08EA SQ MeasurementUnitsCodeSequence
0040,9096 SQ RealWorldValueMappingSequence        0040,9210 SH LUTLabel
0040,9213 FD DoubleFloatRealWorldValueLastValueMapped
0040,9214 FD DoubleFloatRealWorldValueFirstValueMapped
0040,9224 FD RealWorldValueIntercept              0040,9225 FD RealWorldValueSlope
0048,021A SQ PlanePositionSlideSequence           0048,021E SL ColumnPositionInTotalImagePixelMatrix
0048,021F SL RowPositionInTotalImagePixelMatrix   0054,0016 SQ RadiopharmaceuticalInformationSequence
0054,0022 SQ DetectorInformationSequence
0062,0002 SQ SegmentSequence                      0062,0004 US SegmentNumber
0062,0005 LO SegmentLabel                         0062,000A SQ SegmentIdentificationSequence
0062,000B US ReferencedSegmentNumber              3006,0010 SQ ReferencedFrameOfReferenceSequence
3006,0012 SQ RTReferencedStudySequence            3006,0014 SQ RTReferencedSeriesSequence
3006,0020 SQ StructureSetROISequence              3006,0022 IS ROINumber
3006,0026 LO ROIName                              300C,0002 SQ ReferencedRTPlanSequence
300C,0060 SQ ReferencedStructureSetSequence
5200,9229 SQ SharedFunctionalGroupsSequence       5200,9230 SQ PerFrameFunctionalGroupsSequence
"""

# Functional group (with what leads to deeper values), its values, and why they are kept.
FUNCTIONAL_GROUPS: tuple[tuple[str, str, str], ...] = (
    ("PlanePositionSequence[0]", "ImagePositionPatient", "places the frame in space"),
    ("PlaneOrientationSequence[0]", "ImageOrientationPatient", "places the frame in space"),
    ("PlanePositionVolumeSequence[0]", "ImagePositionVolume", "places an ultrasound frame in its volume"),
    ("PlaneOrientationVolumeSequence[0]", "ImageOrientationVolume", "places an ultrasound frame in its volume"),
    ("PlanePositionSlideSequence[0]", "ColumnPositionInTotalImagePixelMatrix RowPositionInTotalImagePixelMatrix",
     "places a tile on its slide"),
    ("PixelMeasuresSequence[0]", "PixelSpacing SliceThickness SpacingBetweenSlices", "size of the voxels"),
    ("PixelValueTransformationSequence[0]", "RescaleSlope RescaleIntercept RescaleType", "values of the voxels"),
    ("RealWorldValueMappingSequence[*]", "RealWorldValueSlope RealWorldValueIntercept LUTLabel"
     " DoubleFloatRealWorldValueFirstValueMapped DoubleFloatRealWorldValueLastValueMapped"
     " MeasurementUnitsCodeSequence[0].CodeValue MeasurementUnitsCodeSequence[0].CodingSchemeDesignator"
     " MeasurementUnitsCodeSequence[0].CodeMeaning QuantityDefinitionSequence[0].ConceptCodeSequence[0].CodeValue"
     " QuantityDefinitionSequence[0].ConceptCodeSequence[0].CodingSchemeDesignator"
     " QuantityDefinitionSequence[0].ConceptCodeSequence[0].CodeMeaning", "values of the voxels and their unit"),
    ("FrameVOILUTSequence[0]", "WindowCenter WindowWidth WindowCenterWidthExplanation VOILUTFunction",
     "initial display"),
    ("FrameContentSequence[0]", "StackID InStackPositionNumber TemporalPositionIndex DimensionIndexValues"
     " FrameAcquisitionNumber FrameAcquisitionDateTime FrameReferenceDateTime FrameAcquisitionDuration FrameLabel"
     " FrameComments", "splits frames into volumes and orders them"),
    ("TemporalPositionSequence[0]", "TemporalPositionTimeOffset", "splits frames into volumes and orders them"),
    ("CardiacSynchronizationSequence[0]", "NominalCardiacTriggerDelayTime ActualCardiacTriggerDelayTime"
     " NominalPercentageOfCardiacPhase RRIntervalTimeNominal", "splits frames by heart phase"),
    ("RespiratorySynchronizationSequence[0]", "NominalRespiratoryTriggerDelayTime ActualRespiratoryTriggerDelayTime"
     " NominalPercentageOfRespiratoryPhase", "splits frames by breathing phase"),
    ("MRDiffusionSequence[0]", "DiffusionBValue DiffusionDirectionality DiffusionAnisotropyType"
     " DiffusionGradientDirectionSequence[0].DiffusionGradientOrientation DiffusionBMatrixSequence[0].DiffusionBValueXX"
     " DiffusionBMatrixSequence[0].DiffusionBValueXY DiffusionBMatrixSequence[0].DiffusionBValueXZ"
     " DiffusionBMatrixSequence[0].DiffusionBValueYY DiffusionBMatrixSequence[0].DiffusionBValueYZ"
     " DiffusionBMatrixSequence[0].DiffusionBValueZZ", "diffusion weighting"),
    ("MREchoSequence[0]", "EffectiveEchoTime", "splits frames by echo"),
    ("MRTimingAndRelatedParametersSequence[0]", "RepetitionTime FlipAngle EchoTrainLength RFEchoTrainLength"
     " GradientEchoTrainLength", "splits frames by timing"),
    ("MRModifierSequence[0]", "InversionTimes", "splits frames by timing"),
    ("MRFOVGeometrySequence[0]", "InPlanePhaseEncodingDirection", "turns gradients into patient directions"),
    ("MRVelocityEncodingSequence[0]", "VelocityEncodingDirection VelocityEncodingMinimumValue"
     " VelocityEncodingMaximumValue", "splits frames by direction of flow"),
    ("MRArterialSpinLabelingSequence[0]", "ASLContext", "tells label from control"),
    ("MRImageFrameTypeSequence[0]", "FrameType VolumetricProperties ComplexImageComponent AcquisitionContrast",
     "tells magnitude, phase and derived frames apart"),
    ("CTImageFrameTypeSequence[0]", "FrameType VolumetricProperties", "tells localizers and derived frames apart"),
    ("PETFrameTypeSequence[0]", "FrameType VolumetricProperties", "tells derived frames apart"),
    ("XRay3DFrameTypeSequence[0]", "FrameType VolumetricProperties", "tells derived frames apart"),
    ("FramePixelDataPropertiesSequence[0]", "FrameType VolumetricProperties", "tells derived frames apart"),
    ("USImageDescriptionSequence[0]", "FrameType VolumetricProperties", "tells derived frames apart"),
    ("CTPositionSequence[0]", "TablePosition DataCollectionCenterPatient ReconstructionTargetCenterPatient",
     "position of the table"),
    ("PETPositionSequence[0]", "TablePosition", "position of the table"),
    ("CTAcquisitionDetailsSequence[0]", "GantryDetectorTilt", "confirms a tilted gantry"),
    ("PositionerPositionSequence[0]", "PositionerPrimaryAngle PositionerSecondaryAngle", "direction of an X-ray frame"),
    ("XAXRFFrameCharacteristicsSequence[0]", "ObjectPixelSpacingInCenterOfBeam", "size of the pixels of an X-ray"),
    ("FrameAnatomySequence[0]", "FrameLaterality", "tells left from right"),
    ("SegmentIdentificationSequence[0]", "ReferencedSegmentNumber", "which segment the frame is of"),
    ("DerivationImageSequence[*].SourceImageSequence[*]", "ReferencedSOPInstanceUID ReferencedFrameNumber",
     "what the frame was made of"),
    ("ConversionSourceAttributesSequence[0]", "ReferencedSOPInstanceUID", "what the frame was converted from"),
    # Philips keeps its classic tags in a sequence of every frame; dcm2niix reads them there.
    ('(2005,"Philips MR Imaging DD 005",0F)[0]',
     '(2001,"Philips Imaging DD 001",03)|(2001,"Philips Imaging DD 001",04)|(2001,"Philips Imaging DD 001",0A)'
     '|(2005,"Philips MR Imaging DD 001",0D)|(2005,"Philips MR Imaging DD 001",0E)'
     '|(2005,"Philips MR Imaging DD 001",11)|(2005,"Philips MR Imaging DD 001",B0)'
     '|(2005,"Philips MR Imaging DD 001",B1)|(2005,"Philips MR Imaging DD 001",B2)'
     '|(2005,"Philips MR Imaging DD 005",09)|(2005,"Philips MR Imaging DD 005",0A)'
     '|(2005,"Philips MR Imaging DD 005",12)|(2005,"Philips MR Imaging DD 005",13)',
     "Philips: b-value, direction, slice number, precise scaling, kind of image"),
    # Siemens XA: time after start, ICE dimensions, sign of the phase encoding, bandwidth, image type, mosaic's origin.
    ('(0021,"SIEMENS MR SDI 02",FE)[0]',
     '(0021,"SIEMENS MR SDI 02",04)|(0021,"SIEMENS MR SDI 02",06)|(0021,"SIEMENS MR SDI 02",1C)'
     '|(0021,"SIEMENS MR SDI 02",53)|(0021,"SIEMENS MR SDI 02",5B)|(0021,"SIEMENS MR SDI 02",75)',
     "Siemens: slice timing, direction of phase encoding, kind of image"),
)

# Other sequences: what leads to the values, the values, and why they are kept.
SEQUENCES: tuple[tuple[str, str, str], ...] = (
    ("ReferencedSeriesSequence[*]", "SeriesInstanceUID ReferencedInstanceSequence[*].ReferencedSOPInstanceUID",
     "what the object refers to"),
    ("ReferencedImageSequence[*]", "ReferencedSOPInstanceUID PurposeOfReferenceCodeSequence[0].CodeValue",
     "what the object refers to, and what for"),
    ("SourceImageSequence[*]", "ReferencedSOPInstanceUID", "what the object was made of"),
    ("SequenceOfUltrasoundRegions[*]", "RegionSpatialFormat RegionDataType RegionFlags RegionLocationMinX0"
     " RegionLocationMinY0 RegionLocationMaxX1 RegionLocationMaxY1 ReferencePixelX0 ReferencePixelY0"
     " PhysicalUnitsXDirection PhysicalUnitsYDirection PhysicalDeltaX PhysicalDeltaY", "size of ultrasound pixels"),
    ("DimensionIndexSequence[*]", "DimensionIndexPointer FunctionalGroupPointer DimensionOrganizationUID"
     " DimensionDescriptionLabel", "says what the dimension indices of frames count"),
    ("DetectorInformationSequence[0]", "ImagePositionPatient ImageOrientationPatient",
     "places a nuclear medicine image in space"),
    ("RealWorldValueMappingSequence[*]", "RealWorldValueSlope RealWorldValueIntercept LUTLabel"
     " MeasurementUnitsCodeSequence[0].CodeValue MeasurementUnitsCodeSequence[0].CodingSchemeDesignator"
     " MeasurementUnitsCodeSequence[0].CodeMeaning QuantityDefinitionSequence[0].ConceptCodeSequence[0].CodeValue"
     " QuantityDefinitionSequence[0].ConceptCodeSequence[0].CodingSchemeDesignator"
     " QuantityDefinitionSequence[0].ConceptCodeSequence[0].CodeMeaning", "values of the voxels and their unit"),
    ("ModalityLUTSequence[0]", "LUTDescriptor ModalityLUTType", "size of the table that gives voxels their values"),
    ("VOILUTSequence[*]", "LUTDescriptor LUTExplanation", "initial display"),
    ("RadiopharmaceuticalInformationSequence[0]", "RadionuclideTotalDose RadionuclideHalfLife Radiopharmaceutical"
     " RadiopharmaceuticalStartTime RadiopharmaceuticalStartDateTime", "standardised uptake value"),
    ("SegmentSequence[*]", "SegmentNumber SegmentLabel", "names of segments"),
    ("StructureSetROISequence[*]", "ROINumber ROIName", "names of contours"),
    ("ReferencedFrameOfReferenceSequence[*]", "FrameOfReferenceUID"
     " RTReferencedStudySequence[*].RTReferencedSeriesSequence[*].SeriesInstanceUID", "what contours are drawn on"),
    ("ReferencedRTPlanSequence[*]", "ReferencedSOPInstanceUID", "which plan a dose or image belongs to"),
    ("ReferencedStructureSetSequence[*]", "ReferencedSOPInstanceUID", "which contours a plan is for"),
)


def pathsOf(table: tuple[tuple[str, str, str], ...]) -> tuple[str, ...]:
    """All paths that a table declares, as written in it."""
    return tuple(
        f"{sequence}.{value}"
        for sequence, values, _ in table
        for value in (values.split("|") if "|" in values else values.split())
    )


def _parsedElements() -> dict[str, tuple[int, str]]:
    words = _ELEMENTS.split()
    return {
        keyword: (int(tag[:4] + tag[5:], 16), vr)
        for tag, vr, keyword in zip(words[::3], words[1::3], words[2::3], strict=True)
    }


ELEMENTS = _parsedElements()
"""Keyword → (32-bit tag number, VR) of everything named in the tables that is not in ``Tags.ALL_TAGS``."""
