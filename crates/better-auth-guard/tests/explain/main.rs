//! Tests `better_auth_guard::explain`.

mod fixture;
mod guard;
mod rejections;
mod undecided;
