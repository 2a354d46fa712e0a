//! Without a mouse.

use crate::chromium::Browser;
use crate::daemon::Daemon;
use crate::visit::open;

const FOCUS: &str = "(() => { const one = document.activeElement; \
    return one.matches('tbody th a') ? 'volume' : one.className || one.name || one.localName })()";

#[test]
fn the_keyboard_reaches_everything_and_shows_where_it_is() {
    let Some(mut browser) = Browser::start("keyboard") else { return };
    let daemon = Daemon::of_three();
    daemon.lose_image("volume-2");
    open(&mut browser, &daemon);
    browser.wait("document.querySelector('td details')");
    browser.press("Tab");
    assert_eq!(browser.text(FOCUS), "skip");
    let seen = "document.activeElement.getBoundingClientRect().left >= 0";
    assert_eq!(browser.eval(seen), true, "the way past the head is seen when it has the focus");
    browser.press("Enter");
    browser.wait("document.activeElement.id === 'main'");
    let mut visited = Vec::new();
    for _ in 0..60 {
        browser.press("Tab");
        let outlined = "(() => { const style = getComputedStyle(document.activeElement); \
             return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 })()";
        let focus = browser.text(FOCUS);
        assert_eq!(browser.eval(outlined), true, "{focus} does not show that it has the focus");
        visited.push(focus);
        if visited.last().is_some_and(|one| one == "volume") {
            break;
        }
    }
    for name in ["q", "namespace", "outcome", "verdict", "severity", "sort", "volume"] {
        assert!(visited.iter().any(|one| one == name), "{name} is not among {visited:?}");
    }
    let href = browser.text("document.activeElement.href");
    // What a row opens to comes after its name.
    browser.press("Tab");
    assert_eq!(browser.text(FOCUS), "summary");
    browser.press("Enter");
    browser.wait("document.activeElement.parentElement.open");
    browser.eval("document.querySelector('tbody th a').focus()");
    browser.press("Enter");
    browser.wait(&format!("location.href === {href:?}"));
}
