//! TLS as libpq does it, with rustls.
//!
//! [`connector`] reads the certificates and keys that the settings name and decides how much of a
//! server's certificate is checked. It is called only once a server has agreed to speak TLS, so a
//! connection without TLS costs nothing here. Errors name the file and say what to do about it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{
    CertificateDer, PrivateKeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime,
};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    SupportedProtocolVersion,
};
use tokio_postgres_rustls::MakeRustlsConnect;
use x509_cert::Certificate;
use x509_cert::der::asn1::{PrintableStringRef, TeletexStringRef, Utf8StringRef};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::{Decode, Encode};

use super::conninfo::{FileSetting, Roots, SslMode, TlsSettings, TlsVersion};

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

/// What is wrong with a server's certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateProblem {
    /// No certificate that is trusted here has signed it.
    #[error("no authority that is trusted here has signed it")]
    UnknownIssuer,
    /// It is past its last day.
    #[error("it has expired")]
    Expired,
    /// It is before its first day.
    #[error("it is not valid yet")]
    NotYetValid,
    /// It is for other names.
    #[error("it is not for this host, but for {}", names(.0))]
    WrongName(Vec<String>),
    /// It is of a form without names, which cannot be checked.
    #[error("it is of X.509 version 1, which cannot be checked")]
    Version1,
    /// It fails for another reason.
    #[error("{0}")]
    Other(String),
}

fn names(names: &[String]) -> String {
    if names.is_empty() {
        return "no host at all".to_owned();
    }
    let quoted: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

impl CertificateProblem {
    /// Finds what is wrong with the certificate in rustls' error, if that is what it is about.
    pub(super) fn of(error: &Error) -> Option<Self> {
        let Error::InvalidCertificate(error) = error else {
            return None;
        };
        Some(match error {
            CertificateError::UnknownIssuer => Self::UnknownIssuer,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Self::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::NotYetValid
            }
            CertificateError::NotValidForName => Self::WrongName(Vec::new()),
            CertificateError::NotValidForNameContext { presented, .. } => {
                Self::WrongName(presented.iter().map(|name| plain_name(name)).collect())
            }
            CertificateError::Other(other) => match other.0.downcast_ref::<Self>() {
                Some(problem) => problem.clone(),
                None => Self::Other(other.0.to_string()),
            },
            other => Self::Other(other.to_string()),
        })
    }
}

/// `DnsName("elsewhere")` without what is round the name.
fn plain_name(presented: &str) -> String {
    let inner = presented
        .split_once('(')
        .map_or(presented, |(_, rest)| rest);
    inner.trim_matches(['(', ')', '"']).to_owned()
}

fn refuse(problem: CertificateProblem) -> Error {
    let other = rustls::OtherError(Arc::new(problem));
    Error::InvalidCertificate(CertificateError::Other(other))
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
    let mut store = RootCertStore::empty();
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

#[derive(Debug)]
struct Trusted {
    store: RootCertStore,
    certificates: Vec<CertificateDer<'static>>,
}

/// Checks of a server's certificate what the mode asks for.
#[derive(Debug)]
struct Verifier {
    algorithms: WebPkiSupportedAlgorithms,
    roots: Option<Trusted>,
    check_name: bool,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(trusted) = &self.roots else {
            return Ok(ServerCertVerified::assertion());
        };
        if is_version_1(end_entity) {
            return Err(refuse(CertificateProblem::Version1));
        }
        let parsed = ParsedCertificate::try_from(end_entity)?;
        // A self-signed certificate that is trusted by itself is no chain, and webpki wants one.
        if trusted.certificates.iter().any(|known| known == end_entity) {
            check_dates(end_entity, now)?;
        } else {
            verify_server_cert_signed_by_trust_anchor(
                &parsed,
                &trusted.store,
                intermediates,
                now,
                self.algorithms.all,
            )?;
        }
        if self.check_name
            && let Err(error) = verify_server_name(&parsed, server_name)
        {
            check_common_name(end_entity, server_name).ok_or(error)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // webpki reads no certificate of version 1, and those are what PostgreSQL's own
        // instructions make with older releases of OpenSSL. Only the key is needed here.
        if is_version_1(cert)
            && let Some(key) = public_key(cert)
        {
            return verify_tls13_signature_with_raw_key(message, &key, dss, &self.algorithms);
        }
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn is_version_1(certificate: &CertificateDer<'_>) -> bool {
    Certificate::from_der(certificate)
        .is_ok_and(|parsed| parsed.tbs_certificate.version == x509_cert::Version::V1)
}

fn public_key(certificate: &CertificateDer<'_>) -> Option<SubjectPublicKeyInfoDer<'static>> {
    let parsed = Certificate::from_der(certificate).ok()?;
    let key = parsed
        .tbs_certificate
        .subject_public_key_info
        .to_der()
        .ok()?;
    Some(SubjectPublicKeyInfoDer::from(key))
}

fn check_dates(certificate: &CertificateDer<'_>, now: UnixTime) -> Result<(), Error> {
    let parsed = Certificate::from_der(certificate)
        .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
    let validity = &parsed.tbs_certificate.validity;
    if now.as_secs() < validity.not_before.to_unix_duration().as_secs() {
        return Err(CertificateError::NotValidYet.into());
    }
    if now.as_secs() > validity.not_after.to_unix_duration().as_secs() {
        return Err(CertificateError::Expired.into());
    }
    Ok(())
}

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const ALTERNATIVE_NAMES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.17");

/// Compares the host with the subject's common name, which counts where no other name is given.
fn check_common_name(certificate: &CertificateDer<'_>, host: &ServerName<'_>) -> Option<()> {
    let parsed = Certificate::from_der(certificate).ok()?.tbs_certificate;
    let mut extensions = parsed.extensions.iter().flatten();
    if extensions.any(|extension| extension.extn_id == ALTERNATIVE_NAMES) {
        return None;
    }
    let attributes = parsed.subject.0.iter().flat_map(|rdn| rdn.0.iter());
    let name = attributes
        .filter(|attribute| attribute.oid == COMMON_NAME)
        .next_back()?;
    let value = &name.value;
    let name = value
        .decode_as::<Utf8StringRef<'_>>()
        .map(|text| text.as_str().to_owned())
        .or_else(|_| {
            let text = value.decode_as::<PrintableStringRef<'_>>()?;
            Ok::<_, x509_cert::der::Error>(text.as_str().to_owned())
        })
        .or_else(|_| {
            let text = value.decode_as::<TeletexStringRef<'_>>()?;
            Ok::<_, x509_cert::der::Error>(text.as_str().to_owned())
        })
        .ok()?;
    fits(&name, &host.to_str()).then_some(())
}

/// Returns true where a name, which may begin with `*.`, is the host's.
fn fits(name: &str, host: &str) -> bool {
    if name.eq_ignore_ascii_case(host) {
        return true;
    }
    let (Some(suffix), Some((label, parent))) = (name.strip_prefix("*."), host.split_once('.'))
    else {
        return false;
    };
    // A wildcard stands for one label of a name, and not for a number of an address.
    !label.is_empty()
        && parent.eq_ignore_ascii_case(suffix)
        && host.parse::<std::net::IpAddr>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_stands_for_one_label() {
        for (name, host, fit) in [
            ("db.example.com", "DB.example.com", true),
            ("*.example.com", "db.example.com", true),
            ("*.example.com", "a.db.example.com", false),
            ("*.example.com", "example.com", false),
            ("*.0.0.1", "127.0.0.1", false),
            ("127.0.0.1", "127.0.0.1", true),
        ] {
            assert_eq!(fits(name, host), fit, "{name} {host}");
        }
    }
}
