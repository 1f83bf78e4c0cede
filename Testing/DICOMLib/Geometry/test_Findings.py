from DICOMLib.Geometry.Findings import ERROR, NOTE, WARNING, Finding, warningText


def test_warningsAreOneTextWithErrorsFirstAndNotesLeftOut():
    findings = [Finding("a", "one is odd", WARNING), Finding("b", "two", NOTE), Finding("c", "three is wrong", ERROR)]
    assert warningText(findings) == "Three is wrong. One is odd."
    assert warningText([]) == ""
