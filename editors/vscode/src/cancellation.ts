// Several cancellation tokens as one.

/** What of vscode.CancellationToken is needed here. */
interface Token {
  readonly isCancellationRequested: boolean;
  readonly onCancellationRequested: (listener: () => void) => { dispose(): unknown };
}

export class Cancellation {
  private readonly tokens: readonly Token[];
  private readonly listeners = new Set<() => void>();
  private readonly subscriptions: readonly { dispose(): unknown }[];

  constructor(tokens: readonly (Token | undefined)[]) {
    this.tokens = tokens.filter(token => token !== undefined);
    this.subscriptions = this.tokens.map(token => token.onCancellationRequested(() => {
      for (const listener of [...this.listeners]) {
        listener();
      }
    }));
  }

  get now(): boolean {
    return this.tokens.some(token => token.isCancellationRequested);
  }

  onDidFire(listener: () => void): { dispose(): void } {
    this.listeners.add(listener);
    return { dispose: () => { this.listeners.delete(listener); } };
  }

  dispose(): void {
    for (const subscription of this.subscriptions) {
      subscription.dispose();
    }
    this.listeners.clear();
  }
}
