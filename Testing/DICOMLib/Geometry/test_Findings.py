from DICOMLib.Geometry.Findings import ERROR, NOTE, WARNING, Finding, counted, warningText


def test_warningsAreOneTextWithErrorsFirstAndNotesLeftOut():
    findings = [Finding("a", "one is odd", WARNING), Finding("b", "two", NOTE), Finding("c", "three is wrong", ERROR)]
    assert warningText(findings) == "Three is wrong. One is odd."
    assert warningText([]) == ""


def test_countsHaveTheirPlural():
    assert [counted(1, "slice"), counted(2, "slice")] == ["1 slice", "2 slices"]
