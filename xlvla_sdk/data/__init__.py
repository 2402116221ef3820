"""Datasets of demonstrations: LeRobot's v2.1 and v3.0 in and out, rows of layouts, hands pooled."""
