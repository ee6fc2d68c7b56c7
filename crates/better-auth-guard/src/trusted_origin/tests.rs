//! The accepted forms of trusted origins, and what they match.

use super::*;

fn matches(trusted: &str, origin: &str) -> bool {
    TrustedOrigin::parse(trusted).unwrap_or_else(|error| panic!("{trusted} {error}")).matches(origin.as_bytes())
}

#[test]
fn origins_match_exactly() {
    for origin in ["https://app.example.com", "http://localhost:3000", "http://[::1]:5173"] {
        assert!(matches(origin, origin));
    }
    assert!(matches("HTTPS://App.Example.com:443/", "https://app.example.com"));
    for origin in ["https://app.example.com:443", "https://app.example.com/", "HTTPS://app.example.com", "null", ""] {
        assert!(!matches("https://app.example.com", origin), "{origin}");
    }
}

#[test]
fn origins_of_apps_and_extensions_match() {
    for origin in ["tauri://localhost", "capacitor://localhost", "ionic://localhost", "app://.", "app://obsidian.md"] {
        assert!(matches(origin, origin), "{origin}");
        assert!(!matches(origin, "tauri://evil") && !matches(origin, "https://localhost"), "{origin}");
    }
    let extension = "chrome-extension://abcdefghijklmnopabcdefghijklmnop";
    assert!(matches(extension, extension));
    assert!(!matches(extension, "chrome-extension://ponmlkjihgfedcbaponmlkjihgfedcba"));
    assert!(matches("MyApp://Host", "myapp://Host"));
    assert!(matches("myapp://", "myapp://any.host") && !matches("myapp://", "otherapp://any.host"));
    assert!(!matches("tauri://localhost", "tauri://localhost/path"));
}

/// The expected values are those of `matchesOriginPattern` of better-auth 1.7.24.
#[test]
fn patterns_match_as_in_better_auth() {
    let rows = [
        ("https://*.example.com", "https://a.example.com", true),
        ("https://*.example.com", "https://a.b.example.com", true),
        ("https://*.example.com", "https://.example.com", true),
        ("https://*.example.com", "https://example.com", false),
        ("https://*.example.com", "http://a.example.com", false),
        ("https://*.example.com", "https://a.example.com:8443", false),
        ("https://*.example.com", "https://a.example.com.evil.test", false),
        ("https://*.example.com:*", "https://a.example.com:8443", true),
        ("http://localhost:*", "http://localhost:5173", true),
        ("http://localhost:*", "http://localhost", false),
        ("https://preview-?.example.com", "https://preview-7.example.com", true),
        ("https://preview-?.example.com", "https://preview-77.example.com", false),
        ("*.example.com", "https://a.example.com", true),
        ("*.example.com", "http://a.example.com", true),
        ("*.example.com", "http://a.example.com:8080", false),
        ("*.example.com:*", "http://a.example.com:8080", true),
        ("exp://192.168.*.*:8081", "exp://192.168.0.7:8081", true),
        ("chrome-extension://*a", "chrome-extension://bbba", true),
        ("*://app.example.com", "https://app.example.com", true),
    ];
    for (pattern, origin, expected) in rows {
        assert_eq!(matches(pattern, origin), expected, "{pattern} {origin}");
    }
}

#[test]
fn patterns_match_serialized_origins_only() {
    for origin in [
        "https://evil.test/.example.com",
        "https://evil.test?.example.com",
        "https://evil.test#.example.com",
        "https://evil.test\\.example.com",
        "https://user@a.example.com",
        "https://A.example.com",
        "https://evil.test, https://a.example.com",
        "https://evil.test https://a.example.com",
        "https://a%2eexample.com",
        "null",
        "",
    ] {
        assert!(!matches("https://*.example.com", origin) && !matches("*.example.com", origin), "{origin}");
    }
    let long = format!("https://{}.example.com", "a".repeat(MAX_ORIGIN_BYTES));
    assert!(!matches("https://*.example.com", &long));
    assert!(!TrustedOrigin::parse("https://*.example.com").unwrap().matches(b"https://\xff.example.com"));
}

#[test]
fn texts_that_match_nothing_or_everything_are_rejected() {
    for text in [
        "",
        "*",
        "**",
        "*.*",
        "https://*",
        "https://*:*",
        "*://*",
        "null",
        "localhost",
        "localhost:3000",
        "example.com",
        "https://",
        "https://a/b",
        "https://a#x",
        "https://u@a",
        "https://*.example.com/",
        "https://*.example.com/a",
        "https://*.Example.com",
        "https://*.example.com:443",
        "http://*.example.com:80",
        "https://\\*.example.com",
        "file://",
        "file://*.a",
        "data://a",
        "javascript://a",
        "ws://a.example.com",
        "chrome-extension://",
        "tauri://localhost/index.html",
        "myapp:host",
        "https://a,https://b",
        "://*.example.com",
    ] {
        assert!(TrustedOrigin::parse(text).is_err(), "{text}");
    }
}

#[test]
fn patterns_with_an_open_end_are_recognized() {
    for (text, expected) in [
        ("https://app.*", true),
        ("http://192.168.*.*:3000", true),
        ("https://*.example.com", false),
        ("http://localhost:*", false),
        ("https://app.example.com", false),
    ] {
        assert_eq!(TrustedOrigin::parse(text).unwrap().has_open_end(), expected, "{text}");
    }
}
