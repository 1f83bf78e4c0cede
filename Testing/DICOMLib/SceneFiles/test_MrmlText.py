import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from DICOMLib.Errors import SceneFileError
from DICOMLib.SceneFiles import MrmlText
from DICOMLib.SceneFiles.MrmlText import MAX_DEPTH, MAX_ELEMENTS, MAX_TEXT_BYTES, Element, isSayable, parseXML, writeXML


def nested(depth: int) -> bytes:
    return b"<a>" * depth + b"</a>" * depth


def test_elementsAttributesAndTextComeBackInTheirOrder():
    root = parseXML('<MRML v="1">\n <A b="2" a="1"/>\n <B>some <C x="ö"/>text</B></MRML>')
    assert (root.tag, root.attributes, root.text) == ("MRML", {"v": "1"}, "")
    first, second = root.children
    assert list(first.attributes.items()) == [("b", "2"), ("a", "1")]
    assert (second.text, second.children) == ("some text", [Element("C", {"x": "ö"})])


@settings(max_examples=200, deadline=None)
@given(value=st.text(), text=st.text())
def test_anyTextThatXMLCanHoldComesBackAsItWas(value, text):
    written = parseXML(writeXML(Element("a", {"b": value}, text=text)))
    if isSayable(value) and isSayable(text):
        assert (written.attributes["b"], written.text) == (value, text)
    else:
        assert len(written.attributes["b"]) == len(value) and len(written.text) == len(text)


def test_whitespaceInAttributesIsNotNormalisedAway():
    assert parseXML(writeXML(Element("a", {"b": "\t\n\r x"}))).attributes["b"] == "\t\n\r x"


@pytest.mark.parametrize("text", ["a\0b", "\x01", "\x1b", "\ud800", "\uffff"])
def test_charactersThatXMLCannotHoldAreReplaced(text):
    assert not isSayable(text)
    assert "\ufffd" in parseXML(writeXML(Element("a", {"b": text}))).attributes["b"]


def test_documentTypesAndEntitiesAreRefused():
    entities = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    for text in (entities, "<!DOCTYPE a><a/>", '<!DOCTYPE a SYSTEM "http://example.com/a.dtd"><a/>'):
        with pytest.raises(SceneFileError, match="document type"):
            parseXML(text)


def test_anEntityThatMultipliesItselfIsRefusedAtOnce():
    lines = [f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 12)]
    with pytest.raises(SceneFileError, match="document type"):
        parseXML(f'<!DOCTYPE a [<!ENTITY x0 "x">{"".join(lines)}]><a>&x11;</a>')


def test_elementsAreAsDeepAsAcceptedAndNotDeeper():
    assert parseXML(nested(MAX_DEPTH)).tag == "a"
    with pytest.raises(SceneFileError, match="too many elements"):
        parseXML(nested(MAX_DEPTH + 1))
    with pytest.raises(SceneFileError, match="too many elements"):
        parseXML(nested(200_000))


def test_thereAreAsManyElementsAsAcceptedAndNotMore():
    assert len(parseXML(b"<a>" + b"<b/>" * (MAX_ELEMENTS - 1) + b"</a>").children) == MAX_ELEMENTS - 1
    with pytest.raises(SceneFileError, match="too many elements"):
        parseXML(b"<a>" + b"<b/>" * MAX_ELEMENTS + b"</a>")


def test_thereAreAsManyAttributesAsAcceptedAndNotMore(monkeypatch):
    monkeypatch.setattr(MrmlText, "MAX_ATTRIBUTES", 3)
    assert len(parseXML('<MRML a="" b=""><x c=""/></MRML>').children) == 1
    with pytest.raises(SceneFileError, match="too many attributes"):
        parseXML('<MRML a="" b=""><x c="" d=""/></MRML>')


def test_aTextBeyondTheLimitIsNotLookedAt():
    with pytest.raises(SceneFileError, match="too long"):
        parseXML(b"\0" * (MAX_TEXT_BYTES + 1))


NO_XML = {
    "nothing": b"",
    "a picture": b"\x89PNG\r\n",
    "no end": b"<a>",
    "another end": b"<a></b>",
    "an attribute twice": b"<a b='1' b='2'/>",
    "bytes before": b"\xff<a/>",
    "an unknown encoding": b'<?xml version="1.0" encoding="nonsense"?><a/>',
}


@pytest.mark.parametrize("text", NO_XML.values(), ids=NO_XML)
def test_whatIsNoXMLIsToldInASentence(text):
    with pytest.raises(SceneFileError, match="the text of the scene"):
        parseXML(text)


def test_ampersandsThatSlicerDoesNotEscapeInNamesOfFilesAreRead():
    assert parseXML('<a fileName="Data/a&b%20c.nrrd" name="x&amp;y&#10;"/>').attributes == {
        "fileName": "Data/a&b%20c.nrrd", "name": "x&y\n",
    }  # fmt: skip


def test_otherEncodingsAreRead():
    assert parseXML('<?xml version="1.0" encoding="ISO-8859-1"?><a b="ö"/>'.encode("latin-1")).attributes["b"] == "ö"


def test_writingNestedElementsNeedsNoRecursion():
    root = element = Element("a")
    for _ in range(5000):
        element.children.append(Element("a"))
        element = element.children[0]
    assert writeXML(root).count("<a>") == 5001
