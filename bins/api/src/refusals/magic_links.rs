//! Magic links that are not sent; and what was asked for too often.

use actix_web::http::StatusCode;
use passgate::{TooOften, magic_links::MagicLinkError};
use passgate_core::magic_link::{AdministratorsOnly, TargetNotAllowed};

use crate::problem::{ErrorCode, Problem};

impl From<MagicLinkError> for Problem {
    fn from(error: MagicLinkError) -> Self {
        match error {
            MagicLinkError::Disabled => Self::domain(
                StatusCode::FORBIDDEN,
                None,
                "You must enable Magic Links in settings in order to use this feature.",
            )
            .with_detail("Whoever runs the server enables them with 'passgate app set NAME magic-links=true'."),
            // Validation refuses such a template before it comes here.
            MagicLinkError::Template(error) => Self::rule(ErrorCode::InvalidArgument, error.to_string()),
            MagicLinkError::TargetNotAllowed(TargetNotAllowed { sent, allowed }) => Self::rule(
                ErrorCode::MagicLinkTargetNotAllowed,
                format!(
                    "Magic links to '{sent}' are not allowed. Allowed targets: {}.",
                    allowed.join(", ")
                ),
            ),
            MagicLinkError::AdministratorsOnly(AdministratorsOnly { age }) => Self::domain(
                StatusCode::FORBIDDEN,
                Some(ErrorCode::MagicLinkEmailAdminAddressOnly),
                format!(
                    "Because your application has been created less than {} hours ago, you can only request magic links \
                     to the admin email address.",
                    age.as_secs() / 3600
                ),
            )
            .with_detail(
                "Whoever runs the server lifts this with the setting 'magic_link_new_application_age = 0'.",
            ),
            MagicLinkError::NoLandingPage => Self::public_url_missing(),
            MagicLinkError::QuotaExceeded => Self::domain(
                StatusCode::TOO_MANY_REQUESTS,
                Some(ErrorCode::MagicLinkEmailQuotaExceeded),
                "You have reached your monthly quota for magic link emails. Please try again later.",
            )
            .with_detail(
                "Whoever runs the server lifts it with 'passgate app set NAME magic-link-monthly-quota=none'.",
            ),
        }
    }
}

impl From<TooOften> for Problem {
    fn from(limit: TooOften) -> Self {
        Self::too_often(
            limit,
            "Too many magic links were requested. Please try again later.",
        )
    }
}

impl Problem {
    /// Something was asked for more often than it may be.
    pub fn too_often(TooOften { retry_after }: TooOften, title: &'static str) -> Self {
        // Rounded up, so that whoever waits that long is welcome.
        let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
        Self::domain(
            StatusCode::TOO_MANY_REQUESTS,
            Some(ErrorCode::RateLimitExceeded),
            title,
        )
        .with_retry_after(seconds)
    }

    /// The playground made as many applications as it may for now.
    pub fn too_many_demos(limit: TooOften) -> Self {
        Self::too_often(
            limit,
            "Too many demo applications were made. Please try again later.",
        )
    }

    /// The deletion of an application was asked for, and warned of, too often.
    pub fn too_many_deletions(limit: TooOften) -> Self {
        Self::too_often(
            limit,
            "The deletion was requested too often. Please try again later.",
        )
    }
}
