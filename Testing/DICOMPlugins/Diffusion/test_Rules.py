"""Which rule gives the weighting of each slice, and what is told about the choice."""

from __future__ import annotations

import numpy
import pytest

from DICOMPlugins.Diffusion import Rules
from DICOMPlugins.Diffusion.Columns import numbersOf
from DICOMPlugins.Diffusion.Rules import anglesBetween, chooseWeighting, evidenceIn, tagsOfRules
from DICOMPlugins.Diffusion.Standard import StandardRule
from DICOMPlugins.Diffusion.Weighting import DIRECTIONAL, ISOTROPIC, UNKNOWN, UNWEIGHTED, Weighting
from Testing.DICOMPlugins.Diffusion.Slices import X, Y, planesFrom, record, weighted

B, DIRECTION, TRACE = '(0019,"ACME MR",10)', '(0019,"ACME MR",11)', '(0019,"ACME MR",12)'


class AcmeRule:
    """Private elements of a vendor made up for these tests."""

    name = "Acme"
    tags = {"b": B, "direction": DIRECTION, "trace": TRACE}
    manufacturers = ("ACME",)

    def evidence(self, planes):
        return "(0019,xx10) of ACME MR" if any(planes.distinct(B)) else ""

    def read(self, planes):
        found = Weighting.unknown(len(planes))
        found.bValues = numbersOf(planes, B)[:, 0].copy()
        found.directions = numbersOf(planes, DIRECTION, 3).copy()
        found.kinds[found.bValues == 0] = UNWEIGHTED
        found.kinds[numbersOf(planes, TRACE)[:, 0] == 1] = ISOTROPIC
        found.sources = {"b-value": "(0019,xx10)", "direction": "(0019,xx11)"}
        return found


class OtherRule(AcmeRule):
    """Of another vendor, with the same layout."""

    name = "Other"
    manufacturers = ("OTHER",)
    tags = {"b": '(0021,"OTHER MR",10)'}

    def evidence(self, planes):
        return "(0021,xx10) of OTHER MR" if any(planes.distinct(self.tags["b"])) else ""


class InFilesRule(AcmeRule):
    """Whose values are in the files only."""

    name = "InFiles"

    def needsFiles(self, planes):
        return True


@pytest.fixture
def rules(monkeypatch):
    monkeypatch.setattr(Rules, "RULES", (StandardRule, AcmeRule, OtherRule))


def chosen(*slices, **options):
    return chooseWeighting(planesFrom([record(n, n, **values) for n, values in enumerate(slices)]), **options)


def acme(bValue, direction="", manufacturer="Acme Medical", **others):
    return {B: bValue, DIRECTION: direction, "Manufacturer": manufacturer, **others}


def test_aVendorFillsInWhatTheStandardDoesNotSayRowByRow(rules):
    found = chosen(acme(0), acme(1000, X), acme(1000, Y, **weighted(1000, Y)), weighted(500, X))
    weighting = found.weighting
    assert weighting.bValues.tolist() == [0, 1000, 1000, 500]
    assert weighting.directions.tolist() == [[0, 0, 0], list(X), list(Y), list(X)]
    assert weighting.kinds.tolist() == [UNWEIGHTED, DIRECTIONAL, DIRECTIONAL, DIRECTIONAL]
    assert found.ruleNames == ["standard", "Acme"]
    assert "B-value: (0019,xx10) (rule: Acme), 2 of 4 slices." in found.explanation
    assert "Manufacturer: Acme Medical, Nobody." in found.explanation
    assert found.problems == []


def test_aDirectionOfTheVendorCompletesABValueOfTheStandard(rules):
    found = chosen(weighted(0, None, **acme("")), weighted(1500, None, **acme("", X)))
    assert found.weighting.kinds.tolist() == [UNWEIGHTED, UNKNOWN]  # nothing speaks for the vendor without a b-value
    found = chosen(weighted(0, None, **acme(0)), weighted(1500, None, **acme(1500, X)))
    assert found.weighting.kinds.tolist() == [UNWEIGHTED, DIRECTIONAL]


@pytest.mark.parametrize(
    ("bValue", "direction", "told"),
    [
        (1100, X, "b is 1000 by the standard rule and 1100 by the Acme rule (in 1 slice); the former is used"),
        (1000, (0.9986, 0.0523, 0), "differ by up to 3.0° (in 1 slice); the former are used"),
        (1040, (-0.99995, 0.01, 0), ""),
    ],
    ids=["b", "direction", "alike"],
)
def test_contradictionsAreToldAndTheStandardIsUsed(rules, bValue, direction, told):
    found = chosen(acme(bValue, direction, **weighted(1000, X)))
    contradictions = [line for line in found.explanation if line.startswith("Contradiction")]
    assert [told in line for line in contradictions] == ([True] if told else [])
    assert found.weighting.bValues.tolist() == [1000]
    assert found.weighting.directions.tolist() == [list(X)]


