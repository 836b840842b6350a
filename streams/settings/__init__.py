"""The one reader of files and environment: settings, the project file, secrets."""
