//! TLS as libpq does it, with rustls.
//!
//! [`connector`] reads the certificates and keys that the settings name and decides how much of a
//! server's certificate is checked. It is called only once a server has agreed to speak TLS, so a
//! connection without TLS costs nothing here. Errors name the file and say what to do about it.

mod verify;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, Error, SupportedProtocolVersion};
use tokio_postgres_rustls::MakeRustlsConnect;

pub use verify::CertificateProblem;

use super::conninfo::{FileSetting, Roots, SslMode, TlsSettings, TlsVersion};
use verify::{Trusted, Verifier};

/// Why TLS cannot be set up on this side.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// Occurs when certificates are to be checked and there is nothing to check them against.
    #[error("`sslmode={mode}` needs a root certificate, and {} does not exist", place(.path))]
    NoRoots {
        /// The mode.
        mode: SslMode,
        /// The file, where one is known.
        path: Option<PathBuf>,
    },
    /// Occurs when the operating system has no certificates.
    #[error("`sslrootcert=system`: this system has no root certificates")]
    NoSystemRoots,
    /// Occurs when a file cannot be read.
    #[error("cannot read {what} {}: {source}", .path.display())]
    Read {
        /// What the file is.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Occurs when a file does not hold what it should, in PEM form.
    #[error("{} holds no {what} in PEM form", .path.display())]
    Content {
        /// What the file should be.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// Occurs when a client certificate is there and its key is not.
    #[error("the client certificate {} has no key: {} does not exist", .certificate.display(), place(.key))]
    NoKey {
        /// The certificate.
        certificate: PathBuf,
        /// Where the key was looked for.
        key: Option<PathBuf>,
    },
    /// Occurs when others than its owner may read a key.
    #[error("the key {} is not private: its mode is {mode:04o}", .path.display())]
    KeyPermissions {
        /// The key.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Occurs when a key is encrypted with a password.
    #[error("the key {} is encrypted, which is not supported", .path.display())]
    KeyEncrypted {
        /// The key.
        path: PathBuf,
    },
    /// Occurs when certificate and key cannot be used together, or at all.
    #[error("the client certificate {} and its key {} cannot be used: {source}", .certificate.display(), .key.display())]
    Pair {
        /// The certificate.
        certificate: PathBuf,
        /// The key.
        key: PathBuf,
        /// Why.
        source: Error,
    },
    /// Occurs when rustls refuses the settings.
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] Error),
}

fn place(path: &Option<PathBuf>) -> String {
    match path {
        Some(path) => path.display().to_string(),
        None => "`~/.postgresql` (no home directory is known)".to_owned(),
    }
}

impl TlsError {
    /// Returns what to type, one sentence each.
    #[must_use]
    pub fn hints(&self) -> Vec<String> {
        match self {
            Self::NoRoots { .. } => vec![
                "`sslrootcert=FILE` names the certificate of the server's authority".to_owned(),
                "`sslrootcert=system` trusts those of the operating system".to_owned(),
            ],
            Self::NoSystemRoots => vec![
                "`apt-get install ca-certificates` installs them".to_owned(),
                "`sslrootcert=FILE` names the certificate of the server's authority".to_owned(),
            ],
            Self::NoKey { .. } => vec!["`sslkey=FILE` names the key".to_owned()],
            Self::KeyPermissions { path, .. } => vec![format!("`chmod 0600 {}`", path.display())],
            Self::KeyEncrypted { path } => {
                let path = path.display();
                vec![format!(
                    "`openssl pkey -in {path} -out {path}.plain` writes one that is not; protect \
                     it with `chmod 0600` and name it with `sslkey`"
                )]
            }
            Self::Read { .. } | Self::Content { .. } | Self::Pair { .. } | Self::Setup(_) => {
                Vec::new()
            }
        }
    }
}

/// Sets TLS up: reads the files and decides what is checked.
///
/// # Errors
/// Fails when a file that is needed is missing, unreadable or not private.
pub fn connector(settings: &TlsSettings) -> Result<MakeRustlsConnect, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier {
        algorithms: provider.signature_verification_algorithms,
        roots: roots(settings)?,
        check_name: settings.mode == SslMode::VerifyFull,
    };
    let (lowest, highest) = settings.versions;
    let versions: Vec<&'static SupportedProtocolVersion> = [
        (TlsVersion::V1_3, &rustls::version::TLS13),
        (TlsVersion::V1_2, &rustls::version::TLS12),
    ]
    .into_iter()
    .filter(|(version, _)| (lowest..=highest).contains(version))
    .map(|(_, version)| version)
    .collect();
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match pair(settings)? {
        None => builder.with_no_client_auth(),
        Some(pair) => builder
            .with_client_auth_cert(pair.chain, pair.secret)
            .map_err(|source| TlsError::Pair {
                certificate: pair.certificate,
                key: pair.key,
                source,
            })?,
    };
    config.enable_sni = settings.server_name_indication;
    config.resumption = Resumption::disabled();
    if settings.direct {
        config.alpn_protocols = vec![b"postgresql".to_vec()];
    }
    Ok(MakeRustlsConnect::new(config))
}

