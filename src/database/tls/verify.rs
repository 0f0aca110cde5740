//! How much of a server's certificate is checked, and what is wrong with one that does not hold.
//!
//! webpki checks chains and names. What libpq takes and webpki does not is checked here: the
//! subject's common name, a certificate that is trusted by itself, and certificates of version 1.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{
    WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
    verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::der::{Decode, Encode, Tag, Tagged};
use x509_cert::name::Name;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_cert::{Certificate, Version};

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
    /// It is of version 1, and TLS 1.2 is spoken or no trusted certificate has signed it itself.
    #[error("it is of X.509 version 1 and cannot be checked here")]
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
    pub(in crate::database) fn of(error: &Error) -> Option<Self> {
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

/// What a server's certificate is checked against.
#[derive(Debug)]
pub(super) struct Trusted {
    /// For webpki.
    pub store: RootCertStore,
    /// The same as they came.
    pub certificates: Vec<CertificateDer<'static>>,
}

/// Checks of a server's certificate what the mode asks for.
#[derive(Debug)]
pub(super) struct Verifier {
    /// How signatures are checked.
    pub algorithms: WebPkiSupportedAlgorithms,
    /// Nothing is checked where there are none.
    pub roots: Option<Trusted>,
    /// Whether the name is checked, too.
    pub check_name: bool,
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
        let subject = Certificate::from_der(end_entity)
            .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
        let itself = trusted.certificates.iter().any(|known| known == end_entity);
        // Two kinds of certificate that libpq takes are none to webpki: one that is trusted by
        // itself, and one of version 1, which PostgreSQL's own instructions make.
        if itself || subject.tbs_certificate.version == Version::V1 {
            check_dates(&subject, now)?;
            if !itself && !self.is_signed_by(&subject, &trusted.certificates) {
                let problem = match intermediates {
                    [] => CertificateProblem::UnknownIssuer,
                    _ => CertificateProblem::Version1,
                };
                return Err(refuse(problem));
            }
        } else {
            verify_server_cert_signed_by_trust_anchor(
                &ParsedCertificate::try_from(end_entity)?,
                &trusted.store,
                intermediates,
                now,
                self.algorithms.all,
            )
            .map_err(|error| self_signed(&subject).unwrap_or(error))?;
        }
        if self.check_name {
            check_name(end_entity, &subject, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if is_version_1(cert) {
            return Err(refuse(CertificateProblem::Version1));
        }
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // webpki reads no certificate of version 1; only the key is needed here.
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

impl Verifier {
    /// Returns true where one of the trusted certificates has signed this one itself.
    ///
    /// A certificate of version 1 says nothing of its use, so there is nothing else to check.
    fn is_signed_by(&self, subject: &Certificate, trusted: &[CertificateDer<'_>]) -> bool {
        let Ok(message) = subject.tbs_certificate.to_der() else {
            return false;
        };
        let Some(signature) = subject.signature.as_bytes() else {
            return false;
        };
        let signed_with = algorithm(&subject.signature_algorithm);
        trusted
            .iter()
            .filter_map(|root| Certificate::from_der(root).ok())
            .filter(|root| root.tbs_certificate.subject == subject.tbs_certificate.issuer)
            .any(|root| {
                let key = &root.tbs_certificate.subject_public_key_info;
                let made_for = algorithm(&key.algorithm);
                let bits = key.subject_public_key.as_bytes().unwrap_or_default();
                self.algorithms
                    .all
                    .iter()
                    .filter(|known| {
                        signed_with.as_deref() == Some(known.signature_alg_id().as_ref())
                    })
                    .filter(|known| made_for.as_deref() == Some(known.public_key_alg_id().as_ref()))
                    .any(|known| known.verify_signature(bits, &message, signature).is_ok())
            })
    }
}

/// Returns an algorithm's identifier as rustls names it: without the header of its sequence.
fn algorithm(identifier: &AlgorithmIdentifierOwned) -> Option<Vec<u8>> {
    let mut inner = identifier.oid.to_der().ok()?;
    if let Some(parameters) = &identifier.parameters {
        inner.extend(parameters.to_der().ok()?);
    }
    Some(inner)
}

fn is_version_1(certificate: &CertificateDer<'_>) -> bool {
    Certificate::from_der(certificate)
        .is_ok_and(|parsed| parsed.tbs_certificate.version == Version::V1)
}

fn public_key(certificate: &CertificateDer<'_>) -> Option<SubjectPublicKeyInfoDer<'static>> {
    let parsed = Certificate::from_der(certificate).ok()?.tbs_certificate;
    let key = parsed.subject_public_key_info.to_der().ok()?;
    Some(SubjectPublicKeyInfoDer::from(key))
}

/// What is wrong with a chain, where it is that a certificate nobody knows has signed itself.
fn self_signed(certificate: &Certificate) -> Option<Error> {
    let inner = &certificate.tbs_certificate;
    (inner.issuer == inner.subject).then(|| CertificateError::UnknownIssuer.into())
}

fn check_dates(certificate: &Certificate, now: UnixTime) -> Result<(), Error> {
    let validity = &certificate.tbs_certificate.validity;
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

/// Compares the host with the certificate's names.
///
/// The subject's common name counts where no alternative name is given, as in libpq.
fn check_name(
    end_entity: &CertificateDer<'_>,
    subject: &Certificate,
    host: &ServerName<'_>,
) -> Result<(), Error> {
    let inner = &subject.tbs_certificate;
    let mut extensions = inner.extensions.iter().flatten();
    if extensions.any(|extension| extension.extn_id == ALTERNATIVE_NAMES) {
        return verify_server_name(&ParsedCertificate::try_from(end_entity)?, host);
    }
    let name = common_name(&inner.subject);
    if name.as_ref().is_some_and(|name| fits(name, &host.to_str())) {
        return Ok(());
    }
    let names = name.into_iter().collect();
    Err(refuse(CertificateProblem::WrongName(names)))
}

fn common_name(subject: &Name) -> Option<String> {
    let mut attributes = subject.0.iter().flat_map(|rdn| rdn.0.iter());
    let value = &attributes
        .rfind(|attribute| attribute.oid == COMMON_NAME)?
        .value;
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).ok();
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String | Tag::TeletexString => {
            text(value.value())
        }
        _ => None,
    }
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
    use rustls::crypto::ring;
    use rustls::pki_types::pem::PemObject;

    use super::*;

    /// A moment at which all the certificates are valid, and a hundred years later.
    const NOW: u64 = 1_800_000_000;
    const LATER: u64 = NOW + 100 * 366 * 24 * 3600;

    const CA: &[u8] = include_bytes!("testdata/ca.crt");
    const ALTERNATIVE_NAMES: &[u8] = include_bytes!("testdata/alternative_names.crt");
    const COMMON_NAME: &[u8] = include_bytes!("testdata/common_name.crt");
    const SELF_SIGNED: &[u8] = include_bytes!("testdata/self_signed.crt");
    const VERSION_1: &[u8] = include_bytes!("testdata/version_1.crt");
    const VERSION_1_FORGED: &[u8] = include_bytes!("testdata/version_1_forged.crt");

    fn verify(root: Option<&[u8]>, leaf: &[u8], host: Option<&str>, now: u64) -> String {
        let trusted = root.map(|pem| {
            let root = CertificateDer::from_pem_slice(pem).unwrap();
            let mut store = RootCertStore::empty();
            store.add(root.clone()).unwrap();
            let certificates = vec![root];
            Trusted {
                store,
                certificates,
            }
        });
        let verifier = Verifier {
            algorithms: ring::default_provider().signature_verification_algorithms,
            roots: trusted,
            check_name: host.is_some(),
        };
        let leaf = CertificateDer::from_pem_slice(leaf).unwrap();
        let host = ServerName::try_from(host.unwrap_or("any").to_owned()).unwrap();
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(now));
        match verifier.verify_server_cert(&leaf, &[], &host, &[], now) {
            Ok(_) => "accepted".to_owned(),
            Err(error) => CertificateProblem::of(&error).unwrap().to_string(),
        }
    }

    #[test]
    fn a_chain_is_checked_where_there_are_roots_and_only_there() {
        let unknown = "no authority that is trusted here has signed it";
        for (root, leaf, result) in [
            (None, VERSION_1_FORGED, "accepted"),
            (None, SELF_SIGNED, "accepted"),
            (Some(CA), ALTERNATIVE_NAMES, "accepted"),
            (Some(CA), COMMON_NAME, "accepted"),
            (Some(CA), VERSION_1, "accepted"),
            (Some(CA), VERSION_1_FORGED, unknown),
            (Some(CA), SELF_SIGNED, unknown),
            (Some(SELF_SIGNED), SELF_SIGNED, "accepted"),
            (Some(SELF_SIGNED), ALTERNATIVE_NAMES, unknown),
            (Some(SELF_SIGNED), VERSION_1, unknown),
        ] {
            assert_eq!(verify(root, leaf, None, NOW), result);
        }
        for leaf in [ALTERNATIVE_NAMES, VERSION_1] {
            assert_eq!(verify(Some(CA), leaf, None, LATER), "it has expired");
            assert_eq!(verify(Some(CA), leaf, None, 1), "it is not valid yet");
        }
        let itself = verify(Some(SELF_SIGNED), SELF_SIGNED, None, LATER);
        assert_eq!(itself, "it has expired");
    }

    #[test]
    fn the_common_name_counts_where_there_are_no_alternative_names() {
        let not_common = "it is not for this host, but for `db.example.com`";
        let not_alternative = "it is not for this host, but for `alt.example.com`, `192.0.2.1`";
        for (root, leaf, host, result) in [
            (CA, COMMON_NAME, "db.example.com", "accepted"),
            (CA, VERSION_1, "db.example.com", "accepted"),
            (SELF_SIGNED, SELF_SIGNED, "db.example.com", "accepted"),
            (CA, COMMON_NAME, "other.example.com", not_common),
            (CA, VERSION_1, "192.0.2.1", not_common),
            (CA, ALTERNATIVE_NAMES, "alt.example.com", "accepted"),
            (CA, ALTERNATIVE_NAMES, "192.0.2.1", "accepted"),
            (CA, ALTERNATIVE_NAMES, "db.example.com", not_alternative),
            (CA, ALTERNATIVE_NAMES, "192.0.2.2", not_alternative),
        ] {
            assert_eq!(verify(Some(root), leaf, Some(host), NOW), result, "{host}");
        }
    }

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
