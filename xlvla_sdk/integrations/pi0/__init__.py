"""What a policy of openpi's needs to know of our rows, in numpy and json: nothing here imports openpi."""
