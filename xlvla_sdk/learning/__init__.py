"""Policies that are trained on datasets of layout rows (torch): what `xlvla train` makes."""
