"""Measure whether a page fits its window, and walk it by keyboard."""

from playwright.sync_api import Page

PHONE = {"width": 390, "height": 844}
TABS_MAX = 120
# What sticks out of the window, or of a box that doesn't scroll sideways on purpose (tables, code,
# the terminal).
STICKS_OUT = """() => {
    const width = document.documentElement.clientWidth;
    const scrolls = element => /auto|scroll|hidden|clip/.test(getComputedStyle(element).overflowX);
    const scrollers = '.table, pre, .xterm, .keys, .crumbs, .tabs__list, svg, '
        + '.visually-hidden, .skip';
    const within = element => element.closest(scrollers);
    const found = [...document.querySelectorAll('body *')]
        .filter(element => !within(element) && element.getBoundingClientRect().right > width + 0.5)
        .map(element => `${element.tagName}.${element.className}`);
    const main = document.querySelector('#main');
    if (main && scrolls(main) && main.scrollWidth > main.clientWidth)
        found.push('#main scrolls sideways');
    if (document.documentElement.scrollWidth > width) found.push('the page scrolls sideways');
    return found;
}"""
FOCUS = """() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const style = getComputedStyle(element);
    const name = element.getAttribute('aria-label') || element.innerText || element.name || '';
    const box = element.getBoundingClientRect();
    const after = getComputedStyle(element, '::after');
    return {
        name: name.replace(/\\s+/g, ' ').trim(),
        tag: element.tagName,
        marked: style.outlineStyle !== 'none' || style.boxShadow !== 'none'
            || after.opacity === '1',
        seen: box.width > 0 && box.top < innerHeight && box.bottom > 0
            && box.left < innerWidth && box.right > 0,
    };
}"""


def tab_to(page: Page, name: str) -> int:
    """Press Tab until something whose name starts so has the focus; every stop on the way must be
    seen and marked. Returns how many it took."""
    for count in range(1, TABS_MAX):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        assert stop, f"the focus left the page on the way to {name}"
        assert stop["seen"], stop
        assert stop["marked"], stop
        if stop["name"].startswith(name):
            return count
    raise AssertionError(f"{name} can't be reached by Tab")
