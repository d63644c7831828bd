//! The register of the verifier's reason codes.

use crate::words::words;

words! {
    /// Why the verifier refused: a stable name, for logs, events and tools.
    ///
    /// Every error of this crate names its innermost cause with one of these. What an operation around the verifier
    /// refuses by itself needs a code that is not among them: the reader of an event could not tell who refused.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
    #[non_exhaustive]
    pub enum Code {
        // The response as it arrives.
        /// The whole or one binary member is larger than any real one.
        ResponseTooLarge = "response_too_large",
        /// Not JSON, a duplicate name, a member absent, of the wrong type, not base64url, or of the other ceremony.
        ResponseMalformed = "response_malformed",
        /// `type` is not `public-key`.
        CredentialType = "credential_type",
        /// `id` is there and blank.
        CredentialIdMissing = "credential_id_missing",
        /// `id` is not the text of `rawId`.
        CredentialIdDiffersFromRawId = "credential_id_differs_from_raw_id",
        /// `rawId` is empty or above 1023 bytes.
        RawIdLength = "raw_id_length",
        /// `userHandle` has no bytes, and nobody but the handle could tell whose the credential is.
        UserHandleEmpty = "user_handle_empty",
        /// `userHandle` is the handle as plain text, or other text that is not base64url.
        UserHandleNotBase64url = "user_handle_not_base64url",
        /// `userHandle` is above 64 bytes.
        UserHandleLength = "user_handle_length",

        // Client data.
        /// The bytes of clientDataJSON are not UTF-8.
        ClientDataNotUtf8 = "client_data_not_utf8",
        /// clientDataJSON is not one JSON object.
        ClientDataNotJson = "client_data_not_json",
        /// A member name twice: two parsers could disagree about which one wins.
        ClientDataDuplicateMember = "client_data_duplicate_member",
        /// A required member is absent.
        ClientDataMissingMember = "client_data_missing_member",
        /// A member of the wrong JSON type.
        ClientDataMemberType = "client_data_member_type",
        /// §7.1 step 7, §7.2 step 10: `type` is that of another ceremony.
        ClientDataWrongType = "client_data_wrong_type",
        /// §7.1 step 8, §7.2 step 11: not this ceremony's challenge.
        ChallengeMismatch = "challenge_mismatch",
        /// §7.1 step 9, §7.2 step 12: an origin that is not the relying party's.
        ClientDataOriginMismatch = "client_data_origin_mismatch",
        /// §7.1 step 10, §7.2 step 13: used inside a frame of another origin, without permission.
        CrossOriginNotAllowed = "cross_origin_not_allowed",
        /// §7.1 step 11, §7.2 step 14: framed by an origin that is not expected.
        TopOriginNotAllowed = "top_origin_not_allowed",
        /// A top origin although the client says the use was not cross-origin.
        TopOriginWithoutCrossOrigin = "top_origin_without_cross_origin",

        // Authenticator data.
        /// Fewer bytes than its flags demand.
        AuthenticatorDataTooShort = "authenticator_data_too_short",
        /// A registration without attested credential data.
        AttestedCredentialDataMissing = "attested_credential_data_missing",
        /// An assertion with attested credential data.
        UnexpectedAttestedCredentialData = "unexpected_attested_credential_data",
        /// A credential id that is empty, above 1023 bytes or longer than the data.
        CredentialIdLength = "credential_id_length",
        /// The extensions are not one canonical CBOR map with text keys.
        AuthenticatorDataExtensions = "authenticator_data_extensions",
        /// Bytes follow the last structure.
        AuthenticatorDataTrailingBytes = "authenticator_data_trailing_bytes",
        /// BS is set while BE is clear.
        BackedUpButNotEligible = "backed_up_but_not_eligible",

        // CBOR, wherever it occurs.
        /// Truncated, reserved additional information, nested too deeply, or text that is not UTF-8.
        CborMalformed = "cbor_malformed",
        /// Bytes follow the item.
        CborTrailingBytes = "cbor_trailing_bytes",
        /// The same map key twice, in whatever encodings.
        CborDuplicateKey = "cbor_duplicate_key",
        /// A tag, float, `undefined` or other type that has no place here.
        CborType = "cbor_type",
        /// CTAP2 canonical CBOR has definite lengths only.
        CborIndefiniteLength = "cbor_indefinite_length",
        /// An integer or length not in its shortest form.
        CborNonCanonical = "cbor_non_canonical",
        /// Map keys not in CTAP2 canonical order.
        CborKeyOrder = "cbor_key_order",

        // Credential public keys.
        /// Not a SubjectPublicKeyInfo of a key that is supported.
        CoseKeySpki = "cose_key_spki",
        /// Not a map with integer labels.
        CoseKeyNotAMap = "cose_key_not_a_map",
        /// A parameter the key type requires is absent.
        CoseKeyParameterMissing = "cose_key_parameter_missing",
        /// A parameter that a credential public key does not have.
        CoseKeyUnexpectedParameter = "cose_key_unexpected_parameter",
        /// A parameter of the wrong type, a compressed `y` among them.
        CoseKeyParameterType = "cose_key_parameter_type",
        /// The key has a private parameter.
        CoseKeyPrivateKeyPresent = "cose_key_private_key_present",
        /// A key type this crate does not know.
        CoseKeyUnsupportedKeyType = "cose_key_unsupported_key_type",
        /// An algorithm this build does not verify.
        CoseKeyUnsupportedAlgorithm = "cose_key_unsupported_algorithm",
        /// Key type or curve is not the one of the algorithm.
        CoseKeyAlgorithmMismatch = "cose_key_algorithm_mismatch",
        /// A coordinate or key of the wrong length.
        CoseKeyCoordinateLength = "cose_key_coordinate_length",
        /// The point is not on the curve.
        CoseKeyNotOnCurve = "cose_key_not_on_curve",
        /// A key for which signatures prove nothing: a small-order or non-canonical point, an even modulus.
        CoseKeyWeak = "cose_key_weak",
        /// An RSA modulus below 2048 bits.
        CoseKeyRsaModulusTooSmall = "cose_key_rsa_modulus_too_small",
        /// An RSA modulus above 8192 bits.
        CoseKeyRsaModulusTooLarge = "cose_key_rsa_modulus_too_large",
        /// An RSA modulus or exponent with a leading zero byte.
        CoseKeyRsaLeadingZero = "cose_key_rsa_leading_zero",
        /// An RSA exponent that is even, below 65537 or above 33 bits.
        CoseKeyRsaExponent = "cose_key_rsa_exponent",

        // Signatures.
        /// Malformed, or not made by this key over this message.
        SignatureInvalid = "signature_invalid",
        /// The algorithm does not suit the key.
        SignatureAlgorithmMismatch = "signature_algorithm_mismatch",
        /// The algorithm is not one this build verifies.
        SignatureAlgorithmUnsupported = "signature_algorithm_unsupported",

        // Attestation objects and statements.
        /// The attestation object has no bytes.
        AttestationObjectMissing = "attestation_object_missing",
        /// A member absent, unknown or of the wrong type.
        AttestationObjectMalformed = "attestation_object_malformed",
        /// Members out of canonical order.
        AttestationObjectKeyOrder = "attestation_object_key_order",
        /// A member of the statement is missing, unexpected or of the wrong type.
        AttestationStatement = "attestation_statement",
        /// Format `none` with a statement.
        AttestationNoneWithStatement = "attestation_none_with_statement",
        /// The statement's format, or its way of attesting, is not one this build verifies.
        AttestationFormatUnsupported = "attestation_format_unsupported",
        /// The statement's `alg` does not suit the key.
        AttestationAlgorithmMismatch = "attestation_algorithm_mismatch",
        /// The statement's `alg` is not one this build verifies.
        AttestationAlgorithmUnsupported = "attestation_algorithm_unsupported",
        /// The statement's signature does not verify.
        AttestationSignature = "attestation_signature",
        /// ECDAA, a leftover of Level 1.
        AttestationEcdaaUnsupported = "attestation_ecdaa_unsupported",
        /// The attestation certificate is not version 3.
        AttestationCertificateVersion = "attestation_certificate_version",
        /// The attestation certificate's subject lacks an attribute or has a wrong one.
        AttestationCertificateSubject = "attestation_certificate_subject",
        /// The attestation certificate says that it is an authority.
        AttestationCertificateIsCa = "attestation_certificate_is_ca",
        /// The attestation certificate has no Basic Constraints to say that it is no authority. Policy switch:
        /// `x509_missing_basic_constraints`.
        AttestationCertificateBasicConstraints = "attestation_certificate_basic_constraints",
        /// The attestation certificate's key is of the wrong kind.
        AttestationCertificateKey = "attestation_certificate_key",
        /// The attestation certificate is not for the credential key.
        AttestationCertificateKeyMismatch = "attestation_certificate_key_mismatch",
        /// The certificate names another AAGUID, names it wrongly, or marks it critical.
        AttestationAaguidMismatch = "attestation_aaguid_mismatch",
        /// A FIDO extension for serial number or firmware is malformed or critical.
        AttestationFidoExtension = "attestation_fido_extension",
        /// The certificate tells the device's serial number and enterprise attestation was not asked for.
        AttestationUnsolicitedEnterprise = "attestation_unsolicited_enterprise",
        /// `pubArea` is not one TPMT_PUBLIC.
        TpmPubArea = "tpm_pub_area",
        /// `pubArea` is not the credential key.
        TpmPublicKeyMismatch = "tpm_public_key_mismatch",
        /// `certInfo` is not one TPMS_ATTEST that certifies an object.
        TpmCertInfo = "tpm_cert_info",
        /// `extraData` is not the hash of what is attested.
        TpmExtraData = "tpm_extra_data",
        /// The certified name is not that of `pubArea`.
        TpmName = "tpm_name",
        /// The certificate is not one of an attestation identity key.
        TpmCertificate = "tpm_certificate",
        /// The TPM's manufacturer is not registered. Policy switch: `tpm_vendor_` and its eight hexadecimal digits.
        TpmVendor = "tpm_vendor",
        /// The Android key description is missing or malformed.
        AndroidKeyDescription = "android_key_description",
        /// The key was attested for another ceremony.
        AndroidChallenge = "android_challenge",
        /// Every application may use the key.
        AndroidAllApplications = "android_all_applications",
        /// Software attested the key. Policy switch: `android_software_attestation`.
        AndroidSecurityLevel = "android_security_level",
        /// The key was not generated in the key store, or hardware does not say so. Policy switch:
        /// `android_origin_not_tee_enforced`.
        AndroidOrigin = "android_origin",
        /// The key is not for signing alone, or hardware does not say so. Policy switch:
        /// `android_purpose_not_tee_enforced`.
        AndroidPurpose = "android_purpose",
        /// The nonce in Apple's certificate is missing, malformed or for other data.
        AppleNonce = "apple_nonce",
        /// A U2F statement with an AAGUID, which it cannot vouch for. Policy switch: `u2f_nonzero_aaguid`.
        U2fAaguid = "u2f_aaguid",

        // SafetyNet responses.
        /// `response` is not a compact JWS with the members it needs.
        SafetynetMalformed = "safetynet_malformed",
        /// The certificate is not for the attestation service.
        SafetynetWrongSigner = "safetynet_wrong_signer",
        /// The algorithm is not known or does not fit the certificate's key.
        SafetynetAlgorithm = "safetynet_algorithm",
        /// The signature is not the certificate's.
        SafetynetSignature = "safetynet_signature",
        /// The nonce is for another ceremony.
        SafetynetNonce = "safetynet_nonce",
        /// The device failed the compatibility test.
        SafetynetCtsProfile = "safetynet_cts_profile",
        /// The response is from the future.
        SafetynetFromFuture = "safetynet_from_future",
        /// The response is older than a minute. Policy switch: `safetynet_stale_timestamp`.
        SafetynetStale = "safetynet_stale",

        // Certificates.
        /// The bytes are not exactly one DER certificate.
        CertificateDer = "certificate_der",
        /// The signature algorithm inside the signed part differs from the one outside (RFC 5280, 4.1.1.2).
        CertificateSignatureAlgorithmMismatch = "certificate_signature_algorithm_mismatch",
        /// Version and contents contradict each other, or the version is unknown.
        CertificateVersion = "certificate_version",
        /// An extension occurs twice (RFC 5280, 4.2).
        CertificateDuplicateExtension = "certificate_duplicate_extension",
        /// The value of an extension is malformed. Policy switch: `x509_malformed_extension`.
        CertificateExtension = "certificate_extension",
        /// The subject public key is of a kind or in a form that is not supported.
        CertificateKey = "certificate_key",

        // Trust in an attestation.
        /// The path ends at a root that is not an anchor, or there are no anchors.
        TrustNoAnchor = "trust_no_anchor",
        /// An issuer is missing.
        TrustNoPath = "trust_no_path",
        /// More certificates than a path may have.
        TrustPathTooLong = "trust_path_too_long",
        /// Finding a path would take too many signature checks.
        TrustTooManySignatures = "trust_too_many_signatures",
        /// The signature of a certificate is not its issuer's.
        TrustBadSignature = "trust_bad_signature",
        /// A certificate is signed with an algorithm that is not known.
        TrustSignatureAlgorithm = "trust_signature_algorithm",
        /// A certificate is signed with MD5, or with SHA-1 where that is not accepted.
        TrustWeakHash = "trust_weak_hash",
        /// An issuer is not a certificate authority.
        TrustNotACa = "trust_not_a_ca",
        /// More authorities follow than an issuer allows.
        TrustPathLengthExceeded = "trust_path_length_exceeded",
        /// A name lies outside what an issuer may vouch for.
        TrustNameConstraint = "trust_name_constraint",
        /// A certificate is no longer valid.
        TrustExpired = "trust_expired",
        /// A certificate is not valid yet.
        TrustNotYetValid = "trust_not_yet_valid",
        /// A critical extension is not understood; its identifier.
        TrustUnknownCriticalExtension = "trust_unknown_critical_extension",
        /// A certificate of the path is malformed.
        TrustMalformedCertificate = "trust_malformed_certificate",
        /// A certificate or key of the path is on the revocation list.
        TrustRevoked = "trust_revoked",
        /// A key is too small.
        TrustWeakKey = "trust_weak_key",
        /// The model has an undesired status in the metadata.
        TrustStatus = "trust_status",
        /// The model does not attest in this way, says the metadata.
        TrustAttestationTypeMismatch = "trust_attestation_type_mismatch",
        /// The model does not speak the protocol of this format, says the metadata.
        TrustProtocolMismatch = "trust_protocol_mismatch",
        /// The metadata does not know the model.
        TrustUnknownModel = "trust_unknown_model",
        /// The model's certification is below the level demanded.
        TrustCertificationLevel = "trust_certification_level",
        /// The AAGUID is on the block list.
        TrustAaguidBlocked = "trust_aaguid_blocked",
        /// The AAGUID is not on the allow list.
        TrustAaguidNotAllowed = "trust_aaguid_not_allowed",
        /// The AAGUID is claimed, not proven, and a list decides by AAGUID.
        TrustAaguidUnproven = "trust_aaguid_unproven",
        /// The statement vouches for nothing (type none or self) and a trusted attestation is demanded.
        TrustAttestationMissing = "trust_attestation_missing",

        // Extensions.
        /// An output of a known extension with the wrong type or value.
        ExtensionMalformed = "extension_malformed",
        /// An output nobody asked for, where the policy refuses those.
        ExtensionUnsolicited = "extension_unsolicited",
        /// Enforced credential protection came out weaker than asked for.
        ExtensionCredProtectTooWeak = "extension_cred_protect_too_weak",
        /// The authenticator's minimum PIN length is below the policy's.
        ExtensionPinTooShort = "extension_pin_too_short",
        /// A large blob is written for exactly one credential.
        LargeBlobWriteNeedsOneCredential = "large_blob_write_needs_one_credential",
        /// A blob kept in the credential has at most 32 bytes.
        CredBlobTooLong = "cred_blob_too_long",
        /// A PRF evaluation names a credential that is not in the allow list; clients would throw.
        PrfCredentialNotAllowed = "prf_credential_not_allowed",

        // The ceremonies themselves.
        /// The id in the response is not the attested one.
        CredentialIdMismatch = "credential_id_mismatch",
        /// §7.1 step 14, §7.2 step 15: made for another RP ID.
        RpIdMismatch = "rp_id_mismatch",
        /// §7.1 step 15, §7.2 step 16: nobody was there.
        UserNotPresent = "user_not_present",
        /// §7.1 step 16, §7.2 step 17: user verification was required.
        UserNotVerified = "user_not_verified",
        /// §7.1 steps 18 and 19: the policy wants the other kind of credential.
        BackupPolicy = "backup_policy",
        /// §7.1 step 20: an algorithm that was not offered.
        AlgorithmNotOffered = "algorithm_not_offered",
        /// The credential was excluded by the options; its authenticator should have refused.
        CredentialExcluded = "credential_excluded",
        /// §7.1 step 21: a format this build does not verify.
        UnsupportedFormat = "unsupported_format",
        /// §7.2 step 5: a credential that is not on the allow list.
        CredentialNotAllowed = "credential_not_allowed",
        /// The caller's record is of another credential than the response names.
        StoredCredentialMismatch = "stored_credential_mismatch",
        /// §7.2 step 6: the credential belongs to another user than the ceremony or the user handle names.
        WrongUser = "wrong_user",
        /// §7.2 step 6: the user was not known before, so the handle has to tell.
        UserHandleMissing = "user_handle_missing",
        /// §7.2 step 19: backup eligibility never changes.
        BackupEligibilityChanged = "backup_eligibility_changed",
        /// §7.2 step 22: the counter did not grow; perhaps the authenticator was cloned.
        SignCountRegression = "sign_count_regression",

        // FIDO metadata.
        /// Larger than 64 MiB.
        MetadataTooLarge = "metadata_too_large",
        /// Not a compact JWS over a BLOB payload.
        MetadataMalformed = "metadata_malformed",
        /// The signature algorithm is not one of the asymmetric ones allowed, or does not fit the signer's key.
        MetadataAlgorithm = "metadata_algorithm",
        /// The header names no certificates, or refers to them by address.
        MetadataNoCertificates = "metadata_no_certificates",
        /// The signer's certificate is not for the metadata service.
        MetadataWrongSigner = "metadata_wrong_signer",
        /// The signer's certificate leads to no anchor.
        MetadataUntrusted = "metadata_untrusted",
        /// The signature is not the signer's.
        MetadataSignature = "metadata_signature",
        /// The BLOB is older than the one accepted before.
        MetadataRollback = "metadata_rollback",

        // Revocation lists.
        /// Not JSON of the expected shape.
        RevocationListMalformed = "revocation_list_malformed",
        /// A serial number is not hexadecimal.
        RevocationListSerial = "revocation_list_serial",

        // RP IDs and origins of a relying party.
        /// A text of no characters where an RP ID was expected.
        RpIdEmpty = "rp_id_empty",
        /// Not a domain name: a scheme, port, path, trailing dot or invalid label.
        RpIdNotADomain = "rp_id_not_a_domain",
        /// Browsers take domains only.
        RpIdIpAddress = "rp_id_ip_address",
        /// A name under which anybody registers, such as `co.uk` or `github.io`.
        RpIdPublicSuffix = "rp_id_public_suffix",
        /// A text of no characters where an origin was expected.
        OriginEmpty = "origin_empty",
        /// Not `scheme://host[:port]`: user information, path, query, fragment, white space or a bad host or port.
        OriginMalformed = "origin_malformed",
        /// The opaque origin `null`.
        OriginNull = "origin_null",
        /// `http` for anything but this very machine.
        OriginInsecure = "origin_insecure",
        /// An `android:apk-key-hash:` origin that is not the base64url of 32 bytes.
        OriginAndroidKeyHash = "origin_android_key_hash",

        // Related origins.
        /// The document is not a JSON object with a list of texts `origins`.
        RelatedOriginsMalformed = "related_origins_malformed",
        /// The origin is not in the list.
        RelatedOriginsNotListed = "related_origins_not_listed",
        /// The origin is listed, behind more distinct labels than clients must support.
        RelatedOriginsTooManyLabels = "related_origins_too_many_labels",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_code_means_one_thing() {
        let texts: BTreeSet<&str> = Code::ALL.into_iter().map(Code::as_str).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        for text in texts {
            assert!(
                text.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'),
                "{text}"
            );
        }
    }

    #[test]
    fn codes_that_clients_know_from_operations_are_not_the_verifiers() {
        for text in ["origin_not_allowed", "unknown_credential", "attestation_required"] {
            assert_eq!(Code::from_name(text), None, "{text}");
        }
    }
}
