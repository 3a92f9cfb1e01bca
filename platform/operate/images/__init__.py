"""Make the images and static programs that machines need."""
