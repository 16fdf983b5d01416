//! A service for tests.
