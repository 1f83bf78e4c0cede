"""Talking to DICOM servers: who they are, associations with deadlines and limits, echo, send."""
