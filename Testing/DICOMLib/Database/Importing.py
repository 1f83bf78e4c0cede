"""What tests of importing look at, and how they put files there."""

import os


def counts(database):
    return database.patientsCount(), database.studiesCount(), database.seriesCount(), database.imagesCount()


def reasons(report):
    return {os.path.basename(entry.path).decode("utf-8", "replace"): entry.reason for entry in report.skipped}


def write(folder, name, contents):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(contents)
    return folder / name
