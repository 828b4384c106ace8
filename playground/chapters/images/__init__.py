"""Pictures: convolution, augmentation, regularization and preprocessing of two-dimensional data."""
