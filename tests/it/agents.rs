//! User agents: how many crawlers are found, how many people are taken for one, and the families that reports show.

use kudos::intake::agent::{Agents, PEOPLE, REMEMBERED_MAX, USER_AGENT_BYTES_MAX};

/// One a line; sources, versions, licences and commands are in `tests/data/agents/README.md`.
const CRAWLERS: &str = include_str!("../data/agents/crawlers.txt");
const BROWSERS: &str = include_str!("../data/agents/browsers.txt");

/// Crawlers that gave themselves away among the browsers seen in the wild.
const CRAWLERS_AMONG_BROWSERS: [&str; 7] = [
    "ArchiveBox/{VERSION}",
    "SiteScoreBot",
    "KHTML, like Gecko, Foregenix)",
    "splash Version/",       // Scrapinghub's renderer
    "BuiltWith/1.0",         // not in the list of crawlers: found by its address
    "fake_useragent.fake",   // a Python library, misused: names no engine
    "wechatdevtoolsmozilla", // all in lower case, three times over: names no engine
];

/// What the list of crawlers takes for a crawler and is a person, one for each of [`PEOPLE`] in its order.
const PERSON_EXAMPLES: [&str; PEOPLE.len()] = [
    "Mozilla/5.0 (Linux; Android 16; Pixel 10 Pro XL Build/CP1A.260305.018; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/146.0.7680.174 Mobile Safari/537.36 MetaIAB Facebook",
    "Mozilla/5.0 (Linux; Android 15; CPH2557 Build/AP3A.240617.008; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.7444.142 Mobile Safari/537.36 Instagram 406.0.0.58.159 Android (35/15; 480dpi; 1080x2400; OPPO; CPH2557; OP573DL1; mt6833; en_MY; 822918295; IABMV/1) NV/1",
    "Mozilla/5.0 (Linux; Android 9; CPH1951 Build/PPR1.180610.011; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/83.0.4103.101 Mobile Safari/537.36 Viber/13.2.0.8",
    "Mozilla/5.0 (Linux; Android 12; Pixel 6) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/101.0.4951.41 Mobile Safari/537.36 WhatsApp/2.22.10.73 A",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Tumblr/23.9.1.100",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 11_2_6 like Mac OS X) AppleWebKit/604.5.6 (KHTML, like Gecko) Mobile/15D100 SogouMobileBrowser/5.11.10",
    "Mozilla/5.0 (Windows NT 10.0.18362; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Slack/4.4.2 Chrome/78.0.3904.130 Electron/7.2.1 Safari/537.36 WindowsStore/10.0.18362 Sonic Slack_SSB/4.4.2",
    "Mozilla/5.0 (Linux; Android 4.1.1; HTC Butterfly Build/JRO03C) AppleWebKit/535.19 (KHTML, like Gecko) Chrome/18.0.1025.166 Mobile Safari/535.19",
    "sprd-L008/1.0 Linux/2.6.35.7 Android/2.3.5 Release/10.01.2012 Browser/AppleWebKit533.1 Profile/MIDP-2.0 Configuration/CLDC-1.1",
    "Mozilla/5.0 (Macintosh; U; Intel Mac OS X 10_5_6; en-us) AppleWebKit/528.16 (KHTML, like Gecko) Fluid/0.9.6 Safari/528.16",
];

fn is_bot(user_agent: &str) -> bool {
    Agents::shared().read(user_agent).bot
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole as f64
}

#[test]
fn finds_the_known_crawlers() {
    let (found, missed): (Vec<_>, Vec<_>) = CRAWLERS.lines().partition(|line| is_bot(line));
    let all = CRAWLERS.lines().count();
    println!("recall: {}/{all} = {:.2} %", found.len(), percent(found.len(), all));
    assert!(all > 2_000 && found.len() * 100 >= all * 99, "missed: {missed:#?}");
    for user_agent in missed {
        assert!(PERSON_EXAMPLES.contains(&user_agent), "missed, and no person: {user_agent}");
    }
}

#[test]
fn takes_no_browser_for_a_crawler() {
    let (crawlers, browsers): (Vec<_>, Vec<_>) =
        BROWSERS.lines().partition(|line| CRAWLERS_AMONG_BROWSERS.iter().any(|mark| line.contains(mark)));
    let wrong: Vec<_> = browsers.iter().filter(|line| is_bot(line)).collect();
    println!("false positives: {}/{} = {:.3} %", wrong.len(), browsers.len(), percent(wrong.len(), browsers.len()));
    println!("crawlers among the browsers: {}/{} found", crawlers.iter().filter(|line| is_bot(line)).count(), crawlers.len());
    assert!(browsers.len() > 2_000 && wrong.len() * 1_000 <= browsers.len(), "taken for crawlers: {wrong:#?}");
    assert_eq!(crawlers.len(), CRAWLERS_AMONG_BROWSERS.len());
    assert!(crawlers.iter().all(|line| is_bot(line)));
}

