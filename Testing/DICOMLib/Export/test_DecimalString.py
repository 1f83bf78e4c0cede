import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from DICOMLib.Errors import ExportError
from DICOMLib.Export.DecimalString import decimalString, decimalStrings, writtenNumber


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-0.0, "0"), (1.0, "1"), (-1024, "-1024"), (0.5, "0.5"), (1 / 3, "0.33333333333333"), (1.5e-5, "1.5e-5"),
     (-123.45678901234567, "-123.45678901235"), (1e20, "1e20"), (-1 / 3e9, "-3.333333333e-10")],
)  # fmt: skip
def test_numbersAreWrittenWithTheDigitsThatFit(value, text):
    assert decimalString(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_everyNumberFitsAndComesBackToTenDigits(value):
    text = decimalString(value)
    assert len(text) <= 16
    assert set(text) <= set("0123456789+-.e")
    if 1e-90 < abs(value) < 1e90:
        assert writtenNumber(value) == pytest.approx(value, rel=2e-10)


@given(st.floats(-2000, 2000))
def test_aPositionInTheScannerKeepsATenthOfANanometre(value):
    assert abs(writtenNumber(value) - value) < 1e-10


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_writingTwiceIsWritingOnce(value):
    assert decimalString(writtenNumber(value)) == decimalString(value)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_whatIsNoNumberIsRefused(value):
    with pytest.raises(ExportError, match="not finite"):
        decimalStrings([value])
