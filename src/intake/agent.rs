//! Who is asking: turns a user agent into browser, operating system and class of device, and says whether it is a bot.
//!
//! A pure function of the string and of the lists in `data/` (see the README there), with a bounded memory of its answers. A
//! person taken for a bot costs a partner their credit, a bot taken for a person costs a line in a report; so what the list of
//! crawlers says is mended here, by name and with a reason, wherever it was seen to match people ([`PEOPLE`]). Programs that
//! pose as a browser letter by letter are not found by this; the rules on bursts and duplicates are for them.
//!
//! Not for the edge: an unknown user agent takes about 10 us, and the first one in a while 0.1 s, as the lists are compiled only
//! when they are needed: they hold 16 MB and more, too much for a process that nobody visits.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use quick_cache::sync::Cache;
use regex_filtered::Regexes;
use serde::Deserialize;
use ua_parser::{os, user_agent};

use crate::domain::interpret::Agent;
use crate::domain::touchpoint::Device;

/// How much of a user agent is looked at, in bytes. The longest of 6,847 distinct ones of browsers has 542, the longest of
/// 2,118 of crawlers 285; in-app browsers append some more. It bounds the time of a reading and the memory of a remembered one.
pub const USER_AGENT_BYTES_MAX: usize = 1024;

/// How many answers are remembered. 10,000 visits sampled from the live web (user-agents 2.1.198) had 952 distinct user agents;
/// four times as many make a miss rare, for about 2 MB; the worst case, all of them 1 KiB long, is about 6 MB.
pub const REMEMBERED_MAX: usize = 4096;

/// The longest family name kept, in bytes. Those spelled out in the list have 31 at most, but some patterns copy a word of the
/// user agent, and a stranger must not fill reports with it.
const FAMILY_BYTES_MAX: usize = 64;

/// What is known of user agents: the lists, while they are in use, and the remembered answers. Shareable between threads.
pub struct Agents {
    lists: Mutex<Held>,
    remembered: Cache<Box<str>, Arc<Agent>>,
}

#[derive(Default)]
struct Held {
    lists: Option<Arc<Lists>>,
    /// Since the last [`Agents::rest`].
    used: bool,
}

/// The compiled lists: 16 MB that grow to 25 as the automata fill.
struct Lists {
    bots: Regexes,
    browsers: user_agent::Extractor<'static>,
    systems: os::Extractor<'static>,
}

impl Default for Agents {
    fn default() -> Agents {
        Agents { lists: Mutex::default(), remembered: Cache::new(REMEMBERED_MAX) }
    }
}

impl Agents {
    /// The one of this process. There is no need for a second: it depends on nothing but vendored data.
    pub fn shared() -> &'static Agents {
        static SHARED: LazyLock<Agents> = LazyLock::new(Agents::default);
        &SHARED
    }

    /// Lets go of the compiled lists if no user agent had to be looked up since the last call. To be called now and then.
    pub fn rest(&self) {
        let mut held = self.held();
        if !std::mem::take(&mut held.used) {
            held.lists = None;
        }
    }

    /// Whether the lists are compiled now.
    pub fn compiled(&self) -> bool {
        self.held().lists.is_some()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[expect(clippy::expect_used, reason = "the data is compiled in, and tests/it/agents.rs compiles the same bytes")]
    fn lists(&self) -> Arc<Lists> {
        let mut held = self.held();
        held.used = true;
        let lists = held.lists.get_or_insert_with(|| Arc::new(compile().expect("the vendored lists compile")));
        Arc::clone(lists)
    }

    /// What `user_agent` tells. Pass an empty string where the request had none. Only the first [`USER_AGENT_BYTES_MAX`] bytes
    /// count.
    pub fn read(&self, user_agent: &str) -> Arc<Agent> {
        let user_agent = user_agent.trim();
        let user_agent = &user_agent[..user_agent.floor_char_boundary(USER_AGENT_BYTES_MAX)];
        if let Some(agent) = self.remembered.get(user_agent) {
            return agent;
        }
        let agent = Arc::new(self.parse(user_agent));
        self.remembered.insert(user_agent.into(), Arc::clone(&agent));
        agent
    }

    /// How many answers are remembered now; at most [`REMEMBERED_MAX`].
    pub fn remembered(&self) -> usize {
        self.remembered.len()
    }

    fn parse(&self, user_agent: &str) -> Agent {
        let lists = self.lists();
        let bot = !ENGINES.iter().any(|mark| user_agent.contains(mark)) || lists.bots.is_match(user_agent);
        let browser = lists.browsers.extract(user_agent).and_then(|found| family(found.family));
        let os = lists.systems.extract(user_agent).and_then(|found| family(found.os));
        let class = if bot { BOT } else { class(user_agent, os.as_deref()) };
        Agent { bot, device: Device { browser, os, device: Some(class.to_owned()) } }
    }
}

/// Every browser names one of these, be it to please old servers; libraries, fetchers and monitors mostly do not (1,077 of the
/// 2,118 crawlers known by example). Applications that call by their own name (`CFNetwork`, `Dalvik`, `okhttp`) are no
/// browsers.
const ENGINES: [&str; 5] = ["Mozilla/", "AppleWebKit/", "Opera/", "UCWEB/", "MIDP"];

