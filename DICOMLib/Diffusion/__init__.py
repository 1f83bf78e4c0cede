"""Diffusion: what directions, b-values and tensors mean. Numbers only: no Qt, no DICOM, no scene."""
