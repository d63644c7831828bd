//! The device behind a `User-Agent`, in the words of the ua-parser project: `Chrome, Windows 10`.
//!
//! Only the browsers and systems people sign in with are told apart, by a short ordered list instead of the project's
//! thousand regular expressions: they would cost more memory than the rest of the server.

/// `{browser family}, {system family} {system major version}`; what is unknown is `Other`, its version empty.
pub fn describe(user_agent: Option<&str>) -> String {
    let user_agent = user_agent.unwrap_or_default();
    let (system, major) = system(user_agent);
    format!("{}, {system} {major}", browser(user_agent))
}

/// The product tokens that name a browser; the first that occurs decides, since browsers also claim to be others.
const BROWSERS: &[(&str, &str, &str)] = &[
    // (token, family, family on a phone)
    ("FBAN/", "Facebook", "Facebook"),
    ("FBAV/", "Facebook", "Facebook"),
    ("Instagram", "Instagram", "Instagram"),
    ("EdgA/", "Edge Mobile", "Edge Mobile"),
    ("EdgiOS/", "Edge Mobile", "Edge Mobile"),
    ("Edg/", "Edge", "Edge"),
    ("Edge/", "Edge", "Edge Mobile"),
    ("OPT/", "Opera Touch", "Opera Touch"),
    ("OPiOS/", "Opera Mini", "Opera Mini"),
    ("OPR/", "Opera", "Opera Mobile"),
    ("Vivaldi/", "Vivaldi", "Vivaldi"),
    ("YaBrowser/", "Yandex Browser", "Yandex Browser"),
    ("SamsungBrowser/", "Samsung Internet", "Samsung Internet"),
    ("UCBrowser/", "UC Browser", "UC Browser"),
    ("HuaweiBrowser/", "Huawei Browser", "Huawei Browser"),
    ("MiuiBrowser/", "MiuiBrowser", "MiuiBrowser"),
    ("DuckDuckGo/", "DuckDuckGo", "DuckDuckGo Mobile"),
    ("Brave/", "Brave", "Brave"),
    ("HeadlessChrome/", "HeadlessChrome", "HeadlessChrome"),
    ("CriOS/", "Chrome Mobile iOS", "Chrome Mobile iOS"),
    ("FxiOS/", "Firefox iOS", "Firefox iOS"),
    ("GSA/", "Google", "Google"),
    ("Electron/", "Electron", "Electron"),
    ("Chromium/", "Chromium", "Chromium"),
    ("Chrome/", "Chrome", "Chrome Mobile"),
    ("Seamonkey/", "SeaMonkey", "SeaMonkey"),
    ("Focus/", "Firefox Focus", "Firefox Focus"),
    ("Firefox/", "Firefox", "Firefox Mobile"),
    ("Trident/", "IE", "IE Mobile"),
    ("MSIE ", "IE", "IE Mobile"),
    ("Version/", "Safari", "Mobile Safari"),
    (
        "iPhone",
        "Mobile Safari UI/WKWebView",
        "Mobile Safari UI/WKWebView",
    ),
    ("iPad", "Mobile Safari UI/WKWebView", "Mobile Safari UI/WKWebView"),
    ("python-requests/", "Python Requests", "Python Requests"),
    ("Python-urllib/", "Python-urllib", "Python-urllib"),
    ("okhttp/", "okhttp", "okhttp"),
    ("axios/", "axios", "axios"),
    ("curl/", "curl", "curl"),
    ("Wget/", "Wget", "Wget"),
    ("Go-http-client/", "Go-http-client", "Go-http-client"),
    ("Apache-HttpClient/", "Apache-HttpClient", "Apache-HttpClient"),
    ("CFNetwork/", "CFNetwork", "CFNetwork"),
];

fn browser(user_agent: &str) -> &'static str {
    let phone = user_agent.contains("Mobile") || user_agent.contains("Android");
    let Some((token, family, on_phone)) = BROWSERS.iter().find(|(token, ..)| user_agent.contains(token))
    else {
        return "Other";
    };
    match *token {
        // The token alone also occurs in the user agents of things that are no Safari.
        "Version/" if !user_agent.contains("Safari/") => "Other",
        "Version/" if user_agent.contains("Android") => "Android",
        "Chrome/" if user_agent.contains("; wv)") => "Chrome Mobile WebView",
        // Chrome on an Android tablet leaves "Mobile" out, and is plain Chrome to ua-parser.
        "Chrome/" if !user_agent.contains("Mobile") => family,
        _ if phone => on_phone,
        _ => family,
    }
}

