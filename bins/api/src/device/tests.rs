use proptest::prelude::*;

use super::*;

/// User agents of today's browsers and of the clients that call this server, and what the project's own tests expect of
/// others (those that name an old version).
const DEVICES: &[(&str, &str)] = &[
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        "Chrome, Windows 10",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
        "Firefox, Windows 10",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/75.0.3763.0 Safari/537.36 Edg/75.0.131.0",
        "Edge, Windows 10",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 OPR/116.0.0.0",
        "Opera, Windows 10",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Vivaldi/7.0.3495.11",
        "Vivaldi, Windows 10",
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/118.0.5993.771 YaBrowser/23.11.2.771 Yowser/2.5 Safari/537.36",
        "Yandex Browser, Windows 10",
    ),
    (
        "Mozilla/5.0 (Windows NT 6.3; Win64; x64; Trident/7.0; rv:11.0) like Gecko",
        "IE, Windows 8",
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
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 Safari/605.1.15 Ddg/17.2",
        "DuckDuckGo, Mac OS X 10",
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_4) AppleWebKit/537.36 (KHTML, like Gecko) pagedraw/0.1.0 Chrome/49.0.2623.75 Electron/0.37.8 Safari/537.36",
        "Electron, Mac OS X 10",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
        "Mobile Safari, iOS 17",
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
        "Mobile Safari, iOS 17",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/131.0.0.0 Mobile/15E148 Safari/604.1",
        "Chrome Mobile iOS, iOS 17",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/132.0 Mobile/15E148 Safari/605.1.15",
        "Firefox iOS, iOS 17",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 EdgiOS/131.0.0.0 Mobile/15E148 Safari/604.1",
        "Edge Mobile, iOS 17",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        "Mobile Safari UI/WKWebView, iOS 17",
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 11_2_5 like Mac OS X) AppleWebKit/604.5.6 (KHTML, like Gecko) Mobile/15D60 Instagram 33.0.0.11.96 (iPhone9,3; iOS 11_2_5; en_AU; en-AU; scale=2.00; gamut=wide; 750x1334)",
        "Instagram, iOS 11",
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
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36 EdgA/131.0.0.0",
        "Edge Mobile, Android 10",
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36 OPR/86.0.0.0",
        "Opera Mobile, Android 10",
    ),
    (
        "Mozilla/5.0 (Linux; Android 9; Pixel 2 XL Build/PPP5.180610.010; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/68.0.3440.85 Mobile Safari/537.36",
        "Chrome Mobile WebView, Android 9",
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
        "Mozilla/5.0 (X11; U; Linux i686; en-US) AppleWebKit/534.16 (KHTML, like Gecko) Ubuntu/10.10 Chromium/10.0.648.133 Chrome/10.0.648.133 Safari/534.16",
        "Chromium, Ubuntu 10",
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36",
        "HeadlessChrome, Linux ",
    ),
    (
        "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
        "Chrome, Chrome OS 14541",
    ),
    ("axios/0.18.1", "axios, Other "),
    (
        "python-requests/0.14 CPython/2.6 Linux/2.6-43-server",
        "Python Requests, Linux 2",
    ),
    ("python-requests/2.32.3", "Python Requests, Other "),
    ("okhttp/4.12.0", "okhttp, Other "),
    (
        "Apache-HttpClient/4.0-beta2 (java 1.5)",
        "Apache-HttpClient, Other ",
    ),
    (
        "JDSports-iPad/1.1 CFNetwork/672.0.8 Darwin/14.0.0",
        "JDSports, iOS 7",
    ),
    ("Example/1 CFNetwork/1496.0.7 Darwin/23.5.0", "Example, iOS 17"),
    ("curl/7.29.0", "curl, Other "),
    ("Go-http-client/1.1", "Go-http-client, Other "),
    ("SomethingWeNeverKnewExisted", "Other, Other "),
    ("/// ;;; ((( 12.0", "Other, Other "),
    ("\t ", "Other, Other "),
    ("", "Other, Other "),
];

#[test]
fn devices_have_the_names_of_the_project() {
    for round in ["found out", "again"] {
        for (user_agent, device) in DEVICES {
            assert_eq!(describe(Some(user_agent)), *device, "{round}: {user_agent}");
        }
    }
    assert_eq!(describe(None), "Other, Other ");
    assert_eq!(describe(Some(DEVICES[0].0)), DEVICES[0].1);
}

#[test]
fn what_comes_from_the_user_agent_is_short_and_clean() {
    let long = "Na\tme".repeat(40);
    let device = describe(Some(&format!("{long}/1 CFNetwork/1496.0.7 Darwin/23.5.0")));
    let (name, system) = device.split_once(", ").unwrap();
    assert_eq!(system, "iOS 17");
    assert_eq!(name.len(), LONGEST_NAME);
    assert!(name.starts_with("NameName"));
}

#[test]
fn nothing_is_read_after_a_certain_length() {
    let padded = |length: usize| format!("{}curl/8.5.0", "; ".repeat(length / 2));
    assert_eq!(describe(Some(&padded(LONGEST_READ - 10))), "curl, Other ");
    assert_eq!(describe(Some(&padded(LONGEST_READ))), "Other, Other ");
}

proptest! {
    #[test]
    fn whatever_is_sent_a_device_is_short_and_printable(user_agent in any::<String>()) {
        let device = describe(Some(&user_agent));
        prop_assert!(device.chars().count() <= 2 * LONGEST_NAME + LONGEST_VERSION + 3);
        prop_assert!(!device.chars().any(char::is_control));
        prop_assert!(device.contains(", "));
    }
}
