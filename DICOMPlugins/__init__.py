"""The plugins that come with the module. Each is also a hidden module in Slicer's manner, with a hook class."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from DICOMLib.DICOMPlugin import DICOMPlugin
    from DICOMLib.PluginRegistry import PluginRegistry

__all__ = ["builtinPlugins", "registerBuiltins"]


def builtinPlugins() -> dict[str, type[DICOMPlugin]]:
    """Plugin classes by name."""
    from .DICOMDiffusionVolumePlugin import DICOMDiffusionVolumePluginClass
    from .DICOMScalarVolumePlugin import DICOMScalarVolumePluginClass
    from .DICOMSegmentationPlugin import DICOMSegmentationPluginClass
    from .DICOMSlicerDataBundlePlugin import DICOMSlicerDataBundlePluginClass
    from .DICOMVolumeSequencePlugin import DICOMVolumeSequencePluginClass

    return {
        "DICOMScalarVolumePlugin": DICOMScalarVolumePluginClass,
        "DICOMDiffusionVolumePlugin": DICOMDiffusionVolumePluginClass,
        "DICOMSegmentationPlugin": DICOMSegmentationPluginClass,
        "DICOMSlicerDataBundlePlugin": DICOMSlicerDataBundlePluginClass,
        "DICOMVolumeSequencePlugin": DICOMVolumeSequencePluginClass,
    }


def registerBuiltins(registry: PluginRegistry) -> None:
    """Add every plugin of this package to a registry."""
    for name, pluginClass in builtinPlugins().items():
        registry.register(name, pluginClass)
