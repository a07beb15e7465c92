"""Learns the models of `data/` from human-labelled text: `python -m orchestration.signals.training --labelled FOLDER`."""
