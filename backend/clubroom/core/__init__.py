"""What is no feature: the parts every feature stands on. Nothing in here knows a feature."""
