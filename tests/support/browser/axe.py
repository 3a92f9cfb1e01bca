"""Run axe-core in a page."""

from tests.support.paths import ROOT

AXE = ROOT / "node_modules/axe-core/axe.min.js"
SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
# xterm.js's own elements: its rows scroll, and the text field that takes the keys lies off the
# screen.
RUN = """async () => {
    const { violations } = await axe.run(
        { exclude: [".xterm"] },
        { resultTypes: ["violations"], preload: false },
    );
    return violations.filter(({ impact }) => ["serious", "critical"].includes(impact))
        .map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}"""
