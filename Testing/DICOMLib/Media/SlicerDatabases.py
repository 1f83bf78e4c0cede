"""Databases as 3D Slicer makes them: the tables of CTK's schemas, filled by hand."""

import sqlite3

_IMAGES = {
    "0.7.0": "Filename VARCHAR(1024) NOT NULL, SeriesInstanceUID VARCHAR(64) NOT NULL, InsertTimestamp VARCHAR(20) NOT"
             " NULL, DisplayedFieldsUpdatedTimestamp DATETIME NULL",
    "0.8.1": "Filename VARCHAR(1024) NULL, URL VARCHAR(2048) NULL, SeriesInstanceUID VARCHAR(64) NOT NULL,"
             " InsertTimestamp VARCHAR(20) NOT NULL, DisplayedFieldsUpdatedTimestamp DATETIME NULL",
    "": "Filename VARCHAR(1024) NOT NULL, SeriesInstanceUID VARCHAR(64) NOT NULL, InsertTimestamp VARCHAR(20) NOT NULL",
}
_IMAGES["0.8"] = _IMAGES["0.8.0"] = _IMAGES["0.8.1"]
_CONNECTIONS = {"0.8.0": ", Connections VARCHAR(2048) NULL", "0.8.1": ", Connections VARCHAR(2048) NULL"}


def writeSlicerDatabase(path, files, version="0.8.1", **pragmas):
    """Make ``ctkDICOM.sql``.

    :param files: names for Images.Filename; None for an instance that is only on a server
    :param version: "" for the tables from before there were versions
    :returns: the open connection, for tests that leave something unfinished
    """
    connection = sqlite3.connect(path)
    for name, value in pragmas.items():
        connection.execute(f"PRAGMA {name} = {value}")
    if version:
        connection.execute("CREATE TABLE 'SchemaInfo' ('Version' VARCHAR(1024) NOT NULL)")
        connection.execute("INSERT INTO SchemaInfo VALUES(?)", (version,))
        connection.execute("CREATE TABLE ColumnDisplayProperties(TableName VARCHAR(64), FieldName VARCHAR(64))")
    images = f"SOPInstanceUID VARCHAR(64) NOT NULL, {_IMAGES.get(version, _IMAGES['0.8.1'])}"
    connection.execute(f"CREATE TABLE 'Images'({images}, PRIMARY KEY(SOPInstanceUID))")
    connection.execute("CREATE TABLE 'Patients'(UID INTEGER PRIMARY KEY AUTOINCREMENT, PatientsName VARCHAR(255) NULL,"
                       f" PatientID VARCHAR(255) NULL{_CONNECTIONS.get(version, '')})")
    connection.execute("CREATE TABLE 'Studies'(StudyInstanceUID VARCHAR(64) NOT NULL, PatientsUID INT NOT NULL)")
    connection.execute("CREATE TABLE 'Series'(SeriesInstanceUID VARCHAR(64) NOT NULL, StudyInstanceUID VARCHAR(64))")
    connection.execute("CREATE INDEX 'ImagesFilenameIndex' ON 'Images'('Filename')")
    connection.executemany(
        "INSERT INTO Images(SOPInstanceUID, Filename, SeriesInstanceUID, InsertTimestamp) VALUES(?, ?, '1.2', '2026')",
        [(f"1.2.{number}", name) for number, name in enumerate(files)])
    connection.commit()
    return connection
