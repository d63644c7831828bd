//! One module per part of the URL space.

mod account;
mod admin;
mod alias;
mod apps;
mod auth_configs;
mod authenticators;
mod credentials;
mod doctor;
mod events;
mod health;
mod magic_links;
mod mds;
mod reference;
mod register;
mod reporting;
mod signals;
mod signin;
mod users;
mod v3;
mod well_known;