def test_aTraceImageOfTheVendorIsOneWhateverTheStandardSays(rules):
    found = chosen(acme(1000, X, **weighted(1000, X), **{TRACE: 1}), acme(1000, Y, **weighted(1000, Y)))
    assert found.weighting.kinds.tolist() == [ISOTROPIC, DIRECTIONAL]


def test_withoutManufacturerTheVendorIsInferredAndSaid(rules):
    found = chosen(acme(0, manufacturer=""), acme(1000, X, manufacturer=""))
    assert found.weighting.kinds.tolist() == [UNWEIGHTED, DIRECTIONAL]
    assert any("Manufacturer (0008,0070) is absent" in line and "Acme is inferred" in line
               for line in found.explanation)  # fmt: skip


def test_elementsOfAnotherVendorThanTheManufacturerAreNotUsed(rules):
    found = chosen(acme(1000, X, **{OtherRule.tags["b"]: 7}))
    assert found.ruleNames == ["Acme"]
    assert found.rejected == ["Other, although (0021,xx10) of OTHER MR: Manufacturer says Acme"]


def test_filesOfSeveralVendorsAreAProblem(rules):
    found = chosen(acme(1000, X), acme(1000, X, manufacturer="Other Inc", **{OtherRule.tags["b"]: 7}))
    assert found.problems == ["The files are of several vendors (Acme, Other)."]


def test_theUsersVendorComesFirstAndNoOtherIsAsked(rules):
    slices = acme(900, Y, **weighted(1000, X), **{OtherRule.tags["b"]: 7}), weighted(500, X)
    found = chosen(*slices, vendor="Acme")
    assert found.weighting.bValues.tolist() == [900, 500]
    assert found.weighting.directions.tolist() == [list(Y), list(X)]
    assert found.ruleNames == ["Acme", "standard"]
    assert found.explanation[0] == "Rule chosen by the user: Acme."
    assert chosen(*slices, vendor="standard").weighting.bValues.tolist() == [1000, 500]


def test_aMissingDirectionIsAProblemInOneSentence(rules):
    found = chosen(acme(0), acme(1000, X), acme(1000))
    assert found.problems == ["The direction of the gradient is missing for 1 of 3 slices."]
    assert chosen(acme(0), acme(1000, X), {}).problems == ["The b-value is missing for 1 of 3 slices."]


def test_aSmallBValueWithoutDirectionIsBaselineWhereDirectionsBelongToLargerOnes(rules):
    found = chosen(weighted(5), weighted(5, Manufacturer="Acme"), weighted(1000, X))
    assert found.weighting.kinds.tolist() == [UNWEIGHTED, UNWEIGHTED, DIRECTIONAL]
    assert found.weighting.bValues.tolist() == [5, 5, 1000] and found.problems == []
    assert chosen(weighted(50), weighted(50, Y), weighted(1000, X)).weighting.kinds[0] == UNKNOWN


def test_aRuleThatNeedsTheFilesIsPutOffWhileExamining(monkeypatch):
    monkeypatch.setattr(Rules, "RULES", (StandardRule, InFilesRule))
    found = chosen(acme(0), acme(1000, X), mayOpenFiles=False)
    assert found.deferred == "InFiles" and found.problems == []
    assert numpy.isnan(found.weighting.bValues).all()
    assert chosen(acme(0), acme(1000, X)).weighting.kinds.tolist() == [UNWEIGHTED, DIRECTIONAL]


def test_noEvidenceGivesNoWeighting(rules):
    found = chosen({}, {})
    assert found.weighting.kinds.tolist() == [UNKNOWN, UNKNOWN] and found.ruleNames == []
    assert evidenceIn(planesFrom([record(1, 0)])) == {}


def test_tagsOfAllRulesAreKeptAtImport(rules):
    tags = tagsOfRules()
    assert tags["Acme.b"] == B and tags["standard.diffusionBValue"] == "0018,9087"


def test_everyRuleHasANameOfItsOwnAndTheStandardIsFirst():
    names = Rules.ruleNames()
    assert names[0] == "standard" and len(set(names)) == len(names)


def test_anglesDoNotDependOnTheSign():
    first = numpy.array([X, X, X])
    second = numpy.array([[-1, 0, 0], Y, [0.5**0.5, 0.5**0.5, 0]])
    assert anglesBetween(first, second) == pytest.approx([0, 90, 45])
