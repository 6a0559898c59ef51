import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RestartPolicy, SerialQueue } from '../../src/restart';

describe('the restart policy', () => {
  it('waits longer each time and gives up at the fifth crash within three minutes', () => {
    const policy = new RestartPolicy();
    assert.deepEqual([0, 1, 2, 3, 4].map(second => policy.crashed(second * 1000)), [0, 800, 1600, 3200, 'give up']);
  });

  it('forgets a crash after three minutes', () => {
    const policy = new RestartPolicy();
    assert.deepEqual([0, 100_000, 190_000, 400_000].map(time => policy.crashed(time)), [0, 800, 800, 0]);
  });

  it('begins anew after it has given up, for whoever restarts by hand', () => {
    const policy = new RestartPolicy();
    for (let crash = 0; crash < 5; crash++) {
      policy.crashed(crash);
    }
    assert.equal(policy.crashed(10), 0);
  });
});

describe('the queue of starts and stops', () => {
  it('lets one job go on at a time, and adds a waiting one only once', async () => {
    const queue = new SerialQueue();
    const seen: string[] = [];
    const job = (name: string) => async () => {
      seen.push(`${name} begins`);
      await new Promise(setImmediate);
      seen.push(`${name} ends`);
    };
    const first = queue.add('restart', job('first'));
    await Promise.resolve();
    await Promise.all([first, queue.add('restart', job('second')), queue.add('restart', job('third')), queue.add('stop', job('stop'))]);
    assert.deepEqual(seen, ['first begins', 'first ends', 'second begins', 'second ends', 'stop begins', 'stop ends']);
  });

  it('is idle when the last job is over, one that was added meanwhile and one that failed too', async () => {
    const queue = new SerialQueue();
    await queue.idle();
    const seen: string[] = [];
    const job = (name: string, more?: () => void) => async () => {
      await new Promise(setImmediate);
      more?.();
      seen.push(name);
    };
    const failed = assert.rejects(queue.add('start', () => Promise.reject(new Error('no'))), /no/);
    void queue.add('restart', job('first', () => void queue.add('restart', job('second'))));
    await queue.idle();
    assert.deepEqual(seen, ['first', 'second']);
    await failed;
  });

  it('goes on after a job that failed', async () => {
    const queue = new SerialQueue();
    await assert.rejects(queue.add('restart', () => Promise.reject(new Error('no'))), /no/);
    let ran = false;
    await queue.add('restart', () => {
      ran = true;
      return Promise.resolve();
    });
    assert.ok(ran);
  });
});
