import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Cancellation } from '../../src/cancellation';

function token() {
  const listeners = new Set<() => void>();
  return {
    isCancellationRequested: false,
    onCancellationRequested: (listener: () => void) => {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
    cancel() {
      this.isCancellationRequested = true;
      for (const listener of listeners) {
        listener();
      }
    },
    listeners,
  };
}

it('one of several tokens is enough, and nothing is left behind', () => {
  const [a, b] = [token(), token()];
  const both = new Cancellation([a, undefined, b]);
  let fired = 0;
  both.onDidFire(() => { fired++; });
  both.onDidFire(() => { fired += 10; }).dispose();
  assert.ok(!both.now);
  b.cancel();
  assert.ok(both.now);
  assert.equal(fired, 1);
  both.dispose();
  assert.equal(a.listeners.size + b.listeners.size, 0);
});
