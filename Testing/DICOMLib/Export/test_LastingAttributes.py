import pytest

from DICOMLib.Export.LastingAttributes import LASTING, lastingAttributes
from DICOMLib.TagPaths import normalizedPath

JPEG, NEAR_LOSSLESS, PLAIN = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.81", "1.2.840.10008.1.2.1"


def header(syntax=PLAIN, **values):
    return {"0002,0010": syntax, **{normalizedPath(name): text for name, text in values.items()}}


CASES = [
    # of all objects of the source, and what is true of a volume of them
    ([{"BurnedInAnnotation": "NO"}, {"BurnedInAnnotation": "YES"}], {"BurnedInAnnotation": "YES"}),
    ([{"BurnedInAnnotation": "NO"}, {"BurnedInAnnotation": "NO"}], {"BurnedInAnnotation": "NO"}),
    ([{"BurnedInAnnotation": "NO"}, {}], {}),
    ([{"RecognizableVisualFeatures": "YES"}, {}], {"RecognizableVisualFeatures": "YES"}),
    ([{"PatientIdentityRemoved": "YES"}, {"PatientIdentityRemoved": "YES"}], {"PatientIdentityRemoved": "YES"}),
    ([{"PatientIdentityRemoved": "NO"}], {"PatientIdentityRemoved": "NO"}),
    ([{"PatientIdentityRemoved": "YES"}, {}], {}),
    ([{}, {"DeidentificationMethod": "Basic profile"}], {"DeidentificationMethod": "Basic profile"}),
    ([{"LongitudinalTemporalInformationModified": "MODIFIED"}, {"LongitudinalTemporalInformationModified": "REMOVED"}],
     {"LongitudinalTemporalInformationModified": "REMOVED"}),
    ([{"LossyImageCompression": "00"}], {"LossyImageCompression": "00"}),
    ([{"LossyImageCompression": "00"}, {}], {}),
    ([{"LossyImageCompression": "00"}, {"LossyImageCompression": "01", "LossyImageCompressionRatio": "7",
      "LossyImageCompressionMethod": "ISO_10918_1"}],
     {"LossyImageCompression": "01", "LossyImageCompressionRatio": "7", "LossyImageCompressionMethod": "ISO_10918_1"}),
    ([{"LossyImageCompression": "01", "LossyImageCompressionRatio": "5"},
      {"LossyImageCompression": "01", "LossyImageCompressionRatio": "12"}],
     {"LossyImageCompression": "01", "LossyImageCompressionRatio": "12"}),
    ([{"syntax": JPEG}], {"LossyImageCompression": "01", "LossyImageCompressionMethod": "ISO_10918_1"}),
    ([{"syntax": NEAR_LOSSLESS, "LossyImageCompression": "00"}],
     {"LossyImageCompression": "01", "LossyImageCompressionMethod": "ISO_14495_1"}),
]  # fmt: skip


@pytest.mark.parametrize(("headers", "kept"), CASES)
def test_theAnswerThatWarnsMostCounts(headers, kept):
    assert lastingAttributes([header(**values) for values in headers]).kept == kept


def test_whatIsNotKeptHasAReason():
    found = lastingAttributes([header(PatientIdentityRemoved="YES"), header()])
    assert found.dropped == {"PatientIdentityRemoved": "not all objects of the source say it"}


def test_allOfThemAreInTheStandard():
    assert len({normalizedPath(name) for name in LASTING}) == len(LASTING)
    assert lastingAttributes([]).kept == {}
