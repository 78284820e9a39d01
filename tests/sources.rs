//! Macro, news and social sources over real sockets: their recorded messages, and servers that
//! fail in every way known.

mod support;

mod sources {
    mod economic;
    mod feeds;
    mod news;
    mod wire;
}
