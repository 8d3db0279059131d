"""The frame around every page: title bar, navigation, gallery, formulas, and what is shown while the package is being imported."""
