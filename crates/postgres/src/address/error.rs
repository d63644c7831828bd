//! What can be wrong with an address, said without a word of it.

/// A text is not the address of a PostgreSQL database. Nothing of the text is in here: any part of it may be a part of
/// a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAddress {
    /// It does not begin with `postgres://` or `postgresql://`.
    #[error("a PostgreSQL address begins with postgres:// or postgresql://")]
    Scheme,
    /// A character stands where it cannot.
    #[error(
        "the address has an @ too many, or a character at the wrong place: in user name and password, @ is written \
         %40, : is %3A, / is %2F, ? is %3F and % is %25"
    )]
    NotEncoded,
    /// A percent sign that encodes nothing.
    #[error(
        "a % in the address is not followed by two hexadecimal digits of UTF-8 (a % itself is written %25)"
    )]
    Percent,
    /// The text behind a host's colon.
    #[error(
        "a port of the address is not a number from 1 to 65535 (if it is a part of the password: / is written %2F, \
         ? is %3F)"
    )]
    Port,
    /// No user.
    #[error(
        "the address names no user: write postgres://USER:PASSWORD@HOST/DATABASE (the name of the system's user and \
         the variables of other PostgreSQL programs are not looked at)"
    )]
    NoUser,
    /// As many ports or addresses as hosts, or one for all.
    #[error("the address has more or fewer ports or addresses (hostaddr) than hosts")]
    HostList,
    /// A parameter without `=`, or one that does not exist.
    #[error(
        "parameter {place} of the address is unknown, or has no value; its name may be a part of a password and is not \
         repeated here"
    )]
    UnknownParameter {
        /// Which one behind the `?`, from 1.
        place: usize,
    },
    /// A parameter of other clients.
    #[error("the parameter {name} of the address is not supported: {instead}")]
    UnsupportedParameter {
        /// Of the parameter, as it was written.
        name: &'static str,
        /// What to do.
        instead: &'static str,
    },
    /// A parameter with a value that it cannot have.
    #[error("the parameter {name} of the address must be {expected}")]
    Value {
        /// Of the parameter, as it was written.
        name: &'static str,
        /// What it may be.
        expected: &'static str,
    },
    /// `sslmode=verify-…` needs something to verify with, and vice versa.
    #[error(
        "sslrootcert=system needs sslmode=verify-full: anybody can have a certificate of a public authority"
    )]
    WeakSystemRoots,
    /// `sslnegotiation=direct` with a mode that allows plain text.
    #[error("sslnegotiation=direct needs sslmode=require, verify-ca or verify-full")]
    WeakDirect,
    /// One without the other.
    #[error("sslcert and sslkey go together: both are paths of PEM files")]
    HalfClientCertificate,
}
