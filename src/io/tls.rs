//! The process-wide TLS provider.

/// Installs ring as rustls' provider. HTTP clients are built without one and panic, even for
/// plain http, until this has run; every constructor of a client in `io` calls it. A second
/// call, or a provider that the host chose before, is left alone.
pub fn install() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}
