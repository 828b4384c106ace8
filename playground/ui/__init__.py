"""The widgets around the stage: controls made from the registries, sharing, data entry, navigation."""
