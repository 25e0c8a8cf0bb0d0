"""Synthetic pictures to train on: nothing here reads a photograph or a data set."""
