// Carries the precompiled headers that the libraries share.
