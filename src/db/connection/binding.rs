//! Channel binding: what ties a SCRAM login to the TLS session it runs in (RFC 5929, section 4.1, `tls-server-end-point`).

use sha2::{Digest, Sha256, Sha384, Sha512};

/// The hash of a server's certificate (DER), with the hash function of its signature, SHA-256 in place of MD5 and SHA-1;
/// nothing where the signature has none that is known.
pub(super) fn server_end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let oid = signature_algorithm(certificate)?;
    // RSA with a hash: 1.2.840.113549.1.1.x. ECDSA with one: 1.2.840.10045.4.1 and .4.3.x.
    Some(match oid {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 4 | 5 | 11] => Sha256::digest(certificate).to_vec(),
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 12] => Sha384::digest(certificate).to_vec(),
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 13] => Sha512::digest(certificate).to_vec(),
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 1] | [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 3, 2] => {
            Sha256::digest(certificate).to_vec()
        }
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 3, 3] => Sha384::digest(certificate).to_vec(),
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 3, 4] => Sha512::digest(certificate).to_vec(),
        _ => return None,
    })
}

/// The object identifier of a certificate's signature: `SEQUENCE { to-be-signed, SEQUENCE { OID … }, signature }`
/// (RFC 5280, section 4.1).
fn signature_algorithm(certificate: &[u8]) -> Option<&[u8]> {
    const SEQUENCE: u8 = 0x30;
    const OID: u8 = 0x06;
    let (certificate, _) = element(certificate, SEQUENCE)?;
    let (_, rest) = element(certificate, SEQUENCE)?;
    let (algorithm, _) = element(rest, SEQUENCE)?;
    element(algorithm, OID).map(|(oid, _)| oid)
}

/// The content of the DER element with this tag that a text begins with, and what follows it (X.690, section 8.1).
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(length - 0x80))?;
            (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    (*first == tag).then(|| rest.split_at_checked(length)).flatten()
}

#[cfg(test)]
mod tests {
    use super::{element, server_end_point};

    #[test]
    fn lengths_are_short_or_long() {
        assert_eq!(element(&[6, 2, 1, 2, 9], 6), Some((&[1, 2][..], &[9][..])));
        assert_eq!(element(&[6, 0x81, 1, 7], 6), Some((&[7][..], &[][..])));
        for wrong in [&[6, 2, 1][..], &[6, 0x81][..], &[6, 0x80, 0][..], &[5, 0][..], &[]] {
            assert_eq!(element(wrong, 6), None);
        }
    }

    #[test]
    fn a_signature_without_a_known_hash_binds_nothing() {
        // Ed25519: 1.3.101.112.
        let certificate = [0x30, 9, 0x30, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70];
        assert_eq!(server_end_point(&certificate), None);
        assert_eq!(server_end_point(b"nonsense"), None);
    }
}
