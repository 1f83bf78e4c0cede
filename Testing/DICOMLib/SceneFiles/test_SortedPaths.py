from DICOMLib.SceneFiles.SortedPaths import sortedPaths


def test_eachGoesItsWay_butNotWhatBelongsToAnother(tmp_path):
    for name in ("head.nhdr", "head.raw", "plan.mrml", "notes.txt"):
        (tmp_path / name).write_text("")
    for name in ("folder", "plan_Data", "other_Data"):
        (tmp_path / name).mkdir()
    names = ["folder", "head.nhdr", "head.raw", "plan.mrml", "plan_Data", "notes.txt", "other_Data"]
    expected = (["plan.mrml"], ["head.nhdr", "notes.txt"], ["folder", "other_Data"])
    found = sortedPaths([tmp_path / name for name in names])
    assert found == tuple([tmp_path / name for name in some] for some in expected)
