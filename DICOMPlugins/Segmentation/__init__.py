"""Segmentation objects: label maps to files and back."""
