"""Collect violations of the content security policy in a page."""

WATCH = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push([
    event.effectiveDirective, event.blockedURI, `${event.sourceFile}:${event.lineNumber}`,
  ].join(" ")));
"""
