"""The program around the module: window, views, module manager, scripting. Beside DICOMLib/Widgets, the home of Qt."""
