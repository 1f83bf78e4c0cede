"""The error tree: messages answer what, where, which value and what to do."""

import inspect
from pathlib import Path

from DICOMLib import Errors
from DICOMLib.Errors import CancelledError, DICOMError, FileError, displayPath


def test_message_says_where_what_value_and_what_to_do():
    error = FileError("pixel data is short", b"/data/a.dcm", "have 100, need 512", "Copy the file again")

    assert str(error) == "/data/a.dcm: pixel data is short (have 100, need 512). Copy the file again."


def test_message_without_place_value_and_hint_is_one_sentence():
    assert str(DICOMError("nothing was selected")) == "nothing was selected."


def test_value_zero_is_shown():
    assert str(DICOMError("the spacing is not positive", value=0)) == "the spacing is not positive (0)."


def test_every_error_of_the_project_is_a_DICOMError():
    classes = [value for value in vars(Errors).values() if inspect.isclass(value) and issubclass(value, Exception)]

    assert len(classes) > 15
    assert all(issubclass(cls, DICOMError) for cls in classes)


def test_file_names_that_are_not_text_are_shown_escaped():
    assert displayPath(b"/data/caf\xe9.dcm") == "/data/caf\\xe9.dcm"


def test_control_characters_of_a_file_name_never_reach_the_terminal():
    assert displayPath("/data/\x1b[2J\n.dcm") == "/data/\\x1b[2J\\x0a.dcm"


def test_path_objects_become_text():
    assert FileError("is empty", Path("/data/x")).where == "/data/x"


def test_cancelled_needs_no_words():
    assert str(CancelledError()) == "cancelled."