/// Patterns of the list that are not used, because people carry those words. `tests/it/agents.rs` has an example of each.
pub const PEOPLE: [(&str, &str); 10] = [
    ("MetaIAB Facebook", "the browser inside Facebook's own app"),
    (r"AP3A\.240617\.008", "the build of Android 15 that phones of OPPO, OnePlus, realme and Xiaomi carry"),
    ("Viber", "appended by the browser inside Viber; its preview fetcher names no engine"),
    ("WhatsApp", "as Viber"),
    (r"Tumblr\/", "as Viber"),
    ("Sogou", "browsers of that house (SogouMobileBrowser); its spiders say spider and give an address"),
    ("Sonic", "Slack's desktop app, and phones; both crawlers of that name give an address"),
    ("Butterfly", "phones of HTC; the crawler gives an address"),
    (r"008\/", "ends the model of some phones; the crawler gives an address"),
    ("Fluid", "wraps one site as a Mac application, for a person"),
];

/// Patterns beyond the list, for crawlers that nobody has listed yet. Together with [`ENGINES`] they alone find 1,965 of the
/// 2,118 known examples, and no person among 6,847 user agents.
const UNLISTED: [&str; 4] = [
    r"(?i)(?:^|[^u])bot\b", // not CUBOT, who makes phones
    "(?i)crawl",
    "(?i)spider",
    "(?i)https?://", // crawlers give the address of their house rules
];

const DESKTOP: &str = "desktop";
const MOBILE: &str = "mobile";
const TABLET: &str = "tablet";
const BOT: &str = "bot";
const OTHER: &str = "other";

/// Words that tell the class whatever the system; the first that occurs decides. Televisions and consoles first, as they run
/// Android, Linux and Windows.
const CLASS_OF_WORD: [(&str, &str); 19] = [
    ("SmartTV", OTHER),
    ("Smart-TV", OTHER),
    ("SMART-TV", OTHER),
    ("Smart TV", OTHER),
    ("Android TV", OTHER),
    ("AndroidTV", OTHER),
    ("GoogleTV", OTHER),
    ("AppleTV", OTHER),
    ("HbbTV", OTHER),
    ("BRAVIA", OTHER),
    ("; AFT", OTHER), // Amazon's Fire TV
    ("CrKey", OTHER), // Chromecast
    ("Web0S", OTHER),
    ("PlayStation", OTHER),
    ("Xbox", OTHER),
    ("Nintendo", OTHER),
    ("OculusBrowser", OTHER),
    ("iPad", TABLET),
    ("Opera Mini", MOBILE), // says Android, but not Mobile
];

/// The class by system, where no word told. Android is the exception: there `Mobile` makes a phone, and its absence a tablet.
/// An iPad that asks for desktop sites says Macintosh and counts as a desktop: nothing in the string tells them apart.
const CLASS_OF_SYSTEM: [(&str, &str); 25] = [
    ("Windows", DESKTOP),
    ("Mac OS X", DESKTOP),
    ("Mac OS", DESKTOP),
    ("Linux", DESKTOP),
    ("Ubuntu", DESKTOP),
    ("Kubuntu", DESKTOP),
    ("Debian", DESKTOP),
    ("Fedora", DESKTOP),
    ("Red Hat", DESKTOP),
    ("Linux Mint", DESKTOP),
    ("Arch Linux", DESKTOP),
    ("openSUSE", DESKTOP),
    ("SUSE", DESKTOP),
    ("Gentoo", DESKTOP),
    ("FreeBSD", DESKTOP),
    ("OpenBSD", DESKTOP),
    ("NetBSD", DESKTOP),
    ("Solaris", DESKTOP),
    ("Chrome OS", DESKTOP),
    ("iOS", MOBILE),
    ("Windows Phone", MOBILE),
    ("KaiOS", MOBILE),
    ("BlackBerry OS", MOBILE),
    ("Symbian OS", MOBILE),
    ("BlackBerry Tablet OS", TABLET),
];

fn family(name: Cow<'_, str>) -> Option<String> {
    (name.len() <= FAMILY_BYTES_MAX && !name.contains(char::is_control)).then(|| name.into_owned())
}

fn class(user_agent: &str, os: Option<&str>) -> &'static str {
    if let Some((_, class)) = CLASS_OF_WORD.iter().find(|(word, _)| user_agent.contains(word)) {
        return class;
    }
    let mobile = user_agent.contains("Mobile");
    match os {
        Some("Android") if mobile => MOBILE,
        Some("Android") => TABLET,
        Some(os) if let Some((_, class)) = CLASS_OF_SYSTEM.iter().find(|(family, _)| *family == os) => class,
        _ if mobile || user_agent.contains("MIDP") => MOBILE,
        _ => OTHER,
    }
}

/// `data/regexes.json`. ua-parser's own `Regexes` would want the device models too: most of the memory and time, for what no
/// report shows.
#[derive(Deserialize)]
struct Families {
    user_agent_parsers: Vec<user_agent::Parser<'static>>,
    os_parsers: Vec<os::Parser<'static>>,
}

fn compile() -> std::result::Result<Lists, Box<dyn std::error::Error + Send + Sync>> {
    let listed: Vec<String> = serde_json::from_str(include_str!("data/crawlers.json"))?;
    let listed = listed.iter().map(String::as_str).filter(|pattern| PEOPLE.iter().all(|(dropped, _)| dropped != pattern));
    let bots = regex_filtered::Builder::new().push_all(listed.chain(UNLISTED))?.build()?;

    let families: Families = serde_json::from_str(include_str!("data/regexes.json"))?;
    let browsers = user_agent::Builder::new().push_all(families.user_agent_parsers)?.build()?;
    let systems = os::Builder::new().push_all(families.os_parsers)?.build()?;
    Ok(Lists { bots, browsers, systems })
}
