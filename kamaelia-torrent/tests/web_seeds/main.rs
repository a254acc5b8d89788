//! Web seeds (BEP 19) over loopback: servers of every manner, asked for pieces.

mod downloads;
mod orders;
mod server;