/// Returns the certificates to check against; none where nothing is to be checked.
///
/// Like libpq, this takes a root file that exists for a reason to check the chain in every mode.
fn roots(settings: &TlsSettings) -> Result<Option<Trusted>, TlsError> {
    let mode = settings.mode;
    let certificates = match &settings.roots {
        Roots::System => {
            let found = rustls_native_certs::load_native_certs().certs;
            if found.is_empty() {
                return Err(TlsError::NoSystemRoots);
            }
            found
        }
        Roots::File(file) => {
            let (path, weakest) = match file {
                FileSetting::Named(path) => (Some(path), SslMode::Require),
                FileSetting::Usual(path) => (Some(path), SslMode::VerifyCa),
                FileSetting::Unknown => (None, SslMode::VerifyCa),
            };
            match path {
                Some(path) if path.exists() => certificates(path, "root certificate")?,
                _ if mode >= weakest => {
                    let path = path.cloned();
                    return Err(TlsError::NoRoots { mode, path });
                }
                _ => return Ok(None),
            }
        }
    };
    let mut store = rustls::RootCertStore::empty();
    store.add_parsable_certificates(certificates.iter().cloned());
    Ok(Some(Trusted {
        store,
        certificates,
    }))
}

fn certificates(path: &Path, what: &'static str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = read(path, what)?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .unwrap_or_default();
    if found.is_empty() {
        let path = path.to_owned();
        return Err(TlsError::Content { what, path });
    }
    Ok(found)
}

fn read(path: &Path, what: &'static str) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Read {
        what,
        path: path.to_owned(),
        source,
    })
}

/// A client certificate with its key.
struct Pair {
    chain: Vec<CertificateDer<'static>>,
    secret: PrivateKeyDer<'static>,
    certificate: PathBuf,
    key: PathBuf,
}

fn pair(settings: &TlsSettings) -> Result<Option<Pair>, TlsError> {
    let certificate = match &settings.certificate {
        Some(FileSetting::Named(path)) => path,
        Some(FileSetting::Usual(path)) if path.exists() => path,
        Some(FileSetting::Usual(_) | FileSetting::Unknown) | None => return Ok(None),
    };
    let chain = certificates(certificate, "client certificate")?;
    let key = match &settings.key {
        FileSetting::Named(path) | FileSetting::Usual(path) if path.exists() => path,
        FileSetting::Named(path) | FileSetting::Usual(path) => {
            return Err(TlsError::NoKey {
                certificate: certificate.clone(),
                key: Some(path.clone()),
            });
        }
        FileSetting::Unknown => {
            return Err(TlsError::NoKey {
                certificate: certificate.clone(),
                key: None,
            });
        }
    };
    check_permissions(key)?;
    let pem = read(key, "key")?;
    let path = key.clone();
    if pem.windows(9).any(|window| window == b"ENCRYPTED") {
        return Err(TlsError::KeyEncrypted { path });
    }
    let Ok(secret) = PrivateKeyDer::from_pem_slice(&pem) else {
        let what = "private key";
        return Err(TlsError::Content { what, path });
    };
    Ok(Some(Pair {
        chain,
        secret,
        certificate: certificate.clone(),
        key: path,
    }))
}

/// Refuses a key that others may read; root's may be read by its group, as libpq allows.
#[cfg(unix)]
fn check_permissions(key: &Path) -> Result<(), TlsError> {
    use std::os::unix::fs::MetadataExt;
    let metadata = fs::metadata(key).map_err(|source| TlsError::Read {
        what: "key",
        path: key.to_owned(),
        source,
    })?;
    let forbidden = if metadata.uid() == 0 { 0o037 } else { 0o077 };
    if metadata.is_file() && metadata.mode() & forbidden != 0 {
        return Err(TlsError::KeyPermissions {
            path: key.to_owned(),
            mode: metadata.mode() & 0o7777,
        });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_permissions(_: &Path) -> Result<(), TlsError> {
    Ok(())
}
