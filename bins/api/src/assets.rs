//! Files that are compiled in: scripts, styles, fonts and the logo of the pages.

/// A file that is compiled in.
pub struct Asset {
    /// Its name in addresses.
    pub name: &'static str,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub content: &'static [u8],
}

macro_rules! assets {
    ($($name:literal $media_type:literal $file:literal),* $(,)?) => {
        &[$(Asset { name: $name, media_type: $media_type, content: include_bytes!(concat!("../playground/", $file)) }),*]
    };
}

/// The files of the playground.
pub const ASSETS: &[Asset] = assets![
    "style.css" "text/css; charset=utf-8" "style.css",
    "app.js" "text/javascript; charset=utf-8" "app.js",
    "api.js" "text/javascript; charset=utf-8" "api.js",
    "ceremony.js" "text/javascript; charset=utf-8" "ceremony.js",
    "dom.js" "text/javascript; charset=utf-8" "dom.js",
    "explain.js" "text/javascript; charset=utf-8" "explain.js",
    "snippets.js" "text/javascript; charset=utf-8" "snippets.js",
    "wire.js" "text/javascript; charset=utf-8" "wire.js",
    "logo.svg" "image/svg+xml" "logo.svg",
    "inter.woff2" "font/woff2" "fonts/inter.woff2",
    "jetbrains-mono.woff2" "font/woff2" "fonts/jetbrains-mono.woff2",
];

/// A font or the logo, which other pages of this server use too.
pub fn shared_file(name: &str) -> Option<(&'static str, &'static [u8])> {
    let shared = |asset: &&Asset| asset.name == name && !asset.media_type.starts_with("text/");
    ASSETS
        .iter()
        .find(shared)
        .map(|asset| (asset.media_type, asset.content))
}