#[test]
fn dropped_patterns_are_in_the_list_and_their_people_are_people() {
    let listed: Vec<String> = serde_json::from_str(include_str!("../../src/intake/data/crawlers.json")).unwrap();
    for ((pattern, why), example) in PEOPLE.into_iter().zip(PERSON_EXAMPLES) {
        assert!(listed.iter().any(|known| known == pattern), "{pattern} left the list; drop the exception");
        assert!(example.contains(&pattern.replace('\\', "")), "{pattern} has another example");
        assert!(!is_bot(example), "{pattern} ({why}): {example}");
    }
}

#[test]
fn people_inside_applications_and_on_rare_devices_are_people() {
    for user_agent in [
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/22G100 Safari/604.1 MetaIAB Facebook",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 11_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15G77 [FBAN/FBIOS;FBAV/183.0.0.41.81;FBBV/119182652;FBDV/iPhone6,2;FBMD/iPhone;FBSN/iOS;FBSV/11.4.1;FBSS/2;FBCR/VIVO;FBID/phone;FBLC/pt_BR;FBOP/5;FBRV/0]",
        "Mozilla/5.0 (Linux; Android 9; STF-L09 Build/HUAWEISTF-L09; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/79.0.3945.79 Mobile Safari/537.36 [Pinterest/Android]",
        "Mozilla/5.0 (Linux; Android 10; SM-G973F Build/QQ3A.200805.001; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/85.0.4183.101 Mobile Safari/537.36 trill_2021806060 JsSdk/1.0 NetType/WIFI Channel/googleplay AppName/musical_ly app_version/18.6.6 ByteLocale/fr ByteFullLocale/fr Region/FR",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_2_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/605.1 NAVER(inapp; search; 2000; 12.3.6; 14PRO)",
        "Mozilla/5.0 (iPad; CPU OS 12_1_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/16C50 Flipboard/4.2.32",
        "Mozilla/5.0 (Linux; Android 4.2.2; CUBOT C11 Build/JDQ39) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/31.0.1650.57 Mobile Safari/537.36 OPR/18.0.1290.66961",
        "Mozilla/5.0 (Linux; Android 8.0.0; CUBOT_P20) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/70.0.3538.110 Mobile Safari/537.36",
        "AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/118.0.0.0 Mobile DuckDuckGo/5 Safari/537.36",
        "Opera/9.80 (Android; Opera Mini/12.0.1987/37.7327; U; pl) Presto/2.12.423 Version/12.16",
        "UCWEB/2.0 (Java; U; MIDP-2.0; en-US; nokiac3-00) U2/1.0.0 UCBrowser/9.4.1.482 U2/1.0.0 Mobile",
        "Nokia6280/2.0 (03.60) Profile/MIDP-2.0 Configuration/CLDC-1.1",
    ] {
        assert!(!is_bot(user_agent), "{user_agent}");
    }
}

#[test]
fn nothing_unknown_libraries_and_unlisted_crawlers_are_bots() {
    for user_agent in [
        "",
        " \t ",
        "-",
        "null",
        "WhatsApp/2.23.20.0",
        "Viber",
        "Dart/3.4 (dart:io)",
        "PostmanRuntime/7.39.0",
        "Java/17.0.12",
        "reqwest/0.12.9",
        "undici",
        "CFNetwork/1494.0.7 Darwin/23.4.0",
        "Mozilla/5.0 (compatible; Acme-Bot/1.0)",
        "Mozilla/5.0 (compatible; AcmeCrawl)",
        "Mozilla/5.0 (compatible; Acme/3.1; +https://acme.example/about-our-robot)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36",
    ] {
        let agent = Agents::shared().read(user_agent);
        assert!(agent.bot, "{user_agent}");
        assert_eq!(agent.device.device.as_deref(), Some("bot"), "{user_agent}");
    }
}

