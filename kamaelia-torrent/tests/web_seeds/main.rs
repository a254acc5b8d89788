//! Web seeds (BEP 19) over loopback: servers of every manner, asked for pieces.

mod orders;
mod server;
