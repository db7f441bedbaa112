//! Executes a bundle inside its image: the program porter-runtime.
