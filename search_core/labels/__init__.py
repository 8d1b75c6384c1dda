"""Labels that people bring: what their words mean, the scale they are on, what a file says."""
