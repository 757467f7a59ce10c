"""The command line: ``duogui``."""
