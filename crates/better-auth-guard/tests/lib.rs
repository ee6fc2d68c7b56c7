//! Empty: this package has tests only.
