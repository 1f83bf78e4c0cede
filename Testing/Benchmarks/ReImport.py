"""Import of a folder that the database knows already, with nothing changed."""

from __future__ import annotations

from .Child import inFreshProcess
from .LinkImport import importInto
from .Results import Row, atLeast
from .Setting import Setting, flush

TITLE = "import of an unchanged folder again"


def run(setting: Setting) -> list[Row]:
    """The first import is not counted."""
    folder, database = setting.linkedFiles(), setting.fresh("again.sqlite")
    inFreshProcess(importInto, folder=str(folder), database=str(database))
    flush()
    rates = []
    for _ in range(setting.repeats):
        result = inFreshProcess(importInto, folder=str(folder), database=str(database))
        if result["unchanged"] != setting.files:
            raise AssertionError(f"{result['unchanged']} of {setting.files} files were recognized as unchanged")
        rates.append(setting.files / result["seconds"])
    setting.say(f"  {max(rates):,.0f} files/s at best")
    return [atLeast(f"re-import of the same {setting.files:,} unchanged files", rates, "files/s", 100_000)]
