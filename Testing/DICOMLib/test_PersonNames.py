import pytest

from DICOMLib.PersonNames import displayedName, firstSpelling


@pytest.mark.parametrize(
    ("name", "displayed"),
    [
        ("Doe^John", "Doe, John"),
        ("Doe^John^A^Dr^Jr", "Doe, John A, Jr (Dr)"),
        ("Doe^", "Doe"),
        ("^Jane", "Jane"),
        ("Plain Name", "Plain Name"),
        ("A^B^C^D^E^F^G", "A, B C, E (D)"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Yamada, Tarou (山田, 太郎)"),
        ("Zhang^XiaoDong=张^小东=", "Zhang, XiaoDong (张, 小东)"),
        ("=山田^太郎", "山田, 太郎"),
        ("Doe^Jane=Doe^Jane", "Doe, Jane"),
        ("^^^Dr", "(Dr)"),
        ("^^^^", ""),
        ("", ""),
    ],
)
def test_namesAreShownLastThenFirstWithAnotherSpellingInBrackets(name, displayed):
    assert displayedName(name) == displayed


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Yamada^Tarou=山田^太郎", "Yamada, Tarou"), ("=山田^太郎", "山田, 太郎"), ("Doe^John^^Dr", "Doe, John (Dr)"),
        ("", ""),
    ],
)
def test_oneSpellingIsTheAlphabeticOneWhereThereIsOne(name, shown):
    assert firstSpelling(name) == shown
