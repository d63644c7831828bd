//! How strict an application is: the member `policy` of its features.

use passgate::features::PolicyPatch;
use passgate_core::application::{Features, SignCountRegression, TopOrigins};
use passgate_webauthn::{Algorithm, Origin, RpId};
use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    json::{BindingError, Members},
    shape::{Shape, boolean, integers, text, texts as list_of},
    wire,
};

const SIGN_COUNT_REGRESSIONS: [(&str, SignCountRegression); 4] = [
    (SignCountRegression::Refuse.as_str(), SignCountRegression::Refuse),
    (
        SignCountRegression::RefuseDeviceBound.as_str(),
        SignCountRegression::RefuseDeviceBound,
    ),
    (
        SignCountRegression::RefuseUnlessZero.as_str(),
        SignCountRegression::RefuseUnlessZero,
    ),
    (SignCountRegression::Warn.as_str(), SignCountRegression::Warn),
];

/// What may be changed.
pub(super) const PATCH: Shape = Shape {
    name: "PolicyPatch",
    about: "How strict the application is. What is missing or null stays as it is.",
    members: &[
        boolean("singleUseSignInTokens")
            .or_null()
            .about("Whether a sign-in token verifies once."),
        boolean("singleUseMagicLinks")
            .or_null()
            .about("Whether the token of a magic link verifies once."),
        boolean("decoyCredentials")
            .or_null()
            .about("Whether unknown users and aliases are answered with credentials that look real."),
        text::<wire::SignCountRegression>("signCountRegression").or_null(),
        list_of::<wire::Origin>("allowedOrigins")
            .or_null()
            .about("The origins that are accepted; empty for all that suit the RP ID."),
        list_of::<wire::RpId>("allowedRpIds")
            .or_null()
            .about("The RP IDs that are accepted; empty for all."),
        list_of::<wire::TopOrigin>("allowedTopOrigins")
            .or_null()
            .about("The origins of pages that may frame the application's, or `any`."),
        integers("algorithms")
            .or_null()
            .about("The algorithms to offer, most wanted first, as COSE numbers; empty for the usual offer."),
        boolean("recordFailedCeremonies")
            .or_null()
            .about("Whether failed ceremonies are recorded with reason, address and user agent."),
        list_of::<wire::Origin>("magicLinkOrigins")
            .or_null()
            .about("The origins that magic links may lead to; empty for all."),
        boolean("magicLinkLandingPage")
            .or_null()
            .about("Whether magic links show a page with a button before they forward."),
    ],
};

/// What is in force.
#[derive(Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Policy {
    /// Whether a sign-in token verifies once.
    single_use_sign_in_tokens: bool,
    /// Whether the token of a magic link verifies once.
    single_use_magic_links: bool,
    /// Whether unknown users and aliases are answered with credentials that look real.
    decoy_credentials: bool,
    #[schemars(with = "wire::SignCountRegression")]
    sign_count_regression: &'static str,
    /// The origins that are accepted; empty for all that suit the RP ID.
    #[schemars(with = "Vec<wire::Origin>")]
    allowed_origins: Vec<String>,
    /// The RP IDs that are accepted; empty for all.
    #[schemars(with = "Vec<wire::RpId>")]
    allowed_rp_ids: Vec<String>,
    /// The origins of pages that may frame the application's, or `any`.
    #[schemars(with = "Vec<wire::TopOrigin>")]
    allowed_top_origins: Vec<String>,
    /// The algorithms that are offered, most wanted first, as COSE numbers.
    #[schemars(example = [-7, -257])]
    algorithms: Vec<i64>,
    /// Whether failed ceremonies are recorded with reason, address and user agent.
    record_failed_ceremonies: bool,
    /// The origins that magic links may lead to; empty for all.
    #[schemars(with = "Vec<wire::Origin>")]
    magic_link_origins: Vec<String>,
    /// Whether magic links show a page with a button before they forward.
    magic_link_landing_page: bool,
}

impl From<&Features> for Policy {
    fn from(features: &Features) -> Self {
        Self {
            single_use_sign_in_tokens: features.single_use_sign_in_tokens,
            single_use_magic_links: features.single_use_magic_links,
            decoy_credentials: features.decoy_credentials,
            sign_count_regression: features.sign_count_regression.as_str(),
            allowed_origins: features
                .allowed_origins
                .iter()
                .map(|it| it.as_str().to_owned())
                .collect(),
            allowed_rp_ids: features
                .allowed_rp_ids
                .iter()
                .map(|it| it.as_str().to_owned())
                .collect(),
            allowed_top_origins: features.allowed_top_origins.clone().into(),
            algorithms: features
                .offered_algorithms()
                .into_iter()
                .map(Algorithm::id)
                .collect(),
            record_failed_ceremonies: features.record_failed_ceremonies,
            magic_link_origins: features.magic_link_origins.clone(),
            magic_link_landing_page: features.magic_link_landing_page,
        }
    }
}

/// Reads what is to change; what is absent or `null` stays.
pub(super) fn read(body: &Members<'_>) -> Result<PolicyPatch, BindingError> {
    let Some(policy) = body.object("policy")? else {
        return Ok(PolicyPatch::default());
    };
    let origin = |text: &str| Origin::parse(text).map_err(|error| error.to_string());
    let magic_link_origins = texts(&policy, "magicLinkOrigins", origin)?;
    Ok(PolicyPatch {
        single_use_sign_in_tokens: policy.boolean("singleUseSignInTokens")?,
        single_use_magic_links: policy.boolean("singleUseMagicLinks")?,
        decoy_credentials: policy.boolean("decoyCredentials")?,
        sign_count_regression: policy.choice("signCountRegression", &SIGN_COUNT_REGRESSIONS)?,
        allowed_origins: texts(&policy, "allowedOrigins", origin)?,
        allowed_rp_ids: texts(&policy, "allowedRpIds", |text| {
            RpId::parse_any(text).map_err(|error| error.to_string())
        })?,
        allowed_top_origins: texts(&policy, "allowedTopOrigins", |text| Ok(text.to_owned()))?
            .map(TopOrigins::try_from)
            .transpose()
            .map_err(|error| policy.wrong("allowedTopOrigins", format!("must not hold {error}")))?,
        // An empty list is the usual offer: nobody could register with none.
        algorithms: texts(&policy, "algorithms", algorithm)?.map(|list| (!list.is_empty()).then_some(list)),
        record_failed_ceremonies: policy.boolean("recordFailedCeremonies")?,
        magic_link_origins: magic_link_origins
            .map(|origins| origins.iter().map(|origin| origin.as_str().to_owned()).collect()),
        magic_link_landing_page: policy.boolean("magicLinkLandingPage")?,
    })
}

fn texts<T>(
    policy: &Members<'_>,
    name: &str,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<Vec<T>>, BindingError> {
    let Some(sent) = policy.texts(name)? else {
        return Ok(None);
    };
    let read = |item: Option<String>| {
        let text = item.unwrap_or_default();
        parse(&text).map_err(|problem| policy.wrong(name, format!("must not hold '{text}': {problem}")))
    };
    sent.into_iter().map(read).collect::<Result<_, _>>().map(Some)
}

fn algorithm(text: &str) -> Result<Algorithm, String> {
    let supported = Algorithm::supported();
    let found = supported
        .iter()
        .find(|algorithm| algorithm.id().to_string() == text);
    found
        .copied()
        .ok_or_else(|| "it is no algorithm that this server verifies".to_owned())
}