#[test]
fn browser_system_and_device() {
    #[rustfmt::skip]
    let table = [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", "Chrome", "Windows", "desktop"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge", "Windows", "desktop"),
        ("Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; Touch; .NET4.0C; Tablet PC 2.0; rv:11.0) like Gecko", "IE", "Windows", "desktop"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15", "Safari", "Mac OS X", "desktop"),
        ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "Firefox", "Ubuntu", "desktop"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", "Chrome", "Chrome OS", "desktop"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1", "Mobile Safari", "iOS", "mobile"),
        ("Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1", "Mobile Safari", "iOS", "tablet"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0.7339.101 Mobile/15E148 Safari/604.1", "Chrome Mobile iOS", "iOS", "mobile"),
        ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome Mobile", "Android", "mobile"),
        ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36", "Chrome", "Android", "tablet"),
        ("Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", "Samsung Internet", "Android", "mobile"),
        ("Mozilla/5.0 (Android 14; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0", "Firefox Mobile", "Android", "mobile"),
        ("Mozilla/5.0 (Linux; Android 7.0; SM-G570M Build/NRD90M; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/69.0.3497.100 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/192.0.0.34.85;]", "Facebook", "Android", "mobile"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 13_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Instagram 123.1.0.26.115 (iPhone11,8; iOS 13_3; en_US; en-US; scale=2.00; 828x1792; 190542906)", "Instagram", "iOS", "mobile"),
        ("Opera/9.80 (Android; Opera Mini/12.0.1987/37.7327; U; pl) Presto/2.12.423 Version/12.16", "Opera Mini", "Android", "mobile"),
        ("Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/87.0.4280.88 Safari/537.36", "Chrome", "Web0S", "other"),
        ("Mozilla/5.0 (Linux; Android 5.1; AFTS Build/LMY47O) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/41.99900.2250.0242 Safari/537.36", "Chrome Mobile WebView", "Android", "other"),
        ("Mozilla/5.0 (PlayStation 4 5.55) AppleWebKit/601.2 (KHTML, like Gecko)", "-", "-", "other"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot", "-", "bot"),
    ];
    let mut wrong = Vec::new();
    for (user_agent, browser, os, class) in table {
        let read = &Agents::shared().read(user_agent).device;
        let got = [&read.browser, &read.os, &read.device].map(|part| part.as_deref().unwrap_or("-"));
        if got != [browser, os, class] {
            wrong.push(format!("{got:?} instead of {:?}: {user_agent}", [browser, os, class]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn remembers_a_bounded_number_of_answers() {
    let agents = Agents::default();
    let name = |n: usize| format!("Mozilla/5.0 (Linux; Android 10; K{n}) Mobile");
    for n in 0..REMEMBERED_MAX + 1_000 {
        agents.read(&name(n));
        assert!(agents.remembered() <= REMEMBERED_MAX);
    }
    assert!(agents.remembered() > REMEMBERED_MAX / 2, "it remembers only {}", agents.remembered());
    let last = name(REMEMBERED_MAX + 999);
    assert_eq!(agents.read(&last), agents.read(&last));
}

#[test]
fn long_and_odd_user_agents_are_safe() {
    let agents = Agents::default();
    let head = format!("Mozilla/5.0 {}", "x".repeat(USER_AGENT_BYTES_MAX));
    for tail in ["a".repeat(1_000_000), "ü".repeat(500_000), "Googlebot/2.1".into()] {
        assert!(!agents.read(&format!("{head}{tail}")).bot, "only the head counts");
    }
    assert_eq!(agents.remembered(), 1, "and only the head is remembered");
    for cut in 0..4 {
        let around_the_limit = "u".repeat(USER_AGENT_BYTES_MAX - cut) + &"\u{1F600}".repeat(9);
        assert!(agents.read(&around_the_limit).bot);
    }
    let named = |length: usize| format!("{}/1 CFNetwork/1 Mozilla/5.0", "n".repeat(length));
    assert_eq!(agents.read(&named(64)).device.browser, Some("n".repeat(64)));
    assert_eq!(agents.read(&named(65)).device.browser, None, "no family is as long");
    for odd in ["\0", "\u{202E}", "((((((((", "Mozilla/5.0 (", "%s%s%n", "' or 1=1 --"] {
        assert!(agents.read(odd).device.device.is_some());
    }
}

#[test]
fn the_lists_are_held_only_while_they_are_in_use() {
    let agents = Agents::default();
    assert!(!agents.compiled(), "nobody asked yet");
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
    let first = agents.read(firefox);
    agents.rest();
    assert!(agents.compiled(), "in use since the last call");
    agents.rest();
    assert!(!agents.compiled());
    assert_eq!(agents.read(firefox), first, "remembered");
    assert!(!agents.compiled(), "what is remembered needs no list");
    assert!(agents.read("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)").bot);
    assert!(agents.compiled());
}
