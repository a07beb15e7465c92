"""`make bench-signals`: how right and how fast the signals are, on text that the models were not trained on."""
