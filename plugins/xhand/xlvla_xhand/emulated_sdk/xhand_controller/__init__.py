"""Ours: what stands in for the maker's package where an XHAND1 is emulated."""
