//! use-aa