/// The system's family and major version.
fn system(user_agent: &str) -> (&'static str, String) {
    if let Some(version) = after(user_agent, "Windows NT ") {
        let major = match version_text(version, 2).as_str() {
            "10.0" => "10",
            "6.3" => "8.1",
            "6.2" => "8",
            "6.1" => "7",
            "6.0" => "Vista",
            "5.2" | "5.1" => "XP",
            _ => "",
        };
        return ("Windows", major.to_owned());
    }
    if let Some(version) = after(user_agent, "Windows Phone ") {
        return ("Windows Phone", major(version));
    }
    if let Some(version) = after(user_agent, "Android ") {
        return ("Android", major(version));
    }
    if user_agent.contains("Android") {
        return ("Android", String::new());
    }
    if user_agent.contains("iPhone") || user_agent.contains("iPad") || user_agent.contains("iPod") {
        let version = after(user_agent, "CPU iPhone OS ").or_else(|| after(user_agent, "CPU OS "));
        return ("iOS", version.map(major).unwrap_or_default());
    }
    if let Some(version) = after(user_agent, "Mac OS X ") {
        return ("Mac OS X", major(version));
    }
    if let Some(version) = after(user_agent, "CrOS ") {
        return (
            "Chrome OS",
            version
                .split_once(' ')
                .map(|(_, version)| major(version))
                .unwrap_or_default(),
        );
    }
    for (token, family) in [
        ("Mac OS X", "Mac OS X"),
        ("Ubuntu", "Ubuntu"),
        ("Fedora", "Fedora"),
        ("FreeBSD", "FreeBSD"),
        ("Linux", "Linux"),
    ] {
        if user_agent.contains(token) {
            return (family, String::new());
        }
    }
    ("Other", String::new())
}

fn after<'t>(text: &'t str, token: &str) -> Option<&'t str> {
    text.split_once(token).map(|(_, rest)| rest)
}

fn major(version: &str) -> String {
    version_text(version, 1)
}

/// The first `parts` numbers of a version, whether dots or underscores part them; at most a few digits each.
fn version_text(version: &str, parts: usize) -> String {
    let end = version.find(|letter: char| !letter.is_ascii_digit() && letter != '.' && letter != '_');
    let numbers = version.get(..end.unwrap_or(version.len())).unwrap_or_default();
    let numbers: Vec<&str> = numbers
        .split(['.', '_'])
        .take(parts)
        .filter(|part| part.len() <= 6)
        .collect();
    numbers.join(".")
}

#[cfg(test)]
mod tests {
    use super::describe;

    #[test]
    fn common_devices() {
        for (user_agent, device) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                "Chrome, Windows 10",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
                "Firefox, Windows 10",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
                "Edge, Windows 10",
            ),
            (
                "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
                "IE, Windows 7",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                "Chrome, Mac OS X 10",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Safari/605.1.15",
                "Safari, Mac OS X 10",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:132.0) Gecko/20100101 Firefox/132.0",
                "Firefox, Mac OS X 10",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
                "Mobile Safari, iOS 17",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.0.0 Mobile/15E148 Safari/604.1",
                "Chrome Mobile iOS, iOS 17",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
                "Chrome Mobile, Android 14",
            ),
            (
                "Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                "Chrome, Android 13",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/26.0 Chrome/122.0.0.0 Mobile Safari/537.36",
                "Samsung Internet, Android 14",
            ),
            (
                "Mozilla/5.0 (Android 14; Mobile; rv:132.0) Gecko/132.0 Firefox/132.0",
                "Firefox Mobile, Android 14",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                "Chrome, Linux ",
            ),
            (
                "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
                "Firefox, Ubuntu ",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
                "Chrome, Chrome OS 14541",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36",
                "HeadlessChrome, Linux ",
            ),
            ("python-requests/2.32.3", "Python Requests, Other "),
            ("okhttp/4.12.0", "okhttp, Other "),
            ("something new", "Other, Other "),
            ("", "Other, Other "),
        ] {
            assert_eq!(describe(Some(user_agent)), device, "{user_agent}");
        }
        assert_eq!(describe(None), "Other, Other ");
    }
}
