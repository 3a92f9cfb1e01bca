/** Offer the page's parts to tests, and to curious students at the console. */
interface Window {
  drydock?: {
    sandbox: import("./workspace/sandbox/sandbox.js").Sandbox;
    terminals: Map<string, import("./terminal/view.js").TerminalView>;
    openTerminal(request: import("./panels/dock.js").TerminalRequest): Promise<void>;
    text(terminal: string): string;
  };
}
